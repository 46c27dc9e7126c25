package record

import "time"

// Run is what the journal knows of one run that wrote, or was about to: one line
// of `photosync restore --list`, one object of Get-PhotoSyncRun. It is flat like
// [Row].
type Run struct {
	RunId     string
	Command   string // sync, restore, or check for a write probe
	StartedAt time.Time
	EndedAt   time.Time // null when the run was cut off, or is still at it
	Outcome   Outcome   // "" when the run was cut off, or is still at it
	User      string    // the account that ran photosync
	Host      string
	Version   string // of photosync
	Tenant    string
	Directory string // the domain controller
	GraphUrl  string

	Uploads    int64 // writes that were begun
	Removals   int64
	Done       int64 // of those: written and seen
	Pending    int64 // accepted, and not seen so far
	Failed     int64
	Unfinished int64 // without an outcome: the run was cut off, or is still at it
	Backups    int64 // photos kept before they were replaced or removed

	Restores string // the run that this one undid, "" for any other
}

// MarshalJSON writes the run flat, in the published order, in pure ASCII.
func (r Run) MarshalJSON() ([]byte, error) { return AppendJSON(nil, r), nil }
