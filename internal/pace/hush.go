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
		last := h.asked
		if held.After(last) {
			last = held
		}
		if h.since.IsZero() || begun.Sub(last) > idle {
			h.since = now
		}
		h.asked = now
	}
}

// quiet gives for how long nobody who asked has been served.
func (t *tempo) quiet(now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hush.since.IsZero() {
		return 0
	}
	return now.Sub(t.hush.since)
}
