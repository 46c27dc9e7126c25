package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"photosync/internal/pace"
	"photosync/internal/record"
)

// sight is what a look before a try to put back saw.
type sight int

const (
	unclear          sight = iota
	asBefore               // what was there before the probe, under its own etag, or none where there was none
	oldPicture             // the picture that was there, under another etag
	testPictureThere       // the test picture
	thirdPicture           // none of them, or none at all where there was one
)

// restore puts back what was there. Each try begins with a look, and whatever is
// no refusal is tried again until within ends. Where the test picture was most
// likely not written, looks decide whether there is anything to put back.
func (p *probe) restore(ctx, within context.Context, sent end) end {
	t := turn{action: record.Remove}
	if p.etag != "" {
		t.action, t.picture, t.not = record.Upload, p.old, p.test
	}
	t.backup, _ = p.journal.Backup(p.test) // the photo goes back even when the disk is full
	var id string                          // client-request-id of the write, once it is intended
	e := p.putBackUntil(ctx, within, sent, func(etag string) (end, bool) {
		t.before = etag
		if id == "" {
			id = newID()
			_ = p.intend(t, id) // likewise
		}
		return p.replace(within, t, id)
	})
	if id != "" {
		_ = p.finish(id, e)
	}
	return e
}

// replace sends what was there once, and says whether that is the end.
func (p *probe) replace(ctx context.Context, t turn, id string) (e end, over bool) {
	err := p.try(ctx, t, id)
	switch {
	case err == nil:
		p.shown = unclear
		return p.look(ctx, t), true
	case refusal(record.CodeOf(err)):
		return end{err: err}, true // and the last look still holds
	case !unsent(record.CodeOf(err)):
		p.shown = unclear
	}
	return end{err: err}, false
}

// putBackUntil looks and replaces until one of them is the end.
func (p *probe) putBackUntil(ctx, within context.Context, sent end, replace func(etag string) (end, bool)) end {
	var (
		begun    = time.Now()
		said     = begun
		replaced bool // what was there may have been sent
		same     int  // looks that saw nothing but what was there
		sure     = sent.sure
		wait     = p.times.first
		trouble  error
	)
	for {
		p.hurry(ctx, within)
		was := p.shown
		e, err := p.sight(within)
		pause := wait
		switch {
		case err != nil && within.Err() != nil && trouble != nil:
			p.shown = was // time ended the look: what was seen and what went wrong before says more
		case err != nil:
			trouble = err
			p.heed(err)
		case p.shown == thirdPicture:
			return e
		case replaced && (p.shown == oldPicture && p.testETag != "" || p.shown == asBefore && p.etag == ""):
			e.seen, e.took = true, time.Since(begun)
			return e
		case !sure && p.shown == asBefore && same == len(p.times.looks):
			return end{untouched: true}
		case !sure && p.shown == asBefore:
			pause = p.times.looks[same]
			same++
		default:
			sure = true
			var over bool
			if e, over = replace(e.etag); over {
				return e
			}
			if within.Err() == nil || trouble == nil {
				trouble = e.err
			}
			replaced = replaced || !unsent(record.CodeOf(e.err))
			p.heed(e.err)
		}
		if trouble != nil && time.Since(said) >= p.times.say {
			said = time.Now()
			p.sink.Warn(fmt.Sprintf("the photo of %s is not put back yet, and that is still tried: %s", p.user.UserPrincipalName, record.From(trouble).Message()))
		}
		if pace.Sleep(within, pause) != nil {
			if trouble == nil {
				trouble = record.Errorf(record.GraphTimeout, "there was no time left to look at it")
			}
			return end{err: trouble}
		}
		if trouble != nil {
			wait = min(2*wait, p.times.most)
		}
	}
}

// heed notes how long the service asks to wait.
func (p *probe) heed(err error) {
	if err == nil {
		return
	}
	if until := time.Now().Add(record.From(err).RetryAfter); until.After(p.hold) {
		p.hold = until
	}
}

// hurry takes another client when the service asks to wait for longer than there
// is time: a look now and then is little, and a test picture that stays is much.
func (p *probe) hurry(ctx, within context.Context) {
	until, _ := within.Deadline()
	if ctx.Err() != nil {
		if soon := time.Now().Add(p.times.interrupted); soon.Before(until) {
			until = soon
		}
	}
	if !p.hold.After(until) {
		return
	}
	client, err := p.another()
	if err != nil {
		return
	}
	p.leaveClient()
	p.hold = time.Time{}
	p.client, p.cloud = client, cloudReader{client}
	before := p.requests
	p.requests = func() record.Requests { return added(before(), client.Requests()) }
}

func added(a, b record.Requests) record.Requests {
	return record.Requests{
		Roster: a.Roster + b.Roster, Batch: a.Batch + b.Batch, BatchItems: a.BatchItems + b.BatchItems, Download: a.Download + b.Download,
		Put: a.Put + b.Put, Delete: a.Delete + b.Delete, Throttled: a.Throttled + b.Throttled,
	}
}

// sight looks once at what the cloud shows, and notes it. Of a third picture
// the end has the error; the error besides says that the look itself failed.
func (p *probe) sight(within context.Context) (end, error) {
	ctx, cancel := context.WithTimeout(within, p.times.glance)
	defer cancel()
	p.shown = unclear
	etag, err := p.cloud.ETag(ctx, p.user.ID)
	if err != nil {
		return end{}, err
	}
	e := end{etag: etag}
	switch {
	case etag == "":
		if err := p.nothing(ctx, 2); err != nil {
			return e, err
		}
		p.shown = asBefore
		if p.etag != "" {
			p.shown = thirdPicture
			e.err = fmt.Errorf("%w: %w", errThird, record.Errorf(record.PhotoVerifyMismatch, "the cloud shows no photo any more"))
		}
		return e, nil
	case etag == p.etag:
		p.shown = asBefore
		return e, nil
	case etag == p.testETag:
		p.shown = testPictureThere
		return e, nil
	}
	shown, err := p.cloud.Photo(ctx, p.user.ID)
	switch {
	case err != nil:
		return e, err
	case shown == nil:
		return e, record.Errorf(record.CloudPhotoUnreadable, "the metadata of the photo is there and its bytes are not")
	}
	err = p.recognise(shown, &e)
	return e, err
}

// recognise says which picture is shown.
func (p *probe) recognise(shown []byte, e *end) error {
	other := sameOrOther(p.test, shown)
	switch {
	case other == nil:
		p.shown, p.testETag = testPictureThere, e.etag
	case p.old != nil && sameOrOther(p.old, shown) == nil:
		p.shown, e.exact = oldPicture, bytes.Equal(p.old, shown)
	case !errors.Is(other, errThird):
		return other
	default:
		p.shown, e.err = thirdPicture, other
	}
	return nil
}
