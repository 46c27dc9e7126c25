package pace

import (
	"context"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// bucket is a service that refills so many units a second, up to a capacity,
// and has whoever comes when it is empty wait.
type bucket struct {
	refill, capacity float64
	after            time.Duration

	level           float64
	at, began       time.Time
	served, refused int
	lateRefused     int // after the first 30 seconds
	lateServed      int
	events          int
}

// serve takes units and gives how many of them were refused.
func (b *bucket) serve(units int) int {
	now := time.Now()
	b.level = min(b.capacity, b.level+b.refill*now.Sub(b.at).Seconds())
	b.at = now
	got := min(units, int(b.level))
	b.level -= float64(got)
	b.served += got
	b.refused += units - got
	if now.Sub(b.began) > 30*time.Second {
		b.lateServed += got
		b.lateRefused += units - got
	}
	return units - got
}

// scan has work of so many units a call done by as many as want to, for a time.
func scan(t *testing.T, b *bucket, units int, latency, length time.Duration) (share, late float64) {
	synctest.Test(t, func(t *testing.T) {
		b.level, b.at, b.began = b.capacity, time.Now(), time.Now()
		p := New(Settings{Waiting: func(Wait) { b.events++ }})
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		var g errgroup.Group
		serve := make(chan int) // one at a time
		answers := make(chan int)
		go func() {
			for n := range serve {
				answers <- b.serve(n)
			}
		}()
		for range 200 {
			g.Go(func() error {
				for ctx.Err() == nil {
					_ = p.Do(ctx, Load{Kind: "x", Units: units, Once: true}, func(ctx context.Context) Outcome {
						serve <- units
						refused := <-answers
						_ = Sleep(ctx, latency)
						return Outcome{Refused: refused, After: map[bool]time.Duration{true: b.after}[refused > 0]}
					})
				}
				return nil
			})
		}
		_ = g.Wait()
		close(serve)
		allowed := b.capacity + b.refill*length.Seconds()
		share = float64(b.served) / allowed
		late = float64(b.lateRefused) / math.Max(1, float64(b.lateServed+b.lateRefused))
	})
	return share, late
}

func TestSim(t *testing.T) {
	for _, b := range []bucket{
		{refill: 100, capacity: 200, after: 2 * time.Second},
		{refill: 40, capacity: 400, after: 10 * time.Second},
		{refill: 250, capacity: 250, after: 5 * time.Second},
		{refill: 50, capacity: 50, after: 10 * time.Second},
		{refill: 50, capacity: 50, after: 1 * time.Second},
		{refill: 350, capacity: 3500, after: 10 * time.Second},
		{refill: 800, capacity: 8000, after: 10 * time.Second},
		{refill: 10, capacity: 100, after: 30 * time.Second},
		{refill: 1000, capacity: 300, after: 3 * time.Second},
	} {
		for _, u := range []struct {
			units int
			lat   time.Duration
		}{{1, 80 * time.Millisecond}, {20, 400 * time.Millisecond}} {
			for _, length := range []time.Duration{2 * time.Minute, 5 * time.Minute} {
				c := b
				share, late := scan(t, &c, u.units, u.lat, length)
				fmt.Printf("refill %5.0f capacity %5.0f after %3s units %2d length %4s: %5.1f %% of allowed, %4.2f %% late refused, %d events\n", b.refill, b.capacity, b.after, u.units, length, 100*share, 100*late, c.events)
			}
		}
	}
}
