package lab

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Bucket is a token bucket: what Microsoft Graph allows one app in one tenant.
// A request costs 1; a batch costs nothing, each of its items 1. Refused
// requests cost nothing. The zero Bucket allows everything.
type Bucket struct {
	Refill         float64       // requests per second
	Capacity       float64       // requests, at least 1; the bucket starts full
	RetryAfter     time.Duration // said to refused requests, rounded up to whole seconds; 0 = no Retry-After header
	RetryAfterDate bool          // as an HTTP date
}

// ThrottleCount is what was asked of Microsoft Graph: requests and items of
// batches, but not batches.
type ThrottleCount struct {
	Served  int64     // requests that were let through
	Refused int64     // requests that were answered with 429
	Since   time.Time // of the first request; zero if there was none
	Allowed float64   // requests that the buckets would have let through from Since until now; 0 without a bucket
}

// ThrottleSecond is what was asked in one second.
type ThrottleSecond struct{ Served, Refused int64 }

// longestCount is how many seconds are counted singly: a day. What comes later
// is counted with the last of them.
const longestCount = 24 * 60 * 60

// throttle holds the buckets and counts.
type throttle struct {
	now func() time.Time

	mu      sync.Mutex
	bucket  Bucket
	levels  map[string]*level // by app and tenant
	count   ThrottleCount
	seconds []ThrottleSecond
}

// level is what is in a bucket.
type level struct {
	left float64 // requests
	at   time.Time
}

// WithThrottle gives each app and tenant a bucket of requests; without tokens
// there is one for all. A request that finds it empty is answered with 429
// TooManyRequests, an item of a batch inside the answer of the batch.
func WithThrottle(b Bucket) Option { return func(s *settings) { s.bucket = b } }

// SetThrottle changes what [WithThrottle] set: the buckets are full and the
// counts are zero again. The zero Bucket turns throttling off.
func (g *Graph) SetThrottle(b Bucket) {
	g.throttle.mu.Lock()
	defer g.throttle.mu.Unlock()
	g.throttle.bucket = b
	g.throttle.restart()
}

// Throttle gives the counts since [Graph.SetThrottle] or
// [Graph.ResetThrottleCount]. Requests are counted without a bucket as well.
func (g *Graph) Throttle() ThrottleCount {
	t := &g.throttle
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.count
	if t.bucket == (Bucket{}) {
		return out
	}
	seconds := 0.0
	if !out.Since.IsZero() {
		seconds = max(0, t.now().Sub(out.Since).Seconds())
	}
	out.Allowed = float64(max(1, len(t.levels))) * (t.bucket.capacity() + t.bucket.Refill*seconds)
	return out
}

// ThrottleBySecond gives the counts by whole seconds since the Since of
// [Graph.Throttle], a day at most.
func (g *Graph) ThrottleBySecond() []ThrottleSecond {
	g.throttle.mu.Lock()
	defer g.throttle.mu.Unlock()
	return slices.Clone(g.throttle.seconds)
}

// ResetThrottleCount sets the counts to zero. It fills the buckets too, so that
// Allowed holds for what comes.
func (g *Graph) ResetThrottleCount() {
	g.throttle.mu.Lock()
	defer g.throttle.mu.Unlock()
	g.throttle.restart()
}

// restart forgets levels and counts; the caller holds the lock.
func (t *throttle) restart() {
	t.levels, t.count, t.seconds = make(map[string]*level), ThrottleCount{}, nil
}

// admit counts a request of the token's app and tenant. It gives the refusal,
// nil if there is none.
func (t *throttle) admit(of *token) *reply {
	owner := ""
	if of != nil {
		owner = of.App + " " + of.Tenant
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if t.count.Since.IsZero() {
		t.count.Since = now
	}
	second := t.second(now)
	if t.take(owner, now) {
		t.count.Served++
		second.Served++
		return nil
	}
	t.count.Refused++
	second.Refused++
	return t.bucket.refusal(now)
}

// second gives the count of the second that now lies in.
func (t *throttle) second(now time.Time) *ThrottleSecond {
	at := int(min(max(0, now.Sub(t.count.Since)/time.Second), longestCount-1))
	if missing := at + 1 - len(t.seconds); missing > 0 {
		t.seconds = append(t.seconds, make([]ThrottleSecond, missing)...)
	}
	return &t.seconds[at]
}

// take takes one request out of the owner's bucket, if it holds one.
func (t *throttle) take(owner string, now time.Time) bool {
	if t.bucket == (Bucket{}) {
		return true
	}
	l := t.levels[owner]
	if l == nil {
		l = &level{left: t.bucket.capacity(), at: now}
		t.levels[owner] = l
	}
	if passed := now.Sub(l.at); passed > 0 {
		l.left, l.at = min(t.bucket.capacity(), l.left+t.bucket.Refill*passed.Seconds()), now
	}
	if l.left < 1-1e-9 { // tenths of a second do not add up exactly
		return false
	}
	l.left--
	return true
}

func (b Bucket) capacity() float64 { return max(1, b.Capacity) }

// refusal is the answer to a request that found the bucket empty.
func (b Bucket) refusal(now time.Time) *reply {
	r := refuse(http.StatusTooManyRequests, "TooManyRequests", "Too many requests from this application. Please retry later.")
	switch {
	case b.RetryAfter <= 0:
	case b.RetryAfterDate:
		at := now.Add(b.RetryAfter)
		if whole := at.Truncate(time.Second); whole.Before(at) {
			at = whole.Add(time.Second)
		}
		r.header.Set("Retry-After", at.UTC().Format(http.TimeFormat))
	default:
		r.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(b.RetryAfter.Seconds()))))
	}
	return r
}
