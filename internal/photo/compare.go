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

// The distances between which a comparison is Unsure; docs/comparison.md says
// how they were chosen and how often they are wrong.
const (
	SameUpTo      = 0.15
	DifferentFrom = 0.78
)

// Compare says whether two pictures show the same. A copy that was encoded
// again, resized, sharpened, or cropped to a square at any height or side is
// Same. A picture of somebody else, a mirrored, recoloured or grey one, another
// photo of the same session, one with glasses, a hat or a badge put in, or a
// closer crop is Different. What is between comes out Unsure. That holds as far
// as docs/comparison.md says: where a change can hardly be seen at 96 pixels, or
// the picture has next to no contrast, it may pass for a copy.
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
	if a.form.equal(b.form) {
		return Comparison{Verdict: Same}
	}
	if a.Facts.SHA256 > b.Facts.SHA256 { // among equal ways to lay two pictures on each other the first wins
		a, b = b, a
	}
	m, possible := measure(a.form, b.form)
	c := Comparison{Distance: distance(m)}
	switch {
	case c.Distance >= DifferentFrom:
		c.Verdict = Different
	case c.Distance <= SameUpTo && possible:
		c.Verdict = Same
	}
	return c
}

func (f form) equal(g form) bool {
	return f.w == g.w && f.h == g.h && slices.Equal(f.y, g.y) && slices.Equal(f.cb, g.cb) && slices.Equal(f.cr, g.cr)
}

// distance gives the likeliest way in which the pictures differ: each question
// is answered by a logistic regression, and the surest yes counts.
func distance(m [measures]float64) float64 {
	var most float64
	for _, q := range questions {
		sum := q.bias
		for i, v := range m {
			sum += q.weights[i] * v
		}
		most = max(most, 1/(1+math.Exp(-sum)))
	}
	return most
}

// question is one way in which pictures differ.
type question struct {
	name    string
	bias    float64
	weights [measures]float64
}
