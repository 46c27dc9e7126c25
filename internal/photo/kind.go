package photo

import (
	"math"
	"slices"
)

// Kind says what a picture is: a photo, or a drawing that stands where a photo
// would be.
type Kind string

// The kinds of [Picture.Kind]. All but Photo are placeholders.
const (
	Photo      Kind = "Photo"      // whatever is no placeholder, drawn or photographed
	FlatTile   Kind = "FlatTile"   // one colour or one smooth gradient
	Initials   Kind = "Initials"   // one to three glyphs of one ink on one colour
	Silhouette Kind = "Silhouette" // a plain grey head and shoulders on a plain grey or white
)

// Kind tells placeholders from photos. When in doubt the answer is Photo: a
// photo that is taken for a placeholder would never be synchronised. A
// placeholder has hardly any noise, in its ground above all; what remains is
// judged by its outline. A round or rounded tile on a plain ground is judged
// by what is within it.
//
// Text of more than three glyphs, a face of a few strokes, and a head and
// shoulders that are not grey are Photos. Initials that touch, or on a ground
// that is not plain, may be Photos too.
func (p *Picture) Kind() Kind {
	if p == nil || len(p.form.y) == 0 {
		return Photo
	}
	f := p.form
	t, plain := tileOf(f)
	switch {
	case !plain:
		return Photo
	case f.smooth(t):
		return FlatTile
	}
	d, drawn := drawingOf(f, t)
	switch {
	case !drawn:
		return Photo
	case d.isSilhouette():
		return Silhouette
	case d.isInitials():
		return Initials
	}
	return Photo
}

// colour is a luma and two chroma values, 0 to 255 each.
type colour struct{ y, cb, cr float64 }

func (f form) at(i int) colour {
	return colour{float64(f.y[i]), float64(f.cb[i]), float64(f.cr[i])}
}

// chroma gives how far two colours are apart but for luma.
func (c colour) chroma(o colour) float64 { return math.Hypot(c.cb-o.cb, c.cr-o.cr) }

// median gives the median of each channel of some pixels.
func (f form) median(pixels []int) colour {
	of := func(p []uint8) float64 {
		v := make([]uint8, len(pixels))
		for i, at := range pixels {
			v[i] = p[at]
		}
		slices.Sort(v)
		return float64(v[len(v)/2])
	}
	return colour{of(f.y), of(f.cb), of(f.cr)}
}
