package run

import (
	"context"
	"errors"
	"os"
	"os/user"
	"time"

	"photosync/internal/drift"
	"photosync/internal/journal"
	"photosync/internal/match"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/state"
)

// lock takes the state folder for a run that writes to the cloud: there is one
// at a time.
func (t *tally) lock() (*state.Held, error) {
	who, host := account()
	return state.Lock(t.options.StateDir, state.Holder{
		RunID: t.summary.RunId, Command: t.summary.Command, User: who, Host: host, PID: os.Getpid(), Since: t.summary.StartedAt,
	})
}

// account names the account that runs photosync, and the machine, "" for what
// cannot be found out.
func account() (who, host string) {
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	host, _ = os.Hostname() // "" then
	return who, host
}

// newJournal begins the journal of a run that writes; restores is the run that
// it undoes, "" for none.
func (t *tally) newJournal(ctx context.Context, set settings, restores string) (*journal.Journal, error) {
	r := journal.Run{
		RunID: t.summary.RunId, Command: t.summary.Command, Version: t.options.Version, Restores: restores,
		Directory: t.options.Directory.Server, Graph: set.root, Tenant: set.tenant(ctx, t.options.Auth), StartedAt: t.summary.StartedAt,
		Recipient: t.options.BackupRecipient,
	}
	r.User, r.Host = account()
	return journal.Open(t.options.StateDir, r, journal.Options{Recipient: t.options.BackupRecipient, At: t.options.At})
}

// endJournal ends the journal of a run that err ended, or that went to its end,
// and takes away what is older than backups are kept.
func (t *tally) endJournal(j *journal.Journal, cause error, sink Sink) error {
	err := errors.Join(j.End(journal.End{At: now(), Outcome: t.outcomeOf(cause)}), j.Close())
	if keep := t.options.Retention; cause == nil && err == nil && keep > 0 {
		before := now().Add(-keep)
		if before.After(t.summary.StartedAt) { // a run is not older than itself
			before = t.summary.StartedAt
		}
		old, trouble := journal.Prune(t.options.StateDir, before, false, func(record.Run) error { return nil })
		if trouble != nil { // the run itself is done
			sink.Warn("backups that are older than they are kept could not all be taken away: " + trouble.Error())
		}
		if old.Runs > 0 || old.Backups > 0 {
			sink.Verbose(pruned(old))
		}
	}
	return err
}

// planned is a person in the plan, as agreements know people.
type planned struct {
	whom             state.Whom
	directory, scope string

	undoes  *undoing       // of a restore
	pending *state.Pending // of a plan that is carried out: what was not seen so far
}

// wrote keeps what became of a write: both sides agree, or it is not seen yet. Of
// a restore it is that what it replaced was ours: what it put back counts as a
// change of the cloud's since, which no run writes over by itself.
func (p *past) wrote(c record.Change, who planned) error {
	if p.store == nil {
		return nil
	}
	id, err := match.ParseGUID(c.ObjectGuid)
	if err != nil { // who has no objectGUID is not known again
		return nil
	}
	agreement := state.Agreement{
		Kind: state.Written, OnPremisesSHA256: c.OnPremisesSha256, CloudID: c.CloudId, CloudETag: c.ETagAfter, At: c.At,
		Directory: who.directory, Scope: who.scope, Whom: who.whom,
	}
	pending := state.Pending{
		RunID: c.RunId, WriteID: c.RequestId, Action: c.Action, OnPremisesSHA256: c.OnPremisesSha256, CloudID: c.CloudId, ETagBefore: c.ETagBefore, At: c.At,
	}
	if u := who.undoes; u != nil {
		if c.Status == record.Done || c.Status == record.Pending {
			agreement.OnPremisesSHA256, agreement.CloudETag = u.OnPremisesSHA256, c.ETagBefore
			p.store.Agree(id, agreement)
		}
		if c.Status == record.Pending {
			pending.Restore = true
			p.store.Await(id, pending)
		}
		return errors.Join(p.superseded(*u, c), p.kept())
	}
	switch {
	case c.Status == record.Done && c.Action == record.Remove:
		agreement.Kind, agreement.CloudETag = state.Removed, ""
		p.store.Agree(id, agreement)
	case c.Status == record.Done:
		p.store.Agree(id, agreement)
	case c.Status == record.Pending:
		p.store.Await(id, pending)
	case c.ErrorCode == record.PhotoOutcomeUncertain:
		p.store.Await(id, unresolved(pending))
	}
	return p.kept()
}

// superseded says in the journal what became of a write that was open when it was
// undone: what was answered, and after which the etag moved, was seen by then.
func (p *past) superseded(u undoing, c record.Change) error {
	if c.Status != record.Done && c.Status != record.Pending || u.Outcome != nil && u.Outcome.Status != record.Pending {
		return nil
	}
	o := journal.Outcome{ID: u.ID, At: c.At, Status: record.Done, ETagAfter: c.ETagBefore}
	if u.Outcome == nil { // nor was it ever answered
		o.Status, o.ErrorCode, o.ETagAfter = record.Failed, record.PhotoOutcomeUncertain, ""
	}
	return journal.Settle(p.dir, u.run.RunID, o)
}

// unresolved gives a write of which nobody knows whether it reached the service. It
// is settled when the person is looked at, and keeps nobody from writing again.
func unresolved(w state.Pending) state.Pending {
	w.At = time.Time{}
	return w
}

// adopt takes over what runs that were cut off have left open: writes of which
// nobody knows what became of them, and such as were answered and not seen.
func (p *past) adopt(ctx context.Context) error {
	if err := p.open(ctx); err != nil {
		return err
	}
	cut, err := journal.Unfinished(p.dir)
	if err != nil || p.store == nil {
		return err
	}
	undone, err := p.undone(cut)
	if err != nil {
		return err
	}
	scope := p.scope(ctx)
	for _, r := range cut {
		if !ours(r.Run, scope) {
			continue
		}
		open := 0
		var over []journal.Outcome
		for _, w := range r.Writes {
			if w.Outcome != nil && w.Outcome.Status != record.Pending {
				continue
			}
			if now().Sub(w.At) > drift.VisibleWithin { // and nobody has looked at the person since
				over = append(over, journal.Outcome{ID: w.ID, At: now(), Status: record.Failed, ErrorCode: record.PhotoOutcomeUncertain})
				continue
			}
			open++
			if err := p.take(r.Run, w, undone[w.Restores]); err != nil {
				return err
			}
		}
		if len(over) > 0 {
			if err := journal.Settle(p.dir, r.Run.RunID, over...); err != nil {
				return err
			}
		}
		p.sayCut(r.Run, open)
	}
	return p.flush()
}

// take takes over one write; undone is the one that it undoes, nil when it undoes
// none, or one that the journal does not have any more.
func (p *past) take(r journal.Run, w journal.Write, undone *journal.Write) error {
	id, err := match.ParseGUID(w.ObjectGUID)
	if err != nil { // who has no objectGUID is not known again
		return nil
	}
	if undone != nil {
		if err := p.takeRestore(id, w, *undone); err != nil {
			return err
		}
	}
	open := state.Pending{
		RunID: r.RunID, WriteID: w.ID, Action: w.Action, OnPremisesSHA256: w.OnPremisesSHA256, CloudID: w.CloudID, ETagBefore: w.ETagBefore, At: w.At,
		Restore: w.Restores != "",
	}
	if w.Outcome == nil {
		open = unresolved(open)
	}
	p.store.Await(id, open)
	return nil
}

// takeRestore keeps, as [past.wrote] does of a restore that was not cut off, that
// what it replaced was ours.
func (p *past) takeRestore(id match.GUID, w, undone journal.Write) error {
	all, err := p.store.Recall([]match.GUID{id})
	if err != nil {
		return p.unread(err)
	}
	a := state.Agreement{Whom: state.Whom{UserPrincipalName: w.UserPrincipalName, DisplayName: w.DisplayName, SamAccountName: w.SamAccountName}}
	if was := all[id].Agreement; was != nil {
		a = *was
	}
	a.Kind, a.OnPremisesSHA256, a.CloudID, a.CloudETag, a.Verdict, a.At = state.Written, undone.OnPremisesSHA256, w.CloudID, w.ETagBefore, 0, now()
	p.store.Agree(id, a)
	return nil
}

// undone finds, going through the journal once, the writes that open writes undo,
// by their ids.
func (p *past) undone(cut []journal.Record) (map[string]*journal.Write, error) {
	wanted := make(map[string]bool)
	for _, r := range cut {
		for _, w := range r.Writes {
			if w.Restores != "" && (w.Outcome == nil || w.Outcome.Status == record.Pending) {
				wanted[w.Restores] = true
			}
		}
	}
	found := make(map[string]*journal.Write)
	if len(wanted) == 0 {
		return found, nil
	}
	err := journal.Walk(p.dir, func(r journal.Record) error {
		for _, w := range r.Writes {
			if wanted[w.ID] {
				found[w.ID] = &w
			}
		}
		if len(found) == len(wanted) {
			return errAllFound
		}
		return nil
	})
	if errors.Is(err, errAllFound) {
		err = nil
	}
	return found, err
}

// sayCut tells of a run that was cut off. What a write probe has left behind is
// no photo of anybody's.
func (p *past) sayCut(r journal.Run, open int) {
	text := "the run " + r.RunID + " (" + r.Command + ", begun " + moment(r.StartedAt) + ") was cut off"
	if r.Command == "check" {
		p.sink.Warn(record.OneLine(text + ", and its test picture may still be there; photosync restore --run " + r.RunID + " --force puts the photo back"))
		return
	}
	if open > 0 {
		p.sink.Warn(record.OneLine(text + "; what became of its last writes is found out as their people are looked at"))
	}
}

// lastSize is what the directory gave at the last run over the same scope, zero
// when that is not known.
func (p *past) lastSize() (plan.Size, error) {
	if p.store == nil || p.key == "" || p.domain == "" {
		return plan.Size{}, nil
	}
	z, _, err := p.store.Size(p.sizeKey())
	return plan.Size{People: z.People, Photos: z.Photos}, p.unread(err)
}

// noteSize keeps what the directory gave, of a whole scope.
func (p *past) noteSize(made *plan.Plan) {
	if p.store != nil && p.key != "" && p.domain != "" && made.WholeScope {
		p.store.NoteSize(p.sizeKey(), state.Size{People: made.People, Photos: made.Photos, At: now()})
	}
}

func (p *past) sizeKey() string { return p.domain + "\n" + p.key }
