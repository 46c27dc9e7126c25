package photo

import (
	"bytes"
	"image"
	"image/jpeg"

	"photosync/internal/record"
)

// Picture is a decoded and reduced picture, ready to be compared. It is small,
// 28 KB for a square one and at most 111 KB: the full-size pixels are gone.
// Only [Decode] makes one. It is never changed and may be shared.
type Picture struct {
	Facts Facts
	form  form
}

// Decode inspects a value as [Inspect] does and then decodes it: a JPEG, a
// PNG, a still WebP, an uncompressed BMP, or a GIF's first frame. Transparent
// parts become white, and the EXIF orientation is applied. TIFF, an animated
// WebP, a JPEG of more than [MaxScans] scans or of a kind that image/jpeg
// leaves out (arithmetic coding, 12 bits) are UnsupportedFormat. A picture
// whose pixels are few enough but of a kind that takes too much memory to
// decode is TooManyPixels. Every error is a [*Defect].
//
// A value that ends in the middle is Truncated. Two are let pass, because all
// of their pixels are there: a JPEG of one scan without its end marker, and a
// GIF that breaks behind its first frame. Bytes behind a picture's end are
// ignored.
func Decode(b []byte) (*Picture, error) {
	f, raw, err := inspect(b)
	if err != nil {
		return nil, err
	}
	return guarded(func() (*Picture, error) {
		m, err := pixels(f, raw)
		if err != nil {
			return nil, err
		}
		return &Picture{Facts: f, form: reduce(m, coloursOf(f.Format, raw), orientation(f.Format, raw))}, nil
	})
}

// pixels decodes a picture that has passed Inspect, as it is stored.
func pixels(f Facts, raw []byte) (image.Image, error) {
	m, err := anyPixels(f, raw)
	if err == nil && m.Bounds() != image.Rect(0, 0, f.Width, f.Height) {
		return nil, defectf(record.NotAnImage, "the %s is damaged: it declares two sizes", f.Format)
	}
	return m, err
}

func anyPixels(f Facts, raw []byte) (image.Image, error) {
	switch f.Format {
	case JPEG:
		return jpegPixels(f, splitJPEG(raw))
	case PNG:
		return pngPixels(f, raw)
	case GIF:
		return gifPixels(f, raw)
	case WebP:
		return webpPixels(f, raw)
	case BMP:
		return bmpPixels(f, raw)
	}
	return nil, decoderDefect(f.Format, errNoReader)
}

// jpegPixels decodes what is left of a JPEG without its metadata: the decoder
// then sees the very frame and scans that were measured, and an upload that is
// made from the same bytes is known to decode.
func jpegPixels(f Facts, s segments) (image.Image, error) {
	if err := checkJPEG(f, s); err != nil {
		return nil, err
	}
	m, err := jpeg.Decode(bytes.NewReader(s.bare()))
	if err != nil {
		return nil, decoderDefect(JPEG, err)
	}
	return m, nil
}

// checkJPEG holds a JPEG to all bounds.
func checkJPEG(f Facts, s segments) error {
	w, h := s.size()
	switch room := s.room(); {
	case s.many:
		return defectf(record.UnsupportedFormat, "a JPEG of more than %d segments", maxSegments)
	case w != f.Width || h != f.Height:
		return defectf(record.NotAnImage, "the JPEG is damaged: it declares two sizes")
	case room > maxJPEG:
		return defectf(record.TooManyPixels, "%dx%d pixels of %s take %d MB to decode; at most %d MB are used",
			w, h, s.kind(), room/1_000_000, maxJPEG/1_000_000)
	case s.scans > MaxScans:
		return defectf(record.UnsupportedFormat, "a JPEG of %d scans; at most %d are decoded", s.scans, MaxScans)
	case s.steps() > maxSteps:
		return defectf(record.UnsupportedFormat, "%dx%d pixels in %d scans take too long to decode", w, h, s.scans)
	case !s.cut && !s.eachOnce():
		return defectf(record.UnsupportedFormat, "a JPEG whose components are not in one scan each")
	case s.cut, !s.ended && !s.oneScan():
		return defectf(record.Truncated, "the JPEG ends in the middle")
	}
	return nil
}
