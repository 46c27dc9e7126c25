package photo

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"math"

	"golang.org/x/image/draw"

	"photosync/internal/record"
)

// MaxUpload is the largest upload in bytes. Microsoft Graph documents 4 MB and
// not which kind of megabyte; 4,000,000 is on the safe side of both.
const MaxUpload = 4_000_000

// Prepare makes what is uploaded from a value: an upright JPEG of at most
// maxBytes (over 0; [MaxUpload] for Microsoft Graph) without metadata, not
// enlarged and showing the same picture. Made from its own result it gives
// that result again.
//
// An upright JPEG of one or three colour components that fits keeps its tables
// and its compressed data bit for bit. It keeps the JFIF header (without its
// thumbnail), Adobe's marker and the ICC profile, on which its colours depend,
// and loses every other application segment (EXIF with the place where it was
// taken, XMP, IPTC), comments, and bytes behind its end.
//
// Everything else is encoded anew: turned upright, on white, at a quality that
// keeps the comparison near zero, and smaller where it does not fit.
// A JPEG's ICC profile of RGB colours goes along; a PNG's is lost.
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
	f, err := Inspect(b)
	if err != nil {
		return nil, err
	}
	m, err := pixels(f, b)
	if err != nil {
		return nil, err
	}
	o := orientation(f.Format, b)
	var s segments
	if f.Format == JPEG {
		s = splitJPEG(b)
		// Four components are a print's colours, which not every viewer shows.
		if out := s.bare(); o == upright && s.components() != 4 && len(out) <= maxBytes {
			return out, nil
		}
	}
	before := &Picture{Facts: f, form: reduce(m, o)}
	return encode(turn(onWhite(m), o), before, s, maxBytes)
}

// The qualities that are tried at each size, best first. Both keep the
// distance to the original of a portrait under 0.02.
var qualities = [...]int{92, 85}

// encode writes a JPEG of at most maxBytes: at full size if that fits, else at
// the largest size that is found to fit. Size goes before quality: Microsoft
// Graph shows no photo over 648 pixels, but artefacts stay in every size.
func encode(m *image.RGBA, before *Picture, source segments, maxBytes int) ([]byte, error) {
	for m != nil {
		var size int
		for _, q := range qualities {
			out, err := encodeAt(m, q, source)
			if err != nil {
				return nil, err
			}
			if size = len(out); size <= maxBytes {
				return out, verify(before, out)
			}
		}
		m = smaller(m, float64(maxBytes)/float64(size))
	}
	return nil, record.Errorf(record.PhotoTooLarge, "encode the photo: it does not fit into %d bytes", maxBytes)
}

// encodeAt writes a JPEG of that quality, with the ICC profile of a source
// whose colours are of the same kind.
func encodeAt(m image.Image, quality int, source segments) ([]byte, error) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, m, &jpeg.Options{Quality: quality}); err != nil {
		return nil, record.Errorf(record.PhotoNotPreparable, "encode the photo: %w", err)
	}
	if source.components() != 3 {
		return buf.Bytes(), nil
	}
	return withICC(buf.Bytes(), source), nil
}

// manyPixels is above what size a picture is halved before anything finer: the
// better kernel takes up to 32 bytes for each pixel. 4 million pixels are still
// nine times what Microsoft Graph shows.
const manyPixels = 4_000_000

// smaller gives the picture at the given share of its area, or less, but with
// no side under [MinSide]; nil if it cannot be made smaller. A smaller picture
// takes more bytes for each pixel, so that the share of the bytes never
// makes it smaller than need be.
func smaller(m *image.RGBA, share float64) *image.RGBA {
	short := float64(min(m.Rect.Dx(), m.Rect.Dy()))
	if short <= MinSide {
		return nil
	}
	const step = 0.8 // of width and height, at most: every round has to gain something
	factor := max(MinSide/short, min(step, math.Sqrt(max(0, share))))
	var kernel draw.Interpolator = draw.CatmullRom
	if m.Rect.Dx()*m.Rect.Dy() > manyPixels {
		factor, kernel = max(MinSide/short, 0.5), draw.ApproxBiLinear // at half size just the mean of four pixels
	}
	w, h := float64(m.Rect.Dx())*factor, float64(m.Rect.Dy())*factor
	out := image.NewRGBA(image.Rect(0, 0, max(MinSide, int(w)), max(MinSide, int(h))))
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
	if c := Compare(before, after); c.Verdict != Same {
		return record.Errorf(record.PhotoNotPreparable, "encode the photo: the result is %.3f away from it", c.Distance)
	}
	return nil
}
