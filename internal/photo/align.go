package photo

import "math"

// grid is a part of a form at the resolution at which it is compared.
type grid struct {
	w, h   int
	y      []float32
	cb, cr []uint8
}

// cellsAcross is how many cells the shorter side of a picture is compared in.
// Cells have 2, 3 or 4 pixels each way, as far as the smaller picture allows.
const (
	cellsAcross       = 24
	leastPix, mostPix = MinSide / cellsAcross, formSide / cellsAcross
)

// lay brings two forms to one resolution and gives the part that they share
// when they are laid on each other the best way, and the side of a cell in
// pixels. It reports false if one stands and the other lies: neither can be a
// cut of the other, and only their middles are given.
func lay(a, b form) (p, q grid, pix int, comparable bool) {
	pix = max(leastPix, min(mostPix, min(a.w, a.h, b.w, b.h)/cellsAcross))
	p, q = a.grid(pix*cellsAcross), b.grid(pix*cellsAcross)
	comparable = !(p.w > q.w && p.h < q.h || p.w < q.w && p.h > q.h)
	p, q = overlap(p, q, pix, comparable)
	return p, q, pix, comparable
}

// grid gives the form with that shorter side.
func (f form) grid(side int) grid {
	w, h := f.w, f.h
	if s := min(w, h); s != side {
		w, h = (w*side+s/2)/s, (h*side+s/2)/s
	}
	resized := func(p []uint8) []uint8 {
		if w == f.w && h == f.h {
			return p
		}
		return shrink(samples{p, f.w, 1, f.w, f.h}, w, h)
	}
	g := grid{w: w, h: h, y: make([]float32, w*h), cb: resized(f.cb), cr: resized(f.cr)}
	for i, v := range resized(f.y) {
		g.y[i] = float32(v)
	}
	return g
}

// slack is by how many pixels, for each pixel of a cell, two pictures may be
// off: encoders cut at even pixels, and services round.
const slack = 0.5

// A place that is off counts for a little less than one that is not: each pixel
// costs awayCost of the difference, and that of awayNoise, a mean square that
// says nothing.
const awayCost, awayNoise = 0.02, 4

// overlap cuts both grids to what they share: at any place along the longer
// side of the longer one, and a little off in any direction.
func overlap(a, b grid, pix int, comparable bool) (grid, grid) {
	off := int(slack * float64(pix))
	slackX, slackY := a.w-b.w, a.h-b.h
	x0, x1, y0, y1 := min(0, slackX), max(0, slackX), min(0, slackY), max(0, slackY)
	if !comparable {
		x0, x1, y0, y1 = slackX/2, slackX/2, slackY/2, slackY/2
	}
	bestX, bestY, least := 0, 0, math.Inf(1)
	for dy := y0 - off; dy <= y1+off; dy++ {
		for dx := x0 - off; dx <= x1+off; dx++ {
			away := max(0, x0-dx, dx-x1) + max(0, y0-dy, dy-y1)
			cost := 1 + awayCost*float64(away)
			if d := (apart(a, b, dx, dy, pix/2, least/cost-awayNoise) + awayNoise) * cost; d < least {
				bestX, bestY, least = dx, dy, d
			}
		}
	}
	r := shared(a, b, bestX, bestY)
	return a.cut(r.x, r.y, r.w, r.h), b.cut(r.x-bestX, r.y-bestY, r.w, r.h)
}

// rect is w times h pixels at x, y.
type rect struct{ x, y, w, h int }

// shared gives the part of a that b covers when its corner lies at dx, dy.
func shared(a, b grid, dx, dy int) rect {
	x, y := max(0, dx), max(0, dy)
	return rect{x, y, min(a.w, dx+b.w) - x, min(a.h, dy+b.h) - y}
}

// apart gives the mean square difference of the luma of what a and b share,
// from every step-th pixel each way; something over most if it is over most.
func apart(a, b grid, dx, dy, step int, most float64) float64 {
	r := shared(a, b, dx, dy)
	n := float64(max(1, (r.w+step-1)/step*((r.h+step-1)/step)))
	var sum float32
	for y := r.y; y < r.y+r.h; y += step {
		p := a.y[y*a.w+r.x:][:r.w]
		q := b.y[(y-dy)*b.w+r.x-dx:][:r.w]
		for x := 0; x < len(p); x += step {
			d := p[x] - q[x]
			sum += d * d
		}
		if float64(sum) > most*n {
			return math.Inf(1)
		}
	}
	return float64(sum) / n
}

func (g grid) cut(x, y, w, h int) grid {
	if w == g.w && h == g.h {
		return g
	}
	out := grid{w: w, h: h, y: make([]float32, 0, w*h), cb: make([]uint8, 0, w*h), cr: make([]uint8, 0, w*h)}
	for row := y; row < y+h; row++ {
		at := row*g.w + x
		out.y = append(out.y, g.y[at:at+w]...)
		out.cb = append(out.cb, g.cb[at:at+w]...)
		out.cr = append(out.cr, g.cr[at:at+w]...)
	}
	return out
}
