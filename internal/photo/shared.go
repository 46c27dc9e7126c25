package photo

import "math"

const (
	lumaSide   = 12 // cells on a side of a fingerprint's luma
	chromaSide = 6  // cells on a side of each of its chroma planes
)

// Fingerprint is a very small copy of a picture's middle square: the mean luma
// of 12 by 12 cells and the mean chroma of 6 by 6, 216 bytes in all. Copies of
// one picture have nearly equal ones. They compare with ==, which asks for more
// than [Album.Add] does.
type Fingerprint struct {
	y      [lumaSide * lumaSide]uint8
	cb, cr [chromaSide * chromaSide]uint8
}

// Fingerprint gives the picture's fingerprint; that of no picture is zero.
func (p *Picture) Fingerprint() Fingerprint {
	var out Fingerprint
	if p == nil || len(p.form.y) == 0 {
		return out
	}
	f := p.form
	columns := make([]uint32, f.w)
	f.squareMeans(f.y, lumaSide, columns, out.y[:])
	f.squareMeans(f.cb, chromaSide, columns, out.cb[:])
	f.squareMeans(f.cr, chromaSide, columns, out.cr[:])
	return out
}

// squareMeans cuts the middle square of a plane into side times side cells and
// gives the mean of each. Cells may begin within a pixel, so that pixels are
// counted in shares: a pixel is 2*side shares wide and high, and a cell twice
// as many as the square has pixels. Columns, one of each column of the plane,
// are overwritten.
func (f form) squareMeans(p []uint8, side int, columns []uint32, out []uint8) {
	s, pixel := min(f.w, f.h), 2*side
	cell := 2 * s
	left, top := (f.w-s)*side, (f.h-s)*side
	half := uint32(cell * cell / 2)
	for r := range side {
		clear(columns)
		from, to := top+r*cell, top+(r+1)*cell
		for y := from / pixel; y*pixel < to; y++ {
			share := uint32(min(to, (y+1)*pixel) - max(from, y*pixel))
			for x, v := range p[y*f.w:][:len(columns)] {
				columns[x] += share * uint32(v)
			}
		}
		for c := range side {
			from, to := left+c*cell, left+(c+1)*cell
			sum := half
			for x := from / pixel; x*pixel < to; x++ {
				sum += uint32(min(to, (x+1)*pixel)-max(from, x*pixel)) * columns[x]
			}
			out[r*side+c] = uint8(sum / uint32(cell*cell))
		}
	}
}

// The thresholds of [Fingerprint.same]. See the figures at TestAlbumCopies.
const (
	// mostLuma bounds the root mean square difference of luma. A picture of
	// little contrast is held to less: encoding changes little there, and
	// another picture may differ by little. leastLuma is for one that is flat,
	// and lumaGain what every level of the luma's standard deviation adds.
	mostLuma, leastLuma, lumaGain = 5, 1.5, 0.08
	// A single cell may differ by that many times as much, and cellRoom more.
	cellTimes, cellRoom = 3, 3
	// mostChroma bounds the root mean square difference of each chroma plane,
	// chromaCell that of a single cell.
	mostChroma, chromaCell = 3, 9
)

// tolerance gives the root mean square by which the luma of copies may differ.
func (f *Fingerprint) tolerance() float64 {
	return min(mostLuma, leastLuma+lumaGain*deviationOf(f.y[:]))
}

// same reports whether two fingerprints are those of copies of one picture.
// Most is the tolerance of one of them.
func (f *Fingerprint) same(b *Fingerprint, most float64) bool {
	return within(f.y[:], b.y[:], most, int(cellTimes*most)+cellRoom) &&
		within(f.cb[:], b.cb[:], mostChroma, chromaCell) &&
		within(f.cr[:], b.cr[:], mostChroma, chromaCell)
}

// within reports whether two planes differ by no more than that: in the root
// mean square, and in any cell.
func within(a, b []uint8, rms float64, cell int) bool {
	sum := 0
	for i, v := range a {
		d := int(v) - int(b[i])
		if d > cell || -d > cell {
			return false
		}
		sum += d * d
	}
	return float64(sum) <= rms*rms*float64(len(a))
}

// deviationOf gives the standard deviation of a plane.
func deviationOf(p []uint8) float64 {
	sum, squares := 0, 0
	for _, v := range p {
		sum += int(v)
		squares += int(v) * int(v)
	}
	n := float64(len(p))
	return math.Sqrt(max(0, float64(squares)/n-float64(sum)/n*float64(sum)/n))
}

// Album finds the same picture on more than one person. It files fingerprints
// under the numbers 0, 1, 2 and so on. The zero value is empty and ready; it is
// not safe for concurrent use.
type Album struct {
	numbers int // that were given
	filed   []filed
	drawers map[drawer]chain
}

// filed is a fingerprint in an album.
type filed struct {
	print  Fingerprint
	number int32
	next   int32 // in filed, of the next in the same drawer; 0 if there is none
}

// chain gives the first and the last of a drawer, in filed.
type chain struct{ first, last int32 }

const (
	// mostChecks bounds the fingerprints that one lookup compares.
	mostChecks = 1000
	// mostDrawers bounds the drawers that one lookup opens.
	mostDrawers = 256
)

// Add files a fingerprint under the next number. If one of the same picture was
// filed before, it gives the earliest such number and true. A hit is a hint for
// a person to look at: two pictures of which 12 by 12 cells tell no difference
// count as the same.
//
// At most 1,000 earlier fingerprints are compared, in each drawer those filed
// first. Only where more than that lie, alike on the whole but none of them the
// same, may a shared picture be missed: 100,000 drawn faces before one backdrop
// reached the bound in 464 lookups, before 50 backdrops in none. An album takes
// about 300 bytes a fingerprint, and for a moment twice that when it grows.
func (a *Album) Add(f Fingerprint) (earlier int, shared bool) {
	number := a.numbers
	a.numbers++
	at := a.find(&f)
	if at >= 0 {
		earlier, shared = int(a.filed[at].number), true
	}
	if !shared || a.filed[at].print != f { // of equal ones the first is enough
		a.file(filed{print: f, number: int32(number)})
	}
	return earlier, shared
}

// find gives the earliest of the same picture, in filed, or -1.
func (a *Album) find(f *Fingerprint) int32 {
	best, left, most := int32(len(a.filed)), mostChecks, f.tolerance()
	for _, d := range drawersNear(f) {
		c, ok := a.drawers[d]
		for at := c.first; ok && at < best && left > 0; left-- {
			if f.same(&a.filed[at].print, most) {
				best = at
				break
			}
			at = a.filed[at].next
			ok = at > 0
		}
	}
	if int(best) == len(a.filed) {
		return -1
	}
	return best
}

func (a *Album) file(f filed) {
	at := int32(len(a.filed))
	a.filed = append(a.filed, f)
	if a.drawers == nil {
		a.drawers = map[drawer]chain{}
	}
	d := drawersNear(&f.print)[0]
	c, ok := a.drawers[d]
	if ok {
		a.filed[c.last].next = at
		c.last = at
	} else {
		c = chain{first: at, last: at}
	}
	a.drawers[d] = c
}

// drawer says where a fingerprint is filed: by its traits, each in steps.
type drawer uint64

const (
	lumaTraits = 10
	// A trait is filed in steps that are that many times as wide as copies may
	// differ in it, so that most copies lie in one step.
	stepTimes = 8
	// How far copies may differ in the mean luma, in any other pattern of luma
	// (in levels), and in the mean chroma (in halves of one). Of 6,133 copies
	// within the thresholds 99.5% differ by no more in any one trait; one that
	// does is missed only if it also lies beyond the end of its step.
	meanReach, patternReach, chromaReach = 2, 1, 3
	blockLuma                            = lumaSide / 4 // cells on a side of a sixteenth
)

// trait is a sum over a fingerprint and how far it may differ between copies.
type trait struct{ sum, reach int }

// traits sums up a fingerprint: the luma of all cells, some taken away from
// the others in ten patterns, and the chroma of all.
func (f *Fingerprint) traits() [lumaTraits + 2]trait {
	var sixteenths [16]int
	for i, v := range f.y {
		sixteenths[i/lumaSide/blockLuma*4+i%lumaSide/blockLuma] += int(v)
	}
	var out [lumaTraits + 2]trait
	for k, pattern := range patterns {
		out[k].reach = patternReach * len(f.y)
		for i, v := range sixteenths {
			if pattern>>i&1 == 1 {
				v = -v
			}
			out[k].sum += v
		}
	}
	out[0].reach = meanReach * len(f.y)
	for k, plane := range [2]*[chromaSide * chromaSide]uint8{&f.cb, &f.cr} {
		out[lumaTraits+k].reach = chromaReach * len(plane) / 2
		for _, v := range plane {
			out[lumaTraits+k].sum += int(v)
		}
	}
	return out
}

// patterns are the coarsest of the Walsh functions of 4 by 4: bits of the
// sixteenths, row by row, that are taken away.
var patterns = func() (out [lumaTraits]uint16) {
	ways := [4]uint16{0b0000, 0b1100, 0b0110, 0b1010} // of four rows or columns
	for k, of := range [lumaTraits][2]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 2}, {2, 0}, {1, 2}, {2, 1}, {2, 2}, {0, 3}} {
		for i := range 16 {
			out[k] |= (ways[of[0]]>>(i/4)&1 ^ ways[of[1]]>>(i%4)&1) << i
		}
	}
	return out
}()

// drawersNear gives the drawer of a fingerprint, and then all others in which
// the same picture may lie, up to mostDrawers.
func drawersNear(f *Fingerprint) []drawer {
	out := make([]drawer, 1, 64)
	for _, t := range f.traits() {
		width := stepTimes * t.reach
		v := t.sum + 255*lumaSide*lumaSide // never below zero
		step, rest := v/width, v%width
		other := step
		switch {
		case rest < t.reach:
			other--
		case rest >= width-t.reach:
			other++
		}
		for i, d := range out {
			if other != step && len(out) < mostDrawers {
				out = append(out, d.with(other))
			}
			out[i] = d.with(step)
		}
	}
	return out
}

// with adds a step. Two drawers that happen to get one number are one drawer.
func (d drawer) with(step int) drawer { return (d ^ drawer(step)) * 0x9E3779B97F4A7C15 }
