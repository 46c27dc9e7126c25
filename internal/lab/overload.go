package lab

import (
	"net/http"
	"sync"
)

// Overload makes bursts of requests fail as a service does that is ill: without
// a Retry-After. The zero Overload is off.
type Overload struct {
	Every   int  // each so many-th request begins a burst, those of a burst counted; 0 = off
	Burst   int  // requests in a row that are refused, at least 1
	Status  int  // 500, 502, 503 or 504; 0 = 503
	InBatch bool // the items of a batch count, and are refused, as requests do
}

// overload counts the requests.
type overload struct {
	mu   sync.Mutex
	rule Overload
	seen int
}

// WithOverload refuses requests in bursts.
func WithOverload(o Overload) Option { return func(s *settings) { s.overload = o } }

// SetOverload changes what [WithOverload] set and counts from the start. The
// zero Overload turns it off.
func (g *Graph) SetOverload(o Overload) {
	g.overload.mu.Lock()
	defer g.overload.mu.Unlock()
	g.overload.rule, g.overload.seen = o, 0
}

// met counts a request. It gives the refusal, nil if there is none.
func (o *overload) met(inBatch bool) *reply {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.rule.Every <= 0 || inBatch && !o.rule.InBatch {
		return nil
	}
	o.seen++
	if o.seen < o.rule.Every || o.seen%o.rule.Every >= max(1, o.rule.Burst) {
		return nil
	}
	return o.rule.refusal()
}

// refusal has the codes of the general errors of Microsoft Graph; which one
// the photo service would give is unconfirmed.
func (o Overload) refusal() *reply {
	switch o.Status {
	case http.StatusInternalServerError:
		return refuse(o.Status, "InternalServerError", "The server encountered an error while processing the request.")
	case http.StatusBadGateway:
		return refuse(o.Status, "BadGateway", "The gateway received an invalid answer.")
	case http.StatusGatewayTimeout:
		return refuse(o.Status, "GatewayTimeout", "The gateway did not receive an answer in time.")
	}
	return refuse(http.StatusServiceUnavailable, "ServiceUnavailable", "The service is temporarily unavailable.")
}
