// Package apply carries out a plan: for each change it keeps a backup, records
// the intent, looks again at both sides, writes, reads back what the service
// shows then, and records the outcome.
//
// Start with [Applier]. Workers write; what they have written waits to be seen by
// a verifier, which follows behind them, so that no write waits for another's
// read-back. The package knows neither LDAP nor Graph: it declares the readers and
// the writer that it needs.
//
//	one change     change, with the steps before its write in upload
//	its write      write, and refusals for when going on makes no sense
//	its read-back  verify for many, readback for one
//	its points     point
package apply

import (
	"context"
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

// Cloud reads what Microsoft 365 shows of people now.
type Cloud interface {
	// ETag gives the etag of the photo, "" when there is none for certain.
	ETag(ctx context.Context, cloudID string) (string, error)
	// ETags gives those of up to 100 people, in the order asked, by few requests.
	// That somebody has no photo is not certain there. An error of its own
	// concerns everybody.
	ETags(ctx context.Context, cloudIDs []string) ([]Seen, error)
	// Photo gives the bytes of the largest size, nil when there is none.
	Photo(ctx context.Context, cloudID string) ([]byte, error)
	// PhotoOf gives those of the photo with this etag, and nil when there is none
	// or what is given out is another's: one of the service's servers may be behind.
	PhotoOf(ctx context.Context, cloudID, etag string) ([]byte, error)
}

// Seen is what a look at many people found of one.
type Seen struct {
	ETag string // "" when there seems to be no photo
	Err  error  // of this person alone
}

// Writer changes the photo that Microsoft 365 shows. A dry run has none.
type Writer interface {
	PutPhoto(ctx context.Context, cloudID string, jpeg []byte, requestID string) error
	DeletePhoto(ctx context.Context, cloudID, requestID string) error
}

// Backups gives the photos that restores put back.
type Backups interface {
	// Photo gives the backup of that hash, which is in lower-case hex.
	Photo(ctx context.Context, sha256 string) ([]byte, error)
}

// Journal keeps backups, intents and outcomes; see [journal.Journal].
type Journal interface {
	Backup(photo []byte) (sha256hex string, err error)
	Intend(journal.Intent) error
	Answered(id string, at time.Time) error
	Finish(journal.Outcome) error
}

// DefaultVerifyTimeout is how long a write is looked for where nobody says.
const DefaultVerifyTimeout = 30 * time.Second

// Applier carries out plans. All fields must be set but OnPremises, which only
// restores do without, and those of which it is said what the zero value means.
type Applier struct {
	OnPremises OnPremises
	Cloud      Cloud
	Writer     Writer
	Journal    Journal
	Backups    Backups // nil when no change is a restore
	RunID      string
	NewID      func() string    // gives the id of a write: client-request-id and journal id
	Now        func() time.Time // the clock that records carry
	Workers    int              // writes under way at once; 0 means 4
	// VerifyTimeout is how long after its answer a write is looked for before it
	// counts as pending; 0 means DefaultVerifyTimeout.
	VerifyTimeout time.Duration
	// Patience gives the patience of one write with a service that asks to wait;
	// nil means pace's own.
	Patience func() *pace.Patience
	// Sleep waits between two tries of a write, and ends with ctx's error when ctx
	// does; nil means really.
	Sleep func(ctx context.Context, d time.Duration) error
	// At is called at each [Point] of each write, by several goroutines at once;
	// nil means nobody waits for one.
	At func(point Point)
}

// Apply carries out the changes and hands the end of each to emit, one call at
// a time, in the order in which they end. Every change gets exactly one end:
// what was not begun when the run was cancelled or had to stop is Skipped with
// the reason RunStopped.
//
// When ctx is cancelled no new write is begun, and writes under way are
// finished. What then waits to be seen gets a last look, of a few seconds for all
// of it together, and is Pending otherwise. One person's trouble is in that
// change; the error that Apply gives ended the whole run, or is ctx's.
func (a *Applier) Apply(ctx context.Context, changes []plan.Change, emit func(record.Change)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w := newWork(a, stop, emit)
	var verifier, workers sync.WaitGroup
	verifier.Go(func() { w.follow(ctx) })
	queue := make(chan plan.Change)
	n := a.Workers
	if n <= 0 {
		n = 4
	}
	for range n {
		workers.Go(func() {
			for c := range queue {
				w.carryOut(ctx, c)
			}
		})
	}
	for _, c := range changes {
		queue <- c
	}
	close(queue)
	workers.Wait()
	close(w.answered)
	verifier.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
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
