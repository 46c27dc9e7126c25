package run

import (
	"errors"
	"slices"
	"strings"

	"photosync/internal/journal"
	"photosync/internal/match"
	"photosync/internal/record"
	"photosync/internal/state"
)

// ours reports whether a run wrote to this tenant. Where one of the two is not
// known by its id it is taken to be so.
func ours(r journal.Run, s state.Scope) bool {
	_, theirs := match.ParseGUID(r.Tenant)
	_, mine := match.ParseGUID(s.Tenant)
	return strings.EqualFold(r.Graph, s.Graph) && (theirs != nil || mine != nil || strings.EqualFold(r.Tenant, s.Tenant))
}

// undoing is a write that is to be undone.
type undoing struct {
	run journal.Run
	journal.Write
}

// reached reports whether a write may have reached the service. One that never
// showed, as far as a run saw, may have: whole says that it counts, as it does
// where a run is undone whole, and not where the last write of somebody is meant.
func (w undoing) reached(whole bool) bool {
	if w.Outcome == nil {
		return true
	}
	switch w.Outcome.Status {
	case record.Done, record.Pending:
		return true
	case record.Failed:
		if w.Outcome.Reason == record.NotVisibleYet {
			return whole
		}
		return w.Outcome.ErrorCode == record.PhotoOutcomeUncertain || w.Outcome.ErrorCode == record.PhotoVerifyMismatch
	}
	return false
}

// wanted finds the writes that are to be undone in the journal.
func (t *tally) wanted() ([]undoing, error) {
	dir, names := t.options.StateDir, t.options.names()
	if id := t.options.RestoreRun; id != "" {
		r, err := journal.Read(dir, id)
		if err != nil {
			return nil, err
		}
		if r.Headless {
			return nil, record.Errorf(record.JournalUnusable, "read what the run %s wrote: its journal does not begin as it should", id).On(id).
				Advise("Look for a backup of the state folder, and check the disk; the backups of photos are in its folder backups, by their SHA-256.")
		}
		t.damage = r.Unreadable
		all, missing, err := named(r, names, true)
		if err != nil {
			return nil, err
		}
		if len(missing) > 0 {
			return nil, record.Errorf(record.WriteNotFound, "the run %s wrote nothing for %s", id, missing[0]).On(missing[0])
		}
		return all, nil
	}
	var all []undoing
	left := names
	err := journal.Walk(dir, func(r journal.Record) error {
		found, missing, err := named(r, left, false)
		if err != nil {
			return err
		}
		for _, w := range found {
			// One person may have been given two names.
			if !slices.ContainsFunc(all, func(u undoing) bool { return u.CloudID == w.CloudID }) {
				all = append(all, w)
			}
		}
		if left = missing; len(left) == 0 {
			return errAllFound
		}
		return nil
	})
	if err != nil && !errors.Is(err, errAllFound) {
		return nil, err
	}
	if len(left) > 0 {
		return nil, record.Errorf(record.WriteNotFound, "the journal in %s has no write for %s", dir, left[0]).On(left[0])
	}
	return all, nil
}

var errAllFound = errors.New("everybody was found")

// named gives the writes of a run that reached the service, of everybody without
// names, and the names that fit none. Of a person whom a run wrote twice, it is
// the first write that has what was there before.
func named(r journal.Record, names []string, whole bool) (all []undoing, missing []string, err error) {
	found := make(map[string]string) // the cloud user that a name fits
	for _, w := range r.Writes {
		u := undoing{r.Run, w}
		if !u.reached(whole) {
			continue
		}
		fits := len(names) == 0
		for _, n := range names {
			if !w.Is(n) {
				continue
			}
			if other := found[n]; other != "" && other != w.CloudID {
				return nil, nil, record.Errorf(record.IdentityAmbiguous, "the run %s wrote for two people whom %s names, with the cloud users %s and %s", r.Run.RunID, n, other, w.CloudID).
					On(n).Advise("Name the person by objectGUID or cloud id.")
			}
			fits, found[n] = true, w.CloudID
		}
		if fits && !slices.ContainsFunc(all, func(o undoing) bool { return o.CloudID == w.CloudID }) {
			all = append(all, u)
		}
	}
	for _, n := range names {
		if found[n] == "" {
			missing = append(missing, n)
		}
	}
	return all, missing, nil
}
