package journal

import (
	"errors"
	"io/fs"
	"os"

	"photosync/internal/record"
)

// batch is lines that reach the disk together. Many writers wait for one sync.
type batch struct {
	text    []byte
	written []Point       // to be passed when the lines are written
	done    chan struct{} // closed when err is known
	err     error
}

// write appends one line and waits until it is on the disk. Lines of writers that
// come while another batch is being synced go with the next one. The points are
// passed when the line is written, and when it is synced; "" is none.
func (j *Journal) write(l line, written, recorded Point) error {
	text, err := l.encode()
	if err != nil {
		return err
	}
	j.mu.Lock()
	b, first := j.next, j.next == nil
	if first {
		b = &batch{done: make(chan struct{})}
		j.next = b
	}
	b.text = append(b.text, text...)
	b.written = append(b.written, written)
	j.mu.Unlock()
	if first {
		j.commit(b)
	}
	<-b.done
	if b.err == nil {
		j.pass(recorded)
	}
	return b.err
}

// commit writes a batch after the one before it. From here on no line joins it.
func (j *Journal) commit(b *batch) {
	j.disk.Lock()
	defer j.disk.Unlock()
	defer close(b.done)
	j.mu.Lock()
	j.next = nil
	j.mu.Unlock()
	if j.broken == nil {
		if j.broken = j.do.write(j.file, b.text); j.broken == nil {
			for _, p := range b.written {
				j.pass(p)
			}
			j.broken = j.do.sync(j.file)
		}
	}
	b.err = j.broken
}

// pass calls whoever waits for a point.
func (j *Journal) pass(p Point) {
	if p != "" {
		j.at(p)
	}
}

// Settle appends outcomes to the journal of an earlier run: what was unfinished
// or pending is known now. The errors are RunNotFound and JournalFailed. Only
// for a caller that holds the state folder's lock.
func Settle(dir, runID string, outcomes ...Outcome) error {
	lines := make([]line, len(outcomes))
	for i := range outcomes {
		lines[i].Outcome = &outcomes[i]
	}
	return amend(dir, runID, lines...)
}

// Conclude appends an end to the journal of a run that was cut off. Errors and
// callers are those of [Settle].
func Conclude(dir, runID string, e End) error { return amend(dir, runID, line{End: &e}) }

func amend(dir, runID string, lines ...line) error {
	path, err := find(dir, runID)
	if err != nil {
		return err
	}
	if err := appendLines(path, os.O_RDWR, lines...); errors.Is(err, fs.ErrNotExist) {
		return notFound(dir, runID)
	} else if err != nil {
		return record.Errorf(record.JournalFailed, "record in %s what became of it: %w", path, err).On(path)
	}
	return nil
}

// appendLines appends lines to a file that may end in half a line, and syncs it
// and its name.
func appendLines(path string, flag int, lines ...line) (err error) {
	var text []byte
	for _, l := range lines {
		t, err := l.encode()
		if err != nil {
			return err
		}
		text = append(text, t...)
	}
	f, err := os.OpenFile(path, flag|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	half, err := endsInHalf(f)
	if err != nil {
		return err
	}
	if half {
		text = append([]byte{'\n'}, text...)
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	return errors.Join(f.Sync(), syncFolderOf(path))
}

// endsInHalf reports whether the last line of a file has no end.
func endsInHalf(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	return last[0] != '\n', err
}
