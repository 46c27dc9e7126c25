package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"photosync/internal/record"
)

// pathOf gives where a plain backup lies; the hash is one.
func pathOf(dir, sha256hex string) string {
	return filepath.Join(backupsIn(dir), sha256hex[:2], sha256hex)
}

// Photo gives the bytes of a backup, plain or encrypted, after it has checked
// that they are what the name says. The errors are BackupMissing, BackupDamaged,
// BackupEncrypted (it is encrypted, and k is nil or has no key that opens it) and
// JournalUnusable (it cannot be read).
func Photo(dir, sha256hex string, k *Keys) ([]byte, error) {
	if !hexHash.MatchString(sha256hex) {
		return nil, record.Errorf(record.BackupMissing, "read the backup %q below %s: no backup has this name", record.OneLine(sha256hex), dir)
	}
	path := pathOf(dir, sha256hex)
	plain, plainErr := readBackup(path)
	if plainErr == nil {
		if hashOf(plain) == sha256hex {
			return plain, nil
		}
		plainErr = record.Errorf(record.BackupDamaged, "read the backup %s: its bytes are not those that it was named by", path).On(path)
	}
	photo, err := openEncrypted(path+encrypted, sha256hex, k)
	if record.CodeOf(err) == record.BackupMissing {
		return nil, plainErr
	}
	return photo, err
}

func openEncrypted(path, sha256hex string, k *Keys) ([]byte, error) {
	content, err := readBackup(path)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, record.Errorf(record.BackupEncrypted, "read the backup %s: it is encrypted, and no identity was given", path).On(path)
	}
	photo, err := decrypt(content, k)
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, record.Errorf(record.BackupEncrypted, "read the backup %s: it is encrypted for another key than those of the identity file", path).On(path)
	}
	if err != nil {
		return nil, record.Errorf(record.BackupDamaged, "decrypt the backup %s: %w", path, err).On(path)
	}
	if hashOf(photo) != sha256hex {
		return nil, record.Errorf(record.BackupDamaged, "read the backup %s: its bytes are not those that it was named by", path).On(path)
	}
	return photo, nil
}

func readBackup(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, record.Errorf(record.BackupMissing, "read the backup %s: it is not there", path).On(path)
	case err != nil:
		return nil, record.Errorf(record.JournalUnusable, "read the backup %s: %w", path, err).On(path)
	}
	return content, nil
}
