package photo

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"

	"photosync/internal/record"
)

// pngPixels asks for the closing chunk first: of a cut PNG the decoder may say
// that it is damaged.
func pngPixels(f Facts, b []byte) (image.Image, error) {
	if most, kind := pngBound(pngChunk(b, "IHDR")); f.Width*f.Height > most {
		return nil, defectf(record.TooManyPixels, "%dx%d pixels; at most %d of %s are decoded", f.Width, f.Height, most, kind)
	}
	if pngChunk(b, "IEND") == nil {
		return nil, defectf(record.Truncated, "the PNG ends in the middle")
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, decoderDefect(PNG, err)
	}
	return m, nil
}

// pngBound gives how many pixels of a PNG with that header are decoded, and
// names its kind.
func pngBound(header []byte) (most int, kind string) {
	const depthAt, interlaceAt, length = 8, 12, 13
	switch {
	case len(header) < length:
		return MaxPixels, "a PNG"
	case header[depthAt] > 8:
		return maxDeepPNG, "a PNG of 16 bits"
	case header[interlaceAt] != 0:
		return maxInterlacedPNG, "an interlaced PNG"
	}
	return MaxPixels, "a PNG"
}

// chunkOverhead is the length of a PNG chunk without its data: length, type
// and checksum.
const chunkOverhead = 12

// pngChunk gives the data of the first chunk of that type, nil if there is none.
func pngChunk(b []byte, kind string) []byte {
	for b = b[min(len(pngSignature), len(b)):]; len(b) >= chunkOverhead; {
		n := uint64(binary.BigEndian.Uint32(b))
		if n > uint64(len(b)-chunkOverhead) {
			return nil
		}
		if string(b[4:8]) == kind {
			return b[8 : 8+n]
		}
		b = b[chunkOverhead+n:]
	}
	return nil
}

// hasManyChunks reports whether a PNG has more than [maxChunks].
func hasManyChunks(b []byte) bool {
	count := 0
	for b = b[min(len(pngSignature), len(b)):]; len(b) >= chunkOverhead && count <= maxChunks; count++ {
		b = b[min(chunkOverhead+uint64(binary.BigEndian.Uint32(b)), uint64(len(b))):]
	}
	return count > maxChunks
}
