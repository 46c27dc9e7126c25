package main

import (
	"context"
	"fmt"
	"image"
	"math"
	"math/bits"
	"path/filepath"
	"slices"
	"sort"

	_ "golang.org/x/image/webp"
)

// sketch is what the simpler distances know of a picture: its middle square,
// made small.
type sketch struct {
	blocks    [blocksSide * blocksSide * 3]float64 // means of red, green and blue
	luma      [lumaSide * lumaSide]float64
	cosines   uint64 // the hash of a discrete cosine transform
	gradients uint64 // the difference hash
}

const (
	lumaSide   = 48
	blocksSide = 12
	dctSide    = 32 // of the picture that is transformed
	dctLow     = 8  // lowest frequencies of each direction that are kept
)

// candidate is a way to compare pictures that photo.Compare is held against.
type candidate struct {
	name     string
	distance func(a, b *sketch) float64
}

var candidates = []candidate{
	{"mean difference of 12x12 blocks, RGB", blocksApart},
	{"DCT hash (pHash), 64 bits", func(a, b *sketch) float64 { return hamming(a.cosines, b.cosines) }},
	{"difference hash (dHash), 64 bits", func(a, b *sketch) float64 { return hamming(a.gradients, b.gradients) }},
	{"structural similarity (SSIM) of 48x48 luma", dissimilar},
}

// sketchOf makes the middle square 48 pixels wide and everything else from that.
func sketchOf(m image.Image) *sketch {
	b := m.Bounds()
	side := min(b.Dx(), b.Dy())
	corner := b.Min.Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2))
	small := scale(m, image.Rectangle{corner, corner.Add(image.Pt(side, side))}, lumaSide, lumaSide)
	s := &sketch{}
	const block = lumaSide / blocksSide
	for i := range lumaSide * lumaSide {
		x, y := i%lumaSide, i/lumaSide
		c := at(small, x, y)
		s.luma[i] = luma(c)
		for k := range c {
			s.blocks[3*(y/block*blocksSide+x/block)+k] += c[k] / (block * block)
		}
	}
	s.cosines = cosineHash(lumas(scale(small, small.Rect, dctSide, dctSide)))
	s.gradients = differenceHash(lumas(scale(small, small.Rect, 9, 8)))
	return s
}

func lumas(m *image.RGBA) []float64 {
	out := make([]float64, 0, m.Rect.Dx()*m.Rect.Dy())
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			out = append(out, luma(at(m, x, y)))
		}
	}
	return out
}

// blocksApart gives the mean difference of the blocks in levels.
func blocksApart(a, b *sketch) float64 {
	var sum float64
	for i := range a.blocks {
		sum += math.Abs(a.blocks[i] - b.blocks[i])
	}
	return sum / float64(len(a.blocks))
}

func hamming(a, b uint64) float64 { return float64(bits.OnesCount64(a ^ b)) }

// dctTable holds the cosines of the lowest frequencies.
var dctTable = func() (t [dctLow][dctSide]float64) {
	for u := range t {
		for x := range t[u] {
			t[u][x] = math.Cos(math.Pi * float64(u) * (2*float64(x) + 1) / (2 * dctSide))
		}
	}
	return t
}()

// cosineHash sets a bit for each of the lowest frequencies that is stronger
// than their median.
func cosineHash(y []float64) uint64 {
	var rows [dctSide][dctLow]float64
	for v := range rows {
		for u := range dctLow {
			for x := range dctSide {
				rows[v][u] += y[v*dctSide+x] * dctTable[u][x]
			}
		}
	}
	low := make([]float64, dctLow*dctLow)
	for i := range low {
		for v := range dctSide {
			low[i] += rows[v][i%dctLow] * dctTable[i/dctLow][v]
		}
	}
	sorted := slices.Sorted(slices.Values(low))
	median := (sorted[len(sorted)/2-1] + sorted[len(sorted)/2]) / 2
	var hash uint64
	for i, v := range low {
		if v > median {
			hash |= 1 << i
		}
	}
	return hash
}

// differenceHash sets a bit for each of nine by eight pixels that is darker
// than the next of its row.
func differenceHash(y []float64) uint64 {
	var hash uint64
	for i := range 64 {
		if j := i/8*9 + i%8; y[j] < y[j+1] {
			hash |= 1 << i
		}
	}
	return hash
}

// dissimilar gives 1 minus the mean structural similarity in windows of 8x8
// that overlap by half, with the constants of Wang et al. 2004.
func dissimilar(a, b *sketch) float64 {
	const window, step = 8, 4
	var sum float64
	n := 0
	for y := 0; y+window <= lumaSide; y += step {
		for x := 0; x+window <= lumaSide; x += step {
			sum += 1 - similarity(a, b, x, y, window)
			n++
		}
	}
	return sum / float64(n)
}

func similarity(a, b *sketch, x, y, window int) float64 {
	const c1, c2 = (0.01 * 255) * (0.01 * 255), (0.03 * 255) * (0.03 * 255)
	var sa, sb, saa, sbb, sab float64
	for v := range window {
		for u := range window {
			p, q := a.luma[(y+v)*lumaSide+x+u], b.luma[(y+v)*lumaSide+x+u]
			sa, sb, saa, sbb, sab = sa+p, sb+q, saa+p*p, sbb+q*q, sab+p*q
		}
	}
	n := float64(window * window)
	sa, sb = sa/n, sb/n
	saa, sbb, sab = saa/n-sa*sa, sbb/n-sb*sb, sab/n-sa*sb
	return (2*sa*sb + c1) * (2*sab + c2) / ((sa*sa + sb*sb + c1) * (saa + sbb + c2))
}

// separation says how well a distance tells same pairs from different ones.
type separation struct {
	name   string
	auc    float64 // the chance that a same pair is nearer than a different one
	passed float64 // share of different pairs no farther than 99.9% of the same ones
	missed float64 // share of same pairs no nearer than the nearest different one
}

// separate takes what lies at a limit to be on its wrong side: a threshold
// cannot lie between equal distances.
func separate(name string, same, different []float64) separation {
	slices.Sort(same)
	slices.Sort(different)
	if len(same) == 0 || len(different) == 0 {
		return separation{name: name}
	}
	passed := upTo(different, quantile(same, 0.999))
	missed := len(same) - below(same, different[0])
	return separation{name, auc(same, different), float64(passed) / float64(len(different)), float64(missed) / float64(len(same))}
}

// auc gives the area under the receiver operating characteristic of sorted
// distances: a tie counts half.
func auc(same, different []float64) float64 {
	var sum float64
	for _, d := range different {
		sum += float64(below(same, d)+upTo(same, d)) / 2
	}
	return sum / float64(len(same)) / float64(len(different))
}

// below and upTo count the sorted values under x, and those that are not over it.
func below(sorted []float64, x float64) int { return sort.SearchFloat64s(sorted, x) }

func upTo(sorted []float64, x float64) int {
	return sort.Search(len(sorted), func(i int) bool { return sorted[i] > x })
}

// quantile gives the smallest of sorted values that a share q of them does not exceed.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	n := int(math.Ceil(q*float64(len(sorted)) - 1e-9))
	return sorted[min(max(n, 1), len(sorted))-1]
}

// centred reports whether the middle squares of a pair's files show the same
// part: whole pictures do, and squares that are cut from their middle.
func (p pair) centred() bool {
	return slices.Contains([]string{"", "middle"}, p.a.crop) && slices.Contains([]string{"", "middle"}, p.b.crop)
}

// holdAgainst measures the candidates, and photo.Compare behind them, on the
// pairs that are fair to them.
func holdAgainst(ctx context.Context, fair []judged) ([]separation, error) {
	sketches, err := eachFile(ctx, pathsOf(fair), func(path string) (*sketch, error) {
		m, err := readPicture(path)
		if err != nil {
			return nil, fmt.Errorf("decode %s: %w", filepath.Base(path), err)
		}
		return sketchOf(m), nil
	})
	if err != nil {
		return nil, err
	}
	var out []separation
	for _, c := range candidates {
		distances := make([]float64, len(fair))
		err := inParallel(ctx, len(fair), func(i int) error {
			distances[i] = c.distance(sketches[fair[i].a.path], sketches[fair[i].b.path])
			return nil
		})
		if err != nil {
			return nil, err
		}
		same, different := bySameness(fair, func(i int) float64 { return distances[i] })
		out = append(out, separate(c.name, same, different))
	}
	same, different := bySameness(fair, func(i int) float64 { return fair[i].Distance })
	return append(out, separate("photo.Compare", same, different)), nil
}

// bySameness gives a distance of each pair, apart for same and different ones.
func bySameness(pairs []judged, distance func(i int) float64) (same, different []float64) {
	for i, p := range pairs {
		if p.same {
			same = append(same, distance(i))
		} else {
			different = append(different, distance(i))
		}
	}
	return same, different
}
