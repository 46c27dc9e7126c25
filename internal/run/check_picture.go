package run

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	"photosync/internal/record"
)

const (
	testCells = 8  // in each direction
	testCell  = 30 // pixels; 240 in all, a size that the service renders
)

// testPicture draws the picture of the write probe: coloured cells that are
// another picture in each run, so that one cannot be taken for an earlier one.
func testPicture(runID string) ([]byte, error) {
	bits := sha256.Sum256([]byte(runID))
	picture := image.NewRGBA(image.Rect(0, 0, testCells*testCell, testCells*testCell))
	for i := range testCells * testCells {
		b := bits[i%len(bits)] >> (i / len(bits) * 4)
		shade := color.RGBA{R: 255 * (b & 1), G: 255 * (b >> 1 & 1), B: 64 + 127*(b>>2&1), A: 255}
		corner := image.Pt(i%testCells, i/testCells).Mul(testCell)
		draw.Draw(picture, image.Rect(0, 0, testCell, testCell).Add(corner), image.NewUniform(shade), image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 90}); err != nil {
		return nil, record.Errorf(record.InternalError, "draw the test picture: %w", fmt.Errorf("encode: %w", err))
	}
	return out.Bytes(), nil
}
