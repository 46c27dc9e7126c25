package photo

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/bmp"

	"photosync/internal/record"
)

// bmpPixels decodes an uncompressed BMP. It asks first whether all rows are
// there: the decoder makes room for all pixels before it reads one.
func bmpPixels(f Facts, b []byte) (image.Image, error) {
	const offsetAt, bitsAt, least = 10, 28, 30
	if len(b) < least {
		return nil, defectf(record.Truncated, "the BMP ends in its header")
	}
	bits := uint64(binary.LittleEndian.Uint16(b[bitsAt:]))
	row := (uint64(f.Width)*bits + 31) / 32 * 4 // rows end at a multiple of 4 bytes
	if uint64(binary.LittleEndian.Uint32(b[offsetAt:]))+row*uint64(f.Height) > uint64(len(b)) {
		return nil, defectf(record.Truncated, "the BMP ends in the middle")
	}
	m, err := bmp.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, decoderDefect(BMP, err)
	}
	if m, ok := m.(*image.NRGBA); ok && invisible(m) {
		for i := 3; i < len(m.Pix); i += 4 {
			m.Pix[i] = 255
		}
	}
	return m, nil
}

// invisible reports whether all of a picture is transparent. In a BMP that means
// that its writer left the byte alone.
func invisible(m *image.NRGBA) bool {
	for i := 3; i < len(m.Pix); i += 4 {
		if m.Pix[i] != 0 {
			return false
		}
	}
	return true
}
