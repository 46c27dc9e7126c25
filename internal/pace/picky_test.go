package pace

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// picky is a service that refuses one person in so many, whatever the rate, and
// serves the others of a batch.
type picky struct {
	oneIn int
	wait  time.Duration

	mu     sync.Mutex
	people int
	served int
}

// batch asks for 20 people and, apart, for those who were refused, until there is
// no patience left with them.
func (s *picky) batch(ctx context.Context, p *Pacer) error {
	s.mu.Lock()
	before := s.people
	s.people += 20
	bad := s.people/s.oneIn - before/s.oneIn
	s.served += 20 - bad
	s.mu.Unlock()
	answer := func(refused int) func(context.Context) Outcome {
		return func(ctx context.Context) Outcome {
			_ = Sleep(ctx, 300*time.Millisecond)
			return Outcome{Refused: refused, After: s.wait}
		}
	}
	if err := p.Do(ctx, Load{Kind: "batch", Units: 20}, answer(bad)); err != nil || bad == 0 {
		return err
	}
	patience := p.Patience()
	for {
		wait, err := patience.Next(Outcome{Ask: Fewer, After: s.wait})
		if err != nil {
			return nil // these people's trouble
		}
		if err := Sleep(ctx, wait); err != nil {
			return err
		}
		if err := p.Do(ctx, Load{Kind: "batch", Units: bad, Again: patience}, answer(bad)); err != nil {
			return err
		}
	}
}

// TestPickyServiceDoesNotStarveTheOthers has 30 callers meet people whom the
// service never answers, new ones again and again.
func TestPickyServiceDoesNotStarveTheOthers(t *testing.T) {
	for _, c := range []struct {
		oneIn int
		wait  time.Duration
		least float64 // people a second
	}{
		{100, 0, 60}, {100, 10 * time.Second, 12}, {400, 0, 200}, {400, 10 * time.Second, 80}, {2000, 10 * time.Second, 300},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, p := &picky{oneIn: c.oneIn, wait: c.wait}, New(Settings{})
			const length = 30 * time.Minute
			ctx, cancel := context.WithTimeout(t.Context(), length)
			defer cancel()
			var wg sync.WaitGroup
			for range 30 {
				wg.Go(func() {
					for ctx.Err() == nil {
						if err := s.batch(ctx, p); err != nil && !errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("1 in %d: %v", c.oneIn, err)
							return
						}
					}
				})
			}
			wg.Wait()
			got := float64(s.served) / length.Seconds()
			t.Logf("1 person in %d is never served, wait %s: %.0f people/s", c.oneIn, c.wait, got)
			if got < c.least {
				t.Errorf("1 person in %d is never served, wait %s: %.1f people/s, want %.0f", c.oneIn, c.wait, got, c.least)
			}
		})
	}
}

// TestNobodyAskingIsNoSilence has a person read a plan for 11 minutes after the
// last call had failed: nothing is known of the service then.
func TestNobodyAskingIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{})
		outcome := Outcome{Ask: Fewer, After: time.Second}
		call := func(context.Context) Outcome { return outcome }
		_ = p.Do(t.Context(), Load{Once: true}, call)
		outcome = Outcome{}
		for range 50 {
			_ = p.Do(t.Context(), Load{}, call)
		}
		outcome = Outcome{Ask: Fault}
		if err := p.Do(t.Context(), Load{}, call); err == nil {
			t.Fatal("a call that always fails went well")
		}
		time.Sleep(11 * time.Minute)
		outcome = Outcome{}
		var wg sync.WaitGroup
		for range 160 {
			wg.Go(func() {
				if err := p.Do(t.Context(), Load{}, call); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// TestOutageIsBorne has a service that served before fail everybody for a while:
// 40 seconds are borne, whatever the failure; what fails from the start, or one
// call alone, is given up as soon as ever.
func TestOutageIsBorne(t *testing.T) {
	for _, ask := range []Ask{Fault, Broken, Reach} {
		synctest.Test(t, func(t *testing.T) {
			p := New(Settings{})
			begun := time.Now()
			down := func(context.Context) Outcome {
				time.Sleep(50 * time.Millisecond)
				if d := time.Since(begun); d > time.Second && d < 41*time.Second {
					return Outcome{Ask: ask}
				}
				return Outcome{}
			}
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					for time.Since(begun) < 2*time.Minute {
						if err := p.Do(t.Context(), Load{Kind: "x"}, down); err != nil {
							t.Errorf("%d: %v", ask, err)
							return
						}
					}
				})
			}
			wg.Wait()
			alone := time.Now()
			_ = p.Do(t.Context(), Load{Kind: "y"}, func(context.Context) Outcome {
				_ = p.Do(t.Context(), Load{Kind: "x"}, func(context.Context) Outcome { return Outcome{} }) // others are served
				return Outcome{Ask: ask}
			})
			if d := time.Since(alone); d > 8*time.Second {
				t.Errorf("%d: a call that fails alone was tried for %s", ask, d)
			}
			begin := time.Now()
			if err := New(Settings{}).Do(t.Context(), Load{}, func(context.Context) Outcome { return Outcome{Ask: ask} }); err == nil || time.Since(begin) > 8*time.Second {
				t.Errorf("%d: what fails from the start ended in %v after %s", ask, err, time.Since(begin))
			}
		})
	}
}
