package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// MakeFolder makes a folder and those above it that are missing, for their owner
// only; on Windows for SYSTEM and Administrators too, and what is below inherits
// that. What is made survives a power loss. A folder that is there already is left
// as it is.
func MakeFolder(dir string) error {
	dir = filepath.Clean(dir)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := MakeFolder(parent); err != nil {
			return err
		}
	}
	if err := makePrivate(dir); err != nil {
		if info, statErr := os.Stat(dir); errors.Is(err, fs.ErrExist) && statErr == nil && info.IsDir() {
			return nil // somebody else was faster
		}
		return err
	}
	return syncFolder(parent)
}

// syncFolder makes new and removed names in a folder survive a power loss.
// Windows has no such call; there the file system's own journal keeps names.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// syncFolderOf does so for the folder that a file is in.
func syncFolderOf(path string) error { return syncFolder(filepath.Dir(path)) }
