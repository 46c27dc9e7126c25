package drift

import (
	"slices"
	"strings"

	"photosync/internal/record"
)

// IsOrphan reports whether a row carries the finding Orphan: the cloud photo once
// agreed with the directory's, and its person has none there any more, is gone or
// is disabled.
func IsOrphan(r record.Row) bool {
	return slices.Contains(strings.Split(r.Findings, ","), string(record.Orphan))
}

// orphaned reports the same of facts. A photo that never agreed is nobody's
// orphan, nor is one that was accepted although it differs: it was never ours.
// While anything could not be read there is none, and of people who were handed
// over it is not known what the directory has of them. A value that is no usable
// picture is something all the same.
func (f Facts) orphaned() bool {
	if f.Err != nil || f.Handed || !f.Match.Found() || f.OnPremises.Defect != nil || !f.Cloud.Present {
		return false
	}
	a := f.standing()
	return a != nil && a.Kind != Accepted && a.CloudETag != "" && (!f.OnPremises.Present || f.disabledUser())
}

// disabledUser reports whether the account is disabled although its kind is not
// disabled by design.
func (f Facts) disabledUser() bool { return f.Person.Disabled() && !f.Person.DisabledByDesign() }

// cloudOnly decides about a picture that the directory does not have.
func cloudOnly(f Facts) decision {
	d := decision{record.MissingOnPremises, "", record.None, ""}
	if !f.orphaned() {
		return d
	}
	d.reason, d.side = record.OnPremisesRemoved, record.OnPremises
	if f.Past.Gone {
		d.reason = record.PersonGone
	}
	if !f.cloudIs(f.standing().CloudETag) { // the person's own choice since
		d.side = record.Both
	}
	return d
}

// orphan decides about an orphan where orphans are to be removed: it is removed,
// or left alone until it may be. It is not written over meanwhile.
func orphan(f Facts, p Policy, d decision) decision {
	d.action = record.None
	if !removable(f, p) {
		return d
	}
	d.action = record.Remove
	if f.OnPremises.Present {
		d.reason = record.AccountDisabled
	}
	return d
}

// removable reports whether an orphan is the very photo that was agreed on, and
// has been an orphan for long enough.
func removable(f Facts, p Policy) bool {
	since := f.Past.OrphanSince
	return f.cloudIs(f.standing().CloudETag) && !since.IsZero() && p.Now.Sub(since) >= max(p.Grace, 0)
}
