package pace

import "time"

// idle is for how long nobody must have asked for a silence to begin anew.
const idle = 2 * topWait

// hush keeps in mind since when a service has served nobody.
type hush struct {
	since time.Time // zero while it serves
	asked time.Time // when somebody last was not served
}

// take takes in what was served of a call that was sent at begun. Nothing was
// sent before held.
func (h *hush) take(begun, now, held time.Time, served int, ask Ask) {
	switch {
	case served > 0:
		h.since = time.Time{}
	case ask == Reach: // the service knows nothing of it
	default:
		if h.since.IsZero() || h.unasked(begun, held) {
			h.since = now
		}
		h.asked = now
	}
}

// unasked reports whether nobody has asked for so long that nothing is known of
// the service any more. Nothing was sent before held.
func (h *hush) unasked(now, held time.Time) bool {
	last := h.asked
	if held.After(last) {
		last = held
	}
	return now.Sub(last) > idle
}

// quiet gives for how long nobody who asked has been served.
func (t *tempo) quiet(now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hush.since.IsZero() || t.hush.unasked(now, t.held) {
		return 0
	}
	return now.Sub(t.hush.since)
}

// down reports whether a service that has served before has served nobody since.
func (t *tempo) down(since time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.well.IsZero() && !t.well.After(since)
}
