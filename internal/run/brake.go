package run

import (
	"context"
	"fmt"
	"strings"

	"photosync/internal/graph"
	"photosync/internal/match"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// brake gives an error when the plan must not be carried out: by its numbers, by
// the tenant's policy, or because somebody who has to be in sync is not. Nothing
// has been written by then.
func (t *tally) brake(ctx context.Context, s sides, set settings, p *plan.Plan, sink Sink) error {
	if err := p.Brake(t.options.Limits); err != nil {
		return err
	}
	if len(p.Changes) == 0 {
		return nil
	}
	if err := t.policyBrake(ctx, s, sink); err != nil {
		return err
	}
	return t.canaryBrake(ctx, s, set, sink)
}

// policyBrake looks whether the tenant leaves its photos to the directory's own
// synchronisation. That an application's writes are refused then is UNCONFIRMED;
// that they would fight with another writer is not. A policy that cannot be read
// holds nothing back: the right to read it is one that runs can do without.
func (t *tally) policyBrake(ctx context.Context, s sides, sink Sink) error {
	if t.options.IgnorePolicy {
		return nil
	}
	p, err := s.cloud.PhotoPolicy(ctx)
	if err != nil {
		if record.CodeOf(err).EndsRun() || ctx.Err() != nil {
			return err
		}
		sink.Verbose("the tenant's photo update settings are not looked at: " + record.From(err).Message())
		return nil
	}
	if strings.EqualFold(p.Source, graph.SourceOnPremises) {
		return record.Errorf(record.PolicyRefusesWrites, "the tenant's photo update settings name on-premises as the source of photos, so that writes in the cloud are refused or undone; nothing was written")
	}
	if len(p.AllowedRoles) > 0 {
		sink.Warn("only people with one of these directory roles may change photos in this tenant: " + roleNames(p.AllowedRoles) + "; whether an application may is not documented")
	}
	return nil
}

// canaryBrake compares one named person, who has to be in sync.
func (t *tally) canaryBrake(ctx context.Context, s sides, set settings, sink Sink) error {
	if t.options.Canary == "" {
		return nil
	}
	o := t.options
	o.People, o.RemoveOrphans = Names(o.Canary), false
	c, past := newTally(t.summary.Command, o), newPast(set, o, sink)
	var row record.Row
	err := c.compare(ctx, s, past, quietly{sink}, func(_ *candidate, r record.Row) error {
		row = r
		return nil
	})
	_ = past.close() // a report's memory
	switch {
	case err != nil:
		return err
	case row.Status == record.InSync:
		return nil
	}
	text := string(row.Status)
	if row.Reason != "" {
		text += "/" + string(row.Reason)
	}
	if row.ErrorMessage != "" {
		text += " (" + string(row.ErrorCode) + ": " + row.ErrorMessage + ")"
	}
	return record.Errorf(record.CanaryNotInSync, "%s has to be in sync before anything is written, and is %s; nothing was written", o.Canary, text).On(o.Canary)
}

// quietly is a sink for a comparison within a run: it shows no progress.
type quietly struct{ Sink }

func (quietly) Progress(Progress) {}

// excluded gives everybody who is in one of the groups that are left out.
func (t *tally) excluded(ctx context.Context, s sides, sink Sink) (map[match.GUID]bool, error) {
	all := make(map[match.GUID]bool)
	if len(t.options.ExcludeGroups) > 0 && s.directory.Outside(t.options.Scope) {
		return nil, record.Errorf(record.SettingInvalid, "--exclude-group is of the domain %s, and --search-base is outside of it", s.directory.Base())
	}
	for _, dn := range t.options.ExcludeGroups {
		members, err := s.directory.Members(ctx, dn)
		if err != nil {
			return nil, err
		}
		if len(members) == 0 { // or none that the account may read
			sink.Warn("the group to exclude has no members: " + record.OneLine(dn))
		}
		sink.Verbose(fmt.Sprintf("left out: %d members of %s", len(members), record.OneLine(dn)))
		for id := range members {
			all[id] = true
		}
	}
	return all, nil
}
