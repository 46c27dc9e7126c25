package lab

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// clock is a lab's clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// statuses sends the same request several times.
func statuses(t *testing.T, g *Graph, times int, path string, headers ...string) []int {
	t.Helper()
	var out []int
	for range times {
		out = append(out, ask(t, g, http.MethodGet, path, nil, headers...).status)
	}
	return out
}

func TestThrottle(t *testing.T) {
	c := newClock()
	g := startLab(t, WithClock(c.now), WithThrottle(Bucket{Refill: 1, Capacity: 2, RetryAfter: 1500 * time.Millisecond})).Graph()
	if n := g.Throttle(); n.Served != 0 || !n.Since.IsZero() || n.Allowed != 2 || len(g.ThrottleBySecond()) != 0 {
		t.Errorf("before the first request: %+v", n)
	}
	if got := statuses(t, g, 2, annaPhoto); !slices.Equal(got, []int{200, 200}) {
		t.Errorf("a full bucket: %v", got)
	}
	a := ask(t, g, http.MethodGet, annaPhoto, nil)
	wantProblem(t, a, 429, "TooManyRequests")
	if a.header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	c.move(2 * time.Second)
	if got := statuses(t, g, 3, annaPhoto); !slices.Equal(got, []int{200, 200, 429}) {
		t.Errorf("two seconds later: %v", got)
	}
	want := ThrottleCount{Served: 4, Refused: 2, Since: newClock().at, Allowed: 4}
	if got := g.Throttle(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := g.ThrottleBySecond(); !slices.Equal(got, []ThrottleSecond{{2, 1}, {0, 0}, {2, 1}}) {
		t.Errorf("by second: %+v", got)
	}
	g.ResetThrottleCount()
	if got := statuses(t, g, 1, annaPhoto); got[0] != 200 || g.Throttle().Since != c.now() || g.Throttle().Served != 1 {
		t.Errorf("after the reset: %v, %+v", got, g.Throttle())
	}
}

func TestThrottleCountsItemsOfABatch(t *testing.T) {
	c := newClock()
	g := startLab(t, WithClock(c.now), WithThrottle(Bucket{Refill: 1, Capacity: 3, RetryAfter: time.Second})).Graph()
	var items []one
	for i := range 5 {
		items = append(items, get(fmt.Sprint(i), annaPhoto))
	}
	_, got := responses(t, send(t, g, items...))
	for id, status := range map[string]int{"0": 200, "1": 200, "2": 200, "3": 429, "4": 429} {
		if got[id].Status != status || status == 429 && got[id].Headers["Retry-After"] != "1" {
			t.Errorf("item %s: %+v", id, got[id])
		}
	}
	if n := g.Throttle(); n.Served != 3 || n.Refused != 2 {
		t.Errorf("%+v", n)
	}
}

func TestThrottleSaysADate(t *testing.T) {
	c := newClock()
	c.move(300 * time.Millisecond)
	g := startLab(t, WithClock(c.now), WithThrottle(Bucket{Capacity: 1, RetryAfter: 5 * time.Second, RetryAfterDate: true})).Graph()
	ask(t, g, http.MethodGet, annaPhoto, nil)
	if got := ask(t, g, http.MethodGet, annaPhoto, nil).header.Get("Retry-After"); got != "Sun, 22 Nov 2026 12:00:06 GMT" {
		t.Errorf("Retry-After %q", got)
	}
	g.SetThrottle(Bucket{Capacity: 1})
	ask(t, g, http.MethodGet, annaPhoto, nil)
	if a := ask(t, g, http.MethodGet, annaPhoto, nil); a.status != 429 || len(a.header.Values("Retry-After")) != 0 {
		t.Errorf("%d, Retry-After %q", a.status, a.header.Values("Retry-After"))
	}
	g.SetThrottle(Bucket{})
	if got := statuses(t, g, 3, annaPhoto); !slices.Equal(got, []int{200, 200, 200}) || g.Throttle().Served != 3 || g.Throttle().Allowed != 0 {
		t.Errorf("off: %v, %+v", got, g.Throttle())
	}
}

func TestThrottlePerAppAndTenant(t *testing.T) {
	c := newClock()
	g := startLab(t, WithClock(c.now), WithTokens(true), WithThrottle(Bucket{Capacity: 1})).Graph()
	of := func(spec TokenSpec) string {
		spec.Roles = []string{"User.Read.All"}
		return "Bearer " + g.IssueTokenFor(spec)
	}
	for name, spec := range map[string]TokenSpec{"the lab's": {}, "another app": {App: "app-2"}, "another tenant": {Tenant: "tenant-2"}} {
		for _, want := range []int{200, 429} {
			if got := statuses(t, g, 1, annaPhoto, "Authorization", of(spec)); got[0] != want {
				t.Errorf("%s: %d, want %d", name, got[0], want)
			}
		}
	}
	wantProblem(t, ask(t, g, http.MethodGet, annaPhoto, nil), 401, "InvalidAuthenticationToken")
	if n := g.Throttle(); n.Served != 3 || n.Refused != 3 || n.Allowed != 3 {
		t.Errorf("%+v", n)
	}
}

func TestThrottleCountIsBounded(t *testing.T) {
	c := newClock()
	g := startLab(t, WithClock(c.now)).Graph()
	ask(t, g, http.MethodGet, annaPhoto, nil)
	c.move(1000 * time.Hour)
	ask(t, g, http.MethodGet, annaPhoto, nil)
	if got := g.ThrottleBySecond(); len(got) != longestCount || got[longestCount-1].Served != 1 {
		t.Errorf("%d seconds", len(got))
	}
}
