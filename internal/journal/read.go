package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"photosync/internal/record"
)

// Read gives what the journal knows of one run. It changes nothing. The errors
// are RunNotFound, also for an id that is none, and JournalUnusable.
func Read(dir, runID string) (Record, error) {
	path, err := find(dir, runID)
	if err != nil {
		return Record{}, err
	}
	gone, err := readForgotten(dir)
	if err != nil {
		return Record{}, err
	}
	e, err := readRun(path, gone)
	if errors.Is(err, fs.ErrNotExist) {
		err = notFound(dir, runID)
	}
	return e.Record, err
}

// Walk gives every run, the latest first, one at a time. It changes nothing. A
// folder without a journal has no runs. An error of yield ends it and is given
// back; any other is JournalUnusable.
func Walk(dir string, yield func(Record) error) error {
	return walk(dir, func(e entry) error { return yield(e.Record) })
}

// Unfinished gives the runs that were cut off in the middle of a write, the
// oldest first: those without an end that have a write without an outcome, or one
// that was answered and not seen. Of a run that has its end near the end of its
// file no more than that is read. Only
// for a caller that holds the state folder's lock: else a run that is still at it
// is among them. The error is JournalUnusable.
func Unfinished(dir string) ([]Record, error) {
	var found []Record
	forgotten := sync.OnceValues(func() (map[string]bool, error) { return readForgotten(dir) })
	err := eachRun(dir, func(id string) error {
		path := fileOf(dir, id)
		if ended, err := endsInTail(path); err != nil || ended {
			return unlessPruned(err)
		}
		gone, err := forgotten()
		if err != nil {
			return err
		}
		e, err := readRun(path, gone)
		if err == nil && e.unfinished() {
			found = append(found, e.Record)
		}
		return unlessPruned(err)
	})
	slices.Reverse(found)
	return found, err
}

// entry is the record of a run with what only this package needs.
type entry struct {
	Record
	path   string
	size   int64          // of the file in bytes
	hidden map[int]string // backups of forgotten writes, by the write's index

	// doubtful are the hashes in lines that could not be understood: they may name
	// backups.
	doubtful []string
}

// walk gives every run with what only this package needs.
func walk(dir string, yield func(entry) error) error {
	gone, err := readForgotten(dir)
	if err != nil {
		return err
	}
	return eachRun(dir, func(id string) error {
		e, err := readRun(fileOf(dir, id), gone)
		if err != nil {
			return unlessPruned(err)
		}
		return yield(e)
	})
}

// eachRun gives the ids of all runs, the latest first. The error is that of yield,
// or JournalUnusable.
func eachRun(dir string, yield func(id string) error) error {
	files, err := os.ReadDir(runsIn(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return record.Errorf(record.JournalUnusable, "read the journal: %w", err).On(runsIn(dir))
	}
	slices.Reverse(files) // ReadDir sorts by name
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), suffix)
		if !ok || !isRunID(id) || !f.Type().IsRegular() {
			continue // somebody else's
		}
		if err := yield(id); err != nil {
			return err
		}
	}
	return nil
}

// unlessPruned gives the error of reading a run, none when it is gone meanwhile.
func unlessPruned(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// find gives the file of a run. The errors are RunNotFound and JournalUnusable.
func find(dir, runID string) (path string, err error) {
	id := strings.ToLower(strings.TrimSpace(runID))
	if !isRunID(id) {
		return "", notFound(dir, runID)
	}
	path = fileOf(dir, id)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !info.Mode().IsRegular():
		return "", notFound(dir, runID)
	case err != nil:
		return "", record.Errorf(record.JournalUnusable, "read the journal: %w", err).On(path)
	}
	return path, nil
}

func notFound(dir, runID string) *record.Error {
	return record.Errorf(record.RunNotFound, "look for the run %s below %s: the journal has none of this id", record.OneLine(runID), dir).On(runID)
}

// readRun reads a file. What is torn, too long or of a kind that this version
// does not know is skipped. The error is JournalUnusable.
func readRun(path string, gone map[string]bool) (entry, error) {
	var r reader
	info, err := readLines(path, r.take)
	if err != nil {
		return entry{}, err
	}
	e := entry{path: path, size: info.Size(), hidden: make(map[int]string), doubtful: r.doubtful}
	e.Record = r.record
	e.Headless = !r.headed
	id := strings.TrimSuffix(info.Name(), suffix)
	e.Run.RunID = id // the name is whole, when the header is torn
	if e.Run.StartedAt.IsZero() {
		e.Run.StartedAt = begun(id, info)
	}
	for i := range e.Writes {
		w := &e.Writes[i]
		if w.BackupSHA256 != "" && gone[w.ID] {
			e.hidden[i] = w.BackupSHA256
			w.Forgotten, w.BackupSHA256 = true, ""
		}
	}
	return e, nil
}

// begun gives when a run began whose header is torn.
func begun(id string, info fs.FileInfo) time.Time {
	if at, ok := timeIn(id); ok {
		return at
	}
	return info.ModTime().UTC()
}

// timeIn gives the time in the id of a run, to the millisecond.
func timeIn(id string) (time.Time, bool) {
	u, err := uuid.Parse(id)
	if err != nil || u.Version() != 7 {
		return time.Time{}, false
	}
	return time.Unix(u.Time().UnixTime()).UTC(), true
}

// reader puts the lines of a file together.
type reader struct {
	record   Record
	index    map[string]int // of writes, by id
	headed   bool
	torn     bool // a line was cut short, and only outcomes and ends followed
	doubtful []string
}

var anyHash = regexp.MustCompile(`[0-9a-f]{64}`)

func (r *reader) take(text []byte) error {
	l, ok := decode(text)
	if r.torn && (!ok || l.Outcome == nil && l.End == nil) {
		r.record.Unreadable++ // no run that is cut off goes on
		r.torn = false
	}
	switch {
	case !ok && cutShort(text):
		r.torn = true
	case !ok:
		r.record.Unreadable++
	}
	switch {
	case !ok, l == line{}:
		for _, hash := range anyHash.FindAll(text, -1) {
			r.doubtful = append(r.doubtful, string(hash))
		}
	case l.Run != nil:
		r.record.Run, r.headed = *l.Run, true
	case l.Intent != nil:
		if _, known := r.index[l.Intent.ID]; known {
			return nil // an id is used once
		}
		if r.index == nil {
			r.index = make(map[string]int)
		}
		r.index[l.Intent.ID] = len(r.record.Writes)
		r.record.Writes = append(r.record.Writes, Write{Intent: *l.Intent})
	case l.Outcome != nil:
		if i, known := r.index[l.Outcome.ID]; known {
			r.record.Writes[i].Outcome = l.Outcome
		}
	case l.End != nil:
		r.record.End = l.End
	}
	return nil
}

// cutShort reports whether a line that cannot be understood is the beginning of
// one that could be. What did not reach the disk may be zeros.
func cutShort(text []byte) bool {
	if len(text) > maxLine {
		return false
	}
	var any json.RawMessage
	err := json.NewDecoder(bytes.NewReader(bytes.TrimRight(text, "\x00"))).Decode(&any)
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// decode gives a line, false when it is torn or too long.
func decode(text []byte) (l line, ok bool) {
	if len(text) > maxLine || json.Unmarshal(text, &l) != nil {
		return line{}, false
	}
	return l, true
}

// readLines reads a file line by line. The error is that of yield, or
// JournalUnusable.
func readLines(path string, yield func(text []byte) error) (fs.FileInfo, error) {
	unusable := func(err error) error {
		return record.Errorf(record.JournalUnusable, "read the journal %s: %w", path, err).On(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unusable(err)
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, unusable(err)
	}
	if err := eachLine(f, yield); err != nil {
		return nil, unusable(err)
	}
	return info, nil
}
