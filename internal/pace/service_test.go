package pace

import (
	"context"
	"flag"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// table makes TestTable print what docs/pace.md shows.
var table = flag.Bool("table", false, "print the tables of docs/pace.md")

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// work is one kind of call.
type work struct {
	name    string
	units   int
	latency time.Duration
}

var (
	single = work{"1 unit, 80 ms", 1, 80 * time.Millisecond}
	batch  = work{"20 units, 400 ms", 20, 400 * time.Millisecond}
)

// bucket is a service that refills so many units a second, up to a capacity,
// and has whoever comes when it is empty wait.
type bucket struct {
	name             string
	refill, capacity float64
	after            time.Duration // 0: it does not say
	date             bool          // the wait ends with a whole second, as it does when it comes as an HTTP date
	window           time.Duration // it refills at the end of each such time only, and names that end

	mu              sync.Mutex
	level           float64
	at, began       time.Time
	served, refused int
	lateServed      int // after the first 30 seconds
	lateRefused     int
}

func (b *bucket) begin() {
	b.level, b.at, b.began = b.capacity+b.refill*b.window.Seconds(), time.Now(), time.Now()
}

// answer takes units and says how many of them were refused.
func (b *bucket) answer(units int) Outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.fill(now)
	got := min(units, int(b.level+1e-6))
	b.level -= float64(got)
	b.served += got
	b.refused += units - got
	if now.Sub(b.began) > 30*time.Second {
		b.lateServed += got
		b.lateRefused += units - got
	}
	if got == units {
		return Outcome{}
	}
	after := b.after
	if b.window > 0 {
		after = b.at.Add(b.window).Sub(now)
	}
	if b.date {
		after = now.Add(after + time.Second - 1).Truncate(time.Second).Sub(now)
	}
	return Outcome{Refused: units - got, After: after}
}

func (b *bucket) fill(now time.Time) {
	if b.window == 0 {
		b.level = min(b.capacity, b.level+b.refill*now.Sub(b.at).Seconds())
		b.at = now
		return
	}
	for now.Sub(b.at) >= b.window {
		b.level, b.at = b.refill*b.window.Seconds(), b.at.Add(b.window)
	}
}

// set changes what is refilled from now on.
func (b *bucket) set(refill float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(time.Now())
	b.refill = refill
}

func (b *bucket) total() (served, refused int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.served, b.refused
}

// call is one try of some work.
func (b *bucket) call(w work) func(context.Context) Outcome {
	return func(ctx context.Context) Outcome {
		o := b.answer(w.units)
		_ = Sleep(ctx, w.latency)
		return o
	}
}

// demand has so many workers call again and again for a time, and waits for them.
func demand(ctx context.Context, length time.Duration, workers int, call func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var g sync.WaitGroup
	for range workers {
		g.Go(func() {
			for ctx.Err() == nil {
				if call(ctx) != nil {
					_ = Sleep(ctx, time.Second) // lest it go round and round at one moment
				}
			}
		})
	}
	g.Wait()
}

// each has so many calls made by as many workers, and gives how long it took
// and how many were given up.
func each(ctx context.Context, calls, workers int, call func(context.Context) error) (took time.Duration, lost int) {
	begun := time.Now()
	var (
		g    sync.WaitGroup
		mu   sync.Mutex
		next = make(chan struct{})
	)
	for range workers {
		g.Go(func() {
			for range next {
				if call(ctx) != nil {
					mu.Lock()
					lost++
					mu.Unlock()
				}
			}
		})
	}
	for range calls {
		next <- struct{}{}
	}
	close(next)
	g.Wait()
	return time.Since(begun), lost
}

// free fails the test unless all places are free.
func free(t *testing.T, p *Pacer) {
	t.Helper()
	p.queue.mu.Lock()
	defer p.queue.mu.Unlock()
	if p.queue.underWay != 0 || p.queue.next != nil || len(p.line) != 0 {
		t.Errorf("%d places are taken and %d calls are next, want none", p.queue.underWay, len(p.line))
	}
}
