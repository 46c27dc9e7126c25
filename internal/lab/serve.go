package lab

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ServeHTTP answers one request.
func (g *Graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.enter() {
		panic(http.ErrAbortHandler)
	}
	defer g.leave()
	pause(r.Context(), g.settings.latency)
	version, path := splitVersion(r.URL.EscapedPath())
	c := &call{method: r.Method, path: path, query: r.URL.RawQuery, header: r.Header}
	c.body, c.rejectBody = readBody(w, r)
	c.id = uuid.NewString()
	c.sentID = r.Header.Get("client-request-id")
	c.clientID = cmp.Or(c.sentID, c.id)
	note := g.note(r, c)
	out := g.answer(r.Context(), c, version)
	note(out.status)
	if out.drop || r.Context().Err() != nil { // the lab or the client ended meanwhile
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
	}
	g.deliver(w, r, out)
}

// note describes a request as it came; what it gives enters it into the log
// when its status is known.
func (g *Graph) note(r *http.Request, c *call) func(status int) {
	if g.settings.withoutLog {
		return func(int) {}
	}
	record := RequestRecord{Method: r.Method, Path: c.path, URI: r.RequestURI, Header: r.Header.Clone(), BodySize: len(c.body),
		ContentLength: r.ContentLength, TransferEncoding: r.TransferEncoding, BodySHA256: digest(c.body)}
	return func(status int) {
		record.Status = status
		g.log.add(record)
	}
}

// pause waits, but not longer than the client or the lab does.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// splitVersion gives the version and the path after it.
func splitVersion(path string) (version, rest string) {
	version, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return version, "/" + rest
}

// readBody reads at most what the service takes.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *reply) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		// Which status the service gives is not documented; 413 is what
		// Exchange Online gave.
		return body, refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Maximum request length exceeded.")
	}
	if err != nil {
		return body, refuse(http.StatusBadRequest, "BadRequest", "The request body could not be read.")
	}
	return body, nil
}

func digest(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// answer gives what stands in the way of the call, or carries it out.
func (g *Graph) answer(ctx context.Context, c *call, version string) *reply {
	out := g.intercepted()
	if out == nil {
		out = g.faulted(ctx, c, func() *reply { return g.carryOut(ctx, c, version) })
	}
	if out == nil {
		out = g.overload.met(false)
	}
	if out == nil {
		out = g.carryOut(ctx, c, version)
	}
	out.finish(c, g.settings.now())
	return out
}

// faulted asks the hook about a call. It gives the answer of the fault, nil if
// the call is to go on.
func (g *Graph) faulted(ctx context.Context, c *call, carryOut func() *reply) *reply {
	fault := g.log.fault(c.method, c.path, c.query, c.inBatch)
	if fault == nil {
		return nil
	}
	pause(ctx, fault.Delay)
	if !fault.Drop && !fault.answers() {
		return nil
	}
	if fault.After {
		carryOut()
	}
	return fault.reply()
}

// carryOut checks version and token and carries the call out.
func (g *Graph) carryOut(ctx context.Context, c *call, version string) *reply {
	beta := version == "beta" && strings.EqualFold(c.path, policyPath) // the one thing that is served there
	if version != "v1.0" && !beta {
		return refuse(http.StatusBadRequest, "BadRequest", "Invalid version: "+version)
	}
	if g.settings.tokens {
		token, refused := g.readToken(c.header)
		if refused != nil {
			return refused
		}
		c.token = token
	}
	if c.rejectBody != nil {
		return c.rejectBody
	}
	if c.path == "/$batch" || strings.EqualFold(c.path, "/%24batch") {
		return g.batch(ctx, c)
	}
	if refused := g.throttle.admit(c.token); refused != nil {
		return refused
	}
	if beta {
		return c.only(http.MethodGet, func() *reply { return g.photoPolicy(c) })
	}
	return g.route(c)
}

// route finds out what a path names. The items of a batch come here too.
func (g *Graph) route(c *call) *reply {
	var parts []string
	for part := range strings.SplitSeq(strings.Trim(c.path, "/"), "/") {
		plainPart, err := url.PathUnescape(part)
		if err != nil {
			return refuse(http.StatusBadRequest, "BadRequest", "The path is not escaped correctly.")
		}
		parts = append(parts, plainPart)
	}
	switch {
	case parts[0] == "organization" && len(parts) == 1:
		return c.only(http.MethodGet, func() *reply { return g.organization(c) })
	case parts[0] != "users":
		return noSegment(parts[0])
	case len(parts) == 1:
		return c.only(http.MethodGet, func() *reply { return g.listUsers(c) })
	case len(parts) == 2:
		return c.only(http.MethodGet, func() *reply { return g.getUser(c, parts[1]) })
	}
	return g.routePhoto(c, parts[1], parts[2:])
}

func (g *Graph) routePhoto(c *call, user string, rest []string) *reply {
	value := rest[len(rest)-1] == "$value"
	switch {
	case rest[0] == "photo" && len(rest) == 1:
		return c.only(http.MethodGet, func() *reply { return g.photoMetadata(c, user, "") })
	case rest[0] == "photo" && len(rest) == 2 && value:
		return g.photoValue(c, user)
	case rest[0] == "photos" && len(rest) == 1:
		return c.only(http.MethodGet, func() *reply { return g.photoSizes(c, user) })
	case rest[0] == "photos" && len(rest) == 2 && !value:
		return c.only(http.MethodGet, func() *reply { return g.photoMetadata(c, user, rest[1]) })
	case rest[0] == "photos" && len(rest) == 3 && value:
		return c.only(http.MethodGet, func() *reply { return g.photoBytes(c, user, rest[1]) })
	}
	return noSegment(rest[len(rest)-1])
}

func noSegment(name string) *reply {
	return refuse(http.StatusBadRequest, "BadRequest", "Resource not found for the segment '"+name+"'.")
}

// only runs do for one method and refuses the others.
func (c *call) only(method string, do func() *reply) *reply {
	if c.method != method {
		return notAllowed(method)
	}
	return do()
}

func notAllowed(methods string) *reply {
	r := refuse(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
	r.header.Set("Allow", methods)
	return r
}
