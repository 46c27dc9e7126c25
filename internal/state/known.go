package state

import (
	"time"

	"photosync/internal/photo"
	"photosync/internal/record"
)

// Kind says how an agreement came about.
type Kind string

// The kinds of agreements.
const (
	Seen     Kind = "seen"     // a comparison showed the same picture
	Written  Kind = "written"  // we wrote it and saw it
	Accepted Kind = "accepted" // an admin accepted the difference
	Removed  Kind = "removed"  // an orphan's cloud photo was removed
)

// kinds lists every [Kind]. An entry has the place of one in it.
var kinds = []Kind{Seen, Written, Accepted, Removed}

// Agreement is what both sides of a person showed when they last agreed.
type Agreement struct {
	Kind             Kind
	OnPremisesSHA256 string // as package photo has it; "" when there was none
	CloudID          string
	CloudETag        string        // "" when there was none
	Verdict          photo.Verdict // as compared; the zero value when it was not
	At               time.Time     // kept in UTC, to the microsecond
	Directory        string        // DN of the domain, lower case; "" when it is not known
	Scope            string        // key of the scope in which the person was last seen; "" for a named person
	Whom             Whom
}

// Whom is who an agreement is of, to tell of somebody who is gone. Each text is
// kept up to 1024 bytes.
type Whom struct {
	UserPrincipalName string
	DisplayName       string
	SamAccountName    string
	DN                string
	ImmutableID       string // the anchor in the cloud, see [match.Person.ImmutableID]; "" when it is not known
}

// Pending is a write that was accepted, or sent, and has not been seen.
type Pending struct {
	RunID            string
	WriteID          string
	Action           record.Action
	OnPremisesSHA256 string // of what was written; "" for a removal
	CloudID          string
	ETagBefore       string    // "" when there was no photo
	At               time.Time // kept in UTC, to the microsecond
	Restore          bool      // it undoes an earlier write
}

// Known is all that is known of a person.
type Known struct {
	Compared    *Compared  // nil: nothing was compared
	Agreement   *Agreement // nil: there is none
	Pending     *Pending   // nil: no write is waited for
	OrphanSince time.Time  // zero: not seen as an orphan
}

// nothing reports whether nothing is known.
func (k Known) nothing() bool {
	return k.Compared == nil && k.Agreement == nil && k.Pending == nil && k.OrphanSince.IsZero()
}

// Size is how large a scope was.
type Size struct {
	People int64
	Photos int64
	At     time.Time // kept in UTC, to the microsecond
}

// kept gives a time as it is kept.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// again reports whether an agreement says nothing new: the same as before, at
// another time. That it was seen again is no news of one that was written.
func (a Agreement) again(was Agreement) bool {
	if a.Kind == Seen {
		a.Kind = was.Kind
	}
	a.At = was.At
	return a == was
}
