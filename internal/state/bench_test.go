package state

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"photosync/internal/match"
)

// BenchmarkCompared looks people up among 300,000, from as many goroutines as
// there are cores.
func BenchmarkCompared(b *testing.B) {
	const people = 300_000
	dir := b.TempDir()
	begun := time.Now()
	remember(b, dir, 0, people)
	fill := time.Since(begun)
	info, err := os.Stat(filepath.Join(dir, "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]match.GUID, people)
	for n := range ids {
		ids[n] = person(n)
	}
	begun = time.Now()
	s := mustOpen(b, dir, here)
	opened := time.Since(begun)
	defer mustClose(b, s)
	b.Run("lookup", func(b *testing.B) {
		var n atomic.Int64
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, ok := s.Compared(ids[n.Add(1)%people]); !ok {
					b.Error("somebody is not remembered")
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
		b.ReportMetric(fill.Seconds(), "s-to-fill")
		b.ReportMetric(opened.Seconds()*1000, "ms-to-open")
		b.ReportMetric(float64(info.Size())/people*10_000/1e6, "MB/10000-people")
	})
}

// BenchmarkNoteAgain notes what is remembered already, as nobody does in earnest.
func BenchmarkNoteAgain(b *testing.B) {
	dir := b.TempDir()
	remember(b, dir, 0, 10_000)
	s := mustOpen(b, dir, here)
	defer mustClose(b, s)
	for i := 0; b.Loop(); i++ {
		s.Note(person(i%10_000), compared(i%10_000))
	}
}
