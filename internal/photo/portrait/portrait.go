// Package portrait draws invented people, for tests and for the benchmark of
// package photo: no picture shows a real person.
//
// Start with [New].
package portrait

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// Portrait is an invented person before a backdrop, drawn at any size.
type Portrait struct {
	backTop, backBottom, hair, skin, shirt rgb
	faceX, faceY, faceW, faceH             float64
	hairLine, eyeGap, mouthY, mouthW       float64
	light, parting, beard                  float64
}

type rgb [3]float64

// New draws lots for a person and, apart from that, for a backdrop. The same
// numbers give the same portrait.
func New(person, backdrop uint64) Portrait {
	p, b := rand.New(rand.NewPCG(person, 1)), rand.New(rand.NewPCG(backdrop, 2))
	in := func(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	tone, grey := in(p, 0.35, 1), in(b, 60, 230)
	back := rgb{grey + in(b, -30, 30), grey + in(b, -30, 30), grey + in(b, -30, 30)}
	return Portrait{
		backTop: back, backBottom: rgb{back[0] * 0.8, back[1] * 0.8, back[2] * 0.85},
		hair:  rgb{in(p, 15, 150), in(p, 15, 100), in(p, 10, 60)},
		skin:  rgb{235 * tone, 190 * tone, 165 * tone},
		shirt: rgb{in(p, 10, 240), in(p, 10, 240), in(p, 10, 240)},
		faceX: in(p, 0.46, 0.54), faceY: in(p, 0.38, 0.46), faceW: in(p, 0.14, 0.2), faceH: in(p, 0.2, 0.27),
		hairLine: in(p, 0.02, 0.12), eyeGap: in(p, 0.05, 0.08), mouthY: in(p, 0.09, 0.13), mouthW: in(p, 0.03, 0.07),
		light: in(p, -0.25, 0.25), parting: in(p, -0.1, 0.1), beard: in(p, -1, 1),
	}
}

// At gives the colour, red, green and blue in levels of 255, at a point of the
// unit square; y may go beyond it.
func (p Portrait) At(x, y float64) [3]float64 {
	c := mix(p.backTop, p.backBottom, y)
	dx, dy := x-p.faceX, y-p.faceY
	inside := func(cx, cy, rx, ry float64) bool {
		u, v := (dx-cx)/rx, (dy-cy)/ry
		return u*u+v*v < 1
	}
	if inside(0, 0.75, 0.42, 0.42) {
		c = p.shirt
	}
	if inside(p.parting*0.3, -0.03, p.faceW+0.03, p.faceH+0.02) {
		c = p.hair
	}
	if inside(0, 0.25, p.faceW*0.55, 0.15) || inside(p.parting*0.2, p.hairLine, p.faceW, p.faceH*0.9) {
		c = p.skin
	}
	if p.beard > 0 && inside(0, p.faceH*0.75, p.faceW*0.7, p.faceH*0.3) {
		c = mix(p.skin, p.hair, p.beard)
	}
	if inside(-p.eyeGap, 0, 0.022, 0.012) || inside(p.eyeGap, 0, 0.022, 0.012) {
		c = rgb{40, 30, 30}
	}
	if inside(0, p.mouthY, p.mouthW, 0.012) {
		c = rgb{150, 60, 60}
	}
	shade := 1 + p.light*(x-0.5)*2 + 0.03*math.Sin(31*x+17*y)*math.Sin(23*y-11*x)
	return rgb{c[0] * shade, c[1] * shade, c[2] * shade}
}

func mix(a, b rgb, t float64) rgb {
	t = min(1, max(0, t))
	return rgb{a[0] + (b[0]-a[0])*t, a[1] + (b[1]-a[1])*t, a[2] + (b[2]-a[2])*t}
}

// Draw gives the portrait w times h pixels large, with a camera's noise. The
// face's middle lies near 0.5 across and 0.42 down, in shares of the width of a
// portrait that is not wider than high.
func (p Portrait) Draw(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	noise := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	side := float64(min(w, h))
	for y := range h {
		for x := range w {
			var sum rgb
			for s := range 4 { // four samples a pixel soften the edges
				c := p.At(0.5+(float64(x)+0.25+0.5*float64(s%2)-float64(w)/2)/side, (float64(y)+0.25+0.5*float64(s/2))/side)
				sum = rgb{sum[0] + c[0]/4, sum[1] + c[1]/4, sum[2] + c[2]/4}
			}
			n := noise.NormFloat64() * 3
			m.SetRGBA(x, y, color.RGBA{channel(sum[0] + n), channel(sum[1] + n), channel(sum[2] + n), 255})
		}
	}
	return m
}

func channel(v float64) uint8 { return uint8(min(255, max(0, math.Round(v)))) }
