// Package pace finds out how much a service takes, keeps to it, and tries
// again what was refused. It is the only place that retries, and it knows
// nothing of the service but what its answers ask for.
//
// Start with [Pacer]: every call goes through [Pacer.Do], of whatever kind it
// is, so that there is one budget for all. Two bounds hold at once:
//
//   - how many calls are under way. The bound starts at 4 and grows by one with
//     each answer, until answers come late; with a refusal or a failure it shrinks
//     to [cut] of itself. From either on it grows by one a round.
//   - how many units a second are asked for, from the first refusal on. The
//     rate is found by closing in between what was surely served and what was
//     surely too much, see tempo.
//
// A wish of the service to wait (Retry-After) is everybody's: nothing is sent
// until it is over, and nothing is sent for a second where a refusal names no
// time. Only what is refused again and again while all else is served waits
// alone, see row. docs/pace.md has figures.
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

	// Time must go on while Sleep waits. A clock that goes back makes waits longer.
	Now   func() time.Time                                 // nil: time.Now
	Sleep func(ctx context.Context, d time.Duration) error // nil: really wait
}

// Wait is a pause that the service asked for, of all calls; or, with Why, one of
// a call that failed again and again, which is said once a minute at most.
type Wait struct {
	Why  Ask           // Nothing for a pause of all calls
	For  time.Duration // 0 when the service did not say how long
	Rate float64       // units a second after it
}

// Ask is what an answer asks for.
type Ask int

// What answers ask for.
const (
	Nothing Ask = iota // it is final
	Fewer              // the service asks for fewer calls
	Busy               // the service failed for now and names no wait; that says nothing of the rate
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

	// Again is the patience of work that this call tries again, nil for none. A
	// part that is refused for ever is told from too high a rate by it.
	Again *Patience
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
	queue    *queue
	line     chan struct{} // has room for the one call that is next
	tempo    *tempo
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
	return &Pacer{settings: s, queue: newQueue(s.Most), line: make(chan struct{}, 1), tempo: newTempo(s.Now())}
}

// Do calls try until its outcome is final, when the service lets it. It gives
// nil, a [GaveUp], or ctx's error. What try gave last is the caller's to keep.
func (p *Pacer) Do(ctx context.Context, load Load, try func(context.Context) Outcome) error {
	load.Units = max(1, load.Units)
	patience := p.Patience()
	for {
		o, err := p.once(ctx, load, patience, try)
		if err != nil || o.Ask == Nothing || load.Once {
			return err
		}
		wait, err := patience.Next(o)
		if err != nil {
			return err
		}
		if patience.tries[o.Ask] >= 3 && o.After <= 0 && p.tempo.say(p.settings.Now()) {
			p.settings.Waiting(Wait{Why: o.Ask, For: wait})
		}
		if err := p.settings.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// once waits for a place and for the rate, tries, and takes in what it came to.
func (p *Pacer) once(ctx context.Context, load Load, patience *Patience, try func(context.Context) Outcome) (Outcome, error) {
	if err := p.enter(ctx, load.Units, patience); err != nil {
		return Outcome{}, err
	}
	answered := false
	defer func() { // try may panic
		if !answered {
			p.queue.leave()
		}
	}()
	begun := p.settings.Now()
	o := try(ctx)
	now := p.settings.Now()
	if err := ctx.Err(); err != nil { // it says nothing of the service
		if o.Ask == Nothing {
			err = nil
		}
		return o, err
	}
	mine := &patience.row
	if load.Again != nil {
		mine = &load.Again.row
	}
	wait, anew, own := p.tempo.take(begun, now, load, mine, o)
	if own {
		return o, nil
	}
	answered = true
	p.queue.take(load.Kind, begun, now, o.Ask != Nothing || o.Refused > 0)
	if anew {
		p.settings.Waiting(wait)
	}
	return o, nil
}

// enter waits for a place and for the rate. One call at a time is next in line,
// the first first: a large one is not overtaken by small ones for ever, and one
// that goes takes nothing with it.
func (p *Pacer) enter(ctx context.Context, units int, patience *Patience) error {
	p.queue.wanting.Add(1)
	defer p.queue.wanting.Add(-1)
	select {
	case p.line <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.line }()
	if err := p.queue.enter(ctx); err != nil {
		return err
	}
	if err := p.settle(ctx, units, patience); err != nil {
		p.queue.leave()
		return err
	}
	return nil
}

// settle waits until the service's own wish to wait is over and the rate allows
// the units.
func (p *Pacer) settle(ctx context.Context, units int, patience *Patience) error {
	for {
		now := p.settings.Now()
		wait, hold := p.tempo.reserve(now, units)
		if wait == 0 {
			return ctx.Err()
		}
		if hold > p.settings.Patience {
			return patience.end(now, hold, 0)
		}
		if quiet := p.tempo.quiet(now); quiet >= silence { // whom the rate lets may still try
			return patience.end(now, 0, quiet)
		}
		if err := p.settings.Sleep(ctx, wait); err != nil {
			return err
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
