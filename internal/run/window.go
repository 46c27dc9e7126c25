package run

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"photosync/internal/drift"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// candidate is a person on the way to a row: the facts so far, and the photo
// until it has been looked at.
type candidate struct {
	drift.Facts
	photo    []byte
	handed   bool   // with the photo, which cannot be read again
	kept     []byte // the photo of somebody handed over, for the upload
	print    *photo.Fingerprint
	decided  *Seen
	doubtful bool // what was downloaded may be another photo than the one with the etag
}

// window is the people who are compared together: about a page of the directory.
type window []*candidate

// The bounds of a window. Its people are asked for 20 in a request, so that its
// size is a multiple of that where it can be.
const (
	windowMatched = 100     // people with a cloud user
	windowPeople  = 400     // people in all
	windowBytes   = 2 << 20 // of photos; it ends at the next multiple of 20
)

const (
	// looksWaiting bounds the people of a window whose photo is downloaded, or
	// waits for the client or for a core.
	looksWaiting = 32
	// memory bounds the windows under way: what their photos take, and personWeighs
	// for each person.
	memory       = 8 << 20
	personWeighs = 16 << 10
)

// gatherer makes windows of people who come one by one.
type gatherer struct {
	yield   func(window) error
	open    window
	matched int
	bytes   int
}

// add takes in a person and hands the window on when it is full.
func (g *gatherer) add(p *candidate) error {
	g.open, g.bytes = append(g.open, p), g.bytes+len(p.photo)
	if p.Match.Found() {
		g.matched++
	}
	if g.matched >= windowMatched || len(g.open) >= windowPeople || g.bytes >= windowBytes && g.matched > 0 && g.matched%20 == 0 && p.Match.Found() {
		return g.flush()
	}
	return nil
}

// flush hands on what there is.
func (g *gatherer) flush() error {
	if len(g.open) == 0 {
		return nil
	}
	w := g.open
	g.open, g.matched, g.bytes = nil, 0, 0
	return g.yield(w)
}

// weight is what a window takes of [memory].
func (w window) weight() int64 {
	n := int64(len(w)) * personWeighs
	for _, p := range w {
		n += int64(len(p.photo))
	}
	return min(n, memory)
}

// comparer fills in the facts of windows.
type comparer struct {
	sides
	remembered *remembered
	baseline   record.Baseline
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
func newComparer(s sides, r *remembered, o Options) *comparer {
	return &comparer{
		sides: s, remembered: r, baseline: o.Baseline, wholeScope: len(o.People) == 0, several: len(o.People) != 1,
		decodes: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
}

func (c *comparer) decode(value []byte) (*photo.Picture, error) {
	defer c.decoding()()
	return photo.Decode(value)
}

// detail gives a picture's real detail, 0 if it cannot be decoded.
func (c *comparer) detail(value []byte) int {
	defer c.decoding()()
	n, err := photo.Detail(value)
	if err != nil {
		return 0
	}
	return n
}

// decoding takes a place for decoding a picture and gives the function that
// leaves it.
func (c *comparer) decoding() (leave func()) {
	c.decodes <- struct{}{}
	return func() { <-c.decodes }
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
		c.remembered.open(ctx)
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

// look inspects the on-premises photo and compares it where there are two. The
// photo is held until then and forgotten with look, but for that of somebody
// handed over.
func (c *comparer) look(ctx context.Context, p *candidate) error {
	stored := p.photo
	p.photo = nil
	if p.handed {
		p.kept = stored
	}
	if stored != nil {
		p.OnPremises.Present = true
		facts, err := photo.Inspect(stored)
		p.OnPremises.Facts, p.OnPremises.Defect = facts, defect(err)
	}
	if stored == nil || p.Err != nil || !p.Match.Found() || p.OnPremises.Defect != nil {
		return nil
	}
	was, known := c.remembered.recall(p)
	if known && !c.several {
		p.take(was)
		return nil
	}
	mine, err := c.decode(stored)
	if err != nil {
		p.OnPremises.Defect = defect(err)
		return nil
	}
	if c.several { // of somebody known too: who shares the picture, no run remembers
		fingerprint := mine.Fingerprint()
		p.print = &fingerprint
	}
	if known {
		p.take(was)
		return nil
	}
	p.OnPremises.Kind = mine.Kind()
	if !p.Cloud.Present {
		return nil
	}
	return c.trouble(c.ask(ctx, mine, stored, p))
}

// ask compares the photo with the cloud's, finds out which is better where they
// show the same, and remembers what came of it. Its error may be the person's or
// end the run.
func (c *comparer) ask(ctx context.Context, mine *photo.Picture, stored []byte, p *candidate) error {
	whole, err := c.against(ctx, mine, p)
	if p.Err = err; err != nil {
		return err
	}
	complete := true
	if p.Comparison.Verdict == photo.Same && !p.Comparison.SameBytes {
		complete, err = c.measure(ctx, stored, whole, p)
	}
	if complete {
		c.remembered.note(p)
	}
	return err
}

// renditionSide is the side of the rendition that is compared: one of the sizes
// that the service names, and more than twice the 48 pixels to which package
// photo reduces pictures. A cloud photo that is not larger is read whole.
const renditionSide = 120

// against downloads the cloud photo, a rendition where that is enough, and
// compares. It gives the bytes of the largest size, nil for those of a rendition.
func (c *comparer) against(ctx context.Context, mine *photo.Picture, p *candidate) (whole []byte, err error) {
	size := ""
	if min(p.Cloud.Width, p.Cloud.Height) > renditionSide {
		size = fmt.Sprintf("%dx%d", renditionSide, renditionSide)
	}
	got, err := c.cloud.Photo(ctx, p.Match.CloudID, size)
	if err == nil && !got.Exists && size != "" {
		size = ""
		got, err = c.cloud.Photo(ctx, p.Match.CloudID, size)
	}
	if err != nil {
		return nil, err
	}
	unreadable := func(err error) error {
		return record.Errorf(record.CloudPhotoUnreadable, "read the cloud photo of %s: %w", p.Person.Name(), err).On(p.Person.Name())
	}
	if !got.Exists {
		return nil, unreadable(errors.New("its metadata is there and its bytes are not"))
	}
	c.remembered.check(p, got, size)
	theirs, err := c.decode(got.Bytes)
	if err != nil {
		return nil, unreadable(err)
	}
	if size == "" {
		whole = got.Bytes
		p.readWhole(theirs.Facts)
	}
	comparison := photo.Compare(mine, theirs)
	p.Comparison = &comparison
	if comparison.Verdict != photo.Same && p.OnPremises.Kind != photo.Photo {
		p.Cloud.Kind = theirs.Kind() // only then does it decide, and it takes its time
	}
	return whole, nil
}

// readWhole takes the facts of the cloud photo's largest size.
func (p *candidate) readWhole(f photo.Facts) {
	p.Cloud.Bytes, p.Cloud.Format, p.Cloud.Width, p.Cloud.Height = f.Bytes, f.Format, f.Width, f.Height
}

// measure finds out which of two copies of one picture has more real detail,
// as far as their sizes leave that open. For the cloud's it reads the largest
// size, unless whole has it. When that cannot be read or decoded the detail
// stays unmeasured, the row is good without it, and it is not complete.
func (c *comparer) measure(ctx context.Context, stored, whole []byte, p *candidate) (complete bool, err error) {
	larger := p.Larger()
	if larger == "" {
		return true, nil
	}
	p.OnPremises.Detail = c.detail(stored)
	if larger != record.Cloud || !p.Cloud.CanBeBetter(p.OnPremises.Detail) {
		return true, nil
	}
	if whole == nil {
		got, err := c.cloud.Photo(ctx, p.Match.CloudID, "")
		if err != nil || !got.Exists {
			return false, err
		}
		c.remembered.check(p, got, "")
		facts, err := photo.Inspect(got.Bytes)
		if err != nil {
			return false, nil
		}
		whole = got.Bytes
		p.readWhole(facts)
	}
	p.Cloud.Detail = c.detail(whole)
	return p.Cloud.Detail > 0, nil
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

// defect gives the defect inside an error of the photo room, nil for nil.
func defect(err error) *photo.Defect {
	if err == nil {
		return nil
	}
	if d, ok := errors.AsType[*photo.Defect](err); ok {
		return d
	}
	return &photo.Defect{Reason: record.NotAnImage, Detail: err.Error()}
}

// formatOf gives the format that a content type names, "" for one that rows do not know.
func formatOf(contentType string) photo.Format {
	switch contentType {
	case "image/jpeg", "image/pjpeg":
		return photo.JPEG
	case "image/png":
		return photo.PNG
	case "image/gif":
		return photo.GIF
	case "image/bmp":
		return photo.BMP
	case "image/webp":
		return photo.WebP
	}
	return ""
}
