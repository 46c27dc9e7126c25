package bridge

import (
	"context"
	"encoding/json"
	"slices"
)

// People waits for the end of the input. It gives nobody when the request has
// none, and a *TooLargeError as soon as the input is over a bound. The items
// are given once.
func (r *Request) People(ctx context.Context) ([]Item, error) {
	if !r.WantsPeople {
		return nil, nil
	}
	if err := r.wait(ctx, r.inputCame); err != nil {
		return nil, err
	}
	if r.tooLarge != nil {
		return nil, r.tooLarge
	}
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	items := slices.Concat(r.items...)
	r.items = nil
	return items, nil
}

// taker gives the request that a line of the input is for.
func (r *reader) taker(id int64, kind string) (*Request, error) {
	q, err := r.named(id, kind)
	switch {
	case err != nil:
		return nil, err
	case !q.WantsPeople:
		return nil, breach("%s for request %d, which takes no people", kind, id)
	case q.inputEnd:
		return nil, breach("%s for request %d after its inputEnd", kind, id)
	}
	return q, nil
}

func (r *reader) inputEnd(_ []byte, id int64) error {
	q, err := r.taker(id, "inputEnd")
	if err != nil {
		return err
	}
	q.inputEnd = true
	if q.tooLarge == nil {
		close(q.inputCame)
	}
	return nil
}

func (r *reader) input(line []byte, id int64) error {
	q, err := r.taker(id, "input")
	if err != nil || q.tooLarge != nil || q.hasEnded() {
		// A request may end, or its input be too large, while the host still sends.
		return err
	}
	var list []json.RawMessage
	if err := fillOnly(line, lineFields(arrayField("items", &list))...); err != nil {
		return err
	}
	if list == nil {
		return breach("input without items")
	}
	var items []Item
	if len(list) > MaxLineItems {
		return breach("more than %d items", MaxLineItems)
	}
	for _, js := range list {
		it, err := itemOf(js)
		if err != nil {
			return breach("item %d: %s", len(items)+1, textOf(err))
		}
		items = append(items, it)
	}
	if len(items) > 0 {
		q.keep(items)
	}
	return nil
}

// keep adds to the request's people, or refuses them all.
func (r *Request) keep(items []Item) {
	bounds := &r.conn.options.bounds
	more := load{people: len(items)}
	for _, it := range items {
		if int64(len(it.Photo)) > bounds.photoSize {
			r.refuse(tooLargePhoto, bounds.photoSize)
			return
		}
		more.photos += int64(len(it.Photo))
	}
	switch all := r.hold(items, more); {
	case all.people > bounds.people:
		r.refuse(tooManyPeople, int64(bounds.people))
	case all.photos > bounds.photoBytes:
		r.refuse(tooManyPhotos, bounds.photoBytes)
	}
}

// hold keeps the items unless the sum, which it gives, is over a bound. Of a
// request that has ended meanwhile nothing is kept.
func (r *Request) hold(items []Item, more load) load {
	c := r.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.finished {
		return load{}
	}
	all := load{c.held.people + more.people, c.held.photos + more.photos}
	if all.people <= c.options.bounds.people && all.photos <= c.options.bounds.photoBytes {
		c.held = all
		r.held = load{r.held.people + more.people, r.held.photos + more.photos}
		r.items = append(r.items, items)
	}
	return all
}

// refuse ends the input for the request. The reader goes on and drops the rest.
func (r *Request) refuse(what string, limit int64) {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	r.release()
	r.tooLarge = &TooLargeError{What: what, Limit: limit}
	close(r.inputCame)
}

// release gives back what the input takes up; it is called under conn.mu.
func (r *Request) release() {
	c := r.conn
	c.held = load{c.held.people - r.held.people, c.held.photos - r.held.photos}
	r.held, r.items = load{}, nil
}

func (r *Request) hasEnded() bool {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	return r.finished
}
