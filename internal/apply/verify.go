package apply

import (
	"context"
	"slices"
	"sync"
	"time"

	"photosync/internal/record"
)

const (
	mostAsked = 100                    // people whose etags are asked for by one call
	mostLooks = 8                      // people who are looked at alone at once: a photo may have some megabytes
	gather    = 300 * time.Millisecond // the least time from one look at many to the next, so that there are many
	lastLook  = 5 * time.Second        // what a look is given when time is up
)

// spaces has the waits between the looks at one photo; the last goes on.
var spaces = [...]time.Duration{
	300 * time.Millisecond, 700 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second,
}

func (w *work) verifyTimeout() time.Duration {
	if w.VerifyTimeout > 0 {
		return w.VerifyTimeout
	}
	return DefaultVerifyTimeout
}

// verifier looks at what was written until it is seen or its time is over. Its
// fields belong to the goroutine that runs [work.follow].
type verifier struct {
	*work
	waiting  []*written
	alone    int            // people who are being looked at alone
	last     bool           // the run was cancelled: whoever waits gets one more look
	earliest time.Time      // for the next look at many
	ends     sync.WaitGroup // what runs beside follow
}

// follow follows behind the workers until they have ended and nothing waits any
// more. A cancelled ctx counts from when the writes under way are finished; until
// then there is time to look.
func (w *work) follow(ctx context.Context) {
	v := &verifier{work: w}
	defer v.ends.Wait()
	looking, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	timer := time.NewTimer(0)
	defer timer.Stop()
	answered, cancelled := w.answered, (<-chan struct{})(nil)
	for answered != nil || len(v.waiting) > 0 || v.alone > 0 {
		var due <-chan time.Time
		if len(v.waiting) > 0 {
			timer.Reset(time.Until(v.next()))
			due = timer.C
		}
		select {
		case one, ok := <-answered:
			if ok {
				v.waiting = append(v.waiting, one)
			} else {
				answered, cancelled = nil, ctx.Done()
			}
		case one := <-w.again:
			v.alone--
			if one != nil {
				v.unseen(one)
			}
		case <-cancelled:
			cancelled, v.last = nil, true
			defer time.AfterFunc(lastLook, cutOff).Stop()
		case <-due:
			v.lookAtMany(looking)
		}
	}
}

// next gives when somebody is to be looked at.
func (v *verifier) next() time.Time {
	if v.last {
		return time.Now()
	}
	first := v.waiting[0].due
	for _, one := range v.waiting[1:] {
		if one.due.Before(first) {
			first = one.due
		}
	}
	if first.Before(v.earliest) {
		return v.earliest
	}
	return first
}

// lookAtMany looks at everybody who is to be looked at by now.
func (v *verifier) lookAtMany(ctx context.Context) {
	now := time.Now()
	v.earliest = now.Add(gather)
	var due []*written
	v.waiting = slices.DeleteFunc(v.waiting, func(one *written) bool {
		isDue := v.last || !one.due.After(now)
		if isDue {
			due = append(due, one)
		}
		return isDue
	})
	for some := range slices.Chunk(due, mostAsked) {
		v.lookAt(ctx, some)
	}
}

// lookAt asks for the etags of some people. Those of whom they tell that the
// write can be seen are looked at alone, beside.
func (v *verifier) lookAt(ctx context.Context, some []*written) {
	ids := make([]string, len(some))
	over := some[0].over
	for i, one := range some {
		ids[i] = one.change.CloudID
		if one.over.After(over) {
			over = one.over
		}
	}
	bounded, cancel := within(ctx, over)
	defer cancel()
	seen, err := v.Cloud.ETags(bounded, ids)
	switch {
	case err != nil && bounded.Err() != nil:
		err = errNoAnswer
	case err == nil && len(seen) != len(ids):
		err = record.Errorf(record.InternalError, "read back %d photos: %d answers", len(ids), len(seen))
	}
	for i, one := range some {
		found := Seen{Err: err}
		if err == nil {
			found = seen[i]
		}
		if one.found(found) {
			v.alone++
			v.ends.Go(func() { v.lookAtOne(ctx, one) })
		} else {
			v.unseen(one)
		}
	}
}

// lookAtOne looks at one person alone, and ends the change when the write is seen.
func (v *verifier) lookAtOne(ctx context.Context, one *written) {
	v.looks <- struct{}{}
	err := v.confirm(ctx, one)
	<-v.looks
	if one.judge(err) {
		v.end(one)
		v.again <- nil
		return
	}
	v.again <- one
}

// unseen ends a change whose write was not seen by its last look, or has it
// looked at again.
func (v *verifier) unseen(one *written) {
	now := time.Now()
	if v.last || !now.Before(one.over) || one.differed >= believed {
		v.ends.Go(func() { v.end(one) })
		return
	}
	one.due = now.Add(spaces[min(one.looks, len(spaces)-1)])
	one.looks++
	if one.due.After(one.over) {
		one.due = one.over
	}
	v.waiting = append(v.waiting, one)
}

// end ends a change by what the last look found.
func (v *verifier) end(one *written) {
	err := one.conclude()
	v.at(PointSeen)
	v.finish(one.change, one.end, err, true)
}

// within gives a context that ends with the time for a look, which is a few
// seconds at least.
func within(ctx context.Context, over time.Time) (context.Context, context.CancelFunc) {
	if least := time.Now().Add(lastLook); over.Before(least) {
		over = least
	}
	return context.WithDeadline(ctx, over)
}
