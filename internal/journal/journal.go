// Package journal keeps, on disk, what a run is about to write and what became
// of it, and a backup of every cloud photo before it is replaced or removed; and
// it gives them back. What it has accepted has reached the disk when the call
// returns.
//
// Start with [Open] to write, with [Walk] or [Read] to look back. Layout below
// the state folder:
//
//	backups/ab/ab12...          a photo, named by its SHA-256
//	backups/ab/ab12....R.age    the same, encrypted for the recipient R, see BackupFile
//	backups/ab/part-...         a backup that was never ended, see Prune
//	journal/RUNID.jsonl         a run: one header, then intents and outcomes, and an end
//	journal/forgotten.jsonl     whose backups were removed, by whom
//	journal/pruned              empty; its time is when backups were last looked through, see Prune
//
// On Unix files are readable by their owner only, on Windows by SYSTEM and
// Administrators too, so that an administrator can put back what a service
// replaced. No secret is ever in them.
package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"filippo.io/age"

	"photosync/internal/record"
)

// Point names a moment of a write, for tests that end the process there.
type Point = string

// The points, in the order in which a write passes them.
const (
	PointBackupWritten   Point = "journal: backup written" // not synced
	PointBackupSynced    Point = "journal: backup synced"
	PointBackupRenamed   Point = "journal: backup renamed"
	PointBackupKept      Point = "journal: backup kept"    // also when it was there already
	PointIntentWritten   Point = "journal: intent written" // not synced
	PointIntentRecorded  Point = "journal: intent recorded"
	PointOutcomeWritten  Point = "journal: outcome written" // not synced
	PointOutcomeRecorded Point = "journal: outcome recorded"
)

// Points lists every [Point] of this package.
var Points = []Point{
	PointBackupWritten, PointBackupSynced, PointBackupRenamed, PointBackupKept,
	PointIntentWritten, PointIntentRecorded, PointOutcomeWritten, PointOutcomeRecorded,
}

// Options are what a journal can be told beside its run.
type Options struct {
	Recipient string            // age public key that backups are encrypted for, "" for plain backups
	At        func(point Point) // called at each [Point], by several goroutines at once; nil for none
}

// Journal is the open journal of one run. It may be used by several goroutines at once.
type Journal struct {
	dir        string
	recipient  string          // as backups are named by it, "" for plain ones
	recipients []age.Recipient // none: backups are plain
	at         func(Point)
	do         steps
	folders    [256]folder // of backups, by the first byte of their hash

	mu   sync.Mutex // guards next
	next *batch     // lines that wait for the disk, nil for none

	disk   sync.Mutex // guards the rest
	file   *os.File
	broken error // of the first lines that may be half written; no others follow them
}

// Open makes the folders that are missing below dir and begins the journal of a
// run, whose id is a UUID that has no journal yet. The run's recipient is that of
// the options. Of the errors BackupKeyUnusable says that the recipient is none;
// any other is StateDirUnusable: nothing may be written to the cloud without a
// journal.
func Open(dir string, run Run, o Options) (*Journal, error) {
	run.Recipient = strings.TrimSpace(o.Recipient)
	recipients, err := parseRecipient(run.Recipient)
	if err != nil {
		return nil, err
	}
	unusable := func(err error) error {
		return record.Errorf(record.StateDirUnusable, "prepare the state folder %s: %w", dir, err).On(dir)
	}
	if !isRunID(run.RunID) {
		return nil, unusable(errors.New("the id of the run is not a UUID: " + run.RunID))
	}
	for _, d := range []string{runsIn(dir), backupsIn(dir)} {
		if err := MakeFolder(d); err != nil {
			return nil, unusable(err)
		}
	}
	f, err := os.OpenFile(fileOf(dir, run.RunID), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, unusable(err)
	}
	j := &Journal{dir: dir, recipient: run.Recipient, recipients: recipients, at: o.At, do: onDisk, file: f}
	if j.at == nil {
		j.at = func(Point) {}
	}
	// The folders may be there since a moment ago, from a run that was killed
	// before it had synced their names.
	err = errors.Join(j.write(line{Run: &run}, "", ""), syncFolder(runsIn(dir)), syncFolder(backupsIn(dir)), syncFolder(dir))
	if err != nil {
		return nil, errors.Join(unusable(err), f.Close(), os.Remove(f.Name())) // a run that never was
	}
	_ = syncFolderOf(filepath.Clean(dir)) // it may be one that this account cannot read; then its names are not ours
	return j, nil
}

// Close lets go of the file. A run that came to its end has called [Journal.End].
func (j *Journal) Close() error {
	if err := j.file.Close(); err != nil {
		return record.Errorf(record.JournalFailed, "close the journal %s: %w", j.file.Name(), err).On(j.file.Name())
	}
	return nil
}

// Intend records a write that is about to be sent. It must not be sent when
// this fails; the error is JournalFailed.
func (j *Journal) Intend(i Intent) error {
	if err := j.write(line{Intent: &i}, PointIntentWritten, PointIntentRecorded); err != nil {
		return record.Errorf(record.JournalFailed, "record the intended change of %s: %w", i.UserPrincipalName, err).On(i.UserPrincipalName)
	}
	return nil
}

// Finish records what became of an intended write. The error is JournalFailed.
func (j *Journal) Finish(o Outcome) error {
	if err := j.write(line{Outcome: &o}, PointOutcomeWritten, PointOutcomeRecorded); err != nil {
		return record.Errorf(record.JournalFailed, "record the outcome of change %s: %w", o.ID, err)
	}
	return nil
}

// Answered records that the service took an intended write, which is Pending from
// then on. It does not wait for the disk: a process that is killed loses nothing
// by that, and after a power loss the write is one of which nothing is known. The
// error is JournalFailed.
func (j *Journal) Answered(id string, at time.Time) error {
	text, err := line{Outcome: &Outcome{ID: id, At: at, Status: record.Pending, Reason: record.NotVisibleYet}}.encode()
	if err == nil {
		j.disk.Lock()
		defer j.disk.Unlock()
		if j.broken == nil {
			_, j.broken = j.file.Write(text)
		}
		err = j.broken
	}
	if err != nil {
		return record.Errorf(record.JournalFailed, "record the answer to change %s: %w", id, err)
	}
	return nil
}

// End records that the run came to its end: its last line. The error is
// JournalFailed.
func (j *Journal) End(e End) error {
	if err := j.write(line{End: &e}, "", ""); err != nil {
		return record.Errorf(record.JournalFailed, "record the end of the run in %s: %w", j.file.Name(), err).On(j.file.Name())
	}
	return nil
}

func runsIn(dir string) string        { return filepath.Join(dir, "journal") }
func backupsIn(dir string) string     { return filepath.Join(dir, "backups") }
func fileOf(dir, runID string) string { return filepath.Join(runsIn(dir), runID+suffix) }
