package run

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"photosync/internal/journal"
	"photosync/internal/pace"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// turn is one of the two writes of a probe.
type turn struct {
	action  record.Action
	picture []byte // nil for a removal
	not     []byte // a picture that the cloud may still show, under whatever etag: the other turn's
	before  string // etag of what it replaces, "" when there was no photo
	backup  string // SHA-256 of what it replaces
}

// end is what became of a turn.
type end struct {
	reached   bool          // it was written, or may have been
	sure      bool          // it was written, or nobody knows; else it was most likely not
	untouched bool          // there was nothing to put back
	seen      bool          // the cloud shows it
	exact     bool          // with the very bytes that were sent
	cancelled bool          // before it was seen
	etag      string        // of what the cloud shows
	took      time.Duration // from the write's answer until it was seen, or until nobody looked any more
	err       error
}

// errThird says that the cloud shows a picture that is neither what was there
// nor the test picture.
var errThird = errors.New("the cloud shows a third picture")

// send sends the test picture: it records the intent, writes, looks until it is
// seen, and records the outcome. What was begun is ended within going, which
// outlives ctx.
func (p *probe) send(ctx, going context.Context) end {
	t := turn{action: record.Upload, picture: p.test, not: p.old, before: p.etag, backup: p.backup}
	id := newID() // client-request-id of the write
	if err := p.intend(t, id); err != nil {
		return end{err: err}
	}
	e := p.write(ctx, going, t, id)
	if err := p.finish(id, e); e.err == nil {
		e.err = err
	}
	return e
}

func (p *probe) intend(t turn, id string) error {
	return p.journal.Intend(journal.Intent{
		ID: id, At: now(), UserPrincipalName: p.user.UserPrincipalName, CloudID: p.user.ID,
		Action: t.action, ETagBefore: t.before, BackupSHA256: t.backup,
	})
}

func (p *probe) finish(id string, e end) error {
	o := journal.Outcome{ID: id, At: now(), Status: record.Done, ETagAfter: e.etag, ErrorCode: record.CodeOf(e.err)}
	switch {
	case errors.Is(e.err, errMoved) && !e.reached:
		o.Status, o.Reason = record.Skipped, record.ChangedMeanwhile
	case e.err != nil:
		o.Status = record.Failed
	case !e.seen:
		o.Status = record.Pending
	}
	return p.journal.Finish(o)
}

// errMoved says that the photo is no longer what was backed up.
var errMoved = errors.New(string(record.ChangedMeanwhile))

// write sends the test picture; what the service asks to wait for is sent
// again. Each try begins with a look. A write whose answer never came has failed
// unless it is seen.
func (p *probe) write(ctx, going context.Context, t turn, id string) end {
	patience := p.client.Patience()
	var e end
	for {
		moved, err := p.moved(ctx)
		switch {
		case err != nil && e.err == nil:
			return end{err: err}
		case err != nil || ctx.Err() != nil && e.err != nil:
			return e // the write's own error says more
		case ctx.Err() != nil:
			return end{err: record.Errorf(record.Cancelled, "the check was cancelled before the write")}
		case moved && e.reached: // by this write, or by somebody: what is shown tells
			return p.written(ctx, t, e.err)
		case moved:
			return end{err: record.Errorf(record.CloudPhotoUnreadable, "%w: the photo of %s was changed when it had been backed up; nothing was written", errMoved, p.user.UserPrincipalName).
				On(p.user.UserPrincipalName).Advise("Run it again, or name a test user whose photo nobody else writes.")}
		}
		p.begin(ctx)
		err = p.try(going, t, id)
		code := record.CodeOf(err)
		if err == nil || !refusal(code) && !unsent(code) && code != record.GraphThrottled {
			return p.written(ctx, t, err)
		}
		e.err, e.reached = err, e.reached || code == record.GraphThrottled
		p.heed(err)
		o := pace.Outcome{Ask: pace.Reach, After: record.From(err).RetryAfter}
		switch code {
		case record.GraphThrottled:
			o.Ask = pace.Fewer
		case record.GraphUnreachable:
		default:
			return e
		}
		wait, gaveUp := patience.Next(o)
		if gaveUp != nil || pace.Sleep(ctx, wait) != nil {
			return e
		}
	}
}

// written looks for a write that was accepted, or of which err says that nobody
// knows.
func (p *probe) written(ctx context.Context, t turn, err error) end {
	p.heed(err)
	e := p.look(ctx, t)
	e.reached, e.sure = true, true
	if e.seen {
		p.testETag = e.etag
	} else if e.err == nil {
		e.err = err
	}
	return e
}

// begin notes that the test picture is about to be sent.
func (p *probe) begin(ctx context.Context) {
	if p.wrote {
		return
	}
	p.wrote = true
	p.quiet = context.AfterFunc(ctx, func() {
		p.sink.Warn("the photo of " + p.user.UserPrincipalName + " is being put back; interrupted again, the test picture stays")
	})
}

// moved looks whether the photo is still what was backed up.
func (p *probe) moved(ctx context.Context) (bool, error) {
	etag, err := p.cloud.ETag(ctx, p.user.ID)
	if err != nil || etag != p.etag {
		return err == nil, err
	}
	if p.etag == "" {
		return false, p.nothing(ctx, 1)
	}
	return false, nil
}

// refusal reports whether the service has refused, for good.
func refusal(code record.Code) bool {
	switch code {
	case record.GraphForbidden, record.GraphRefused, record.PhotoWriteForbidden, record.PhotoPolicyRefuses, record.PhotoRefused,
		record.PhotoFormatRefused, record.PhotoTooSmallForCloud, record.PhotoTooLarge, record.CloudUserNotFound, record.CloudUserUnsupported,
		record.CloudMailboxMissing, record.CloudMailboxOnPremises:
		return true
	}
	return false
}

// unsent reports whether the service has carried out nothing, by chance: it was
// not reached, or did not know who asked.
func unsent(code record.Code) bool {
	switch code {
	case record.GraphUnreachable, record.GraphNotTrusted, record.GraphTokenRejected, record.ProxyRefused:
		return true
	}
	return code.Entry().Exit == record.ExitCredentials
}

func (p *probe) try(ctx context.Context, t turn, id string) error {
	if t.action == record.Remove {
		return p.client.Writer().DeletePhoto(ctx, p.user.ID, id)
	}
	return p.client.Writer().PutPhoto(ctx, p.user.ID, t.picture, id)
}

// readBack bounds the looks at a write, as in package apply.
const readBack = 30 * time.Second

// look looks until the write is seen. Its error says that another picture is;
// a read that fails says nothing of the write.
func (p *probe) look(ctx context.Context, t turn) end {
	begun := time.Now()
	within, cancel := context.WithTimeout(ctx, readBack)
	defer cancel()
	for i := 0; ; i++ {
		e, over := p.glance(within, t)
		if !over && i < len(p.times.looks) && pace.Sleep(within, p.times.looks[i]) == nil {
			continue
		}
		e.took, e.cancelled = time.Since(begun), !e.seen && ctx.Err() != nil
		e.etag = cmp.Or(e.etag, t.before)
		return e
	}
}

// glance looks once, and says whether that is the end.
func (p *probe) glance(ctx context.Context, t turn) (e end, over bool) {
	etag, err := p.cloud.ETag(ctx, p.user.ID)
	if err != nil {
		return end{}, false
	}
	if t.action == record.Remove {
		if etag == "" && p.nothing(ctx, 1) != nil {
			return end{}, false
		}
		return end{etag: etag, seen: etag == ""}, etag == ""
	}
	e.etag = etag
	if etag == "" || etag == t.before {
		return e, false
	}
	shown, err := p.cloud.Photo(ctx, p.user.ID)
	if err != nil || shown == nil {
		return e, false
	}
	if e.exact = bytes.Equal(shown, t.picture); e.exact {
		e.seen = true
		return e, true
	}
	e.err = sameOrOther(t.picture, shown)
	if e.err != nil && t.not != nil && sameOrOther(t.not, shown) == nil {
		return end{etag: etag}, false
	}
	e.seen = e.err == nil
	return e, true
}

// sameOrOther gives an error for another picture than was sent. One that may
// or may not be the same counts as the same: the service crops and shrinks.
func sameOrOther(sent, shown []byte) error {
	mine, err := photo.Decode(sent)
	if err != nil {
		return record.Errorf(record.InternalError, "decode what was sent: %w", err)
	}
	theirs, err := photo.Decode(shown)
	if err != nil {
		return record.Errorf(record.PhotoVerifyMismatch, "the cloud shows what cannot be decoded: %w", err)
	}
	if c := photo.Compare(mine, theirs); c.Verdict == photo.Different {
		return fmt.Errorf("%w: %w", errThird,
			record.Errorf(record.PhotoVerifyMismatch, "the cloud shows another picture than was sent, at a distance of %.3f", c.Distance))
	}
	return nil
}
