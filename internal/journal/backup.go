package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"photosync/internal/record"
)

// Backup keeps a photo and gives the SHA-256 that names it, in lower-case hex.
// A photo that is there already, whole, is not written again. The photo must
// not be replaced when this fails; the error is BackupFailed.
func (j *Journal) Backup(photo []byte) (sha256hex string, err error) {
	j.backups.Lock()
	defer j.backups.Unlock()
	sum := sha256.Sum256(photo)
	name := hex.EncodeToString(sum[:])
	if err := j.keep(name, photo); err != nil {
		return "", record.Errorf(record.BackupFailed, "back up a photo below %s: %w", j.dir, err)
	}
	return name, nil
}

func (j *Journal) keep(name string, photo []byte) error {
	folder := filepath.Join(j.dir, "backups", name[:2])
	path := filepath.Join(folder, name)
	if whole(path, name) {
		return nil
	}
	if err := os.Mkdir(folder, 0o700); err == nil {
		if err := syncDir(filepath.Dir(folder)); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	// Write, sync, rename, sync the folder: after a power loss the name is
	// either absent or names the whole photo.
	f, err := os.CreateTemp(folder, "part-*")
	if err != nil {
		return err
	}
	_, err = f.Write(photo)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(folder)
}

// whole reports whether the file is there and holds what its name says.
func whole(path, name string) bool {
	old, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(old)
	return hex.EncodeToString(sum[:]) == name
}

// syncDir makes a new name in a folder survive a power loss. Windows has no
// such call; there the file system's own journal keeps names.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
