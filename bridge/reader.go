package bridge

import (
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// reader is the one goroutine that reads standard input. It never waits for
// anything else, so a cancel is seen whatever the output does.
type reader struct {
	conn    *Conn
	lines   *lineScanner
	secrets *Request // the request whose secrets have to be in the next line
}

// run reads until the input ends. When the session must end, nothing that the
// host says counts any more, but it is read: the host must not hang in a write.
func (r *reader) run() {
	c := r.conn
	for {
		line, err := r.lines.next()
		if c.ctx.Err() != nil {
			break
		}
		whole := err == nil || len(line) > 0 && json.Valid(line)
		if whole {
			err = errors.Join(r.hear(line), err)
		}
		fault, broken := errors.AsType[*ProtocolError](err)
		switch {
		case broken:
			fault.Line = r.lines.line
			c.cancel(fault)
		case err != nil:
			// A host that died in the middle of a line left no clean end.
			c.inputEnded(whole || len(line) == 0)
			return
		}
	}
	_, _ = io.Copy(io.Discard, r.lines.in)
}

// inputEnded ends the session if a request is still open.
func (c *Conn) inputEnded(clean bool) {
	c.mu.Lock()
	idle := c.open == 0
	c.mu.Unlock()
	if idle && clean {
		close(c.over)
		return
	}
	c.cancel(ErrInputEnded)
}

// hear takes one line.
func (r *reader) hear(line []byte) error {
	if !utf8.Valid(line) || !json.Valid(line) {
		return breach("it is not JSON in UTF-8")
	}
	if !begins(line, '{') {
		return breach("it is not an object")
	}
	v, kind := int64(0), ""
	if err := fill(line, numberField("v", &v), textField("type", &kind)); err != nil {
		return err
	}
	switch {
	case v != ProtocolVersion:
		return breach("its v is not %d", ProtocolVersion)
	case kind == "":
		return breach("it has no type")
	case kind == "cancel":
		r.conn.cancel(ErrCancelled)
		return nil
	}
	handle, known := map[string]func([]byte, int64) error{
		"request":   r.request,
		"secrets":   r.secret,
		"input":     r.input,
		"inputEnd":  r.inputEnd,
		"decision":  r.decision,
		"signature": r.signature,
	}[kind]
	if !known {
		// Its other fields may be anything.
		return nil
	}
	var id int64
	err := fill(line, numberField("id", &id))
	switch {
	case err != nil:
	case r.secrets != nil && kind != "secrets":
		// Whoever waits for secrets would wait for ever.
		err = breach("the secrets of request %d have to come before it", r.secrets.ID)
	default:
		err = handle(line, id)
	}
	if fault, ok := errors.AsType[*ProtocolError](err); ok {
		fault.ID = max(id, 0)
	}
	return err
}

// named gives the request that a line belongs to.
func (r *reader) named(id int64, kind string) (*Request, error) {
	c := r.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if q := c.requests[id]; q != nil {
		return q, nil
	}
	return nil, breach("%s for request %d, which there is not", kind, id)
}

func (r *reader) request(line []byte, id int64) error {
	if id <= 0 {
		return breach("the id of a request is a number above 0")
	}
	q, err := requestOf(line)
	if err != nil {
		return err
	}
	c := r.conn
	q.ID, q.conn = id, c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.requests[id] != nil {
		return breach("the id %d was used before", id)
	}
	select {
	case c.queue <- q:
	default:
		return breach("more than %d requests wait", MaxWaiting)
	}
	c.requests[id] = q
	c.open++
	if q.WantsSecrets {
		r.secrets = q
	}
	return nil
}

func (r *reader) secret(line []byte, id int64) error {
	q, err := r.named(id, "secrets")
	if err != nil {
		return err
	}
	if r.secrets != q {
		return breach("request %d asks for no secrets, or has them", id)
	}
	var items []byte
	if err := fillOnly(line, lineFields(objectField("items", &items))...); err != nil {
		return err
	}
	if items == nil {
		return breach("secrets without items")
	}
	s, err := secretsOf(items)
	if err != nil {
		return err
	}
	r.secrets = nil
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	q.secrets = s
	close(q.secretsCame)
	return nil
}

func (r *reader) decision(line []byte, id int64) error {
	q, err := r.named(id, "a decision")
	if err != nil {
		return err
	}
	var ref int64
	var proceed *bool
	if err := fillOnly(line, lineFields(numberField("ref", &ref), givenFlagField("proceed", &proceed))...); err != nil {
		return err
	}
	if proceed == nil {
		return breach("a decision without proceed")
	}
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	return q.proposals.settle(ref, id, *proceed)
}

func (r *reader) signature(line []byte, id int64) error {
	q, err := r.named(id, "a signature")
	if err != nil {
		return err
	}
	var ref int64
	var s signed
	if err := fillOnly(line, lineFields(numberField("ref", &ref), bytesField("data", &s.signature), textField("error", &s.failure))...); err != nil {
		return err
	}
	if (len(s.signature) > 0) == (s.failure != "") {
		return breach("a signature has either data or error")
	}
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	return q.signatures.settle(ref, id, s)
}
