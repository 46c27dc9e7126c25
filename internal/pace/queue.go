package pace

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// cut is what remains of the bound on calls under way after a refusal or a
// failure. Measured with 0.5, 0.7 and 0.85, see docs/pace.md.
const cut = 0.7

const (
	// late is how many times the usual time an answer may take before the bound
	// grows no more.
	late = 2
	// margin is by how much an answer may be late in any case.
	margin = 20 * time.Millisecond
	// few is of how many answers a mean is taken. The quickest single answer would
	// not do: among hundreds one is always so quick that all others seem late.
	few = 32
	// memory is how long the least mean of a kind stays the usual one.
	memory = time.Minute
)

// queue lets in as many calls as the service answers well.
type queue struct {
	mu       sync.Mutex
	most     float64
	limit    float64
	cut      float64
	underWay int
	wanting  atomic.Int32  // calls that are not yet sent
	next     chan struct{} // closed when there is a place for the one call that waits, if one does
	doubling bool          // no refusal yet: each answer makes room for one more
	cutAt    time.Time
	kinds    map[string]*usual
}

// usual is how long calls of a kind take.
type usual struct {
	answers int           // up to few
	mean    time.Duration // of the last few, about
	least   time.Duration // mean of the last minute or two
	next    time.Duration // the least mean since turned
	turned  time.Time
}

func newQueue(most int) *queue {
	return &queue{most: float64(most), limit: float64(min(start, most)), cut: cut, doubling: true, kinds: make(map[string]*usual)}
}

// enter waits for a place. Only one call at a time may.
func (q *queue) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if float64(q.underWay+1) <= q.limit {
		q.underWay++
		q.mu.Unlock()
		return nil
	}
	next := make(chan struct{})
	q.next = next
	q.mu.Unlock()
	select {
	case <-next:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.next == nil { // it came at the same moment
		q.underWay--
	}
	q.next = nil
	return ctx.Err()
}

// admit lets in who waits, if there is room. q.mu is held.
func (q *queue) admit() {
	if q.next != nil && float64(q.underWay+1) <= q.limit {
		q.underWay++
		close(q.next)
		q.next = nil
	}
}

// leave gives a place back without saying anything of the service.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.underWay--
	q.admit()
}

// take gives the place of an answered call back and fits the bound to the answer.
func (q *queue) take(kind string, begun, now time.Time, bad bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	full := q.wanting.Load() > 0 || float64(q.underWay) >= q.limit-1
	q.underWay--
	switch {
	case bad:
		if begun.After(q.cutAt) { // calls that were under way then had been refused together
			q.limit, q.doubling, q.cutAt = max(1, q.limit*q.cut), false, now
		}
	case q.isLate(kind, now.Sub(begun), now) && q.limit > start: // fewer would not make it quicker
		if q.doubling { // the bound doubled while the first late answer was under way
			q.limit, q.doubling = max(start, q.limit/2), false
		}
	case !full:
	case q.doubling:
		q.limit = min(q.most, q.limit+1)
	default:
		q.limit = min(q.most, q.limit+1/q.limit)
	}
	q.admit()
}

// isLate takes in how long an answer took and reports whether those of its kind
// come late by now.
func (q *queue) isLate(kind string, took time.Duration, now time.Time) bool {
	u := q.kinds[kind]
	if u == nil {
		u = &usual{turned: now}
		q.kinds[kind] = u
	}
	u.answers = min(u.answers+1, few)
	u.mean += (took - u.mean) / time.Duration(u.answers)
	switch {
	case u.answers < few || u.least == 0:
		u.least, u.next = u.mean, u.mean
	case now.Sub(u.turned) > memory:
		u.least, u.next, u.turned = u.next, u.mean, now
	}
	u.least, u.next = min(u.least, u.mean), min(u.next, u.mean)
	return u.answers == few && u.mean > late*u.least+margin
}

func (q *queue) bound() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return int(q.limit)
}
