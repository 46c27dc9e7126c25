package photo

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
)

const (
	// formSide is the shorter side of the form in which pictures are compared,
	// where a picture has that many pixels. A smaller one keeps its own.
	formSide = 96
	// formLong bounds the longer side, as a multiple of the shorter: of a
	// picture longer than 4 to 1 the middle counts.
	formLong = 4
)

// form is a picture reduced to at most [formSide] pixels on its shorter side,
// turned upright, on white. Luma and chroma are JPEG's (JFIF, 8 bits each).
type form struct {
	w, h      int
	y, cb, cr []uint8
}

// reduce makes the form of a picture whose pixels have these colours and that
// is shown in the given orientation.
func reduce(m image.Image, c colours, orientation int) form {
	r := middle(m.Bounds())
	w, h := formSize(r.Dx(), r.Dy())
	f := form{w: w, h: h}
	switch m := m.(type) {
	case *image.YCbCr:
		f.y = shrink(samples{m.Y[m.YOffset(r.Min.X, r.Min.Y):], m.YStride, 1, r.Dx(), r.Dy()}, w, h)
		at, part := m.COffset(r.Min.X, r.Min.Y), chroma(m, r)
		f.cb = shrink(samples{m.Cb[at:], m.CStride, 1, part.X, part.Y}, w, h)
		f.cr = shrink(samples{m.Cr[at:], m.CStride, 1, part.X, part.Y}, w, h)
	case *image.Gray:
		f.y = shrink(samples{m.Pix[m.PixOffset(r.Min.X, r.Min.Y):], m.Stride, 1, r.Dx(), r.Dy()}, w, h)
		f.cb, f.cr = colourless(w*h), colourless(w*h)
	case *image.CMYK:
		small := image.NewCMYK(image.Rect(0, 0, w, h))
		for i := range 4 {
			for j, v := range shrink(samples{m.Pix[m.PixOffset(r.Min.X, r.Min.Y)+i:], m.Stride, 4, r.Dx(), r.Dy()}, w, h) {
				small.Pix[4*j+i] = v
			}
		}
		return newForm(c.convertCMYK(small)).turned(orientation)
	default:
		small := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(small, small.Rect, image.White, image.Point{}, draw.Src)
		// This kernel widens with the scale, so that every pixel has its share;
		// draw.ApproxBiLinear would leave most of them out.
		draw.BiLinear.Scale(small, small.Rect, m, r, draw.Over, nil)
		f = newForm(small)
	}
	if !c.sRGB() {
		small := f.rgba()
		c.convert(small)
		f = newForm(small)
	}
	return f.turned(orientation)
}

// rgba gives the form as pixels.
func (f form) rgba() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, f.w, f.h))
	for i := range f.y {
		r, g, b := color.YCbCrToRGB(f.y[i], f.cb[i], f.cr[i])
		copy(m.Pix[4*i:], []uint8{r, g, b, 255})
	}
	return m
}

// chroma gives how many samples across and down of a picture's chroma belong to r.
func chroma(m *image.YCbCr, r image.Rectangle) image.Point {
	x, y := 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		x = 2
	case image.YCbCrSubsampleRatio420:
		x, y = 2, 2
	case image.YCbCrSubsampleRatio440:
		y = 2
	case image.YCbCrSubsampleRatio411:
		x = 4
	case image.YCbCrSubsampleRatio410:
		x, y = 4, 2
	}
	return image.Pt((r.Max.X+x-1)/x-r.Min.X/x, (r.Max.Y+y-1)/y-r.Min.Y/y)
}

func colourless(n int) []uint8 {
	p := make([]uint8, n)
	for i := range p {
		p[i] = 128
	}
	return p
}

// middle cuts a very long picture to its middle.
func middle(r image.Rectangle) image.Rectangle {
	if over := r.Dx() - formLong*r.Dy(); over > 0 {
		r.Min.X += over / 2
		r.Max.X = r.Min.X + formLong*r.Dy()
	}
	if over := r.Dy() - formLong*r.Dx(); over > 0 {
		r.Min.Y += over / 2
		r.Max.Y = r.Min.Y + formLong*r.Dx()
	}
	return r
}

func formSize(w, h int) (int, int) {
	side := min(w, h, formSide)
	if w >= h {
		return (w*side + h/2) / h, side
	}
	return side, (h*side + w/2) / w
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

// turned gives the form as it is meant to be seen.
func (f form) turned(orientation int) form {
	if orientation <= upright || orientation > 8 {
		return f
	}
	t := form{w: f.w, h: f.h, y: make([]uint8, len(f.y)), cb: make([]uint8, len(f.y)), cr: make([]uint8, len(f.y))}
	if orientation >= 5 {
		t.w, t.h = f.h, f.w
	}
	for y := range t.h {
		for x := range t.w {
			sx, sy := stored(orientation, x, y, f.w, f.h)
			i, j := y*t.w+x, sy*f.w+sx
			t.y[i], t.cb[i], t.cr[i] = f.y[j], f.cb[j], f.cr[j]
		}
	}
	return t
}

// samples are one channel of a picture: w times h of them, each step bytes after
// the one before, each row stride bytes after the one above.
type samples struct {
	pix          []uint8
	stride, step int
	w, h         int
}

// shrink gives a channel at another size. Every sample has its share: the
// triangle by which samples are weighed widens with the scale.
func shrink(p samples, w, h int) []uint8 {
	across, down := weigh(p.w, w), weigh(p.h, h)
	out := make([]uint8, w*h)
	row := make([]int32, p.w)
	for y := range h {
		clear(row)
		at, weights := down[y].from, down[y].weights
		if p.step == 1 {
			for ; len(weights) >= 2; at, weights = at+2, weights[2:] { // two rows at once are faster
				j, k := weights[0], weights[1]
				one, two := p.pix[at*p.stride:][:len(row)], p.pix[(at+1)*p.stride:][:len(row)]
				for x := range row {
					row[x] += j*int32(one[x]) + k*int32(two[x])
				}
			}
		}
		for i, k := range weights {
			line := p.pix[(at+i)*p.stride:]
			for x := range row {
				row[x] += k * int32(line[x*p.step])
			}
		}
		for x := range w {
			a := across[x]
			var sum int64
			for i, v := range row[a.from : a.from+len(a.weights)] {
				sum += int64(a.weights[i]) * int64(v)
			}
			out[y*w+x] = uint8((sum + 1<<(2*weightBits-1)) >> (2 * weightBits))
		}
	}
	return out
}

// share says which samples make one of a smaller channel, and by what weight.
type share struct {
	from    int
	weights []int32
}

// weightBits is the precision of a weight: those of one share add up to 1<<weightBits.
const weightBits = 12

// weigh gives the shares of each of n samples in m.
func weigh(n, m int) []share {
	shares := make([]share, m)
	scale := float64(n) / float64(m)
	half := max(1, scale)
	all := make([]int32, 0, m*(int(2*half)+2))
	weights := make([]float64, int(2*half)+2)
	for i := range shares {
		centre := (float64(i)+0.5)*scale - 0.5
		from, to := max(0, int(math.Ceil(centre-half))), min(n-1, int(math.Floor(centre+half)))
		sum := 0.0
		for j := from; j <= to; j++ {
			v := 1 - math.Abs(float64(j)-centre)/half
			weights[j-from] = v
			sum += v
		}
		start, left := len(all), int32(1<<weightBits)
		for _, v := range weights[:to-from+1] {
			k := int32(v / sum * (1 << weightBits))
			all, left = append(all, k), left-k
		}
		all[start+(to-from)/2] += left
		shares[i] = share{from, all[start:len(all):len(all)]}
	}
	return shares
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
