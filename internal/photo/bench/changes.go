package main

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// change makes another picture of one: what must not pass for a copy.
type change struct {
	kind string
	make func(r *rand.Rand, m *image.RGBA, other *image.RGBA) *image.RGBA
}

// changes are the kinds of different pictures that look alike. Those of
// portraits are made of every original: the middle of the picture counts as
// the face.
var changes = []change{
	{"another person, same background", anotherPerson},
	{"same person, another photo", anotherPhoto},
	{"mirrored", mirrored},
	{"black and white", grey},
	{"recoloured", recoloured},
	{"glasses", glasses},
	{"hat", hat},
	{"badge", badge},
	{"closer crop", closer},
	{"another background", anotherBackground},
	{"flat tile", tile},
}

// Where a face is: the middle of an ellipse and its half axes, in shares of
// the picture's shorter side, from the middle of the top edge.
const faceX, faceY, faceRX, faceRY = 0, 0.45, 0.24, 0.32

// within gives how far inside an ellipse a point lies: 1 in its inner part,
// 0 outside, softly between.
func within(dx, dy, rx, ry, soft float64) float64 {
	d := math.Hypot(dx/rx, dy/ry)
	return min(1, max(0, (1+soft-d)/(2*soft)))
}

// each gives a picture whose every pixel is f of its place: x, y in shares of
// the shorter side, from the middle of the top edge.
func each(m *image.RGBA, f func(x, y float64, px, py int) [3]float64) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	side := float64(min(w, h))
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for py := range h {
		for px := range w {
			c := f((float64(px)+0.5-float64(w)/2)/side, (float64(py)+0.5)/side, px, py)
			out.SetRGBA(px, py, color.RGBA{level(c[0]), level(c[1]), level(c[2]), 255})
		}
	}
	return out
}

func at(m *image.RGBA, x, y int) [3]float64 {
	x, y = min(max(x, 0), m.Rect.Dx()-1), min(max(y, 0), m.Rect.Dy()-1)
	p := m.Pix[m.PixOffset(m.Rect.Min.X+x, m.Rect.Min.Y+y):]
	return [3]float64{float64(p[0]), float64(p[1]), float64(p[2])}
}

// between samples between pixels; x, y in pixels.
func between(m *image.RGBA, x, y float64) [3]float64 {
	x, y = x-0.5, y-0.5
	x0, y0 := math.Floor(x), math.Floor(y)
	fx, fy := x-x0, y-y0
	return blend(
		blend(at(m, int(x0), int(y0)), at(m, int(x0)+1, int(y0)), fx),
		blend(at(m, int(x0), int(y0)+1), at(m, int(x0)+1, int(y0)+1), fx), fy)
}

func blend(a, b [3]float64, t float64) [3]float64 {
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

func luma(c [3]float64) float64 { return 0.299*c[0] + 0.587*c[1] + 0.114*c[2] }

// anotherPerson puts another picture's face in place of this one's, in its light.
func anotherPerson(_ *rand.Rand, m, other *image.RGBA) *image.RGBA {
	o := scale(other, middleOf(other, float64(m.Rect.Dx())/float64(m.Rect.Dy())), m.Rect.Dx(), m.Rect.Dy())
	var here, there, n float64
	each(m, func(x, y float64, px, py int) [3]float64 {
		if within(x-faceX, y-faceY, faceRX, faceRY, 0.01) > 0.5 {
			here, there, n = here+luma(at(m, px, py)), there+luma(at(o, px, py)), n+1
		}
		return [3]float64{}
	})
	shift := (here - there) / n * 0.5
	return each(m, func(x, y float64, px, py int) [3]float64 {
		c := at(o, px, py)
		return blend(at(m, px, py), [3]float64{c[0] + shift, c[1] + shift, c[2] + shift}, within(x-faceX, y-faceY, faceRX, faceRY, 0.15))
	})
}

func middleOf(m *image.RGBA, aspect float64) image.Rectangle {
	b := m.Rect
	w, h := float64(b.Dx()), float64(b.Dy())
	if w/h > aspect {
		w = h * aspect
	} else {
		h = w / aspect
	}
	at := image.Pt(b.Min.X+(b.Dx()-int(w))/2, b.Min.Y+(b.Dy()-int(h))/2)
	return image.Rectangle{at, at.Add(image.Pt(int(w), int(h)))}
}

// anotherPhoto turns and moves the head a little before the same background,
// opens the mouth or lifts the brows, and shifts the exposure: the next photo
// of a session.
func anotherPhoto(r *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	sign := func() float64 { return float64(2*r.IntN(2) - 1) }
	turn, dx, dy := sign()*(3+6*r.Float64())*math.Pi/180, sign()*(0.025+0.04*r.Float64()), sign()*(0.015+0.03*r.Float64())
	zoom := 1 + sign()*(0.02+0.05*r.Float64())
	brow, mouth := sign()*0.02, sign()*0.025
	light, side := 1+sign()*(0.01+0.03*r.Float64()), float64(min(m.Rect.Dx(), m.Rect.Dy()))
	w := float64(m.Rect.Dx())
	return each(m, func(x, y float64, _, _ int) [3]float64 {
		k := within(x-faceX, y-faceY-0.1, faceRX*1.5, faceRY*1.6, 0.35)
		u, v := x-faceX, y-faceY
		u, v = (u*math.Cos(turn)-v*math.Sin(turn))*zoom, (u*math.Sin(turn)+v*math.Cos(turn))*zoom
		v += brow*within(x, y-faceY+0.08, 0.16, 0.06, 0.5) + mouth*within(x, y-faceY-0.14, 0.1, 0.06, 0.5)
		u, v = x+k*(u+faceX+dx-x), y+k*(v+faceY+dy-y)
		c := between(m, u*side+w/2, v*side)
		return [3]float64{c[0] * light, c[1] * light, c[2] * light}
	})
}

func mirrored(_ *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	return each(m, func(_, _ float64, px, py int) [3]float64 { return at(m, m.Rect.Dx()-1-px, py) })
}

func grey(_ *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	return each(m, func(_, _ float64, px, py int) [3]float64 {
		l := luma(at(m, px, py))
		return [3]float64{l, l, l}
	})
}

// recoloured turns the hue, takes most of the colour away, or lays a tint over.
func recoloured(r *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	way, turn := r.IntN(3), (30+60*r.Float64())*math.Pi/180*float64(2*r.IntN(2)-1)
	tint := [3]float64{1.25, 1, 0.7}
	if r.IntN(2) == 0 {
		tint = [3]float64{0.75, 1, 1.25}
	}
	return each(m, func(_, _ float64, px, py int) [3]float64 {
		c := at(m, px, py)
		l := luma(c)
		switch way {
		case 0:
			cb, cr := (c[2]-l)*0.564, (c[0]-l)*0.713
			cb, cr = cb*math.Cos(turn)-cr*math.Sin(turn), cb*math.Sin(turn)+cr*math.Cos(turn)
			return [3]float64{l + 1.402*cr, l - 0.344*cb - 0.714*cr, l + 1.772*cb}
		case 1:
			return blend(c, [3]float64{l, l, l}, 0.6)
		}
		return [3]float64{c[0] * tint[0], c[1] * tint[1], c[2] * tint[2]}
	})
}

// glasses draws spectacles where a face has its eyes: thin or thick frames, or
// dark lenses.
func glasses(r *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	eyeY, gap, rx, ry := faceY-0.04+0.04*r.Float64(), 0.085+0.02*r.Float64(), 0.07+0.015*r.Float64(), 0.05+0.015*r.Float64()
	thick, dark := 0.010+0.012*r.Float64(), r.IntN(3) == 0
	ink := [3]float64{20 + 40*r.Float64(), 20 + 30*r.Float64(), 20 + 30*r.Float64()}
	side := float64(min(m.Rect.Dx(), m.Rect.Dy()))
	soft := 0.7 / side
	return each(m, func(x, y float64, px, py int) [3]float64 {
		c := at(m, px, py)
		u, v := math.Abs(x)-gap, y-eyeY
		d := (math.Hypot(u/rx, v/ry) - 1) * min(rx, ry) // about the distance from the rim
		if dark && d < 0 {
			c = blend(c, ink, 0.85)
		}
		rim := min(1, max(0, (thick/2+soft-math.Abs(d))/(2*soft)))
		bridge := math.Abs(x) < gap-rx && math.Abs(v+0.01) < thick/2
		temple := math.Abs(x) > gap+rx && math.Abs(x) < faceRX && math.Abs(v+0.01) < thick/2
		if bridge || temple {
			rim = 1
		}
		return blend(c, ink, rim)
	})
}

// hat draws a cap over the top of the head.
func hat(r *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	cloth := [3]float64{255 * r.Float64(), 255 * r.Float64(), 255 * r.Float64()}
	brim := faceY - faceRY*(0.45+0.15*r.Float64())
	soft := 0.02
	return each(m, func(x, y float64, px, py int) [3]float64 {
		k := 0.0
		if y < brim {
			k = within(x-faceX, y-brim, faceRX*0.95, faceRY*0.75, soft)
		}
		k = max(k, within(x-faceX, y-brim, faceRX*1.2, 0.025, 0.2))
		shade := 0.85 + 0.3*(0.5+x)
		return blend(at(m, px, py), [3]float64{cloth[0] * shade, cloth[1] * shade, cloth[2] * shade}, k)
	})
}

// badge paints a company's logo in: a disc or a box with a sign in it, in a
// corner or on the chest.
func badge(r *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	size := 0.07 + 0.04*r.Float64() // half of its width
	places := [][2]float64{{-0.36, 0.14}, {0.36, 0.14}, {-0.36, 0.86}, {0.36, 0.86}, {0.18, 0.85}}
	place := places[r.IntN(len(places))]
	ground := [3]float64{255 * r.Float64(), 255 * r.Float64(), 255 * r.Float64()}
	ink := [3]float64{255, 255, 255}
	if luma(ground) > 140 {
		ink = [3]float64{20, 20, 40}
	}
	round := r.IntN(2) == 0
	return each(m, func(x, y float64, px, py int) [3]float64 {
		u, v := (x-place[0])/size, (y-place[1])/size
		inside := math.Abs(u) < 1 && math.Abs(v) < 1
		if round {
			inside = math.Hypot(u, v) < 1
		}
		switch {
		case !inside:
			return at(m, px, py)
		case math.Abs(u) < 0.2 && math.Abs(v) < 0.6, math.Abs(v) < 0.2 && math.Abs(u) < 0.6:
			return ink
		}
		return ground
	})
}

// closer is a crop of the middle or of a corner that cuts the face.
func closer(r *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	k := 0.65 + 0.2*r.Float64()
	w, h := int(k*float64(m.Rect.Dx())), int(k*float64(m.Rect.Dy()))
	x, y := r.IntN(m.Rect.Dx()-w+1), r.IntN(m.Rect.Dy()-h+1)
	return scale(m, image.Rect(x, y, x+w, y+h), m.Rect.Dx(), m.Rect.Dy())
}

// anotherBackground keeps the middle of the picture and puts a wall behind it.
func anotherBackground(r *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	wall := backdrop(r, m.Rect.Dx(), m.Rect.Dy())
	return each(m, func(x, y float64, px, py int) [3]float64 {
		k := max(within(x-faceX, y-faceY, faceRX*1.2, faceRY*1.15, 0.08), within(x-faceX, y-1.2, 0.45, 0.45, 0.08))
		return blend(at(wall, px, py), at(m, px, py), k)
	})
}

// tile is one colour, the picture's mean, or a soft slope of it.
func tile(r *rand.Rand, m, _ *image.RGBA) *image.RGBA {
	mean := at(scale(m, m.Rect, 1, 1), 0, 0)
	slope := float64(r.IntN(2)) * 20
	return each(m, func(_, y float64, _, _ int) [3]float64 {
		return [3]float64{mean[0] + slope*(y-0.5), mean[1] + slope*(y-0.5), mean[2] + slope*(y-0.5)}
	})
}

// plain draws one colour, or a soft slope of one.
func plain(r *rand.Rand, side int) *image.RGBA {
	base := [3]float64{255 * r.Float64(), 255 * r.Float64(), 255 * r.Float64()}
	slope, turn := 30*float64(r.IntN(2)), 2*math.Pi*r.Float64()
	return each(image.NewRGBA(image.Rect(0, 0, side, side)), func(x, y float64, _, _ int) [3]float64 {
		d := slope * (x*math.Cos(turn) + (y-0.5)*math.Sin(turn))
		return [3]float64{base[0] + d, base[1] + d, base[2] + d}
	})
}

// noticeable is the root mean square difference, in levels, that a change must
// make: a mirrored copy of something symmetrical, or a grey one of something
// grey, is the same picture.
const noticeable = 6

// lopsided is the same for mirrored copies: sharp drawings of something
// symmetrical whose axis lies between pixels come to 8.3.
const lopsided = 9

// differs gives the root mean square difference of two pictures of one size,
// in levels, at 64 pixels: the largest of luma's and of the two colours', where
// the pictures lie on each other best, to a quarter of a pixel. A mirrored copy
// of something symmetrical is a copy that lies a little off.
func differs(a, b *image.RGBA) float64 {
	const side, off = 64, 2
	p, q := scale(a, a.Rect, side, side), scale(b, b.Rect, side, side)
	least, atX, atY := math.Inf(1), 0.0, 0.0
	try := func(dx, dy float64) {
		if d := differsAt(p, q, dx, dy, off+1); d < least {
			least, atX, atY = d, dx, dy
		}
	}
	for dy := -off; dy <= off; dy++ {
		for dx := -off; dx <= off; dx++ {
			try(float64(dx), float64(dy))
		}
	}
	if least > 3*noticeable { // no part of a pixel makes that little
		return least
	}
	middleX, middleY := atX, atY
	for y := -3; y <= 3; y++ {
		for x := -3; x <= 3; x++ {
			try(middleX+float64(x)/4, middleY+float64(y)/4)
		}
	}
	return least
}

// differsAt gives the difference where q lies dx, dy pixels off, without a margin.
func differsAt(p, q *image.RGBA, dx, dy float64, margin int) float64 {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	var sum [3]float64
	for y := margin; y < h-margin; y++ {
		for x := margin; x < w-margin; x++ {
			c, d := at(p, x, y), between(q, float64(x)+0.5+dx, float64(y)+0.5+dy)
			l, k := luma(c), luma(d)
			sum[0] += (l - k) * (l - k)
			sum[1] += math.Pow((c[2]-l)-(d[2]-k), 2) * 0.564 * 0.564
			sum[2] += math.Pow((c[0]-l)-(d[0]-k), 2) * 0.713 * 0.713
		}
	}
	return math.Sqrt(max(sum[0], sum[1], sum[2]) / float64((w-2*margin)*(h-2*margin)))
}

// initials draws one or two letters on a colour, as services do for people
// without a photo.
func initials(r *rand.Rand, side int) *image.RGBA {
	palette := []color.RGBA{{0, 120, 212, 255}, {135, 100, 184, 255}, {16, 124, 16, 255}, {202, 80, 16, 255}, {3, 131, 135, 255}, {90, 90, 90, 255}}
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(out, out.Rect, image.NewUniform(palette[r.IntN(len(palette))]), image.Point{}, draw.Src)
	text := make([]byte, 1+r.IntN(2))
	for i := range text {
		text[i] = byte('A' + r.IntN(26))
	}
	return lettered(out, string(text))
}

// lettered puts white letters into the middle of a picture.
func lettered(out *image.RGBA, text string) *image.RGBA {
	const w, h = 7, 13
	small := image.NewAlpha(image.Rect(0, 0, w*len(text), h))
	d := font.Drawer{Dst: small, Src: image.Opaque, Face: basicfont.Face7x13, Dot: fixed.P(0, 11)}
	d.DrawString(text)
	side := out.Rect.Dx()
	high := side / 2
	wide := high * w * len(text) / h
	big := image.NewAlpha(image.Rect(0, 0, wide, high))
	xdraw.CatmullRom.Scale(big, big.Rect, small, small.Rect, draw.Src, nil)
	x, y := (side-wide)/2, (side-high)/2
	draw.DrawMask(out, image.Rect(x, y, x+wide, y+high), image.White, image.Point{}, big, image.Point{}, draw.Over)
	return out
}
