package lab

import (
	"slices"
	"sync"
	"time"
)

// Written is one upload or removal that the service carried out, whether or not
// its answer arrived: one whose client was killed meanwhile is here, and one
// whose answer a [Fault] took away. What was refused is not.
type Written struct {
	Time            time.Time // by the lab's clock
	UserID          string
	Method          string // PUT, PATCH or DELETE
	ClientRequestID string // the header client-request-id as it was sent, an item's or that of its batch; "" if there was none
	Before, After   string // SHA-256 of the stored bytes, hexadecimal; "" = no photo
	ETagBefore      string // with its quotes; "" = no photo
	ETagAfter       string
}

// maxWritten bounds the log of writes.
const maxWritten = 100_000

// writeLog keeps the writes in the order in which they were carried out.
type writeLog struct {
	mu   sync.Mutex
	list []Written
}

// WriteLog gives the uploads and removals so far, the newest last; when there are
// more than 100,000, the oldest are missing. What a person changes without a
// request ([Graph.SetPhoto]) is not in it, so that a write's Before may differ
// from the After of the one before it. It is empty with [WithoutRequestLog].
func (g *Graph) WriteLog() []Written {
	g.written.mu.Lock()
	defer g.written.mu.Unlock()
	return slices.Clone(g.written.list)
}

func (l *writeLog) add(w Written) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) >= maxWritten {
		l.list = slices.Delete(l.list, 0, maxWritten/10)
	}
	l.list = append(l.list, w)
}

// write stores what a request brings, nil for none, and notes it. The note is
// made before the next write to the same user is stored.
func (g *Graph) write(c *call, a *account, body []byte) {
	a.put(body, g.settings, false, func(before, after picture) {
		if g.settings.withoutLog {
			return
		}
		w := Written{Time: g.settings.now(), UserID: a.user.ID, Method: c.method, ClientRequestID: c.sentID, Before: digest(before.body), After: digest(after.body)}
		if w.Before != "" {
			w.ETagBefore = a.etag(before)
		}
		if w.After != "" {
			w.ETagAfter = a.etag(after)
		}
		g.written.add(w)
	})
	g.writes.Add(1)
}
