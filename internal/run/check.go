package run

import (
	"context"

	"photosync/internal/record"
)

// CheckSink takes what [Check] gives, one call at a time.
type CheckSink interface {
	Check(record.Check) error
	Progress(Progress)
	Warn(text string)
	Verbose(text string)
}

// Check looks whether everything that runs need is there and hands the sink an
// answer to each question. It writes nothing but, with Options.WriteProbe, the
// photo of that one person, which it puts back.
func Check(ctx context.Context, o Options, sink CheckSink) (record.Summary, error) {
	t := newTally("check", o)
	return t.finish(cancelled(ctx, t.check(ctx, sink)))
}

func (t *tally) check(_ context.Context, _ CheckSink) error {
	return record.Errorf(record.InternalError, "not there yet")
}
