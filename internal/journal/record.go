package journal

import (
	"strings"

	"photosync/internal/record"
)

// Record is what the journal knows of one run.
type Record struct {
	Run    Run
	Writes []Write // in the order of their intents
	End    *End    // nil: the run was cut off, or is still at it

	// Unreadable counts the lines that could not be understood: what they said of
	// the run is lost. A line that was cut short does not count where a run that is
	// cut off leaves one: last, or followed only by outcomes and ends, which
	// [Settle] and [Conclude] append. Nor do parts that another version knows.
	Unreadable int
	// Headless says that no line says which run it is, so that of Run there is
	// only the id, and a start that is made out of that.
	Headless bool
}

// Write is a write of a run, with what became of it.
type Write struct {
	Intent
	Outcome *Outcome // nil: the run was cut off before it was known, or is still at it

	// Forgotten says that somebody had the backup forgotten: BackupSHA256 is empty,
	// although there was a photo before the write.
	Forgotten bool
}

// Row gives the run as lists show it. Backups are counted once each, without
// those that were forgotten.
func (r Record) Row() record.Run {
	row := record.Run{
		RunId: r.Run.RunID, Command: r.Run.Command, StartedAt: r.Run.StartedAt, User: r.Run.User, Host: r.Run.Host, Version: r.Run.Version,
		Tenant: r.Run.Tenant, Directory: r.Run.Directory, GraphUrl: r.Run.Graph, Restores: r.Run.Restores,
	}
	if r.End != nil {
		row.EndedAt, row.Outcome = r.End.At, r.End.Outcome
	}
	backups := make(map[string]bool)
	for _, w := range r.Writes {
		switch w.Action {
		case record.Upload:
			row.Uploads++
		case record.Remove:
			row.Removals++
		}
		switch {
		case w.Outcome == nil:
			row.Unfinished++
		case w.Outcome.Status == record.Done:
			row.Done++
		case w.Outcome.Status == record.Pending:
			row.Pending++
		case w.Outcome.Status == record.Failed:
			row.Failed++
		}
		if w.BackupSHA256 != "" {
			backups[w.BackupSHA256] = true
		}
	}
	row.Backups = int64(len(backups))
	return row
}

// Is reports whether the name names the person of the write: UPN, account name,
// objectGUID with or without braces, or cloud id. Case does not matter.
func (w Write) Is(name string) bool {
	name = strings.TrimSpace(name)
	if unbraced(name) == "" {
		return false
	}
	return strings.EqualFold(name, w.UserPrincipalName) || strings.EqualFold(name, w.SamAccountName) ||
		strings.EqualFold(unbraced(name), w.ObjectGUID) || strings.EqualFold(name, w.CloudID)
}

func unbraced(guid string) string { return strings.TrimSuffix(strings.TrimPrefix(guid, "{"), "}") }

// unfinished reports whether the run was cut off in the middle of a write, or is
// still at it.
func (r Record) unfinished() bool {
	return r.End == nil && r.any(func(w Write) bool { return w.Outcome == nil || w.Outcome.Status == record.Pending })
}

func (r Record) any(is func(Write) bool) bool {
	for _, w := range r.Writes {
		if is(w) {
			return true
		}
	}
	return false
}
