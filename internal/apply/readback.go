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

// looks has the waits between looks at a photo that is not visible yet. The
// service may take minutes (Microsoft documents no bound), and the next run
// settles what is pending.
var looks = []time.Duration{300 * time.Millisecond, 700 * time.Millisecond, time.Second}

// readBack bounds all looks at one photo together, so that a service that
// stalls does not hold up a run that is to end.
const readBack = 30 * time.Second

// see reads back a write. uncertain is the error of a write whose answer never
// came: unless the write is seen, it is the end.
func (a *Applier) see(ctx context.Context, c plan.Change, upload []byte, end *record.Change, uncertain error) error {
	ctx, cancel := context.WithTimeout(ctx, readBack)
	defer cancel()
	var unread error
	var err error
	if c.Action == record.Remove {
		unread, err = a.seeRemoval(ctx, c)
	} else {
		unread, err = a.seeUpload(ctx, c, upload, end)
	}
	switch {
	case unread == nil && err == nil:
		return nil
	case uncertain != nil:
		return uncertain
	case err != nil:
		return err
	}
	end.Status, end.Reason = record.Pending, record.NotVisibleYet
	if ctx.Err() != nil {
		unread = record.Errorf(record.GraphTimeout, "read back the photo of %s: no answer within %s", c.UserPrincipalName, readBack)
	}
	if !errors.Is(unread, errNotYet) {
		end.SetError(unread)
	}
	return nil
}

// landed takes one look at a photo that moved while a write was put off: a
// service can carry a write out and ask to wait all the same.
func (a *Applier) landed(ctx context.Context, c plan.Change, upload []byte, end *record.Change) bool {
	if c.Action == record.Remove {
		etag, err := a.Cloud.ETag(ctx, c.CloudID)
		return err == nil && etag == ""
	}
	seen := *end
	if unread, err := a.lookAtUpload(ctx, c, upload, &seen); unread != nil || err != nil {
		return false
	}
	end.ETagAfter = seen.ETagAfter
	return true
}

// errNotYet says that the service still shows what was there before.
var errNotYet = errors.New("the service still shows what was there before")

// look calls see until it reports no error, waiting between as looks says.
func (a *Applier) look(ctx context.Context, see func() error) error {
	for i := 0; ; i++ {
		err := see()
		if err == nil || i == len(looks) {
			return err
		}
		if e := a.sleep(ctx, looks[i]); e != nil {
			return err
		}
	}
}

// seeUpload looks until the etag has moved and the picture matches. unread says
// why that could not be seen; err, that another picture is there.
func (a *Applier) seeUpload(ctx context.Context, c plan.Change, upload []byte, end *record.Change) (unread, err error) {
	unread = a.look(ctx, func() error {
		var still error
		if still, err = a.lookAtUpload(ctx, c, upload, end); still == nil {
			still = err
		}
		return still
	})
	if err != nil {
		return nil, err
	}
	return unread, nil
}

// lookAtUpload looks once.
func (a *Applier) lookAtUpload(ctx context.Context, c plan.Change, upload []byte, end *record.Change) (unread, err error) {
	etag, unread := a.Cloud.ETag(ctx, c.CloudID)
	if unread == nil && (etag == "" || etag == c.ETag) {
		unread = errNotYet
	}
	if unread != nil {
		return unread, nil
	}
	end.ETagAfter = etag
	shown, unread := a.Cloud.Photo(ctx, c.CloudID)
	if unread == nil && shown == nil {
		unread = errNotYet
	}
	if unread != nil {
		return unread, nil
	}
	if mismatch := a.compare(upload, shown); mismatch != nil {
		return nil, record.Errorf(record.PhotoVerifyMismatch, "read back the photo of %s: %w", c.UserPrincipalName, mismatch).On(c.UserPrincipalName)
	}
	return nil, nil
}

// compare gives an error when the service shows another picture than was sent.
// One that may or may not be the same counts as seen: the service may have
// cropped it and shrunk it to 48 pixels, and the etag moved.
func (a *Applier) compare(upload, shown []byte) error {
	sent, err := a.decode(upload)
	if err != nil {
		return fmt.Errorf("what was sent cannot be decoded: %w", err)
	}
	got, err := a.decode(shown)
	if err != nil {
		return fmt.Errorf("the service shows what cannot be decoded: %w", err)
	}
	if c := photo.Compare(sent, got); c.Verdict == photo.Different {
		return fmt.Errorf("the service shows another picture, at a distance of %.3f", c.Distance)
	}
	return nil
}

// seeRemoval looks until there is no photo any more.
func (a *Applier) seeRemoval(ctx context.Context, c plan.Change) (unread, err error) {
	return a.look(ctx, func() error {
		etag, err := a.Cloud.ETag(ctx, c.CloudID)
		if err == nil && etag != "" {
			return errNotYet
		}
		return err
	}), nil
}
