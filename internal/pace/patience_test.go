package pace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestTries(t *testing.T) {
	for _, c := range []struct {
		name     string
		settings Settings
		o        Outcome
		want     GaveUp
	}{
		{"fewer, tries", Settings{}, Outcome{Ask: Fewer, After: time.Second}, GaveUp{Tries: 20}},
		{"part, tries", Settings{}, Outcome{Refused: 1, After: time.Second}, GaveUp{Tries: 20}},
		{"fewer, patience", Settings{}, Outcome{Ask: Fewer, After: time.Minute}, GaveUp{Tries: 11, Next: time.Minute}},
		{"fewer, little patience", Settings{Patience: 10 * time.Second}, Outcome{Ask: Fewer, After: 3 * time.Second}, GaveUp{Tries: 4, Next: 3 * time.Second}},
		{"fewer, too long", Settings{}, Outcome{Ask: Fewer, After: time.Hour}, GaveUp{Tries: 1, Next: time.Hour}},
		{"fault", Settings{}, Outcome{Ask: Fault}, GaveUp{Tries: 4}},
		{"fault, with a wish", Settings{}, Outcome{Ask: Fault, After: time.Minute}, GaveUp{Tries: 4}},
		{"reach", Settings{}, Outcome{Ask: Reach}, GaveUp{Tries: 4}},
		{"broken", Settings{}, Outcome{Ask: Broken}, GaveUp{Tries: 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(c.settings).Patience()
				begun := time.Now()
				for {
					wait, err := p.Next(c.o)
					var gone *GaveUp
					if errors.As(err, &gone) {
						c.want.Waited = time.Since(begun)
						if *gone != c.want {
							t.Errorf("gave %+v, want %+v", *gone, c.want)
						}
						return
					}
					if c.o.After > 0 && wait != c.o.After || wait <= 0 || wait > topWait {
						t.Fatalf("waits for %s", wait)
					}
					time.Sleep(wait)
				}
			})
		})
	}
}

func TestBackoff(t *testing.T) {
	for try := 1; try < 100; try++ {
		bound := topWait
		if try <= 6 {
			bound = firstWait << (try - 1)
		}
		var waits []time.Duration
		for range 1000 {
			waits = append(waits, backoff(try))
		}
		least, most := slices.Min(waits), slices.Max(waits)
		if least < time.Millisecond || most >= bound {
			t.Errorf("try %d: from %s to %s, want within %s and %s", try, least, most, time.Millisecond, bound)
		}
		if least > bound/20 || most < bound-bound/20 {
			t.Errorf("try %d: from %s to %s, want all of up to %s", try, least, most, bound)
		}
	}
}

// ending is how the calls to a service that serves nobody ended.
type ending struct {
	longest time.Duration // of any call
	first   time.Duration // when the first was given up for the silence
	others  int           // given up for another reason after the first, and begun after it
	silent  int
}

func forsaken(t *testing.T, o Outcome, workers int, length time.Duration) (e ending) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		begun := time.Now()
		p := New(Settings{})
		demand(t.Context(), length, workers, func(ctx context.Context) error {
			at := time.Now()
			err := p.Do(ctx, Load{}, func(ctx context.Context) Outcome {
				_ = Sleep(ctx, 80*time.Millisecond)
				return o
			})
			mu.Lock()
			defer mu.Unlock()
			e.longest = max(e.longest, time.Since(at))
			var gone *GaveUp
			switch {
			case !errors.As(err, &gone):
			case gone.Silence > 0:
				e.silent++
				if e.first == 0 {
					e.first = time.Since(begun)
				}
			case e.first > 0 && at.Sub(begun) > e.first:
				e.others++
			}
			return err
		})
		free(t, p)
	})
	return e
}

func TestServiceNeverRecovers(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Outcome
	}{
		{"429, wait 30 s", Outcome{Ask: Fewer, After: 30 * time.Second}},
		{"429, wait 2 s", Outcome{Ask: Fewer, After: 2 * time.Second}},
		{"429", Outcome{Ask: Fewer}},
		{"503, wait 5 s", Outcome{Ask: Fault, After: 5 * time.Second}},
		{"500", Outcome{Ask: Fault}},
		{"503", Outcome{Ask: Busy}},
		{"reset", Outcome{Ask: Broken}},
	} {
		for _, workers := range []int{1, 50} {
			t.Run(fmt.Sprintf("%s, %d workers", c.name, workers), func(t *testing.T) {
				e := forsaken(t, c.o, workers, 20*time.Minute)
				t.Logf("silent from %s on, the longest call took %s, %d were given up for the silence", e.first, e.longest, e.silent)
				if e.longest > silence+topWait+10*time.Second { // one may begin its longest wait just before
					t.Errorf("a call took %s, want at most %s", e.longest, silence+topWait)
				}
				if e.first < silence || e.first > silence+90*time.Second {
					t.Errorf("silent from %s on, want from 10 minutes on", e.first)
				}
				if e.silent < workers || e.others > 0 {
					t.Errorf("%d were given up for the silence, %d later for something else, want %d and none", e.silent, e.others, workers)
				}
			})
		}
	}
}

// TestUnreachable has no connection come about: the service is not to blame.
func TestUnreachable(t *testing.T) {
	e := forsaken(t, Outcome{Ask: Reach}, 10, 20*time.Minute)
	if e.silent > 0 || e.longest > time.Minute {
		t.Errorf("%d were given up for silence, and the longest call took %s", e.silent, e.longest)
	}
}

// TestIdleIsNotSilence has a refusal come long after the pacer was last used.
func TestIdleIsNotSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{})
		for range 3 {
			time.Sleep(time.Hour)
			tries := 0
			if err := p.Do(t.Context(), Load{}, func(context.Context) Outcome {
				if tries++; tries < 3 {
					return Outcome{Ask: Fewer, After: time.Second}
				}
				return Outcome{}
			}); err != nil {
				t.Errorf("gave %v after %d tries", err, tries)
			}
			time.Sleep(time.Hour)
			_ = p.Do(t.Context(), Load{Once: true}, func(context.Context) Outcome { return Outcome{Ask: Fault} })
		}
	})
}
