package run

import (
	"context"

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
	return t.finish(cancelled(ctx, record.Errorf(record.InternalError, "runs is not built yet")))
}

// Prune takes away the runs of the journal that are older than Retention, and
// the backups that no other run needs, and hands the sink each run that it took
// away; in a dry run, that it would.
func Prune(ctx context.Context, o Options, sink RunSink) (record.Summary, error) {
	t := newTally("prune", o)
	return t.finish(cancelled(ctx, record.Errorf(record.InternalError, "prune is not built yet")))
}

// Forgotten says what [Forget] did.
type Forgotten struct {
	Writes  int // of the people, whose backups are not known any more
	Backups int // photos that were taken away
	Kept    int // photos that are somebody else's too, and so stay for them
}

// Forget takes away every backup of People, and leaves a record that it did. Who
// has no write in the journal is WriteNotFound, before anything is taken away.
func Forget(ctx context.Context, o Options, sink RunSink) (Forgotten, record.Summary, error) {
	t := newTally("forget", o)
	s, err := t.finish(cancelled(ctx, record.Errorf(record.InternalError, "forget is not built yet")))
	return Forgotten{}, s, err
}
