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
	action   record.Action
	picture  []byte // nil for a removal
	not      []byte // a picture that the cloud may still show, under whatever etag: the other turn's
	before   string // etag of what it replaces, "" when there was no photo
	backup   string // SHA-256 of what it replaces
	restores bool
}

// end is what became of a turn.
type end struct {
	landed    bool          // it was written, or may have been
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

// send records the intent, writes, looks until it is seen, and records the
// outcome. A photo is put back even when the journal cannot be written.
func (p *probe) send(ctx context.Context, t turn) end {
	id := newID() // client-request-id of the write
	err := p.journal.Intend(journal.Intent{
		ID: id, At: now(), UserPrincipalName: p.user.UserPrincipalName, CloudID: p.user.ID,
		Action: t.action, ETagBefore: t.before, BackupSHA256: t.backup,
	})
	if err != nil && !t.restores {
		return end{err: err}
	}
	e := p.carryOut(ctx, t, id)
	status := record.Done
	switch {
	case e.err != nil:
		status = record.Failed
	case !e.seen:
		status = record.Pending
	}
	err = p.journal.Finish(journal.Outcome{ID: id, At: now(), Status: status, ETagAfter: e.etag, ErrorCode: record.CodeOf(e.err)})
	if e.err == nil && !t.restores {
		e.err = err
	}
	return e
}

// carryOut writes and looks. A write whose answer never came has failed unless
// it is seen.
func (p *probe) carryOut(ctx context.Context, t turn, id string) end {
	err := p.write(ctx, t, id)
	if err != nil && record.CodeOf(err) != record.PhotoOutcomeUncertain {
		return end{err: err}
	}
	e := p.look(ctx, t)
	e.landed = true
	if !e.seen && e.err == nil {
		e.err = err
	}
	return e
}

// write sends the write; what the service asks to wait for is sent again. A
// photo is also put back again as long as nobody knows whether it was.
func (p *probe) write(ctx context.Context, t turn, id string) error {
	patience := p.client.Patience()
	for {
		err := p.try(context.WithoutCancel(ctx), t, id)
		var o pace.Outcome
		switch code := record.CodeOf(err); {
		case code == record.GraphThrottled:
			o = pace.Outcome{Ask: pace.Fewer, After: record.From(err).RetryAfter}
		case code == record.GraphUnreachable:
			o.Ask = pace.Reach
		case code == record.PhotoOutcomeUncertain && t.restores:
			o.Ask = pace.Broken
		default:
			return err
		}
		wait, gaveUp := patience.Next(o)
		if gaveUp != nil || pace.Sleep(ctx, wait) != nil {
			return err
		}
	}
}

func (p *probe) try(ctx context.Context, t turn, id string) error {
	if t.action == record.Remove {
		return p.client.Writer().DeletePhoto(ctx, p.user.ID, id)
	}
	return p.client.Writer().PutPhoto(ctx, p.user.ID, t.picture, id)
}

// The bounds of the looks at a write, as package apply has them.
var looks = []time.Duration{300 * time.Millisecond, 700 * time.Millisecond, time.Second}

const readBack = 30 * time.Second

// look looks until the write is seen. Its error says that another picture is;
// a read that fails says nothing of the write.
func (p *probe) look(ctx context.Context, t turn) end {
	begun := time.Now()
	within, cancel := context.WithTimeout(ctx, readBack)
	defer cancel()
	for i := 0; ; i++ {
		e, over := p.glance(within, t)
		if !over && i < len(looks) && pace.Sleep(within, looks[i]) == nil {
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
