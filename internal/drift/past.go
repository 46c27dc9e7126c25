package drift

import (
	"time"

	"photosync/internal/photo"
	"photosync/internal/record"
)

// Policy is what was asked for. The zero value writes where only the directory
// changed or the cloud never had a photo, and leaves everything else to people.
type Policy struct {
	Baseline       record.Baseline   // "" is Review
	OnConflict     record.OnConflict // "" is Skip
	AllowDowngrade bool              // a picture with more detail in the cloud may be replaced
	RemoveOrphans  bool
	Grace          time.Duration // how long an orphan has to have been one before it is removed
	Now            time.Time
}

// AgreementKind is how an agreement came about. The values are those of package state.
type AgreementKind string

// The kinds of an [Agreement].
const (
	Seen     AgreementKind = "seen"     // a comparison saw the same picture on both sides
	Written  AgreementKind = "written"  // the cloud shows what was written, as it was seen then
	Accepted AgreementKind = "accepted" // the difference was accepted as it is
	Removed  AgreementKind = "removed"  // photosync took the cloud photo away
)

// Agreement is what both sides showed when they last agreed. It counts only
// while the person matches the same cloud user.
type Agreement struct {
	Kind             AgreementKind
	OnPremisesSHA256 string
	CloudID          string
	CloudETag        string // "" when the cloud had no photo
}

// Pending is a write of an earlier run that the service accepted and did not show then.
type Pending struct {
	Action           record.Action // Upload or Remove
	OnPremisesSHA256 string
	CloudID          string
	ETagBefore       string // "" when the cloud had no photo
	At               time.Time
}

// Past is what earlier runs left behind about a person. The zero value says that
// nothing is known.
type Past struct {
	Agreement   *Agreement
	Pending     *Pending
	OrphanSince time.Time // when the photo was first seen as an orphan, zero: never
	Gone        bool      // the person left the directory; Person was filled in from the agreement
}

// VisibleWithin is how long a write that was accepted may stay unseen before it
// is written again; source: Microsoft and PnP speak of hours to three days until
// a photo is shown everywhere.
const VisibleWithin = 72 * time.Hour

// Agrees reports whether a row that [Judge] gave for these facts says that both
// sides agree as they are now, and how: that is to be kept as the agreement. What
// was written and still shows stays Written, so that it is never written again. A
// removal that was not seen when it was made is Removed once the photo is gone.
func Agrees(f Facts, r record.Row) (kind AgreementKind, ok bool) {
	switch {
	case (r.Status == record.NoPhoto || r.Status == record.MissingInCloud) && f.removalSeen() && !f.Past.Gone:
		return Removed, true
	case r.Status != record.InSync:
		return "", false
	case f.asWritten():
		return Written, true
	case f.Comparison != nil && f.Comparison.Verdict == photo.Same:
		return Seen, true
	}
	return Accepted, true
}

// agreement gives the last agreement about the photo of this very cloud user,
// one of kind Removed too, nil for none.
func (f Facts) agreement() *Agreement {
	a := f.Past.Agreement
	switch {
	case f.removalSeen():
		return &Agreement{Kind: Removed, OnPremisesSHA256: f.sha(), CloudID: f.Match.CloudID}
	case a != nil && a.CloudID == f.Match.CloudID:
		return a
	}
	return nil
}

// standing gives the agreement unless the cloud photo was taken away since.
func (f Facts) standing() *Agreement {
	if a := f.agreement(); a != nil && a.Kind != Removed {
		return a
	}
	return nil
}

// asWritten reports whether both sides are exactly as they were after the last write.
func (f Facts) asWritten() bool {
	a := f.standing()
	return a != nil && a.Kind == Written && a.OnPremisesSHA256 == f.sha() && f.cloudIs(a.CloudETag)
}

// removalSeen reports whether the photo is gone that an earlier run removed
// without seeing it go.
func (f Facts) removalSeen() bool {
	w := f.Past.Pending
	return w != nil && w.Action == record.Remove && w.CloudID == f.Match.CloudID && !f.Cloud.Present && f.Err == nil
}

// unseen reports whether a write that was accepted is still to come: both sides
// are as they were before it, and it is what would be written, or what a person
// would have to decide about.
func (f Facts) unseen(d decision, p Policy) bool {
	w := f.Past.Pending
	if w == nil || w.CloudID != f.Match.CloudID || w.OnPremisesSHA256 != f.sha() || !f.cloudIs(w.ETagBefore) {
		return false
	}
	waited := w.Action == record.Remove && d.action == record.Remove ||
		w.Action == record.Upload && (d.status == record.Drifted || d.status == record.MissingInCloud) && d.action != record.Remove
	return waited && !w.At.IsZero() && p.Now.Sub(w.At).Abs() < VisibleWithin
}

// sha gives the hash of the on-premises value, "" for none.
func (f Facts) sha() string {
	if !f.OnPremises.Present {
		return ""
	}
	return f.OnPremises.SHA256
}

// cloudIs reports whether the cloud shows the photo with this etag, none for "".
// Of a photo without an etag, nobody can say that it is the one of before.
func (f Facts) cloudIs(etag string) bool {
	if !f.Cloud.Present {
		return etag == ""
	}
	return etag != "" && f.Cloud.ETag == etag
}
