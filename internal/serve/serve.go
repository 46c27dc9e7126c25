// Package serve answers the requests of a host, such as the PowerShell module,
// that come over the bridge: it turns parameters into the options of a use
// case, and what the use case gives into lines of the protocol. The protocol is
// docs/bridge-protocol.md.
//
// Start with [Serve].
package serve

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync/atomic"
	"time"

	"photosync/bridge"
	"photosync/internal/record"
	"photosync/internal/run"
)

// watchdog is how long a session that has to end may take over it: enough for
// writes under way, and less than a host waits before it kills.
const watchdog = 7 * time.Second

// Serve greets, and answers requests until in ends. It gives the exit code. When
// the session has to end (a cancel, a broken out, ctx), it gives up after seven
// seconds whatever still hangs; the caller is to end the process then. Only a
// write probe has longer, as long as it may take to put a photo back.
func Serve(ctx context.Context, in io.Reader, out io.Writer, getenv func(string) string) record.ExitCode {
	return serve(ctx, in, out, getenv, watchdog)
}

func serve(ctx context.Context, in io.Reader, out io.Writer, getenv func(string) string, watchdog time.Duration) record.ExitCode {
	conn := bridge.Open(ctx, in, out, bridge.Greeting(operations()...), bridge.Options{})
	done := make(chan record.ExitCode, 1)
	s := &server{conn: conn, getenv: getenv}
	go func() { // it may hang with the host that reads nothing: the watchdog leaves it behind
		code := s.loop()
		if conn.Close() != nil {
			code = record.ExitCancelled
		}
		done <- code
	}()
	select {
	case code := <-done:
		return code
	case <-conn.Context().Done():
	}
	select {
	case code := <-done:
		return code
	case <-time.After(watchdog):
	}
	if !s.probing.Load() {
		return record.ExitCancelled
	}
	select {
	case code := <-done:
		return code
	case <-time.After(run.RestoreWhenInterrupted):
		return record.ExitCancelled
	}
}

// Refuse greets a host that asks for another version of the protocol, and tells
// it so.
func Refuse(ctx context.Context, asked int, in io.Reader, out io.Writer) record.ExitCode {
	conn := bridge.Open(ctx, in, out, bridge.Greeting(operations()...), bridge.Options{})
	err := record.Errorf(record.BridgeVersionMismatch, "the host asks for version %d of the bridge protocol, and this binary speaks %d", asked, bridge.ProtocolVersion)
	_ = conn.Error(fatal(err)) // a host that cannot be told has gone
	_ = conn.Close()
	return record.ExitFailed
}

func operations() []string {
	var names []string
	for _, o := range record.Operations {
		names = append(names, o.Name)
	}
	return names
}

// server answers the requests of one session.
type server struct {
	conn    *bridge.Conn
	getenv  func(string) string
	told    bool        // of the host's breach of the protocol
	probing atomic.Bool // a photo may have to be put back
}

func (s *server) loop() record.ExitCode {
	last := record.ExitOk
	for {
		r, err := s.conn.Next()
		switch {
		case errors.Is(err, io.EOF):
			return last
		case err != nil:
			return s.ended(err)
		}
		last = s.answer(r)
	}
}

// ended says why the session ends while no request is open.
func (s *server) ended(cause error) record.ExitCode {
	if _, ok := errors.AsType[*bridge.ProtocolError](cause); !ok {
		return record.ExitCancelled
	}
	if s.told {
		return record.ExitFailed
	}
	_ = s.conn.Error(fatal(protocolError(cause))) // a host that cannot be told has gone
	return record.ExitFailed
}

// answer carries a request out and ends it.
func (s *server) answer(r *bridge.Request) record.ExitCode {
	a := &answer{request: r, getenv: s.getenv}
	summary, err := a.carryOut(s.conn.Context(), &s.probing)
	if s.conn.Context().Err() != nil && err != nil {
		err = s.interrupted(err)
	}
	end := bridge.End{Status: "ok"}
	exit := record.ExitOk
	if summary != nil {
		end.Done = summary.Changes[record.Done] + summary.Changes[record.Pending]
		end.Skipped = summary.Changes[record.Skipped]
		exit = record.ExitCode(summary.ExitCode)
		end.Summary, _ = summary.MarshalJSON() // it always marshals
	}
	a.close()
	switch {
	case err == nil:
	case errors.Is(err, run.ErrPeople):
		end.Status = "partial"
	default:
		code := record.CodeOf(err)
		if !errors.Is(err, run.ErrChecks) { // whose summary has the worst of all that failed
			exit = code.Entry().Exit
		}
		end.Status = "failed"
		if code == record.Cancelled {
			end.Status = "cancelled"
		}
		_ = r.Error(a.worded(fatal(err))) // whoever does not hear it does not hear the end either
	}
	end.ExitCode = int(exit)
	_ = r.End(end)
	return exit
}

// interrupted gives the error of a request that ended with its session.
func (s *server) interrupted(err error) error {
	cause := context.Cause(s.conn.Context())
	if _, ok := errors.AsType[*bridge.ProtocolError](cause); ok {
		s.told = true
		return protocolError(cause)
	}
	if errors.Is(err, cause) || record.CodeOf(err) == record.Cancelled {
		return record.Errorf(record.Cancelled, "the run was cancelled")
	}
	return err
}

func protocolError(err error) error {
	return record.Errorf(record.BridgeProtocol, "the host broke the rules of the bridge protocol: %w", err)
}

// carryOut is the work of a request. A panic becomes an error with its stack on
// the debug stream.
func (a *answer) carryOut(ctx context.Context, probing *atomic.Bool) (s *record.Summary, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.request.Debug(string(debug.Stack()))
			err = record.Errorf(record.InternalError, "%s: %v", a.request.Op, p)
		}
	}()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	use, known := uses[a.request.Op]
	if !known {
		return nil, record.Errorf(record.BridgeProtocol, "there is no operation %q", a.request.Op)
	}
	secrets, err := a.request.Secrets(ctx)
	if err != nil {
		return nil, err
	}
	var p parameters
	if err := p.read(a.request); err != nil {
		return nil, err
	}
	var people []run.Named
	if a.request.WantsPeople {
		items, err := a.request.People(ctx)
		if err != nil {
			return nil, tooLarge(err)
		}
		if len(items) == 0 { // nobody is nobody, and not everybody
			return nil, nil
		}
		people = named(items)
		if a.request.Op == "photo.restore" {
			people = journalled(items)
		}
	}
	o, err := p.options(a.request, secrets, a.getenv)
	if err != nil {
		return nil, err
	}
	o.People = people
	a.statuses, a.named = p.statuses(), len(people) > 0
	probing.Store(o.WriteProbe != "" && !o.DryRun)
	defer probing.Store(false)
	return use(ctx, a, o)
}

// tooLarge gives the bridge's refusal of an input its code.
func tooLarge(err error) error {
	if _, ok := errors.AsType[*bridge.TooLargeError](err); ok {
		return record.Errorf(record.InputTooLarge, "take the people who were handed over: %w", err)
	}
	return err
}

// fatal gives err as the error that ends a request.
func fatal(err error) bridge.Error {
	e := lineOf(record.From(err))
	e.Fatal = true
	return e
}

func lineOf(e *record.Error) bridge.Error {
	return bridge.Error{
		Code: string(e.Code), Category: string(e.Code.Entry().Category), Message: e.Message(), Target: e.Target,
		Remedy: e.Remedy(), RequestID: e.RequestID,
	}
}
