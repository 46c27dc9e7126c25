package journal

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"photosync/internal/record"
)

// hash is a SHA-256; 64 hex digits take three times as much.
type hash [sha256.Size]byte

// parseHash gives the hash of a text, false when it is none that names a backup.
func parseHash(text string) (h hash, ok bool) {
	if !hexHash.MatchString(text) {
		return hash{}, false
	}
	_, err := hex.Decode(h[:], []byte(text))
	return h, err == nil
}

// finding is what refers to a backup; there may be several at once.
type finding byte

const (
	kept     finding = 1 << iota // a run that stays
	released                     // a run that goes
	hidden                       // a forgotten write
	doubtful                     // perhaps a line that is not understood
)

// finds says of backups what refers to them.
type finds map[hash]finding

func (f finds) add(is finding, hashes ...hash) {
	for _, h := range hashes {
		f[h] |= is
	}
}

// of gives what refers to a backup; parts of backups have no hash.
func (f finds) of(text string) finding {
	h, ok := parseHash(text)
	if !ok {
		return 0
	}
	return f[h]
}

// readYoung adds what a run that stays refers to, of all backups or of those alone
// that something refers to already. Lines that name none are not taken apart.
func (f finds) readYoung(path string, gone map[string]bool, all bool) error {
	_, err := readLines(path, func(text []byte) error {
		if !bytes.Contains(text, []byte(`\u`)) && !f.mentioned(text, all) {
			return nil // digits can be written in no other way
		}
		var c counting
		c.gone = gone
		if err := c.take(text); err != nil {
			return err
		}
		f.add(kept, c.backups...)
		f.add(hidden, c.hidden...)
		f.add(doubtful, c.doubtful...)
		return nil
	})
	return err
}

// mentioned reports whether there is a hash in a line, any or one that is known.
func (f finds) mentioned(text []byte, any bool) bool {
	digits := 0
	for i, c := range text {
		if c < '0' || c > '9' && c < 'a' || c > 'f' {
			digits = 0
			continue
		}
		if digits++; digits < 2*sha256.Size {
			continue
		}
		var h hash
		_, _ = hex.Decode(h[:], text[i+1-2*sha256.Size:i+1]) // they are digits
		if any || f[h] != 0 {
			return true
		}
	}
	return false
}

// writeKey stands for the id of a write, which may be long.
type writeKey [16]byte

func keyOf(id string) writeKey {
	sum := sha256.Sum256([]byte(id))
	return writeKey(sum[:16])
}

// writeState is what became of a write, as far as rows count it.
type writeState byte

const (
	writeUnknown writeState = iota
	writeDone
	writePending
	writeFailed
	writeOther
)

// counting is a run of which no more is held than Prune needs: it comes to the same
// as [reader] and [Record.Row].
type counting struct {
	gone              map[string]bool
	run               Run
	end               *End
	uploads, removals int64
	writes            map[writeKey]writeState // nil: ids are not looked at
	backups, hidden   []hash
	doubtful          []hash
}

func (c *counting) take(text []byte) error {
	l, ok := decode(text)
	switch {
	case !ok, l == line{}:
		for _, text := range anyHash.FindAll(text, -1) {
			if h, ok := parseHash(string(text)); ok {
				c.doubtful = append(c.doubtful, h)
			}
		}
	case l.Run != nil:
		c.run = *l.Run
	case l.Intent != nil:
		c.intent(*l.Intent)
	case l.Outcome != nil:
		key := keyOf(l.Outcome.ID)
		if _, known := c.writes[key]; known {
			c.writes[key] = stateOf(l.Outcome.Status)
		}
	case l.End != nil:
		c.end = l.End
	}
	return nil
}

func (c *counting) intent(i Intent) {
	if c.writes != nil {
		key := keyOf(i.ID)
		if _, known := c.writes[key]; known {
			return // an id is used once
		}
		c.writes[key] = writeUnknown
	}
	switch i.Action {
	case record.Upload:
		c.uploads++
	case record.Remove:
		c.removals++
	}
	if h, ok := parseHash(i.BackupSHA256); !ok {
		return
	} else if c.gone[i.ID] {
		c.hidden = append(c.hidden, h)
	} else {
		c.backups = append(c.backups, h)
	}
}

func stateOf(s record.ChangeStatus) writeState {
	switch s {
	case record.Done:
		return writeDone
	case record.Pending:
		return writePending
	case record.Failed:
		return writeFailed
	}
	return writeOther
}

// settled is [Record.settled].
func (c *counting) settled() bool {
	if c.end == nil {
		return false
	}
	for _, s := range c.writes {
		if s == writeUnknown || s == writePending {
			return false
		}
	}
	return true
}

// row is [Record.Row]. Each backup is there once afterwards.
func (c *counting) row(id string, info fs.FileInfo) record.Run {
	c.run.RunID = id
	if c.run.StartedAt.IsZero() {
		c.run.StartedAt = begun(id, info)
	}
	row := Record{Run: c.run, End: c.end}.Row()
	row.Uploads, row.Removals = c.uploads, c.removals
	for _, s := range c.writes {
		switch s {
		case writeUnknown:
			row.Unfinished++
		case writeDone:
			row.Done++
		case writePending:
			row.Pending++
		case writeFailed:
			row.Failed++
		}
	}
	slices.SortFunc(c.backups, func(a, b hash) int { return bytes.Compare(a[:], b[:]) })
	c.backups = slices.Compact(c.backups)
	row.Backups = int64(len(c.backups))
	return row
}

// readHeader gives the first line of a run's file, an empty one when that is no
// header. The error is JournalUnusable.
func readHeader(path string) (Run, error) {
	unusable := func(err error) error {
		return record.Errorf(record.JournalUnusable, "read the journal %s: %w", path, err).On(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return Run{}, unusable(err)
	}
	defer func() { _ = f.Close() }() // only read
	text, err := bufio.NewReader(io.LimitReader(f, maxLine+1)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return Run{}, unusable(err)
	}
	if l, ok := decode(text); ok && l.Run != nil {
		return *l.Run, nil
	}
	return Run{}, nil
}
