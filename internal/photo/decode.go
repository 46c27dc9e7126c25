package photo

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"

	"photosync/internal/record"
)

// Picture is a decoded and reduced picture, ready to be compared. It is small,
// 7 KB for a square one and at most 28 KB: the full-size pixels are gone.
// Only [Decode] makes one. It is never changed and may be shared.
type Picture struct {
	Facts Facts
	form  form
}

// Decode inspects a value as [Inspect] does and then decodes it: a JPEG, a PNG,
// or a GIF's first frame. Transparent parts become white, and the EXIF
// orientation is applied. BMP, WebP and TIFF are UnsupportedFormat, and so is
// a JPEG of more than [MaxScans] scans or of a kind that image/jpeg leaves out
// (arithmetic coding, 12 bits). Every error is a [*Defect].
//
// A value that ends in the middle is Truncated. Two are let pass, because all
// of their pixels are there: a JPEG of one scan without its end marker, and a
// GIF that breaks behind its first frame. Bytes behind a picture's end are
// ignored.
func Decode(b []byte) (*Picture, error) {
	f, err := Inspect(b)
	if err != nil {
		return nil, err
	}
	return guarded(func() (*Picture, error) {
		m, err := pixels(f, b)
		if err != nil {
			return nil, err
		}
		return &Picture{Facts: f, form: reduce(m, orientation(f.Format, b))}, nil
	})
}

// pixels decodes a value that has passed Inspect, as it is stored.
func pixels(f Facts, b []byte) (image.Image, error) {
	switch f.Format {
	case JPEG:
		return jpegPixels(f, splitJPEG(b))
	case PNG:
		return pngPixels(b)
	case GIF:
		return gifPixels(f, b)
	}
	return nil, decoderDefect(f.Format, errNoReader)
}

// pngPixels asks for the closing chunk first: of a cut PNG the decoder may say
// that it is damaged.
func pngPixels(b []byte) (image.Image, error) {
	if pngChunk(b, "IEND") == nil {
		return nil, defectf(record.Truncated, "the PNG ends in the middle")
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, decoderDefect(PNG, err)
	}
	return m, nil
}

// jpegPixels decodes what is left of a JPEG without its metadata: the decoder
// then sees the very scans that were counted, and an upload that is made from
// the same bytes is known to decode.
func jpegPixels(f Facts, s segments) (image.Image, error) {
	switch {
	case s.scans > MaxScans:
		return nil, defectf(record.UnsupportedFormat, "a JPEG of %d scans; at most %d are decoded", s.scans, MaxScans)
	case s.cut, !s.ended && !s.oneScan():
		return nil, defectf(record.Truncated, "the JPEG ends in the middle")
	}
	bare := s.bare()
	c, err := jpeg.DecodeConfig(bytes.NewReader(bare))
	if err != nil {
		return nil, decoderDefect(JPEG, err)
	}
	if c.Width != f.Width || c.Height != f.Height {
		return nil, defectf(record.NotAnImage, "the JPEG is damaged: it declares two sizes")
	}
	m, err := jpeg.Decode(bytes.NewReader(bare))
	if err != nil {
		return nil, decoderDefect(JPEG, err)
	}
	return m, nil
}
