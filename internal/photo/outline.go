package photo

import (
	"math"
	"slices"
)

// outline is a figure as one run of pixels a row; a row without any has no width.
type outline struct {
	top         int // of the figure, from the tile's top
	left, width []float64
}

// outline gives the figure's rows from its first to its last. It reports false
// if many rows have more than one run.
func (d *drawing) outline() (outline, bool) {
	var o outline
	torn := 0
	for y := range d.h {
		row := d.figure[(d.y+y)*d.formW+d.x:][:d.w]
		first, last, n := -1, -1, 0
		for x, ink := range row {
			if ink {
				if first < 0 {
					first = x
				}
				last = x
				n++
			}
		}
		if len(o.left) == 0 && first < 0 {
			continue
		}
		if len(o.left) == 0 {
			o.top = y
		}
		if first >= 0 && n < last-first+1 {
			torn++
		}
		if first < 0 {
			first, last = 0, -1
		}
		o.left, o.width = append(o.left, float64(first)), append(o.width, float64(last-first+1))
	}
	for len(o.width) > 0 && o.width[len(o.width)-1] == 0 {
		o.left, o.width = o.left[:len(o.left)-1], o.width[:len(o.width)-1]
	}
	return o, len(o.width) > 10 && torn*20 <= len(o.width)
}

// alike reports whether the left is like the right and the middle is the tile's.
func (o outline) alike(w float64) bool {
	sum, n := 0.0, 0.0
	for i := range o.width {
		if o.width[i] > 0 {
			off := math.Abs(o.left[i] + o.width[i]/2 - w/2)
			if off > 0.06*w {
				return false
			}
			sum += off
			n++
		}
	}
	return sum <= 0.03*w*n
}

// headAndShoulders reports whether the rows are those of a head, a neck or a
// gap, and shoulders that only widen but for their round ends.
func (o outline) headAndShoulders(side, height float64) bool {
	rows := len(o.width)
	neck, least := 0, math.Inf(1)
	for k := rows / 4; k < 3*rows/4; k++ {
		if q := o.width[k] / slices.Max(o.width[:k]); q < least {
			neck, least = k, q
		}
	}
	if neck == 0 || least > 0.9 {
		return false
	}
	gap := 0
	for neck+gap < rows && o.width[neck+gap] == 0 {
		gap++
	}
	head, shoulders := slices.Max(o.width[:neck]), slices.Max(o.width[neck:])
	area := 0.0
	for _, w := range o.width[:neck] {
		area += w
	}
	long := float64(neck)
	switch {
	case head < 0.18*side, head > 0.62*side, long/head < 0.75, long/head > 1.9, area/(head*long) < 0.6, area/(head*long) > 0.95:
		return false
	case shoulders < 1.3*head, shoulders > 3.6*head, shoulders < 0.42*side, float64(gap) > 0.12*side:
		return false
	case float64(o.top) > 0.38*height, float64(o.top+rows) < 0.68*height, float64(o.top) < 0.02*height:
		return false
	}
	return o.widens(neck+gap, side) && o.roundHead(neck, side)
}

// widens: no row of the shoulders is narrower than one above it by more than a
// little, but for the lower third, where a disc or a round bust ends.
func (o outline) widens(from int, side float64) bool {
	most := 0.0
	for i := from; i < len(o.width); i++ {
		if o.width[i] < most-0.03*side && 5*(i-from) < 2*(len(o.width)-from) {
			return false
		}
		most = max(most, o.width[i])
	}
	return true
}

// roundHead: widths rise once and fall once.
func (o outline) roundHead(neck int, side float64) bool {
	peak := 0
	for i := range neck {
		if o.width[i] > o.width[peak] {
			peak = i
		}
	}
	most, least := 0.0, math.Inf(1)
	for i := range neck {
		if i <= peak {
			if o.width[i] < most-0.03*side {
				return false
			}
			most = max(most, o.width[i])
		} else {
			if o.width[i] > least+0.03*side {
				return false
			}
			least = min(least, o.width[i])
		}
	}
	return true
}
