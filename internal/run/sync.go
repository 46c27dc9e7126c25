package run

import (
	"context"
	"errors"
	"time"

	"photosync/internal/apply"
	"photosync/internal/drift"
	"photosync/internal/journal"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// sync is the use case of `photosync sync`. Nothing is written before the
// whole plan is known, has passed the brakes and was approved.
func (t *tally) sync(ctx context.Context, approver Approver, sink Sink) (err error) {
	set, err := t.options.check()
	if err != nil {
		return err
	}
	if t.options.PlanFile != "" && !t.options.asksDirectory() {
		return record.Errorf(record.SettingInvalid, "a plan of people who are handed over with their photos could not be carried out: whoever does so asks the directory").
			Advise("Name the people, or let photosync read the directory itself.")
	}
	if err := journal.CheckRecipient(t.options.BackupRecipient); err != nil {
		return err
	}
	writes := !t.options.DryRun
	if writes { // a run that cannot keep a journal need not begin
		lock, err := t.lock()
		if err != nil {
			return err
		}
		defer func() { _ = lock.Release() }() // the end of the process releases it too
	}
	s, err := t.connect(ctx, set, sink)
	if err != nil {
		return err
	}
	defer s.close()
	p := newPast(set, t.options, sink)
	defer func() { err = errors.Join(err, p.close()) }()
	if !writes {
		return t.preview(ctx, s, set, p, sink)
	}
	p.keeps = true
	j, err := t.newJournal(ctx, set, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.endJournal(j, cancelled(ctx, err), sink)) }()
	if err := p.adopt(ctx); err != nil {
		return err
	}
	return t.carryOut(ctx, s, set, p, j, approver, sink)
}

// carryOut makes or reads the plan, and writes it if it may be.
func (t *tally) carryOut(ctx context.Context, s sides, set settings, past *past, j *journal.Journal, approver Approver, sink Sink) error {
	var p *plan.Plan
	var err error
	if t.options.PlanFile != "" {
		p, err = t.readPlan(ctx, s, set, past, sink)
	} else {
		p, err = t.plan(ctx, s, past, sink)
	}
	if err == nil {
		err = t.brake(ctx, s, set, p, sink)
	}
	if err != nil {
		return err
	}
	past.noteSize(p)
	a := &apply.Applier{
		OnPremises: onPremises{s.directory, t.handed}, Cloud: cloudReader{s.cloud}, Writer: s.cloud.Writer(), Journal: j,
		RunID: t.summary.RunId, NewID: newID, Now: now, Workers: t.writers(), Patience: s.cloud.Patience,
		VerifyTimeout: t.options.VerifyTimeout, At: t.options.At,
	}
	return t.ask(ctx, a, p, past, approver, sink)
}

// ask asks for the plan and carries out what was approved.
func (t *tally) ask(ctx context.Context, a *apply.Applier, p *plan.Plan, past *past, approver Approver, sink Sink) error {
	if len(p.Changes) == 0 {
		return past.commit()
	}
	answers, err := approver.Approve(ctx, p)
	switch {
	case err != nil:
		return errors.Join(err, t.undone(p.Changes, record.RunStopped, sink))
	case answers == nil:
		err := record.Errorf(record.Cancelled, "the plan was declined; nothing was written").Advise("Run it again when it is wanted.")
		return errors.Join(err, t.undone(p.Changes, record.Declined, sink))
	}
	if err := past.commit(); err != nil {
		return err
	}
	approved, declined := divide(p.Changes, answers)
	if err := t.undone(declined, record.Declined, sink); err != nil {
		return err
	}
	return t.write(ctx, a, approved, past, sink)
}

// writersMost bounds the changes under way: each may hold a backup of a few
// megabytes, and takes about five requests one after another.
const writersMost = 16

// writers is how many changes are under way at once.
func (t *tally) writers() int {
	if n := t.options.Concurrency; n > 0 {
		return min(n, writersMost)
	}
	return writersMost
}

// preview shows what a run would do, and then the brake that would stop it. With
// a plan file, the plan is in it by then.
func (t *tally) preview(ctx context.Context, s sides, set settings, past *past, sink Sink) error {
	p, err := t.plan(ctx, s, past, sink)
	if err != nil {
		return err
	}
	if t.options.PlanFile != "" {
		if err := t.writePlan(ctx, s, set, p, sink); err != nil {
			return err
		}
	}
	return errors.Join(t.show(p.Changes, sink), t.brake(ctx, s, set, p, sink))
}

// show says what would be done.
func (t *tally) show(changes []plan.Change, sink Sink) (err error) {
	apply.Preview(changes, t.summary.RunId, now, func(c record.Change) {
		t.change(c)
		err = errors.Join(err, sink.Change(c))
	})
	return err
}

// plan compares everybody and gives the plan. People who are not in it are
// handed to the sink when somebody has to hear of them, or with All.
func (t *tally) plan(ctx context.Context, s sides, past *past, sink Sink) (*plan.Plan, error) {
	p := &plan.Plan{WholeScope: !t.named()}
	t.handed, t.planned = make(map[string][]byte), make(map[string]planned)
	excluded, err := t.excluded(ctx, s, sink)
	if err != nil {
		return nil, err
	}
	err = t.compare(ctx, s, past, sink, func(person *candidate, r record.Row) error {
		if moved(person.decided, r) {
			return sink.Change(t.left(r, record.Skipped, record.ChangedMeanwhile))
		}
		writes := r.Action == record.Upload || r.Action == record.Remove
		out := excluded[person.Person.ObjectGUID]
		kept := writes && out
		if kept {
			r.Action = record.None
		}
		if out {
			delete(past.accepted, person.Person.ObjectGUID)
		}
		if person.Past.Gone {
			p.People-- // who left is nobody in the scope
		}
		switch {
		case p.Add(r):
			if person.kept != nil {
				t.handed[r.CloudId] = person.kept
			}
			t.planned[r.ObjectGuid] = planned{whom: whom(person.Person), directory: past.domainOf(person), scope: past.scopeOf(person)}
			return nil
		case kept:
			return sink.Change(t.left(r, record.Skipped, record.Excluded))
		}
		if r.Reason == record.Accepted && r.Status == record.InSync && r.ChangedSide == "" && !person.accepted() && !out {
			return sink.Change(t.left(r, record.Skipped, record.Accepted)) // from now on
		}
		if status, reason, tell := t.leftAlone(r); tell {
			return sink.Change(t.left(r, status, reason))
		}
		if !t.options.All {
			return nil
		}
		c := plan.FromRow(r).Record(record.Skipped, r.Reason) // not to be changed, and not counted
		c.RunId, c.At = t.summary.RunId, now()
		return sink.Change(c)
	})
	if err != nil {
		return nil, err
	}
	if p.Last, err = past.lastSize(); err != nil {
		return nil, err
	}
	// Somebody may be named twice, and the second time by a row.
	if err := t.undone(p.Without(t.movedAgain), record.ChangedMeanwhile, sink); err != nil {
		return nil, err
	}
	return p, t.undone(p.First(t.options.First), record.BeyondFirst, sink)
}

// leftAlone gives the end of somebody who is not in the plan and of whom
// somebody has to hear: the photos could not be read, a choice of the person's own
// was left alone or accepted, an earlier write is not to be seen yet, or the
// cloud photo is an orphan that may not be removed yet.
func (t *tally) leftAlone(r record.Row) (status record.ChangeStatus, reason record.Reason, tell bool) {
	orphan := drift.IsOrphan(r) && t.options.RemoveOrphans
	switch {
	case r.Status == record.Unknown:
		return record.Failed, r.Reason, true
	case r.Reason == record.NotVisibleYet:
		return record.Pending, r.Reason, true
	case orphan && (r.ChangedSide == record.Cloud || r.ChangedSide == record.Both):
		return record.Skipped, record.CloudChanged, true
	case orphan:
		return record.Skipped, record.WithinGrace, true
	case r.Status != record.MissingOnPremises && (r.ChangedSide == record.Cloud || r.ChangedSide == record.Both):
		return record.Skipped, r.Reason, true
	}
	return "", "", false
}

// movedAgain reports whether a change is of somebody on whom something else was
// decided, under another name.
func (t *tally) movedAgain(c plan.Change) bool {
	for _, decided := range t.again[c.ObjectGUID] {
		if !decided.Status.IsDrift() || decided.CloudID != c.CloudID || decided.OnPremisesSHA256 != c.OnPremisesSHA256 || decided.CloudETag != c.ETag {
			return true
		}
	}
	return false
}

// moved reports whether what somebody decided on is no longer so, where that
// matters: the row asks for a write now, or it did then.
func moved(decided *Seen, r record.Row) bool {
	if decided == nil {
		return false
	}
	now := Seen{Status: r.Status, CloudID: r.CloudId, OnPremisesSHA256: r.OnPremisesSha256, CloudETag: r.CloudETag}
	if r.Action == record.Upload || r.Action == record.Remove {
		return *decided != now
	}
	now.Status = decided.Status // a baseline may have changed that
	return *decided != now && decided.Status.IsDrift() && r.Status != record.Unknown
}

// left counts and gives the change of somebody who is not in the plan.
func (t *tally) left(r record.Row, status record.ChangeStatus, reason record.Reason) record.Change {
	c := plan.FromRow(r).Record(status, reason)
	c.RunId, c.At = t.summary.RunId, now()
	c.ErrorCode, c.ErrorMessage, c.Remedy, c.RequestId = r.ErrorCode, r.ErrorMessage, r.Remedy, r.RequestId
	t.change(c)
	return c
}

// divide parts the changes by their answers.
func divide(changes []plan.Change, answers []bool) (approved, declined []plan.Change) {
	for i, c := range changes {
		if i < len(answers) && answers[i] {
			approved = append(approved, c)
		} else {
			declined = append(declined, c)
		}
	}
	return approved, declined
}

// undone says of changes that they were not begun: because whoever was asked
// said no, or because the asking itself was cut off.
func (t *tally) undone(changes []plan.Change, reason record.Reason, sink Sink) error {
	for _, change := range changes {
		c := change.Record(record.Skipped, reason)
		c.RunId, c.At = t.summary.RunId, now()
		t.change(c)
		if err := sink.Change(c); err != nil {
			return err
		}
	}
	return nil
}

// write carries the plan out, and keeps what became of it. When the sink fails,
// no new write is begun.
func (t *tally) write(ctx context.Context, a *apply.Applier, changes []plan.Change, past *past, sink Sink) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	said := make(chan struct{})
	unsaid := context.AfterFunc(ctx, func() {
		defer close(said)
		sink.Warn("writes under way are finished, no other is begun")
	})
	defer func() {
		if !unsaid() {
			<-said
		}
	}()
	done, total := int64(0), int64(len(changes))
	err := a.Apply(ctx, changes, func(c record.Change) {
		t.change(c)
		err := past.wrote(c, t.planned[c.ObjectGuid])
		if err = errors.Join(err, sink.Change(c)); err != nil {
			stop(err)
		}
		done++
		sink.Progress(Progress{Stage: StageWrite, Done: done, Total: total})
	})
	return err
}

func now() time.Time { return time.Now().UTC() }
