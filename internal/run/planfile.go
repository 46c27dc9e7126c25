package run

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"photosync/internal/drift"
	"photosync/internal/match"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/state"
)

// writePlan writes the plan to its file, which has it whole or is not touched.
func (t *tally) writePlan(ctx context.Context, s sides, set settings, p *plan.Plan, sink Sink) error {
	file := t.options.PlanFile
	if was, err := os.Stat(file); err == nil && was.Size() > 0 {
		sink.Warn("what was in " + file + " is replaced by the new plan")
	}
	h := plan.Header{
		Version: t.options.Version, RunID: t.summary.RunId, Tenant: set.tenant(ctx, t.options.Auth), Graph: set.root,
		CreatedAt: now(), People: p.People, WholeScope: p.WholeScope, Uploads: p.Uploads, Removes: p.Removes, Settings: t.decidedBy(),
	}
	if s.directory != nil {
		h.Directory = s.directory.Domain()
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".plan-*")
	if err == nil {
		err = errors.Join(p.Write(f, h), f.Sync(), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), file)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}
	if err != nil {
		return record.Errorf(record.OutputFailed, "write the plan to %s: %w", file, err).On(file)
	}
	return nil
}

// decidedBy says, for people, by what the plan was decided.
func (t *tally) decidedBy() string {
	o := t.options
	baseline, conflict := o.Baseline, o.OnConflict
	if baseline == "" {
		baseline = record.BaselineReview
	}
	if conflict == "" {
		conflict = record.ConflictSkip
	}
	text := "baseline " + string(baseline) + ", on-conflict " + string(conflict)
	if o.RemoveOrphans {
		text += ", remove orphans after " + o.Grace.String()
	}
	if o.AllowDowngrade {
		text += ", allow downgrade"
	}
	return text
}

// readPlan reads the plan that is to be carried out. It was made for this tenant
// and this directory, and is as it was made, or it is refused whole.
func (t *tally) readPlan(ctx context.Context, s sides, set settings, past *past, sink Sink) (*plan.Plan, error) {
	file := t.options.PlanFile
	f, err := os.Open(file)
	if err != nil {
		return nil, record.Errorf(record.PlanUnusable, "open the plan: %w", err).On(file)
	}
	defer func() { _ = f.Close() }() // it was only read
	age := t.options.MaxPlanAge
	if age <= 0 {
		age = DefaultMaxPlanAge
	}
	p, _, err := plan.Read(f, plan.Expected{
		Version: t.options.Version, Tenant: set.tenant(ctx, t.options.Auth), Graph: set.root, Directory: s.directory.Domain(), MaxAge: age, Now: now(),
	})
	if err != nil {
		if e := record.From(err); e.Target == "" {
			err = e.On(file)
		}
		return nil, err
	}
	t.summary.People = int64(len(p.Changes))
	if err := t.recallPlanned(p.Changes, s.directory.Domain(), past); err != nil {
		return nil, err
	}
	return p, t.standing(ctx, s, p, sink)
}

// standing takes out of a plan whatever is no longer so beside the photos, which
// each write looks at itself: who is who, an account that is to be disabled, a
// person who is to be gone, a write that was sent since and is not to be seen yet.
func (t *tally) standing(ctx context.Context, s sides, p *plan.Plan, sink Sink) error {
	l := &lookup{sides: s, seen: make(map[match.GUID]bool)}
	ends := make(map[string]record.Change)
	for some := range slices.Chunk(p.Changes, namesInWindow) {
		found := make([]record.Change, len(some))
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(4)
		for i, c := range some {
			g.Go(func() (err error) {
				found[i], err = l.stands(gctx, c, t.planned[c.ObjectGUID])
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		for i, c := range some {
			if found[i].Status != "" {
				ends[c.CloudID] = found[i]
			}
		}
	}
	for _, c := range p.Without(func(c plan.Change) bool { return ends[c.CloudID].Status != "" }) {
		end := ends[c.CloudID]
		end.RunId, end.At = t.summary.RunId, now()
		if end.Status == record.Failed { // nothing is removed then
			p.Unread++
		}
		t.change(end)
		if err := sink.Change(end); err != nil {
			return err
		}
	}
	return nil
}

// stands gives the end of a planned change that is not to be made, the zero value
// for one that is.
func (l *lookup) stands(ctx context.Context, c plan.Change, who planned) (record.Change, error) {
	if w := who.pending; w != nil && !w.Restore && w.Action == c.Action && w.CloudID == c.CloudID && w.OnPremisesSHA256 == c.OnPremisesSHA256 &&
		w.ETagBefore == c.ETag && now().Sub(w.At) < drift.VisibleWithin {
		return c.Record(record.Pending, record.NotVisibleYet), nil
	}
	found, err := l.candidate(ctx, &arrival{Named: Named{Name: c.ObjectGUID}})
	if err != nil {
		return record.Change{}, err
	}
	moved := c.Record(record.Skipped, record.ChangedMeanwhile)
	gone := record.CodeOf(found.Err) == record.UserNotFound
	switch {
	case c.Reason == record.PersonGone && gone:
		left, err := l.left(ctx, c, who)
		if err != nil || left {
			return record.Change{}, err
		}
		return moved, nil
	case gone:
		return moved, nil
	case found.Err != nil:
		end := c.Record(record.Failed, c.Reason)
		end.SetError(found.Err)
		return end, nil
	case c.Reason == record.PersonGone, !found.Match.Found(), found.Match.CloudID != c.CloudID:
		return moved, nil
	case c.Reason == record.AccountDisabled && (!found.Person.Disabled() || found.Person.DisabledByDesign()):
		return moved, nil
	}
	return record.Change{}, nil
}

// left reports whether the cloud user of somebody who is gone is still that
// person's and nobody else's.
func (l *lookup) left(ctx context.Context, c plan.Change, who planned) (bool, error) {
	u, err := l.cloud.User(ctx, c.CloudID)
	if record.CodeOf(err) == record.CloudUserNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	people, err := l.directory.Claimants(ctx, u)
	if err != nil {
		return false, err
	}
	index := match.NewIndex()
	index.Add(u)
	for _, p := range people {
		index.Claim(p)
	}
	return index.Left(map[string]match.Person{u.ID: person(c.ObjectGUID, who.whom)})[u.ID], nil
}

// person gives somebody of whom only the agreement is left.
func person(id string, w state.Whom) match.Person {
	p := match.Person{UserPrincipalName: w.UserPrincipalName, DisplayName: w.DisplayName, SamAccountName: w.SamAccountName, DN: w.DN}
	p.ObjectGUID, _ = match.ParseGUID(id) // an id that is none is nobody's anchor
	if anchor, err := base64.StdEncoding.DecodeString(w.ImmutableID); err == nil {
		p.ConsistencyGUID = anchor
	}
	return p
}

// recallPlanned finds out how people in a plan are known to agreements: those who
// are in none are of this directory.
func (t *tally) recallPlanned(changes []plan.Change, domain string, past *past) error {
	t.planned = make(map[string]planned)
	for some := range slices.Chunk(changes, windowMatched) {
		var ids []match.GUID
		for _, c := range some {
			if id, err := match.ParseGUID(c.ObjectGUID); err == nil {
				ids = append(ids, id)
			}
		}
		all, err := past.store.Recall(ids)
		if err != nil {
			return past.unread(err)
		}
		for _, c := range some {
			who := planned{directory: domain}
			if id, err := match.ParseGUID(c.ObjectGUID); err == nil {
				if a := all[id].Agreement; a != nil {
					who = planned{whom: a.Whom, directory: a.Directory, scope: a.Scope}
				}
				who.pending = all[id].Pending
			}
			who.whom.UserPrincipalName, who.whom.DisplayName, who.whom.SamAccountName = c.UserPrincipalName, c.DisplayName, c.SamAccountName
			t.planned[c.ObjectGUID] = who
		}
	}
	return nil
}
