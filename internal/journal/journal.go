// Package journal keeps, on disk, what a run is about to write and what became
// of it, and a backup of every cloud photo before it is replaced or removed.
// What it has accepted has reached the disk when the call returns.
//
// Start with [Open]. Layout below the state folder:
//
//	backups/ab/ab12...          a photo, named by its SHA-256
//	journal/RUNID.jsonl         a run: one header, then intents and outcomes
//
// Files are readable by their owner only. No secret is ever in them.
package journal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"photosync/internal/record"
)

// Run says which run a journal belongs to.
type Run struct {
	RunID     string    `json:"runId"`
	Command   string    `json:"command"`
	Version   string    `json:"version"`
	User      string    `json:"user"` // the account that runs photosync
	Host      string    `json:"host"`
	Directory string    `json:"directory"` // the domain controller
	Graph     string    `json:"graph"`     // the Graph root
	StartedAt time.Time `json:"startedAt"`
}

// Intent is a write that is about to be sent.
type Intent struct {
	ID                string        `json:"id"` // client-request-id of the write
	At                time.Time     `json:"at"`
	ObjectGUID        string        `json:"objectGuid"`
	UserPrincipalName string        `json:"userPrincipalName"`
	CloudID           string        `json:"cloudId"`
	Action            record.Action `json:"action"`
	OnPremisesSHA256  string        `json:"onPremisesSha256"`
	ETagBefore        string        `json:"eTagBefore"`   // "" when there was no photo
	BackupSHA256      string        `json:"backupSha256"` // "" when there was no photo
}

// Outcome is what became of an intent.
type Outcome struct {
	ID        string              `json:"id"`
	At        time.Time           `json:"at"`
	Status    record.ChangeStatus `json:"status"`
	Reason    record.Reason       `json:"reason"`
	ETagAfter string              `json:"eTagAfter"`
	ErrorCode record.Code         `json:"errorCode"`
}

// line is one line of a journal file; exactly one of its parts is set.
type line struct {
	Run     *Run     `json:"run,omitempty"`
	Intent  *Intent  `json:"intent,omitempty"`
	Outcome *Outcome `json:"outcome,omitempty"`
}

// Journal is the open journal of one run. It may be used by several goroutines at once.
type Journal struct {
	dir     string
	backups sync.Mutex // one backup at a time: what is there has reached the disk
	mu      sync.Mutex // guards the rest
	file    *os.File
	broken  error // of the first line that may be half written; no other follows it
}

// Open makes the folders that are missing below dir and begins the journal of
// a run. Every failure is StateDirUnusable: nothing may be written to the cloud
// without a journal.
func Open(dir string, run Run) (*Journal, error) {
	unusable := func(err error) error {
		return record.Errorf(record.StateDirUnusable, "prepare the state folder %s: %w", dir, err).On(dir)
	}
	for _, d := range []string{"journal", "backups"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, unusable(err)
		}
	}
	name := filepath.Join(dir, "journal", run.RunID+".jsonl")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, unusable(err)
	}
	j := &Journal{dir: dir, file: f}
	if err := errors.Join(j.write(line{Run: &run}), syncDir(filepath.Dir(name))); err != nil {
		return nil, errors.Join(unusable(err), f.Close())
	}
	return j, nil
}

// Close ends the journal.
func (j *Journal) Close() error { return j.file.Close() }

// Intend records a write that is about to be sent. It must not be sent when
// this fails; the error is JournalFailed.
func (j *Journal) Intend(i Intent) error {
	if err := j.write(line{Intent: &i}); err != nil {
		return record.Errorf(record.JournalFailed, "record the intended change of %s: %w", i.UserPrincipalName, err).On(i.UserPrincipalName)
	}
	return nil
}

// Finish records what became of an intended write. The error is JournalFailed.
func (j *Journal) Finish(o Outcome) error {
	if err := j.write(line{Outcome: &o}); err != nil {
		return record.Errorf(record.JournalFailed, "record the outcome of change %s: %w", o.ID, err)
	}
	return nil
}

// write appends one line and waits until it is on the disk.
func (j *Journal) write(l line) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	if _, j.broken = j.file.Write(append(text, '\n')); j.broken == nil {
		j.broken = j.file.Sync()
	}
	return j.broken
}
