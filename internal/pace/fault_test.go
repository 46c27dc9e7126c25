package pace

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// frail is a service that takes 80 ms, fails at times, and does not say how long to wait.
type frail struct {
	every, lasts time.Duration // it fails for so long, so often
	odds         float64       // a connection breaks now and then
	most         int           // more calls at once are refused
	ask          Ask           // what it asks for then

	begun          time.Time
	underWay       atomic.Int64
	served, failed atomic.Int64
}

func (s *frail) call(ctx context.Context) Outcome {
	defer s.underWay.Add(-1)
	ask := Nothing
	switch n := s.underWay.Add(1); {
	case s.every > 0 && time.Since(s.begun)%s.every > s.every-s.lasts:
		ask = s.ask
	case rand.Float64() < s.odds:
		ask = Broken
	case s.most > 0 && int(n) > s.most:
		ask = Fewer
	}
	if ask == Nothing {
		s.served.Add(1)
	} else {
		s.failed.Add(1)
	}
	_ = Sleep(ctx, single.latency)
	return Outcome{Ask: ask}
}

// endure has so many calls made, and gives how long it took, what part of the
// tries failed, and how many calls were given up.
func endure(t *testing.T, s *frail, calls int, cut float64) (took time.Duration, failed float64, lost int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s.begun = time.Now()
		p := New(Settings{})
		p.queue.cut = cut
		took, lost = each(t.Context(), calls, 100, func(ctx context.Context) error { return p.Do(ctx, Load{}, s.call) })
		free(t, p)
	})
	return took, float64(s.failed.Load()) / float64(s.failed.Load()+s.served.Load()), lost
}

// trouble is a service that is frail in some way. Its name goes into the tables
// of docs/pace.md.
type trouble struct {
	name   string
	new    func() *frail
	within time.Duration // for 20000 calls
}

func frails() []trouble {
	long := func(ask Ask) func() *frail {
		return func() *frail { return &frail{every: 20 * time.Second, lasts: 2 * time.Second, ask: ask} }
	}
	short := func(ask Ask) func() *frail {
		return func() *frail { return &frail{every: 5 * time.Second, lasts: 300 * time.Millisecond, ask: ask} }
	}
	return []trouble{
		{"fault for 2 s in each 20 s", long(Fault), 45 * time.Second},
		{"fewer for 2 s in each 20 s", long(Fewer), 60 * time.Second},
		{"fault for 0.3 s in each 5 s", short(Fault), 60 * time.Second},
		{"fewer for 0.3 s in each 5 s", short(Fewer), 60 * time.Second},
		{"1 of 100 connections breaks", func() *frail { return &frail{odds: 0.01} }, 2 * time.Minute},
		{"1 of 1000 connections breaks", func() *frail { return &frail{odds: 0.001} }, 45 * time.Second},
		{"more than 20 at once are refused", func() *frail { return &frail{most: 20} }, 150 * time.Second},
	}
}

func TestFrail(t *testing.T) {
	for _, f := range frails() {
		t.Run(f.name, func(t *testing.T) {
			took, failed, lost := endure(t, f.new(), 20000, cut)
			t.Logf("20000 calls took %s, %.2f %% of the tries failed, %d were given up", took, 100*failed, lost)
			if took > f.within {
				t.Errorf("took %s, want %s", took, f.within)
			}
			if failed > 0.06 {
				t.Errorf("%.2f %% of the tries failed, want 6 %%", 100*failed)
			}
			if lost > 10 { // 4 tries within a burst of 2 seconds, now and then
				t.Errorf("%d calls were given up, want hardly any", lost)
			}
		})
	}
}

// TestBusySaysNothingOfTheRate has one call in five met by a busy service: the
// calls under way are cut, and no rate comes of it.
func TestBusySaysNothingOfTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{Waiting: func(Wait) { t.Error("everybody was told to wait") }})
		for i := range 500 {
			tries := 0
			err := p.Do(t.Context(), Load{Kind: "x"}, func(context.Context) Outcome {
				if tries++; tries == 1 && i%5 == 0 {
					return Outcome{Ask: Busy}
				}
				return Outcome{}
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if calls, rate := p.Now(); rate != 0 || calls > Most {
			t.Errorf("%d calls, %g a second", calls, rate)
		}
		patience := p.Patience()
		n := 1
		for _, err := patience.Next(Outcome{Ask: Busy}); err == nil; n++ {
			_, err = patience.Next(Outcome{Ask: Busy})
		}
		if n != maxFewer {
			t.Errorf("%d tries, want %d", n, maxFewer)
		}
	})
}
