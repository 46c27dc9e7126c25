package photo

import (
	"bytes"
	"image"
	"image/gif"

	"photosync/internal/record"
)

// gifHeader is the length of a GIF's signature and screen descriptor.
const gifHeader = 13

// gifPixels decodes the first frame. The decoder itself refuses a frame that
// reaches over the screen before it makes room for it.
func gifPixels(f Facts, b []byte) (image.Image, error) {
	m, err := gif.Decode(bytes.NewReader(b))
	switch {
	case err == nil && m.Bounds().Empty():
		return nil, defectf(record.NotAnImage, "the GIF is damaged: its first frame has no pixels")
	case err == nil:
		return onScreen(m, f.Width, f.Height), nil
	}
	if !hasWholeFrame(b) {
		return nil, defectf(record.Truncated, "the GIF ends in the middle")
	}
	return nil, decoderDefect(GIF, err)
}

// hasWholeFrame reports whether the first frame's blocks are all there. The
// decoder's errors do not tell a cut GIF from a damaged one.
func hasWholeFrame(b []byte) bool {
	const frame, extension = 0x2c, 0x21
	at := gifHeader
	if len(b) >= gifHeader {
		at += colourTable(b[10])
	}
	for at < len(b) {
		switch b[at] {
		case extension:
			at = pastBlocks(b, at+2)
		case frame:
			if at+10 > len(b) {
				return false
			}
			return pastBlocks(b, at+10+colourTable(b[at+9])+1) <= len(b)
		default: // trailer, or rubbish: damaged, not cut
			return true
		}
	}
	return false
}

// colourTable gives the length of the colour table that a GIF's flags announce.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

// pastBlocks gives where the data blocks that begin at i end, beyond b's
// length if b ends first.
func pastBlocks(b []byte, i int) int {
	for i < len(b) {
		n := int(b[i])
		i += 1 + n
		if n == 0 {
			return i
		}
	}
	return len(b) + 1
}
