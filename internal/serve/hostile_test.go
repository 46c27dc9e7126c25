package serve_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/serve"
)

// A host that breaks the rules ends the session, with an error and an end that
// say so, and not one write goes out.
func TestHostsThatBreakTheRules(t *testing.T) {
	l := startLab(t, small())
	who := small().Cases()[lab.CaseDrifted][0]
	for name, c := range map[string]struct {
		say  []string
		says string
	}{
		"no JSON":                {[]string{`hello?`}, "JSON"},
		"a list":                 {[]string{`[1]`}, "object"},
		"another version":        {[]string{`{"v":2,"type":"inputEnd","id":1}`}, "v"},
		"input after its end":    {[]string{`{"v":1,"type":"input","id":1,"items":["` + who + `"]}`, `{"v":1,"type":"inputEnd","id":1}`, `{"v":1,"type":"input","id":1,"items":["b"]}`}, "inputEnd"},
		"a decision for nothing": {[]string{`{"v":1,"type":"decision","id":1,"ref":7,"proceed":true}`}, "proposal 7"},
		"input for nobody":       {[]string{`{"v":1,"type":"input","id":9,"items":["a"]}`}, "request 9"},
		"secrets unasked":        {[]string{`{"v":1,"type":"secrets","id":1,"items":{}}`}, "secrets"},
		"the id again":           {[]string{`{"v":1,"type":"request","id":1,"op":"drift.get"}`}, "used before"},
	} {
		t.Run(name, func(t *testing.T) {
			h := connect(t, environment(l, t.TempDir()))
			h.say(`{"v":1,"type":"request","id":1,"op":"photo.sync","confirm":"ask","params":{"people":true,"baseline":"OnPremises"}}`)
			go func() { // the session may end before everything was said
				for _, line := range c.say {
					if _, err := io.WriteString(h.in, line+"\n"); err != nil {
						return
					}
				}
			}()
			e := h.until("error")
			if e.Code != "BridgeProtocol" || !e.Fatal || !strings.Contains(e.Message, c.says) {
				t.Errorf("got %+v", e)
			}
			if end := h.until("end"); end.Status != "failed" || end.Exit != int(record.ExitFailed) {
				t.Errorf("got %+v", end)
			}
			if code := h.finish(); code != record.ExitFailed {
				t.Errorf("exit code %d", code)
			}
		})
	}
	if l.Graph().Writes() != 0 {
		t.Errorf("%d writes", l.Graph().Writes())
	}
}

func TestProposalAnsweredTwice(t *testing.T) {
	l := startLab(t, small())
	h := connect(t, environment(l, t.TempDir()))
	sync1(h, `,"confirm":"ask"`)
	p := h.until("propose")
	h.say(`{"v":1,"type":"decision","id":1,"ref":%d,"proceed":true}`, p.Ref)
	h.say(`{"v":1,"type":"decision","id":1,"ref":%d,"proceed":true}`, p.Ref)
	if e := h.until("error"); e.Code != "BridgeProtocol" {
		t.Errorf("got %+v", e)
	}
	h.until("end")
	if code := h.finish(); code != record.ExitFailed || l.Graph().Writes() != 0 {
		t.Errorf("exit code %d, %d writes", code, l.Graph().Writes())
	}
}

func TestTooManyPeople(t *testing.T) {
	h := connect(t, nil)
	h.say(`{"v":1,"type":"request","id":1,"op":"drift.get","params":{"people":true,"server":"dc1.corp.example"}}`)
	go func() {
		for i := 0; i < 300_000; i += 500 {
			names := make([]string, 500)
			for j := range names {
				names[j] = fmt.Sprintf("user%d@corp.example", i+j)
			}
			if _, err := fmt.Fprintf(h.in, `{"v":1,"type":"input","id":1,"items":%s}`+"\n", quoted(names...)); err != nil {
				return
			}
		}
		_, _ = io.WriteString(h.in, `{"v":1,"type":"inputEnd","id":1}`+"\n")
		_ = h.in.Close()
	}()
	if e := h.until("error"); e.Code != "InputTooLarge" || !strings.Contains(e.Message, "250000") || e.Remedy == "" {
		t.Errorf("got %+v", e)
	}
	if end := h.until("end"); end.Status != "failed" {
		t.Errorf("got %+v", end)
	}
	h.finish()
}

// Cancel, the end of the input and an output that nobody reads are one event:
// the run ends, no further write is begun, and the exit code says so.
func TestHostsThatGoAway(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(*host)
		end   bool // an end can still be heard
	}{
		"cancel":            {func(h *host) { h.say(`{"v":1,"type":"cancel","id":1}`) }, true},
		"the input ends":    {func(h *host) { _ = h.in.Close() }, true},
		"the output closes": {func(h *host) { _ = h.out.Close(); _ = h.in.Close() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := startLab(t, small())
			h := connect(t, environment(l, t.TempDir()))
			sync1(h, `,"confirm":"ask"`)
			h.until("propose")
			c.leave(h)
			if c.end {
				end := h.until("end")
				if end.Status != "cancelled" || end.Exit != int(record.ExitCancelled) {
					t.Errorf("got %+v", end)
				}
				for _, change := range h.changes() {
					if change.Reason != record.RunStopped {
						t.Errorf("got %+v", change)
					}
				}
			}
			if code := h.finish(); code != record.ExitCancelled || l.Graph().Writes() != 0 {
				t.Errorf("exit code %d, %d writes", code, l.Graph().Writes())
			}
		})
	}
}

// Whoever goes away before the people are named has cancelled, and a request
// that was still waiting gets its end too.
func TestHostsThatGoAwayEarly(t *testing.T) {
	h := connect(t, map[string]string{"PHOTOSYNC_SERVER": "dc1.corp.example"})
	h.say(`{"v":1,"type":"request","id":1,"op":"photo.sync","params":{"people":true}}`)
	h.say(`{"v":1,"type":"request","id":2,"op":"photo.sync","params":{}}`)
	_ = h.in.Close()
	for id := int64(1); id <= 2; id++ {
		if e := h.until("error"); e.ID != id || e.Code != "Cancelled" {
			t.Errorf("got %+v", e)
		}
		if end := h.until("end"); end.ID != id || end.Status != "cancelled" || end.Exit != int(record.ExitCancelled) {
			t.Errorf("got %+v", end)
		}
	}
	if code := h.finish(); code != record.ExitCancelled {
		t.Errorf("exit code %d", code)
	}
}

// Rubbish after a request that went well is not passed over.
func TestRubbishBetweenRequests(t *testing.T) {
	h := connect(t, nil)
	h.say(`{"v":1,"type":"request","id":1,"op":"drift.get","params":{"people":true}}`)
	h.say(`{"v":1,"type":"inputEnd","id":1}`)
	h.until("end")
	h.say(`rubbish`)
	if e := h.until("error"); e.Code != "BridgeProtocol" || e.ID != 0 {
		t.Errorf("got %+v", e)
	}
	if code := h.finish(); code != record.ExitFailed {
		t.Errorf("exit code %d", code)
	}
}

// A process that nobody hears ends all the same.
func TestWatchdog(t *testing.T) {
	l := startLab(t, small())
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	exit := make(chan record.ExitCode, 1)
	env := environment(l, t.TempDir())
	began := time.Now()
	go func() { exit <- serve.Serve(t.Context(), stdin, stdout, func(name string) string { return env[name] }) }()
	buffer := make([]byte, 1)
	if _, err := out.Read(buffer); err != nil { // the rest of the hello is never read
		t.Fatal(err)
	}
	_, _ = io.WriteString(in, `{"v":1,"type":"request","id":1,"op":"drift.get"}`+"\n"+`{"v":1,"type":"cancel","id":1}`+"\n")
	if code := <-exit; code != record.ExitCancelled || time.Since(began) > 15*time.Second {
		t.Errorf("exit code %d after %s", code, time.Since(began))
	}
	_ = out.Close()
	_ = in.Close()
	_ = stdout.Close()
}

func TestAnotherVersionOfTheProtocol(t *testing.T) {
	var out strings.Builder
	stdin, in := io.Pipe()
	defer func() { _ = in.Close() }()
	if code := serve.Refuse(t.Context(), 9, stdin, &out); code != record.ExitFailed {
		t.Errorf("exit code %d", code)
	}
	if got := out.String(); !strings.HasPrefix(got, `{"v":1,"type":"hello"`) || !strings.Contains(got, `"BridgeVersionMismatch"`) {
		t.Errorf("got %s", got)
	}
}
