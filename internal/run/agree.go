package run

import (
	"photosync/internal/drift"
	"photosync/internal/journal"
	"photosync/internal/match"
	"photosync/internal/record"
	"photosync/internal/state"
)

// judged keeps what a row says of a person: that both sides agree, that an
// earlier write was seen, that there is an orphan. Of somebody who could not be
// read, nothing is known. What a brake or a no is to hold back (that a difference is
// accepted, that somebody is an orphan from now on) waits for [past.commit].
func (p *past) judged(c *candidate, r record.Row) error {
	id := c.Person.ObjectGUID
	if !p.keeps || p.store == nil || id.IsZero() || !c.Match.Found() || r.Status == record.Unknown {
		return nil
	}
	if err := p.settle(c, r); err != nil {
		return err
	}
	switch kind, agreed := drift.Agrees(c.Facts, r); {
	case r.Reason == record.NotVisibleYet: // what is waited for is not over
	case agreed && kind == drift.Accepted && !c.accepted():
		p.accepted[id] = p.agreement(c, state.Accepted)
	case agreed && (kind != drift.Seen || c.confirmed):
		p.store.Agree(id, p.agreement(c, state.Kind(kind)))
	case c.Past.Gone && !c.Cloud.Present:
		p.store.Drop(id)
	}
	switch since := c.known.OrphanSince; {
	case drift.IsOrphan(r) && since.IsZero():
		p.sightings = append(p.sightings, id)
	case drift.IsOrphan(r): // which an agreement has ended
		p.store.Orphan(id, since)
	case !since.IsZero() && !c.handed:
		p.store.NotOrphan(id)
	}
	return p.kept()
}

// accepted reports whether the difference of now was accepted before.
func (c *candidate) accepted() bool {
	a := c.Past.Agreement
	return a != nil && a.Kind == drift.Accepted && a.OnPremisesSHA256 == c.OnPremises.SHA256 && a.CloudETag == c.Cloud.ETag
}

// commit keeps what waited for the brakes and for a yes, and everything before it.
func (p *past) commit() error {
	if p.store == nil {
		return nil
	}
	for id, a := range p.accepted {
		p.store.Agree(id, a)
	}
	for _, id := range p.sightings {
		p.store.Orphan(id, now())
	}
	p.accepted, p.sightings = nil, nil
	return p.flush()
}

// agreement is what both sides of a person show now.
func (p *past) agreement(c *candidate, kind state.Kind) state.Agreement {
	a := state.Agreement{
		Kind: kind, OnPremisesSHA256: c.OnPremises.SHA256, CloudID: c.Match.CloudID, CloudETag: c.Cloud.ETag, At: now(),
		Directory: p.domainOf(c), Whom: whom(c.Person),
	}
	if c.Comparison != nil {
		a.Verdict = c.Comparison.Verdict
	}
	a.Scope = p.scopeOf(c)
	return a
}

// scopeOf is the key of the scope that a person is of: who is named stays in the
// one of before.
func (p *past) scopeOf(c *candidate) string {
	if was := c.known.Agreement; p.key == "" && was != nil {
		return was.Scope
	}
	return p.key
}

func whom(p match.Person) state.Whom {
	w := state.Whom{UserPrincipalName: p.UserPrincipalName, DisplayName: p.DisplayName, SamAccountName: p.SamAccountName, DN: p.DN}
	if !p.AnchorUnread {
		w.ImmutableID = p.ImmutableID()
	}
	return w
}

// settle ends a write of an earlier run that was accepted, or sent, and not seen
// then, as soon as the cloud shows something else than before it. The journal of
// that run hears of it first.
func (p *past) settle(c *candidate, r record.Row) error {
	w := c.known.Pending
	if w == nil || w.CloudID != c.Match.CloudID || r.Reason == record.NotVisibleYet {
		return nil
	}
	o := journal.Outcome{ID: w.WriteID, At: now(), ETagAfter: c.Cloud.ETag}
	moved := c.Cloud.ETag != w.ETagBefore
	if !moved && !w.At.IsZero() && o.At.Sub(w.At) < drift.VisibleWithin { // it may show yet
		return nil
	}
	switch {
	case w.Action == record.Remove && !c.Cloud.Present, w.Restore && moved:
		o.Status = record.Done
	case w.Action == record.Upload && moved && c.OnPremises.SHA256 == w.OnPremisesSHA256 && r.Status == record.InSync:
		o.Status = record.Done
	case !moved: // it never showed
		o.Status, o.Reason, o.ETagAfter = record.Failed, record.NotVisibleYet, ""
	case c.OnPremises.SHA256 == w.OnPremisesSHA256:
		o.Status, o.ErrorCode, o.ETagAfter = record.Failed, record.PhotoVerifyMismatch, ""
	default: // both sides moved on, and nobody can tell any more
		o.Status, o.ErrorCode, o.ETagAfter = record.Failed, record.PhotoOutcomeUncertain, ""
	}
	known, err := p.settledAlready(w)
	if err == nil && !known {
		err = journal.Settle(p.dir, w.RunID, o)
	}
	if err != nil && record.CodeOf(err) != record.RunNotFound { // pruned meanwhile
		return err
	}
	p.store.Settle(c.Person.ObjectGUID)
	return nil
}

// settledAlready reports whether the journal knows what became of a write: that
// stands, though the state was not told, because the run that found out was cut
// off. A run is read once.
func (p *past) settledAlready(w *state.Pending) (bool, error) {
	over, read := p.over[w.RunID]
	if !read {
		r, err := journal.Read(p.dir, w.RunID)
		if err != nil {
			return false, err
		}
		over = make(map[string]bool)
		for _, is := range r.Writes {
			if is.Outcome != nil && is.Outcome.Status != record.Pending {
				over[is.ID] = true
			}
		}
		p.over[w.RunID] = over
	}
	return over[w.WriteID], nil
}
