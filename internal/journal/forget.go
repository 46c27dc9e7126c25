package journal

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"photosync/internal/record"
)

// By says who has something forgotten.
type By struct {
	RunID   string    `json:"runId"`
	User    string    `json:"user"`
	Host    string    `json:"host"`
	Version string    `json:"version"` // of photosync
	At      time.Time `json:"at"`
}

// Forgotten counts what was forgotten.
type Forgotten struct {
	Writes  int // that have lost their backup
	Backups int // files that were removed, also of nobody's
	Kept    int // backups that stay, because they are another person's too
}

// forgotten is the record of it: a line of journal/forgotten.jsonl. Neither a name
// nor a hash of a photo is in it.
type forgotten struct {
	By
	ObjectGUID string   `json:"objectGuid"`
	CloudIDs   []string `json:"cloudIds"`
	Writes     []string `json:"writes"` // ids
}

// maxForgotten bounds the writes of one line, to keep it below maxLine.
const maxForgotten = 10_000

// Forget removes every backup of the named people, and records first that it
// does; with dryRun it only counts. A person is named as [Write.Is] says, by any
// name that the journal has; all writes of the same objectGUID are theirs, and a
// write without one is of whoever else has its cloud id.
//
// A backup that is another person's too stays, but from then on no write of the
// person refers to it. A removal that was cut off is made good by the next Forget
// or [Prune]. All copies of a backup go, plain and encrypted for anybody.
//
// What killed runs have left goes too, of whatever age, for it may be theirs: parts
// of backups, and backups that no write refers to. Only what a line that cannot be
// understood may refer to stays. While the lock is held nobody is writing either.
//
// The errors are WriteNotFound and IdentityAmbiguous, before anything is done,
// JournalUnusable and JournalFailed. Only for a caller that holds the state
// folder's lock.
func Forget(dir string, names []string, by By, dryRun bool) (Forgotten, error) {
	people, err := identify(dir, names)
	if err != nil {
		return Forgotten{}, err
	}
	var count Forgotten
	mine := make(map[string]bool)     // backups of the people
	others := make(map[string]bool)   // backups that somebody else's write refers to
	gone := make(map[string]bool)     // backups that are to be removed
	doubtful := make(map[string]bool) // backups that a line may refer to which is not understood
	lines := make(map[string]*forgotten)
	err = walk(dir, func(e entry) error {
		for _, hash := range e.hidden {
			gone[hash] = true
		}
		for _, hash := range e.doubtful {
			doubtful[hash] = true
		}
		for _, w := range e.Writes {
			who := people.of(w)
			switch {
			case w.BackupSHA256 == "":
			case !people.wanted[who]:
				others[w.BackupSHA256] = true
			default:
				count.Writes++
				mine[w.BackupSHA256], gone[w.BackupSHA256] = true, true
				if lines[who] == nil {
					lines[who] = &forgotten{By: by, ObjectGUID: strings.ToLower(w.ObjectGUID)}
				}
				lines[who].add(w)
			}
		}
		return nil
	})
	if err != nil {
		return Forgotten{}, err
	}
	for hash := range others {
		delete(gone, hash)
		if mine[hash] {
			count.Kept++
		}
	}
	if !dryRun && len(lines) > 0 {
		if err := recordForgotten(dir, lines); err != nil {
			return Forgotten{}, err
		}
	}
	removed, err := removeBackups(dir, dryRun, func(hash string, _ fs.FileInfo) bool {
		return gone[hash] || !others[hash] && !doubtful[hash] // parts have the hash ""
	})
	count.Backups = removed.Backups
	return count, err
}

func (f *forgotten) add(w Write) {
	f.Writes = append(f.Writes, w.ID)
	if f.ObjectGUID == "" {
		f.ObjectGUID = strings.ToLower(w.ObjectGUID)
	}
	if w.CloudID != "" && !slices.Contains(f.CloudIDs, w.CloudID) {
		f.CloudIDs = append(f.CloudIDs, w.CloudID)
	}
}

// recordForgotten appends to journal/forgotten.jsonl. The error is JournalFailed.
func recordForgotten(dir string, people map[string]*forgotten) error {
	var lines []line
	for _, who := range slices.Sorted(maps.Keys(people)) {
		for ids := range slices.Chunk(people[who].Writes, maxForgotten) {
			part := *people[who]
			part.Writes = ids
			lines = append(lines, line{Forgotten: &part})
		}
	}
	path := forgottenIn(dir)
	if err := appendLines(path, os.O_RDWR|os.O_CREATE, lines...); err != nil {
		return record.Errorf(record.JournalFailed, "record in %s whose backups are removed: %w", path, err).On(path)
	}
	return nil
}

// readForgotten gives the ids of writes whose backups were forgotten.
func readForgotten(dir string) (map[string]bool, error) {
	gone := make(map[string]bool)
	_, err := readLines(forgottenIn(dir), func(text []byte) error {
		if l, ok := decode(text); ok && l.Forgotten != nil {
			for _, id := range l.Forgotten.Writes {
				gone[id] = true
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return gone, err
}

func forgottenIn(dir string) string { return filepath.Join(runsIn(dir), "forgotten"+suffix) }
