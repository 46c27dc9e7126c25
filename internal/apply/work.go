package apply

import (
	"context"
	"runtime"
	"sync"

	"photosync/internal/pace"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// work is one call of Apply.
type work struct {
	*Applier
	patience func() *pace.Patience
	decodes  chan struct{} // a place for each picture that may be decoded at once
	room     chan struct{} // a place for each write between its intent and its outcome
	answered chan *written // writes that are to be seen; room for all that have a place
	again    chan *written // those that were looked at and not seen, nil for one that was; as roomy
	looks    chan struct{} // a place for each person who may be looked at alone at once
	stop     context.CancelCauseFunc

	mu       sync.Mutex // guards the rest
	emit     func(record.Change)
	refusals refusals
}

// mostWaiting bounds the writes between their intents and their outcomes. Each
// keeps what it sent in the reduced form in which it is compared: 28 KB, and 111 KB
// of the longest pictures.
const mostWaiting = 1000

func newWork(a *Applier, stop context.CancelCauseFunc, emit func(record.Change)) *work {
	w := &work{
		Applier: a, patience: a.Patience, stop: stop, emit: emit,
		decodes: make(chan struct{}, runtime.GOMAXPROCS(0)), room: make(chan struct{}, mostWaiting), looks: make(chan struct{}, mostLooks),
		answered: make(chan *written, mostWaiting), again: make(chan *written, mostWaiting),
	}
	if w.patience == nil {
		w.patience = pace.New(pace.Settings{Now: a.Now}).Patience
	}
	return w
}

// takePlace waits until there is room for one more write between its intent and
// its outcome, and gives errStopped when the run ends before.
func (w *work) takePlace(ctx context.Context) error {
	select {
	case w.room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errStopped
	}
}

func (w *work) leavePlace() { <-w.room }

// decoding takes a place for decoding a picture, which may take hundreds of
// megabytes, and gives the function that leaves it.
func (w *work) decoding() (leave func()) {
	w.decodes <- struct{}{}
	return func() { <-w.decodes }
}

func (w *work) decode(value []byte) (*photo.Picture, error) {
	defer w.decoding()()
	return photo.Decode(value)
}

// say hands over the end of a change, and stops the run when the trouble that it
// tells of does. Whether it was looked for decides who has heard of its write.
func (w *work) say(end record.Change, trouble error, lookedFor bool) {
	end.At = w.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.emit(end)
	if lookedFor {
		if trouble != nil && record.CodeOf(trouble).EndsRun() {
			w.stop(trouble)
		}
		return
	}
	if err := w.refusals.note(end, trouble); err != nil {
		w.stop(err)
	}
}

// taken says that a write waits to be seen.
func (w *work) taken() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refusals.taken()
}
