package graph

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

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
// ids[i]. An error that concerns everybody (the token is rejected, the service
// cannot be reached, ctx is over) comes back as Probe's own.
func (c *Client) Probe(ctx context.Context, ids []string) ([]Probed, error) {
	found := make([]Probed, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxInFlight)
	for from := 0; from < len(ids); from += batchSize {
		to := min(from+batchSize, len(ids))
		group.Go(func() error { return c.probeSome(ctx, ids[from:to], found[from:to]) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
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

// probeSome asks for up to 20 users, and again for those that were refused.
func (c *Client) probeSome(ctx context.Context, ids []string, out []Probed) error {
	var open []item
	for i, id := range ids {
		path, err := userPath(id)
		if err != nil {
			out[i].Err = err
			continue
		}
		open = append(open, item{id: id, path: path + "/photo", out: &out[i]})
	}
	var p patience
	for len(open) > 0 {
		q, err := c.batchCall(open)
		if err != nil {
			return err
		}
		a, err := c.do(ctx, q)
		if err != nil {
			return err
		}
		answers, err := q.answers(a)
		if err != nil {
			return err
		}
		again, err := c.settle(open, answers)
		if err != nil || len(again.items) == 0 {
			return err
		}
		wait, ok := p.next(again.ask, again.wait)
		if !ok {
			again.giveUp(p.total, wait)
			return nil
		}
		if err := c.pause(ctx, q, again.ask, wait); err != nil {
			return err
		}
		open = again.items
	}
	return nil
}

// refusedItems are the items of a batch that are to be asked for again.
type refusedItems struct {
	items   []item
	answers []answer
	ask     ask
	wait    time.Duration // the largest Retry-After
}

func (r *refusedItems) add(it item, a answer, next ask, wait time.Duration) {
	r.items, r.answers = append(r.items, it), append(r.answers, a)
	r.wait = max(r.wait, wait)
	if r.ask != askWait {
		r.ask = next
	}
}

func (r *refusedItems) giveUp(tries int, wait time.Duration) {
	for i, it := range r.items {
		e := it.call().refused(r.answers[i])
		e.Text += ", after " + strconv.Itoa(tries) + " tries"
		if wait > maxWait {
			e.Text += "; the service asks to wait " + wait.Round(time.Second).String()
		}
		it.out.Err = e
	}
}

// settle puts each answer where it belongs and gives what is to be asked again.
func (c *Client) settle(open []item, answers []*answer) (refusedItems, error) {
	var again refusedItems
	for i, it := range open {
		q, a := it.call(), answers[i]
		if a == nil {
			it.out.Err = q.errorf(record.GraphAnswerInvalid, "the answer to the batch says nothing of it, or contradicts itself")
			continue
		}
		if isThrottle(a.status) {
			c.counts.throttled.Add(1)
		}
		if next := askOf(a.status); next != askNothing {
			again.add(it, *a, next, retryAfter(a.header, c.now()))
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
