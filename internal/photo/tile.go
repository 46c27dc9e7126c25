package photo

import (
	"math"
	"slices"
)

// panel is the tile, the part of a form that a placeholder is drawn in: all of
// it, or a disc or rounded square on a plain ground.
type panel struct {
	x, y, w, h int
	cut        bool  // it is a disc or rounded square
	edge       []int // of each pixel of the form: its distance inwards from the tile's edge; 0 outside
}

const (
	// blockReach is how far, in pixels of a form, an edge disturbs what is
	// around it: a JPEG block of a picture that is no larger than its form.
	blockReach = 8
	// rim is how wide, in pixels, the soft edge of a cut tile is.
	rim = 4
	// groundNoise bounds the standard deviation of luma where a placeholder is
	// plain and no edge is near. Of 292 drawn initials and silhouettes
	// at JPEG quality 50, 48 and 96 pixels wide, 95% stayed below 1.1 there; the
	// test pictures with noise were above 3.
	groundNoise = 1.3
)

// tileOf finds the tile. It reports false if there is a ground around it that
// is not plain.
func tileOf(f form) (panel, bool) {
	whole := panel{w: f.w, h: f.h, edge: slices.Repeat([]int{math.MaxInt32}, f.w*f.h)}
	for _, tolerance := range []float64{12, 6} {
		if cut, ok := f.cutTile(tolerance); ok {
			return cut, f.quietOutside(cut)
		}
	}
	return whole, true
}

// cutTile finds a disc or rounded square on the ground of the corners. Colours
// within the tolerance belong to the ground.
func (f form) cutTile(tolerance float64) (panel, bool) {
	outside := f.fromCorners(tolerance)
	box, ok := boxOf(outside, f.w)
	side := min(box.w, box.h)
	if !ok || 10*side < 6*min(f.w, f.h) || max(box.w, box.h)-side > 1+side/20 {
		return panel{}, false
	}
	cut := panel{x: box.x, y: box.y, w: box.w, h: box.h, cut: true, edge: make([]int, f.w*f.h)}
	area := 0
	for _, out := range outside {
		if !out {
			area++
		}
	}
	missing := float64(box.w*box.h - area)
	if missing < 0.01*float64(box.w*box.h) {
		return panel{}, false
	}
	radius := math.Sqrt(missing / (4 - math.Pi))
	if radius > float64(side)/2+1.5 {
		return panel{}, false
	}
	wrong := 0
	for i, out := range outside {
		if roundedDepth(cut, radius, i%f.w, i/f.w) > 0 == out {
			wrong++
		}
	}
	if float64(wrong) > 0.025*float64(box.w*box.h) {
		return panel{}, false
	}
	for i := range cut.edge {
		cut.edge[i] = int(math.Ceil(max(0, roundedDepth(cut, radius, i%f.w, i/f.w))))
	}
	return cut, true
}

// roundedDepth gives how deep within a rounded square a pixel is; 0 or less outside.
func roundedDepth(t panel, radius float64, x, y int) float64 {
	dx := max(0, math.Abs(float64(x-t.x)+0.5-float64(t.w)/2)-float64(t.w)/2+radius)
	dy := max(0, math.Abs(float64(y-t.y)+0.5-float64(t.h)/2)-float64(t.h)/2+radius)
	return radius - math.Hypot(dx, dy)
}

// fromCorners gives the pixels that are joined to the corners by their common
// colour; none if the corners differ.
func (f form) fromCorners(tolerance float64) []bool {
	outside := make([]bool, f.w*f.h)
	corners := []int{0, f.w - 1, (f.h - 1) * f.w, f.h*f.w - 1}
	ground := f.median(corners)
	near := func(i int) bool {
		c := f.at(i)
		return math.Abs(c.y-ground.y) <= tolerance && c.chroma(ground) <= tolerance
	}
	for _, i := range corners {
		if !near(i) {
			return outside
		}
	}
	for next := corners; len(next) > 0; {
		i := next[len(next)-1]
		next = next[:len(next)-1]
		if outside[i] || !near(i) {
			continue
		}
		outside[i] = true
		next = append(next, neighbours(i, f.w, f.h)...)
	}
	return outside
}

// quietOutside reports whether the ground around a tile is plain. It is never
// far from the tile's edge, so that it is held to less than a placeholder's own
// ground.
func (f form) quietOutside(t panel) bool {
	ground := f.at(0)
	near := make([]bool, len(t.edge))
	for i, e := range t.edge {
		near[i] = e > 0
	}
	var n deviation
	for i, d := range depths(near, f.w) {
		if d > 4 {
			n.add(f.at(i).y - ground.y)
		}
	}
	return n.rms() <= 3*groundNoise
}

// deviation gathers how far values are from a level.
type deviation struct {
	n       int
	squares float64
}

func (n *deviation) add(d float64) { n.n++; n.squares += d * d }

func (n *deviation) rms() float64 { return math.Sqrt(n.squares / max(1, float64(n.n))) }

func neighbours(i, w, h int) []int {
	var out []int
	if i%w > 0 {
		out = append(out, i-1)
	}
	if i%w < w-1 {
		out = append(out, i+1)
	}
	if i >= w {
		out = append(out, i-w)
	}
	if i < w*(h-1) {
		out = append(out, i+w)
	}
	return out
}

// box is a rectangle in pixels.
type box struct{ x, y, w, h int }

// boxOf bounds the pixels that are not out; it reports false if there are none.
func boxOf(out []bool, w int) (box, bool) {
	x0, y0, x1, y1 := w, len(out), -1, -1
	for i, o := range out {
		if !o {
			x0, x1 = min(x0, i%w), max(x1, i%w)
			y0, y1 = min(y0, i/w), max(y1, i/w)
		}
	}
	return box{x0, y0, x1 - x0 + 1, y1 - y0 + 1}, x1 >= 0
}

// depths gives each pixel's distance to the nearest that is out, along rows,
// columns and diagonals alike: 0 for one that is out itself. The form's own
// border is not out.
func depths(out []bool, w int) []int {
	d := make([]int, len(out))
	h := len(out) / w
	relax := func(x, y, dx, dy int) {
		if u, v := x+dx, y+dy; u >= 0 && u < w && v >= 0 && v < h {
			d[y*w+x] = min(d[y*w+x], d[v*w+u]+1)
		}
	}
	for i := range d {
		if !out[i] {
			d[i] = math.MaxInt32 / 2
			x, y := i%w, i/w
			relax(x, y, -1, 0)
			relax(x, y, -1, -1)
			relax(x, y, 0, -1)
			relax(x, y, 1, -1)
		}
	}
	for i := len(d) - 1; i >= 0; i-- {
		x, y := i%w, i/w
		relax(x, y, 1, 0)
		relax(x, y, 1, 1)
		relax(x, y, 0, 1)
		relax(x, y, -1, 1)
	}
	return d
}

const (
	// Levels of luma or chroma. Linear gradients of 96 pixels and more stay below
	// them at JPEG quality 75; at quality 50 some do not.
	smoothRMS = 1.5
	smoothMax = 6
)

// smooth reports whether the tile is one colour or one smooth gradient: no
// pixel is farther than a few levels from the surface of second order that
// fits each channel best.
func (f form) smooth(t panel) bool {
	within := make([]int, 0, f.w*f.h)
	for i, e := range t.edge {
		if e > blockReach {
			within = append(within, i)
		}
	}
	if len(within) == 0 {
		return false
	}
	for _, p := range [][]uint8{f.y, f.cb, f.cr} {
		if !smoothPlane(p, within, f.w) {
			return false
		}
	}
	return true
}

func smoothPlane(p []uint8, within []int, w int) bool {
	fit := fitSurface(p, within, w)
	var n deviation
	for _, i := range within {
		d := float64(p[i]) - fit.at(i%w, i/w)
		if math.Abs(d) > smoothMax {
			return false
		}
		n.add(d)
	}
	return n.rms() <= smoothRMS
}

// surface is a polynomial of second order in x and y.
type surface struct {
	c     [6]float64
	scale float64
}

func (s surface) terms(x, y int) [6]float64 {
	u, v := float64(x)*s.scale-1, float64(y)*s.scale-1
	return [6]float64{1, u, v, u * u, u * v, v * v}
}

func (s surface) at(x, y int) float64 {
	sum := 0.0
	for k, t := range s.terms(x, y) {
		sum += s.c[k] * t
	}
	return sum
}

// fitSurface solves the normal equations.
func fitSurface(p []uint8, within []int, w int) surface {
	s := surface{scale: 2 / float64(w)}
	var m [6][7]float64
	for _, i := range within {
		t := s.terms(i%w, i/w)
		for r := range t {
			for c := range t {
				m[r][c] += t[r] * t[c]
			}
			m[r][6] += t[r] * float64(p[i])
		}
	}
	for c := range 6 {
		best := c
		for r := c; r < 6; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[best][c]) {
				best = r
			}
		}
		m[c], m[best] = m[best], m[c]
		if m[c][c] == 0 {
			continue
		}
		for r := range 6 {
			if r != c {
				by := m[r][c] / m[c][c]
				for k := c; k < 7; k++ {
					m[r][k] -= by * m[c][k]
				}
			}
		}
	}
	for c := range 6 {
		if m[c][c] != 0 {
			s.c[c] = m[c][6] / m[c][c]
		}
	}
	return s
}
