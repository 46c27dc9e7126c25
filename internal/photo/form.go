package photo

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

const (
	// formSide is the shorter side of the form in which pictures are compared.
	// It is MinSide, so that no picture is ever enlarged to be compared.
	formSide = MinSide
	// formLong bounds the longer side: of a picture longer than 4 to 1 the middle counts.
	formLong = 4 * formSide
)

// form is a picture reduced to [formSide] pixels on its shorter side, turned
// upright, on white. Luma and chroma are JPEG's (JFIF, 8 bits each).
type form struct {
	w, h      int
	y, cb, cr []uint8
}

// reduce makes the form of a picture that is shown in the given orientation.
func reduce(m image.Image, orientation int) form {
	r := middle(m.Bounds())
	w, h := formSize(r.Dx(), r.Dy())
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Rect, image.White, image.Point{}, draw.Src)
	// This kernel widens with the scale, so that every pixel has its share;
	// draw.ApproxBiLinear would leave most of them out.
	draw.BiLinear.Scale(small, small.Rect, m, r, draw.Over, nil)
	return newForm(turn(small, orientation))
}

// middle cuts a very long picture to its middle.
func middle(r image.Rectangle) image.Rectangle {
	const most = formLong / formSide
	if over := r.Dx() - most*r.Dy(); over > 0 {
		r.Min.X += over / 2
		r.Max.X = r.Min.X + most*r.Dy()
	}
	if over := r.Dy() - most*r.Dx(); over > 0 {
		r.Min.Y += over / 2
		r.Max.Y = r.Min.Y + most*r.Dx()
	}
	return r
}

func formSize(w, h int) (int, int) {
	if w >= h {
		return (w*formSide + h/2) / h, formSide
	}
	return formSide, (h*formSide + w/2) / w
}

func newForm(m *image.RGBA) form {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	f := form{w: w, h: h, y: make([]uint8, w*h), cb: make([]uint8, w*h), cr: make([]uint8, w*h)}
	for i := range w * h {
		p := m.Pix[4*i : 4*i+3]
		f.y[i], f.cb[i], f.cr[i] = color.RGBToYCbCr(p[0], p[1], p[2])
	}
	return f
}

// onWhite gives a picture's full-size pixels on white.
func onWhite(m image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Over)
	return out
}

// onScreen puts a frame that is smaller than its screen in its place on it.
func onScreen(m image.Image, w, h int) image.Image {
	screen := image.Rect(0, 0, w, h)
	if m.Bounds() == screen {
		return m
	}
	out := image.NewRGBA(screen)
	draw.Draw(out, m.Bounds(), m, m.Bounds().Min, draw.Src)
	return out
}
