package pace

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// slack is for how many seconds nothing may be asked for and be made up for at
	// once, as timers are late. A call of more units has what it needs.
	slack = 0.05
	// nominal stands for the wait that a service does not name. Without it whoever
	// comes next finds the service as empty as the one before, which says nothing.
	nominal = time.Second
	// calm is for how many times the service's wait the rate stays after a refusal.
	calm = 30
	// quickly and slowly are by how much the rate grows in a second: as long as it
	// is far from what was too much, and near it.
	quickly, slowly = 0.05, 0.005
	// far is the part of what was too much below which the rate is far from it.
	far = 0.75
	// firstly is how many times the mean rate before the first refusal the one at
	// the end is taken to be: calls under way double again and again until then.
	firstly = 2
	// pausing is for how long nothing must have been asked for the first stretch
	// to begin anew: its mean rate would say little otherwise.
	pausing = time.Second
	// under is the part of what was too much that is tried at most.
	under = 0.95
	// least is the least rate.
	least = 0.1
	// glance is how long to wait at most before the rate is looked at again, and
	// instant how long at least.
	glance, instant = time.Second, time.Millisecond
)

// tempo finds the rate that a service allows whose counter is empty whenever it
// refuses (a token bucket, say). Two things are known at a refusal. From one to
// the next the service was served from what it refilled, as it was empty at both:
// so it refills at least what it served in between, over that time. And as it
// became empty, it refills less than was asked for last. The rate is set between
// the two, at their geometric mean, which halves the distance (in powers) each
// time. The first stretch is no such proof, as it began with whatever the service
// held: what is taken from it is dropped at the first contradiction, as is
// everything when the service changes.
//
// A bucket that is full before a wait is over refills nothing for the rest of it:
// that makes each refusal dear where the wait is long, so that near the bound
// the rate grows only after a calm, and slowly.
type tempo struct {
	mu      sync.Mutex
	limiter *rate.Limiter
	turn    int       // counts the refusals; there is no rate before the first
	refused time.Time // the last refusal; calls from before it say nothing new
	since   time.Time // when the stretch began: with a refusal, or in the beginning
	held    time.Time // nothing is sent before
	served  float64   // units since the last refusal
	last    stretch   // that ended with the last refusal
	enough  float64   // units a second that were surely served
	tooMuch float64   // units a second that were surely refused
	grown   time.Time // when the rate last grew
	pressed time.Time // until when somebody has to wait for the rate
	heard   time.Time // when the last answer came
	well    time.Time // when anything was served last; zero for never
	all     tally
	kinds   map[string]*row // by kind of call
	hush    hush
	picky   bool      // some work is refused for what it is; none that was tried again apart has been served since
	said    time.Time // that the service is busy
}

// say reports whether it is time to say again that the service is busy.
func (t *tempo) say(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.said.IsZero() && now.Sub(t.said) < time.Minute {
		return false
	}
	t.said = now
	return true
}

// stretch is the time between two refusals.
type stretch struct {
	served  float64 // units
	whole   float64 // seconds, the wait that it began with included
	tooMuch float64 // the rate at its end
	enough  float64 // what was known to be enough before
	wait    time.Duration
}

func newTempo(now time.Time) *tempo {
	return &tempo{limiter: rate.NewLimiter(rate.Inf, 1), since: now, kinds: make(map[string]*row)}
}

// reserve takes units from the rate. If it cannot yet, it gives how long to wait
// before asking again, and how much longer the service has everybody wait.
func (t *tempo) reserve(now time.Time, units int) (wait, hold time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if hold = t.held.Sub(now); hold > 0 {
		return hold, hold
	}
	if t.turn == 0 {
		return 0, 0
	}
	t.grow(now)
	t.spread(now, units)
	if t.limiter.AllowN(now, units) {
		return 0, 0
	}
	missing := (float64(units) - t.limiter.TokensAt(now)) / float64(t.limiter.Limit())
	wait = max(instant, time.Duration(min(missing, glance.Seconds())*float64(time.Second)))
	t.pressed = now.Add(wait)
	return wait, 0
}

func (t *tempo) bound() float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rate()
}

// rate gives the bound, 0 for none. t.mu is held.
func (t *tempo) rate() float64 {
	if t.turn == 0 {
		return 0
	}
	return float64(t.limiter.Limit())
}

// take takes in the answer to a call that was sent at begun, and of which mine
// are the refusals before. It gives the pause that begins with it for everybody,
// if one does, and whether it was refused for what it is, at whatever rate.
func (t *tempo) take(begun, now time.Time, load Load, mine *row, o Outcome) (pause Wait, anew, own bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	served, refused := o.split(load.Units)
	t.hush.take(begun, now, t.held, served, o.Ask)
	if served > 0 {
		t.well = now
	}
	if own = t.tell(load, mine, served, refused); own {
		t.served += float64(served)
		return Wait{}, false, true
	}
	paused, after := t.held.After(now), time.Duration(0)
	if served < load.Units {
		after = max(0, o.After)
	}
	if t.turn == 0 && begun.Sub(t.heard) > pausing {
		t.since, t.served = begun, 0
	}
	t.heard = now
	switch {
	case !t.refused.IsZero() && !begun.After(t.refused): // sent before the last refusal was known
		t.late(begun, now, served)
	case refused > 0:
		t.served += float64(served)
		t.narrow(now, load.Units, after)
	default:
		t.served += float64(served)
	}
	t.hold(now.Add(after))
	return Wait{For: after, Rate: t.rate()}, !paused && t.held.After(now), false
}

func (t *tempo) hold(until time.Time) {
	if until.After(t.held) {
		t.held = until
	}
}

// narrow takes in a refusal that ends a stretch, and begins the next.
func (t *tempo) narrow(now time.Time, units int, after time.Duration) {
	wait := after
	if wait <= 0 {
		wait = nominal
	}
	t.refused = now
	t.hold(now.Add(wait))
	if t.served == 0 { // it is out of order, or was empty from the beginning: the bound on calls has to do
		if t.turn == 0 {
			t.since = t.held
		}
		return
	}
	t.last = stretch{served: t.served, whole: now.Sub(t.since).Seconds(), tooMuch: t.rate(), enough: t.enough, wait: wait}
	t.served, t.since, t.grown = 0, now, t.held
	t.turn++
	t.limiter = rate.NewLimiter(0, t.limiter.Burst())
	t.spread(now, units)
	t.limiter.AllowN(now, t.limiter.Burst()) // as empty as the service
	t.set(now, t.between())
}

// late takes in what was served of a call that was sent before the last refusal.
// It can only raise the rate.
func (t *tempo) late(begun, now time.Time, served int) {
	switch {
	case begun.After(t.since): // that refusal did not end the stretch
		t.served += float64(served)
	case t.turn > 0 && served > 0:
		t.last.served += float64(served)
		t.set(now, max(t.rate(), t.between()))
	}
}

// between gives the rate that follows from the last stretch.
func (t *tempo) between() float64 {
	s := t.last
	whole := max(s.whole, 0.05)
	t.tooMuch = s.tooMuch
	if t.tooMuch == 0 { // of the first stretch, which began slowly, without a wait, and with a full bucket
		t.tooMuch = max(firstly*s.served/whole, 1)
		whole += s.wait.Seconds()
	}
	t.enough = s.served / whole
	if s.enough < t.tooMuch {
		t.enough = max(t.enough, s.enough)
	}
	r := math.Sqrt(max(t.enough, least) * t.tooMuch)
	return max(least, min(r, under*t.tooMuch))
}

// grow raises the rate as time goes by without a refusal, if anybody waits for it.
func (t *tempo) grow(now time.Time) {
	since := now.Sub(t.grown).Seconds()
	if since <= 0 {
		return
	}
	t.grown = now
	if now.Sub(t.pressed) > time.Second {
		return
	}
	r := float64(t.limiter.Limit())
	by := quickly
	if t.turn > 1 && r > far*t.tooMuch && r < t.tooMuch*1.5 {
		by = slowly
		if now.Sub(t.refused)/calm < t.last.wait {
			return
		}
	}
	t.set(now, r*(1+by*min(since, 1)))
}

func (t *tempo) set(now time.Time, r float64) {
	t.limiter.SetLimitAt(now, rate.Limit(r))
	t.spread(now, int(r*slack))
}

// spread has at least so many units be asked for at once.
func (t *tempo) spread(now time.Time, units int) {
	if units > t.limiter.Burst() {
		t.limiter.SetBurstAt(now, units)
	}
}
