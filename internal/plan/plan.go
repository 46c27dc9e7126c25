// Package plan turns rows into planned changes, and holds the brakes: what has
// to be true of a whole plan before the first write. It is pure.
//
// Start with [Plan].
package plan

import (
	"photosync/internal/record"
)

// Change is one planned write and the state of both sides it was planned on:
// when either has moved by the time of the write, nothing is written.
type Change struct {
	UserPrincipalName string
	DisplayName       string
	SamAccountName    string
	ObjectGUID        string
	CloudID           string
	Action            record.Action // Upload or Remove
	Reason            record.Reason
	OnPremisesSHA256  string // "" when there was no photo
	ETag              string // of the cloud photo, "" when there was none

	// Restore says that the change undoes an earlier write: what is uploaded is
	// the backup that BackupSHA256 names, and the directory is not asked.
	Restore      bool
	Restores     string // of a restore: the id of the write that it undoes
	BackupSHA256 string
}

// Record gives the row of the change, with its end.
func (c Change) Record(status record.ChangeStatus, reason record.Reason) record.Change {
	return record.Change{
		UserPrincipalName: c.UserPrincipalName,
		DisplayName:       c.DisplayName,
		SamAccountName:    c.SamAccountName,
		ObjectGuid:        c.ObjectGUID,
		CloudId:           c.CloudID,
		Action:            c.Action,
		Status:            status,
		Reason:            reason,
		OnPremisesSha256:  c.OnPremisesSHA256,
		ETagBefore:        c.ETag,
	}
}

// FromRow gives the change that a row asks for. For a row that asks for no
// write, it gives one with the row's action (None or Review), which no plan takes.
func FromRow(r record.Row) Change {
	return Change{
		UserPrincipalName: r.UserPrincipalName,
		DisplayName:       r.DisplayName,
		SamAccountName:    r.SamAccountName,
		ObjectGUID:        r.ObjectGuid,
		CloudID:           r.CloudId,
		Action:            r.Action,
		Reason:            r.Reason,
		OnPremisesSHA256:  r.OnPremisesSha256,
		ETag:              r.CloudETag,
	}
}

// Size is how much the directory gave. The zero value says that it is not known.
type Size struct {
	People int64
	Photos int64 // people with an on-premises photo
}

// Plan is everything that a run would write. It is complete before the first
// write.
type Plan struct {
	Changes []Change
	Uploads int
	Removes int
	People  int64 // who was looked at, changed or not
	Photos  int64 // of those: with an on-premises photo
	Unread  int64 // of those: their photos could not be read
	Last    Size  // what the directory gave at the last run over the same scope
	// WholeScope says that photosync itself read a whole scope, not people
	// that somebody named: only then do shares of it mean anything.
	WholeScope bool
}

// Add takes a person into account: the change, if the row asks for a write.
// It reports whether it does.
func (p *Plan) Add(r record.Row) bool {
	p.People++
	if r.OnPremisesSha256 != "" {
		p.Photos++
	}
	if r.Status == record.Unknown {
		p.Unread++
	}
	if r.Action != record.Upload && r.Action != record.Remove {
		return false
	}
	p.Changes = append(p.Changes, FromRow(r))
	p.count(r.Action, 1)
	return true
}

// count counts by changes of an action that came, or went.
func (p *Plan) count(action record.Action, by int) {
	if action == record.Remove {
		p.Removes += by
	} else {
		p.Uploads += by
	}
}

// Without takes the changes out of the plan for which drop says so, and gives them.
func (p *Plan) Without(drop func(Change) bool) []Change {
	var kept, dropped []Change
	for _, c := range p.Changes {
		if !drop(c) {
			kept = append(kept, c)
			continue
		}
		dropped = append(dropped, c)
		p.count(c.Action, -1)
	}
	p.Changes = kept
	return dropped
}

// First keeps the first n changes, all of them for 0, and gives the others.
func (p *Plan) First(n int) (dropped []Change) {
	if n <= 0 || n >= len(p.Changes) {
		return nil
	}
	taken := 0
	return p.Without(func(Change) bool {
		taken++
		return taken > n
	})
}

// Approved gives the answer yes for every change.
func (p *Plan) Approved() []bool {
	yes := make([]bool, len(p.Changes))
	for i := range yes {
		yes[i] = true
	}
	return yes
}
