package lab

import (
	"encoding/json"
	"net/http"
	"time"
)

// call is one request to Microsoft Graph, alone or as an item of a batch.
type call struct {
	method  string
	path    string // without version and query, unescaped
	query   string // raw
	header  http.Header
	body    []byte
	inBatch bool

	rejectBody *reply // why the body was refused before it was read whole
	token      *token // nil when tokens are not demanded
	id         string // request-id
	clientID   string // client-request-id of the answer
	sentID     string // client-request-id as the client sent it, "" if it did not
}

// reply is the answer to a call.
type reply struct {
	status  int
	header  http.Header
	body    []byte
	drop    bool // close the connection instead
	noBody  bool // in a batch: no headers and a null body
	foreign bool // not from the service: without its headers
	problem *problem
}

// problem is what the error envelope says.
type problem struct{ code, message string }

func plain(status int) *reply { return &reply{status: status, header: http.Header{}} }

func withJSON(status int, value any) *reply {
	body, err := json.Marshal(value)
	if err != nil {
		return refuse(http.StatusInternalServerError, "UnknownError", err.Error())
	}
	r := plain(status)
	r.header.Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	r.body = body
	return r
}

func refuse(status int, code, message string) *reply {
	r := plain(status)
	r.problem = &problem{code, message}
	return r
}

// finish writes the error envelope and the headers that every answer has.
func (r *reply) finish(c *call, now time.Time) {
	if r.foreign {
		return
	}
	if r.problem != nil {
		full := withJSON(r.status, map[string]any{"error": map[string]any{
			"code": r.problem.code, "message": r.problem.message,
			"innerError": map[string]string{
				"date": now.UTC().Format("2006-01-02T15:04:05"), "request-id": c.id, "client-request-id": c.clientID,
			},
		}})
		r.body = full.body
		r.header.Set("Content-Type", "application/json")
	}
	r.header.Set("request-id", c.id)
	r.header.Set("client-request-id", c.clientID)
}

// reply turns a fault into an answer.
func (f *Fault) reply() *reply {
	if f.Drop {
		return &reply{drop: true, header: http.Header{}}
	}
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	r := plain(status)
	switch {
	case f.RawBody != "":
		r.body = []byte(f.RawBody)
		r.header.Set("Content-Type", "application/json")
		if f.ContentType != "" {
			r.header.Set("Content-Type", f.ContentType)
		}
	case status >= 400:
		message := f.Message
		if message == "" {
			message = "The service answered " + f.Code + "."
		}
		r.problem = &problem{f.Code, message}
	}
	if f.RetryAfter != "" {
		r.header.Set("Retry-After", f.RetryAfter)
	}
	if f.Location != "" {
		r.header.Set("Location", f.Location)
	}
	return r
}
