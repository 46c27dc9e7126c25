package photo

import (
	"math"
	"slices"
)

// Verdict says whether two pictures show the same.
type Verdict int

// The verdicts of [Compare]. The zero value is Unsure.
const (
	Unsure    Verdict = iota // too close to call; a person has to look
	Same                     // one is a copy of the other: the same bytes, re-encoded, resized or cropped
	Different                // they show different things
)

// String gives the verdict's name.
func (v Verdict) String() string {
	switch v {
	case Same:
		return "Same"
	case Different:
		return "Different"
	}
	return "Unsure"
}

// Comparison is what [Compare] found.
type Comparison struct {
	Verdict   Verdict
	Distance  float64 // 0 (the same bytes, or no difference seen) to 1
	SameBytes bool    // the values are equal byte for byte
}

// The distances between which a comparison is Unsure. They were chosen on
// labelled pairs, see testdata/README.md: of 620 copies (JPEG quality 40 to
// 95, shorter side 48 to 504 pixels, square crops) the farthest was at 0.097,
// of 1,451 pairs of different pictures the nearest at 0.155.
const (
	sameUpTo      = 0.10
	differentFrom = 0.13
)

// Compare says whether two pictures show the same. A copy that was encoded
// again, resized, or cropped to a square at any height or side is Same. A
// picture that was mirrored, turned, recoloured or made grey is Different, and
// so is another picture; the closest of these may come out Unsure.
//
// The order of the two does not matter. A nil picture, or one that [Decode] did
// not make, compares as Unsure at distance 1.
func Compare(a, b *Picture) Comparison {
	if a == nil || b == nil || len(a.form.y) == 0 || len(b.form.y) == 0 {
		return Comparison{Verdict: Unsure, Distance: 1}
	}
	if a.Facts.SHA256 == b.Facts.SHA256 {
		return Comparison{Verdict: Same, SameBytes: true}
	}
	wa, wb, comparable := align(a.form, b.form)
	c := Comparison{Distance: distance(cells(a.form, wa), cells(b.form, wb))}
	switch {
	case c.Distance >= differentFrom:
		c.Verdict = Different
	case c.Distance <= sameUpTo && comparable:
		c.Verdict = Same
	}
	return c
}

// The parts of a distance.
const (
	// blockSide is the side, in cells, of the blocks in which levels are
	// compared: an eighth of a square picture.
	blockSide = 3
	// blockRank leaves out the worst tenth of the blocks, where edges fall
	// between pixels differently in each copy. Taking a high rank instead of
	// the mean keeps a changed face from drowning in an equal backdrop.
	blockRank = 0.9
	// A difference of levels, of 255, weighs like a picture without any
	// structure in common when it reaches levelScale. The scale is smaller for
	// a picture of little contrast, down to flatScale: there encoding changes
	// little, so that little means much. contrastGain is by how much the scale
	// grows with each level of the luma's standard deviation.
	levelScale, flatScale, contrastGain = 160, 80, 4
	// patchSide and patchStep place the overlapping patches, in cells, in
	// which structure is compared.
	patchSide, patchStep = 6, 3
	// patchNoise is the variance that encoding leaves in a patch. Added to
	// both sides of the quotient it keeps flat patches, where there is nothing
	// but noise, from counting as different structure.
	patchNoise = 60
)

// distance joins what two grids of equal size differ by: in levels of luma and
// colour, and in structure. The first tells recoloured and flat pictures
// apart, the second mirrored ones and faces of like colours.
func distance(a, b grid) float64 {
	scale := min(levelScale, flatScale+contrastGain*max(contrast(a), contrast(b)))
	return min(1, math.Hypot(levels(a, b)/scale, structure(a, b)))
}

// contrast gives the standard deviation of the luma.
func contrast(g grid) float64 {
	var sum, squares float64
	for _, v := range g.y {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(g.y))
	return math.Sqrt(max(0, squares/n-sum/n*sum/n))
}

// levels gives the difference of levels in the block at [blockRank].
func levels(a, b grid) float64 {
	var blocks []float64
	for y := 0; y+blockSide <= a.h; y += blockSide {
		for x := 0; x+blockSide <= a.w; x += blockSide {
			blocks = append(blocks, blockDifference(a, b, x, y))
		}
	}
	slices.Sort(blocks)
	return blocks[int(float64(len(blocks))*blockRank)]
}

// blockDifference gives the root mean square difference of luma, together with
// the difference of mean chroma: encoders keep colour at half the detail, so
// finer differences of it say nothing.
func blockDifference(a, b grid, x, y int) float64 {
	var luma, cb, cr float64
	for v := range blockSide {
		for i := (y+v)*a.w + x; i < (y+v)*a.w+x+blockSide; i++ {
			d := float64(a.y[i] - b.y[i])
			luma += d * d
			cb += float64(a.cb[i] - b.cb[i])
			cr += float64(a.cr[i] - b.cr[i])
		}
	}
	const n = blockSide * blockSide
	return math.Sqrt(luma/n + (cb/n)*(cb/n) + (cr/n)*(cr/n))
}

// structure gives the mean of 1 minus the structural similarity of the luma in
// overlapping patches: 0 for equal ones, about 1 for unrelated ones, up to 2
// for inverted ones. Source: Wang et al., "Image quality assessment: from
// error visibility to structural similarity", 2004, without its mean term,
// which levels cover.
func structure(a, b grid) float64 {
	var sum float64
	n := 0
	for y := 0; y+patchSide <= a.h; y += patchStep {
		for x := 0; x+patchSide <= a.w; x += patchStep {
			sum += 1 - similarity(a, b, x, y)
			n++
		}
	}
	return sum / float64(n)
}

func similarity(a, b grid, x, y int) float64 {
	var sa, sb, saa, sbb, sab float64
	for v := range patchSide {
		for i := (y+v)*a.w + x; i < (y+v)*a.w+x+patchSide; i++ {
			p, q := float64(a.y[i]), float64(b.y[i])
			sa += p
			sb += q
			saa += p * p
			sbb += q * q
			sab += p * q
		}
	}
	const n = patchSide * patchSide
	varA, varB, covariance := saa/n-sa*sa/n/n, sbb/n-sb*sb/n/n, sab/n-sa*sb/n/n
	return (2*covariance + patchNoise) / (varA + varB + patchNoise)
}
