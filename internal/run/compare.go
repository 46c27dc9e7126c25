package run

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"photosync/internal/drift"
	"photosync/internal/record"
)

// comparer fills in the facts of windows.
type comparer struct {
	sides
	past       *past
	wholeScope bool
	several    bool          // more than one person may be looked at
	decodes    chan struct{} // a place for each picture that may be decoded at once
	unanswered atomic.Int64  // people in a row whom the cloud did not answer
	probed     bool          // some photo's metadata could be read
}

// deaf is the number of people in a row after whom a cloud that does not answer
// in time, or only asks to wait, is taken to be out of order: each may take
// minutes to fail.
const deaf = 20

// trouble takes a failed read, nil for one that went well. It gives the error
// back when it ends the run; otherwise it is one person's.
func (c *comparer) trouble(err error) error {
	switch code := record.CodeOf(err); {
	case code.EndsRun():
		return err
	case !code.Unanswered():
		c.unanswered.Store(0)
	case c.unanswered.Add(1) >= deaf:
		return err
	}
	return nil
}

// newComparer gives a comparer that decodes as many pictures at once as there
// are cores: each may take hundreds of megabytes, see [photo.MaxPixels].
func newComparer(s sides, p *past, o Options) *comparer {
	return &comparer{
		sides: s, past: p, wholeScope: len(o.People) == 0, several: len(o.People) != 1,
		decodes: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
}

// rows takes windows from source, fills them in, several at once, and hands
// them to yield in their order.
func (c *comparer) rows(ctx context.Context, source func(context.Context, func(window) error) error, yield func(window) error) error {
	type job struct {
		window
		weight int64
		done   chan error
	}
	g, ctx := errgroup.WithContext(ctx)
	room := semaphore.NewWeighted(memory)
	queue := make(chan job, memory/personWeighs)
	g.Go(func() error {
		defer close(queue)
		return source(ctx, func(w window) error {
			j := job{w, w.weight(), make(chan error, 1)}
			if err := room.Acquire(ctx, j.weight); err != nil {
				return err
			}
			queue <- j // which has room for as many as memory has
			g.Go(func() error {
				j.done <- c.fill(ctx, w)
				return nil
			})
			return nil
		})
	})
	g.Go(func() error {
		for j := range queue {
			var err error
			select {
			case err = <-j.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err == nil {
				err = c.forbidden(j.window)
			}
			if err == nil {
				err = yield(j.window)
			}
			if err != nil {
				return err
			}
			room.Release(j.weight)
		}
		return nil
	})
	return g.Wait()
}

// fill reads and compares the photos of a window. Its error ends the run; one
// person's trouble is in that person's facts.
func (c *comparer) fill(ctx context.Context, w window) error {
	var asked []*candidate
	var ids []string
	for _, p := range w {
		switch {
		case p.Err != nil: // of a named person's look-up
			if err := c.trouble(p.Err); err != nil {
				return err
			}
		case p.Match.Found():
			asked, ids = append(asked, p), append(ids, p.Match.CloudID)
		}
	}
	probes, err := c.cloud.Probe(ctx, ids)
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		if err := c.past.open(ctx); err != nil {
			return err
		}
		if err := c.past.recall(w); err != nil {
			return err
		}
	}
	for i, p := range asked {
		m := probes[i]
		if err := c.trouble(m.Err); err != nil {
			return err
		}
		p.Err = m.Err
		if m.Exists {
			p.Cloud = drift.Cloud{Present: true, ETag: m.ETag, Width: m.Width, Height: m.Height, Format: formatOf(m.ContentType)}
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(looksWaiting)
	for _, p := range w {
		g.Go(func() error { return c.look(ctx, p) })
	}
	return g.Wait()
}

// forbidden ends a run over a whole scope whose very first photos could all
// not be read for lack of a right: everybody else's could not be either.
func (c *comparer) forbidden(w window) error {
	if c.probed || !c.wholeScope {
		return nil
	}
	var err error
	for _, p := range w {
		switch {
		case !p.Match.Found():
		case record.CodeOf(p.Err) == record.GraphForbidden:
			err = p.Err
		default:
			c.probed = true
			return nil
		}
	}
	return err
}
