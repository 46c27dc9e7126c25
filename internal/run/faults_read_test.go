package run_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/auth"
	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// calm is what a run over the crew gives when nothing is wrong.
var (
	calmOnce sync.Once
	calmRun  *aftermath
)

func calm(t *testing.T) *aftermath {
	t.Helper()
	calmOnce.Do(func() { calmRun = plight{}.play(t) })
	if calmRun == nil || calmRun.err != nil || len(calmRun.rows) != len(crew().People) {
		t.Fatalf("the run without a fault went wrong: %+v", calmRun)
	}
	return calmRun
}

// Whatever the service does for a while, everybody has the row that they have
// without it.
func TestFaultsThatARunSurvives(t *testing.T) {
	t.Parallel()
	quiet := calm(t)
	throttled := func(r *aftermath, t *testing.T) {
		refused := r.refused()
		if refused == 0 || r.summary.Requests.Throttled != refused {
			t.Errorf("the service refused %d, the run counts %d", refused, r.summary.Requests.Throttled)
		}
		if again := r.summary.Requests.BatchItems - quiet.summary.Requests.BatchItems; again > refused {
			t.Errorf("%d people were asked for again, %d requests had been refused", again, refused)
		}
	}
	says := func(text string) func(*aftermath, *testing.T) {
		return func(r *aftermath, t *testing.T) {
			throttled(r, t)
			if !r.warned("Microsoft Graph asks for fewer requests" + text) {
				t.Errorf("nobody was told %q: %q", text, r.warnings)
			}
		}
	}
	again := func(r *aftermath, t *testing.T) {
		if r.summary.Requests == quiet.summary.Requests {
			t.Error("nothing was asked again: the fault did not come")
		}
	}
	asEver := func(r *aftermath, t *testing.T) {
		if diff := cmp.Diff(quiet.summary.Requests, r.summary.Requests); diff != "" {
			t.Errorf("it asked otherwise (-want +got):\n%s", diff)
		}
	}
	seconds, silent := emptied(lab.Bucket{RetryAfter: time.Second}), emptied(lab.Bucket{})
	date := emptied(lab.Bucket{RetryAfter: time.Second, RetryAfterDate: true})
	type fault struct {
		plight
		then func(*aftermath, *testing.T)
	}
	atOnce(t, map[string]fault{
		"429, Retry-After in seconds":     {plight{change: seconds}, says(", and to wait 1s")},
		"429, Retry-After as a date":      {plight{change: date}, says("")},
		"429, a date, clock an hour slow": {plight{lab: []lab.Option{lab.WithClock(ahead(time.Hour))}, change: date}, says("")},
		"429, a date, clock an hour fast": {plight{lab: []lab.Option{lab.WithClock(ahead(-time.Hour))}, change: date}, says("")},
		"429 without Retry-After":         {plight{change: silent}, says("")},
		"Date an hour late":               {plight{lab: []lab.Option{lab.WithClockSkew(time.Hour)}, change: date}, says("")},
		"Date an hour early":              {plight{lab: []lab.Option{lab.WithClockSkew(-time.Hour)}, change: date}, says("")},
		"503":                             {plight{lab: []lab.Option{lab.WithOverload(lab.Overload{Every: 19, Burst: 2, InBatch: true})}}, again},
		"504":                             {plight{lab: []lab.Option{lab.WithOverload(lab.Overload{Every: 19, Burst: 2, Status: 504, InBatch: true})}}, again},
		"500":                             {plight{lab: []lab.Option{lab.WithOverload(lab.Overload{Every: 19, Status: 500, InBatch: true})}}, again},
		"502":                             {plight{lab: []lab.Option{lab.WithOverload(lab.Overload{Every: 19, Status: 502, InBatch: true})}}, again},
		"503 of whole requests":           {plight{lab: []lab.Option{lab.WithOverload(lab.Overload{Every: 11})}}, again},
		"bodies that break off":           {plight{lab: []lab.Option{lab.WithBrokenBodies(7)}}, again},
		"wrong JSON":                      {plight{lab: []lab.Option{lab.WithWrongJSON(2)}}, again},
		"batches with items left out":     {plight{lab: []lab.Option{lab.WithBatchDisorder(9)}}, again},
		"slow bodies":                     {plight{lab: []lab.Option{lab.WithSlowBodies(2, 150*time.Millisecond)}}, asEver},
		"latency":                         {plight{lab: []lab.Option{lab.WithLatency(20 * time.Millisecond), lab.WithBatchWidth(4)}}, asEver},
		"Date a day early":                {plight{lab: []lab.Option{lab.WithClockSkew(-24 * time.Hour)}}, asEver},
		"another order in batches":        {plight{lab: []lab.Option{lab.WithSeed(7)}}, asEver},
		"empty and small pages":           {plight{lab: []lab.Option{lab.WithEmptyPages(), lab.WithPageSize(9)}}, again},
		"TLS":                             {plight{lab: []lab.Option{lab.WithTLS()}}, asEver},
		"TLS, bodies that break off":      {plight{lab: []lab.Option{lab.WithTLS(), lab.WithBrokenBodies(7)}}, again},
	}, func(t *testing.T, c fault) {
		r := c.play(t)
		r.ends(t, "", record.ExitOk)
		if diff := cmp.Diff(quiet.rows, r.rows); diff != "" {
			t.Errorf("the rows differ (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(quiet.summary.Statuses, r.summary.Statuses); diff != "" {
			t.Error(diff)
		}
		c.then(r, t)
	})
}

// ahead gives a clock that is ahead of this machine's.
func ahead(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }

// What does not get better ends the run, with a name and without a hang.
func TestFaultsThatEndARun(t *testing.T) {
	t.Parallel()
	other := strange(t)
	within := func(most int) func(*aftermath, *testing.T) {
		return func(r *aftermath, t *testing.T) {
			if n := len(r.asked(single)); n > most {
				t.Errorf("%d requests were sent", n)
			}
		}
	}
	type fault struct {
		plight
		code record.Code
		exit record.ExitCode
		says string
		then func(*aftermath, *testing.T)

		foreign bool // the last word is not the service's, and so without its request id
	}
	atOnce(t, map[string]fault{
		"a roster without an end": {plight{lab: []lab.Option{lab.WithEndlessRoster()}},
			record.GraphAnswerInvalid, record.ExitGraph, "read before", within(2), false},
		"a roster without an end, empty pages": {plight{lab: []lab.Option{lab.WithEndlessRoster(), lab.WithEmptyPages(), lab.WithPageSize(7)}},
			record.GraphAnswerInvalid, record.ExitGraph, "read before", within(3), false},
		"a link to another host": {plight{lab: []lab.Option{lab.WithForeignNextLink(other.url + "/v1.0/users?$skiptoken=2")}},
			record.GraphForeignHost, record.ExitGraph, "the link to the next page goes to " + other.url, within(1), false},
		"a link to a host of the internet": {plight{lab: []lab.Option{lab.WithForeignNextLink("https://graph.microsoft.com.evil.example/v1.0/users")}},
			record.GraphForeignHost, record.ExitGraph, "https://graph.microsoft.com.evil.example", within(1), false},
		"a link that is none": {plight{lab: []lab.Option{lab.WithForeignNextLink("page two")}},
			record.GraphAnswerInvalid, record.ExitGraph, "the link to the next page is not a URL", within(1), false},
		"a redirect": {plight{lab: []lab.Option{lab.WithRedirect(other.url + "/login?next=graph")}},
			record.GraphForeignHost, record.ExitGraph, "a redirect to " + other.url + " was not followed", within(1), true},
		"a redirect without a scheme": {plight{lab: []lab.Option{lab.WithRedirect(strings.TrimPrefix(other.url, "http:"))}},
			record.GraphForeignHost, record.ExitGraph, "a redirect to " + other.url + " was not followed", within(1), true},
		"a redirect to the host itself": {plight{lab: []lab.Option{lab.WithRedirect("/v1.0/users")}},
			record.GraphAnswerInvalid, record.ExitGraph, "a redirect (302)", within(1), true},
		"a captive portal": {plight{lab: []lab.Option{lab.WithCaptivePortal()}},
			record.GraphAnswerInvalid, record.ExitGraph, "the answer is text/html where JSON is due", within(4), true},
		"nothing but bodies that break off": {plight{lab: []lab.Option{lab.WithBrokenBodies(1)}},
			record.GraphConnectionLost, record.ExitGraph, "the connection broke", within(4), false},
		"500 for ever": {plight{lab: []lab.Option{lab.WithOverload(lab.Overload{Every: 1, Status: 500})}},
			record.GraphFailed, record.ExitGraph, "500 Internal Server Error, InternalServerError", within(4), false},
		"a wait of an hour": {plight{lab: []lab.Option{lab.WithThrottle(lab.Bucket{Refill: 1e-6, Capacity: 1, RetryAfter: time.Hour})}},
			record.GraphThrottled, record.ExitGraph, "asks to wait ", within(30), true},
		"a wait of an hour from the beginning": {plight{change: func(_ *testing.T, g *lab.Graph, _ *run.Options) {
			g.Fail(func(lab.FaultRequest) *lab.Fault {
				return &lab.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "3600"}
			})
		}}, record.GraphThrottled, record.ExitGraph, "TooManyRequests", within(1), false},
		"a token that expired": {plight{change: func(_ *testing.T, g *lab.Graph, _ *run.Options) { g.ExpireTokens() }},
			record.GraphTokenRejected, record.ExitCredentials, "InvalidAuthenticationToken", within(1), false},
		"a token that is revoked": {plight{change: func(_ *testing.T, g *lab.Graph, _ *run.Options) { g.DemandClaims(someClaims) }},
			record.TokenExpired, record.ExitCredentials, "cannot be renewed", within(1), true},
		"a token for another audience": {plight{change: func(_ *testing.T, g *lab.Graph, o *run.Options) {
			o.Auth.AccessToken = auth.Secret(g.IssueTokenFor(lab.TokenSpec{Audience: "https://outlook.office365.com"}))
		}}, record.TokenAudienceWrong, record.ExitCredentials, "https://outlook.office365.com", within(0), false},
		"a token that is over": {plight{change: func(_ *testing.T, g *lab.Graph, o *run.Options) {
			o.Auth.AccessToken = auth.Secret(g.IssueToken(-time.Minute))
		}}, record.TokenExpired, record.ExitCredentials, "expired at", within(0), false},
		"a token of somebody else": {plight{change: func(_ *testing.T, g *lab.Graph, o *run.Options) {
			o.Auth.AccessToken += "x"
		}}, record.GraphTokenRejected, record.ExitCredentials, "InvalidAuthenticationToken", within(1), false},
		"a token without rights": {plight{change: func(_ *testing.T, g *lab.Graph, o *run.Options) {
			o.Auth.AccessToken = auth.Secret(g.IssueToken(time.Hour))
		}}, record.GraphForbidden, record.ExitGraph, "the token has no application roles", within(1), false},
		"a certificate that nobody knows": {plight{lab: []lab.Option{lab.WithTLS()}, change: func(_ *testing.T, _ *lab.Graph, o *run.Options) { o.RootCAs = nil }},
			record.GraphNotTrusted, record.ExitGraph, "certificate", within(0), false},
	}, func(t *testing.T, c fault) {
		r := c.play(t)
		r.ends(t, c.code, c.exit)
		e := record.From(r.err)
		if !strings.Contains(e.Message(), c.says) || e.Remedy() == "" {
			t.Errorf("it says %q", e.Line())
		}
		if len(r.rows) != 0 {
			t.Errorf("%d rows rest on it", len(r.rows))
		}
		if answered := len(r.graph.Requests()) > 0 && !c.foreign; answered && len(e.RequestID) != 36 {
			t.Errorf("the request id is lost: %q", e.RequestID)
		}
		c.then(r, t)
	})
}

const someClaims = `{"access_token":{"nbf":{"essential":true,"value":"1764000000"}}}`

// A ready token that goes in mid-run ends the run at once.
func TestFaultTokenGoesInMidRun(t *testing.T) {
	t.Parallel()
	quiet := lab.Crowd(600, 0)
	type fault struct {
		end  func(*lab.Graph)
		code record.Code
	}
	atOnce(t, map[string]fault{
		"expired": {func(g *lab.Graph) { g.ExpireTokens() }, record.GraphTokenRejected},
		"revoked": {func(g *lab.Graph) { g.DemandClaims(someClaims) }, record.TokenExpired},
	}, func(t *testing.T, c fault) {
		var end sync.Once
		r := plight{company: quiet, onRow: func(g *lab.Graph) { end.Do(func() { c.end(g) }) }, change: func(_ *testing.T, _ *lab.Graph, o *run.Options) {
			o.Concurrency = 2
		}, lab: []lab.Option{lab.WithLatency(20 * time.Millisecond)}}.play(t)
		r.ends(t, c.code, record.ExitCredentials)
		if len(r.rows) == 0 || len(r.rows) >= len(quiet.People) {
			t.Errorf("%d rows of %d", len(r.rows), len(quiet.People))
		}
		for _, row := range r.rows {
			if row.Status == record.Unknown {
				t.Errorf("%+v", row)
			}
		}
		if n := len(r.asked(func(q lab.RequestRecord) bool { return q.Status == 401 })); n == 0 || n > 6 {
			t.Errorf("%d requests were refused", n)
		}
	})
}

// Of a batch, only the one who was refused is asked for again.
func TestFaultOfOneItemOfABatch(t *testing.T) {
	t.Parallel()
	company := lab.Crowd(20, 0)
	who := company.CloudUsers[7].ID
	type fault struct {
		fault     lab.Fault
		throttled int64
	}
	atOnce(t, map[string]fault{
		"429": {lab.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "1"}, 1},
		"503": {lab.Fault{Status: 503, Code: "ServiceUnavailable"}, 1},
		"504": {lab.Fault{Status: 504, Code: "GatewayTimeout"}, 0},
		"500": {lab.Fault{Status: 500, Code: "InternalServerError"}, 0},
	}, func(t *testing.T, c fault) {
		r := plight{company: company, change: func(_ *testing.T, g *lab.Graph, _ *run.Options) {
			g.Fail(func(q lab.FaultRequest) *lab.Fault {
				if q.InBatch && q.Attempt == 1 && strings.Contains(q.Path, who) {
					return &c.fault
				}
				return nil
			})
		}}.play(t)
		r.ends(t, "", record.ExitOk)
		want := record.Requests{Roster: 1, Batch: 2, BatchItems: 21, Throttled: c.throttled}
		if diff := cmp.Diff(want, r.summary.Requests); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		items := r.asked(func(q lab.RequestRecord) bool { return q.InBatch })
		if len(items) != 21 || !strings.Contains(items[20].Path, who) {
			t.Errorf("%d items, the last %+v", len(items), items[len(items)-1])
		}
		if c.fault.RetryAfter != "" && !r.warned("to wait 1s") {
			t.Errorf("warnings %q", r.warnings)
		}
	})
}

// What is the matter with one person is that person's row; everybody else has
// the row that they have without it.
func TestFaultsOfOnePerson(t *testing.T) {
	t.Parallel()
	quiet := calm(t)
	company := crew()
	same := company.Cases()[lab.CaseInSync]
	who := same[len(same)-1] // nobody after has the same picture, and says so
	u, _ := company.CloudUser(who)
	trouble := func(kind lab.Trouble) func(*testing.T, *lab.Graph, *run.Options) {
		return func(t *testing.T, g *lab.Graph, _ *run.Options) {
			if !g.Trouble(u.ID, kind) {
				t.Fatal("there is no such user")
			}
		}
	}
	fails := func(where string, f lab.Fault) func(*testing.T, *lab.Graph, *run.Options) {
		return func(_ *testing.T, g *lab.Graph, o *run.Options) {
			f := f
			f.Message = strings.ReplaceAll(f.Message, "TOKEN", string(o.Auth.AccessToken))
			g.Fail(func(q lab.FaultRequest) *lab.Fault {
				if strings.HasSuffix(q.Path, u.ID+where) {
					return &f
				}
				return nil
			})
		}
	}
	type fault struct {
		change func(*testing.T, *lab.Graph, *run.Options)
		code   record.Code // "" where the row is as ever
		says   string
	}
	atOnce(t, map[string]fault{
		"no mailbox":                   {trouble(lab.NoMailbox), record.CloudMailboxMissing, "404 Not Found, MailboxNotEnabledForRESTAPI"},
		"the mailbox is on-premises":   {trouble(lab.MailboxOnPremises), record.CloudMailboxOnPremises, "MailboxNotHostedInExchangeOnline"},
		"the store's fault":            {trouble(lab.StoreFault), record.CloudMailboxFault, "500 Internal Server Error, ErrorStoreInternalServerError"},
		"too small for the cloud":      {trouble(lab.TooSmallAnyway), "", ""},
		"the format is refused":        {trouble(lab.FormatRefused), "", ""},
		"forbidden to write":           {trouble(lab.UnknownForbidden), "", ""},
		"gone":                         {func(_ *testing.T, g *lab.Graph, _ *run.Options) { gone(g, u.ID) }, record.CloudUserNotFound, "Request_ResourceNotFound"},
		"an unknown code, in a batch":  {fails("/photo", lab.Fault{Status: 403, Code: "SomeNewPolicyCode"}), record.GraphForbidden, "403 Forbidden, SomeNewPolicyCode"},
		"an unknown code, alone":       {fails("/photo/$value", lab.Fault{Status: 418, Code: "SomeNewCode"}), record.GraphRefused, "418 I'm a teapot, SomeNewCode"},
		"an unknown 404, in a batch":   {fails("/photo", lab.Fault{Status: 404, Code: "SomeNewAbsence"}), record.GraphRefused, "404 Not Found, SomeNewAbsence"},
		"a picture that is none":       {fails("/photo/$value", lab.Fault{RawBody: "no picture", ContentType: "image/jpeg"}), record.CloudPhotoUnreadable, ""},
		"the page of a portal":         {fails("/photo/$value", lab.Fault{RawBody: "<html>", ContentType: "text/html"}), record.GraphAnswerInvalid, "text/html where a picture is due"},
		"an empty picture":             {fails("/photo/$value", lab.Fault{Status: 200}), record.GraphAnswerInvalid, "empty where a picture is due"},
		"a redirect in a batch":        {fails("/photo", lab.Fault{Status: 302, Location: "https://x.example/"}), record.GraphAnswerInvalid, "status 302"},
		"a message that has the token": {fails("/photo/$value", lab.Fault{Status: 400, Code: "Odd", Message: "Bearer TOKEN is odd"}), record.GraphRefused, "400 Bad Request, Odd: Bearer *** is odd"},
		"one that has it in a batch":   {fails("/photo", lab.Fault{Status: 400, Code: "Odd", Message: "Bearer TOKEN is odd"}), record.GraphRefused, "400 Bad Request, Odd: Bearer *** is odd"},
	}, func(t *testing.T, c fault) {
		r := plight{change: c.change}.play(t)
		if c.code == "" {
			r.ends(t, "", record.ExitOk)
		} else {
			r.ends(t, c.code, record.ExitPartial)
		}
		if len(r.rows) != len(quiet.rows) {
			t.Fatalf("%d rows", len(r.rows))
		}
		for i, want := range quiet.rows {
			got := r.rows[i]
			if got.UserPrincipalName != who || c.code == "" {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("another row (-want +got):\n%s", diff)
				}
				continue
			}
			if got.Status != record.Unknown || got.Reason != record.ReadFailed || got.ErrorCode != c.code || !strings.Contains(got.ErrorMessage, c.says) || got.Remedy == "" {
				t.Errorf("got %s/%s, %s: %s (%s)", got.Status, got.Reason, got.ErrorCode, got.ErrorMessage, got.Remedy)
			}
			if len(got.RequestId) != 36 && c.code != record.CloudPhotoUnreadable {
				t.Errorf("the request id is lost: %q", got.RequestId)
			}
		}
	})
}

// gone has a user removed after the list of users was read.
func gone(g *lab.Graph, id string) {
	g.Fail(func(q lab.FaultRequest) *lab.Fault {
		if q.Path == "/$batch" {
			g.RemoveUser(id)
		}
		return nil
	})
}
