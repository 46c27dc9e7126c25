package photo

import (
	"bytes"
	"encoding/binary"
)

// The bounds of what a profile's tags may hold. The package that reads them
// makes room for what a tag declares before it looks at what is there, and
// takes the square of a curve's points in time when the curve falls.
const (
	maxTags         = 100
	maxCurve        = 4096 // points; as many as ICC.1:2022 allows in a lut16Type
	maxFallingCurve = 1024 // points
)

// boundedTags gives the tags of a profile, nil if it is none that is read: one
// for a screen, a scanner, a camera, a printer or a colour space whose tags
// lie inside of it and hold what they declare.
func boundedTags(b []byte) map[string][]byte {
	const header, entry = 128 + 4, 12
	if len(b) < header || len(b) > maxProfile {
		return nil
	}
	switch string(b[12:16]) {
	case "mntr", "scnr", "prtr", "spac":
	default:
		return nil
	}
	n := binary.BigEndian.Uint32(b[128:])
	if n > maxTags || len(b) < header+int(n)*entry {
		return nil
	}
	tags := make(map[string][]byte, n)
	for i := range int(n) {
		e := b[header+i*entry:]
		from, size := uint64(binary.BigEndian.Uint32(e[4:])), uint64(binary.BigEndian.Uint32(e[8:]))
		if from < header+uint64(n)*entry || from+size > uint64(len(b)) {
			return nil
		}
		tags[string(e[:4])] = b[from : from+size] // of two with one name the last counts, as it does for the reader
	}
	for name, tag := range tags {
		if !bounded(name, tag) {
			return nil
		}
	}
	return tags
}

// bounded reports whether a tag holds what it declares, of a type that belongs
// there. Tags that are never read pass.
func bounded(name string, tag []byte) bool {
	const typeLength = 8
	kind := ""
	if len(tag) >= typeLength {
		kind = string(tag[:4])
	}
	switch name {
	case "desc":
		return kind == "desc" || kind == "mluc" || kind == "text"
	case "rXYZ", "gXYZ", "bXYZ":
		return kind == "XYZ "
	case "rTRC", "gTRC", "bTRC", "kTRC":
		return curveLength(tag) > 0
	case "A2B0", "A2B1", "B2A0":
		switch kind {
		case "mft1", "mft2":
			return boundedTable(tag)
		case "mAB ", "mBA ":
			return boundedStages(tag)
		}
		return false
	}
	return true
}

// curveLength gives the length in bytes, padding counted, of the curve at the
// beginning of b; 0 if it is none or over the bounds.
func curveLength(b []byte) int {
	const header = 12
	if len(b) < header {
		return 0
	}
	n := 0
	switch string(b[:4]) {
	case "curv":
		count := binary.BigEndian.Uint32(b[8:])
		if n = header + 2*int(count); count > maxCurve || n > len(b) || !boundedCurve(b[header:n], 2) {
			return 0
		}
	case "para":
		lengths := [...]int{4, 12, 16, 20, 28}
		kind := int(binary.BigEndian.Uint16(b[8:]))
		if kind >= len(lengths) {
			return 0
		}
		if n = header + lengths[kind]; n > len(b) {
			return 0
		}
	}
	return (n + 3) / 4 * 4
}

// boundedCurve reports whether a curve of points of the given width in bytes
// rises everywhere or has few points.
func boundedCurve(b []byte, width int) bool {
	for i := width; i+width <= len(b) && len(b)/width > maxFallingCurve; i += width {
		if bytes.Compare(b[i-width:i], b[i:i+width]) > 0 {
			return false
		}
	}
	return true
}

// boundedTable checks a lut8Type or lut16Type: curves, one value for each
// point of the grid, curves.
func boundedTable(b []byte) bool {
	width, header, entriesIn, entriesOut := 1, 48, 256, 256
	if string(b[:4]) == "mft2" {
		width, header = 2, 52
	}
	if len(b) < header {
		return false
	}
	if width == 2 {
		entriesIn, entriesOut = int(binary.BigEndian.Uint16(b[48:])), int(binary.BigEndian.Uint16(b[50:]))
	}
	in, out := int(b[8]), int(b[9])
	values := gridValues(bytes.Repeat(b[10:11], in), out)
	if values == 0 || entriesIn < 2 || entriesIn > maxCurve || entriesOut < 2 || entriesOut > maxCurve {
		return false
	}
	b = b[header:]
	if width*(in*entriesIn+values+out*entriesOut) > len(b) {
		return false
	}
	for range in {
		if !boundedCurve(b[:width*entriesIn], width) {
			return false
		}
		b = b[width*entriesIn:]
	}
	b = b[width*values:]
	for range out {
		if !boundedCurve(b[:width*entriesOut], width) {
			return false
		}
		b = b[width*entriesOut:]
	}
	return true
}

// boundedStages checks a lutAToBType or lutBToAType: stages that each lie
// somewhere in the tag, or nowhere.
func boundedStages(b []byte) bool {
	const header, gridHeader = 32, 20
	if len(b) < header {
		return false
	}
	in, out := int(b[8]), int(b[9])
	device, pcs := in, out
	if string(b[:4]) == "mBA " {
		device, pcs = out, in
	}
	at := func(stage int) []byte { // all that follows the stage's place
		return b[min(uint64(binary.BigEndian.Uint32(b[12+4*stage:])), uint64(len(b))):]
	}
	for _, curves := range []struct{ stage, count int }{{0, pcs}, {2, pcs}, {4, device}} {
		if binary.BigEndian.Uint32(b[12+4*curves.stage:]) == 0 {
			continue
		}
		rest := at(curves.stage)
		for range curves.count {
			n := curveLength(rest)
			if n == 0 {
				return false
			}
			rest = rest[min(n, len(rest)):]
		}
	}
	if binary.BigEndian.Uint32(b[12+4*3:]) == 0 {
		return true
	}
	grid := at(3)
	if len(grid) < gridHeader || in > 16 {
		return false
	}
	values, width := gridValues(grid[:in], out), int(grid[16])
	return values > 0 && (width == 1 || width == 2) && values*width <= len(grid)-gridHeader
}

// gridValues gives how many values a grid of so many points along each input
// holds, 0 if that is over what a profile can hold. The package that reads
// profiles mistakes grids whose sides differ, so that these are 0 too.
func gridValues(points []byte, out int) int {
	if len(points) < 1 || len(points) > 4 || out < 1 || out > 4 {
		return 0
	}
	n := out
	for _, p := range points {
		n *= int(p)
		if p < 2 || p != points[0] || n > maxProfile {
			return 0
		}
	}
	return n
}
