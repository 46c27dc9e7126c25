package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"photosync/internal/journal"
	"photosync/internal/record"
)

// Holder says which run has the state folder.
type Holder struct {
	RunID   string    `json:"runId"`
	Command string    `json:"command"`
	User    string    `json:"user"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
}

// String says what is known of the run: "sync 20260102T150405Z-1a2b by CORP\\u on H
// (process 7), since 2026-01-02T15:04:05Z". It is "" when nothing is.
func (h Holder) String() string {
	var b strings.Builder
	say := func(known bool, format string, what any) {
		if known {
			fmt.Fprintf(&b, format, what)
		}
	}
	say(h.Command != "", " %s", h.Command)
	say(h.RunID != "", " %s", h.RunID)
	say(h.User != "", " by %s", h.User)
	say(h.Host != "", " on %s", h.Host)
	say(h.PID != 0, " (process %d)", h.PID)
	say(!h.Since.IsZero(), ", since %s", h.Since.UTC().Format(time.RFC3339))
	return strings.TrimLeft(b.String(), " ,")
}

// Held is a state folder that a run has, see [Lock].
type Held struct {
	lock   *flock.Flock
	holder string
}

// taken has every [Held] until it is released: a lock ends with its file, and the
// file would end with the last who knows of it.
var taken sync.Map

// Lock takes the state folder, which it makes, for a run that writes to the cloud.
// The run has it until it releases it, or ends: one that was killed has nothing.
// Nobody is waited for: RunInProgress says who has the folder, and since when.
// StateDirUnusable says that the folder cannot be written.
func Lock(dir string, h Holder) (*Held, error) {
	unusable := func(err error) (*Held, error) {
		return nil, record.Errorf(record.StateDirUnusable, "lock the state folder: %w", err).On(dir)
	}
	if err := journal.MakeFolder(dir); err != nil {
		return unusable(err)
	}
	held := &Held{lock: flock.New(filepath.Join(dir, "run.lock"), flock.SetFlag(os.O_CREATE|os.O_RDWR)), holder: filepath.Join(dir, "run.json")}
	switch got, err := held.lock.TryLock(); {
	case err != nil:
		return unusable(err)
	case !got:
		text := "take the state folder: another run has it"
		if who := readHolder(held.holder).String(); who != "" {
			text += ": " + who
		}
		return nil, record.Errorf(record.RunInProgress, "%s", text).On(dir)
	}
	taken.Store(held, true)
	_ = writeHolder(held.holder, h) // who has it is a courtesy: a disk that is full must not keep anybody from making room
	return held, nil
}

// Release gives the folder back. It does nothing the second time.
func (l *Held) Release() error {
	if !l.lock.Locked() {
		return nil
	}
	defer taken.Delete(l)
	return errors.Join(removeIfThere(l.holder), l.lock.Unlock())
}

// writeHolder says who has the folder. What a run that was killed has left there
// goes first: nobody is to be told of that run.
func writeHolder(path string, h Holder) error {
	if err := removeIfThere(path); err != nil {
		return err
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	fresh := path + ".new" // only who has the lock writes it
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return patiently(func() error { return os.Rename(fresh, path) })
}

func removeIfThere(path string) error {
	err := patiently(func() error { return os.Remove(path) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// patiently tries again what fails on Windows while somebody reads the file.
func patiently(do func() error) error {
	err := do()
	for range 20 {
		if runtime.GOOS != "windows" || err == nil || errors.Is(err, fs.ErrNotExist) {
			break
		}
		time.Sleep(10 * time.Millisecond)
		err = do()
	}
	return err
}

// readHolder reads who has the folder: nobody that could be named, when the file is
// not there yet, or is not one.
func readHolder(path string) (h Holder) {
	file, err := os.Open(path)
	if err != nil {
		return Holder{}
	}
	text, err := io.ReadAll(io.LimitReader(file, 1<<16))
	if err := errors.Join(err, file.Close()); err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}
