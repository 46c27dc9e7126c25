package serve_test

import (
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/serve"
)

// statusOf gives the status of a check that was heard, "" when it was not.
func statusOf(h *host, name string) record.CheckStatus {
	checks := itemsOf[record.Check](h, "check")
	if i := slices.IndexFunc(checks, func(c record.Check) bool { return c.Check == name }); i >= 0 {
		return checks[i].Status
	}
	return ""
}

func TestCheck(t *testing.T) {
	l := startLab(t, small())
	h := connect(t, environment(l, t.TempDir()))
	who := small().Cases()[lab.CaseInSync][0]
	h.say(`{"v":1,"type":"request","id":1,"op":"readiness.check","params":{"canary":%q,"concurrency":1}}`, who)
	end := h.until("end")
	checks := itemsOf[record.Check](h, "check")
	if end.Status != "ok" || end.Exit != 0 || end.Counts.Result != len(checks) || len(checks) < 9 || len(h.heardOf("error")) != 0 {
		t.Errorf("got %+v", h.heard)
	}
	if !slices.ContainsFunc(checks, func(c record.Check) bool { return strings.Contains(c.Evidence, who) }) {
		t.Errorf("nothing is said of %s: %+v", who, checks)
	}
	// On some systems the folder of a test is open to others, which is a warning.
	if state := statusOf(h, "State"); state != record.Pass && state != record.Warn || statusOf(h, "WriteProbe") != "" || l.Graph().Writes() != 0 {
		t.Errorf("%d writes, %+v", l.Graph().Writes(), checks)
	}
	h.finish()
}

// Checks that fail are rows, and the error and the exit code sum them up.
func TestChecksThatFail(t *testing.T) {
	l := startLab(t, small())
	file := l.Directory().CAFile() // no folder can be below a file
	for name, c := range map[string]struct {
		env  map[string]string
		code string
		exit record.ExitCode
	}{
		"one":     {map[string]string{"PHOTOSYNC_SERVER": ""}, "ServerMissing", record.ExitConfiguration},
		"another": {map[string]string{"PHOTOSYNC_STATE_DIR": filepath.Join(file, "state")}, "StateDirUnusable", record.ExitState},
		"both":    {map[string]string{"PHOTOSYNC_SERVER": "", "PHOTOSYNC_STATE_DIR": filepath.Join(file, "state")}, "ChecksFailed", record.ExitConfiguration},
	} {
		t.Run(name, func(t *testing.T) {
			env := environment(l, t.TempDir())
			for k, v := range c.env {
				env[k] = v
			}
			h := connect(t, env)
			h.say(`{"v":1,"type":"request","id":1,"op":"readiness.check","client":{"ps":"7.6.9"}}`)
			end := h.until("end")
			errs := h.heardOf("error")
			if end.Status != "failed" || end.Exit != int(c.exit) || len(errs) != 1 || errs[0].Code != c.code || !errs[0].Fatal || statusOf(h, "SignIn") != record.Pass {
				t.Errorf("got %+v", h.heard)
			}
			if strings.Contains(errs[0].Remedy, "--") {
				t.Errorf("the remedy has a flag: %s", errs[0].Remedy)
			}
			if code := h.finish(); code != c.exit {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// The state folder of a check is the one that a sync would use.
func TestCheckOfTheDefaultStateFolder(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	l := startLab(t, small())
	h := connect(t, environment(l, ""))
	h.say(`{"v":1,"type":"request","id":1,"op":"readiness.check"}`)
	h.until("end")
	checks := itemsOf[record.Check](h, "check")
	i := slices.IndexFunc(checks, func(c record.Check) bool { return c.Check == "State" })
	if i < 0 || !strings.Contains(checks[i].Evidence, "photosync") {
		t.Errorf("got %+v", checks)
	}
	h.finish()
}

func TestWriteProbe(t *testing.T) {
	who := small().Cases()[lab.CaseDrifted][0]
	for more, c := range map[string]struct {
		status   record.CheckStatus
		writes   int
		warnings int
	}{
		``:               {record.Pass, 2, 0},
		`,"dryRun":true`: {"", 0, 1},
	} {
		t.Run(more, func(t *testing.T) {
			l := startLab(t, small())
			h := connect(t, environment(l, t.TempDir()))
			h.say(`{"v":1,"type":"request","id":1,"op":"readiness.check","params":{"writeProbe":%q}%s}`, who, more)
			end := h.until("end")
			if end.Status != "ok" || statusOf(h, "WriteProbe") != c.status || l.Graph().Writes() != c.writes || len(h.heardOf("warning")) != c.warnings {
				t.Errorf("%d writes, heard %+v", l.Graph().Writes(), h.heard)
			}
			h.finish()
		})
	}
}

// The watchdog leaves a write probe the time to put the photo back; a request
// that writes nothing is left behind.
func TestWatchdogOfAWriteProbe(t *testing.T) {
	const watchdog = 50 * time.Millisecond
	company := small()
	who := company.Cases()[lab.CaseDrifted][0]
	u, _ := company.CloudUser(who)
	l := startLab(t, company)
	h := connectTo(t, serve.Impatiently(watchdog), environment(l, t.TempDir()))
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		switch {
		case r.Method == http.MethodPut && r.Attempt == 2:
			return &lab.Fault{Delay: 6 * watchdog, Status: 401, Code: "InvalidAuthenticationToken"}
		case l.Graph().Writes() == 1 && r.Method == http.MethodGet && r.Attempt < 100 && strings.HasPrefix(r.Path, "/users/"+u.ID+"/photo"):
			go func() { _, _ = io.WriteString(h.in, `{"v":1,"type":"cancel","id":1}`+"\n") }()
		}
		return nil
	})
	_, before := l.Graph().Photo(who)
	h.say(`{"v":1,"type":"request","id":1,"op":"readiness.check","params":{"writeProbe":%q}}`, who)
	end := h.until("end")
	if _, after := l.Graph().Photo(who); end.Status != "cancelled" || l.Graph().Writes() != 2 || after == before {
		t.Errorf("%d writes, heard %+v", l.Graph().Writes(), h.heard)
	}
	if w := h.heardOf("warning"); len(w) == 0 || !strings.Contains(w[0].Message, "is being put back") {
		t.Errorf("warnings %+v", w)
	}
	h.finish()
}
