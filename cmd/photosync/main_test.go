package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"

	"photosync/internal/lab"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"photosync": main})
}

// TestScripts runs the program as a person would: testdata/script has a file
// for each subject. Beside testscript's own commands there are:
//
//	exits CODE COMMAND...   run a command that must end with the exit code
//	lab [tokens]            start a lab with the small company; the environment points at it
//	lab-fault KIND          let Microsoft Graph fail in the way that KIND names
//	lab-writes N            N writes have reached the lab
//	token TTL ROLE...       put an access token into the environment
//	count FILE N KEY=VALUE  N of the JSON lines in FILE have the value (null: no value)
//	ascii FILE              FILE is JSON Lines in pure ASCII
//	utf16 FILE TEXT         write a file as Windows PowerShell does: UTF-16 with a byte order mark
//	last-error CODE         the last line on standard error is CODE: message. What to do.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Values[labKey{}] = new(lab.Lab)
			e.Setenv("PHOTOSYNC_STATE_DIR", e.WorkDir+"/state")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "lab": startLab, "lab-fault": labFault, "lab-writes": labWrites, "token": token,
			"count": count, "ascii": ascii, "last-error": lastError, "utf16": writeUTF16,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// company draws the small company once; a lab copies what it changes.
var company = sync.OnceValue(lab.SmallCompany)

// labKey names the lab of a script among its values.
type labKey struct{}

func labOf(ts *testscript.TestScript) *lab.Lab { return ts.Value(labKey{}).(*lab.Lab) }

func startLab(ts *testscript.TestScript, _ bool, args []string) {
	l, err := lab.Start(company(), lab.WithTokens(len(args) > 0 && args[0] == "tokens"))
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	*labOf(ts) = *l
	d := l.Directory()
	for name, value := range map[string]string{
		"PHOTOSYNC_SERVER": d.LDAPSURL(), "PHOTOSYNC_CA_FILE": d.CAFile(), "PHOTOSYNC_LDAP_USER": d.BindUser(),
		"PHOTOSYNC_LDAP_PASSWORD": d.BindPassword(), "PHOTOSYNC_GRAPH_URL": l.Graph().URL(),
		"STARTTLS": d.StartTLSURL(), "PLAINTEXT": d.PlainTextURL(), "BASE": d.BaseDN(),
	} {
		ts.Setenv(name, value)
	}
	for name, upns := range company().Cases() {
		if variable, ok := people[name]; ok {
			ts.Setenv(variable, upns[0])
		}
	}
}

// people names one person of some cases for scripts.
var people = map[string]string{
	lab.CaseInSync: "IN_SYNC", lab.CaseDrifted: "DRIFTED", lab.CaseMissingInCloud: "MISSING", lab.CaseNotAnImage: "RUBBISH", lab.CaseTruncated: "TRUNCATED",
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// faults are the ways in which Microsoft Graph can fail in scripts.
var faults = map[string]func(lab.FaultRequest) *lab.Fault{
	"html": func(lab.FaultRequest) *lab.Fault {
		return &lab.Fault{Status: 200, ContentType: "text/html", RawBody: "<html>Please sign in</html>"}
	},
	"foreign-next-link": func(r lab.FaultRequest) *lab.Fault {
		if r.Path != "/users" {
			return nil
		}
		return &lab.Fault{Status: 200, RawBody: `{"value":[],"@odata.nextLink":"https://evil.example/v1.0/users?$skiptoken=x"}`}
	},
	"redirect": func(lab.FaultRequest) *lab.Fault {
		return &lab.Fault{Status: 302, Location: "https://evil.example/v1.0/users"}
	},
	"throttle-once": func(r lab.FaultRequest) *lab.Fault {
		if r.Attempt > 1 {
			return nil
		}
		return &lab.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "0"}
	},
	"forbid-photos": func(r lab.FaultRequest) *lab.Fault {
		if !strings.Contains(r.Path, "/photo") {
			return nil
		}
		return &lab.Fault{Status: 403, Code: "ErrorAccessDenied"}
	},
}

func labFault(ts *testscript.TestScript, _ bool, args []string) {
	hook, ok := faults[args[0]]
	if !ok {
		ts.Fatalf("no fault is called %s", args[0])
	}
	labOf(ts).Graph().Fail(hook)
}

func labWrites(ts *testscript.TestScript, _ bool, args []string) {
	if got := labOf(ts).Graph().Writes(); strconv.Itoa(got) != args[0] {
		ts.Fatalf("%d writes reached the lab, want %s", got, args[0])
	}
}

func token(ts *testscript.TestScript, _ bool, args []string) {
	ttl, err := time.ParseDuration(args[0])
	ts.Check(err)
	ts.Setenv("PHOTOSYNC_ACCESS_TOKEN", labOf(ts).Graph().IssueToken(ttl, args[1:]...))
}

func count(ts *testscript.TestScript, _ bool, args []string) {
	key, want, _ := strings.Cut(args[2], "=")
	got := 0
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var row map[string]any
		ts.Check(json.Unmarshal([]byte(line), &row))
		value, there := row[key]
		if !there {
			ts.Fatalf("no property %s in %s", key, line)
		}
		if value == nil {
			value = "null"
		}
		if fmt.Sprint(value) == want {
			got++
		}
	}
	if strconv.Itoa(got) != args[1] {
		ts.Fatalf("%d rows have %s, want %s", got, args[2], args[1])
	}
}

func ascii(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if text == "" {
		ts.Fatalf("%s is empty", args[0])
	}
	for line := range strings.Lines(text) {
		for _, b := range []byte(strings.TrimSuffix(line, "\n")) {
			if b < 0x20 || b > 0x7e {
				ts.Fatalf("byte %#x in %s", b, line)
			}
		}
		var row map[string]any
		ts.Check(json.Unmarshal([]byte(line), &row))
	}
}

func writeUTF16(ts *testscript.TestScript, _ bool, args []string) {
	text := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(args[1] + "\r\n")) {
		text = append(text, byte(unit), byte(unit>>8))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}

func lastError(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stderr")), "\n")
	last := lines[len(lines)-1]
	if !strings.HasPrefix(last, args[0]+": ") || !strings.HasSuffix(last, ".") || strings.Count(last, ". ") < 1 {
		ts.Fatalf("the last line on standard error is %q, want %s: message. What to do.", last, args[0])
	}
}

// TestSignals sends a signal while a write is under way: the write is finished,
// no other is begun, the summary is written, and the exit code is 130.
func TestSignals(t *testing.T) {
	program := build(t)
	// Whoever runs the tests may ignore a signal, and the program would inherit that.
	heard := make(chan os.Signal, 3)
	signal.Notify(heard, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(heard)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) { signalled(t, program, s) })
	}
}

func signalled(t *testing.T, program string, sent os.Signal) {
	l, err := lab.Start(company())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	putting := make(chan bool, 100)
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if r.Method != "PUT" {
			return nil
		}
		putting <- true
		return &lab.Fault{Delay: 500 * time.Millisecond}
	})
	d := l.Directory()
	summary := t.TempDir() + "/summary.json"
	cmd := exec.Command(program, "sync", "--yes", "--baseline", "onpremises", "--concurrency", "2", "--summary", summary, "--output", "json")
	cmd.Env = append(os.Environ(), "PHOTOSYNC_SERVER="+d.LDAPSURL(), "PHOTOSYNC_CA_FILE="+d.CAFile(), "PHOTOSYNC_LDAP_USER="+d.BindUser(),
		"PHOTOSYNC_LDAP_PASSWORD="+d.BindPassword(), "PHOTOSYNC_GRAPH_URL="+l.Graph().URL(), "PHOTOSYNC_STATE_DIR="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-putting
	if err := cmd.Process.Signal(sent); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Fatalf("got %v\n%s", err, stderr.String())
	}
	var s struct {
		Outcome  string
		ExitCode int
		Changes  map[string]int
	}
	text, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if s.Outcome != "Cancelled" || s.ExitCode != 130 || s.Changes["Done"] == 0 || s.Changes["Done"] > 4 || s.Changes["Skipped"] == 0 || s.Changes["Failed"] != 0 {
		t.Errorf("the summary says %s", text)
	}
	if l.Graph().Writes() != s.Changes["Done"] {
		t.Errorf("%d writes, %d done", l.Graph().Writes(), s.Changes["Done"])
	}
	if lines := strings.Split(strings.TrimSpace(stderr.String()), "\n"); !strings.HasPrefix(lines[len(lines)-1], "Cancelled: ") {
		t.Errorf("the last line is %q", lines[len(lines)-1])
	}
}
