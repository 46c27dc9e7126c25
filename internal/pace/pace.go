// Package pace finds out how much a service takes, keeps to it, and tries
// again what was refused. It is the only place that retries, and it knows
// nothing of the service but what its answers ask for.
//
// Start with [Pacer]: every call goes through [Pacer.Do], of whatever kind it
// is, so that there is one budget for all. Two bounds hold at once:
//
//   - how many calls are under way. The bound starts at 4 and grows by one with
//     each answer, until answers come late or the service refuses; then it
//     shrinks to [cut] of itself, and grows by one a round.
//   - how many units a second are asked for, from the first refusal on. The
//     rate is found by closing in between what was surely served and what was
//     surely too much, see tempo.
//
// A wish of the service to wait (Retry-After) is everybody's: nothing is sent
// until it is over.
package pace

import (
	"context"
	"fmt"
	"time"
)

// Most is the bound on calls under way where [Settings] give none.
const Most = 64

// start is the bound on calls under way at the beginning.
const start = 4

// Settings bound a [Pacer].
type Settings struct {
	Most     int           // calls under way, at most; 0 means [Most]
	Patience time.Duration // all waits of one call together; 0 means 10 minutes

	// Waiting is told when a service has everybody wait, once for each time. It
	// may be called from several goroutines at once.
	Waiting func(Wait)

	Now   func() time.Time                                 // nil: time.Now
	Sleep func(ctx context.Context, d time.Duration) error // nil: really wait
}

// Wait is a pause that the service asked for, of all calls.
type Wait struct {
	For  time.Duration // 0 when the service did not say how long
	Rate float64       // units a second after it
}

// Ask is what an answer asks for.
type Ask int

// What answers ask for.
const (
	Nothing Ask = iota // it is final
	Fewer              // the service asks for fewer calls
	Fault              // the service failed
	Reach              // no connection came about; nothing was sent
	Broken             // the connection broke, or no answer came in time
	asks
)

// Load says what a call weighs.
type Load struct {
	Kind  string // calls of a kind take about as long as each other
	Units int    // as the service counts it; 0 means 1
	Once  bool   // it is not tried again here, whatever the answer asks for
}

// Outcome is what a try of a call came to.
type Outcome struct {
	Ask     Ask
	After   time.Duration // how long the service asks to wait; 0 if it does not say
	Refused int           // units that were refused though the call as a whole was answered
}

// GaveUp is the error of a call for which there is no patience left. The last
// outcome is the caller's to tell.
type GaveUp struct {
	Tries   int
	Waited  time.Duration
	Next    time.Duration // the wait that would have been too long, 0 if the tries ran out
	Silence time.Duration // how long the service has served nobody, if that is why; else 0
}

// Error says how patient it was.
func (g *GaveUp) Error() string {
	return fmt.Sprintf("gave up after %d tries and %s", g.Tries, g.Waited.Round(time.Second))
}

// Pacer paces the calls to one service. It is safe for concurrent use.
type Pacer struct {
	settings Settings
	queue    queue
	tempo    tempo
}

// New makes a pacer.
func New(s Settings) *Pacer {
	if s.Most <= 0 {
		s.Most = Most
	}
	if s.Patience <= 0 {
		s.Patience = 10 * time.Minute
	}
	if s.Waiting == nil {
		s.Waiting = func(Wait) {}
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Sleep == nil {
		s.Sleep = Sleep
	}
	return &Pacer{settings: s, queue: newQueue(s.Most), tempo: newTempo(s.Now())}
}

// Do calls try until its outcome is final, when the service lets it. It gives
// nil, a [GaveUp], or ctx's error. What try gave last is the caller's to keep.
func (p *Pacer) Do(ctx context.Context, load Load, try func(context.Context) Outcome) error {
	load.Units = max(1, load.Units)
	patience := p.Patience()
	for {
		o, err := p.once(ctx, load, try)
		if err != nil || o.Ask == Nothing || load.Once {
			return err
		}
		wait, err := patience.Next(o)
		if err != nil {
			return err
		}
		if err := p.settings.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// once waits for a place and for the rate, tries, and takes in what it came to.
func (p *Pacer) once(ctx context.Context, load Load, try func(context.Context) Outcome) (Outcome, error) {
	if err := p.queue.enter(ctx); err != nil {
		return Outcome{}, err
	}
	if err := p.settle(ctx, load); err != nil {
		p.queue.leave()
		return Outcome{}, err
	}
	begun := p.settings.Now()
	o := try(ctx)
	now := p.settings.Now()
	if ctx.Err() != nil { // it says nothing of the service
		p.queue.leave()
		return o, nil
	}
	refused := o.Refused
	if o.Ask == Fewer && refused == 0 {
		refused = load.Units
	}
	if wait, anew := p.tempo.take(begun, now, load.Units-refused, refused, o.After); anew {
		p.settings.Waiting(wait)
	}
	p.queue.take(load.Kind, begun, now, o.Ask != Nothing || refused > 0)
	return o, nil
}

// settle waits until the rate allows the units and the service's own wish to
// wait is over. A refusal meanwhile begins it anew.
func (p *Pacer) settle(ctx context.Context, load Load) error {
	for {
		d, turn := p.tempo.reserve(p.settings.Now(), load.Units)
		if d > 0 {
			if err := p.settings.Sleep(ctx, d); err != nil {
				return err
			}
		}
		if p.tempo.valid(p.settings.Now(), turn) {
			return ctx.Err()
		}
	}
}

// Now gives the bounds as they are: calls under way, and units a second, 0 as
// long as there is no bound on these.
func (p *Pacer) Now() (calls int, rate float64) { return p.queue.bound(), p.tempo.bound() }

// Sleep waits, and ends with ctx's error when ctx does.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
