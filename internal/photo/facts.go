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

// The bounds of what is read. They are checked before a pixel is decoded.
const (
	// MaxInput is the length in bytes above which a value is not looked into.
	// AD's thumbnailPhoto holds 102,400 bytes; the rest is room for other
	// sources and for the cloud's largest photos.
	MaxInput = 16 << 20
	// MaxPixels bounds width times height.
	MaxPixels = 16_000_000
	// MinSide is the smallest width and height in pixels: the smallest size
	// that Microsoft Graph keeps. Source: profilePhoto in Graph's reference.
	MinSide = 48
	// MaxScans bounds the scans of a JPEG. Encoders write about 10; each one
	// makes the decoder walk all pixels again.
	MaxScans = 100
)

// Facts are what can be told of a value without decoding pixels.
type Facts struct {
	Bytes  int64  // the value's length
	Format Format // "" if unknown
	Width  int    // pixels as stored, before EXIF orientation; 0 if unknown
	Height int    // as Width
	SHA256 string // of the whole value, lower-case hex
}

// Defect is an error that says why a value is no usable picture.
type Defect struct {
	// Reason is NotAnImage, Base64Text, Truncated, TooSmall, TooManyPixels,
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
// SHA256 always are.
//
// An empty value is NotAnImage. A value over [MaxInput] is TooManyPixels when
// it begins like a picture and NotAnImage otherwise. A picture may still turn
// out to be Truncated or damaged when [Decode] reads all of it.
func Inspect(b []byte) (Facts, error) {
	sum := sha256.Sum256(b)
	f := Facts{Bytes: int64(len(b)), Format: Sniff(b), SHA256: hex.EncodeToString(sum[:])}
	if f.Format == "" {
		return f, unrecognised(b)
	}
	if len(b) > MaxInput {
		return f, defectf(record.TooManyPixels, "%d bytes; at most %d are read", len(b), MaxInput)
	}
	c, err := guarded(func() (image.Config, error) { return config(f.Format, b) })
	if err != nil {
		return f, err
	}
	f.Width, f.Height = c.Width, c.Height
	return f, checkBounds(f)
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
	case isBase64Picture(b):
		return defectf(record.Base64Text, "a picture as base64 text")
	case isText(b):
		return defectf(record.NotAnImage, "text")
	}
	return defectf(record.NotAnImage, "bytes of no known picture format")
}

var errNoReader = errors.New("no reader for this format")

// config reads the size from the headers with the very package that would
// decode the pixels: a second opinion could be deceived.
func config(f Format, b []byte) (image.Config, error) {
	read := map[Format]func(io.Reader) (image.Config, error){
		JPEG: jpeg.DecodeConfig, PNG: png.DecodeConfig, GIF: gif.DecodeConfig,
		BMP: bmp.DecodeConfig, WebP: webp.DecodeConfig, TIFF: tiff.DecodeConfig,
	}[f]
	if read == nil {
		return image.Config{}, errNoReader
	}
	c, err := read(bytes.NewReader(b))
	if err == nil {
		return c, nil
	}
	if !decodable(f) {
		return image.Config{}, defectf(record.UnsupportedFormat, "%s pictures are not decoded", f)
	}
	if f == GIF && (len(b) < gifHeader || len(b) < gifHeader+colourTable(b[10])) {
		return image.Config{}, defectf(record.Truncated, "the GIF ends in its header")
	}
	return image.Config{}, decoderDefect(f, err)
}

// decodable reports whether pictures of the format are decoded.
func decodable(f Format) bool { return f == JPEG || f == PNG || f == GIF }

// checkBounds follows the order of [record.ReasonPrecedence].
func checkBounds(f Facts) error {
	switch w, h := f.Width, f.Height; {
	case w <= 0 || h <= 0:
		return defectf(record.NotAnImage, "the %s has no size", f.Format)
	case int64(w)*int64(h) > MaxPixels:
		return defectf(record.TooManyPixels, "%dx%d pixels; at most %d are decoded", w, h, MaxPixels)
	case !decodable(f.Format):
		return defectf(record.UnsupportedFormat, "%s pictures are not decoded", f.Format)
	case w == 1 && h == 1:
		return defectf(record.PlaceholderPhoto, "1x1 pixel")
	case w < MinSide || h < MinSide:
		return defectf(record.TooSmall, "%dx%d pixels; %d are needed on each side", w, h, MinSide)
	}
	return nil
}
