package run

import (
	"sync"

	"photosync/internal/record"
)

// oneAtATime is a sink that several goroutines may call.
type oneAtATime struct {
	mu   sync.Mutex
	sink Sink
}

func (o *oneAtATime) Row(r record.Row) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sink.Row(r)
}

func (o *oneAtATime) Change(c record.Change) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sink.Change(c)
}

func (o *oneAtATime) Progress(p Progress) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sink.Progress(p)
}

func (o *oneAtATime) Warn(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sink.Warn(text)
}

func (o *oneAtATime) Verbose(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sink.Verbose(text)
}

// checksOneAtATime is a CheckSink that several goroutines may call.
type checksOneAtATime struct {
	mu   sync.Mutex
	sink CheckSink
}

func (o *checksOneAtATime) Check(c record.Check) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sink.Check(c)
}

func (o *checksOneAtATime) Progress(p Progress) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sink.Progress(p)
}

func (o *checksOneAtATime) Warn(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sink.Warn(text)
}

func (o *checksOneAtATime) Verbose(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sink.Verbose(text)
}
