package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"

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
	t.planned = make(map[string]planned)
	return p, t.recallPlanned(p, past)
}

// recallPlanned finds out how the people of a plan are known to agreements.
func (t *tally) recallPlanned(p *plan.Plan, past *past) error {
	if past.store == nil {
		return nil
	}
	for _, c := range p.Changes {
		id, err := match.ParseGUID(c.ObjectGUID)
		if err != nil {
			continue
		}
		all, err := past.store.Recall([]match.GUID{id})
		if err != nil {
			return past.unread(err)
		}
		who := planned{}
		if a := all[id].Agreement; a != nil {
			who = planned{a.Whom, a.Directory, a.Scope}
		}
		who.whom.UserPrincipalName, who.whom.DisplayName, who.whom.SamAccountName = c.UserPrincipalName, c.DisplayName, c.SamAccountName
		t.planned[c.ObjectGUID] = who
	}
	return nil
}
