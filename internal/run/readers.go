package run

import (
	"bytes"
	"context"
	"time"

	"photosync/internal/apply"
	"photosync/internal/directory"
	"photosync/internal/graph"
	"photosync/internal/match"
	"photosync/internal/pace"
	"photosync/internal/photo"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// onPremises reads photos again for apply: those of people who were handed over
// are what they were.
type onPremises struct {
	directory *directory.AD
	handed    map[string][]byte // by the id of the cloud user, who is one person's
}

// Photo implements [apply.OnPremises].
func (o onPremises) Photo(ctx context.Context, c plan.Change) ([]byte, error) {
	if photo, ok := o.handed[c.CloudID]; ok {
		return photo, nil
	}
	if o.directory == nil {
		return nil, record.Errorf(record.InternalError, "read the photo of %s again: it was not handed over", c.UserPrincipalName)
	}
	id, err := match.ParseGUID(c.ObjectGUID)
	if err != nil {
		return nil, record.Errorf(record.InternalError, "read the photo of %s again: %w", c.UserPrincipalName, err)
	}
	if c.Reason == record.AccountDisabled && c.Action == record.Remove {
		e, err := o.directory.Find(ctx, id.String())
		if err != nil || !e.Disabled() || e.DisabledByDesign() { // then it is to stay: nil is not what was planned on
			return nil, err
		}
		return e.Photo, nil
	}
	photo, err := o.directory.Photo(ctx, id)
	if c.OnPremisesSHA256 == "" && record.CodeOf(err) == record.UserNotFound { // who left has no photo
		return nil, nil
	}
	return photo, err
}

// cloudReader shows a graph client as apply wants to see the cloud.
type cloudReader struct{ *graph.Client }

// ETag asks for one person's metadata, not in a batch: what a batch says of a
// missing photo is not taken for certain.
func (c cloudReader) ETag(ctx context.Context, cloudID string) (string, error) {
	m, err := c.Metadata(ctx, cloudID)
	if err != nil || !m.Exists {
		return "", err
	}
	return m.ETag, nil
}

// ETags asks for many people's metadata, in batches.
func (c cloudReader) ETags(ctx context.Context, cloudIDs []string) ([]apply.Seen, error) {
	all, err := c.Probe(ctx, cloudIDs)
	if err != nil {
		return nil, err
	}
	seen := make([]apply.Seen, len(all))
	for i, m := range all {
		seen[i].Err = m.Err
		if m.Exists {
			seen[i].ETag = m.ETag
		}
	}
	return seen, nil
}

// Photo gives the largest size.
func (c cloudReader) Photo(ctx context.Context, cloudID string) ([]byte, error) {
	p, err := c.Client.Photo(ctx, cloudID, "")
	if err != nil || !p.Exists {
		return nil, err
	}
	return p.Bytes, nil
}

// looksForBytes is how often the bytes of a photo are read until they are those of
// the etag that the metadata has.
const looksForBytes = 3

// PhotoOf gives the largest size of the photo with this etag. The answer says by
// its own etag which photo it is of; whether the service sends one is UNCONFIRMED.
// Where it does not, the photo should have the size that the metadata names; one
// that has another is taken when it is the same in several looks.
func (c cloudReader) PhotoOf(ctx context.Context, cloudID, etag string) ([]byte, error) {
	var before []byte
	steady := true
	for look := 1; ; look++ {
		p, err := c.Client.Photo(ctx, cloudID, "")
		if err != nil || !p.Exists {
			return nil, err
		}
		same := opaque(p.ETag) == opaque(etag)
		if p.ETag == "" {
			if same, err = c.fits(ctx, cloudID, etag, p.Bytes); err != nil {
				return nil, err
			}
		}
		steady = steady && p.ETag == "" && (look == 1 || bytes.Equal(before, p.Bytes))
		before = p.Bytes
		switch {
		case same:
			return p.Bytes, nil
		case look == looksForBytes && steady:
			return before, nil // that the etag is still the same is asked again before the write
		case look == looksForBytes:
			return nil, c.another(ctx, cloudID, etag)
		}
		if err := pace.Sleep(ctx, time.Duration(look)*300*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// another gives an error when the metadata has the etag still, and the bytes are
// another's all the same: no patience helps then.
func (c cloudReader) another(ctx context.Context, cloudID, etag string) error {
	m, err := c.Metadata(ctx, cloudID)
	if err != nil || !m.Exists || opaque(m.ETag) != opaque(etag) {
		return err
	}
	return record.Errorf(record.CloudPhotoUnreadable, "read the cloud photo of %s: the bytes that the service gives are not of the photo that its metadata names", cloudID).
		On(cloudID).Advise("Run it again later: one of the service's servers may be behind. Nothing is replaced that cannot be backed up.")
}

// fits reports whether a photo has the size that the metadata of its etag names.
func (c cloudReader) fits(ctx context.Context, cloudID, etag string, body []byte) (bool, error) {
	m, err := c.Metadata(ctx, cloudID)
	if err != nil || !m.Exists || opaque(m.ETag) != opaque(etag) {
		return false, err
	}
	facts, err := photo.Inspect(body)
	return err != nil || m.Width == 0 || facts.Width == m.Width && facts.Height == m.Height, nil // who cannot decode it says so
}
