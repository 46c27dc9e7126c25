package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
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
	// lookEvery is how often the whole journal is read to find such backups.
	lookEvery = 24 * time.Hour
	// idMargin is how far the time in the id of a run may be from its start.
	idMargin = 24 * time.Hour
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
// It may be called after every run. What killed runs leave behind is looked for
// once a day, and after each [Forget]; apart from that no file is read but those of
// runs that may be old enough, which their ids tell, and those of the others only
// when backups are to go. It never holds more of a run than ids and hashes.
//
// Backups go first, then the journals that refer to them. A journal whose backup is
// gone is harmless, and the next Prune finds it by its age; a backup whose journal
// is gone would be nobody's, and a face.
//
// The errors are JournalUnusable, before anything is removed, and JournalFailed.
// Only for a caller that holds the state folder's lock.
func Prune(dir string, before time.Time, dryRun bool, yield func(record.Run) error) (Pruned, error) {
	now := time.Now()
	p := pruning{dir: dir, before: before, last: before.Add(-(unsettledFactor - 1) * max(0, now.Sub(before))), found: make(finds)}
	if floor := now.Add(-unsettledAtLeast); p.last.After(floor) {
		p.last = floor
	}
	look := p.lookDue(now)
	if err := p.read(look); err != nil {
		return Pruned{}, err
	}
	var pruned Pruned
	if look || p.released {
		var err error
		pruned, err = removeBackups(dir, dryRun, func(hash string, info fs.FileInfo) bool {
			is := p.found.of(hash)
			switch {
			case is&kept != 0:
				return false
			case is&hidden != 0:
				return true
			case is&doubtful != 0:
				return false
			}
			return is&released != 0 || look && now.Sub(info.ModTime()) > strayAge
		})
		if err != nil {
			return pruned, err
		}
	}
	for _, r := range p.old {
		path := fileOf(dir, r.row.RunId)
		if !dryRun {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return pruned, notRemoved(path, err)
			}
		}
		pruned.Runs++
		pruned.Bytes += r.size
		if err := yield(r.row); err != nil {
			return pruned, err
		}
	}
	if len(p.old) > 0 && !dryRun {
		if err := syncFolder(runsIn(dir)); err != nil {
			return pruned, notRemoved(runsIn(dir), err)
		}
	}
	if look && !dryRun {
		looked(dir)
	}
	return pruned, nil
}

// pruning is what Prune finds out before it removes anything.
type pruning struct {
	dir          string
	before, last time.Time // of settled runs, and of others
	found        finds
	old          []oldRun // that go
	released     bool     // these refer to backups
}

// oldRun is a run that goes.
type oldRun struct {
	row  record.Run
	size int64 // of the file in bytes
}

// read reads what has to be read: runs that may be old, and the others when
// something may go that they refer to.
func (p *pruning) read(look bool) error {
	forgotten := sync.OnceValues(func() (map[string]bool, error) { return readForgotten(p.dir) })
	var young []string
	err := eachRun(p.dir, func(id string) error {
		if isYoung, err := p.isYoung(id); err != nil {
			return unlessPruned(err)
		} else if isYoung {
			young = append(young, id)
			return nil
		}
		gone, err := forgotten()
		if err != nil {
			return err
		}
		return unlessPruned(p.readOld(id, gone))
	})
	if err != nil || !look && !p.released {
		return err
	}
	gone, err := forgotten()
	if err != nil {
		return err
	}
	for _, id := range young {
		if err := unlessPruned(p.found.readYoung(fileOf(p.dir, id), gone, look)); err != nil {
			return err
		}
	}
	return nil
}

// isYoung reports whether a run stays in any case, by its id, or when that is not
// clear by its header.
func (p *pruning) isYoung(id string) (bool, error) {
	if at, ok := timeIn(id); ok && at.After(p.before.Add(idMargin)) {
		return true, nil
	}
	run, err := readHeader(fileOf(p.dir, id))
	return err == nil && !run.StartedAt.IsZero() && !run.StartedAt.Before(p.before), err
}

// readOld reads a run that may go, and decides.
func (p *pruning) readOld(id string, gone map[string]bool) error {
	t := counting{gone: gone, writes: make(map[writeKey]writeState)}
	info, err := readLines(fileOf(p.dir, id), t.take)
	if err != nil {
		return err
	}
	row := t.row(id, info)
	as, limit := kept, p.last
	if t.settled() {
		limit = p.before
	}
	if row.StartedAt.Before(limit) {
		p.old = append(p.old, oldRun{row, info.Size()})
		p.released = p.released || len(t.backups)+len(t.hidden) > 0
		as = released
	} else {
		p.found.add(doubtful, t.doubtful...)
	}
	p.found.add(as, t.backups...)
	p.found.add(hidden, t.hidden...)
	return nil
}

// lookDue reports whether what killed runs left behind is to be looked for. When
// it is not known when that was done last, it is.
func (p *pruning) lookDue(now time.Time) bool {
	last, err := os.Stat(lookedIn(p.dir))
	if err != nil || last.ModTime().After(now) || now.Sub(last.ModTime()) > lookEvery {
		return true
	}
	f, err := os.Stat(forgottenIn(p.dir))
	return err == nil && !f.ModTime().Before(last.ModTime()) // a Forget may have been cut off
}

// looked notes that everything was looked through. When it cannot, the next Prune
// looks again.
func looked(dir string) {
	_ = os.Remove(lookedIn(dir)) // for a new time, by the clock that the other files have theirs of
	_ = os.WriteFile(lookedIn(dir), nil, 0o600)
}

func lookedIn(dir string) string { return filepath.Join(runsIn(dir), "pruned") }
