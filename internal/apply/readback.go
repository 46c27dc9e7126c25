package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"photosync/internal/photo"
	"photosync/internal/plan"
	"photosync/internal/record"
)

var (
	// errNotYet says that the service still shows what was there before.
	errNotYet = errors.New("the service still shows what was there before")
	// errNoAnswer says that a look was not answered while there was time.
	errNoAnswer = errors.New("no answer in time")
)

// doubted is how many looks at many that find no photo at all are believed. After
// them it is asked for alone: what a batch says of a missing photo can be false,
// and stay so.
const doubted = 2

// believed is how many looks in a row have to find another picture than was
// sent. The service may give the new etag and, for a moment, the old bytes.
const believed = 3

// written is a write that was answered, or whose answer never came, and that is
// to be seen. It keeps no upload: the picture is that in a reduced form.
type written struct {
	change    plan.Change
	end       record.Change  // Done, as long as nothing else is known
	picture   *photo.Picture // that was sent, nil for a removal
	uncertain error          // of a write whose answer never came: the end, unless the write is seen
	over      time.Time      // when it counts as pending
	due       time.Time      // for its next look
	looks     int
	differed  int   // how many of the last looks found another picture
	unseen    error // why the last look did not see it, nil when it did
}

// found takes in what a look at many found, and reports whether it tells that
// the write can be seen. Only a look at this person alone is certain of it: the
// picture has to match, and that there is none is not certain here.
func (o *written) found(s Seen) bool {
	removal := o.change.Action == record.Remove
	switch {
	case s.Err != nil:
		return o.judge(s.Err)
	case !removal && s.ETag == "" && o.looks >= doubted:
		o.end.ETagAfter = ""
		return true
	case removal && s.ETag != "", !removal && (s.ETag == "" || s.ETag == o.change.ETag):
		return o.judge(errNotYet)
	}
	o.end.ETagAfter = s.ETag
	return true
}

// judge takes in how a look ended, and reports whether the write was seen.
func (o *written) judge(unseen error) bool {
	o.unseen = unseen
	if record.CodeOf(unseen) == record.PhotoVerifyMismatch {
		o.differed++
	} else {
		o.differed = 0
	}
	return unseen == nil
}

// conclude gives the end that the last look asks for: none for a write that was
// seen or is pending.
func (o *written) conclude() error {
	switch {
	case o.unseen == nil:
		return nil
	case o.uncertain != nil:
		return o.uncertain
	case o.differed > 0:
		return o.unseen
	}
	o.end.Status, o.end.Reason = record.Pending, record.NotVisibleYet
	switch name := o.change.UserPrincipalName; {
	case errors.Is(o.unseen, errNoAnswer):
		o.end.SetError(record.Errorf(record.GraphTimeout, "read back the photo of %s: %w", name, o.unseen).On(name))
	case !errors.Is(o.unseen, errNotYet):
		o.end.SetError(byName(o.unseen, o.change))
	}
	return nil
}

// confirm looks at one person alone. It gives nil when the write is seen.
func (w *work) confirm(ctx context.Context, o *written) (err error) {
	ctx, cancel := within(ctx, o.over)
	defer cancel()
	if o.change.Action == record.Remove {
		var etag string
		if etag, err = w.Cloud.ETag(ctx, o.change.CloudID); err == nil && etag != "" {
			err = errNotYet
		}
	} else if err = w.moved(ctx, o); err == nil {
		err = w.shows(ctx, o.change, o.picture)
	}
	if err != nil && ctx.Err() != nil {
		return errNoAnswer
	}
	return err
}

// moved gives an error unless the etag is known to be another than before the upload.
func (w *work) moved(ctx context.Context, o *written) error {
	if o.end.ETagAfter != "" {
		return nil
	}
	etag, err := w.Cloud.ETag(ctx, o.change.CloudID)
	if err == nil && (etag == "" || etag == o.change.ETag) {
		err = errNotYet
	}
	if err == nil {
		o.end.ETagAfter = etag
	}
	return err
}

// shows gives an error unless the cloud shows the picture that was sent:
// PhotoVerifyMismatch when it shows another.
func (w *work) shows(ctx context.Context, c plan.Change, sent *photo.Picture) error {
	shown, err := w.Cloud.Photo(ctx, c.CloudID)
	if err != nil {
		return err
	}
	if shown == nil {
		return errNotYet
	}
	if err := w.compare(sent, shown); err != nil {
		return record.Errorf(record.PhotoVerifyMismatch, "read back the photo of %s: %w", c.UserPrincipalName, err).On(c.UserPrincipalName)
	}
	return nil
}

// compare gives an error when the service shows another picture than was sent.
// One that may or may not be the same counts as seen: the service may have
// cropped it and shrunk it to 48 pixels, and the etag moved.
func (w *work) compare(sent *photo.Picture, shown []byte) error {
	got, err := w.decode(shown)
	if err != nil {
		return fmt.Errorf("the service shows what cannot be decoded: %w", err)
	}
	if c := photo.Compare(sent, got); c.Verdict == photo.Different {
		return fmt.Errorf("the service shows another picture, at a distance of %.3f", c.Distance)
	}
	return nil
}
