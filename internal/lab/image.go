package lab

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // a photo that was stored before may be one
	"image/jpeg"
	_ "image/png" // accepted for upload
	"net/http"

	"golang.org/x/image/draw"
)

const (
	largestSide  = 648
	smallestSide = 48
	largestBody  = 4 << 20
	storeQuality = 80
	largestArea  = 100_000_000 // pixels; above the largest upload on record (8256x5504)
)

// namedSides are the sizes that the service renders.
var namedSides = []int{48, 64, 96, 120, 240, 360, 432, 504, 648}

var errTooManyPixels = errors.New("too many pixels")

// decode reads a picture whose area is bounded.
func decode(body []byte) (image.Image, string, error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return nil, "", fmt.Errorf("read the picture's header: %w", err)
	}
	if config.Width*config.Height > largestArea {
		return nil, format, errTooManyPixels
	}
	picture, format, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, format, fmt.Errorf("decode the picture: %w", err)
	}
	return picture, format, nil
}

// measure gives the dimensions and the media type of a stored photo.
func measure(body []byte) (width, height int, kind string) {
	config, format, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return 0, 0, http.DetectContentType(body)
	}
	return config.Width, config.Height, "image/" + format
}

// storedForm gives what the service keeps of an upload: a square from the
// middle, at most 648 pixels wide, as JPEG.
func storedForm(body []byte) ([]byte, error) {
	var r rendering
	r.render(body, 0)
	return r.body, r.err
}

// render makes the square of a picture with that side, or, with 0, what the
// service keeps of an upload.
func (r *rendering) render(body []byte, side int) {
	picture, format, err := decode(body)
	if err != nil {
		r.err = err
		return
	}
	b := picture.Bounds()
	r.format, r.width, r.height = format, b.Dx(), b.Dy()
	if side == 0 {
		side = min(r.width, r.height, largestSide)
	}
	r.body, r.err = encodeSquare(picture, side)
}

// encodeSquare cuts the middle square out, scales it and encodes it.
func encodeSquare(picture image.Image, side int) ([]byte, error) {
	b := picture.Bounds()
	cut := min(b.Dx(), b.Dy())
	from := image.Rect(0, 0, cut, cut).Add(b.Min).Add(image.Pt((b.Dx()-cut)/2, (b.Dy()-cut)/2))
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src) // what was transparent gains a ground
	if cut == side {
		draw.Draw(out, out.Bounds(), picture, from.Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(out, out.Bounds(), picture, from, draw.Over, nil)
	}
	return encodeJPEG(out, storeQuality)
}

func encodeJPEG(picture image.Image, quality int) ([]byte, error) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, picture, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode the picture: %w", err)
	}
	return buf.Bytes(), nil
}
