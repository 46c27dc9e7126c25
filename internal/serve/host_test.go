package serve_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/serve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small draws the small company once: its pictures take longer than most tests.
var small = sync.OnceValue(lab.SmallCompany)

func startLab(t *testing.T, c *lab.Company, o ...lab.Option) *lab.Lab {
	t.Helper()
	l, err := lab.Start(c, o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// environment points a session at the lab, as variables do.
func environment(l *lab.Lab, state string) map[string]string {
	d := l.Directory()
	return map[string]string{
		"PHOTOSYNC_SERVER": d.LDAPSURL(), "PHOTOSYNC_CA_FILE": d.CAFile(), "PHOTOSYNC_LDAP_USER": d.BindUser(),
		"PHOTOSYNC_LDAP_PASSWORD": d.BindPassword(), "PHOTOSYNC_GRAPH_URL": l.Graph().URL(),
		"PHOTOSYNC_ACCESS_TOKEN": l.Graph().IssueToken(time.Hour, "User.Read.All", "ProfilePhoto.ReadWrite.All"), "PHOTOSYNC_STATE_DIR": state,
	}
}

// line is a line from the binary. Its fields are those of every type.
type line struct {
	V       int               `json:"v"`
	Type    string            `json:"type"`
	ID      int64             `json:"id"`
	Kind    string            `json:"kind"`
	Items   []json.RawMessage `json:"items"`
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Target  string            `json:"target"`
	Fatal   bool              `json:"fatal"`
	Remedy  string            `json:"remedy"`
	Ref     int64             `json:"ref"`
	Action  string            `json:"action"`
	Reason  string            `json:"reason"`
	Status  string            `json:"status"`
	Exit    int               `json:"exitCode"`
	Counts  struct{ Result, Error, Proposed, Done, Skipped int }
	Summary *struct {
		Outcome  record.Outcome
		People   int
		Statuses map[string]int
	} `json:"summary"`
	Protocol struct{ Min, Max int } `json:"protocol"`
}

// host drives a session as the PowerShell module does: one line at a time.
type host struct {
	t     *testing.T
	in    *io.PipeWriter
	out   *io.PipeReader
	lines *bufio.Scanner
	exit  chan record.ExitCode
	heard []line
}

// connect starts a session and reads its hello.
func connect(t *testing.T, env map[string]string) *host {
	t.Helper()
	return connectTo(t, serve.Serve, env)
}

func connectTo(t *testing.T, server func(context.Context, io.Reader, io.Writer, func(string) string) record.ExitCode, env map[string]string) *host {
	t.Helper()
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	h := &host{t: t, in: in, out: out, lines: bufio.NewScanner(out), exit: make(chan record.ExitCode, 1)}
	h.lines.Buffer(nil, 8<<20)
	go func() {
		h.exit <- server(t.Context(), stdin, stdout, func(name string) string { return env[name] })
		_ = stdout.Close()
		_ = stdin.Close()
	}()
	if hello := h.next(); hello.Type != "hello" || hello.Protocol.Max != 1 {
		t.Fatalf("got %+v for a hello", hello)
	}
	return h
}

// say sends a line; %s and the like are filled in from args.
func (h *host) say(format string, args ...any) {
	h.t.Helper()
	if _, err := fmt.Fprintf(h.in, format+"\n", args...); err != nil {
		h.t.Fatalf("say %.80s: %v", format, err)
	}
}

// next reads the next line that is not alive.
func (h *host) next() line {
	h.t.Helper()
	for h.lines.Scan() {
		var l line
		if err := json.Unmarshal(h.lines.Bytes(), &l); err != nil {
			h.t.Fatalf("%v in %s", err, h.lines.Text())
		}
		if l.Type != "alive" {
			h.heard = append(h.heard, l)
			return l
		}
	}
	h.t.Fatalf("the output ended: %v; heard %+v", h.lines.Err(), h.heard)
	return line{}
}

// until reads up to a line of the type, and gives it.
func (h *host) until(kind string) line {
	h.t.Helper()
	for {
		if l := h.next(); l.Type == kind {
			return l
		}
	}
}

// rows gives the rows or changes that were heard.
func (h *host) rows() []record.Row {
	h.t.Helper()
	return itemsOf[record.Row](h, "drift")
}

func (h *host) changes() []record.Change {
	h.t.Helper()
	return itemsOf[record.Change](h, "change")
}

func itemsOf[T any](h *host, kind string) []T {
	var all []T
	for _, l := range h.heard {
		if l.Type != "result" || l.Kind != kind {
			continue
		}
		for _, js := range l.Items {
			var v T
			if err := json.Unmarshal([]byte(strings.ReplaceAll(string(js), `"OnPremisesChangedAt":null`, `"OnPremisesChangedAt":"0001-01-01T00:00:00Z"`)), &v); err != nil {
				h.t.Fatalf("%v in %s", err, js)
			}
			all = append(all, v)
		}
	}
	return all
}

// heardOf gives the lines of a type that were heard.
func (h *host) heardOf(kind string) []line {
	var all []line
	for _, l := range h.heard {
		if l.Type == kind {
			all = append(all, l)
		}
	}
	return all
}

// finish ends the input and gives the exit code.
func (h *host) finish() record.ExitCode {
	h.t.Helper()
	_ = h.in.Close()
	for h.lines.Scan() { // what is said after the end is the next test's trouble
	}
	return <-h.exit
}

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// quoted gives a list of JSON strings.
func quoted(names ...string) string {
	js, _ := json.Marshal(names) // strings always marshal
	return string(js)
}
