package auth

import (
	"context"
	"encoding/json"
	"sync"
)

// trail keeps how the last request of a sign-in ended, and what else azidentity
// hands on as text alone. It travels in the context of one GetToken.
type trail struct {
	mu       sync.Mutex
	outcome  outcome
	own      error // of what azidentity called back
	prompted bool  // a person was told a code
}

// outcome is how a request ended: with err, or with an answer.
type outcome struct {
	at, host string // the URL without its query, and its host; "" before the first request
	err      error
	status   int
	reason   string // the status as a line, such as 404 Not Found
	location string
	body     []byte
}

type trailKey struct{}

func (t *trail) in(ctx context.Context) context.Context { return context.WithValue(ctx, trailKey{}, t) }

// trailOf gives the trail of a context; one without takes notes nobody reads.
func trailOf(ctx context.Context) *trail {
	if t, ok := ctx.Value(trailKey{}).(*trail); ok {
		return t
	}
	return &trail{}
}

func (t *trail) note(o outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outcome = o
}

func (t *trail) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.own = err
}

func (t *trail) prompt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.prompted = true
}

// end gives how the sign-in ended.
func (t *trail) end() (last outcome, own error, prompted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.outcome, t.own, t.prompted
}

// foreign reports whether the answer is not the sign-in service's: the page of a
// portal where JSON is due.
func (o outcome) foreign() bool {
	return o.status/100 == 2 && !json.Valid(o.body)
}
