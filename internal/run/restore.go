package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"photosync/internal/apply"
	"photosync/internal/drift"
	"photosync/internal/journal"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/state"
)

// Restore puts back what was there before earlier writes: of the whole run
// RestoreRun, of the People in it, or, without a run, before the last write of
// each of the People. It hands the sink a change for each write that is to be
// undone. It asks no directory; it is journalled like any other write, so that it
// can be undone too. In a dry run there is no writer and nobody is asked.
//
// The brakes of a sync do not hold it up: what it writes was there before.
func Restore(ctx context.Context, o Options, approver Approver, sink Sink) (record.Summary, error) {
	t := newTally("restore", o)
	return t.finish(cancelled(ctx, t.restore(ctx, approver, &oneAtATime{sink: sink})))
}

func (t *tally) restore(ctx context.Context, approver Approver, sink Sink) (err error) {
	set, err := t.options.reachCloud()
	if err != nil {
		return err
	}
	if t.options.RestoreRun == "" && len(t.options.People) == 0 {
		return record.Errorf(record.SettingInvalid, "neither a run nor a person was named")
	}
	if !t.options.DryRun {
		lock, err := t.lock()
		if err != nil {
			return err
		}
		defer func() { _ = lock.Release() }() // the end of the process releases it too
	}
	wanted, err := t.wanted() // before anybody signs in
	if err != nil {
		return err
	}
	keys, err := t.keys()
	if err != nil {
		return err
	}
	s, err := t.connectCloud(ctx, set, sink)
	if err != nil {
		return err
	}
	defer s.close()
	scope := state.Scope{Graph: set.root, Tenant: set.tenant(ctx, t.options.Auth)}
	for _, w := range wanted {
		if !ours(w.run, scope) {
			return record.Errorf(record.WrongTenant, "the run %s wrote to the tenant %s at %s, and this is the tenant %s at %s", w.run.RunID, w.run.Tenant, w.run.Graph, scope.Tenant, scope.Graph)
		}
	}
	if t.damage > 0 {
		sink.Warn(fmt.Sprintf("lines of the journal of the run %s that cannot be read: %d; what they tell of is not undone", t.options.RestoreRun, t.damage))
	}
	if len(wanted) == 0 {
		sink.Warn("the run " + t.options.RestoreRun + " wrote nothing that could be undone")
	}
	r := &restorer{tally: t, cloud: cloudReader{s.cloud}, keys: keys, sink: sink, undoes: make(map[string]*undoing)}
	if err := r.plan(ctx, wanted); err != nil {
		return err
	}
	if t.options.DryRun {
		return t.show(r.Changes, sink)
	}
	p := newPast(set, t.options, sink)
	p.keeps = true
	defer func() { err = errors.Join(err, p.close()) }()
	if err := r.recall(ctx, p); err != nil {
		return err
	}
	j, err := t.newJournal(ctx, set, t.options.RestoreRun)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.endJournal(j, cancelled(ctx, err), sink)) }()
	a := &apply.Applier{
		Cloud: r.cloud, Writer: s.cloud.Writer(), Journal: j, Backups: r,
		RunID: t.summary.RunId, NewID: newID, Now: now, Workers: t.writers(), Patience: s.cloud.Patience,
		VerifyTimeout: t.options.VerifyTimeout, At: t.options.At,
	}
	if err := t.ask(ctx, a, &r.Plan, p, approver, sink); err != nil {
		return err
	}
	return t.conclude()
}

// conclude ends, in the journal, a write probe that was cut off and whose picture
// is away by now.
func (t *tally) conclude() error {
	id := t.options.RestoreRun
	if id == "" || t.troubles > 0 || len(t.options.People) > 0 {
		return nil
	}
	r, err := journal.Read(t.options.StateDir, id)
	if err != nil || r.End != nil || r.Run.Command != "check" {
		return err
	}
	return journal.Conclude(t.options.StateDir, id, journal.End{At: now(), Outcome: record.OutcomeFailed})
}

// keys reads the identity that opens encrypted backups, nil without one.
func (t *tally) keys() (*journal.Keys, error) {
	if t.options.IdentityFile == "" {
		return nil, nil
	}
	return journal.ReadKeys(t.options.IdentityFile)
}

// restorer makes the plan that undoes writes.
type restorer struct {
	*tally
	plan.Plan
	cloud cloudReader
	keys  *journal.Keys
	sink  Sink

	undoes map[string]*undoing // what the changes undo, by the ids of the writes
}

// recall finds out how the people are known to agreements.
func (r *restorer) recall(ctx context.Context, p *past) error {
	if err := p.open(ctx); err != nil {
		return err
	}
	if err := r.recallPlanned(r.Changes, "", p); err != nil {
		return err
	}
	for _, c := range r.Changes {
		who := r.planned[c.ObjectGUID]
		who.undoes = r.undoes[c.Restores]
		r.tally.planned[c.ObjectGUID] = who
	}
	return nil
}

// Photo implements [apply.Backups].
func (r *restorer) Photo(_ context.Context, sha256 string) ([]byte, error) {
	return journal.Photo(r.options.StateDir, sha256, r.keys)
}

// plan looks what the cloud shows now, and plans what is to be put back.
func (r *restorer) plan(ctx context.Context, wanted []undoing) error {
	for some := range slices.Chunk(wanted, windowMatched) {
		ids := make([]string, len(some))
		for i, w := range some {
			ids[i] = w.CloudID
		}
		seen, err := r.cloud.ETags(ctx, ids)
		if err != nil {
			return err
		}
		for i, w := range some {
			if err := r.add(ctx, w, seen[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// add plans the undoing of one write, or says why there is nothing to be done.
func (r *restorer) add(ctx context.Context, w undoing, now apply.Seen) error {
	c := plan.Change{
		UserPrincipalName: w.UserPrincipalName, DisplayName: w.DisplayName, SamAccountName: w.SamAccountName, ObjectGUID: w.ObjectGUID, CloudID: w.CloudID,
		Action: record.Upload, Reason: record.Restored, ETag: now.ETag, Restore: true, BackupSHA256: w.BackupSHA256, Restores: w.ID,
	}
	if w.ETagBefore == "" {
		c.Action = record.Remove
	}
	r.summary.People++
	err := now.Err
	if err == nil && w.ETagBefore != "" {
		err = r.kept(ctx, w)
	}
	if err == nil {
		var end record.Change
		end, err = r.already(ctx, c, w)
		if err == nil && end.Status != "" {
			return r.tell(end)
		}
	}
	if err != nil {
		if code := record.CodeOf(err); code.EndsRun() || ctx.Err() != nil {
			return err
		}
		end := c.Record(record.Failed, c.Reason)
		end.SetError(err)
		return r.tell(end)
	}
	r.Changes = append(r.Changes, c)
	r.undoes[w.ID] = &w
	if c.Action == record.Remove {
		r.Removes++
	} else {
		r.Uploads++
	}
	r.People++
	return nil
}

func (r *restorer) tell(end record.Change) error {
	end.RunId, end.At = r.tally.summary.RunId, now()
	r.change(end)
	return r.sink.Change(end)
}

// kept gives an error unless the backup of a write is there and whole.
func (r *restorer) kept(ctx context.Context, w undoing) error {
	name := w.UserPrincipalName
	if w.BackupSHA256 == "" {
		return record.Errorf(record.BackupMissing, "put back the photo of %s: its backups were forgotten", name).On(name).
			Advise("Somebody had them forgotten; they are not to be had any more.")
	}
	_, err := r.Photo(ctx, w.BackupSHA256)
	if err != nil {
		e := record.From(err)
		return record.Errorf(e.Code, "put back the photo of %s: %s", name, e.Message()).On(name)
	}
	return nil
}

// already gives the end of a write of which nothing is to be undone: what was
// there is there, or somebody changed the photo since.
func (r *restorer) already(ctx context.Context, c plan.Change, w undoing) (record.Change, error) {
	if c.ETag == w.ETagBefore {
		if w.Outcome != nil && w.Outcome.Status == record.Pending && now().Sub(w.At) < drift.VisibleWithin {
			return record.Change{}, record.Errorf(record.PhotoOutcomeUncertain, "put back the photo of %s: the write of %s was accepted and is not to be seen yet", w.UserPrincipalName, moment(w.At)).
				On(w.UserPrincipalName).Advise("Run it again once the write shows.")
		}
		return c.Record(record.Skipped, record.NothingToRestore), nil
	}
	if w.Outcome != nil && w.Outcome.Status == record.Done && c.ETag == w.Outcome.ETagAfter {
		return record.Change{}, nil
	}
	if c.ETag != "" && w.BackupSHA256 != "" {
		shown, err := r.cloud.PhotoOf(ctx, w.CloudID, c.ETag)
		if err != nil {
			return record.Change{}, err
		}
		if sum := sha256.Sum256(shown); hex.EncodeToString(sum[:]) == w.BackupSHA256 {
			return c.Record(record.Skipped, record.Identical), nil
		}
	}
	if r.options.Force {
		return record.Change{}, nil
	}
	if w.Outcome == nil || w.Outcome.Status != record.Done {
		return record.Change{}, record.Errorf(record.PhotoOutcomeUncertain, "put back the photo of %s: it is not known what became of the write of %s, so that what is there now may be somebody's own choice",
			w.UserPrincipalName, moment(w.At)).On(w.UserPrincipalName).Advise("Run a sync, which finds out, and then the restore again; or put it back all the same with --force, after a backup.")
	}
	end := c.Record(record.Skipped, record.CloudChanged)
	end.SetError(record.Errorf(record.PhotoChangedSince, "put back the photo of %s: the cloud photo changed after the write of %s", w.UserPrincipalName, moment(w.At)).On(w.UserPrincipalName))
	return end, nil
}
