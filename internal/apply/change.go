package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"photosync/internal/journal"
	"photosync/internal/pace"
	"photosync/internal/photo"
	"photosync/internal/plan"
	"photosync/internal/record"
)

var (
	// errMoved: one side is no longer what the change was planned on.
	errMoved = errors.New("one side changed since the plan was made")
	// errStopped: the run ended before the change was begun.
	errStopped = errors.New("the run ended before this change")
)

// unrecorded says that a write was finished and its outcome could not be recorded.
type unrecorded struct{ cause error }

func (u *unrecorded) Error() string { return u.cause.Error() }

// one carries out a change. The error is the trouble that the end tells of, nil
// when the change went well or was rightly left alone.
func (a *Applier) one(ctx context.Context, c plan.Change) (record.Change, error) {
	end := c.Record(record.Done, c.Reason)
	end.RunId = a.RunID
	var upload []byte
	err := ctx.Err()
	if err == nil {
		upload, err = a.prepare(ctx, c, photo.MaxUpload)
	}
	if err == nil {
		end.BackupSha256, err = a.backup(ctx, c)
	}
	if ctx.Err() != nil {
		err = errStopped // also when it was the end of the run that cut a read off
	}
	if err == nil {
		err = a.writeDown(ctx, c, upload, &end)
	}
	err = settle(&end, byName(err, c))
	end.At = a.Now()
	return end, err
}

// writeDown records the intent, writes, and records the outcome. An outcome
// that cannot be recorded does not make a write that was seen a failed one; it
// ends the run, and the row says so.
func (a *Applier) writeDown(ctx context.Context, c plan.Change, upload []byte, end *record.Change) error {
	end.RequestId = a.NewID()
	err := a.Journal.Intend(journal.Intent{
		ID: end.RequestId, At: a.Now(), ObjectGUID: c.ObjectGUID, UserPrincipalName: c.UserPrincipalName, CloudID: c.CloudID,
		Action: c.Action, OnPremisesSHA256: c.OnPremisesSHA256, ETagBefore: c.ETag, BackupSHA256: end.BackupSha256,
	})
	if err != nil {
		return err
	}
	trouble := settle(end, byName(a.write(ctx, c, upload, end), c))
	err = a.Journal.Finish(journal.Outcome{
		ID: end.RequestId, At: a.Now(), Status: end.Status, Reason: end.Reason, ETagAfter: end.ETagAfter, ErrorCode: end.ErrorCode,
	})
	if err != nil {
		return &unrecorded{err}
	}
	return trouble
}

// byName says an error of the cloud side, which knows people by their ids, with
// the person's name.
func byName(err error, c plan.Change) error {
	e, ok := errors.AsType[*record.Error](err)
	if !ok || c.CloudID == "" || c.UserPrincipalName == "" {
		return err
	}
	said := *e
	said.Text = strings.ReplaceAll(e.Text, c.CloudID, c.UserPrincipalName)
	if e.Target == c.CloudID {
		said.Target = c.UserPrincipalName
	}
	return &said
}

// settle gives end the status that err asks for and gives the trouble that
// remains: nothing for a change that was rightly left alone.
func settle(end *record.Change, err error) error {
	if err == nil {
		return nil
	}
	if u, ok := errors.AsType[*unrecorded](err); ok {
		end.SetError(u.cause)
		return u.cause
	}
	switch {
	case errors.Is(err, errMoved):
		end.Status, end.Reason, end.Bytes = record.Skipped, record.ChangedMeanwhile, nil
		return nil
	case errors.Is(err, errStopped):
		end.Status, end.Reason, end.Bytes = record.Skipped, record.RunStopped, nil
		return nil
	}
	end.Status = record.Failed
	end.SetError(err)
	return err
}

// prepare reads the on-premises photo again and makes the upload of it, of at
// most maxBytes; nil for a removal.
func (a *Applier) prepare(ctx context.Context, c plan.Change, maxBytes int) ([]byte, error) {
	stored, err := a.unmoved(ctx, c)
	if err != nil || c.Action != record.Upload {
		return nil, err
	}
	defer a.decoding()()
	jpeg, err := photo.Prepare(stored, maxBytes)
	if err != nil {
		e := record.From(err)
		return nil, record.Errorf(e.Code, "prepare the photo of %s: %s", c.UserPrincipalName, e.Message()).On(c.UserPrincipalName)
	}
	return jpeg, nil
}

// unmoved gives the on-premises photo, if it is the one that the change was planned on.
func (a *Applier) unmoved(ctx context.Context, c plan.Change) ([]byte, error) {
	stored, err := a.OnPremises.Photo(ctx, c)
	if err != nil {
		return nil, err
	}
	sha := ""
	if stored != nil {
		sum := sha256.Sum256(stored)
		sha = hex.EncodeToString(sum[:])
	}
	if sha != c.OnPremisesSHA256 {
		return nil, errMoved
	}
	return stored, nil
}

// decoding takes a place for decoding a picture, which may take hundreds of
// megabytes, and gives the function that leaves it.
func (a *Applier) decoding() (leave func()) {
	a.decodes <- struct{}{}
	return func() { <-a.decodes }
}

// backup keeps what the cloud shows, in full size, before it is replaced. What
// cannot be decoded is no backup of a photo, and nothing is written then.
func (a *Applier) backup(ctx context.Context, c plan.Change) (string, error) {
	if c.ETag == "" {
		return "", nil
	}
	old, err := a.Cloud.Photo(ctx, c.CloudID)
	if err != nil {
		return "", err
	}
	if old == nil {
		return "", errMoved
	}
	if _, err := a.decode(old); err != nil {
		return "", record.Errorf(record.CloudPhotoUnreadable, "back up the cloud photo of %s: %w", c.UserPrincipalName, err).On(c.UserPrincipalName)
	}
	return a.Journal.Backup(old)
}

func (a *Applier) decode(value []byte) (*photo.Picture, error) {
	defer a.decoding()()
	return photo.Decode(value)
}

// write looks at the cloud again, writes and reads back. Each try begins with
// that look, because a service that asks to wait may ask for minutes. The try
// itself is finished even when the run is cancelled; no other is begun then.
// An upload that may be too large for somebody without a mailbox is made
// smaller, once; it is another try of the write that the journal has.
func (a *Applier) write(ctx context.Context, c plan.Change, upload []byte, end *record.Change) error {
	patience := a.Patience()
	for try := 1; ; try++ {
		err := a.current(ctx, c, try)
		switch {
		case ctx.Err() != nil:
			return errStopped
		case errors.Is(err, errMoved) && try > 1 && a.landed(ctx, c, upload, end):
			return nil
		case err != nil:
			return err
		}
		err = a.send(context.WithoutCancel(ctx), c, upload, end)
		if err == nil || record.CodeOf(err) == record.PhotoOutcomeUncertain {
			return a.see(context.WithoutCancel(ctx), c, upload, end, err)
		}
		if tooLargeWithoutMailbox(upload, err) {
			smaller, trouble := a.prepare(ctx, c, photo.MaxUploadWithoutMailbox)
			switch {
			case trouble == nil:
				upload = smaller
				continue
			case errors.Is(trouble, errMoved):
				return trouble
			}
		}
		wait, again := nextWait(patience, err)
		if !again {
			return err
		}
		if a.sleep(ctx, wait) != nil {
			return errStopped
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
func (a *Applier) current(ctx context.Context, c plan.Change, try int) error {
	if try > 1 {
		if _, err := a.unmoved(ctx, c); err != nil {
			return err
		}
	}
	etag, err := a.Cloud.ETag(ctx, c.CloudID)
	if err == nil && etag != c.ETag {
		err = errMoved
	}
	return err
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

func (a *Applier) send(ctx context.Context, c plan.Change, upload []byte, end *record.Change) error {
	if c.Action == record.Remove {
		return a.Writer.DeletePhoto(ctx, c.CloudID, end.RequestId)
	}
	end.Bytes = record.Ptr(int64(len(upload)))
	return a.Writer.PutPhoto(ctx, c.CloudID, upload, end.RequestId)
}

func (a *Applier) sleep(ctx context.Context, d time.Duration) error {
	if a.Sleep != nil {
		return a.Sleep(ctx, d)
	}
	return pace.Sleep(ctx, d)
}
