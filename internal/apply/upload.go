package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"photosync/internal/photo"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// upload is what a change sends, and the picture by which it is known again.
// That of a removal is empty.
type upload struct {
	jpeg    []byte
	picture *photo.Picture
}

// prepare reads the photo that is to be shown and makes the upload of it, of at
// most maxBytes.
func (w *work) prepare(ctx context.Context, c plan.Change, maxBytes int) (upload, error) {
	value, err := w.wanted(ctx, c)
	if err != nil || c.Action != record.Upload {
		return upload{}, err
	}
	defer w.decoding()()
	jpeg := value
	if !c.Restore || !uploadable(value, maxBytes) {
		if jpeg, err = photo.Prepare(value, maxBytes); err != nil {
			e := record.From(err)
			return upload{}, record.Errorf(e.Code, "prepare the photo of %s: %s", c.UserPrincipalName, e.Message()).On(c.UserPrincipalName)
		}
	}
	picture, err := photo.Decode(jpeg)
	if err != nil {
		return upload{}, record.Errorf(record.PhotoNotPreparable, "prepare the photo of %s: %w", c.UserPrincipalName, err).On(c.UserPrincipalName)
	}
	return upload{jpeg, picture}, nil
}

// uploadable reports whether a value can be uploaded byte for byte.
func uploadable(value []byte, maxBytes int) bool {
	f, err := photo.Inspect(value)
	return err == nil && f.Format == photo.JPEG && !f.Text && len(value) <= maxBytes
}

// wanted gives the photo that is to be shown: the on-premises one, if it is the
// one that the change was planned on, or the backup that is put back.
func (w *work) wanted(ctx context.Context, c plan.Change) ([]byte, error) {
	switch {
	case !c.Restore:
		return w.unmoved(ctx, c)
	case c.Action != record.Upload:
		return nil, nil
	case w.Backups == nil:
		return nil, record.Errorf(record.InternalError, "put back the photo of %s: nobody gives backups", c.UserPrincipalName).On(c.UserPrincipalName)
	}
	value, err := w.Backups.Photo(ctx, c.BackupSHA256)
	if err != nil {
		e := record.From(err)
		return nil, record.Errorf(e.Code, "put back the photo of %s: %s", c.UserPrincipalName, e.Message()).On(c.UserPrincipalName)
	}
	return value, nil
}

// unmoved gives the on-premises photo, if it is the one that the change was
// planned on. Of a restore, which has nothing to do with it, it gives none.
func (w *work) unmoved(ctx context.Context, c plan.Change) ([]byte, error) {
	if c.Restore {
		return nil, nil
	}
	stored, err := w.OnPremises.Photo(ctx, c)
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

// backup keeps what the cloud shows, in full size, before it is replaced. What
// cannot be decoded is no backup of a photo, nor is what belongs to another etag
// than the change was planned on, and nothing is written then.
func (w *work) backup(ctx context.Context, c plan.Change) (string, error) {
	if c.ETag == "" {
		return "", nil
	}
	old, err := w.Cloud.PhotoOf(ctx, c.CloudID, c.ETag)
	if err != nil {
		return "", err
	}
	if old == nil {
		return "", errMoved
	}
	if _, err := w.decode(old); err != nil {
		return "", record.Errorf(record.CloudPhotoUnreadable, "back up the cloud photo of %s: %w", c.UserPrincipalName, err).On(c.UserPrincipalName)
	}
	return w.Journal.Backup(old)
}
