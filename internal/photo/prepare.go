package photo

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"

	"photosync/internal/record"
)

// MaxUpload is the largest upload in bytes. Microsoft Graph documents 4 MB and
// not which kind of megabyte; 4,000,000 is on the safe side of both.
const MaxUpload = 4_000_000

// MaxUploadWithoutMailbox is the largest upload in bytes for a user who has no
// Exchange mailbox. Issue 8236 of Microsoft Graph's documentation reports that
// larger ones fail for such users; Microsoft has neither confirmed nor
// documented it.
const MaxUploadWithoutMailbox = 100_000

// Prepare makes what is uploaded from a value: an upright sRGB JPEG of at most
// maxBytes (over 0; [MaxUpload] for Microsoft Graph) without metadata, not
// enlarged and showing the same picture. A picture as text is read as Decode
// reads it. Made from its own result it gives that result again.
//
// An upright JPEG of one or three colour components that fits and whose ICC
// profile is sRGB, unusable or missing keeps its tables and its compressed
// data bit for bit. It keeps the JFIF header (without its thumbnail) and
// Adobe's marker, and loses every other application segment (EXIF with the
// place where it was taken, XMP, IPTC, the ICC profile), comments, and bytes
// behind its end. One without an end marker, or with bytes behind the last
// pixel of its only scan, is encoded anew, because they would go along as data.
// Between the scans of a progressive JPEG, and in tables that nothing uses,
// bytes can still be hidden by somebody who means to.
//
// Everything else is encoded anew: turned upright, on white, in sRGB, at a
// quality that keeps the comparison near zero. What does not fit at full size
// is made smaller: its shorter side becomes one of Microsoft Graph's own
// sizes, the largest that fits.
//
// Errors are [*record.Error]: PhotoTooLarge for a value over [MaxInput] or one
// that cannot be made small enough, PhotoNotPreparable for all else. The
// [*Defect] of a value that is no usable picture is their cause.
func Prepare(b []byte, maxBytes int) ([]byte, error) {
	if len(b) > MaxInput {
		return nil, record.Errorf(record.PhotoTooLarge, "prepare the photo: %d bytes; at most %d are read", len(b), MaxInput)
	}
	out, err := guarded(func() ([]byte, error) { return prepare(b, maxBytes) })
	if err == nil {
		return out, nil
	}
	if e, ok := errors.AsType[*record.Error](err); ok {
		return nil, e
	}
	return nil, record.Errorf(record.PhotoNotPreparable, "prepare the photo: %w", err)
}

func prepare(b []byte, maxBytes int) ([]byte, error) {
	f, raw, err := inspect(b)
	if err != nil {
		return nil, err
	}
	m, err := pixels(f, raw)
	if err != nil {
		return nil, err
	}
	c, o := coloursOf(f.Format, raw), orientation(f.Format, raw)
	if f.Format == JPEG && o == upright && c.sRGB() {
		s := splitJPEG(raw)
		// Four components are a print's colours, which not every viewer shows.
		if out := s.bare(); s.components() != 4 && len(out) <= maxBytes && !s.padded() {
			return out, nil
		}
	}
	before := &Picture{Facts: f, form: reduce(m, c, o)}
	return encode(shown(m, c, o), before, maxBytes)
}

// shown gives a picture's full-size pixels as they are meant to be seen:
// upright, on white, in sRGB. It works in strips, so that there is no second
// copy of them.
func shown(m image.Image, c colours, orientation int) *image.RGBA {
	const stripRows = 64
	r := m.Bounds()
	w, h := r.Dx(), r.Dy()
	seenW, seenH, back := w, h, orientation
	if orientation >= 5 {
		seenW, seenH = h, w
	}
	switch orientation { // only the quarter turns are not their own inverse
	case 6:
		back = 8
	case 8:
		back = 6
	}
	out := image.NewRGBA(image.Rect(0, 0, seenW, seenH))
	for top := 0; top < h; top += stripRows {
		strip := sRGBStrip(m, c, image.Rect(r.Min.X, r.Min.Y+top, r.Max.X, r.Min.Y+min(h, top+stripRows)))
		for y := range strip.Rect.Dy() {
			for x := range w {
				seenX, seenY := stored(back, x, top+y, seenW, seenH)
				copy(out.Pix[out.PixOffset(seenX, seenY):][:4], strip.Pix[strip.PixOffset(x, y):][:4])
			}
		}
	}
	return out
}

// sRGBStrip gives a part of a picture on white, in sRGB.
func sRGBStrip(m image.Image, c colours, part image.Rectangle) *image.RGBA {
	if cmyk, ok := m.(*image.CMYK); ok {
		return c.convertCMYK(cmyk.SubImage(part).(*image.CMYK))
	}
	out := image.NewRGBA(image.Rect(0, 0, part.Dx(), part.Dy()))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, m, part.Min, draw.Over)
	c.convert(out)
	return out
}

// The qualities that are tried at each size, best first. All keep the
// distance to the original of a picture of 360 pixels or more under 0.02.
var qualities = [...]int{92, 85, 75}

// shortSides are the sizes that are tried when the full size does not fit: the
// shorter side in pixels, as Microsoft Graph keeps photos. Source: profilePhoto
// in Graph's reference.
var shortSides = [...]int{648, 504, 432, 360, 240, 120, 96, 64, MinSide}

// maxPixelsPerByte is above what JPEG packs a photo at these qualities: a size
// that would need it is not tried.
const maxPixelsPerByte = 32

// encode writes a JPEG of at most maxBytes: at full size if that fits, else at
// the first of [shortSides] that does and is no enlargement. Size goes before
// quality: Microsoft Graph shows no photo over 648 pixels, but artefacts stay
// in every size.
func encode(m *image.RGBA, before *Picture, maxBytes int) ([]byte, error) {
	full := m.Rect.Size()
	for step := -1; step < len(shortSides); step++ {
		small := m
		if step >= 0 {
			side := shortSides[step]
			if side >= min(full.X, full.Y) {
				continue
			}
			m = halved(m, side)
			small = scaled(m, sizeOf(full, side))
		}
		if small.Rect.Dx()*small.Rect.Dy()/maxPixelsPerByte > maxBytes {
			continue
		}
		out, err := encodeWithin(small, maxBytes)
		if err != nil {
			return nil, err
		}
		if out != nil {
			return out, verify(before, out)
		}
	}
	return nil, record.Errorf(record.PhotoTooLarge, "encode the photo: it does not fit into %d bytes", maxBytes)
}

// encodeWithin writes a JPEG of at most maxBytes at the best of [qualities]
// that fits; nil if none does.
func encodeWithin(m image.Image, maxBytes int) ([]byte, error) {
	const maxSide = 1<<16 - 1 // of a JPEG
	if m.Bounds().Dx() > maxSide || m.Bounds().Dy() > maxSide {
		return nil, nil
	}
	for _, q := range qualities {
		out := limited{left: maxBytes}
		err := jpeg.Encode(&out, m, &jpeg.Options{Quality: q})
		if err == nil {
			return out.buf.Bytes(), nil
		}
		if !errors.Is(err, errFull) {
			return nil, record.Errorf(record.PhotoNotPreparable, "encode the photo: %w", err)
		}
	}
	return nil, nil
}

// limited is a buffer that takes so many bytes and fails on more.
type limited struct {
	buf  bytes.Buffer
	left int
}

var errFull = errors.New("no room left")

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errFull
	}
	return l.buf.Write(p)
}

// sizeOf gives the size of a picture whose shorter side is scaled to side.
func sizeOf(full image.Point, side int) image.Point {
	short := min(full.X, full.Y)
	return image.Pt((full.X*side+short/2)/short, (full.Y*side+short/2)/short)
}

// halved halves a picture for as long as its shorter side stays at least side.
func halved(m *image.RGBA, side int) *image.RGBA {
	for min(m.Rect.Dx(), m.Rect.Dy()) >= 2*side {
		half := image.NewRGBA(image.Rect(0, 0, m.Rect.Dx()/2, m.Rect.Dy()/2))
		draw.ApproxBiLinear.Scale(half, half.Rect, m, m.Rect, draw.Src, nil) // at half size just the mean of four pixels
		m = half
	}
	return m
}

// scaled gives a picture at a size that is over half of its own, or that.
func scaled(m *image.RGBA, size image.Point) *image.RGBA {
	if m.Rect.Size() == size {
		return m
	}
	// The better kernel takes up to 32 bytes for each pixel. Only pictures more
	// than 2 to 1 are still above this once they are halved.
	const manyPixels = 3_500_000
	var kernel draw.Interpolator = draw.CatmullRom
	if m.Rect.Dx()*m.Rect.Dy() > manyPixels {
		kernel = draw.ApproxBiLinear
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	kernel.Scale(out, out.Rect, m, m.Rect, draw.Src, nil)
	return out
}

// verify holds an upload against the picture that it was made from: nothing
// that shows something else is ever sent.
func verify(before *Picture, out []byte) error {
	after, err := Decode(out)
	if err != nil {
		return record.Errorf(record.PhotoNotPreparable, "read the prepared photo back: %w", err)
	}
	if c := Compare(before, after); c.Verdict == Different {
		return record.Errorf(record.PhotoNotPreparable, "encode the photo: the result is %.3f away from it", c.Distance)
	}
	return nil
}

// padded reports whether bytes follow the last pixel in the only scan: the
// picture still decodes when the scan's last bytes are left out. Without an end
// marker that is not asked.
func (s segments) padded() bool {
	if !s.ended {
		return true
	}
	if !s.oneScan() {
		return false
	}
	short := segments{ended: true, scans: 1}
	for _, g := range s.list {
		if n := len(g.coded); n >= 3 {
			g.coded = g.coded[:n-3]
		}
		short.list = append(short.list, g)
	}
	_, err := jpeg.Decode(bytes.NewReader(short.bare()))
	return err == nil
}
