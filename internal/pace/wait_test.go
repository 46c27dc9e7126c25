package pace

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// news keeps what a pacer tells.
type news struct {
	mu    sync.Mutex
	waits []Wait
}

func (n *news) told(w Wait) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waits = append(n.waits, w)
}

func TestPauseIsToldOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Outcome
		want time.Duration
	}{
		{"refused", Outcome{Ask: Fewer, After: 10 * time.Second}, 10 * time.Second},
		{"partly refused", Outcome{Refused: 3, After: 10 * time.Second}, 10 * time.Second},
		{"failed, with a wish", Outcome{Ask: Fault, After: 10 * time.Second}, 10 * time.Second},
		{"refused, without a wish", Outcome{Ask: Fewer}, nominal},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n news
				p := New(Settings{Waiting: n.told})
				p.queue.limit = Most
				begun := time.Now()
				var late atomic.Int64
				_, _ = each(t.Context(), 3*Most, 3*Most, func(ctx context.Context) error {
					return p.Do(ctx, Load{Units: 4, Once: true}, func(ctx context.Context) Outcome {
						if time.Since(begun) == 0 {
							time.Sleep(80 * time.Millisecond)
							return c.o
						}
						if time.Since(begun) < 80*time.Millisecond+c.want {
							late.Add(1)
						}
						return Outcome{}
					})
				})
				if len(n.waits) != 1 || n.waits[0].For != c.o.After {
					t.Errorf("told %v, want one pause of %s", n.waits, c.o.After)
				}
				if late.Load() > 0 {
					t.Errorf("%d calls were sent during the pause", late.Load())
				}
				free(t, p)
			})
		})
	}
}

func TestLongerWishExtendsPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n news
		p := New(Settings{Waiting: n.told})
		begun := time.Now()
		var asked atomic.Int64
		_, _ = each(t.Context(), 4, 4, func(ctx context.Context) error {
			return p.Do(ctx, Load{Units: 1, Once: true}, func(context.Context) Outcome {
				i := asked.Add(1)
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				return Outcome{Ask: Fewer, After: time.Duration(i) * 5 * time.Second}
			})
		})
		_ = p.Do(t.Context(), Load{}, func(context.Context) Outcome { return Outcome{} })
		if got, want := time.Since(begun), 20*time.Second+40*time.Millisecond; got < want || got > want+5*time.Second {
			t.Errorf("the next call was sent after %s, want %s or little more", got, want)
		}
		if len(n.waits) != 1 {
			t.Errorf("told %v, want one pause", n.waits)
		}
	})
}

func TestAbsurdWaits(t *testing.T) {
	for _, after := range []time.Duration{
		math.MinInt64, -time.Hour, -1, 0, 1, 11 * time.Minute, 10 * 365 * 24 * time.Hour, math.MaxInt64 - 1, math.MaxInt64,
	} {
		synctest.Test(t, func(t *testing.T) {
			p := New(Settings{})
			asked := 0
			refuse := func(context.Context) Outcome {
				if asked++; asked > 1 {
					return Outcome{}
				}
				return Outcome{Ask: Fewer, After: after}
			}
			begun := time.Now()
			err := p.Do(t.Context(), Load{}, refuse)
			long := after > 10*time.Minute
			var gone *GaveUp
			if errors.As(err, &gone) != long || long && (gone.Next != after || gone.Tries != 1) {
				t.Errorf("after %d: gave %#v", after, err)
			}
			if took := time.Since(begun); took > 12*time.Second || long && took > 0 {
				t.Errorf("after %d: took %s", after, took)
			}
			if long { // nobody else waits for it either
				if err := p.Do(t.Context(), Load{}, refuse); !errors.As(err, &gone) || gone.Tries != 0 || gone.Next <= 10*time.Minute {
					t.Errorf("after %d: the next gave %#v", after, err)
				}
				if took := time.Since(begun); took > 0 {
					t.Errorf("after %d: the next took %s", after, took)
				}
			}
			if _, rate := p.Now(); rate < 0 || math.IsNaN(rate) || math.IsInf(rate, 0) {
				t.Errorf("after %d: the rate is %f", after, rate)
			}
			free(t, p)
		})
	}
}

func TestOnceIsTriedOnce(t *testing.T) {
	for ask := range asks {
		synctest.Test(t, func(t *testing.T) {
			p := New(Settings{})
			tries := 0
			err := p.Do(t.Context(), Load{Once: true}, func(context.Context) Outcome {
				tries++
				return Outcome{Ask: ask, After: time.Second}
			})
			if tries != 1 || err != nil {
				t.Errorf("ask %d: %d tries and %v, want 1 and none", ask, tries, err)
			}
			free(t, p)
		})
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		o               Outcome
		served, refused int
	}{
		{Outcome{}, 20, 0},
		{Outcome{Refused: 5}, 15, 5},
		{Outcome{Refused: 50}, 0, 20},
		{Outcome{Refused: -5}, 20, 0},
		{Outcome{Ask: Fewer}, 0, 20},
		{Outcome{Ask: Fewer, Refused: 5}, 15, 5},
		{Outcome{Ask: Fault}, 0, 0},
		{Outcome{Ask: Fault, Refused: 5}, 0, 5},
		{Outcome{Ask: Reach}, 0, 0},
		{Outcome{Ask: Broken}, 0, 0},
	} {
		if served, refused := c.o.split(20); served != c.served || refused != c.refused {
			t.Errorf("%+v: %d served and %d refused, want %d and %d", c.o, served, refused, c.served, c.refused)
		}
	}
}

func TestPartRefusedSetsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{})
		for _, refused := range []int{0, 5} {
			if _, rate := p.Now(); rate != 0 {
				t.Errorf("there is a rate of %f before anything was refused", rate)
			}
			_ = p.Do(t.Context(), Load{Units: 20}, func(context.Context) Outcome {
				time.Sleep(time.Second)
				return Outcome{Refused: refused}
			})
		}
		if _, rate := p.Now(); rate <= 0 || rate > 35 {
			t.Errorf("the rate is %f, want one of at most 35 as 35 units were served in 2 seconds", rate)
		}
	})
}
