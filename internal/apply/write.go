package apply

import (
	"context"
	"errors"
	"time"

	"photosync/internal/pace"
	"photosync/internal/photo"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// write looks at the cloud again and writes. Each try begins with that look,
// because a service that asks to wait may ask for minutes. The try itself is
// finished even when the run is cancelled; no other is begun then. An upload that
// may be too large for somebody without a mailbox is made smaller, once; it is
// another try of the write that the journal has.
//
// It gives the write that is to be seen; without one the change is at its end,
// the one that the error asks for.
func (w *work) write(ctx context.Context, c plan.Change, u upload, end *record.Change) (*written, error) {
	patience := w.patience()
	for try := 1; ; try++ {
		err := w.current(ctx, c, try)
		switch {
		case ctx.Err() != nil:
			return nil, errStopped
		case errors.Is(err, errMoved) && try > 1 && w.landed(ctx, c, u, end):
			return nil, nil
		case err != nil:
			return nil, err
		}
		w.at(PointLookedAgain)
		err = w.send(context.WithoutCancel(ctx), c, u, end)
		if err == nil {
			_ = w.Journal.Answered(end.RequestId, w.Now()) // a journal that fails does so at the outcome too
		}
		w.at(PointSent)
		if err == nil || record.CodeOf(err) == record.PhotoOutcomeUncertain {
			now := time.Now()
			return &written{change: c, end: *end, picture: u.picture, uncertain: err, due: now, over: now.Add(w.verifyTimeout())}, nil
		}
		if tooLargeWithoutMailbox(u.jpeg, err) {
			smaller, trouble := w.prepare(ctx, c, photo.MaxUploadWithoutMailbox)
			switch {
			case trouble == nil:
				u = smaller
				continue
			case errors.Is(trouble, errMoved):
				return nil, trouble
			}
		}
		wait, again := nextWait(patience, err)
		if !again {
			return nil, err
		}
		if w.sleep(ctx, wait) != nil {
			return nil, errStopped
		}
	}
}

// tooLargeWithoutMailbox reports whether a refusal may be the unexplained 404
// to large photos of people without a mailbox, see
// [photo.MaxUploadWithoutMailbox]. The user was just seen to exist, so the 404
// that names the user counts too. PhotoRefused is also the code of a few other
// refusals, which a smaller photo at worst meets again.
func tooLargeWithoutMailbox(upload []byte, err error) bool {
	code := record.CodeOf(err)
	return len(upload) > photo.MaxUploadWithoutMailbox && (code == record.PhotoRefused || code == record.CloudUserNotFound || code == record.CloudMailboxMissing)
}

// current gives an error unless both sides are still what the change was
// planned on. At the first try the on-premises photo has just been read.
func (w *work) current(ctx context.Context, c plan.Change, try int) error {
	if try > 1 {
		if _, err := w.unmoved(ctx, c); err != nil {
			return err
		}
	}
	etag, err := w.Cloud.ETag(ctx, c.CloudID)
	if err == nil && etag != c.ETag {
		err = errMoved
	}
	return err
}

// landed takes one look at a photo that moved while a write was put off: a
// service can carry a write out and ask to wait all the same.
func (w *work) landed(ctx context.Context, c plan.Change, u upload, end *record.Change) bool {
	etag, err := w.Cloud.ETag(ctx, c.CloudID)
	switch {
	case err != nil:
		return false
	case c.Action == record.Remove:
		return etag == ""
	case etag == "" || etag == c.ETag || w.shows(ctx, c, u.picture) != nil:
		return false
	}
	end.ETagAfter = etag
	return true
}

// nextWait gives how long to wait before a write that did not reach the service
// is tried again, and false when it must not be.
func nextWait(patience *pace.Patience, err error) (time.Duration, bool) {
	e := record.From(err)
	o := pace.Outcome{After: e.RetryAfter}
	switch e.Code {
	case record.GraphThrottled:
		o.Ask = pace.Fewer
	case record.GraphUnreachable:
		o.Ask = pace.Reach
	default:
		return 0, false
	}
	wait, err := patience.Next(o)
	return wait, err == nil
}

func (w *work) send(ctx context.Context, c plan.Change, u upload, end *record.Change) error {
	if c.Action == record.Remove {
		return w.Writer.DeletePhoto(ctx, c.CloudID, end.RequestId)
	}
	end.Bytes = record.Ptr(int64(len(u.jpeg)))
	return w.Writer.PutPhoto(ctx, c.CloudID, u.jpeg, end.RequestId)
}

func (w *work) sleep(ctx context.Context, d time.Duration) error {
	if w.Sleep != nil {
		return w.Sleep(ctx, d)
	}
	return pace.Sleep(ctx, d)
}
