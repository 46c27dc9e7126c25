package apply

import (
	"context"
	"errors"
	"strings"

	"photosync/internal/journal"
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

// carryOut carries out a change as far as the answer to its write. What was
// answered goes on to be seen; all else ends here.
func (w *work) carryOut(ctx context.Context, c plan.Change) {
	end := c.Record(record.Done, c.Reason)
	end.RunId = w.RunID
	if c.Restore {
		end.OnPremisesSha256 = ""
	}
	u, err := w.before(ctx, c, &end)
	if err == nil {
		if err = w.takePlace(ctx); err == nil {
			w.writeDown(ctx, c, u, &end)
			return
		}
	}
	trouble := settle(&end, byName(err, c))
	w.say(end, trouble, false)
}

// before does what comes before the intent.
func (w *work) before(ctx context.Context, c plan.Change, end *record.Change) (u upload, err error) {
	if ctx.Err() != nil {
		return u, errStopped
	}
	if u, err = w.prepare(ctx, c, photo.MaxUpload); err == nil {
		w.at(PointPrepared)
		end.BackupSha256, err = w.backup(ctx, c)
	}
	if ctx.Err() != nil {
		return u, errStopped // also when it was the end of the run that cut a read off
	}
	if err == nil {
		w.at(PointBackedUp)
	}
	return u, err
}

// writeDown records the intent and writes. A write that was answered, and one
// whose answer never came, is handed on to be seen; any other has its outcome
// recorded.
func (w *work) writeDown(ctx context.Context, c plan.Change, u upload, end *record.Change) {
	end.RequestId = w.NewID()
	err := w.Journal.Intend(journal.Intent{
		ID: end.RequestId, At: w.Now(), ObjectGUID: c.ObjectGUID, UserPrincipalName: c.UserPrincipalName, DisplayName: c.DisplayName, SamAccountName: c.SamAccountName,
		CloudID: c.CloudID, Action: c.Action, Reason: c.Reason, OnPremisesSHA256: end.OnPremisesSha256, ETagBefore: c.ETag, BackupSHA256: end.BackupSha256,
		Restores: c.Restores,
	})
	if err != nil {
		w.leavePlace()
		trouble := settle(end, err)
		w.say(*end, trouble, false)
		return
	}
	w.at(PointIntended)
	sent, err := w.write(ctx, c, u, end)
	if sent != nil {
		w.taken()
		w.answered <- sent
		return
	}
	w.finish(c, *end, err, false)
}

// finish gives a change whose intent was recorded the end that err asks for,
// records it, and hands it over. An outcome that cannot be recorded does not make
// a write that was seen a failed one; it ends the run, and the row says so.
func (w *work) finish(c plan.Change, end record.Change, err error, lookedFor bool) {
	defer w.leavePlace()
	trouble := settle(&end, byName(err, c))
	if c.Restore && end.Status == record.Done {
		end.Reason = record.Restored
	}
	unrecorded := w.Journal.Finish(journal.Outcome{
		ID: end.RequestId, At: w.Now(), Status: end.Status, Reason: end.Reason, ETagAfter: end.ETagAfter, ErrorCode: end.ErrorCode,
	})
	if unrecorded == nil {
		w.at(PointRecorded)
	} else {
		end.SetError(unrecorded)
		trouble = unrecorded
	}
	w.say(end, trouble, lookedFor)
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
// remains: nothing for a change that was rightly left alone or is pending.
func settle(end *record.Change, err error) error {
	if err == nil {
		return nil
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
