package pace

import (
	"context"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pool is a service that works on so many calls at once and has the rest wait.
type pool struct {
	places  chan struct{}
	latency time.Duration
	served  atomic.Int64
}

func (s *pool) call(ctx context.Context) Outcome {
	s.places <- struct{}{}
	_ = Sleep(ctx, s.latency)
	<-s.places
	if ctx.Err() == nil {
		s.served.Add(1)
	}
	return Outcome{}
}

func TestBoundDoubles(t *testing.T) {
	const latency = 80 * time.Millisecond
	for _, c := range []struct {
		most, calls, rounds int // rounds: 4, 8, 16 ... most calls in each
	}{
		{0, 1000, 19}, {16, 1000, 64}, {100, 1000, 14}, {3, 30, 10}, {1, 10, 10}, {2, 10, 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := New(Settings{Most: c.most})
			most := max(c.most, 0)
			if most == 0 {
				most = Most
			}
			var underWay, peak atomic.Int64
			took, lost := each(t.Context(), c.calls, 200, func(ctx context.Context) error {
				return p.Do(ctx, Load{}, func(ctx context.Context) Outcome {
					peak.Store(max(peak.Load(), underWay.Add(1)))
					defer underWay.Add(-1)
					_ = Sleep(ctx, latency)
					return Outcome{}
				})
			})
			if want := time.Duration(c.rounds) * latency; took < want-2*latency || took > want+2*latency || lost > 0 {
				t.Errorf("Most %d: %d calls took %s and lost %d, want %s and none", c.most, c.calls, took, lost, want)
			}
			if int(peak.Load()) > most {
				t.Errorf("Most %d: %d calls under way", c.most, peak.Load())
			}
			if calls, rate := p.Now(); calls != most || rate != 0 {
				t.Errorf("Most %d: the bounds are %d calls and %.1f/s, want %d and none", c.most, calls, rate, most)
			}
			free(t, p)
		})
	}
}

// grown gives the bound on calls after a time with a service that works on 10
// calls at once, and what part of the service was used.
func grown(t *testing.T, length time.Duration) (bound int, used float64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &pool{places: make(chan struct{}, 10), latency: 80 * time.Millisecond}
		p := New(Settings{})
		demand(t.Context(), length, 100, func(ctx context.Context) error { return p.Do(ctx, Load{}, s.call) })
		bound, _ = p.Now()
		used = float64(s.served.Load()) / (10 * length.Seconds() / s.latency.Seconds())
	})
	return bound, used
}

func TestLateAnswersStopGrowth(t *testing.T) {
	for _, c := range []struct {
		after       time.Duration
		least, most int
	}{
		{time.Second, 10, 50},
		{50 * time.Second, 20, 34},
		{10 * time.Minute, 10, Most}, // the usual time is that of the last minutes: it grows along
	} {
		bound, used := grown(t, c.after)
		t.Logf("after %s: %d calls, %.1f %% of the service used", c.after, bound, 100*used)
		if bound < c.least || bound > c.most {
			t.Errorf("after %s: %d calls, want from %d to %d", c.after, bound, c.least, c.most)
		}
		if used < 0.85 {
			t.Errorf("after %s: %.1f %% of the service used, want 85 %%", c.after, 100*used)
		}
	}
}

// spread gives the bound after 10 seconds with a service whose answers take
// very different times, whatever its load (log-normal, of this deviation).
func spread(t *testing.T, sigma float64) (bound int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{})
		demand(t.Context(), 10*time.Second, 100, func(ctx context.Context) error {
			return p.Do(ctx, Load{}, func(ctx context.Context) Outcome {
				_ = Sleep(ctx, time.Duration(80e6*math.Exp(sigma*rand.NormFloat64())))
				return Outcome{}
			})
		})
		bound, _ = p.Now()
	})
	return bound
}

func TestSpreadIsNotLate(t *testing.T) {
	for _, c := range []struct {
		sigma float64
		least int
	}{
		{0.3, 60}, {0.5, 60}, {0.8, 32},
	} {
		bound := spread(t, c.sigma)
		t.Logf("deviation %.1f: %d calls", c.sigma, bound)
		if bound < c.least {
			t.Errorf("deviation %.1f: %d calls, want %d", c.sigma, bound, c.least)
		}
	}
}

// TestFewAreNotLate has a service become slow, whatever is asked of it, when the
// bound is down: it must grow to a few all the same.
func TestFewAreNotLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{})
		latency := 80 * time.Millisecond
		call := func(ctx context.Context) error {
			return p.Do(ctx, Load{}, func(ctx context.Context) Outcome {
				_ = Sleep(ctx, latency)
				return Outcome{}
			})
		}
		demand(t.Context(), 10*time.Second, 50, call)
		latency *= 10
		p.queue.limit, p.queue.doubling = 1, false
		demand(t.Context(), 10*time.Second, 50, call)
		if bound, _ := p.Now(); bound < start {
			t.Errorf("the bound is %d, want %d", bound, start)
		}
	})
}
