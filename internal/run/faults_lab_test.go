package run_test

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"photosync/internal/auth"
	"photosync/internal/lab"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// crew is 24 people: 16 are in sync, three drifted, two are missing in the cloud,
// two have no photo and one has no cloud user.
var crew = sync.OnceValue(func() *lab.Company { return lab.LargeCompany(24) })

// release is the version that requests of these tests name.
const release = "9.9.9-faults"

// aftermath is what a run over a lab with a fault came to.
type aftermath struct {
	*sink
	verbose []string
	summary record.Summary
	err     error
	graph   *lab.Graph
	options run.Options
	took    time.Duration
}

// Verbose replaces that of the embedded sink, which forgets.
func (r *aftermath) Verbose(text string) { r.verbose = append(r.verbose, text) }

// plight is a run over a lab.
type plight struct {
	company *lab.Company // nil: crew
	lab     []lab.Option
	token   string // "" for one of the lab's that allows everything
	change  func(*testing.T, *lab.Graph, *run.Options)
	sync    bool
	onRow   func(*lab.Graph)
}

// play makes the run, and looks through all that it gave for what must not be in it.
func (p plight) play(t *testing.T) *aftermath {
	t.Helper()
	l, o := start(t, cmp.Or(p.company, crew()), append([]lab.Option{lab.WithTokens(true)}, p.lab...)...)
	o.Version, o.Limits = release, plan.Limits{MaxChange: 10_000, MaxChangePercent: 100}
	o.RootCAs = x509.NewCertPool()
	o.RootCAs.AppendCertsFromPEM(l.Directory().CAPEM())
	o.Auth.AccessToken = auth.Secret(cmp.Or(p.token, l.Graph().IssueToken(24*time.Hour, "User.Read.All", "ProfilePhoto.ReadWrite.All")))
	if p.change != nil {
		p.change(t, l.Graph(), &o)
	}
	r := &aftermath{sink: &sink{}, graph: l.Graph(), options: o}
	if p.onRow != nil {
		r.onRow = func(record.Row) { p.onRow(l.Graph()) }
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second) // a run that hangs is one that fails
	defer cancel()
	begun := time.Now()
	if p.sync {
		r.summary, r.err = run.Sync(ctx, o, answer(true), r)
	} else {
		r.summary, r.err = run.Drift(ctx, o, r)
	}
	r.took = time.Since(begun)
	if ctx.Err() != nil {
		t.Errorf("the run hung: %v", r.err)
	}
	r.keepsSecrets(t, l)
	r.saysWhoItIs(t)
	return r
}

// text gives all that the run gave.
func (r *aftermath) text(t *testing.T) string {
	t.Helper()
	all, err := json.Marshal([]any{r.rows, r.changes, r.warnings, r.verbose, r.summary})
	if err != nil {
		t.Fatal(err)
	}
	text := string(all)
	if r.err != nil {
		e := record.From(r.err)
		text += "\n" + r.err.Error() + "\n" + e.Line() + "\n" + e.RequestID
	}
	journals, _ := filepath.Glob(filepath.Join(r.options.StateDir, "journal", "*"))
	for _, name := range journals {
		journal, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text += "\n" + string(journal)
	}
	return text
}

// keepsSecrets looks for the token, whole and in its parts, for the password of
// the directory's account and for pictures.
func (r *aftermath) keepsSecrets(t *testing.T, l *lab.Lab) {
	t.Helper()
	text := r.text(t)
	token := string(r.options.Auth.AccessToken)
	for _, secret := range append(strings.Split(token, ".")[1:], token, l.Directory().BindPassword(), "\xff\xd8\xff", `\ufffd\ufffd\ufffd`, "/9j/") {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("%q is in what the run gave", secret)
		}
	}
}

// saysWhoItIs looks whether each request names the product and itself.
func (r *aftermath) saysWhoItIs(t *testing.T) {
	t.Helper()
	for _, q := range r.graph.Requests() {
		if q.InBatch {
			continue
		}
		if agent := q.Header.Values("User-Agent"); len(agent) != 1 || agent[0] != "UserPhotoSync/"+release+" (photosync)" {
			t.Errorf("%s %s has the User-Agent %q", q.Method, q.Path, agent)
		}
		if len(q.Header.Get("Client-Request-Id")) != 36 {
			t.Errorf("%s %s has the client-request-id %q", q.Method, q.Path, q.Header.Get("Client-Request-Id"))
		}
	}
}

// ends looks at how the run ended.
func (r *aftermath) ends(t *testing.T, code record.Code, exit record.ExitCode) {
	t.Helper()
	if got := record.CodeOf(r.err); got != code || r.summary.ErrorCode != code || r.summary.ExitCode != int(exit) {
		t.Errorf("it ended with %v and the exit code %d, want %s and %d", r.err, r.summary.ExitCode, cmp.Or(code, "no error"), exit)
	}
}

// warned reports whether there was a warning with the text.
func (r *aftermath) warned(text string) bool {
	return strings.Contains(strings.Join(r.warnings, "\n"), text)
}

// single says that a request is not an item of a batch.
func single(q lab.RequestRecord) bool { return !q.InBatch }

// asked gives the requests for which keep says so.
func (r *aftermath) asked(keep func(lab.RequestRecord) bool) (some []lab.RequestRecord) {
	for _, q := range r.graph.Requests() {
		if keep(q) {
			some = append(some, q)
		}
	}
	return some
}

// stranger is a host on this machine that is not to be asked.
type stranger struct {
	url  string // http://127.0.0.1:port
	came atomic.Int32
}

func strange(t *testing.T) *stranger {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{url: "http://" + l.Addr().String()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.came.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		if n := s.came.Load(); n != 0 {
			t.Errorf("%d connections went to the foreign host", n)
		}
	})
	return s
}

// emptied sets a bucket that refuses a number of requests, and then takes it away.
func emptied(b lab.Bucket) func(*testing.T, *lab.Graph, *run.Options) {
	const refusals = 6
	return func(_ *testing.T, g *lab.Graph, _ *run.Options) {
		b := b
		b.Refill, b.Capacity = 1e-9, 12
		g.SetThrottle(b)
		g.Fail(func(lab.FaultRequest) *lab.Fault {
			if g.Throttle().Refused >= refusals {
				g.SetThrottle(lab.Bucket{})
			}
			return nil
		})
	}
}

// refused gives how many requests and items of batches were answered with 429.
func (r *aftermath) refused() int64 {
	return int64(len(r.asked(func(q lab.RequestRecord) bool { return q.Status == http.StatusTooManyRequests })))
}

// atOnce plays all cases at the same time: most of them wait most of the time.
func atOnce[C any](t *testing.T, cases map[string]C, play func(*testing.T, C)) {
	var wg sync.WaitGroup
	for name, c := range cases {
		wg.Go(func() { t.Run(name, func(t *testing.T) { play(t, c) }) })
	}
	wg.Wait()
}
