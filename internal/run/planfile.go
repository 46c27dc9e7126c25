package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"photosync/internal/match"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// writePlan writes the plan to its file, which has it whole or is not touched.
func (t *tally) writePlan(ctx context.Context, s sides, set settings, p *plan.Plan) error {
	file := t.options.PlanFile
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
func (t *tally) readPlan(ctx context.Context, s sides, set settings, past *past) (*plan.Plan, error) {
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
	return p, t.recallPlanned(p.Changes, s.directory.Domain(), past)
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
			if id, err := match.ParseGUID(c.ObjectGUID); err == nil && all[id].Agreement != nil {
				a := all[id].Agreement
				who = planned{whom: a.Whom, directory: a.Directory, scope: a.Scope}
			}
			who.whom.UserPrincipalName, who.whom.DisplayName, who.whom.SamAccountName = c.UserPrincipalName, c.DisplayName, c.SamAccountName
			t.planned[c.ObjectGUID] = who
		}
	}
	return nil
}
