package run_test

import (
	"cmp"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"photosync/internal/auth"
	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// fromAD has a sync overwrite what drifted.
func fromAD(_ *testing.T, _ *lab.Graph, o *run.Options) { o.Baseline, o.All = record.BaselineAD, false }

// write plays a sync and holds its writes against what it says of them.
func (p plight) write(t *testing.T) *aftermath {
	t.Helper()
	p.sync = true
	more := p.change
	p.change = func(t *testing.T, g *lab.Graph, o *run.Options) {
		fromAD(t, g, o)
		if more != nil {
			more(t, g, o)
		}
	}
	r := p.play(t)
	journal, err := os.ReadFile(filepath.Join(r.options.StateDir, "journal", r.summary.RunId+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{} // of changes, by cloud id
	done := 0
	for _, c := range r.changes {
		ids[strings.ToLower(c.CloudId)] = c.RequestId
		if c.Status == record.Done || c.Status == record.Pending {
			done++
		}
	}
	if done != r.graph.Writes() {
		t.Errorf("%d writes came through, %d changes are done", r.graph.Writes(), done)
	}
	for _, q := range r.asked(single) {
		if q.Method != http.MethodPut && q.Method != http.MethodDelete {
			continue
		}
		if q.Method == http.MethodDelete {
			t.Errorf("a photo was removed: %s", q.Path)
		}
		id := q.Header.Get("Client-Request-Id")
		if want := ids[strings.ToLower(strings.Split(q.Path, "/")[2])]; id != want {
			t.Errorf("the client-request-id of %s is %q, its change has %q", q.Path, id, want)
		}
		if !strings.Contains(string(journal), `{"intent":{"id":"`+id+`"`) {
			t.Errorf("the journal does not know the write %s", id)
		}
	}
	return r
}

// plain gives the changes without what is another in each run, by name.
func (r *aftermath) plain() []record.Change {
	all := slices.Clone(r.changes)
	for i := range all {
		all[i].RunId, all[i].RequestId, all[i].At = "", "", time.Time{}
	}
	slices.SortFunc(all, func(a, b record.Change) int { return cmp.Compare(a.UserPrincipalName, b.UserPrincipalName) })
	return all
}

// puts gives the uploads that were sent.
func (r *aftermath) puts() []lab.RequestRecord {
	return r.asked(func(q lab.RequestRecord) bool { return q.Method == http.MethodPut })
}

// calmly is what a sync of the crew does when nothing is wrong.
var (
	calmlyOnce sync.Once
	calmlyDone *aftermath
)

func calmly(t *testing.T) *aftermath {
	t.Helper()
	calmlyOnce.Do(func() { calmlyDone = plight{}.write(t) })
	cases := crew().Cases()
	if want := len(cases[lab.CaseDrifted]) + len(cases[lab.CaseMissingInCloud]); calmlyDone == nil || calmlyDone.err != nil || calmlyDone.summary.Changes[record.Done] != int64(want) {
		t.Fatalf("the sync without a fault went wrong: %+v", calmlyDone)
	}
	return calmlyDone
}

// Whatever the service does for a while, everybody gets the photo, once.
func TestFaultsThatASyncSurvives(t *testing.T) {
	t.Parallel()
	quiet := calmly(t)
	writes := len(quiet.changes)
	const ill = 2 // uploads that are refused at the first try
	refuseFirst := func(f lab.Fault) func(*testing.T, *lab.Graph, *run.Options) {
		return func(_ *testing.T, g *lab.Graph, _ *run.Options) {
			var puts atomic.Int32
			g.Fail(func(q lab.FaultRequest) *lab.Fault {
				if q.Method == http.MethodPut && q.Attempt == 1 && puts.Add(1) <= ill {
					return &f
				}
				return nil
			})
		}
	}
	type fault struct {
		plight
		puts int // uploads that are sent; 0 where that depends on chance
		warn string
	}
	atOnce(t, map[string]fault{
		"429, Retry-After in seconds":      {plight{change: emptied(lab.Bucket{RetryAfter: time.Second})}, 0, "to wait 1s"},
		"429, Retry-After as a date":       {plight{change: emptied(lab.Bucket{RetryAfter: time.Second, RetryAfterDate: true})}, 0, "asks for fewer requests"},
		"503":                              {plight{lab: []lab.Option{lab.WithOverload(lab.Overload{Every: 29, Burst: 2, InBatch: true})}}, 0, ""},
		"429 of the first uploads":         {plight{change: refuseFirst(lab.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "1"})}, writes + ill, "to wait 1s"},
		"503 of the first uploads":         {plight{change: refuseFirst(lab.Fault{Status: 503})}, writes + ill, ""},
		"504, and the upload came through": {plight{change: refuseFirst(lab.Fault{Status: 504, After: true})}, writes, ""},
		"500, and the upload came through": {plight{change: refuseFirst(lab.Fault{Status: 500, Code: "UnknownError", After: true})}, writes, ""},
		"429, and the upload came through": {plight{change: refuseFirst(lab.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "1", After: true})}, writes, "to wait 1s"},
		"broken, and it came through":      {plight{change: refuseFirst(lab.Fault{Drop: true, After: true})}, writes, ""},
		"bodies that break off":            {plight{lab: []lab.Option{lab.WithBrokenBodies(6)}}, writes, ""},
		"wrong JSON":                       {plight{lab: []lab.Option{lab.WithWrongJSON(3)}}, writes, ""},
		"batches with items left out":      {plight{lab: []lab.Option{lab.WithBatchDisorder(5)}}, writes, ""},
		"slow bodies":                      {plight{lab: []lab.Option{lab.WithSlowBodies(1, 60*time.Millisecond)}}, writes, ""},
		"a photo that is seen late":        {plight{lab: []lab.Option{lab.WithVisibilityReads(1)}}, writes, ""},
		"TLS":                              {plight{lab: []lab.Option{lab.WithTLS()}}, writes, ""},
		"TLS, bodies that break off":       {plight{lab: []lab.Option{lab.WithTLS(), lab.WithBrokenBodies(6)}}, writes, ""},
	}, func(t *testing.T, c fault) {
		r := c.write(t)
		r.ends(t, "", record.ExitOk)
		if diff := gocmp.Diff(quiet.plain(), r.plain()); diff != "" {
			t.Errorf("the changes differ (-want +got):\n%s", diff)
		}
		if n := len(r.puts()); c.puts != 0 && n != c.puts || int64(n) != r.summary.Requests.Put {
			t.Errorf("%d uploads were sent, %d counted, want %d", n, r.summary.Requests.Put, c.puts)
		}
		if r.graph.Writes() != writes {
			t.Errorf("%d photos were written, want %d", r.graph.Writes(), writes)
		}
		if !r.warned(c.warn) {
			t.Errorf("nobody was told %q: %q", c.warn, r.warnings)
		}
	})
}

// What is the matter with one person is on that person's change, under its
// name; everybody else gets the photo.
func TestFaultsOfOneWrite(t *testing.T) {
	t.Parallel()
	quiet := calmly(t)
	missing, drifted := crew().Cases()[lab.CaseMissingInCloud][1], crew().Cases()[lab.CaseDrifted][1]
	trouble := func(kind lab.Trouble) func(*testing.T, *lab.Graph, *run.Options) {
		return func(t *testing.T, g *lab.Graph, _ *run.Options) {
			if !g.Trouble(missing, kind) || !g.Trouble(drifted, kind) {
				t.Fatal("there are no such users")
			}
		}
	}
	fails := func(f lab.Fault) func(*testing.T, *lab.Graph, *run.Options) {
		return func(_ *testing.T, g *lab.Graph, o *run.Options) {
			f := f
			f.Message = strings.ReplaceAll(f.Message, "TOKEN", string(o.Auth.AccessToken))
			one, _ := g.User(missing)
			two, _ := g.User(drifted)
			g.Fail(func(q lab.FaultRequest) *lab.Fault {
				if q.Method == http.MethodPut && (strings.Contains(q.Path, one.ID) || strings.Contains(q.Path, two.ID)) {
					return &f
				}
				return nil
			})
		}
	}
	type fault struct {
		change func(*testing.T, *lab.Graph, *run.Options)
		code   record.Code
		says   string
		read   bool // it meets the read already
	}
	atOnce(t, map[string]fault{
		"no mailbox":                   {trouble(lab.NoMailbox), record.CloudMailboxMissing, "MailboxNotEnabledForRESTAPI", true},
		"the mailbox is on-premises":   {trouble(lab.MailboxOnPremises), record.CloudMailboxOnPremises, "MailboxNotHostedInExchangeOnline", true},
		"the store's fault":            {trouble(lab.StoreFault), record.CloudMailboxFault, "ErrorStoreInternalServerError", true},
		"too small":                    {trouble(lab.TooSmallAnyway), record.PhotoTooSmallForCloud, "400 Bad Request, ValidationWidthTooSmall", false},
		"the format":                   {trouble(lab.FormatRefused), record.PhotoFormatRefused, "415 Unsupported Media Type, UnsupportedMediaType", false},
		"an unknown code":              {trouble(lab.UnknownForbidden), record.PhotoWriteForbidden, "403 Forbidden, SomeNewPolicyCode", false},
		"an unknown status":            {fails(lab.Fault{Status: 418, Code: "SomeNewCode"}), record.GraphRefused, "418 I'm a teapot, SomeNewCode", false},
		"a message that has the token": {fails(lab.Fault{Status: 400, Code: "Odd", Message: "TOKEN is odd"}), record.PhotoRefused, "400 Bad Request, Odd: *** is odd", false},
		"500, not written":             {fails(lab.Fault{Status: 500, Code: "UnknownError"}), record.PhotoOutcomeUncertain, "500 Internal Server Error, UnknownError", false},
		"502, not written":             {fails(lab.Fault{Status: 502, RawBody: "<html>", ContentType: "text/html"}), record.PhotoOutcomeUncertain, "502 Bad Gateway", false},
		"504, not written":             {fails(lab.Fault{Status: 504}), record.PhotoOutcomeUncertain, "504 Gateway Timeout", false},
		"broken, not written":          {fails(lab.Fault{Drop: true}), record.PhotoOutcomeUncertain, "the connection broke", false},
		"a redirect":                   {fails(lab.Fault{Status: 307, Location: "/v1.0/elsewhere"}), record.GraphAnswerInvalid, "a redirect (307)", false},
	}, func(t *testing.T, c fault) {
		r := plight{change: c.change}.write(t)
		r.ends(t, record.PeopleFailed, record.ExitPartial)
		failed := 0
		for i, got := range r.plain() {
			want := quiet.plain()[i]
			if got.UserPrincipalName != missing && got.UserPrincipalName != drifted {
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("another change (-want +got):\n%s", diff)
				}
				continue
			}
			failed++
			if got.Status != record.Failed || got.ErrorCode != c.code || !strings.Contains(got.ErrorMessage, c.says) || got.Remedy == "" || (got.Reason == record.ReadFailed) != c.read {
				t.Errorf("got %s/%s, %s: %s", got.Status, got.Reason, got.ErrorCode, got.ErrorMessage)
			}
		}
		if failed != 2 {
			t.Errorf("%d changes failed", failed)
		}
		for _, got := range r.changes {
			if len(got.RequestId) != 36 {
				t.Errorf("%s has the request id %q", got.UserPrincipalName, got.RequestId)
			}
		}
	})
}

// toChange leaves those of the company who are to be changed.
func toChange(c *lab.Company) *lab.Company {
	var names []string
	for _, name := range []string{lab.CaseDrifted, lab.CaseMissingInCloud} {
		names = append(names, c.Cases()[name]...)
	}
	c.People = slices.DeleteFunc(c.People, func(p lab.Person) bool { return !slices.Contains(names, p.UserPrincipalName) })
	c.CloudUsers = slices.DeleteFunc(c.CloudUsers, func(u lab.CloudUser) bool { return !slices.Contains(names, u.UserPrincipalName) })
	return c
}

// Where everybody's writes are refused, or the service is gone, a sync ends
// after a few, and says of everybody else that nothing was begun.
func TestFaultsThatEndASync(t *testing.T) {
	t.Parallel()
	company := toChange(lab.LargeCompany(200)) // 50 people
	other := strange(t)
	everyone := func(g *lab.Graph, kind lab.Trouble) {
		for _, u := range company.CloudUsers {
			g.Trouble(u.ID, kind)
		}
	}
	// after has something happen at upload n.
	after := func(n int32, do func(*lab.Graph) *lab.Fault) func(*testing.T, *lab.Graph, *run.Options) {
		return func(_ *testing.T, g *lab.Graph, _ *run.Options) {
			var puts atomic.Int32
			g.Fail(func(q lab.FaultRequest) *lab.Fault {
				if q.Method != http.MethodPut || puts.Add(1) < n {
					return nil
				}
				return do(g)
			})
		}
	}
	type fault struct {
		plight
		code record.Code
		exit record.ExitCode
		says string
		done bool // some were written before
	}
	atOnce(t, map[string]fault{
		"a policy": {plight{lab: []lab.Option{lab.WithPhotoPolicy(lab.PhotoPolicy{RefuseWrites: true})}},
			record.PhotoPolicyRefuses, record.ExitGraph, "403 Forbidden, ForbiddenByPolicy", false},
		"a policy of tomorrow": {plight{change: func(_ *testing.T, g *lab.Graph, _ *run.Options) { everyone(g, lab.UnknownForbidden) }},
			record.PhotoWriteForbidden, record.ExitGraph, "403 Forbidden, SomeNewPolicyCode", false},
		"a token that may only read": {plight{change: func(_ *testing.T, g *lab.Graph, o *run.Options) {
			o.Auth.AccessToken = auth.Secret(g.IssueToken(time.Hour, "User.Read.All"))
		}}, record.PhotoWriteForbidden, record.ExitGraph, "the token has the application roles User.Read.All", false},
		"the token expires": {plight{change: after(10, func(g *lab.Graph) *lab.Fault { g.ExpireTokens(); return nil })},
			record.GraphTokenRejected, record.ExitCredentials, "InvalidAuthenticationToken", true},
		"the token is revoked": {plight{change: after(10, func(g *lab.Graph) *lab.Fault { g.DemandClaims(someClaims); return nil })},
			record.TokenExpired, record.ExitCredentials, "cannot be renewed", true},
		"an hour to wait": {plight{change: after(10, func(*lab.Graph) *lab.Fault {
			return &lab.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "3600"}
		})},
			record.GraphThrottled, record.ExitGraph, "asks to wait ", true},
		"a redirect to another host": {plight{change: after(10, func(*lab.Graph) *lab.Fault { return &lab.Fault{Status: 307, Location: other.url + "/photo"} })},
			record.GraphForeignHost, record.ExitGraph, "a redirect to " + other.url + " was not followed", true},
	}, func(t *testing.T, c fault) {
		c.company = company
		change := c.change
		c.change = func(t *testing.T, g *lab.Graph, o *run.Options) {
			o.Concurrency = 4
			if change != nil {
				change(t, g, o)
			}
		}
		r := c.write(t)
		r.ends(t, c.code, c.exit)
		if e := record.From(r.err); !strings.Contains(e.Message(), c.says) || e.Remedy() == "" {
			t.Errorf("it says %q", e.Line())
		}
		n := map[record.ChangeStatus]int{}
		for _, got := range r.changes {
			n[got.Status]++
			switch {
			case got.Status == record.Skipped && (got.Reason != record.RunStopped || got.Bytes != nil):
				t.Errorf("skipped: %+v", got)
			case got.Status == record.Failed && got.ErrorCode == "":
				t.Errorf("failed: %+v", got)
			}
		}
		if len(r.changes) != 50 || n[record.Failed] == 0 || n[record.Failed] > 20 || n[record.Skipped] < 15 || (n[record.Done]+n[record.Pending] > 0) != c.done {
			t.Errorf("%d changes: %v", len(r.changes), n)
		}
		if p := len(r.puts()); p > 20 || int64(p) != r.summary.Requests.Put {
			t.Errorf("%d uploads were sent, %d counted", p, r.summary.Requests.Put)
		}
	})
}

// Who is said in a batch to have no photo, and has one, keeps it.
func TestFaultFalseNoPhoto(t *testing.T) {
	t.Parallel()
	cases := crew().Cases()
	type fault struct {
		every    int
		baseline record.Baseline
	}
	atOnce(t, map[string]fault{
		"everybody":                      {1, record.BaselineReview},
		"every other":                    {2, record.BaselineReview},
		"every third":                    {3, record.BaselineReview},
		"everybody, overwriting drifted": {1, record.BaselineAD},
	}, func(t *testing.T, c fault) {
		var before map[string]string
		r := plight{lab: []lab.Option{lab.WithFalseNoPhoto(c.every)}, change: func(_ *testing.T, g *lab.Graph, o *run.Options) {
			o.Baseline, before = c.baseline, etags(g)
		}}.write(t)
		r.ends(t, "", record.ExitOk)
		moved := int64(0)
		for _, got := range r.changes {
			switch has := before[got.CloudId] != ""; {
			case has && (got.Status != record.Skipped || got.Reason != record.ChangedMeanwhile || got.Bytes != nil):
				t.Errorf("%+v", got)
			case has:
				moved++
			case got.Status != record.Done:
				t.Errorf("%+v", got)
			}
		}
		pictured := len(crew().CloudUsers) - len(cases[lab.CaseMissingInCloud]) - len(cases[lab.CaseNoPhoto])
		if want := int64(pictured / c.every); moved != want {
			t.Errorf("%d photos were denied, want %d", moved, want)
		}
		if n := len(cases[lab.CaseMissingInCloud]); r.graph.Writes() != n || len(r.puts()) != n {
			t.Errorf("%d writes, %d uploads, want %d", r.graph.Writes(), len(r.puts()), n)
		}
		for id, etag := range etags(r.graph) {
			if before[id] != "" && etag != before[id] {
				t.Errorf("the photo of %s moved", id)
			}
		}
	})
}

func etags(g *lab.Graph) map[string]string {
	all := map[string]string{}
	for _, u := range crew().CloudUsers {
		_, all[u.ID] = g.Photo(u.ID)
	}
	return all
}
