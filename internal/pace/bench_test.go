package pace

import (
	"context"
	"runtime"
	"sync"
	"testing"
)

func nothing(context.Context) Outcome { return Outcome{} }

// BenchmarkDo is what a call costs that does nothing: alone, and with 64 at a time.
func BenchmarkDo(b *testing.B) {
	b.Run("alone", func(b *testing.B) {
		p := New(Settings{})
		b.ReportAllocs()
		for b.Loop() {
			_ = p.Do(b.Context(), Load{Kind: "x"}, nothing)
		}
	})
	b.Run("64 at a time", func(b *testing.B) {
		p := New(Settings{})
		b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_ = p.Do(b.Context(), Load{Kind: "x"}, nothing)
			}
		})
	})
	b.Run("64 at a time, 4 places", func(b *testing.B) {
		p := New(Settings{Most: 4})
		b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_ = p.Do(b.Context(), Load{Kind: "x"}, nothing)
			}
		})
	})
}

// TestDoAllocates keeps Do cheap for the one that is alone.
func TestDoAllocates(t *testing.T) {
	p := New(Settings{})
	if n := testing.AllocsPerRun(100, func() { _ = p.Do(t.Context(), Load{Kind: "x"}, nothing) }); n > 2 {
		t.Errorf("%.0f allocations, want at most 2", n)
	}
}

// TestRealTime is without virtual time, for the race detector.
func TestRealTime(t *testing.T) {
	p := New(Settings{Most: 8})
	var g sync.WaitGroup
	for range 32 {
		g.Go(func() {
			for range 50 {
				if err := p.Do(t.Context(), Load{Kind: "x"}, nothing); err != nil {
					t.Errorf("gave %v", err)
				}
				p.Now()
			}
		})
	}
	g.Wait()
	free(t, p)
}
