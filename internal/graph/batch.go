package graph

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"photosync/internal/pace"
	"photosync/internal/record"
)

// batchSize is the most that Microsoft Graph takes in one $batch.
const batchSize = 20

// Probed is what Probe found out about one user: metadata, or why there is none.
type Probed struct {
	Metadata
	Err error
}

// Probe reads the photo metadata of users, 20 in a request. Result i belongs to
// ids[i]. What was refused is asked for again, in batches of its own. An error
// that concerns everybody (the token is rejected, the service cannot be
// reached, ctx is over) comes back as Probe's own.
func (c *Client) Probe(ctx context.Context, ids []string) ([]Probed, error) {
	found := make([]Probed, len(ids))
	open := make([]item, 0, len(ids))
	for i, id := range ids {
		path, err := userPath(id)
		if err != nil {
			found[i].Err = err
			continue
		}
		open = append(open, item{id: id, path: path + "/photo", out: &found[i]})
	}
	patience := c.pacer.Patience()
	var of *pace.Patience // of items that are asked for again
	for len(open) > 0 {
		again, err := c.probeOnce(ctx, open, of)
		if err != nil || len(again.items) == 0 {
			return found, err
		}
		wait, err := patience.Next(pace.Outcome{Ask: again.ask, After: again.wait})
		if gaveUp, ok := errors.AsType[*pace.GaveUp](err); ok {
			again.giveUp(gaveUp)
			return found, nil
		}
		if err := c.sleep(ctx, wait); err != nil {
			return found, call{attempt: "read the photos' metadata"}.ended(ctx).err
		}
		open, of = again.items, patience
	}
	return found, nil
}

// item is one user's place in a batch.
type item struct {
	id   string
	path string
	out  *Probed
}

func (it item) call() call {
	return call{kind: metadataCall, attempt: "read the photo's metadata of", target: it.id, limit: maxOther}
}

// probeOnce asks for all the users, 20 in a request, and gives those who are to
// be asked for again.
func (c *Client) probeOnce(ctx context.Context, open []item, of *pace.Patience) (again refusedItems, err error) {
	var mu sync.Mutex // guards again
	group, ctx := errgroup.WithContext(ctx)
	for some := range slices.Chunk(open, batchSize) {
		group.Go(func() error {
			part, err := c.probeSome(ctx, some, of)
			mu.Lock()
			defer mu.Unlock()
			again.join(part)
			return err
		})
	}
	err = group.Wait()
	return again, err
}

// probeSome asks for up to 20 users.
func (c *Client) probeSome(ctx context.Context, some []item, of *pace.Patience) (again refusedItems, err error) {
	q, err := c.batchCall(some)
	if err != nil {
		return again, err
	}
	var (
		answers []*answer
		wrong   error
	)
	q.again = of
	q.inspect = func(a answer) pace.Outcome {
		if answers, wrong = q.answers(a); wrong != nil {
			return pace.Outcome{}
		}
		return c.refusedIn(answers)
	}
	a, err := c.do(ctx, q)
	switch {
	case err != nil:
		return again, err
	case answers == nil && wrong == nil: // refused as a whole
		_, wrong = q.answers(a)
	}
	if wrong != nil {
		return again, wrong
	}
	again, err = c.settle(some, answers)
	again.batches = slices.Repeat([]string{a.requestID()}, len(again.items))
	return again, err
}

// refusedIn says what the answers inside a batch ask for.
func (c *Client) refusedIn(answers []*answer) (o pace.Outcome) {
	for _, a := range answers {
		if a == nil {
			continue
		}
		if isThrottle(a.status) {
			c.counts.throttled.Add(1)
		}
		if after := retryAfter(a.header, c.now()); askOf(a.status, after) == pace.Fewer {
			o.Refused++
			o.After = max(o.After, after)
		}
	}
	return o
}

// refusedItems are the items of batches that are to be asked for again.
type refusedItems struct {
	items   []item
	answers []*answer // nil for an item of which nothing was said
	batches []string  // request ids of the batches that the items were in
	ask     pace.Ask
	wait    time.Duration // the largest Retry-After
}

func (r *refusedItems) add(it item, a *answer, next pace.Ask, wait time.Duration) {
	r.join(refusedItems{items: []item{it}, answers: []*answer{a}, ask: next, wait: wait})
}

func (r *refusedItems) join(other refusedItems) {
	r.items, r.answers, r.batches = append(r.items, other.items...), append(r.answers, other.answers...), append(r.batches, other.batches...)
	r.wait = max(r.wait, other.wait)
	if r.ask == pace.Nothing || other.ask != pace.Nothing && other.ask < r.ask { // the more patient one
		r.ask = other.ask
	}
}

func (r *refusedItems) giveUp(g *pace.GaveUp) {
	for i, it := range r.items {
		if r.answers[i] == nil {
			e := it.call().errorf(record.GraphAnswerInvalid, "the answers to %d batches say nothing of it, or contradict themselves", g.Tries)
			e.RequestID = r.batches[i]
			it.out.Err = e
			continue
		}
		e := it.call().refused(*r.answers[i])
		e.Text += patienceText(g)
		it.out.Err = notRecovering(e, g)
	}
}

// settle puts each answer where it belongs and gives what is to be asked again.
func (c *Client) settle(some []item, answers []*answer) (refusedItems, error) {
	var again refusedItems
	for i, it := range some {
		q, a := it.call(), answers[i]
		if a == nil {
			again.add(it, nil, pace.Fault, 0)
			continue
		}
		after := retryAfter(a.header, c.now())
		if next := askOf(a.status, after); next != pace.Nothing && a.refusal().code != mailboxFault {
			again.add(it, a, next, after)
			continue
		}
		if a.status == http.StatusUnauthorized && tokenRejected(*a, answers) {
			return again, q.refused(*a)
		}
		it.out.Metadata, it.out.Err = q.item(*a)
	}
	return again, nil
}

// tokenRejected reports whether a 401 inside a batch concerns everybody. Where
// the token served others of the same batch, it concerns this user alone.
func tokenRejected(a answer, answers []*answer) bool {
	if a.refusal().code == "InvalidAuthenticationToken" {
		return true
	}
	for _, other := range answers {
		if other != nil && other.status != http.StatusUnauthorized {
			return false
		}
	}
	return true
}

// item reads one user's answer inside a batch.
func (q call) item(a answer) (Metadata, error) {
	switch {
	case a.status == http.StatusNotFound && len(a.body) == 0:
		// Documented for batches: a missing photo can come back as a 404 with "body": null and no headers.
		return Metadata{RequestID: a.requestID()}, nil
	case a.status == http.StatusUnauthorized:
		e := q.refused(a)
		e.Code = record.GraphForbidden
		return Metadata{}, e
	case a.status < 200 || (a.status >= 300 && a.status < 400):
		return Metadata{}, q.invalid(a, "an answer with status %d", a.status)
	}
	return q.metadata(a)
}
