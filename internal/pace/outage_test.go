package pace

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// again gives how long after an outage it takes until 5 seconds serve three
// fifths of the allowance.
func again(t *testing.T, w work, o Outcome, down time.Duration) (found time.Duration) {
	t.Helper()
	const from, span = 2 * time.Minute, 5 * time.Second
	synctest.Test(t, func(t *testing.T) {
		b := &bucket{refill: 100, capacity: 200, after: 2 * time.Second}
		b.begin()
		p := New(Settings{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			time.Sleep(from + down)
			for last := -1; found < 20*time.Minute; found += span {
				served, _ := b.total()
				if last >= 0 && float64(served-last) >= 0.6*b.refill*span.Seconds() {
					return
				}
				last = served
				time.Sleep(span)
			}
		}()
		demand(ctx, time.Hour, 100, func(ctx context.Context) error {
			return p.Do(ctx, Load{Units: w.units, Once: true}, func(ctx context.Context) Outcome {
				if at := time.Since(b.began); at > from && at < from+down {
					_ = Sleep(ctx, w.latency)
					return o
				}
				return b.call(w)(ctx)
			})
		})
	})
	return found
}

func TestOutage(t *testing.T) {
	for _, w := range []work{single, batch} {
		for _, o := range []Outcome{
			{Ask: Fewer},
			{Ask: Fewer, After: 2 * time.Second},
			{Ask: Fewer, After: 10 * time.Second},
			{Ask: Fault},
			{Ask: Fault, After: 10 * time.Second},
			{Ask: Broken},
		} {
			for _, down := range []time.Duration{10 * time.Second, 8 * time.Minute} {
				found := again(t, w, o, down)
				t.Logf("%s, %+v for %s: found again after %s", w.name, o, down, found)
				if found > 30*time.Second {
					t.Errorf("%s, %+v for %s: found again after %s, want 30 s", w.name, o, down, found)
				}
			}
		}
	}
}

// refuse has a call tried that is refused for ever. A part is one item of a
// batch of 20 first, and then tried alone, by whoever made the batch.
func refuse(ctx context.Context, p *Pacer, kind string, after time.Duration) error {
	o := Outcome{Ask: Fewer, After: after}
	try := func(ctx context.Context) Outcome {
		_ = Sleep(ctx, single.latency)
		return o
	}
	if kind != "part" && kind != "untold part" {
		return p.Do(ctx, Load{Kind: kind}, try)
	}
	o = Outcome{Refused: 1, After: after}
	patience := p.Patience()
	for load := (Load{Kind: "good", Units: 20, Once: true}); ; load.Units = 1 {
		if err := p.Do(ctx, load, try); err != nil {
			return err
		}
		wait, err := patience.Next(o)
		if err != nil {
			return err
		}
		if err := Sleep(ctx, wait); err != nil {
			return err
		}
		if kind == "part" {
			load.Again = patience
		}
	}
}

// besides gives how many calls a second are served while others are refused
// for ever, so many of them one after the other, each tried until it is given up.
func besides(t *testing.T, kind string, after time.Duration, bad int) (before, during float64, lost int, length time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{})
		var served atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer cancel()
			time.Sleep(time.Minute)
			before = float64(served.Load()) / 60
			begun, n := time.Now(), served.Load()
			for range bad {
				if refuse(ctx, p, kind, after) != nil {
					lost++
				}
			}
			length = time.Since(begun)
			during = float64(served.Load()-n) / length.Seconds()
		}()
		demand(ctx, 3*time.Hour, 20, func(ctx context.Context) error {
			return p.Do(ctx, Load{Kind: "good"}, func(ctx context.Context) Outcome {
				_ = Sleep(ctx, 80*time.Millisecond)
				served.Add(1)
				return Outcome{}
			})
		})
		<-done
		free(t, p)
	})
	return before, during, lost, length
}

// TestRefusedAtAnyRate has calls refused whatever the rate: those of a kind,
// single ones, or parts of batches. There is one budget for all, and it costs the others a pause or two.
func TestRefusedAtAnyRate(t *testing.T) {
	for _, kind := range []string{"good", "bad", "part"} {
		for _, after := range []time.Duration{0, 2 * time.Second, 10 * time.Second} {
			before, during, lost, length := besides(t, kind, after, 2)
			t.Logf("of kind %q, wait %s: %.1f/s before, %.1f/s during %s", kind, after, before, during, length)
			if lost != 2 {
				t.Errorf("of kind %q, wait %s: %d were given up, want 2", kind, after, lost)
			}
			if length > 2*11*time.Minute {
				t.Errorf("of kind %q, wait %s: it took %s", kind, after, length)
			}
			if during < before*2/5 {
				t.Errorf("of kind %q, wait %s: the others came to %.1f/s, want two fifths of %.1f/s", kind, after, during, before)
			}
		}
	}
}

// TestAllowanceCollapses has the allowance fall to a fiftieth, so that most calls
// are refused again and again: they are not to be taken for odd ones.
func TestAllowanceCollapses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bucket{refill: 100, capacity: 200, after: 2 * time.Second}
		b.begin()
		p := New(Settings{})
		lost := 0
		call := func(ctx context.Context) error {
			return p.Do(ctx, Load{}, func(ctx context.Context) Outcome {
				o := b.call(single)(ctx)
				if o.Refused > 0 {
					return Outcome{Ask: Fewer, After: o.After}
				}
				return o
			})
		}
		demand(t.Context(), time.Minute, 50, call)
		b.set(2)
		s, r := b.total()
		demand(t.Context(), 5*time.Minute, 50, func(ctx context.Context) error {
			err := call(ctx)
			if err != nil && ctx.Err() == nil {
				lost++
			}
			return err
		})
		served, refused := b.total()
		served, refused = served-s, refused-r
		t.Logf("%d served of %d, %d refused, %d given up", served, 2*300+200, refused, lost)
		if served < 480 || refused > 200 || lost > 0 {
			t.Errorf("%d served, %d refused and %d given up, want most of 800, few and none", served, refused, lost)
		}
		free(t, p)
	})
}

// TestIdleAtFirst has a long time go by before the first refusal, which must not
// be taken for a slow rate.
func TestIdleAtFirst(t *testing.T) {
	for _, w := range []work{single, batch} {
		synctest.Test(t, func(t *testing.T) {
			b := &bucket{refill: 100, capacity: 200, after: 2 * time.Second}
			b.begin()
			p := New(Settings{})
			call := func(ctx context.Context) error {
				return p.Do(ctx, Load{Units: w.units, Once: true}, b.call(w))
			}
			_ = call(t.Context())
			time.Sleep(time.Hour)
			demand(t.Context(), time.Minute, 100, call)
			if served, _ := b.total(); served < 5580 {
				t.Errorf("%s: %d were served in a minute, want nine tenths of 6200", w.name, served)
			}
		})
	}
}
