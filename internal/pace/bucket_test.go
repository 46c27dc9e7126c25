package pace

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// buckets are the services whose rate is to be found. Their names go into the
// tables of docs/pace.md.
func buckets() []*bucket {
	return []*bucket{
		{name: "100/s, holds 200, wait 2 s", refill: 100, capacity: 200, after: 2 * time.Second},
		{name: "40/s, holds 400, wait 10 s", refill: 40, capacity: 400, after: 10 * time.Second},
		{name: "250/s, holds 250, wait 5 s", refill: 250, capacity: 250, after: 5 * time.Second},
		{name: "50/s, holds 50, wait 1 s", refill: 50, capacity: 50, after: time.Second},
		{name: "350/s, holds 3500, wait 10 s", refill: 350, capacity: 3500, after: 10 * time.Second},
		{name: "800/s, holds 8000, wait 10 s", refill: 800, capacity: 8000, after: 10 * time.Second},
		{name: "100/s, holds 200, no wait named", refill: 100, capacity: 200},
		{name: "50/s, holds 50, no wait named", refill: 50, capacity: 50},
		{name: "350/s, holds 3500, no wait named", refill: 350, capacity: 3500},
		{name: "100/s, holds 200, wait 2 s, as a date", refill: 100, capacity: 200, after: 2 * time.Second, date: true},
		{name: "350/s, holds 3500, wait 10 s, as a date", refill: 350, capacity: 3500, after: 10 * time.Second, date: true},
	}
}

// hard are services that the pace is known to fit badly.
func hard() []*bucket {
	return []*bucket{
		{name: "50/s, holds 50, wait 10 s", refill: 50, capacity: 50, after: 10 * time.Second},
		{name: "1000/s, holds 300, wait 3 s", refill: 1000, capacity: 300, after: 3 * time.Second},
		{name: "10/s, holds 100, wait 30 s", refill: 10, capacity: 100, after: 30 * time.Second},
		{name: "50/s, holds 50, wait 30 s", refill: 50, capacity: 50, after: 30 * time.Second},
		{name: "20/s, holds 10, wait 1 s", refill: 20, capacity: 10, after: time.Second},
		{name: "10/s, holds 100, wait 1 s", refill: 10, capacity: 100, after: time.Second},
		{name: "3000 in each 150 s, wait until it ends", refill: 20, capacity: 0, window: 150 * time.Second},
	}
}

// scan has work without end done for a time, and gives what part of the
// allowance was served, and what part of the units was refused after 30 seconds.
func scan(t *testing.T, b *bucket, w work, length time.Duration, most int) (share, late float64, pauses int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b.begin()
		p := New(Settings{Most: most, Waiting: func(Wait) { pauses++ }})
		demand(t.Context(), length, 200, func(ctx context.Context) error {
			return p.Do(ctx, Load{Units: w.units, Once: true}, b.call(w))
		})
		free(t, p)
	})
	allowed := b.capacity + b.refill*length.Seconds()
	return float64(b.served) / allowed, float64(b.lateRefused) / float64(max(1, b.lateServed+b.lateRefused)), pauses
}

func TestBuckets(t *testing.T) {
	for _, w := range []work{single, batch} {
		for _, b := range buckets() {
			t.Run(b.name+"/"+w.name, func(t *testing.T) {
				if testing.Short() && w.units == 1 && b.refill > 300 {
					t.Skip("100,000 calls and more")
				}
				least := 0.90
				if b.refill*b.after.Seconds() >= 5*b.capacity {
					least = 0.89 // each wait loses four fifths of what is refilled meanwhile
				}
				share, late, pauses := scan(t, b, w, 5*time.Minute, 0)
				t.Logf("%.1f %% of the allowance served, %.2f %% refused, %d pauses", 100*share, 100*late, pauses)
				if share < least {
					t.Errorf("%.1f %% of the allowance served, want %.0f %%", 100*share, 100*least)
				}
				if late > 0.02 {
					t.Errorf("%.2f %% refused after 30 s, want at most 2 %%", 100*late)
				}
			})
		}
	}
}

// TestLargeAndFew has calls that weigh more than is asked for at once otherwise,
// and bounds on calls below the one at the start.
func TestLargeAndFew(t *testing.T) {
	large := work{"150 units, 1 s", 150, time.Second}
	for _, c := range []struct {
		b    *bucket
		w    work
		most int
	}{
		{&bucket{refill: 100, capacity: 200, after: 2 * time.Second}, large, 0},
		{&bucket{refill: 100, capacity: 200}, large, 0},
		{&bucket{refill: 100, capacity: 200, after: 2 * time.Second}, large, 1},
		{&bucket{refill: 5, capacity: 10, after: 2 * time.Second}, single, 1},
		{&bucket{refill: 15, capacity: 30, after: 2 * time.Second}, single, 2},
		{&bucket{refill: 25, capacity: 50, after: 2 * time.Second}, single, 3},
	} {
		share, late, _ := scan(t, c.b, c.w, 5*time.Minute, c.most)
		t.Logf("%.0f/s, %s, Most %d: %.1f %% served, %.2f %% refused", c.b.refill, c.w.name, c.most, 100*share, 100*late)
		if share < 0.9 || late > 0.02 {
			t.Errorf("%.0f/s, %s, Most %d: %.1f %% served and %.2f %% refused, want 90 %% and 2 %%", c.b.refill, c.w.name, c.most, 100*share, 100*late)
		}
	}
}

// follow has work done while the allowance changes after 5 minutes, and gives
// how long it takes until 20 seconds in a row serve this part of the new one, and
// refuse less than a twentieth.
func follow(t *testing.T, w work, refill, part float64) (found time.Duration) {
	t.Helper()
	const change, span = 5 * time.Minute, 20 * time.Second
	synctest.Test(t, func(t *testing.T) {
		b := &bucket{refill: 100, capacity: 200, after: 2 * time.Second}
		b.begin()
		p := New(Settings{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			time.Sleep(change)
			b.set(refill)
			type sum struct{ served, refused int }
			var past []sum
			for at := range 600 {
				served, refused := b.total()
				past = append(past, sum{served, refused})
				if n := int(span.Seconds()); at >= n {
					served, refused = served-past[at-n].served, refused-past[at-n].refused
					if float64(served) >= part*refill*span.Seconds() && 20*refused < served {
						found = time.Duration(at) * time.Second
						return
					}
				}
				time.Sleep(time.Second)
			}
		}()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-done; cancel() }()
		demand(ctx, time.Hour, 200, func(ctx context.Context) error {
			return p.Do(ctx, Load{Units: w.units, Once: true}, b.call(w))
		})
	})
	return found
}

func TestChange(t *testing.T) {
	for _, c := range []struct {
		name   string
		refill float64
		within time.Duration
	}{
		{"halved", 50, time.Minute},
		{"doubled", 200, 4 * time.Minute},
	} {
		for _, w := range []work{single, batch} {
			t.Run(c.name+"/"+w.name, func(t *testing.T) {
				found := follow(t, w, c.refill, 0.9)
				t.Logf("found after %s", found)
				if found == 0 || found > c.within {
					t.Errorf("found after %s, want at most %s", found, c.within)
				}
			})
		}
	}
}
