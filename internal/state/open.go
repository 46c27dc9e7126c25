package state

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Reasons why there is no memory that somebody should hear of.
var (
	ErrDamaged = errors.New("it is damaged")
	ErrNewer   = errors.New("a newer version of photosync wrote it")
)

// ErrLocked says that another process has the memory.
var ErrLocked = errors.New("another run has it")

// schema is the version of the layout.
const schema = 1

// Names within the file.
var (
	aboutBucket    = []byte("about")
	schemaKey      = []byte("schema")
	comparedBucket = []byte("compared ") // and the version of the comparison
)

// patience is how long each of two looks waits for another process to go.
const patience = 400 * time.Millisecond

// Open opens the memory in the state folder, or makes it. Of its errors
// ErrDamaged says that the file has been set aside, so that the next call begins
// a new one. A run can do without a memory, whatever the error is.
func Open(dir string, s Scope) (*Store, error) { return open(dir, s, comparison) }

func open(dir string, scope Scope, version int) (*Store, error) {
	path := filepath.Join(dir, "state.db")
	unusable := func(err error) (*Store, error) { return nil, fmt.Errorf("open %s: %w", path, err) }
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unusable(err)
	}
	if err := examine(path); err != nil {
		return unusable(err)
	}
	s := &Store{
		scope: scope.bucket(), kind: strconv.AppendInt(bytes.Clone(comparedBucket), int64(version), 10),
		open: make(batch), full: make(chan batch, 1), done: make(chan struct{}),
	}
	var err error
	if s.db, _, err = openBolt(path, false); err != nil {
		return unusable(err)
	}
	if err := s.guarded(s.checkSchema); err != nil {
		err = errors.Join(err, s.close())
		if errors.Is(err, ErrDamaged) {
			err = setAside(path, nil, err)
		}
		return unusable(err)
	}
	go s.write()
	return s, nil
}

// openBolt opens a database, and gives its file too.
func openBolt(path string, readOnly bool) (db *bbolt.DB, file *os.File, err error) {
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: patience, ReadOnly: readOnly, NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		},
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		err = ErrLocked
	}
	return db, file, err
}

// checkSchema looks who wrote the file. One that nobody has written to yet is
// of this version.
func (s *Store) checkSchema() error {
	return s.db.View(func(tx *bbolt.Tx) error {
		about := tx.Bucket(aboutBucket)
		if about == nil {
			if name, _ := tx.Cursor().First(); name != nil {
				return fmt.Errorf("%w: it does not say what it is", ErrDamaged)
			}
			return nil
		}
		version, err := strconv.Atoi(string(about.Get(schemaKey)))
		switch {
		case err != nil || version < 1:
			return fmt.Errorf("%w: its schema is %.20q", ErrDamaged, about.Get(schemaKey))
		case version > schema:
			return fmt.Errorf("%w: its schema is %d, and this one knows %d", ErrNewer, version, schema)
		}
		return nil
	})
}

// examine looks at a file before bbolt follows what is in it, and sets it aside
// when it is damaged. Meanwhile nobody writes to it.
func examine(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil // bbolt makes it
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	if err != nil {
		return err
	}
	db, file, err := openBolt(path, true)
	if err == nil {
		info, err = file.Stat()
		if err == nil {
			err = walkFile(file, info.Size())
		}
		err = errors.Join(err, db.Close())
	} else if _, system := errors.AsType[syscall.Errno](err); !system && !errors.Is(err, ErrLocked) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err) // what bbolt itself does not like
	}
	if errors.Is(err, ErrDamaged) {
		return setAside(path, info, err)
	}
	return err
}

// setAside gives a damaged file another name, unless by now somebody else has
// done that: then the name is a new file's.
func setAside(path string, was os.FileInfo, cause error) error {
	is, err := os.Stat(path)
	if err != nil || was != nil && !os.SameFile(was, is) {
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
