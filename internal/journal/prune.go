package journal

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"photosync/internal/record"
)

const (
	// unsettledFactor is how many times as old as others a run has to be before it
	// goes, when somebody may still wait for what became of its writes.
	unsettledFactor = 4
	// unsettledAtLeast is how old it has to be at least.
	unsettledAtLeast = 7 * 24 * time.Hour
	// strayAge is how old a backup has to be that nothing refers to: the intent of
	// a younger one may be about to be recorded.
	strayAge = 24 * time.Hour
)

// Pruned counts what was taken away.
type Pruned struct {
	Runs    int
	Backups int   // files of backups
	Bytes   int64 // of all files
}

// Prune takes away the runs that began before a time, and every backup that no
// other run refers to; with dryRun it only counts. Each run that goes is given to
// yield, whose error ends it and is given back.
//
// A run that was cut off, or has a write that is pending or without an outcome,
// stays four times as long as others, counted from now, and seven days at least:
// a later run settles it. Backups that nothing refers to and parts of backups,
// which killed runs leave behind, go when they are older than a day, and those of
// forgotten writes at once. The record of what was forgotten stays.
//
// Backups go first, then the journals that refer to them. A journal whose backup is
// gone is harmless, and the next Prune finds it by its age; a backup whose journal
// is gone would be nobody's, and a face.
//
// The errors are JournalUnusable, before anything is removed, and JournalFailed.
// Only for a caller that holds the state folder's lock.
func Prune(dir string, before time.Time, dryRun bool, yield func(record.Run) error) (Pruned, error) {
	now := time.Now()
	last := before.Add(-(unsettledFactor - 1) * max(0, now.Sub(before)))
	if floor := now.Add(-unsettledAtLeast); last.After(floor) {
		last = floor
	}
	goes := func(r Record) bool {
		if r.settled() {
			return r.Run.StartedAt.Before(before)
		}
		return r.Run.StartedAt.Before(last)
	}
	type old struct {
		path string
		size int64
		row  record.Run
	}
	var runs []old
	keep := make(map[string]bool)     // backups that runs refer to which stay
	released := make(map[string]bool) // backups of runs that go
	hidden := make(map[string]bool)   // backups of forgotten writes
	doubtful := make(map[string]bool) // backups that a line may refer to which is not understood
	err := walk(dir, func(e entry) error {
		backups := keep
		if goes(e.Record) {
			runs = append(runs, old{e.path, e.size, e.Row()})
			backups = released
		} else {
			add(doubtful, e.doubtful...)
		}
		for _, w := range e.Writes {
			add(backups, w.BackupSHA256)
		}
		for _, hash := range e.hidden {
			hidden[hash] = true
		}
		return nil
	})
	if err != nil {
		return Pruned{}, err
	}
	pruned, err := removeBackups(dir, dryRun, func(hash string, info fs.FileInfo) bool {
		switch {
		case keep[hash]:
			return false
		case hidden[hash]:
			return true
		case doubtful[hash]:
			return false
		}
		return released[hash] || now.Sub(info.ModTime()) > strayAge
	})
	if err != nil {
		return pruned, err
	}
	for _, r := range runs {
		if !dryRun {
			if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return pruned, notRemoved(r.path, err)
			}
		}
		pruned.Runs++
		pruned.Bytes += r.size
		if err := yield(r.row); err != nil {
			return pruned, err
		}
	}
	if len(runs) > 0 && !dryRun {
		if err := syncFolder(runsIn(dir)); err != nil {
			return pruned, notRemoved(runsIn(dir), err)
		}
	}
	return pruned, nil
}

func add(set map[string]bool, hashes ...string) {
	for _, hash := range hashes {
		if hash != "" {
			set[hash] = true
		}
	}
}
