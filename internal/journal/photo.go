package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"photosync/internal/record"
)

// encrypted ends the names of backups that are encrypted.
const encrypted = ".age"

// pathOf gives where a plain backup lies; the hash is one.
func pathOf(dir, sha256hex string) string {
	return filepath.Join(backupsIn(dir), sha256hex[:2], sha256hex)
}

// BackupFile gives the file below the state folder dir in which a run with this
// recipient keeps a photo, unless there is a plain one already: that of the plain
// backup when the recipient is "". An encrypted one has the first 8 hex digits of the
// recipient's own SHA-256 in its name, so that a copy for a key that is no longer
// used is not taken for one. It is "" for a hash that is no SHA-256 in lower-case hex.
func BackupFile(dir, sha256, recipient string) string {
	if !hexHash.MatchString(sha256) {
		return ""
	}
	recipient = strings.TrimSpace(recipient)
	if recipient == "" {
		return pathOf(dir, sha256)
	}
	return pathOf(dir, sha256) + "." + hashOf([]byte(recipient))[:8] + encrypted
}

// Photo gives the bytes of a backup, plain or encrypted for whom the keys are of,
// after it has checked that they are what the name says. Every copy is tried. The
// errors are BackupMissing, BackupDamaged, BackupEncrypted (it is encrypted, and k
// is nil or has no key that opens it) and JournalUnusable (it cannot be read).
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
	copies, err := readFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var sealedErr error // of the copy that is the likeliest to be opened yet
	for _, c := range copies {
		if hash, _ := hashIn(c.Name()); hash != sha256hex || c.Name() == sha256hex {
			continue
		}
		photo, err := openEncrypted(filepath.Join(filepath.Dir(path), c.Name()), sha256hex, k)
		if err == nil {
			return photo, nil
		}
		if code := record.CodeOf(err); code != record.BackupMissing && (sealedErr == nil || code == record.BackupEncrypted) {
			sealedErr = err
		}
	}
	if sealedErr != nil {
		return nil, sealedErr
	}
	return nil, plainErr
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
