package photo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"photosync/internal/record"
)

// Facts are what can be told of a value without decoding pixels.
type Facts struct {
	Bytes  int64  // the value's length
	Format Format // "" if unknown
	Width  int    // pixels as stored, before EXIF orientation; 0 if unknown
	Height int    // as Width
	SHA256 string // of the whole value, lower-case hex
	// Text says that the value is the picture as base64 or hexadecimal text;
	// Format, Width and Height are the picture's, Bytes and SHA256 the value's.
	Text bool
}

// Defect is an error that says why a value is no usable picture.
type Defect struct {
	// Reason is NotAnImage, Truncated, TooSmall, TooManyPixels,
	// UnsupportedFormat or PlaceholderPhoto.
	Reason record.Reason
	Detail string // for a person; no full stop, nothing of the value itself
}

// Error gives `REASON: detail`.
func (d *Defect) Error() string { return string(d.Reason) + ": " + d.Detail }

func defectf(reason record.Reason, format string, args ...any) *Defect {
	return &Defect{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// Inspect tells the facts of a value from its first bytes and headers, and
// whether these allow it to be a usable picture. The Facts are filled as far
// as known even when the error, always a [*Defect], is not nil; Bytes and
// SHA256 always are. A value that is a picture as text, in base64 or
// hexadecimal, is judged as that picture.
//
// An empty value is NotAnImage. A value over [MaxInput] is TooManyPixels when
// it begins like a picture and NotAnImage otherwise. A picture may still turn
// out to be Truncated, damaged or too costly when [Decode] reads all of it.
func Inspect(b []byte) (Facts, error) {
	f, _, err := inspect(b)
	return f, err
}

// inspect is Inspect that also gives the picture's bytes, which are not the
// value's where the value is text.
func inspect(b []byte) (f Facts, raw []byte, err error) {
	sum := sha256.Sum256(b)
	raw, text := unwrap(b)
	f = Facts{Bytes: int64(len(b)), Format: Sniff(raw), SHA256: hex.EncodeToString(sum[:]), Text: text}
	if f.Format == "" {
		return f, raw, unrecognised(raw)
	}
	if len(b) > MaxInput {
		return f, raw, defectf(record.TooManyPixels, "%d bytes; at most %d are read", len(b), MaxInput)
	}
	c, err := guarded(func() (image.Config, error) { return config(f.Format, raw) })
	if err != nil {
		return f, raw, err
	}
	f.Width, f.Height = c.Width, c.Height
	return f, raw, checkBounds(f, raw)
}

// unrecognised says what a value is that begins like no picture.
func unrecognised(b []byte) error {
	switch {
	case len(b) == 0:
		return defectf(record.NotAnImage, "empty")
	case isPhoneFormat(b):
		return defectf(record.UnsupportedFormat, "HEIC and AVIF pictures are not decoded")
	case beginsSignature(b):
		return defectf(record.Truncated, "the picture ends in its first bytes")
	case isText(b):
		return defectf(record.NotAnImage, "text")
	}
	return defectf(record.NotAnImage, "bytes of no known picture format")
}

var errNoReader = errors.New("no reader for this format")

// config reads the size from the headers with the very package that would
// decode the pixels: a second opinion could be deceived.
func config(f Format, b []byte) (image.Config, error) {
	if f == PNG && hasManyChunks(b) {
		return image.Config{}, defectf(record.UnsupportedFormat, "a PNG of more than %d chunks", maxChunks)
	}
	c, err := readConfig(f, bytes.NewReader(b))
	if err == nil {
		return c, nil
	}
	if why := undecodable(f, b); why != "" {
		return image.Config{}, defectf(record.UnsupportedFormat, "%s", why)
	}
	if f == GIF && (len(b) < gifHeader || len(b) < gifHeader+colourTable(b[10])) || f == WebP && splitWebP(b).cut {
		return image.Config{}, defectf(record.Truncated, "the %s ends in its header", f)
	}
	return image.Config{}, decoderDefect(f, err)
}

func readConfig(f Format, r io.Reader) (image.Config, error) {
	switch f {
	case JPEG:
		return jpeg.DecodeConfig(r)
	case PNG:
		return png.DecodeConfig(r)
	case GIF:
		return gif.DecodeConfig(r)
	case BMP:
		return bmp.DecodeConfig(r)
	case WebP:
		return webp.DecodeConfig(r)
	case TIFF:
		return tiff.DecodeConfig(r)
	}
	return image.Config{}, errNoReader
}

// undecodable says why pictures of that kind are not decoded, "" if they are.
func undecodable(f Format, b []byte) string {
	switch {
	case f == TIFF:
		return "TIFF pictures are not decoded"
	case f == WebP && splitWebP(b).animated:
		return "an animated WebP is not decoded"
	}
	return ""
}

// checkBounds follows the order of [record.ReasonPrecedence].
func checkBounds(f Facts, b []byte) error {
	w, h, why := f.Width, f.Height, undecodable(f.Format, b)
	switch {
	case w <= 0 || h <= 0:
		return defectf(record.NotAnImage, "the %s has no size", f.Format)
	case int64(w)*int64(h) > MaxPixels:
		return defectf(record.TooManyPixels, "%dx%d pixels; at most %d are decoded", w, h, MaxPixels)
	case why != "":
		return defectf(record.UnsupportedFormat, "%s", why)
	case w == 1 && h == 1:
		return defectf(record.PlaceholderPhoto, "1x1 pixel")
	case w < MinSide || h < MinSide:
		return defectf(record.TooSmall, "%dx%d pixels; %d are needed on each side", w, h, MinSide)
	}
	return nil
}
