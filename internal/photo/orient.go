package photo

import (
	"bytes"
	"image"

	"github.com/bep/imagemeta"
)

// upright is EXIF's orientation of a picture that is shown as it is stored.
const upright = 1

// orientation gives the EXIF orientation, 1 to 8, of a picture. One that is
// missing, unreadable or out of range counts as upright, as viewers take it.
func orientation(f Format, b []byte) int {
	switch f {
	case JPEG:
		return exifOrientation(splitJPEG(b).first(markerAPP1, exifID))
	case PNG:
		return exifOrientation(pngChunk(b, "eXIf"))
	case WebP:
		return exifOrientation(splitWebP(b).exif)
	}
	return upright
}

// exifOrientation reads the orientation from a block of EXIF (a TIFF header
// and its directories). The reader is shown that block alone, dressed as a
// JPEG, so that nothing else of the value reaches it.
func exifOrientation(block []byte) int {
	if len(block) == 0 || len(block) > 0xffff-2-len(exifID) {
		return upright
	}
	dressed := appendSegment([]byte{0xff, markerSOI}, markerAPP1, append([]byte(exifID), block...))
	o := upright
	_, err := guarded(func() (imagemeta.DecodeResult, error) {
		return imagemeta.Decode(imagemeta.Options{
			R:           bytes.NewReader(dressed),
			ImageFormat: imagemeta.JPEG,
			Sources:     imagemeta.EXIF,
			ShouldHandleTag: func(t imagemeta.TagInfo) bool {
				return t.Tag == "Orientation" && t.Namespace == "IFD0"
			},
			HandleTag: func(t imagemeta.TagInfo) error {
				if v, ok := t.Value.(uint16); ok && v >= 1 && v <= 8 {
					o = int(v)
				}
				return imagemeta.ErrStopWalking
			},
		})
	})
	if err != nil {
		return upright
	}
	return o
}

// turn gives the picture as it is meant to be seen. Orientations 5 to 8 swap
// width and height. Source: the EXIF 2.3 standard, tag 0x0112.
func turn(m *image.RGBA, orientation int) *image.RGBA {
	if orientation <= upright || orientation > 8 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	dw, dh := w, h
	if orientation >= 5 {
		dw, dh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, dw, dh))
	for y := range dh {
		for x := range dw {
			sx, sy := stored(orientation, x, y, w, h)
			from := m.PixOffset(m.Rect.Min.X+sx, m.Rect.Min.Y+sy)
			copy(out.Pix[out.PixOffset(x, y):][:4], m.Pix[from:from+4])
		}
	}
	return out
}

// stored gives where the pixel seen at x, y is stored in a picture of w times h.
func stored(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2: // mirrored left to right
		return w - 1 - x, y
	case 3: // upside down
		return w - 1 - x, h - 1 - y
	case 4: // mirrored top to bottom
		return x, h - 1 - y
	case 5: // mirrored along the main diagonal
		return y, x
	case 6: // needs a quarter turn clockwise
		return y, h - 1 - x
	case 7: // mirrored along the other diagonal
		return w - 1 - y, h - 1 - x
	case 8: // needs a quarter turn counter-clockwise
		return w - 1 - y, x
	}
	return x, y
}
