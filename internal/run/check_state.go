package run

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"photosync/internal/record"
)

// state tries whether journal and backups could be written. It leaves the
// folder as it was, or as absent as it was.
func (c *checker) state(context.Context) record.Check {
	dir := c.options.StateDir
	if dir == "" {
		return fail(record.Errorf(record.StateDirUnusable, "no state folder is named"))
	}
	made, err := makeFolders(dir)
	if err == nil {
		err = tryWrite(dir)
	}
	mode, statErr := os.Stat(dir)
	for _, d := range made { // the deepest first
		_ = os.Remove(d) // it stays when a run has begun to use it meanwhile
	}
	if err = errors.Join(err, statErr); err != nil {
		return fail(record.Errorf(record.StateDirUnusable, "try the state folder %s: %w", dir, err).On(dir))
	}
	switch {
	case len(made) > 0:
		return pass("%s is not there yet, and can be made and written", dir)
	case runtime.GOOS == "windows":
		return pass("%s can be written; who may read it is not looked at on Windows, where folders in ProgramData are open to all users at first", dir)
	case mode.Mode().Perm()&0o077 != 0:
		return warn("Close it to everybody else (chmod 700): backups are people's photos.",
			"%s can be written, and is open to other accounts (mode %04o)", dir, mode.Mode().Perm())
	}
	return pass("%s can be written, and is closed to other accounts", dir)
}

// makeFolders makes a folder and those above it that are missing, and gives
// those that it made, the deepest first.
func makeFolders(dir string) (made []string, err error) {
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); !errors.Is(err, fs.ErrNotExist) {
			break // there, or something that MkdirAll has better words for
		}
		made = append(made, d)
	}
	if len(made) == 0 {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return there(made), err
	}
	return made, nil
}

// there gives those of the folders that exist.
func there(dirs []string) (all []string) {
	for _, d := range dirs {
		if _, err := os.Stat(d); err == nil {
			all = append(all, d)
		}
	}
	return all
}

// tryWrite makes a file, waits until it is on the disk, and removes it.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".photosync-check-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("photosync check was here\n")
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}
