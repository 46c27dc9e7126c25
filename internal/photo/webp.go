package photo

import (
	"bytes"
	"encoding/binary"
	"image"
	"math"

	"golang.org/x/image/webp"

	"photosync/internal/record"
)

// riffHead is the length of a WebP's head: RIFF, a length, WEBP.
const riffHead = 12

// webpParts says what a WebP's chunks tell.
type webpParts struct {
	animated bool
	deep     bool   // lossless, or with transparency: costly to decode
	exif     []byte // points into the value
	cut      bool   // the value, or what its head declares, ends inside a chunk
}

// splitWebP walks a WebP's chunks. Source: RFC 9649, section 2.
func splitWebP(b []byte) webpParts {
	const chunkHead = 8
	var p webpParts
	if len(b) < riffHead {
		return webpParts{cut: true}
	}
	end := uint64(binary.LittleEndian.Uint32(b[4:])) + chunkHead
	p.cut = end > uint64(len(b))
	rest := b[riffHead:max(riffHead, min(end, uint64(len(b))))]
	for len(rest) >= chunkHead {
		name, n := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[chunkHead:]
		if p.cut = p.cut || n > uint64(len(rest)); n > uint64(len(rest)) {
			n = uint64(len(rest))
		}
		p.add(name, rest[:n])
		rest = rest[min(n+n%2, uint64(len(rest))):] // chunks begin at even places
	}
	return p
}

func (p *webpParts) add(name string, data []byte) {
	const animationFlag = 1 << 1
	switch name {
	case "VP8X":
		p.animated = p.animated || len(data) > 0 && data[0]&animationFlag != 0
	case "ANIM", "ANMF":
		p.animated = true
	case "VP8L", "ALPH":
		p.deep = true
	case "EXIF":
		if p.exif == nil {
			p.exif = bytes.TrimPrefix(data, []byte(exifID)) // some writers put it there
		}
	}
}

// webpPixels decodes a still WebP. Chunks that reach beyond the value are
// refused first: the decoder makes room for what they declare.
func webpPixels(f Facts, b []byte) (image.Image, error) {
	p := splitWebP(b)
	switch {
	case p.cut:
		return nil, defectf(record.Truncated, "the WebP ends in the middle")
	case p.deep && f.Width*f.Height > maxDeepWebP:
		return nil, defectf(record.TooManyPixels, "%dx%d pixels; at most %d of a lossless or transparent WebP are decoded", f.Width, f.Height, maxDeepWebP)
	}
	m, err := webp.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, decoderDefect(WebP, err)
	}
	switch m := m.(type) {
	case *image.YCbCr:
		widen(m)
	case *image.NYCbCrA:
		widen(&m.YCbCr)
	}
	return m, nil
}

// widen brings a lossy WebP's samples from video's range (luma 16 to 235,
// chroma 16 to 240) to that of image.YCbCr: the decoder hands them out as they
// are, so that colours look washed out. Source: Go's issue 40173.
func widen(m *image.YCbCr) {
	var luma, chroma [256]uint8
	for i := range 256 {
		luma[i] = uint8(min(255, max(0, ((i-16)*255+109)/219)))
		chroma[i] = uint8(min(255, max(0, math.Round(128+float64(i-128)*255/224))))
	}
	for i, v := range m.Y {
		m.Y[i] = luma[v]
	}
	for _, p := range [][]uint8{m.Cb, m.Cr} {
		for i, v := range p {
			p[i] = chroma[v]
		}
	}
}
