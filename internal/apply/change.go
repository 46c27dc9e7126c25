package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"photosync/internal/journal"
	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// moved says that one side is no longer what the change was planned on.
type moved struct{ what string }

func (m *moved) Error() string { return m.what }

// stopped says that the change was not begun because the run ends.
type stopped struct{}

func (stopped) Error() string { return "the run ended before this change" }

// unrecorded says that a write was finished and its outcome could not be recorded.
type unrecorded struct{ cause error }

func (u *unrecorded) Error() string { return u.cause.Error() }

// one carries out a change. The error is the trouble that the end tells of, nil
// when the change went well or was rightly left alone.
func (a *Applier) one(ctx context.Context, c plan.Change) (record.Change, error) {
	end := c.Record(record.Done, c.Reason)
	end.RunId = a.RunID
	upload, err := a.prepare(ctx, c)
	if err == nil {
		end.BackupSha256, err = a.backup(ctx, c)
	}
	if ctx.Err() != nil {
		err = stopped{} // also when it was the end of the run that cut a read off
	}
	if err == nil {
		err = a.writeDown(ctx, c, upload, &end)
	}
	err = settle(&end, err)
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
	trouble := settle(end, a.write(ctx, c, upload, end))
	err = a.Journal.Finish(journal.Outcome{
		ID: end.RequestId, At: a.Now(), Status: end.Status, Reason: end.Reason, ETagAfter: end.ETagAfter, ErrorCode: end.ErrorCode,
	})
	if err != nil {
		return &unrecorded{err}
	}
	return trouble
}

// settle gives end the status that err asks for and gives the trouble that
// remains: nothing for a change that was rightly left alone.
func settle(end *record.Change, err error) error {
	switch e := err.(type) { //nolint:errorlint // the three types are this package's own and never wrapped
	case nil:
		return nil
	case *moved:
		end.Status, end.Reason = record.Skipped, record.ChangedMeanwhile
		return nil
	case stopped:
		end.Status, end.Reason = record.Skipped, record.RunStopped
		return nil
	case *unrecorded:
		end.SetError(e.cause)
		return e.cause
	}
	end.Status = record.Failed
	end.SetError(err)
	return err
}

// prepare reads the on-premises photo again and makes the upload of it; nil for a removal.
func (a *Applier) prepare(ctx context.Context, c plan.Change) ([]byte, error) {
	id, err := match.ParseGUID(c.ObjectGUID)
	if err != nil {
		return nil, record.Errorf(record.InternalError, "read the photo of %s again: %w", c.UserPrincipalName, err)
	}
	stored, err := a.OnPremises.Photo(ctx, id)
	if err != nil {
		return nil, err
	}
	sha := ""
	if stored != nil {
		sum := sha256.Sum256(stored)
		sha = hex.EncodeToString(sum[:])
	}
	if sha != c.OnPremisesSHA256 {
		return nil, &moved{"the on-premises photo"}
	}
	if c.Action != record.Upload {
		return nil, nil
	}
	jpeg, err := photo.Prepare(stored, photo.MaxUpload)
	if err != nil {
		e := record.From(err)
		return nil, record.Errorf(e.Code, "prepare the photo of %s: %s", c.UserPrincipalName, e.Message()).On(c.UserPrincipalName)
	}
	return jpeg, nil
}

// backup keeps what the cloud shows, in full size, before it is replaced.
func (a *Applier) backup(ctx context.Context, c plan.Change) (string, error) {
	if c.ETag == "" {
		return "", nil
	}
	old, err := a.Cloud.Photo(ctx, c.CloudID)
	if err != nil {
		return "", err
	}
	if old == nil {
		return "", &moved{"the cloud photo"}
	}
	return a.Journal.Backup(old)
}

// write re-checks, writes and reads back. From the write on, a cancelled run
// no longer counts: the write is finished and its end is known.
func (a *Applier) write(ctx context.Context, c plan.Change, upload []byte, end *record.Change) error {
	etag, err := a.Cloud.ETag(ctx, c.CloudID)
	switch {
	case ctx.Err() != nil:
		return stopped{}
	case err != nil:
		return err
	case etag != c.ETag:
		return &moved{"the cloud photo"}
	}
	ctx = context.WithoutCancel(ctx)
	if c.Action == record.Remove {
		if err := a.Writer.DeletePhoto(ctx, c.CloudID, end.RequestId); err != nil {
			return err
		}
		a.seeRemoval(ctx, c, end)
		return nil
	}
	end.Bytes = record.Ptr(int64(len(upload)))
	err = a.Writer.PutPhoto(ctx, c.CloudID, upload, end.RequestId)
	if err != nil && record.CodeOf(err) != record.PhotoOutcomeUncertain {
		return err
	}
	return a.seeUpload(ctx, c, upload, end, err)
}

// patience is how long a photo that is not visible yet is waited for: the
// service may take minutes (Microsoft documents none), and the next run settles
// what is pending.
var patience = []time.Duration{300 * time.Millisecond, 700 * time.Millisecond, time.Second}

// look calls see until it reports true, waiting as long as patience lasts.
func (a *Applier) look(see func() bool) bool {
	waits := a.Patience
	if waits == nil {
		waits = patience
	}
	for i := 0; ; i++ {
		if see() {
			return true
		}
		if i == len(waits) {
			return false
		}
		time.Sleep(waits[i])
	}
}

// seeUpload reads back an upload: Done when the etag moved and the picture
// matches, Pending when it is not visible yet. uncertain is the error of a
// write whose answer never came: unless the photo is seen, it is the end.
func (a *Applier) seeUpload(ctx context.Context, c plan.Change, upload []byte, end *record.Change, uncertain error) error {
	sent, err := photo.Decode(upload)
	if err != nil {
		return record.Errorf(record.InternalError, "decode what was uploaded for %s: %w", c.UserPrincipalName, err)
	}
	var mismatch, unread error
	seen := a.look(func() bool {
		var etag string
		var shown []byte
		mismatch = nil
		if etag, unread = a.Cloud.ETag(ctx, c.CloudID); unread != nil || etag == "" || etag == c.ETag {
			return false
		}
		end.ETagAfter = etag
		if shown, unread = a.Cloud.Photo(ctx, c.CloudID); unread != nil || shown == nil {
			return false
		}
		mismatch = compare(sent, shown)
		return mismatch == nil
	})
	switch {
	case seen:
		return nil
	case uncertain != nil:
		return uncertain
	case mismatch != nil:
		return record.Errorf(record.PhotoVerifyMismatch, "read back the photo of %s: %w", c.UserPrincipalName, mismatch).On(c.UserPrincipalName)
	}
	pending(end, unread)
	return nil
}

// compare gives an error unless the service shows what was sent.
func compare(sent *photo.Picture, shown []byte) error {
	got, err := photo.Decode(shown)
	if err != nil {
		return fmt.Errorf("the service shows what cannot be decoded: %w", err)
	}
	if c := photo.Compare(sent, got); c.Verdict != photo.Same {
		return fmt.Errorf("the service shows another picture, at a distance of %.3f", c.Distance)
	}
	return nil
}

// seeRemoval reads back a removal: Done when there is no photo any more, else Pending.
func (a *Applier) seeRemoval(ctx context.Context, c plan.Change, end *record.Change) {
	var unread error
	gone := a.look(func() bool {
		var etag string
		etag, unread = a.Cloud.ETag(ctx, c.CloudID)
		return unread == nil && etag == ""
	})
	if !gone {
		pending(end, unread)
	}
}

// pending says that a write was accepted and is not seen yet, or could not be read back.
func pending(end *record.Change, unread error) {
	end.Status, end.Reason = record.Pending, record.NotVisibleYet
	if unread != nil {
		end.SetError(unread)
	}
}
