package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"photosync/internal/journal"
)

// Reasons why nothing is known that somebody should hear of.
var (
	ErrDamaged = errors.New("it is damaged")
	ErrNewer   = errors.New("a newer version of photosync wrote it")
)

// ErrLocked says that another process had the file for longer than the patience.
var ErrLocked = errors.New("another run has it")

// errBroken says that bbolt met damage, and is not asked again.
var errBroken = errors.New("the state is broken")

// schema is the version of the layout.
const schema = 2

// Names within the file.
var (
	aboutBucket    = []byte("about")
	schemaKey      = []byte("schema")
	comparedBucket = []byte("compared ") // and the version of the comparison
	agreedBucket   = []byte("agreed")
	pendingBucket  = []byte("pending")
	orphansBucket  = []byte("orphans")
	sizesBucket    = []byte("sizes")
)

// How long somebody waits for another process that has the file: for a look, if
// nothing else is said, and to write.
const (
	patience        = time.Second
	patienceToWrite = 10 * time.Second
)

// Open opens the state in the folder, which it makes; the file is made when there
// is something to write. It examines the whole file. Of its errors ErrDamaged says
// that the file has been set aside, so that the next call begins a new one, and
// ErrNewer that the file is as it was and must not be overlooked. A report can do
// without a state, whatever the error is.
func Open(dir string, scope Scope, o Options) (*Store, error) { return open(dir, scope, comparison, o) }

func open(dir string, scope Scope, version int, o Options) (*Store, error) {
	s := newStore(filepath.Join(dir, "state.db"), scope, version, o)
	err := journal.MakeFolder(dir)
	if err == nil {
		err = s.examine()
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.path, err)
	}
	return s, nil
}

// examine looks at a file before bbolt follows what is in it, and sets it aside
// when it is damaged. Meanwhile nobody writes to it.
func (s *Store) examine() error {
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	if err != nil {
		return err
	}
	err = s.guarded(true, s.patience, func(db *bbolt.DB, file *os.File) error {
		info, err := file.Stat()
		if err == nil {
			err = walkFile(file, info.Size())
		}
		if err == nil {
			err = db.View(checkSchema)
		}
		return err
	})
	if errors.Is(err, ErrDamaged) {
		return setAside(s.path, info, err)
	}
	return err
}

// errEmpty says that nobody has written to the file yet.
var errEmpty = errors.New("it is empty")

// view shows f what is on the disk at one moment: nothing, if there is no file.
func (s *Store) view(patience time.Duration, f func(*bbolt.Tx) error) error {
	s.file.RLock()
	defer s.file.RUnlock()
	return s.guarded(true, patience, func(db *bbolt.DB, _ *os.File) error {
		return db.View(func(tx *bbolt.Tx) error {
			if err := checkSchema(tx); err != nil {
				return err
			}
			return f(tx)
		})
	})
}

// update has f change the file, which it makes.
func (s *Store) update(f func(*bbolt.Tx) error) error {
	s.file.Lock()
	defer s.file.Unlock()
	if err := create(s.path); err != nil {
		return err
	}
	return s.guarded(false, patienceToWrite, func(db *bbolt.DB, _ *os.File) error {
		return db.Update(func(tx *bbolt.Tx) error {
			if err := checkSchema(tx); err != nil {
				return err
			}
			return f(tx)
		})
	})
}

// guarded opens the file for a moment and runs f, which asks bbolt; when there is
// nothing to read it does not. Damage that [Store.examine] did not see, or that came
// since, is a panic or a fault in mapped memory there: it ends the state and not
// the run.
func (s *Store) guarded(readOnly bool, wait time.Duration, f func(*bbolt.DB, *os.File) error) (err error) {
	if s.broken.Load() {
		return errBroken
	}
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			s.broken.Store(true)
			if file != nil {
				_, _ = unlock(file), file.Close() // bbolt may wait for itself for ever and cannot be closed; others are not to wait
			}
			err = fmt.Errorf("%w: %v", errBroken, p)
		}
	}()
	db, err := openBolt(s.path, readOnly, wait, &file)
	if readOnly && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, errEmpty)) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f(db, file), db.Close())
}

// openBolt opens a database, and gives its file too.
func openBolt(path string, readOnly bool, wait time.Duration, file **os.File) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: wait, ReadOnly: readOnly, NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			if err != nil {
				return nil, err
			}
			if info, err := f.Stat(); readOnly && err == nil && info.Size() == 0 { // bbolt would write to it
				return nil, errors.Join(errEmpty, f.Close())
			}
			*file = f
			return f, nil
		},
	})
	if err == nil || errors.Is(err, errEmpty) {
		return db, err
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrLocked
	}
	if _, system := errors.AsType[syscall.Errno](err); !system {
		err = fmt.Errorf("%w: %w", ErrDamaged, err) // what bbolt itself does not like
	}
	return nil, err
}

// checkSchema looks who wrote the file. One that nobody has written to yet is
// of this version.
func checkSchema(tx *bbolt.Tx) error {
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
}
