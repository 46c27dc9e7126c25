package photo

import "math"

// cell is how many pixels of a form, each way, make one cell: pictures are
// judged by cells, which evens out what resamplers and encoders differ in.
const cell = 2

// grid is a part of a form as cells, each the mean of its pixels.
type grid struct {
	w, h      int
	y, cb, cr []float32
}

// window says which part of a form is meant: w times h pixels at x, y. Offsets
// may lie between pixels.
type window struct {
	x, y float64
	w, h int
}

// align finds the parts of two forms that show the same, if anything does. The
// service cuts pictures square, in the middle or nearer the top; so where one
// picture is longer than the other, every place of the shorter in it is tried.
// It reports false if one stands and the other lies: neither can be a cut of
// the other, and only their middles are given.
func align(a, b form) (wa, wb window, comparable bool) {
	w, h := min(a.w, b.w), min(a.h, b.h)
	wa, wb = centre(a, w, h), centre(b, w, h)
	aLonger, bLonger := a.w > w || a.h > h, b.w > w || b.h > h
	switch {
	case aLonger && bLonger:
		return wa, wb, false
	case aLonger:
		wa = slide(a, cells(b, wb), w, h)
	case bLonger:
		wb = slide(b, cells(a, wa), w, h)
	}
	return wa, wb, true
}

func centre(f form, w, h int) window {
	return window{x: float64(f.w-w) / 2, y: float64(f.h-h) / 2, w: w, h: h}
}

// slide gives the window of f that resembles g most, to a quarter of a pixel.
func slide(f form, g grid, w, h int) window {
	best, least := centre(f, w, h), math.Inf(1)
	try := func(x, y float64) {
		if x < 0 || y < 0 || x > float64(f.w-w) || y > float64(f.h-h) {
			return
		}
		at := window{x: x, y: y, w: w, h: h}
		if d := lumaDifference(cells(f, at), g); d < least {
			best, least = at, d
		}
	}
	for i := range f.w - w + f.h - h + 1 { // only one of the two is longer
		try(float64(min(i, f.w-w)), float64(min(i, f.h-h)))
	}
	coarse := best
	for _, d := range []float64{-0.75, -0.5, -0.25, 0.25, 0.5, 0.75} {
		if f.w > w {
			try(coarse.x+d, coarse.y)
		} else {
			try(coarse.x, coarse.y+d)
		}
	}
	return best
}

func lumaDifference(a, b grid) float64 {
	var sum float64
	for i := range a.y {
		d := float64(a.y[i] - b.y[i])
		sum += d * d
	}
	return sum
}

// cells gives a window of a form as cells. A last odd row or column is left out.
func cells(f form, at window) grid {
	g := grid{w: at.w / cell, h: at.h / cell}
	g.y, g.cb, g.cr = f.plane(f.y, at, g), f.plane(f.cb, at, g), f.plane(f.cr, at, g)
	return g
}

func (f form) plane(p []uint8, at window, g grid) []float32 {
	x0, y0 := int(at.x), int(at.y)
	fx, fy := float32(at.x-float64(x0)), float32(at.y-float64(y0))
	out := make([]float32, 0, g.w*g.h)
	for y := range g.h {
		for x := range g.w {
			v := f.mean(p, x0+cell*x, y0+cell*y)
			if fx > 0 {
				v += fx * (f.mean(p, x0+cell*x+1, y0+cell*y) - v)
			}
			if fy > 0 {
				v += fy * (f.mean(p, x0+cell*x, y0+cell*y+1) - v)
			}
			out = append(out, v)
		}
	}
	return out
}

// mean gives the mean of the cell whose first pixel is x, y.
func (f form) mean(p []uint8, x, y int) float32 {
	i := y*f.w + x
	j := i + f.w
	return float32(int(p[i])+int(p[i+1])+int(p[j])+int(p[j+1])) / (cell * cell)
}
