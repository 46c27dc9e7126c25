package pace

import (
	"container/list"
	"context"
	"sync"
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
	// memory is how long the quickest answer of a kind stays the usual one.
	memory = time.Minute
)

// queue lets in as many calls as the service answers well, the first first.
type queue struct {
	mu       sync.Mutex
	most     float64
	limit    float64
	underWay int
	waiting  list.List // of chan struct{}
	doubling bool      // no refusal yet: each answer makes room for one more
	cutAt    time.Time
	kinds    map[string]*usual
}

// usual is how long calls of a kind take.
type usual struct {
	quickest time.Duration // in the last minute or two
	next     time.Duration // the quickest since turned
	turned   time.Time
	mean     time.Duration // of late, moving
}

func newQueue(most int) queue {
	return queue{most: float64(most), limit: float64(min(start, most)), doubling: true, kinds: make(map[string]*usual)}
}

// enter waits for a place.
func (q *queue) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if float64(q.underWay+1) <= q.limit && q.waiting.Len() == 0 {
		q.underWay++
		q.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	at := q.waiting.PushBack(turn)
	q.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-turn: // it came at the same moment
		q.underWay--
		q.admit()
	default:
		q.waiting.Remove(at)
	}
	return ctx.Err()
}

// admit lets in who waits, as far as there is room. q.mu is held.
func (q *queue) admit() {
	for q.waiting.Len() > 0 && float64(q.underWay+1) <= q.limit {
		q.underWay++
		close(q.waiting.Remove(q.waiting.Front()).(chan struct{})) //nolint:forcetypeassert // nothing else is in it
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
	full := q.waiting.Len() > 0 || float64(q.underWay) >= q.limit-1
	q.underWay--
	switch {
	case bad:
		if begun.After(q.cutAt) { // calls that were under way then had been refused together
			q.limit, q.doubling, q.cutAt = max(1, q.limit*cut), false, now
		}
	case q.isLate(kind, now.Sub(begun), now) || !full:
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
		u = &usual{quickest: took, next: took, turned: now, mean: took}
		q.kinds[kind] = u
	}
	if now.Sub(u.turned) > memory {
		u.quickest, u.next, u.turned = u.next, took, now
	}
	u.quickest, u.next = min(u.quickest, took), min(u.next, took)
	u.mean += (took - u.mean) / 8
	return u.mean > late*u.quickest+margin
}

func (q *queue) bound() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return int(q.limit)
}
