package run

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"photosync/internal/directory"
	"photosync/internal/drift"
	"photosync/internal/match"
	"photosync/internal/record"
	"photosync/internal/state"
)

// everybody gives the ids of all people who have an agreement with a cloud photo
// and were in the scope then, in the directory still or not: 16 bytes for each.
func (p *past) everybody(ctx context.Context, scope directory.Scope) (map[match.GUID]struct{}, error) {
	if err := p.open(ctx); err != nil || p.store == nil || p.domain == "" {
		return nil, err
	}
	ids := make(map[match.GUID]struct{})
	err := p.store.Agreed(p.domain, func(id match.GUID, a state.Agreement) error {
		if a.Kind != state.Removed && a.CloudETag != "" && (a.Scope == p.key || scope.Whole()) {
			ids[id] = struct{}{}
		}
		return nil
	})
	return ids, p.unread(err)
}

// unread is the failure to read what was agreed: a report goes on without.
func (p *past) unread(err error) error {
	switch {
	case err == nil:
		return nil
	case p.keeps:
		return record.Errorf(record.StateDirUnusable, "read what was agreed: %w", err).On(p.dir)
	}
	p.without(err)
	return nil
}

// gone gives the people with these ids, who left the directory, in the order of
// their ids: those whose cloud user is nobody else's by now. Of several who left
// one it was the last one's.
func (p *past) gone(ids map[match.GUID]struct{}, index *match.Index) (window, error) {
	var left window
	users, last := make(map[string]match.Person), make(map[string]time.Time) // who agreed with one last, and when
	order := make([]match.GUID, 0, len(ids))
	for id := range ids {
		order = append(order, id)
	}
	slices.SortFunc(order, func(x, y match.GUID) int { return bytes.Compare(x[:], y[:]) })
	for some := range slices.Chunk(order, windowMatched) {
		all, err := p.store.Recall(some)
		if err != nil {
			return nil, p.unread(err)
		}
		for _, id := range some {
			if a := all[id].Agreement; a != nil {
				if a.At.Before(last[a.CloudID]) { // somebody else agreed with the user since
					continue
				}
				c := departed(id, *a)
				users[a.CloudID], last[a.CloudID] = c.Person, a.At
				left = append(left, c)
			}
		}
	}
	if len(left) == 0 {
		return nil, nil
	}
	still := index.Left(users)
	return slices.DeleteFunc(left, func(c *candidate) bool {
		return users[c.Match.CloudID].ObjectGUID != c.Person.ObjectGUID || !still[c.Match.CloudID]
	}), nil
}

// departed gives a person of whom only the agreement is left.
func departed(id match.GUID, a state.Agreement) *candidate {
	return &candidate{Facts: drift.Facts{Person: person(id.String(), a.Whom), Match: match.Match{CloudID: a.CloudID}, Past: drift.Past{Gone: true}}}
}

// vouched leaves out people of whom it cannot be said that they are gone: the
// folder that they were in cannot be read, so that they may be in it all the same.
func vouched(ctx context.Context, s sides, left window, sink Sink) (window, error) {
	reads := make(map[string]bool) // by the DN of the folder
	var sure window
	for _, c := range left {
		folder := directory.ParentOf(c.Person.DN)
		known, asked := reads[folder]
		if !asked && folder != "" {
			var err error
			if known, err = s.directory.Reads(ctx, folder); err != nil {
				return nil, err
			}
			reads[folder] = known
		}
		if known || folder == "" {
			sure = append(sure, c)
		}
	}
	if n := len(left) - len(sure); n > 0 {
		sink.Warn(fmt.Sprintf("people who are not to be seen where they were, in folders that this account cannot read or that are gone: %d; their photos are left alone", n))
	}
	return sure, nil
}
