package pace

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// burst is how many units may be asked for at once: as many as the largest call has.
	burst = 20
	// nominal stands for the wait that a service does not name.
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
	// under is the part of what was too much that is tried at most.
	under = 0.95
)

// tempo finds the rate that a service allows, whose counter is empty whenever
// it refuses (a token bucket, say). From one refusal to the next the service
// cannot have refilled less than it served in between; and at the moment of a
// refusal it refills less than is asked for. The rate is set between the two,
// at their geometric mean, which halves the distance (in powers) each time. A
// bucket that is full before a wait is over refills nothing for the rest of it:
// that makes each refusal dear where the wait is long, so that near the bound
// the rate grows only after a calm, and slowly.
type tempo struct {
	mu      sync.Mutex
	limiter *rate.Limiter
	turn    int       // counts the refusals; what was reserved before the last one is void
	refused time.Time // the last refusal, or the beginning; calls from before it say nothing new
	held    time.Time // nothing is sent before
	served  float64   // units since the last refusal
	last    stretch   // that ended with the last refusal
	enough  float64   // units a second that were surely served
	tooMuch float64   // units a second that were surely refused
	grown   time.Time // when the rate last grew
	pressed time.Time // until when somebody has to wait for the rate
	heard   time.Time // when anything was last served
}

// stretch is the time between two refusals.
type stretch struct {
	served  float64 // units
	whole   float64 // seconds, the wait that it began with included
	tooMuch float64 // the rate at its end
	enough  float64 // what was known to be enough before
	wait    time.Duration
}

func newTempo(now time.Time) tempo {
	return tempo{limiter: rate.NewLimiter(rate.Inf, burst), refused: now, held: now, heard: now}
}

// reserve takes units from the rate and gives how long to wait for them, and
// the turn for which they are.
func (t *tempo) reserve(now time.Time, units int) (wait time.Duration, turn int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	from := now
	if t.held.After(now) {
		from = t.held
	}
	if t.turn > 0 {
		t.grow(now)
		if units > t.limiter.Burst() {
			t.limiter.SetBurstAt(from, units)
		}
		from = from.Add(t.limiter.ReserveN(from, units).DelayFrom(from))
		if from.After(t.pressed) {
			t.pressed = from
		}
	}
	return from.Sub(now), t.turn
}

// valid reports whether what was reserved in a turn may be sent now.
func (t *tempo) valid(now time.Time, turn int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return turn == t.turn && !t.held.After(now)
}

// quiet gives for how long nothing has been served.
func (t *tempo) quiet(now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Sub(t.heard)
}

func (t *tempo) bound() float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.turn == 0 {
		return 0
	}
	return float64(t.limiter.Limit())
}

// take takes in an answer: what was served and refused of a call that was sent
// at begun. It gives the wait that the service asks of everybody, and whether
// that is news.
func (t *tempo) take(begun, now time.Time, served, refused int, after time.Duration) (Wait, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if served > 0 {
		t.heard = now
	}
	if t.turn > 0 && !begun.After(t.refused) { // sent before the last refusal was known
		t.last.served += float64(served)
		t.hold(now, after)
		t.set(t.held)
		return Wait{}, false
	}
	t.served += float64(served)
	if refused == 0 {
		return Wait{}, false
	}
	t.narrow(now, after)
	return Wait{For: after, Rate: float64(t.limiter.Limit())}, true
}

func (t *tempo) hold(now time.Time, after time.Duration) {
	if end := now.Add(after); after > 0 && end.After(t.held) {
		t.held = end
	}
}

// narrow takes in a refusal that ends a stretch, and begins the next.
func (t *tempo) narrow(now time.Time, after time.Duration) {
	wait := after
	if wait <= 0 {
		wait = nominal
	}
	s := stretch{served: t.served, whole: now.Sub(t.refused).Seconds(), tooMuch: float64(t.limiter.Limit()), enough: t.enough, wait: wait}
	if t.turn == 0 {
		s.tooMuch = 0 // nobody set it
	}
	t.last, t.served, t.refused = s, 0, now
	t.turn++
	t.hold(now, after)
	t.limiter = rate.NewLimiter(1, burst)
	t.set(t.held)
	t.grown = t.held
}

// set fits the rate, from then on, to the last stretch.
func (t *tempo) set(from time.Time) {
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
	r := math.Sqrt(max(t.enough, 0.1) * t.tooMuch)
	t.limiter.SetLimitAt(from, rate.Limit(max(0.1, min(r, under*t.tooMuch))))
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
		if now.Sub(t.refused) < calm*t.last.wait {
			return
		}
	}
	t.limiter.SetLimitAt(now, rate.Limit(r*(1+by*min(since, 1))))
}
