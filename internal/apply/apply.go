// Package apply carries out a plan: for each change it keeps a backup, records
// the intent, looks again at both sides, writes, reads back what the service
// shows then, and records the outcome.
//
// Start with [Applier]. The package knows neither LDAP nor Graph: it declares
// the readers and the writer that it needs.
package apply

import (
	"context"
	"runtime"
	"sync"
	"time"

	"photosync/internal/journal"
	"photosync/internal/pace"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// OnPremises reads a person's photo again just before a write.
type OnPremises interface {
	// Photo gives the photo as stored of the person whom the change is about,
	// nil when there is none.
	Photo(ctx context.Context, c plan.Change) ([]byte, error)
}

// Cloud reads what Microsoft 365 shows of a person now.
type Cloud interface {
	// ETag gives the etag of the photo, "" when there is none.
	ETag(ctx context.Context, cloudID string) (string, error)
	// Photo gives the bytes of the largest size, nil when there is none.
	Photo(ctx context.Context, cloudID string) ([]byte, error)
}

// Writer changes the photo that Microsoft 365 shows. A dry run has none.
type Writer interface {
	PutPhoto(ctx context.Context, cloudID string, jpeg []byte, requestID string) error
	DeletePhoto(ctx context.Context, cloudID, requestID string) error
}

// Journal keeps backups, intents and outcomes; see [journal.Journal].
type Journal interface {
	Backup(photo []byte) (sha256hex string, err error)
	Intend(journal.Intent) error
	Finish(journal.Outcome) error
}

// Applier carries out plans. All fields but Workers, Patience and Sleep must be set.
type Applier struct {
	OnPremises OnPremises
	Cloud      Cloud
	Writer     Writer
	Journal    Journal
	RunID      string
	NewID      func() string    // gives the id of a write: client-request-id and journal id
	Now        func() time.Time // the clock
	Workers    int              // changes under way at once; 0 means 4
	// Patience gives the patience of one write with a service that asks to wait;
	// nil means pace's own.
	Patience func() *pace.Patience
	// Sleep waits, and ends with ctx's error when ctx does; nil means really.
	Sleep func(ctx context.Context, d time.Duration) error

	decodes chan struct{} // a place for each picture that may be decoded at once
}

// Apply carries out the changes and hands the end of each to emit, one call at
// a time, in the order in which they end. Every change gets exactly one end:
// what was not begun when the run was cancelled or had to stop is Skipped with
// the reason RunStopped.
//
// When ctx is cancelled no new write is begun, and writes under way are
// finished. One person's trouble is in that change; the error that Apply gives
// ended the whole run, or is ctx's.
func (a *Applier) Apply(ctx context.Context, changes []plan.Change, emit func(record.Change)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if a.Patience == nil {
		a.Patience = pace.New(pace.Settings{Now: a.Now}).Patience
	}
	a.decodes = make(chan struct{}, runtime.GOMAXPROCS(0))
	var (
		mu       sync.Mutex // guards emit and refusals
		refusals refusals
		wg       sync.WaitGroup
		queue    = make(chan plan.Change)
	)
	workers := a.Workers
	if workers <= 0 {
		workers = 4
	}
	for range workers {
		wg.Go(func() {
			for c := range queue {
				end, err := a.one(ctx, c)
				mu.Lock()
				emit(end)
				if err := refusals.note(end, err); err != nil {
					stop(err)
				}
				mu.Unlock()
			}
		})
	}
	for _, c := range changes {
		queue <- c
	}
	close(queue)
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// refusals sees when going on makes no sense: after an error that ends every
// run, when the first few writes were all refused alike, which is a missing
// right and not those people's trouble, and when a side answers nobody any more.
type refusals struct {
	forbidden  int
	seen       bool // a write that was not refused for lack of rights
	unanswered int  // in a row
}

const (
	// alike is the number of first refusals that are taken for everybody's.
	alike = 4
	// deaf is the number of people in a row after whom a side that does not
	// answer in time, or only asks to wait, is taken to be out of order.
	deaf = 8
)

func (r *refusals) note(end record.Change, err error) error {
	code := record.CodeOf(err)
	switch {
	case err != nil && code.EndsRun():
		return err
	case err != nil && code.Unanswered():
		if r.unanswered++; r.unanswered >= deaf {
			return err
		}
		return nil
	case code == record.PhotoWriteForbidden || code == record.PhotoPolicyRefuses:
		if r.forbidden++; r.forbidden >= alike && !r.seen {
			return err
		}
	default:
		r.seen = r.seen || sent(end)
	}
	r.unanswered = 0
	return nil
}

// sent reports whether the end is one of a write that reached the service.
func sent(end record.Change) bool {
	return end.Bytes != nil || end.Action == record.Remove && end.RequestId != "" && end.Status != record.Skipped
}

// Preview hands emit what a run would do, one WouldChange for each change. It
// needs no writer.
func Preview(changes []plan.Change, runID string, now func() time.Time, emit func(record.Change)) {
	for _, c := range changes {
		r := c.Record(record.WouldChange, c.Reason)
		r.RunId, r.At = runID, now()
		emit(r)
	}
}
