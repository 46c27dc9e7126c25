package pace

import (
	"math/rand/v2"
	"time"
)

// The bounds of one call's patience beside [Settings.Patience].
const (
	maxFewer  = 20               // tries when the service asks for fewer calls, or is busy
	maxOwn    = 5                // tries of what is refused while others are served
	maxFaults = 4                // tries when the service or the connection failed
	firstWait = time.Second      // upper bound of the first wait where the service does not say how long
	topWait   = time.Minute      // upper bound of any such wait
	outage    = time.Minute      // how long a failure that met everybody is borne, beyond its tries, by a service that served before
	silence   = 10 * time.Minute // after which a service that refuses and serves nobody is taken to be out of order
)

// Patience counts the tries and waits of one call, or of work that is tried
// again by other calls. It is not safe for concurrent use.
type Patience struct {
	pacer *Pacer
	tries [asks]int
	total int
	begun time.Time // of the first outcome that was not final
	row   row       // guarded by the tempo
}

// Patience gives a fresh one.
func (p *Pacer) Patience() *Patience { return &Patience{pacer: p} }

// Next takes in an outcome that is not final, or of which a part was refused,
// and gives how long to wait before the next try, or a [GaveUp].
func (p *Patience) Next(o Outcome) (time.Duration, error) {
	ask := o.Ask
	if ask == Nothing {
		ask = Fewer
	}
	p.tries[ask]++
	p.total++
	now := p.pacer.settings.Now()
	if p.begun.IsZero() {
		p.begun = now
	}
	if quiet := p.pacer.tempo.quiet(now); quiet >= silence && ask != Reach {
		return 0, p.end(now, 0, quiet)
	}
	bound := maxFaults
	if ask == Fewer || ask == Busy {
		bound = maxFewer
	}
	borne := ask != Fewer && ask != Busy && now.Sub(p.begun) < outage && p.pacer.tempo.down(p.begun)
	if p.tries[ask] >= bound && !borne || p.pacer.tempo.hopeless(&p.row) {
		return 0, p.end(now, 0, 0)
	}
	wait := o.After
	if wait <= 0 {
		wait = backoff(p.tries[ask])
	}
	if wait > p.pacer.settings.Patience-now.Sub(p.begun) {
		return 0, p.end(now, wait, 0)
	}
	return wait, nil
}

// end gives the error of a call that gives up.
func (p *Patience) end(now time.Time, next, silence time.Duration) *GaveUp {
	g := &GaveUp{Tries: p.total, Next: next, Silence: silence}
	if !p.begun.IsZero() {
		g.Waited = now.Sub(p.begun)
	}
	return g
}

// backoff gives a random wait below a bound that doubles with each try (full jitter).
func backoff(try int) time.Duration {
	bound := min(firstWait<<min(try-1, 10), topWait)
	return time.Millisecond + rand.N(bound-time.Millisecond)
}
