package photo

import (
	"math"
	"slices"
)

// The measures by which two pictures are compared, all in levels of 255 unless
// said otherwise. "Unexplained" is the difference of luma that is left when the
// two lie on each other best and one's sharpness is brought to the other's. A
// window is a twelfth of the picture's shorter side.
const (
	ofCellPixels   = iota // how finely they can be compared: pixels of a cell, see lay
	ofContrast            // the standard deviation of luma, of the picture of more contrast
	ofSaturation          // the root mean square chroma, of the more colourful picture
	ofMisplacement        // by how many pixels they lay apart, beyond whole pixels
	ofWorst               // unexplained, smoothed: root mean square in the worst window
	ofBad                 // the same, in the window that a twentieth are worse than
	ofWorstLevel          // unexplained: the mean in the worst window
	ofLevelInFlat         // the same, of what is flat there: a share of 2 + a tenth of the window's contrast
	ofWorstInFlat         // as ofWorst, a share of 2 + a fifth of the window's contrast
	ofStructure           // 1 minus the structural similarity of the worst window, 0 to 2
	ofColour              // the mean difference of chroma, over an area of a third of the side, of the worst
	ofColourSpot          // the same over a sixth
	ofColourShare         // root mean square difference of the windows' chroma, a share of 2 + the saturation
	measures
)

// MeasureNames are the names of what [Measure] gives, in its order.
var MeasureNames = [measures]string{
	"cell pixels", "contrast", "saturation", "misplacement", "worst", "bad", "worst level", "level in flat", "worst in flat",
	"structure", "colour", "colour spot", "colour share",
}

// Measure gives the measures of two pictures, each as the logarithm of itself
// plus [measureFloor], so that what is next to nothing counts as nothing.
// The order of the two may matter a little; [Compare] has one of its own.
func Measure(a, b *Picture) [measures]float64 {
	m, _ := measure(a.form, b.form)
	return m
}

// measureFloor is what is added to a measure before its logarithm is taken.
const measureFloor = 0.5

// encodingNoise is the variance that encoding leaves in a window. Added to both sides
// of the structural similarity it keeps flat windows, where there is nothing
// but noise, from counting as different structure.
const encodingNoise = 30

// What no copy does, whatever the questions make of it. The questions look at
// pictures a little smoothed, so that a pattern of single pixels could pass for
// its mean. Of 8,500 pairs of copies one in a thousand has a window where one
// picture's variance of luma is over mostPattern times the other's, and none one
// where the unexplained difference, not smoothed, is over mostRough levels.
const mostPattern, mostRough = 40, 70

// measure gives the measures of two forms, and whether they may be copies at
// all.
func measure(fa, fb form) (out [measures]float64, possible bool) {
	a, b, pix, possible := lay(fa, fb)
	mean, diff := make([]float32, len(a.y)), make([]float32, len(a.y))
	for i, p := range a.y {
		mean[i], diff[i] = (p+b.y[i])/2-128, p-b.y[i]
	}
	out[ofCellPixels] = float64(pix)
	out[ofContrast] = max(contrastOf(a.y), contrastOf(b.y))
	out[ofSaturation] = max(a.saturation(), b.saturation())
	fit := explain(mean, diff, a.w, a.h)
	out[ofMisplacement] = math.Sqrt(float64(fit[0]*fit[0] + fit[1]*fit[1] + fit[2]*fit[2] + fit[3]*fit[3]))

	cells, across := sumCells(a, b, mean, diff, pix)
	var smoothed []float64
	var colour, rough float64
	for s := range windows(cells, across, 2, 1) {
		n := float64(s.n)
		level := math.Abs(float64(s.diff)) / n
		square := float64(s.square)/n - level*level
		own := max(0, float64(s.meanSquare)/n-float64(s.mean)/n*float64(s.mean)/n)
		contrast := math.Sqrt(own + max(0, square)/4)
		bad := math.Sqrt(float64(s.smooth) / n)
		smoothed = append(smoothed, bad)
		rough = max(rough, float64(s.square)/n)
		out[ofWorstLevel] = max(out[ofWorstLevel], level)
		out[ofLevelInFlat] = max(out[ofLevelInFlat], level/(2+contrast/10))
		out[ofWorstInFlat] = max(out[ofWorstInFlat], bad/(2+contrast/5))
		// The variances of the two add up to twice that of their mean and half
		// that of their difference; their covariance is the difference of a half of each.
		out[ofStructure] = max(out[ofStructure], 1-(own-square/4+encodingNoise)/(own+square/4+encodingNoise))
		c := s.colour()
		colour += c * c
	}
	slices.Sort(smoothed)
	out[ofBad] = smoothed[len(smoothed)*19/20]
	out[ofWorst] = smoothed[len(smoothed)-1]
	out[ofColourShare] = math.Sqrt(colour/float64(len(smoothed))) / (2 + out[ofSaturation])
	for s := range windows(cells, across, 4, 2) {
		out[ofColourSpot] = max(out[ofColourSpot], s.colour())
	}
	for s := range windows(cells, across, 8, 4) {
		out[ofColour] = max(out[ofColour], s.colour())
	}
	for i, v := range out {
		out[i] = math.Log(v + measureFloor)
	}
	return out, possible && math.Sqrt(rough) <= mostRough && outdone(a, b, pix) <= mostPattern
}

// outdone gives by how many times the pattern of one picture outdoes that of the
// other, as the variance of luma, in the window where it does most.
func outdone(a, b grid, pix int) float64 {
	p, across := a.patterns(pix)
	q, _ := b.patterns(pix)
	var most float64
	for i := range p {
		if i%across != across-1 && i+across < len(p) {
			u, v := variance(p, i, across)+encodingNoise, variance(q, i, across)+encodingNoise
			most = max(most, u/v, v/u)
		}
	}
	return most
}

// levels are a number of pixels, the sum of their luma and that of its squares.
type levels struct{ n, sum, squares float64 }

// patterns gives the levels of each cell.
func (g grid) patterns(pix int) (cells []levels, across int) {
	across = g.w / pix
	cells = make([]levels, across*(g.h/pix))
	for y := range g.h / pix * pix {
		row := g.y[y*g.w:][:across*pix]
		for x := range across {
			c := &cells[y/pix*across+x]
			for _, v := range row[x*pix:][:pix] {
				c.sum += float64(v)
				c.squares += float64(v * v)
			}
			c.n += float64(pix)
		}
	}
	return cells, across
}

// variance gives the variance in the window of four cells whose first is i.
func variance(cells []levels, i, across int) float64 {
	var l levels
	for _, j := range [...]int{i, i + 1, i + across, i + across + 1} {
		l.n, l.sum, l.squares = l.n+cells[j].n, l.sum+cells[j].sum, l.squares+cells[j].squares
	}
	return max(0, l.squares/l.n-l.sum/l.n*l.sum/l.n)
}

// contrastOf gives the standard deviation of luma.
func contrastOf(p []float32) float64 {
	var sum, squares int // levels are whole numbers, and adding these is faster
	for _, v := range p {
		i := int(v)
		sum += i
		squares += i * i
	}
	n := float64(len(p))
	mean := float64(sum) / n
	return math.Sqrt(max(0, float64(squares)/n-mean*mean))
}

// saturation gives the root mean square of the chroma.
func (g grid) saturation() float64 {
	var squares int
	for i, v := range g.cb {
		u, v := int(g.cr[i])-128, int(v)-128
		squares += u*u + v*v
	}
	return math.Sqrt(float64(squares) / float64(len(g.cb)))
}

// sums are sums over the pixels of a cell, or of a window of cells.
type sums struct {
	n                float32
	diff, square     float32 // the unexplained difference, its square
	smooth           float32 // the square of the difference smoothed
	mean, meanSquare float32 // the mean luma of the two, its square
	cb, cr           float32 // the differences of chroma
}

// colour gives the mean difference of chroma.
func (s sums) colour() float64 {
	return math.Sqrt(float64(s.cb*s.cb+s.cr*s.cr)) / float64(s.n)
}

// sumCells sums over the cells of pix pixels each way. A last part of a cell is
// left out. It gives the cells row by row and how many are in a row.
func sumCells(a, b grid, mean, diff []float32, pix int) (cells []sums, across int) {
	across = a.w / pix
	down := a.h / pix
	soft := smooth(diff, make([]float32, len(diff)), a.w, a.h)
	cells = make([]sums, across*down)
	for y := range down * pix {
		row := cells[y/pix*across:][:across]
		i := y * a.w
		for x := range row {
			s := &row[x]
			for range pix {
				d, m, e := diff[i], mean[i], soft[i]
				s.diff += d
				s.square += d * d
				s.smooth += e * e
				s.mean += m
				s.meanSquare += m * m
				s.cb += float32(int(a.cb[i]) - int(b.cb[i]))
				s.cr += float32(int(a.cr[i]) - int(b.cr[i]))
				i++
			}
			s.n += float32(pix)
		}
	}
	return cells, across
}

// windows gives the sums of each square of side cells, step apart, and of the
// last of each row and column.
func windows(cells []sums, across, side, step int) func(yield func(sums) bool) {
	return func(yield func(sums) bool) {
		for _, y := range places(len(cells)/across-side, step) {
			for _, x := range places(across-side, step) {
				var s sums
				for v := range side {
					for _, t := range cells[(y+v)*across+x:][:side] {
						s.n += t.n
						s.diff += t.diff
						s.square += t.square
						s.smooth += t.smooth
						s.mean += t.mean
						s.meanSquare += t.meanSquare
						s.cb += t.cb
						s.cr += t.cr
					}
				}
				if !yield(s) {
					return
				}
			}
		}
	}
}

// places gives 0, the multiples of step below last, and last.
func places(last, step int) []int {
	var at []int
	for i := 0; i < last; i += step {
		at = append(at, i)
	}
	return append(at, last)
}
