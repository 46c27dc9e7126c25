package run

import (
	"context"
	"fmt"
	"time"

	"photosync/internal/journal"
	"photosync/internal/record"
)

// RunSink takes what the journal knows of runs, one call at a time. An error of
// Run ends the listing.
type RunSink interface {
	Run(record.Run) error
	Warn(text string)
	Verbose(text string)
}

// Runs hands the sink every run that the journal in StateDir has, the latest
// first; only RestoreRun when that is given, which is RunNotFound when the
// journal does not have it. Nothing is connected.
func Runs(ctx context.Context, o Options, sink RunSink) (record.Summary, error) {
	t := newTally("runs", o)
	return t.finish(cancelled(ctx, t.runs(ctx, sink)))
}

func (t *tally) runs(ctx context.Context, sink RunSink) error {
	if id := t.options.RestoreRun; id != "" {
		r, err := journal.Read(t.options.StateDir, id)
		if err != nil {
			return err
		}
		sayDamage(r, sink)
		return sink.Run(r.Row())
	}
	return journal.Walk(t.options.StateDir, func(r journal.Record) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sayDamage(r, sink)
		return sink.Run(r.Row())
	})
}

// sayDamage tells of a journal that is not as it was written.
func sayDamage(r journal.Record, sink RunSink) {
	switch {
	case r.Headless:
		sink.Warn("the journal of the run " + r.Run.RunID + " does not begin as it should")
	case r.Unreadable > 0:
		sink.Warn(fmt.Sprintf("lines of the journal of the run %s that cannot be read: %d", r.Run.RunID, r.Unreadable))
	}
}

// Prune takes away the runs of the journal that are older than Retention, and
// the backups that no other run needs, and hands the sink each run that it took
// away; in a dry run, that it would. Retention has to be set.
func Prune(ctx context.Context, o Options, sink RunSink) (record.Summary, error) {
	t := newTally("prune", o)
	return t.finish(cancelled(ctx, t.prune(sink)))
}

func (t *tally) prune(sink RunSink) error {
	if t.options.Retention <= 0 {
		return record.Errorf(record.SettingInvalid, "it was not said how old a run has to be to be taken away")
	}
	if !t.options.DryRun {
		lock, err := t.lock()
		if err != nil {
			return err
		}
		defer func() { _ = lock.Release() }() // the end of the process releases it too
	}
	old, err := journal.Prune(t.options.StateDir, now().Add(-t.options.Retention), t.options.DryRun, sink.Run)
	sink.Verbose(pruned(old))
	return err
}

// pruned says what was taken away.
func pruned(p journal.Pruned) string {
	return fmt.Sprintf("taken away: %d runs, %d backups, %d bytes", p.Runs, p.Backups, p.Bytes)
}

// Forgotten says what [Forget] did.
type Forgotten = journal.Forgotten

// Forget takes away every backup of People, and leaves a record that it did; in a
// dry run it only says what it would do. Who has no write in the journal is
// WriteNotFound, before anything is taken away.
func Forget(ctx context.Context, o Options, sink RunSink) (Forgotten, record.Summary, error) {
	t := newTally("forget", o)
	sink.Verbose("journal and backups are in " + o.StateDir)
	f, err := t.forget()
	s, err := t.finish(cancelled(ctx, err))
	return f, s, err
}

func (t *tally) forget() (Forgotten, error) {
	if !t.options.DryRun {
		lock, err := t.lock()
		if err != nil {
			return Forgotten{}, err
		}
		defer func() { _ = lock.Release() }() // the end of the process releases it too
	}
	by := journal.By{RunID: t.summary.RunId, Version: t.options.Version, At: t.summary.StartedAt.Truncate(time.Millisecond)}
	by.User, by.Host = account()
	return journal.Forget(t.options.StateDir, t.options.names(), by, t.options.DryRun)
}

// names gives the names of the people whom somebody named.
func (o Options) names() []string {
	var names []string
	for _, n := range o.People {
		if n.Name != "" {
			names = append(names, n.Name)
		} else if n.CloudID != "" {
			names = append(names, n.CloudID)
		}
	}
	return names
}
