package photo

import (
	"errors"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"

	"photosync/internal/record"
)

// What image/jpeg says when a marker stands where compressed data should go
// on: a cut picture that something closed with an end marker. The package
// exports no names for these two.
const (
	errShortData = jpeg.FormatError("short Huffman data")
	errNoData    = jpeg.FormatError("missing 0xff00 sequence")
)

// errOverflow is what image/png says of a size beyond what it can count.
const errOverflow = png.UnsupportedError("dimension overflow")

// decoderDefect turns an error of a decoder into a [*Defect].
func decoderDefect(f Format, err error) error {
	if _, ok := errors.AsType[*Defect](err); ok {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return defectf(record.Truncated, "the %s ends in the middle", f)
	}
	if fe, ok := errors.AsType[jpeg.FormatError](err); ok && (fe == errShortData || fe == errNoData) {
		return defectf(record.Truncated, "the %s ends in the middle", f)
	}
	_, unusualJPEG := errors.AsType[jpeg.UnsupportedError](err)
	pe, unusualPNG := errors.AsType[png.UnsupportedError](err)
	if unusualPNG && pe == errOverflow {
		return defectf(record.TooManyPixels, "more pixels than can be counted; at most %d are decoded", MaxPixels)
	}
	if unusualJPEG || unusualPNG || errors.Is(err, bmp.ErrUnsupported) {
		return defectf(record.UnsupportedFormat, "an unusual kind of %s: %v", f, err)
	}
	return defectf(record.NotAnImage, "the %s is damaged: %v", f, err)
}

// guarded runs f and turns a panic in it into a [*Defect]: a picture that
// breaks a decoder must not end the run.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			var none T
			v, err = none, defectf(record.NotAnImage, "the picture broke its decoder")
		}
	}()
	return f()
}
