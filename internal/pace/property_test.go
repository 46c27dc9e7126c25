package pace

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// sound fails the test unless what must always hold does.
func sound(t *testing.T, p *Pacer, underWay *atomic.Int64) {
	t.Helper()
	q := p.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.limit < 1 || q.limit > q.most || math.IsNaN(q.limit):
		t.Errorf("the bound is %f, want from 1 to %f", q.limit, q.most)
	case q.underWay < 0 || float64(q.underWay) > q.most:
		t.Errorf("%d places are taken, want from 0 to %f", q.underWay, q.most)
	case int64(q.underWay) < underWay.Load(): // counted after entering, and before leaving
		t.Errorf("%d calls are under way in %d places", underWay.Load(), q.underWay)
	case q.next != nil && float64(q.underWay+1) <= q.limit:
		t.Errorf("a call waits, with %d of %f places taken", q.underWay, q.limit)
	}
	p.tempo.mu.Lock()
	defer p.tempo.mu.Unlock()
	if r := float64(p.tempo.limiter.Limit()); p.tempo.turn > 0 && (r < least || math.IsNaN(r) || math.IsInf(r, 0)) {
		t.Errorf("the rate is %f", r)
	}
}

// byTest is what a try panics with.
const byTest = "by test"

// script is what a service does, as bytes say: one after the other, for ever.
type script struct {
	bytes []byte
	at    atomic.Int64
}

func (s *script) next() int {
	return int(s.bytes[int(s.at.Add(1)-1)%len(s.bytes)])
}

// play is one try: it takes a while and ends in some way.
func (s *script) play(ctx context.Context, cancel func()) Outcome {
	o := Outcome{Ask: Ask(s.next() % int(asks+3))}
	if o.Ask >= asks { // most answers are good
		o.Ask = Nothing
	}
	switch n := s.next(); n % 16 {
	case 0:
		panic(byTest)
	case 1:
		cancel()
	case 2:
		o.Refused = s.next() - 64
	case 3, 4:
		o.After = time.Duration(s.next()) * 100 * time.Millisecond
	case 5:
		o.After = time.Duration(math.MinInt64) >> (s.next() % 64)
	case 6:
		o.After = time.Duration(math.MaxInt64) >> (s.next() % 64)
	}
	_ = Sleep(ctx, time.Duration(s.next())*time.Millisecond)
	return o
}

// run has calls made as a script says, and fails the test if anything is unsound.
func (s *script) run(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Settings{Most: 1 + s.next()%12, Patience: time.Duration(s.next()) * time.Second})
		var (
			underWay atomic.Int64
			g        sync.WaitGroup
		)
		for range 1 + s.next()%20 {
			g.Go(func() {
				for range 12 {
					s.one(t, p, &underWay)
				}
			})
		}
		g.Wait()
		sound(t, p, &underWay)
		free(t, p)
	})
}

func (s *script) one(t *testing.T, p *Pacer, underWay *atomic.Int64) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil && r != byTest {
			panic(r)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+s.next())*time.Second)
	defer cancel()
	load := Load{Kind: string(rune('a' + s.next()%3)), Units: s.next() - 8, Once: s.next()%2 == 0}
	_ = p.Do(ctx, load, func(ctx context.Context) Outcome {
		underWay.Add(1)
		sound(t, p, underWay)
		defer func() { underWay.Add(-1); sound(t, p, underWay) }()
		return s.play(ctx, cancel)
	})
}

func TestAlwaysSound(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		bytes := make([]byte, 1+r.IntN(2000))
		for i := range bytes {
			bytes[i] = byte(r.Uint32())
		}
		(&script{bytes: bytes}).run(t)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzSound(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{255, 7, 3, 1, 0, 0, 90})
	f.Add([]byte("the quick brown fox jumps over the lazy dog"))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if len(bytes) > 0 {
			(&script{bytes: bytes}).run(t)
		}
	})
}

// TestClockGoesBack has the time go back and forth, which it does where it is
// not that of time.Now.
func TestClockGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		p := New(Settings{Most: 8, Now: func() time.Time {
			return time.Now().Add(time.Duration(n.Add(1)%7-3) * time.Second)
		}})
		demand(t.Context(), 10*time.Minute, 20, func(ctx context.Context) error {
			return p.Do(ctx, Load{Units: 3}, func(ctx context.Context) Outcome {
				sound(t, p, new(atomic.Int64))
				_ = Sleep(ctx, 50*time.Millisecond)
				if n.Load()%5 == 0 {
					return Outcome{Ask: Fewer, After: time.Second}
				}
				return Outcome{}
			})
		})
		free(t, p)
	})
}
