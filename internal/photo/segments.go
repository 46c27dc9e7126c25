package photo

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// JPEG markers, from ITU-T T.81, table B.1.
const (
	markerSOF0  = 0xc0
	markerSOF2  = 0xc2
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerSOF15 = 0xcf
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP2  = 0xe2
	markerAPP14 = 0xee
	markerAPP15 = 0xef
	markerCOM   = 0xfe
)

// segment is one marker segment of a JPEG. All slices point into the value.
type segment struct {
	marker  byte
	payload []byte // without marker and length
	coded   []byte // the compressed data that follows a start of scan, else nil
}

// segments is a JPEG taken apart, up to its end marker. What lies between
// segments or behind the end is not in it.
type segments struct {
	list  []segment
	scans int
	ended bool // an end marker was seen
	cut   bool // the value ends inside a segment
	many  bool // there are more than maxSegments; the rest is left out
}

// splitJPEG takes a JPEG apart. It reads as leniently as image/jpeg does:
// bytes between segments are passed over.
func splitJPEG(b []byte) segments {
	s := segments{list: make([]segment, 0, 16)}
	for b = b[min(2, len(b)):]; ; {
		i := bytes.IndexByte(b, 0xff)
		if i < 0 || i+1 >= len(b) {
			return s
		}
		marker := b[i+1]
		switch {
		case marker == 0xff: // a fill byte; the marker follows
			b = b[i+1:]
			continue
		case marker == 0, marker >= markerRST0 && marker <= markerSOI:
			b = b[i+2:]
			continue
		case marker == markerEOI:
			s.ended = true
			return s
		}
		if len(s.list) == maxSegments {
			s.many = true
			return s
		}
		b = s.add(marker, b[i+2:])
		if s.cut {
			return s
		}
	}
}

// add takes the segment whose length field begins rest and gives what follows it.
func (s *segments) add(marker byte, rest []byte) []byte {
	if len(rest) < 2 {
		s.cut = true
		return nil
	}
	n := int(binary.BigEndian.Uint16(rest))
	if n < 2 || n > len(rest) {
		s.cut = true
		return nil
	}
	g := segment{marker: marker, payload: rest[2:n]}
	rest = rest[n:]
	if marker == markerSOS {
		s.scans++
		n = codedLength(rest)
		g.coded, rest = rest[:n], rest[n:]
	}
	s.list = append(s.list, g)
	return rest
}

// codedLength gives the length of the compressed data at the start of b: up to
// a marker, or the first byte of one, that is neither a stuffed byte nor a restart.
func codedLength(b []byte) int {
	for i := 0; ; {
		j := bytes.IndexByte(b[i:], 0xff)
		if j < 0 {
			return len(b)
		}
		if i+j+1 >= len(b) {
			return i + j // half of a marker is no data
		}
		i += j
		if m := b[i+1]; m != 0 && (m < markerRST0 || m > markerRST7) {
			return i
		}
		i += 2
	}
}

// frame gives the payload of the first start-of-frame segment, nil if there is none.
func (s segments) frame() (marker byte, payload []byte) {
	for _, g := range s.list {
		if g.marker >= markerSOF0 && g.marker <= markerSOF15 &&
			g.marker != markerDHT && g.marker != markerJPG && g.marker != markerDAC {
			return g.marker, g.payload
		}
	}
	return 0, nil
}

// components gives the number of colour components: 1 for grey, 3 for colour, 4 for print.
func (s segments) components() int {
	if _, p := s.frame(); len(p) >= 6 {
		return int(p[5])
	}
	return 0
}

// size gives the width and height that the frame declares, 0 without a frame.
func (s segments) size() (w, h int) {
	if _, p := s.frame(); len(p) >= 6 {
		return int(binary.BigEndian.Uint16(p[3:])), int(binary.BigEndian.Uint16(p[1:]))
	}
	return 0, 0
}

// samples gives how many samples each component has, by its identifier, with
// those that fill up the last blocks. A component of half the width and height
// has a quarter of the pixels.
func (s segments) samples() map[byte]int {
	const head, each = 6, 3 // bytes of a frame's head, and of each component
	_, p := s.frame()
	if len(p) < head {
		return nil
	}
	n := min(int(p[5]), (len(p)-head)/each, 4)
	w, h := s.size()
	// The decoder takes the first component's factors for the largest.
	across, down := 8*max(1, int(factors(p, 0)>>4)), 8*max(1, int(factors(p, 0)&15))
	units := ((w + across - 1) / across) * ((h + down - 1) / down)
	all := make(map[byte]int, n)
	for i := range n {
		f := factors(p, i)
		if n == 1 { // the factors of a single component do not count
			f, units = 0x11, ((w+7)/8)*((h+7)/8)
		}
		all[p[head+each*i]] += units * 64 * int(f>>4) * int(f&15)
	}
	return all
}

// factors gives the sampling factors of a frame's component.
func factors(frame []byte, i int) byte {
	if at := 6 + 3*i + 1; at < len(frame) {
		return frame[at]
	}
	return 0x11
}

// The steps that a sample takes in one scan. A progressive JPEG only gathers
// coefficients; the other kinds make pixels of them in each scan.
const sequentialSteps, progressiveSteps = 3, 1

// steps gives the work of decoding: the samples that each scan passes over,
// weighed by what is done to them. What the compressed bytes themselves take
// is not in it: their number is bounded.
func (s segments) steps() int {
	all, weight := s.samples(), sequentialSteps
	if m, _ := s.frame(); m == markerSOF2 {
		weight = progressiveSteps
	}
	steps := 0
	for _, g := range s.list {
		if g.marker != markerSOS || len(g.payload) == 0 {
			continue
		}
		for i := range min(int(g.payload[0]), 4, (len(g.payload)-1)/2) {
			steps += weight * all[g.payload[1+2*i]]
		}
	}
	return steps
}

// room gives the bytes that decoding takes: one for each sample, four more for
// each coefficient that a progressive JPEG keeps to the end, and four for each
// pixel where the colours are converted.
func (s segments) room() int {
	room := 0
	for _, n := range s.samples() {
		room += n
	}
	if m, _ := s.frame(); m == markerSOF2 {
		room *= 5
	}
	if s.components() == 4 || s.asRGB() {
		w, h := s.size()
		room += 4 * w * h
	}
	return room
}

// kind names what decides how much room a JPEG takes.
func (s segments) kind() string {
	if m, _ := s.frame(); m == markerSOF2 {
		return fmt.Sprintf("a progressive JPEG of %d components", s.components())
	}
	return fmt.Sprintf("a JPEG of %d components", s.components())
}

// asRGB reports whether three components may be red, green and blue: by
// Adobe's marker or their identifiers.
func (s segments) asRGB() bool {
	for _, g := range s.list { // the decoder believes the last of several
		if p, ok := bytes.CutPrefix(g.payload, []byte("Adobe")); ok && g.marker == markerAPP14 && len(p) >= 7 && p[6] == 0 {
			return true
		}
	}
	_, p := s.frame()
	return len(p) >= 15 && p[6] == 'R' && p[9] == 'G' && p[12] == 'B'
}

// oneScan reports whether a single scan carries all of the picture, so that it
// is whole if that scan is.
func (s segments) oneScan() bool {
	for _, g := range s.list {
		if g.marker == markerSOS {
			m, _ := s.frame()
			return m != markerSOF2 && s.scans == 1 && len(g.payload) > 0 && int(g.payload[0]) == s.components()
		}
	}
	return false
}

// eachOnce reports whether each component is in exactly one scan, as it has to
// be in a JPEG that is not progressive. Decoders make different pictures of
// others: one takes the first scan of a component, another the last.
func (s segments) eachOnce() bool {
	marker, frame := s.frame()
	if marker == markerSOF2 || len(frame) < 6 {
		return true
	}
	seen := map[byte]int{}
	for _, g := range s.list {
		if g.marker != markerSOS || len(g.payload) == 0 {
			continue
		}
		for i := range int(g.payload[0]) {
			if at := 1 + 2*i; at < len(g.payload) {
				seen[g.payload[at]]++
			}
		}
	}
	for i := range s.components() {
		if at := 6 + 3*i; at >= len(frame) || seen[frame[at]] != 1 {
			return false
		}
	}
	return true
}

// first gives what follows prefix in the first segment of that marker whose
// payload begins with it. What stands behind the first scan does not count:
// other readers have stopped there.
func (s segments) first(marker byte, prefix string) []byte {
	for _, g := range s.list {
		if g.marker == markerSOS {
			return nil
		}
		if rest, ok := bytes.CutPrefix(g.payload, []byte(prefix)); ok && g.marker == marker {
			return rest
		}
	}
	return nil
}
