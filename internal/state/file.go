package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"go.etcd.io/bbolt"
)

// create makes the database if there is none: beside its place, so that one that
// is there is whole, whenever the process is killed.
func create(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	made := file.Name()
	defer func() { _ = os.Remove(made) }() // which is a second name by then, or of no use
	if err := file.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(made, 0o600, &bbolt.Options{NoStatistics: true})
	if err != nil {
		return err
	}
	if err := errors.Join(db.Update(upgrade), db.Close()); err != nil {
		return err
	}
	switch err := os.Link(made, path); {
	case err == nil:
		return syncFolder(filepath.Dir(path))
	case errors.Is(err, fs.ErrExist): // another process was faster
		return nil
	}
	return nil // a file system without second names: bbolt makes the file in its place
}

// syncFolder has the names in a folder on the disk.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // which has no such thing
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// setAside gives a damaged file another name, unless by now somebody else has
// done that: then the name is a new file's.
func setAside(path string, was os.FileInfo, cause error) error {
	is, err := os.Stat(path)
	if err != nil || !os.SameFile(was, is) {
		return errors.Join(cause, err)
	}
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000000000Z")
	if _, err := os.Lstat(aside); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; %s is there already", cause, aside)
	}
	if err := os.Rename(path, aside); err != nil {
		return errors.Join(cause, err)
	}
	return fmt.Errorf("%w; it is now %s", cause, filepath.Base(aside))
}
