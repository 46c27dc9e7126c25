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

// Plan is everything that a run would write. It is complete before the first
// write.
type Plan struct {
	Changes []Change
	Uploads int
	Removes int
	People  int64 // who was looked at, changed or not
	// WholeScope says that photosync itself read a whole scope, not people
	// that somebody named: only then do shares of it mean anything.
	WholeScope bool
}

// Add takes a person into account: the change, if the row asks for a write.
// It reports whether it does.
func (p *Plan) Add(r record.Row) bool {
	p.People++
	switch r.Action {
	case record.Upload:
		p.Uploads++
	case record.Remove:
		p.Removes++
	default:
		return false
	}
	p.Changes = append(p.Changes, FromRow(r))
	return true
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
		if c.Action == record.Remove {
			p.Removes--
		} else {
			p.Uploads--
		}
	}
	p.Changes = kept
	return dropped
}

// Approved gives the answer yes for every change.
func (p *Plan) Approved() []bool {
	yes := make([]bool, len(p.Changes))
	for i := range yes {
		yes[i] = true
	}
	return yes
}

// Limits are the bounds of the brakes.
type Limits struct {
	MaxChange        int // changes of any kind
	MaxChangePercent int // changes as a share of a whole scope of more than smallScope people
	MaxRemove        int // removals
	MaxShrinkPercent int // how much less than at the last run over the same scope the directory may give
}

// DefaultLimits are the bounds that hold unless somebody raises them.
var DefaultLimits = Limits{MaxChange: 500, MaxChangePercent: 10, MaxRemove: 0, MaxShrinkPercent: 30}

// smallScope is the number of people up to which a share says little: three of
// twenty is 15 %, and no mistake.
const smallScope = 200

// Brake gives an error when the plan must not be carried out. It says what it
// saw and which switch would let the plan pass; nothing was written.
func (p *Plan) Brake(l Limits) error {
	n := int64(len(p.Changes))
	switch {
	case p.WholeScope && p.People == 0:
		return record.Errorf(record.SourceEmpty, "the directory gave nobody in the whole scope; nothing was written")
	case p.Removes > l.MaxRemove:
		return record.Errorf(record.TooManyRemovals, "the plan removes %d photos and %d are allowed; nothing was written", p.Removes, l.MaxRemove)
	case n > int64(l.MaxChange):
		return record.Errorf(record.TooManyChanges, "the plan changes %d people and --max-change allows %d; nothing was written", n, l.MaxChange)
	case p.WholeScope && p.People > smallScope && n*100 > int64(l.MaxChangePercent)*p.People:
		return record.Errorf(record.TooManyChanges, "the plan changes %d of %d people (%.1f %%) and --max-change-percent allows %d %%; nothing was written",
			n, p.People, 100*float64(n)/float64(p.People), l.MaxChangePercent)
	}
	return nil
}
