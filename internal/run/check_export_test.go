package run

import (
	"context"
	"time"

	"photosync/internal/record"
)

// CheckWithin is Check with a write probe that waits little between its tries
// to put back, has restore or interrupted for them, and says at each that it tries.
func CheckWithin(ctx context.Context, o Options, sink CheckSink, restore, interrupted time.Duration) (record.Summary, error) {
	return check(ctx, o, sink, times{
		restore: restore, interrupted: interrupted, glance: time.Second, first: 5 * time.Millisecond, most: 50 * time.Millisecond, say: 0,
		looks: []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond},
	})
}
