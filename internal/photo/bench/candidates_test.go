package main

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

// scene is a picture with some structure in it.
func scene(seed uint64, w, h int) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 0))
	small := image.NewRGBA(image.Rect(0, 0, 7, 7))
	for i := range 49 {
		small.SetRGBA(i%7, i/7, color.RGBA{uint8(r.IntN(256)), uint8(r.IntN(256)), uint8(r.IntN(256)), 255})
	}
	return scale(small, small.Rect, w, h)
}

func TestCandidates(t *testing.T) {
	square := scene(1, 96, 96)
	wide := image.NewRGBA(image.Rect(-52, 0, 148, 96)) // its middle square is the same
	for i := range 200 * 96 {
		x, y := i%200-52, i/200
		wide.SetRGBA(x, y, square.RGBAAt(min(max(x, 0), 95), y))
	}
	here, there, other := sketchOf(square), sketchOf(wide), sketchOf(scene(2, 96, 96))
	for _, c := range candidates {
		if d := c.distance(here, here); math.Abs(d) > 1e-9 {
			t.Errorf("%s: a picture is %g from itself", c.name, d)
		}
		if d := c.distance(here, there); math.Abs(d) > 1e-9 {
			t.Errorf("%s: a picture is %g from one with its middle", c.name, d)
		}
		near, far := c.distance(here, sketchOf(scene(1, 300, 300))), c.distance(here, other)
		if near >= far || far != c.distance(other, here) {
			t.Errorf("%s: %g when larger, %g and %g for another picture", c.name, near, far, c.distance(other, here))
		}
	}
}

func TestHashes(t *testing.T) {
	rising, wave := make([]float64, 9*8), make([]float64, dctSide*dctSide)
	for i := range rising {
		rising[i] = float64(i % 9)
	}
	if h := differenceHash(rising); h != math.MaxUint64 {
		t.Errorf("difference hash of a rising row %x", h)
	}
	for i := range wave {
		wave[i] = 100 + 50*dctTable[3][i%dctSide]
	}
	if h := cosineHash(wave); h&(1<<0|1<<3) != 1<<0|1<<3 {
		t.Errorf("DCT hash of the third cosine lacks it or the mean: %x", h)
	}
}

func TestAUC(t *testing.T) {
	for _, c := range []struct {
		same, different []float64
		want            float64
	}{
		{[]float64{1, 2}, []float64{3, 4}, 1},
		{[]float64{3, 4}, []float64{1, 2}, 0},
		{[]float64{1, 1}, []float64{1}, 0.5},
		{[]float64{1, 2, 3}, []float64{2, 4}, 0.75}, // of six: 1<2, 2=2, 3>2, all<4
	} {
		if got := auc(c.same, c.different); got != c.want {
			t.Errorf("auc(%v, %v) = %g, want %g", c.same, c.different, got, c.want)
		}
	}
}

func TestSeparate(t *testing.T) {
	got := separate("x", []float64{3, 1, 2, 2}, []float64{9, 3, 2, 8})
	if want := (separation{"x", 13.5 / 16, 0.5, 0.75}); got != want {
		t.Errorf("separate = %v, want %v", got, want)
	}
	if got := separate("x", nil, []float64{1}); got != (separation{name: "x"}) {
		t.Errorf("separate without same pairs = %v", got)
	}
}

func TestQuantile(t *testing.T) {
	var thousand []float64
	for i := range 1000 {
		thousand = append(thousand, float64(i+1))
	}
	for q, want := range map[float64]float64{0: 1, 0.0001: 1, 0.01: 10, 0.5: 500, 0.99: 990, 0.999: 999, 1: 1000} {
		if got := quantile(thousand, q); got != want {
			t.Errorf("quantile %g of 1 to 1000 = %g, want %g", q, got, want)
		}
	}
	if !math.IsNaN(quantile(nil, 0.5)) {
		t.Error("quantile of nothing is a number")
	}
}
