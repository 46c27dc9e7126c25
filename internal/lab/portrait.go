package lab

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"math/rand/v2"

	"golang.org/x/image/draw"
)

// portrait is the description of a drawn photo. It has no size: the same
// portrait is drawn in any.
type portrait struct {
	seed               uint64
	groundA, groundB   rgb
	angle              float64 // of the ground's gradient
	scene              int     // what is behind the person
	skin, hair, cloth  rgb
	collar             rgb
	headX, headY, size float64
	style              hairStyle
	glasses, beard     bool
	light              float64 // from the left (-1) or the right (1)
}

// hairStyle is how the hair falls.
type hairStyle int

const (
	cropped hairStyle = iota
	swept
	bald
	parted // long
	fringe // long
)

func (h hairStyle) long() bool { return h >= parted }

// point is a place on the canvas.
type point struct{ x, y float64 }

type rgb struct{ r, g, b float64 }

func (c rgb) scale(f float64) rgb { return rgb{c.r * f, c.g * f, c.b * f} }

func (c rgb) mix(o rgb, f float64) rgb {
	return rgb{c.r + (o.r-c.r)*f, c.g + (o.g-c.g)*f, c.b + (o.b-c.b)*f}
}

func (c rgb) light() float64 { return 0.299*c.r + 0.587*c.g + 0.114*c.b }

var (
	hairs   = []rgb{{38, 28, 24}, {78, 52, 34}, {122, 84, 48}, {196, 156, 92}, {150, 150, 152}, {24, 24, 28}, {140, 62, 36}}
	cloths  = []rgb{{32, 44, 74}, {226, 228, 232}, {112, 30, 42}, {44, 92, 82}, {66, 66, 70}, {176, 190, 214}, {200, 160, 60}, {24, 24, 26}}
	grounds = []rgb{{236, 238, 240}, {70, 96, 128}, {188, 202, 176}, {58, 62, 66}, {206, 178, 146}, {150, 178, 206}, {120, 80, 70}, {226, 214, 190}, {36, 72, 66}}
)

// look narrows down what portraitOf draws.
type look int

const (
	shortHair look = 1 << iota // and no beard
	longHair                   // and no beard
	fairSkin
	oliveSkin
	darkSkin
	darkHair
)

// tones are the skins of each look.
var tones = map[look][]rgb{
	fairSkin: {{246, 214, 188}, {240, 202, 168}, {233, 190, 158}}, oliveSkin: {{224, 178, 138}, {206, 156, 116}, {186, 132, 94}}, darkSkin: {{140, 92, 62}, {112, 72, 48}, {92, 58, 42}},
}

// portraitOf describes the photo of someone. Another take of the same person
// shows the same face and hair on another day: other ground, clothes and pose.
func portraitOf(name string, l look, take int) portrait {
	who := rand.New(rand.NewPCG(seedOf(name), 1))
	day := rand.New(rand.NewPCG(seedOf(name), 100+uint64(take)))
	p := portrait{
		seed: seedOf(name) + uint64(take),
		hair: pick(who, hairs), style: hairStyle(who.IntN(3)), glasses: who.IntN(3) == 0, beard: who.IntN(3) == 0,
		groundA: pick(day, grounds), groundB: pick(day, grounds), angle: day.Float64() * 2 * math.Pi, scene: day.IntN(6),
		cloth: pick(day, cloths), collar: pick(day, cloths),
		headX: 0.5 + (day.Float64()-0.5)*0.22, headY: 0.42 + (day.Float64()-0.5)*0.1, size: 0.8 + day.Float64()*0.45, light: day.Float64()*2 - 1,
	}
	p.setSkin(who, l)
	switch {
	case l&longHair != 0:
		p.style, p.beard = parted+hairStyle(who.IntN(2)), false
	case l&shortHair != 0:
		p.beard = false
		if p.style == bald {
			p.style = swept
		}
	}
	return p
}

// setSkin chooses the skin; fair and red hair go with fair skin only.
func (p *portrait) setSkin(who *rand.Rand, l look) {
	tone := l & (fairSkin | oliveSkin | darkSkin)
	if tone == 0 {
		tone = fairSkin << who.IntN(3)
	}
	p.skin = pick(who, tones[tone])
	if l&darkHair != 0 || tone != fairSkin && p.hair.r > 90 && p.hair.b < 100 {
		p.hair = hairs[0]
	}
}

// earlierThan gives a take of the same person that differs in ground and
// surroundings, as a photo of another year does.
func earlierThan(now portrait, name string, l look) portrait {
	for take := 2; ; take++ {
		p := portraitOf(name, l, take)
		if p.scene != now.scene && math.Abs(p.groundA.light()-now.groundA.light()) > 50 && math.Abs(p.cloth.light()-now.cloth.light()) > 40 || take > 200 {
			return p
		}
	}
}

// seedOf is FNV-1a.
func seedOf(text string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(text) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

func pick(r *rand.Rand, from []rgb) rgb { return from[r.IntN(len(from))] }

// canvas is what a portrait is drawn on; coordinates go from 0 to 1 across.
type canvas struct {
	img    *image.RGBA
	width  float64 // in pixels; the unit of both axes
	height float64
}

// draw gives the picture. Grain is the strength of the camera's noise.
func (p portrait) draw(width, height int, grain float64) *image.RGBA {
	c := newCanvas(width, height)
	c.ground(p)
	c.scene(p)
	c.person(p)
	c.grain(p.seed, grain)
	return c.img
}

func newCanvas(width, height int) *canvas {
	return &canvas{img: image.NewRGBA(image.Rect(0, 0, width, height)), width: float64(width), height: float64(height)}
}

func (c *canvas) set(x, y int, v rgb) {
	at := c.img.PixOffset(x, y)
	c.img.Pix[at], c.img.Pix[at+1], c.img.Pix[at+2], c.img.Pix[at+3] = clamp(v.r), clamp(v.g), clamp(v.b), 255
}

func (c *canvas) blend(x, y int, v rgb, f float64) {
	at := c.img.PixOffset(x, y)
	for i, o := range [3]float64{v.r, v.g, v.b} {
		old := float64(c.img.Pix[at+i])
		c.img.Pix[at+i] = clamp(old + (o-old)*f)
	}
}

func clamp(v float64) uint8 { return uint8(max(0, min(255, v))) }

// ground is a gradient, darker in the corners.
func (c *canvas) ground(p portrait) {
	sin, cos := math.Sincos(p.angle)
	for y := range int(c.height) {
		for x := range int(c.width) {
			u, v := float64(x)/c.width-0.5, float64(y)/c.height-0.5
			f := max(0, min(1, 0.5+(u*cos+v*sin)))
			c.set(x, y, p.groundA.mix(p.groundB, f).scale(1-0.5*(u*u+v*v)))
		}
	}
}

// scene draws what is behind the person: a window, shelves, a wall of planks,
// lights out of focus, or nothing.
func (c *canvas) scene(p portrait) {
	r := rand.New(rand.NewPCG(p.seed, 7))
	switch p.scene {
	case 0:
		x := 0.02 + r.Float64()*0.6
		c.box(x, 0.05, x+0.34, 0.5, rgb{235, 243, 250}, 0.85)
		c.box(x+0.16, 0.05, x+0.18, 0.5, rgb{90, 84, 80}, 0.9)
		c.box(x, 0.26, x+0.34, 0.28, rgb{90, 84, 80}, 0.9)
	case 1:
		for y := 0.08; y < 0.9; y += 0.2 {
			for x := 0.0; x < 1; x += 0.05 {
				c.box(x, y+r.Float64()*0.05, x+0.042, y+0.16, pick(r, cloths).mix(pick(r, hairs), 0.3), 0.75)
			}
			c.box(0, y+0.16, 1, y+0.18, rgb{70, 48, 34}, 0.9)
		}
	case 2:
		for x := 0.0; x < 1; x += 0.14 {
			c.box(x, 0, x+0.07, 1.4, p.groundB.scale(0.6), 0.55)
		}
	case 3, 4:
		for range 9 {
			size := 0.04 + r.Float64()*0.1
			c.ellipse(r.Float64(), r.Float64()*0.8, size, size, pick(r, grounds).mix(rgb{255, 240, 210}, 0.4), 0.7, 0.25)
		}
	}
}

// triangle fills a triangle.
func (c *canvas) triangle(p [3]point, v rgb) {
	side := func(a, b point, x, y float64) float64 { return (b.x-a.x)*(y-a.y) - (b.y-a.y)*(x-a.x) }
	top, bottom := min(p[0].y, p[1].y, p[2].y), max(p[0].y, p[1].y, p[2].y)
	left, right := min(p[0].x, p[1].x, p[2].x), max(p[0].x, p[1].x, p[2].x)
	for py := max(0, int(top*c.width)); py < min(int(c.height), int(bottom*c.width)+1); py++ {
		for px := max(0, int(left*c.width)); px < min(int(c.width), int(right*c.width)+1); px++ {
			x, y := float64(px)/c.width, float64(py)/c.width
			d0, d1, d2 := side(p[0], p[1], x, y), side(p[1], p[2], x, y), side(p[2], p[0], x, y)
			if d0 >= 0 && d1 >= 0 && d2 >= 0 || d0 <= 0 && d1 <= 0 && d2 <= 0 {
				c.blend(px, py, v, 1)
			}
		}
	}
}

// box fills a rectangle.
func (c *canvas) box(x0, y0, x1, y1 float64, v rgb, opacity float64) {
	for y := max(0, int(y0*c.width)); y < min(int(c.height), int(y1*c.width)); y++ {
		for x := max(0, int(x0*c.width)); x < min(int(c.width), int(x1*c.width)); x++ {
			c.blend(x, y, v, opacity)
		}
	}
}

// ellipse fills an ellipse whose edge is soft over that part of its radius.
func (c *canvas) ellipse(cx, cy, rx, ry float64, v rgb, opacity, soft float64) {
	c.shaded(cx, cy, rx, ry, v, v, 0, opacity, soft)
}

// shaded fills an ellipse that goes from one colour to another across, in the
// direction of the light.
func (c *canvas) shaded(cx, cy, rx, ry float64, left, right rgb, light, opacity, soft float64) {
	for y := max(0, int((cy-ry)*c.width)); y <= min(int(c.height)-1, int((cy+ry)*c.width)); y++ {
		dy := (float64(y)/c.width - cy) / ry
		for x := max(0, int((cx-rx)*c.width)); x <= min(int(c.width)-1, int((cx+rx)*c.width)); x++ {
			dx := (float64(x)/c.width - cx) / rx
			d := dx*dx + dy*dy
			if d >= 1 {
				continue
			}
			f := opacity
			if edge := (1 - d) / soft; edge < 1 {
				f *= edge
			}
			c.blend(x, y, left.mix(right, max(0, min(1, 0.5+dx*light*0.5+dy*0.25))), f)
		}
	}
}

// grain adds noise, the same one for a seed.
func (c *canvas) grain(seed uint64, strength float64) {
	if strength <= 0 {
		return
	}
	state := seed | 1
	for i := 0; i < len(c.img.Pix); i += 4 {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		n := (float64(state>>40)/float64(1<<24) - 0.5) * 2 * strength
		for k := range 3 {
			c.img.Pix[i+k] = clamp(float64(c.img.Pix[i+k]) + n)
		}
	}
}

// jpegOf draws and encodes a square photo. The encoder does not fail on a
// picture in memory.
func (p portrait) jpegOf(side, quality int, grain float64) []byte {
	return p.jpegSized(side, side, quality, grain)
}

func (p portrait) jpegSized(width, height, quality int, grain float64) []byte {
	body, err := encodeJPEG(p.draw(width, height, grain), quality)
	if err != nil {
		panic(err)
	}
	return body
}

// pngOf draws and encodes a square photo with few colours, as a scanned
// portrait of the old days has.
func (p portrait) pngOf(side int) []byte {
	full := p.draw(side, side, 0)
	for i := range full.Pix {
		if i%4 != 3 {
			full.Pix[i] = full.Pix[i]/12*12 + 6
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, full); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

// scaledTo gives a JPEG of a picture in another size.
func scaledTo(picture image.Image, side, quality int) []byte {
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(out, out.Bounds(), picture, picture.Bounds(), draw.Src, nil)
	body, err := encodeJPEG(out, quality)
	if err != nil {
		panic(err)
	}
	return body
}
