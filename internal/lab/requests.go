package lab

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// RequestRecord is one request that reached Microsoft Graph. The items of a
// batch are recorded too, after the batch itself.
type RequestRecord struct {
	Method           string
	Path             string // without version and query: /users/{id}/photo, /$batch
	URI              string // as it was sent, with version and query; for an item its url
	Header           http.Header
	BodySize         int
	BodySHA256       string // hexadecimal, "" without a body
	ContentLength    int64  // -1 if the client did not say
	TransferEncoding []string
	InBatch          bool
	Status           int // of the answer, 0 if the connection was dropped
}

// FaultRequest is what a fault hook is asked about.
type FaultRequest struct {
	Method  string
	Path    string // as in [RequestRecord]
	Query   string // raw
	InBatch bool   // an item of a batch
	Attempt int    // how often this method and path came, 1 for the first time
}

// Fault is what happens to a request instead of its answer. A fault with a
// Delay alone only delays, before anything is carried out.
//
// A write whose answer is lost is Fault{After: true, Drop: true}: it is carried
// out, is in [Graph.WriteLog], and then the connection is closed. With Status
// instead of Drop it is carried out, and the answer says that it failed.
type Fault struct {
	Status      int    // of the answer; 0 = 200 with a RawBody, else no answer of its own
	Code        string // error.code of the answer
	Message     string // error.message; "" = a text made from Code
	RetryAfter  string // the Retry-After header: seconds or an HTTP date
	RawBody     string // replaces the error envelope
	ContentType string // of RawBody; "" = application/json
	Location    string // the Location header
	Drop        bool   // closes the connection without an answer; for an item, that of the batch
	Delay       time.Duration
	After       bool // the request is carried out first: its work is done, only the answer is another
}

// maxRecords bounds the log of a lab that serves for a long time.
const maxRecords = 200_000

// requestLog keeps records and counts attempts.
type requestLog struct {
	mu       sync.Mutex
	records  []RequestRecord
	attempts map[string]int
	hook     func(FaultRequest) *Fault
}

// Requests gives the requests so far, the newest last.
func (g *Graph) Requests() []RequestRecord {
	g.log.mu.Lock()
	defer g.log.mu.Unlock()
	return slices.Clone(g.log.records)
}

// ForgetRequests empties the list that [Graph.Requests] gives.
func (g *Graph) ForgetRequests() {
	g.log.mu.Lock()
	defer g.log.mu.Unlock()
	g.log.records = nil
}

// Fail sets the hook that is asked about every request and every item of a
// batch; nil as its answer lets the request through. Fail(nil) removes it.
// The hook may be called from several goroutines at once.
func (g *Graph) Fail(hook func(FaultRequest) *Fault) {
	g.log.mu.Lock()
	defer g.log.mu.Unlock()
	g.log.hook, g.log.attempts = hook, nil
}

func (l *requestLog) add(r RequestRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.records) >= maxRecords {
		l.records = slices.Delete(l.records, 0, maxRecords/2)
	}
	l.records = append(l.records, r)
}

// fault asks the hook.
func (l *requestLog) fault(method, path, query string, inBatch bool) *Fault {
	l.mu.Lock()
	if l.hook == nil {
		l.mu.Unlock()
		return nil
	}
	if l.attempts == nil {
		l.attempts = make(map[string]int)
	}
	key := method + " " + strings.ToLower(path)
	l.attempts[key]++
	attempt, hook := l.attempts[key], l.hook
	l.mu.Unlock()
	return hook(FaultRequest{Method: method, Path: path, Query: query, InBatch: inBatch, Attempt: attempt})
}

// answers reports whether the fault has an answer of its own.
func (f *Fault) answers() bool { return f != nil && (f.Status != 0 || f.RawBody != "") }
