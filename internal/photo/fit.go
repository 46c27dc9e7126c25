package photo

// terms are what makes two copies of one picture differ though nothing is
// wrong: they lie a part of a pixel apart across and down, one is a little
// larger across or down, and one is sharper, in its finest detail or in the
// next finer.
const terms = 6

// mostTerm bounds each term: pixels at the edge of the picture for the first
// four, shares of the detail for the others. What is more is a difference.
var mostTerm = [terms]float32{0.8, 0.8, 0.8, 0.8, 2, 1.5}

// fitDamping holds a term at zero that little speaks for: the mean square, in
// levels, that it has to reach before it counts fully.
const fitDamping = 0.5

// explain takes out of the difference r of two pictures what the terms explain
// of it, by least squares; m is the pictures' mean. It gives the terms.
func explain(m, r []float32, w, h int) [terms]float32 {
	f := newFitter(m, w, h)
	var normal [terms][terms]float32
	var right [terms]float32
	for y := 1; y < h-1; y += 2 { // every second row tells enough
		f.row(y)
		for j := range terms {
			for k := j; k < terms; k++ {
				normal[j][k] += dot(f.of[j], f.of[k])
			}
			right[j] += dot(f.of[j], r[y*w+1:])
		}
	}
	for j := range terms {
		normal[j][j] += fitDamping * float32(w*h/2)
		for k := range j {
			normal[j][k] = normal[k][j]
		}
	}
	c := solve(normal, right)
	for j := range c {
		c[j] = max(-mostTerm[j], min(mostTerm[j], c[j]))
	}
	for y := 1; y < h-1; y++ {
		f.row(y)
		to := r[y*w+1:][:w-2]
		for j, g := range f.of {
			k := c[j]
			for x, v := range g[:len(to)] {
				to[x] -= k * v
			}
		}
	}
	return c
}

// fitter gives the terms of one row after another of a picture.
type fitter struct {
	m, fine, soft []float32
	w, h          int
	of            [terms][]float32 // what a term of size 1 makes of each inner pixel
}

func newFitter(m []float32, w, h int) *fitter {
	f := &fitter{m: m, w: w, h: h}
	across := make([]float32, len(m))
	f.fine = smooth(m, across, w, h)
	f.soft = smooth(f.fine, across, w, h)
	all := make([]float32, terms*(w-2))
	for j := range f.of {
		f.of[j] = all[j*(w-2):][:w-2]
	}
	return f
}

// row fills in the terms of row y.
func (f *fitter) row(y int) {
	n := f.w - 2
	row, up, down := f.m[y*f.w:][:f.w], f.m[(y-1)*f.w:][:f.w], f.m[(y+1)*f.w:][:f.w]
	fine, soft := f.fine[y*f.w:][:f.w], f.soft[y*f.w:][:f.w]
	py, dx := 2*float32(y)/float32(f.h-1)-1, 2/float32(f.w-1)
	g0, g1, g2, g3, g4, g5 := f.of[0][:n], f.of[1][:n], f.of[2][:n], f.of[3][:n], f.of[4][:n], f.of[5][:n]
	for x := range n {
		gx, gy := (row[x+2]-row[x])/2, (down[x+1]-up[x+1])/2
		g0[x], g1[x], g2[x], g3[x] = gx, gy, gx*(float32(x+1)*dx-1), gy*py
		g4[x], g5[x] = row[x+1]-fine[x+1], fine[x+1]-soft[x+1]
	}
}

func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var even, odd float32
	i := 0
	for ; i+1 < len(a); i += 2 {
		even += a[i] * b[i]
		odd += a[i+1] * b[i+1]
	}
	if i < len(a) {
		even += a[i] * b[i]
	}
	return even + odd
}

// smooth blurs by a binomial kernel of three pixels each way. It works in
// across, which is as long as p.
func smooth(p, across []float32, w, h int) []float32 {
	out := make([]float32, len(p))
	for y := range h {
		row, to := p[y*w:][:w], across[y*w:][:w]
		to[0], to[w-1] = (3*row[0]+row[1])/4, (3*row[w-1]+row[w-2])/4
		a, b := row[0], row[1]
		for x, c := range row[2:] {
			to[x+1] = (a + 2*b + c) / 4
			a, b = b, c
		}
	}
	for y := range h {
		up, row, down := across[max(0, y-1)*w:][:w], across[y*w:][:w], across[min(h-1, y+1)*w:][:w]
		to := out[y*w:][:w]
		for x, v := range row {
			to[x] = (up[x] + 2*v + down[x]) / 4
		}
	}
	return out
}

// solve solves a symmetric, positive definite system by elimination.
func solve(a [terms][terms]float32, b [terms]float32) [terms]float32 {
	for i := range terms {
		for j := i + 1; j < terms; j++ {
			f := a[j][i] / a[i][i]
			for k := i; k < terms; k++ {
				a[j][k] -= f * a[i][k]
			}
			b[j] -= f * b[i]
		}
	}
	for i := terms - 1; i >= 0; i-- {
		for j := i + 1; j < terms; j++ {
			b[i] -= a[i][j] * b[j]
		}
		b[i] /= a[i][i]
	}
	return b
}
