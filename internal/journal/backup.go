package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"photosync/internal/record"
)

// folder is one of the folders that backups lie in.
type folder struct {
	sync.Mutex      // one backup of a folder at a time
	synced     bool // every name in it has reached the disk
}

// Backup keeps a photo and gives the SHA-256 that names it, in lower-case hex.
// A photo that is there already, whole, is not written again: plain, or encrypted
// for the recipient of the run. A copy for another recipient does not count: whoever
// changes the key may have lost the old one. The photo must not be replaced when this fails; the error is
// BackupFailed.
func (j *Journal) Backup(photo []byte) (sha256hex string, err error) {
	sum := sha256.Sum256(photo)
	name := hex.EncodeToString(sum[:])
	f := &j.folders[sum[0]]
	f.Lock()
	defer f.Unlock()
	if err := j.keep(f, name, photo); err != nil {
		return "", record.Errorf(record.BackupFailed, "back up a photo below %s: %w", j.dir, err)
	}
	j.pass(PointBackupKept)
	return name, nil
}

func (j *Journal) keep(f *folder, name string, photo []byte) error {
	dir := filepath.Join(backupsIn(j.dir), name[:2])
	plain, path := pathOf(j.dir, name), BackupFile(j.dir, name, j.recipient)
	if isPlain(plain, name) || path != plain && isEncrypted(path, len(photo)) {
		// Whoever wrote it may have been killed before it had synced the name.
		return f.sync(j.do, dir)
	}
	content := photo
	if len(j.recipients) > 0 {
		var err error
		if content, err = encrypt(photo, j.recipients); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err == nil {
		if err := j.do.syncFolder(backupsIn(j.dir)); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	// Write, sync, rename, sync the folder: after a power loss the name is
	// either absent or names the whole photo.
	f.synced = false
	if err := j.replace(dir, path, content); err != nil {
		return err
	}
	j.pass(PointBackupRenamed)
	return f.sync(j.do, dir)
}

func (f *folder) sync(do steps, dir string) error {
	if f.synced {
		return nil
	}
	err := do.syncFolder(dir)
	f.synced = err == nil
	return err
}

// replace writes a file beside and gives it its name when it is whole.
func (j *Journal) replace(dir, path string, content []byte) error {
	f, err := os.CreateTemp(dir, partPrefix+"*")
	if err != nil {
		return err
	}
	if err = j.do.write(f, content); err == nil {
		j.pass(PointBackupWritten)
		err = j.do.sync(f)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		j.pass(PointBackupSynced)
		err = j.do.rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// isPlain reports whether the file is there and holds what its name says.
func isPlain(path, name string) bool {
	old, err := os.ReadFile(path)
	return err == nil && hashOf(old) == name
}

// isEncrypted reports whether the file is there and complete in its form: it
// begins with a header, and is as long as an encryption of so many bytes has to be.
// What is in it cannot be checked without the private key, which a run that
// writes does not have. It counts as kept nevertheless: it was given this name only
// after it had reached the disk, so that it is what it was written as or the disk
// is broken; and to write it anew each time would cost more than it could save.
func isEncrypted(path string, photoSize int) bool {
	old, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	header, err := headerSize(bytes.NewReader(old))
	return err == nil && int64(len(old)) == header+payloadSize(int64(photoSize))
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
