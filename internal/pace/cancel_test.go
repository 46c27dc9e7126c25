package pace

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// limit has a call refused in part, so that there is a rate from then on.
func limit(t *testing.T, p *Pacer, after time.Duration) {
	t.Helper()
	_ = p.Do(t.Context(), Load{Units: 10, Once: true}, func(context.Context) Outcome {
		time.Sleep(time.Second)
		return Outcome{Refused: 5, After: after}
	})
	if _, rate := p.Now(); rate < 1 || rate > 10 {
		t.Errorf("the rate is %.1f, want about 5", rate)
	}
}

func TestFirstComesFirst(t *testing.T) {
	for _, c := range []struct {
		name    string
		refused bool // a refusal comes first, so that there is a rate
		units   func(int) int
	}{
		{"by places", false, func(int) int { return 1 }},
		{"by rate", true, func(int) int { return 1 }},
		{"by rate, the third is large", true, func(i int) int { return 1 + i%3/2*60 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(Settings{Most: 2})
				if c.refused {
					limit(t, p, time.Second)
				}
				var (
					mu    sync.Mutex
					g     sync.WaitGroup
					order []int
				)
				for i := range 12 {
					g.Go(func() {
						_ = p.Do(t.Context(), Load{Units: c.units(i)}, func(ctx context.Context) Outcome {
							mu.Lock()
							order = append(order, i)
							mu.Unlock()
							time.Sleep(time.Duration(i+1) * time.Millisecond)
							return Outcome{}
						})
					})
					synctest.Wait()
				}
				g.Wait()
				for i, got := range order {
					if i != got {
						t.Fatalf("sent in the order %v", order)
					}
				}
				free(t, p)
			})
		})
	}
}

// full fails the test unless as many calls as may be are under way at once.
func full(t *testing.T, p *Pacer, most int) {
	t.Helper()
	free(t, p)
	p.queue.limit = float64(most)
	p.tempo = newTempo(time.Now())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all, g sync.WaitGroup
	all.Add(most)
	for range most {
		g.Go(func() {
			if err := p.Do(ctx, Load{Once: true}, func(context.Context) Outcome {
				all.Done()
				all.Wait()
				return Outcome{}
			}); err != nil {
				t.Errorf("a place is lost: %v", err)
			}
		})
	}
	g.Wait()
}

func TestCancel(t *testing.T) {
	const most = 3
	hang := func(ctx context.Context) Outcome {
		<-ctx.Done()
		return Outcome{Ask: Broken}
	}
	for _, c := range []struct {
		name  string
		after time.Duration // a refusal with this wait comes first, unless 0
		load  Load
		try   func(context.Context) Outcome
		gone  bool // before it begins
	}{
		{name: "while it is tried and others queue", try: hang},
		{name: "while it is tried once", load: Load{Once: true}, try: hang},
		{name: "before it begins", try: hang, gone: true},
		{name: "during a pause", after: 5 * time.Minute, try: hang},
		{name: "while waiting for the rate", after: time.Second, load: Load{Units: 100000}, try: hang},
		{name: "between tries", try: func(context.Context) Outcome { return Outcome{Ask: Fault, After: time.Minute} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(Settings{Most: most})
				if c.after > 0 {
					limit(t, p, c.after)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				if c.gone {
					cancel()
				}
				begun := time.Now()
				var g sync.WaitGroup
				for range 10 {
					g.Go(func() {
						if err := p.Do(ctx, c.load, c.try); !errors.Is(err, ctx.Err()) {
							t.Errorf("gave %v, want %v", err, ctx.Err())
						}
					})
				}
				g.Wait()
				if took := time.Since(begun); took > 2*time.Second {
					t.Errorf("ended after %s", took)
				}
				full(t, p, most)
			})
		})
	}
}

// TestCancelLeavesRate has calls that wait for the rate go, and the next one
// must not have to wait for what they would have taken.
func TestCancelLeavesRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{})
		p.queue.limit = 50
		limit(t, p, time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, _ = each(ctx, 40, 40, func(ctx context.Context) error {
			return p.Do(ctx, Load{Units: 1000}, func(context.Context) Outcome { return Outcome{} })
		})
		begun := time.Now()
		_ = p.Do(t.Context(), Load{}, func(context.Context) Outcome { return Outcome{} })
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("the next call waited for %s", took)
		}
	})
}

func TestPanicLeavesPlace(t *testing.T) {
	for name, try := range map[string]func(context.Context) Outcome{
		"panic":  func(context.Context) Outcome { panic("by test") },
		"goexit": func(context.Context) Outcome { runtime.Goexit(); return Outcome{} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(Settings{Most: 2})
				var g sync.WaitGroup
				for range 10 {
					g.Add(1)
					go func() {
						defer g.Done()
						defer func() { _ = recover() }()
						_ = p.Do(t.Context(), Load{}, try)
					}()
				}
				g.Wait()
				full(t, p, 2)
			})
		})
	}
}

// TestWaitingMayAsk has the callback use the pacer, which would hang if a lock
// or the only place were held meanwhile.
func TestWaitingMayAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p *Pacer
		asked := 0
		p = New(Settings{Most: 1, Waiting: func(Wait) {
			p.Now()
			asked++
			_ = p.Do(t.Context(), Load{}, func(context.Context) Outcome { return Outcome{} })
		}})
		_ = p.Do(t.Context(), Load{Once: true}, func(context.Context) Outcome { return Outcome{Ask: Fewer, After: time.Second} })
		if asked != 1 {
			t.Errorf("told %d times, want once", asked)
		}
		free(t, p)
	})
}
