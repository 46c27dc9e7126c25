package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"
)

// What the host wants to hear beside rows and errors. Each level has those
// before it.
const (
	LogWarning = "warning"
	LogVerbose = "verbose"
	LogDebug   = "debug"
)

// How the host answers proposals.
const (
	ConfirmAsk   = "ask"
	ConfirmNever = "never"
)

// Client is what the host says of itself.
type Client struct {
	PS      string // version of PowerShell
	Edition string // Desktop or Core
	Module  string // version of the module
	PID     int64
}

// Request is one thing that the host wants done. Its methods may be called
// from any goroutine. Their errors are ErrOutputBroken, ErrClosed and ErrEnded,
// and those of a wait.
type Request struct {
	ID            int64
	Op            string
	Params        json.RawMessage // an object, of which only people was read
	DryRun        bool
	Confirm       string // ConfirmAsk or ConfirmNever
	Log           string // LogWarning, LogVerbose or LogDebug
	WantsProgress bool
	WantsSecrets  bool // secrets follow
	WantsPeople   bool // params.people: input follows
	Client        Client

	conn  *Conn
	begun time.Time

	// From the reader.
	secretsCame chan struct{}  // closed when there are secrets
	inputCame   chan struct{}  // closed when there are items, or tooLarge is set
	inputEnd    bool           // was heard; only the reader looks at it
	tooLarge    *TooLargeError // set before inputCame is closed

	// Under conn.mu.
	finished bool
	secrets  *Secrets // a pointer, so that no print of the request reaches them
	items    [][]Item // of each line: one slice that grows would cost twice as much on its way
	held     load

	proposals  refs[bool]
	signatures refs[signed]

	// For the lines to the host; held while sending, so that their order is that of the counts.
	out      sync.Mutex
	ended    bool
	counts   counts
	warnings warnings
	pace     pace
}

func requestOf(line []byte) (*Request, error) {
	q := &Request{
		Confirm:     ConfirmAsk,
		Log:         LogWarning,
		secretsCame: make(chan struct{}),
		inputCame:   make(chan struct{}),
		proposals:   refs[bool]{what: "proposal", answer: "decision"},
		signatures:  refs[signed]{what: "sign", answer: "signature"},
	}
	params, client := []byte("{}"), []byte("{}")
	err := fillOnly(line, lineFields(
		textField("op", &q.Op),
		objectField("params", &params),
		flagField("dryRun", &q.DryRun),
		oneOfField("confirm", &q.Confirm, ConfirmAsk, ConfirmNever),
		oneOfField("log", &q.Log, LogWarning, LogVerbose, LogDebug),
		flagField("progress", &q.WantsProgress),
		flagField("secrets", &q.WantsSecrets),
		objectField("client", &client),
	)...)
	if err != nil {
		return nil, err
	}
	if q.Op == "" {
		return nil, breach("a request without op")
	}
	q.Params = bytes.Clone(params) // the line's memory is used again
	if err := fill(params, flagField("people", &q.WantsPeople)); err != nil {
		return nil, err
	}
	return q, fill(client,
		textField("ps", &q.Client.PS),
		textField("edition", &q.Client.Edition),
		textField("module", &q.Client.Module),
		numberField("pid", &q.Client.PID),
	)
}

// Secrets waits for what the host hands over. It is zero when the request has
// no secrets.
func (r *Request) Secrets(ctx context.Context) (Secrets, error) {
	if !r.WantsSecrets {
		return Secrets{}, nil
	}
	if err := r.wait(ctx, r.secretsCame); err != nil {
		return Secrets{}, err
	}
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	return *r.secrets, nil
}

// wait waits for the reader. What has come already counts even after a cancel.
func (r *Request) wait(ctx context.Context, came <-chan struct{}) error {
	select {
	case <-came:
		return nil
	default:
	}
	select {
	case <-came:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-r.conn.ctx.Done():
		return context.Cause(r.conn.ctx)
	}
}

// End is how a request ended.
type End struct {
	Status   string // ok, partial, failed or cancelled
	ExitCode int
	Done     int64 // changes that were made
	Skipped  int64
	Summary  json.RawMessage // nil when no run was begun
}

type counts struct {
	Result   int64 `json:"result"`
	Error    int64 `json:"error"`
	Proposed int64 `json:"proposed"`
	Done     int64 `json:"done"`
	Skipped  int64 `json:"skipped"`
}

type endLine struct {
	head
	Status     string          `json:"status"`
	ExitCode   int             `json:"exitCode"`
	Counts     counts          `json:"counts"`
	Summary    json.RawMessage `json:"summary"`
	DurationMs int64           `json:"durationMs"`
}

// End writes the last line of the request. A Summary that is no JSON is an error,
// and the request goes on.
func (r *Request) End(e End) error {
	r.out.Lock()
	defer r.out.Unlock()
	if r.ended {
		return ErrEnded
	}
	for _, warning := range r.warnings.rest() {
		if err := r.conn.say(messageLine{headOf("warning", r.ID), warning}); err != nil {
			return err
		}
	}
	r.counts.Done, r.counts.Skipped = e.Done, e.Skipped
	b, err := encode(endLine{headOf("end", r.ID), e.Status, e.ExitCode, r.counts, e.Summary, time.Since(r.begun).Milliseconds()})
	if err != nil {
		return err
	}
	r.ended, r.warnings = true, warnings{}
	// Before the line is out: a host may end our input as soon as it has read it.
	r.finish()
	return r.conn.send(message{line: b})
}

// finish gives back what the request holds.
func (r *Request) finish() {
	c := r.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	r.finished = true
	r.Params = nil // the request is remembered for its id
	r.release()
	c.open--
	if c.serving == r {
		c.serving = nil
	}
}
