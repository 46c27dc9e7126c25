package apply

import (
	"context"
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
	if unread != notYet { //nolint:errorlint // it is this package's own and never wrapped
		end.SetError(unread)
	}
	return nil
}

// notYet says that the service still shows what was there before.
var notYet error = stillThere{}

type stillThere struct{}

func (stillThere) Error() string { return "the service still shows what was there before" }

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
	sent, err := a.decode(upload)
	if err != nil {
		return nil, record.Errorf(record.InternalError, "decode what was uploaded for %s: %w", c.UserPrincipalName, err)
	}
	var mismatch error
	unread = a.look(ctx, func() error {
		mismatch = nil
		etag, err := a.Cloud.ETag(ctx, c.CloudID)
		switch {
		case err != nil:
			return err
		case etag == "" || etag == c.ETag:
			return notYet
		}
		end.ETagAfter = etag
		shown, err := a.Cloud.Photo(ctx, c.CloudID)
		switch {
		case err != nil:
			return err
		case shown == nil:
			return notYet
		}
		mismatch = a.compare(sent, shown)
		return mismatch
	})
	if mismatch != nil {
		return nil, record.Errorf(record.PhotoVerifyMismatch, "read back the photo of %s: %w", c.UserPrincipalName, mismatch).On(c.UserPrincipalName)
	}
	return unread, nil
}

// compare gives an error unless the service shows what was sent.
func (a *Applier) compare(sent *photo.Picture, shown []byte) error {
	got, err := a.decode(shown)
	if err != nil {
		return fmt.Errorf("the service shows what cannot be decoded: %w", err)
	}
	if c := photo.Compare(sent, got); c.Verdict != photo.Same {
		return fmt.Errorf("the service shows another picture, at a distance of %.3f", c.Distance)
	}
	return nil
}

// seeRemoval looks until there is no photo any more.
func (a *Applier) seeRemoval(ctx context.Context, c plan.Change) (unread, err error) {
	return a.look(ctx, func() error {
		etag, err := a.Cloud.ETag(ctx, c.CloudID)
		if err == nil && etag != "" {
			return notYet
		}
		return err
	}), nil
}
