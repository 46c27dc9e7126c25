package state

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"photosync/internal/match"
)

// BenchmarkState measures with 300,000 people in the file, of whom everything is
// known: windows of 100 of them, batches of 1000 agreements, and what it takes to
// open the file and to go through all agreements.
func BenchmarkState(b *testing.B) {
	const people = 300_000
	dir := b.TempDir()
	begun := time.Now()
	s := mustOpen(b, dir, here)
	for n := range people {
		s.Note(person(n), compared(n))
		s.Agree(person(n), agreed(n))
	}
	mustClose(b, s)
	fill := time.Since(begun)
	info, err := os.Stat(filepath.Join(dir, "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]match.GUID, people)
	for n := range ids {
		ids[n] = person(n)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			mustClose(b, mustOpen(b, dir, here))
		}
		b.ReportMetric(fill.Seconds(), "s-to-fill")
		b.ReportMetric(float64(info.Size())/people, "B/person")
	})
	s = mustOpen(b, dir, here)
	defer mustClose(b, s)
	b.Run("recall 100", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			from := i * 100 % people
			if all, err := s.Recall(ids[from : from+100]); err != nil || len(all) != 100 {
				b.Fatal(len(all), err)
			}
		}
	})
	batch := func(change func(a *Agreement, round int)) func(*testing.B) {
		return func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				for range batchFull - 1 { // the last would have it written behind
					n := rand.IntN(people)
					a := agreed(n)
					change(&a, i)
					s.Agree(ids[n], a)
				}
				if err := s.Flush(); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("agree 1000 again", batch(func(a *Agreement, _ int) { a.At = a.At.Add(time.Hour) }))
	b.Run("agree 1000 anew", batch(func(a *Agreement, round int) { a.CloudETag = at(round).String() }))
	b.Run("all agreements", func(b *testing.B) {
		for b.Loop() {
			all := 0
			if err := s.Agreed(corp, func(match.GUID, Agreement) error { all++; return nil }); err != nil || all != people {
				b.Fatal(all, err)
			}
		}
	})
}
