package photo

import (
	"bytes"
	"encoding/binary"
)

const (
	jfifID = "JFIF\x00"
	iccID  = "ICC_PROFILE\x00"
	exifID = "Exif\x00\x00"
)

// bare writes the JPEG again with nothing but what its pixels depend on, always
// with an end marker. Tables and compressed data are copied as they are.
func (s segments) bare() []byte {
	size := 4
	for _, g := range s.list {
		size += 4 + len(g.payload) + len(g.coded)
	}
	adobe := -1
	for i, g := range s.list {
		if g.marker == markerAPP14 && kept(g) != nil {
			adobe = i // the decoder believes the last
		}
	}
	out := append(make([]byte, 0, size), 0xff, markerSOI)
	jfif := false
	for i, g := range s.list {
		p := kept(g)
		switch {
		case g.marker == markerAPP14 && i != adobe, g.marker == markerAPP0 && jfif:
			p = nil
		case g.marker == markerAPP0:
			jfif = p != nil
		}
		if p != nil {
			out = appendSegment(out, g.marker, p)
			out = append(out, g.coded...)
		}
	}
	return append(out, 0xff, markerEOI)
}

// kept gives what stays of a segment's payload, nil for nothing.
//
// Of the application segments two kinds stay. JFIF (APP0) says that the
// colours are YCbCr; it loses its thumbnail, which may show what an editor has
// cut away. Adobe (APP14) says which transform the colours went through. All
// else is metadata: comments, and the ICC profile (APP2) too, which says what
// the colours mean and is gone once they are sRGB.
func kept(g segment) []byte {
	switch {
	case g.marker == markerAPP0:
		return bareJFIF(g.payload)
	case g.marker == markerAPP14 && len(g.payload) >= 12 && bytes.HasPrefix(g.payload, []byte("Adobe")):
		return g.payload[:12]
	case g.marker >= markerAPP0 && g.marker <= markerAPP15, g.marker == markerCOM:
		return nil
	}
	return g.payload
}

// bareJFIF gives a JFIF header without its thumbnail, nil if p is none.
func bareJFIF(p []byte) []byte {
	const length, thumbnailSize = 14, 12
	if len(p) < length || !bytes.HasPrefix(p, []byte(jfifID)) {
		return nil
	}
	head := bytes.Clone(p[:length])
	head[thumbnailSize], head[thumbnailSize+1] = 0, 0
	return head
}

func appendSegment(out []byte, marker byte, payload []byte) []byte {
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(payload)+2))
	return append(out, payload...)
}
