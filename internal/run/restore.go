package run

import (
	"context"

	"photosync/internal/record"
)

// Restore puts back what was there before earlier writes: of the whole run
// RestoreRun, of the People in it, or, without a run, before the last write of
// each of the People. It hands the sink a change for each write that is to be
// undone. It asks no directory; it is journalled like any other write, so that it
// can be undone too. In a dry run there is no writer and nobody is asked.
func Restore(ctx context.Context, o Options, approver Approver, sink Sink) (record.Summary, error) {
	t := newTally("restore", o)
	return t.finish(cancelled(ctx, t.restore(ctx, approver, &oneAtATime{sink: sink})))
}

func (t *tally) restore(context.Context, Approver, Sink) error {
	return record.Errorf(record.InternalError, "restore is not built yet")
}
