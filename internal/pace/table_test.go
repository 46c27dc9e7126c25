package pace

import (
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// TestTable prints the tables of docs/pace.md:
//
//	go test ./internal/pace -run TestTable -table -v
func TestTable(t *testing.T) {
	if !*table {
		t.Skip("without -table")
	}
	out := t.Output()
	tableOfBuckets(t, out, "service that is found", buckets())
	tableOfBuckets(t, out, "service that is not", hard())
	tableOfChange(t, out)
	tableOfCut(t, out)
	tableOfRefused(t, out)
	tableOfGrowth(t, out)
}

func tableOfBuckets(t *testing.T, out io.Writer, title string, list []*bucket) {
	_, _ = fmt.Fprintf(out, "\n| %s | calls | served | refused after 30 s | pauses |\n| --- | --- | --- | --- | --- |\n", title)
	for _, b := range list {
		for _, w := range []work{single, batch} {
			c := &bucket{name: b.name, refill: b.refill, capacity: b.capacity, after: b.after, date: b.date, window: b.window}
			share, late, pauses := scan(t, c, w, 5*time.Minute, 0)
			_, _ = fmt.Fprintf(out, "| %s | %s | %.1f %% | %.2f %% | %d |\n", b.name, w.name, 100*share, 100*late, pauses)
		}
	}
}

func tableOfChange(t *testing.T, out io.Writer) {
	_, _ = fmt.Fprint(out, "\n| 100/s becomes | calls | found after |\n| --- | --- | --- |\n")
	for _, refill := range []float64{10, 50, 200, 400} {
		for _, w := range []work{single, batch} {
			_, _ = fmt.Fprintf(out, "| %.0f/s | %s | %s |\n", refill, w.name, follow(t, w, refill, 0.9))
		}
	}
}

// finish has a fixed amount of work done by a bucket.
func finish(t *testing.T, b *bucket, w work, calls int, cut float64) (took time.Duration, refused float64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b.begin()
		p := New(Settings{})
		p.queue.cut = cut
		took, _ = each(t.Context(), calls, 100, func(ctx context.Context) error {
			return p.Do(ctx, Load{Units: w.units}, b.call(w))
		})
	})
	return took, float64(b.refused) / float64(b.served+b.refused)
}

func tableOfCut(t *testing.T, out io.Writer) {
	const times = 5
	_, _ = fmt.Fprint(out, "\n| cut | service | time | refused or failed | given up |\n| --- | --- | --- | --- | --- |\n")
	row := func(cut float64, name string, run func() (time.Duration, float64, int)) {
		var (
			took  time.Duration
			share float64
			lost  int
		)
		for range times {
			d, s, l := run()
			took, share, lost = took+d/times, share+s/times, lost+l
		}
		_, _ = fmt.Fprintf(out, "| %.2f | %s | %.1f s | %.2f %% | %d of %d |\n", cut, name, took.Seconds(), 100*share, lost, times*20000)
	}
	for i := range frails() {
		for _, cut := range []float64{0.5, 0.7, 0.85} {
			f := frails()[i]
			row(cut, f.name, func() (time.Duration, float64, int) { return endure(t, f.new(), 20000, cut) })
		}
	}
	for i := range buckets() {
		for _, cut := range []float64{0.5, 0.7, 0.85} {
			b := buckets()[i]
			row(cut, b.name, func() (time.Duration, float64, int) {
				took, refused := finish(t, buckets()[i], single, 20000, cut)
				return took, refused, 0
			})
		}
	}
}

func tableOfRefused(t *testing.T, out io.Writer) {
	_, _ = fmt.Fprint(out, "\n| refused for ever | wait | others before | others meanwhile |\n| --- | --- | --- | --- |\n")
	for _, kind := range []string{"bad", "good", "part", "untold part"} {
		for _, after := range []time.Duration{0, 2 * time.Second, 10 * time.Second} {
			before, during, _, _ := besides(t, kind, after, 3)
			_, _ = fmt.Fprintf(out, "| %s | %s | %.0f/s | %.0f/s |\n", kind, after, before, during)
		}
	}
}

func tableOfGrowth(t *testing.T, out io.Writer) {
	_, _ = fmt.Fprint(out, "\n| 10 at once, the rest waits | bound | used |\n| --- | --- | --- |\n")
	for _, length := range []time.Duration{time.Second, 10 * time.Second, time.Minute, 3 * time.Minute, 10 * time.Minute} {
		bound, used := grown(t, length)
		_, _ = fmt.Fprintf(out, "| %s | %d | %.1f %% |\n", length, bound, 100*used)
	}
	_, _ = fmt.Fprint(out, "\n| deviation of the time that answers take | bound after 10 s |\n| --- | --- |\n")
	for _, sigma := range []float64{0, 0.3, 0.5, 0.8} {
		_, _ = fmt.Fprintf(out, "| %.1f | %d |\n", sigma, spread(t, sigma))
	}
}
