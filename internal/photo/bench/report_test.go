package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"photosync/internal/photo"
)

func TestUpperBound(t *testing.T) {
	for _, c := range []struct {
		k, n    int
		percent float64
	}{
		{0, 200, 1.487}, {1, 100, 4.656}, {0, 1, 95}, {5, 100, 10.225}, {1, 1, 100}, {0, 0, 100}, {0, 100_000, 0.003},
	} {
		if got := 100 * upperBound(c.k, c.n); math.Abs(got-c.percent) > 0.0005 {
			t.Errorf("%d of %d: at most %.4f%%, want %.3f%%", c.k, c.n, got, c.percent)
		}
	}
	if got, want := upperBound(0, 275), 1-math.Pow(0.05, 1.0/275); math.Abs(got-want) > 1e-9 {
		t.Errorf("0 of 275: %g, want %g", got, want)
	}
}

// some makes judged pairs of one kind, each of its own files.
func some(n int, o *original, kind string, same bool, v photo.Verdict, distance float64) []judged {
	var out []judged
	for i := range n {
		at := filepath.Join(string(filepath.Separator)+"secret", fmt.Sprintf("%s-%s-%v-%d", o.id, kind, v, i))
		out = append(out, judged{
			pair{&file{path: at + "-a.jpg"}, &file{path: at + "-b.jpg"}, o, kind, same},
			photo.Comparison{Verdict: v, Distance: distance + float64(i)/1e4},
		})
	}
	return out
}

func TestTargets(t *testing.T) {
	o := &original{id: "o"}
	good := slices.Concat(
		some(15_000, o, anyPicture, false, photo.Different, 0.5),
		some(5_000, o, "hat", false, photo.Different, 0.4),
		some(20_000, o, "enlarged", true, photo.Same, 0.01),
		some(100, o, "48 pixels", true, photo.Unsure, 0.1),
	)
	fast := findings{pairs: good, comparing: speed{2000, 2000}, decoding: speed{1000, 200}}
	for _, c := range []struct {
		name  string
		f     findings
		unmet []string
	}{
		{"all met", fast, nil},
		{"one false same", findings{pairs: slices.Concat(good, some(1, o, "hat", false, photo.Same, 0)), comparing: fast.comparing, decoding: fast.decoding},
			[]string{"different pairs judged same"}},
		{"too few hard pairs", findings{pairs: good[1:15_000], comparing: fast.comparing, decoding: fast.decoding},
			[]string{"different pairs judged same", "same pairs judged different", "the same, of the worst kind"}},
		{"one bad kind", findings{pairs: slices.Concat(good, some(2, o, "48 pixels", true, photo.Different, 0.3)), comparing: fast.comparing, decoding: fast.decoding},
			[]string{"the same, of the worst kind"}},
		{"slow, of too few files", findings{pairs: good, comparing: speed{1999, 2000}, decoding: speed{5000, 199}},
			[]string{"comparing, one core", "decoding, one core"}},
		{"unsure", findings{pairs: slices.Concat(good, some(200, o, "hat", false, photo.Unsure, 0.1)), comparing: fast.comparing, decoding: fast.decoding},
			[]string{"pairs judged unsure"}},
	} {
		var unmet []string
		for _, target := range c.f.targets() {
			if !target.met {
				unmet = append(unmet, target.what)
			}
		}
		if !slices.Equal(unmet, c.unmet) {
			t.Errorf("%s: unmet %q, want %q", c.name, unmet, c.unmet)
		}
	}
}

func TestTelling(t *testing.T) {
	o := &original{id: "o"}
	pairs := some(2, o, "hat", false, photo.Different, 0.4)
	turned, itself := pairs[0], pairs[1]
	turned.a, turned.b = turned.b, turned.a
	itself.b = itself.a
	if got := telling([]judged{pairs[0], turned, pairs[1], itself, pairs[1]}); len(got) != 2 {
		t.Errorf("%d pairs are left, want 2", len(got))
	}
}

func TestOriginalsWith(t *testing.T) {
	a, b := &original{id: "a"}, &original{id: "b"}
	pairs := slices.Concat(some(3, a, "hat", false, photo.Same, 0), some(2, b, "hat", false, photo.Unsure, 0))
	if k, n := originalsWith(pairs, judged.wrong), originalsWith(pairs, always); k != 1 || n != 2 {
		t.Errorf("%d of %d originals are with an error, want 1 of 2", k, n)
	}
}

func TestWorst(t *testing.T) {
	o := &original{id: "o"}
	if got := worst(some(12, o, "hat", false, photo.Different, 0.4)); len(got) != 10 || got[0].Distance != 0.4 {
		t.Errorf("%d worst different pairs from %g, want 10 from 0.4", len(got), got[0].Distance)
	}
	if got := worst(some(5, o, "enlarged", true, photo.Same, 0)); len(got) != 5 || got[0].Distance != 4e-4 {
		t.Errorf("%d worst same pairs from %g, want 5 from 0.0004", len(got), got[0].Distance)
	}
}

func TestReportNamesNoFolder(t *testing.T) {
	o := &original{id: "face-1", kind: "face"}
	f := findings{
		half: "held", originals: []*original{o},
		pairs:      slices.Concat(some(12, o, "hat", false, photo.Different, 0.4), some(12, o, "enlarged", true, photo.Same, 0)),
		others:     some(3, o, "enlarged", true, photo.Different, 0.4),
		candidates: []separation{{"SSIM", 0.9, 0.1, 0.2}},
	}
	text := f.write(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	for _, want := range []string{"- 2026-01-02\n", "| different | hat | 12 | 1 | 0 | 0 | 12 | 0.4000 |", "face-1-hat-Different-0-a.jpg", "| SSIM | 0.900000 | 10.000% | 20.000% |",
		"The other half: different judged same 0 of 0; same judged different 3 of 3 (1 in 1), worst kind enlarged: 3 of 3 (1 in 1)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(text, "secret") || strings.Contains(text, "%!") {
		t.Error("the report names a folder or has a bad format")
	}
	f.pairs = nil
	f.Reset()
	if text := f.write(time.Now()); strings.Contains(text, "%!") || strings.Contains(text, "NaN") {
		t.Errorf("the report of nothing:\n%s", text)
	}
}

func TestJudgeNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken.jpg")
	if err := os.WriteFile(path, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &file{path: path}
	_, _, err := judge(t.Context(), []pair{{a: f, b: f, of: &original{}}})
	if err == nil || !strings.HasPrefix(err.Error(), "decode broken.jpg: ") {
		t.Errorf("error %v, want one that names broken.jpg", err)
	}
}

func TestInParallel(t *testing.T) {
	done := make([]bool, 1000)
	if err := inParallel(t.Context(), len(done), func(i int) error { done[i] = true; return nil }); err != nil || slices.Contains(done, false) {
		t.Errorf("error %v, or not all was done", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := inParallel(ctx, 1, func(int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
