package lab

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// slowPieces is in how many pieces a slow body comes.
const slowPieces = 16

// signInPage is what a captive portal shows.
const signInPage = "<!DOCTYPE html>\n<html><head><title>Sign in to the network</title></head><body><form action=\"/login\" method=\"post\"><input name=\"user\"></form></body></html>\n"

// WithBrokenBodies makes each every-th answer with a body of more than one byte
// break off: Content-Length says all of it, half of it comes, then the
// connection is reset (in HTTP/2, the stream).
func WithBrokenBodies(every int) Option { return func(s *settings) { s.brokenEvery = every } }

// WithSlowBodies makes each every-th answer with a body of more than one byte
// come in small pieces that take d together.
func WithSlowBodies(every int, d time.Duration) Option {
	return func(s *settings) { s.slowEvery, s.slowFor = every, d }
}

// WithWrongJSON spoils each every-th JSON answer with the status 200: in turn
// its second half is missing, or it is the page of a captive portal.
func WithWrongJSON(every int) Option { return func(s *settings) { s.wrongEvery = every } }

// WithRedirect answers every request with 302 and target as its Location.
func WithRedirect(target string) Option { return func(s *settings) { s.redirect = target } }

// WithCaptivePortal answers every request with 200 and a page in HTML, as the
// network of a hotel does.
func WithCaptivePortal() Option { return func(s *settings) { s.captivePortal = true } }

// intercepted gives the answer of what stands between client and service, nil
// if nothing does.
func (g *Graph) intercepted() *reply {
	switch {
	case g.settings.redirect != "":
		r := plain(http.StatusFound)
		r.foreign = true
		r.header.Set("Location", g.settings.redirect)
		return r
	case g.settings.captivePortal:
		r := plain(http.StatusOK)
		r.portal()
		return r
	}
	return nil
}

// portal turns the answer into that of a captive portal.
func (r *reply) portal() {
	r.foreign, r.problem, r.body = true, nil, []byte(signInPage)
	r.header = http.Header{"Content-Type": {"text/html"}}
}

// spoil makes the answer wrong when it is its turn.
func (g *Graph) spoil(out *reply) {
	if out.status != http.StatusOK || !strings.HasPrefix(out.header.Get("Content-Type"), "application/json") {
		return
	}
	switch turn := g.wrong.due(); {
	case turn == 0:
	case turn%2 == 1:
		out.body = out.body[:len(out.body)/2]
	default:
		out.portal()
	}
}

// deliver sends the answer.
func (g *Graph) deliver(w http.ResponseWriter, r *http.Request, out *reply) {
	g.spoil(out)
	for name, values := range out.header {
		w.Header()[name] = values
	}
	w.Header().Set("Date", g.settings.now().Add(g.settings.clockSkew).UTC().Format(http.TimeFormat))
	broken, slow := false, false
	if len(out.body) > 1 {
		broken, slow = g.broken.due() > 0, g.slow.due() > 0
	}
	switch {
	case broken:
		out.breakOff(w)
	case slow:
		out.trickle(w, r, g.settings.slowFor)
	default:
		w.WriteHeader(out.status)
		_, _ = w.Write(out.body)
	}
}

// trickle sends the body in pieces over d.
func (r *reply) trickle(w http.ResponseWriter, in *http.Request, d time.Duration) {
	w.WriteHeader(r.status)
	pieces := min(slowPieces, len(r.body))
	flow := http.NewResponseController(w)
	for i := range pieces {
		if i > 0 {
			pause(in.Context(), d/time.Duration(pieces-1))
		}
		if in.Context().Err() != nil {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(r.body[i*len(r.body)/pieces : (i+1)*len(r.body)/pieces])
		_ = flow.Flush()
	}
}

// breakOff announces the whole body, sends half of it and resets the
// connection.
func (r *reply) breakOff(w http.ResponseWriter) {
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	half := r.body[:len(r.body)/2]
	flow := http.NewResponseController(w)
	conn, buffer, err := flow.Hijack()
	if err != nil { // HTTP/2: net/http resets the stream
		w.WriteHeader(r.status)
		_, _ = w.Write(half)
		_ = flow.Flush()
		panic(http.ErrAbortHandler)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(handshakeTimeout)) // nobody else ends it
	_, _ = fmt.Fprintf(buffer, "HTTP/1.1 %d %s\r\n", r.status, http.StatusText(r.status))
	_ = w.Header().Write(buffer)
	_, _ = io.WriteString(buffer, "\r\n")
	_, _ = buffer.Write(half)
	_ = buffer.Flush()
	reset(conn)
}

// reset closes a connection with a reset instead of an orderly end.
func reset(conn net.Conn) {
	if inside, ok := conn.(*tls.Conn); ok {
		conn = inside.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
