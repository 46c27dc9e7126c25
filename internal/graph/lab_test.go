package graph

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"photosync/internal/lab"
	"photosync/internal/pace"
	"photosync/internal/record"
)

// clock is one that only waits advance, for the client and for the lab.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// renewing is a credential that keeps its token until claims are asked for, as
// azidentity does.
type renewing struct {
	issue func() string

	mu     sync.Mutex
	token  string
	issued int
	claims []string // that were asked for
}

func (c *renewing) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.Claims != "" {
		c.claims = append(c.claims, o.Claims)
	}
	if c.token == "" || o.Claims != "" {
		c.token = c.issue()
		c.issued++
	}
	return azcore.AccessToken{Token: c.token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// ward is a client of a lab's Graph, on a clock of their own.
type ward struct {
	*Client
	lab        *lab.Graph
	clock      *clock
	credential *renewing
	ids        []string

	mu    sync.Mutex
	waits []pace.Wait
}

// wardOf starts a lab of people without photos.
func wardOf(t *testing.T, people int, options ...lab.Option) *ward {
	t.Helper()
	w := &ward{clock: &clock{now: start}}
	company := lab.Crowd(people, 0)
	l, err := lab.Start(company, append([]lab.Option{lab.WithTokens(true), lab.WithClock(w.clock.read)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w.lab = l.Graph()
	for _, u := range company.CloudUsers {
		w.ids = append(w.ids, u.ID)
	}
	w.credential = &renewing{issue: func() string { return w.lab.IssueToken(24*time.Hour, "User.Read.All", "ProfilePhoto.ReadWrite.All") }}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(l.Directory().CAPEM())
	w.Client = connect(t, w.lab.URL(), func(s *Settings) {
		s.Credential, s.RootCAs, s.Now, s.Sleep = w.credential, roots, w.clock.read, w.clock.sleep
		s.Throttled = func(wait pace.Wait) { w.mu.Lock(); defer w.mu.Unlock(); w.waits = append(w.waits, wait) }
	}).Client
	return w
}

// requests gives those that were sent, without the items of batches.
func (w *ward) requests() (all []lab.RequestRecord) {
	for _, q := range w.lab.Requests() {
		if !q.InBatch {
			all = append(all, q)
		}
	}
	return all
}

// passed gives how long the clock went on.
func (w *ward) passed() time.Duration { return w.clock.read().Sub(start) }

// probe asks for everybody's metadata.
func (w *ward) probe() ([]Probed, error) { return w.Probe(context.Background(), w.ids) }

// all fails the test for somebody who has no answer.
func all(t *testing.T, found []Probed, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Err != nil || f.RequestID == "" {
			t.Fatalf("got %+v", f)
		}
	}
}

// A service that never recovers is given up in minutes, by its name, and for
// everybody: no other call waits as long again.
func TestFaultNeverRecovers(t *testing.T) {
	for name, c := range map[string]struct {
		option  lab.Option
		code    record.Code // or GraphNotRecovering, where the tries last as long as the patience with silence
		least   time.Duration
		most    time.Duration
		refused bool // so that the waits are said
	}{
		"429, Retry-After in seconds": {lab.WithThrottle(lab.Bucket{Refill: 1e-9, Capacity: 1, RetryAfter: 40 * time.Second}), record.GraphNotRecovering, 10 * time.Minute, 12 * time.Minute, true},
		"429, Retry-After as a date":  {lab.WithThrottle(lab.Bucket{Refill: 1e-9, Capacity: 1, RetryAfter: time.Minute, RetryAfterDate: true}), record.GraphNotRecovering, 9 * time.Minute, 12 * time.Minute, true},
		"429 without Retry-After":     {lab.WithThrottle(lab.Bucket{Refill: 1e-9, Capacity: 1}), record.GraphThrottled, time.Minute, time.Hour, true},
		"429, Retry-After an hour":    {lab.WithThrottle(lab.Bucket{Refill: 1e-9, Capacity: 1, RetryAfter: time.Hour}), record.GraphThrottled, 0, 0, true},
		"503":                         {lab.WithOverload(lab.Overload{Every: 1, InBatch: true}), record.GraphFailed, time.Minute, time.Hour, true},
		"504":                         {lab.WithOverload(lab.Overload{Every: 1, Status: 504}), record.GraphFailed, time.Minute, time.Hour, true},
		"500":                         {lab.WithOverload(lab.Overload{Every: 1, Status: 500}), record.GraphFailed, 0, time.Minute, false},
		"502":                         {lab.WithOverload(lab.Overload{Every: 1, Status: 502}), record.GraphFailed, 0, time.Minute, false},
		"bodies that break off":       {lab.WithBrokenBodies(1), record.GraphConnectionLost, 0, time.Minute, false},
		"a captive portal":            {lab.WithCaptivePortal(), record.GraphAnswerInvalid, 0, time.Minute, false},
		"wrong JSON":                  {lab.WithWrongJSON(1), record.GraphAnswerInvalid, 0, 2 * time.Minute, false},
		"batches that answer nobody":  {lab.WithBatchDisorder(1), record.GraphAnswerInvalid, 0, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := wardOf(t, 20, c.option)
			_, err := w.Metadata(context.Background(), w.ids[0]) // takes what there is
			if err != nil && record.CodeOf(err) != c.code {
				t.Fatalf("one call: %v", err)
			}
			found, err := w.probe()
			if err == nil {
				err = found[19].Err
			}
			code := c.code
			if record.CodeOf(err) == record.GraphNotRecovering && c.most == time.Hour {
				code = record.GraphNotRecovering
			}
			e := wantCode(t, err, code)
			if name != "a captive portal" && name != "wrong JSON" && len(e.RequestID) != 36 {
				t.Errorf("the request id is lost: %q", e.RequestID)
			}
			if d := w.passed(); d < c.least || d > c.most {
				t.Errorf("it gave up after %v", d)
			}
			if n := len(w.requests()); n > 45 {
				t.Errorf("%d requests", n)
			}
			if c.refused && len(w.waits) == 0 {
				t.Errorf("the waits said are %v", w.waits)
			}
			if code != record.GraphNotRecovering {
				return
			}
			if !strings.Contains(e.Text, "nobody has been served for ") {
				t.Errorf("it says %q", e.Text)
			}
			before, at := len(w.requests()), w.passed()
			_, err = w.Photo(context.Background(), w.ids[3], "")
			wantCode(t, err, code)
			if n := len(w.requests()) - before; n > 2 || w.passed()-at > 2*time.Minute {
				t.Errorf("the next call sent %d requests and took %v", n, w.passed()-at)
			}
		})
	}
}

// While the service has everybody wait for longer than there is patience,
// nothing is sent, and nothing passes for an answer: least of all a write for
// one that came through.
func TestFaultNothingIsSentWhileEverybodyWaits(t *testing.T) {
	w := wardOf(t, 40, lab.WithThrottle(lab.Bucket{Refill: 1e-9, Capacity: 1, RetryAfter: time.Hour}))
	ctx := context.Background()
	if _, err := w.Metadata(ctx, w.ids[0]); err != nil {
		t.Fatal(err)
	}
	_, err := w.Metadata(ctx, w.ids[1])
	wantCode(t, err, record.GraphThrottled)
	sent := len(w.requests())
	for name, do := range map[string]func() error{
		"metadata":   func() error { _, err := w.Metadata(ctx, w.ids[2]); return err },
		"photo":      func() error { _, err := w.Photo(ctx, w.ids[2], ""); return err },
		"rendition":  func() error { _, err := w.Photo(ctx, w.ids[2], "48x48"); return err },
		"batch":      func() error { _, err := w.probe(); return err },
		"roster":     func() error { _, err := collect(&fixture{Client: w.Client}); return err },
		"one user":   func() error { _, err := w.User(ctx, w.ids[2]); return err },
		"a policy":   func() error { _, err := w.PhotoPolicy(ctx); return err },
		"an upload":  func() error { return w.Writer().PutPhoto(ctx, w.ids[2], []byte("jpeg"), writeID) },
		"a removal":  func() error { return w.Writer().DeletePhoto(ctx, w.ids[2], writeID) },
		"the tenant": func() error { _, _, err := w.Organization(ctx); return err },
	} {
		e := wantCode(t, do(), record.GraphThrottled)
		if !strings.HasSuffix(e.Text, "not asked, because the service serves nobody at the moment, and the service asks to wait 1h0m0s") || e.RetryAfter != time.Hour {
			t.Errorf("%s: %q, again after %v", name, e.Text, e.RetryAfter)
		}
	}
	if n := len(w.requests()) - sent; n != 0 || w.passed() != 0 || w.lab.Writes() != 0 {
		t.Errorf("%d requests were sent, %v passed, %d photos were written", n, w.passed(), w.lab.Writes())
	}
	if len(w.waits) != 1 || w.waits[0].For != time.Hour {
		t.Errorf("the waits that were said: %v", w.waits)
	}
}

// An outage of some minutes is waited for.
func TestFaultThatPasses(t *testing.T) {
	for name, b := range map[string]lab.Bucket{
		"seconds": {Refill: 1e-9, Capacity: 1, RetryAfter: 40 * time.Second},
		"a date":  {Refill: 1e-9, Capacity: 1, RetryAfter: 40 * time.Second, RetryAfterDate: true},
		"nothing": {Refill: 1e-9, Capacity: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := wardOf(t, 60, lab.WithThrottle(b))
			w.lab.Fail(func(lab.FaultRequest) *lab.Fault {
				if w.passed() > 2*time.Minute {
					w.lab.SetThrottle(lab.Bucket{})
				}
				return nil
			})
			found, err := w.probe()
			all(t, found, err)
			if len(w.waits) == 0 || b.RetryAfter > 0 && w.waits[0].For != b.RetryAfter {
				t.Errorf("the waits that were said: %v", w.waits)
			}
			if n := w.Requests(); n.BatchItems != 60+n.Throttled {
				t.Errorf("only who was refused is to be asked again: %+v", n)
			}
		})
	}
}

// Of each batch, only who was refused is asked for again.
func TestFaultsOfItems(t *testing.T) {
	for name, c := range map[string]struct {
		fault     *lab.Fault
		option    lab.Option
		refused   int64 // items, each once
		throttled int64
	}{
		"429": {&lab.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "5"}, nil, 3, 3},
		"a date": {&lab.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: start.Add(time.Minute).Format(http.TimeFormat)},
			nil, 3, 3},
		"503":           {&lab.Fault{Status: 503}, nil, 3, 3},
		"504":           {&lab.Fault{Status: 504, RawBody: "<html>", ContentType: "text/html"}, nil, 3, 0},
		"500":           {&lab.Fault{Status: 500, Code: "UnknownError"}, nil, 3, 0},
		"502":           {&lab.Fault{Status: 502}, nil, 3, 0},
		"left out":      {nil, lab.WithBatchDisorder(25), 2, 0},
		"another order": {nil, lab.WithSeed(99), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var options []lab.Option
			if c.option != nil {
				options = append(options, c.option)
			}
			w := wardOf(t, 60, options...)
			ill := map[string]bool{}
			if c.fault != nil {
				for _, n := range []int{4, 5, 33} {
					ill["/users/"+w.ids[n]+"/photo"] = true
				}
			}
			w.lab.Fail(func(q lab.FaultRequest) *lab.Fault {
				if q.InBatch && q.Attempt == 1 && ill[q.Path] {
					return c.fault
				}
				return nil
			})
			found, err := w.probe()
			all(t, found, err)
			again := int64(0)
			if c.refused > 0 {
				again = 1
			}
			want := record.Requests{Batch: 3 + again, BatchItems: 60 + c.refused, Throttled: c.throttled}
			if diff := cmp.Diff(want, w.Requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if c.fault != nil {
				var last []string
				for _, q := range w.lab.Requests()[63:] {
					if q.InBatch {
						last = append(last, q.Path)
					}
				}
				if len(last) != 3 || !ill[last[0]] || !ill[last[1]] || !ill[last[2]] {
					t.Errorf("asked again for %v", last)
				}
			}
		})
	}
}

// A claims challenge in the middle of the work is answered with a new token.
func TestFaultClaimsInTheMiddle(t *testing.T) {
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1764000000"},"xms_caeerror":{"values":["0x1"]}}}`
	w := wardOf(t, 400)
	var batches atomic.Int32
	w.lab.Fail(func(q lab.FaultRequest) *lab.Fault {
		if q.Path == "/$batch" && batches.Add(1) == 7 {
			w.lab.DemandClaims(claims)
		}
		return nil
	})
	found, err := w.probe()
	all(t, found, err)
	refused := 0
	for _, q := range w.requests() {
		if q.Status == http.StatusUnauthorized {
			refused++
		}
	}
	if refused == 0 || len(w.credential.claims) != refused || w.credential.issued != refused+1 {
		t.Errorf("%d were refused, the credential was asked with claims %d times and gave %d tokens", refused, len(w.credential.claims), w.credential.issued)
	}
	for _, got := range w.credential.claims {
		if got != claims {
			t.Errorf("claims %s", got)
		}
	}
	if n := w.Requests(); n.BatchItems != 400+20*int64(refused) {
		t.Errorf("%+v with %d refused", n, refused)
	}
	// A write meets it, too, and is sent again whole: nothing had come of it.
	w.lab.DemandClaims(claims)
	jpeg := portrait(t)
	if err := w.Writer().PutPhoto(context.Background(), w.ids[0], jpeg, writeID); err != nil || w.lab.Writes() != 1 {
		t.Errorf("%v, %d writes", err, w.lab.Writes())
	}
	for _, q := range w.requests() {
		if q.Method == http.MethodPut && (q.BodySize != len(jpeg) || q.Header.Get("Client-Request-Id") != writeID) {
			t.Errorf("an upload of %d bytes as %s, want %d as %s", q.BodySize, q.Header.Get("Client-Request-Id"), len(jpeg), writeID)
		}
	}
}

// portrait gives a picture that the lab takes.
func portrait(t *testing.T) []byte {
	t.Helper()
	for _, p := range lab.Crowd(1, 1).People {
		return p.Photo
	}
	t.Fatal("nobody")
	return nil
}

// Where the credential cannot do better, a rejected token ends everything, once.
func TestFaultsOfTokens(t *testing.T) {
	for name, spec := range map[string]lab.TokenSpec{
		"for another audience": {Audience: "https://outlook.office365.com"},
		"expired":              {TTL: -time.Minute},
		"no claims help":       {},
	} {
		t.Run(name, func(t *testing.T) {
			w := wardOf(t, 20)
			w.credential.issue = func() string { return w.lab.IssueTokenFor(spec) }
			if name == "no claims help" {
				w.lab.Fail(func(lab.FaultRequest) *lab.Fault { w.lab.DemandClaims("{}"); return nil })
			}
			_, err := w.probe()
			e := wantCode(t, err, record.GraphTokenRejected)
			if n := len(w.requests()); n > 2 || len(e.RequestID) != 36 || strings.Contains(e.Error(), w.credential.token) {
				t.Errorf("%d requests, %+v", n, e)
			}
		})
	}
}

// The times of one try: a body may take long, but not for ever.
func TestFaultSlowBodies(t *testing.T) {
	w := wardOf(t, 20, lab.WithSlowBodies(1, 200*time.Millisecond))
	found, err := w.probe()
	all(t, found, err)
	if n := w.Requests(); n.Batch != 1 {
		t.Errorf("%+v", n)
	}
	w = wardOf(t, 20, lab.WithSlowBodies(1, time.Minute))
	w.timeout = 50 * time.Millisecond
	_, err = w.probe()
	e := wantCode(t, err, record.GraphTimeout)
	if n := w.Requests(); n.Batch != 4 || len(e.RequestID) != 36 {
		t.Errorf("%+v, %+v", n, e)
	}
}

// spy keeps the protocols of the answers.
type spy struct {
	http.RoundTripper
	mu        sync.Mutex
	protocols map[string]int
}

func (s *spy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.RoundTripper.RoundTrip(r)
	if err == nil {
		s.mu.Lock()
		s.protocols[resp.Proto]++
		s.mu.Unlock()
	}
	return resp, err
}

// spyOn counts the answers by protocol from now on.
func (w *ward) spyOn() *spy {
	s := &spy{RoundTripper: w.http.Transport, protocols: map[string]int{}}
	w.http.Transport = s
	return s
}

// HTTP/2 is spoken where there is TLS, over one connection; without it,
// connections are used again, whatever the answers were: each body is drained.
func TestFaultFreeConnections(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		options  []lab.Option
		protocol string
		most     int64
	}{
		"TLS":                        {[]lab.Option{lab.WithTLS()}, "HTTP/2.0", 1},
		"TLS, bodies that break off": {[]lab.Option{lab.WithTLS(), lab.WithBrokenBodies(5)}, "HTTP/2.0", 1},
		"no TLS":                     {nil, "HTTP/1.1", 64},
	} {
		t.Run(name, func(t *testing.T) {
			w := wardOf(t, 500, c.options...)
			defer w.http.CloseIdleConnections()
			spied := w.spyOn()
			users, err := collect(&fixture{Client: w.Client})
			if err != nil || len(users) != 500 {
				t.Fatal(len(users), err)
			}
			found, err := w.probe()
			all(t, found, err)
			if diff := cmp.Diff(map[string]int{c.protocol: len(w.requests())}, spied.protocols); diff != "" {
				t.Error(diff)
			}
			if n := w.lab.Connections(); n > c.most {
				t.Errorf("%d connections", n)
			}
			t.Logf("%d requests, %d connections", len(w.requests()), w.lab.Connections())
			w.http.Transport = spied.RoundTripper
		})
	}
	t.Run("one after the other", func(t *testing.T) {
		w := wardOf(t, 20)
		statuses := []int{200, 204, 302, 400, 401, 403, 404, 413, 429, 500, 503, 504}
		n := 0
		w.lab.Fail(func(lab.FaultRequest) *lab.Fault {
			n++
			return &lab.Fault{Status: statuses[n%len(statuses)], RawBody: strings.Repeat("<p>", 2000*(n%5+1)), ContentType: "text/html", RetryAfter: "1"}
		})
		for range 20 {
			_, _ = w.Metadata(ctx, w.ids[0])
			_, _ = w.Photo(ctx, w.ids[0], "")
			_, _ = w.Photo(ctx, w.ids[0], "48x48")
			_ = w.Writer().PutPhoto(ctx, w.ids[0], []byte("jpeg"), writeID)
			_ = w.Writer().DeletePhoto(ctx, w.ids[0], writeID)
			_, _ = w.User(ctx, w.ids[0])
		}
		if n := w.lab.Connections(); len(w.requests()) < 120 || n > 3 {
			t.Errorf("%d requests, %d connections", len(w.requests()), n)
		}
		t.Logf("%d requests, %d connections", len(w.requests()), w.lab.Connections())
	})
}

// Wherever an answer points, no connection goes there, and the token stays here.
func TestFaultsThatPointElsewhere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var came atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			_ = conn.Close()
		}
	}()
	ctx := context.Background()
	for _, target := range []string{"http://HOST/v1.0/users?page=2", "//HOST/v1.0/users", "https://HOST/", "http://me:secret@HOST/", "http://TOKEN.HOST/"} {
		target = strings.ReplaceAll(target, "HOST", l.Addr().String())
		issued := ""
		link := func(w *ward) string { return strings.ReplaceAll(target, "TOKEN", w.credential.token) }
		for name, do := range map[string]func(w *ward) error{
			"list":     func(w *ward) error { _, err := collect(&fixture{Client: w.Client}); return err },
			"batch":    func(w *ward) error { _, err := w.probe(); return err },
			"metadata": func(w *ward) error { _, err := w.Metadata(ctx, w.ids[0]); return err },
			"photo":    func(w *ward) error { _, err := w.Photo(ctx, w.ids[0], ""); return err },
			"upload":   func(w *ward) error { return w.Writer().PutPhoto(ctx, w.ids[0], []byte("jpeg"), writeID) },
			"removal":  func(w *ward) error { return w.Writer().DeletePhoto(ctx, w.ids[0], writeID) },
			"policy":   func(w *ward) error { _, err := w.PhotoPolicy(ctx); return err },
			"tenant":   func(w *ward) error { _, _, err := w.Organization(ctx); return err },
			"next page": func(w *ward) error {
				w.lab.Fail(func(lab.FaultRequest) *lab.Fault {
					return &lab.Fault{RawBody: `{"value":[{"id":"a"}],"@odata.nextLink":"` + link(w) + `"}`}
				})
				_, err := collect(&fixture{Client: w.Client})
				return err
			},
		} {
			for _, status := range []int{301, 302, 303, 307, 308} {
				if name == "next page" && (status != 301 || strings.HasPrefix(target, "//")) {
					continue
				}
				w := wardOf(t, 2)
				w.lab.Fail(func(lab.FaultRequest) *lab.Fault { return &lab.Fault{Status: status, Location: link(w)} })
				e := wantCode(t, do(w), record.GraphForeignHost)
				issued = w.credential.token
				if n := len(w.requests()); n != 1 || len(e.RequestID) != 36 {
					t.Errorf("%s, %d to %s: %d requests, request id %q", name, status, target, n, e.RequestID)
				}
				for _, secret := range []string{issued, "secret"} {
					if strings.Contains(e.Error(), secret) {
						t.Errorf("%s: %v", name, e)
					}
				}
			}
		}
	}
	_ = l.Close()
	<-done
	if n := came.Load(); n != 0 {
		t.Errorf("%d connections went to the foreign host", n)
	}
}

// A list of users that gives pages for ever, each under another link, ends.
func TestFaultEndlessEmptyPages(t *testing.T) {
	w := wardOf(t, 20)
	n := 0
	w.lab.Fail(func(lab.FaultRequest) *lab.Fault {
		n++
		return &lab.Fault{RawBody: `{"value":[],"@odata.nextLink":"` + w.lab.URL() + `/v1.0/users?$skiptoken=` + strings.Repeat("x", n) + `"}`}
	})
	_, err := collect(&fixture{Client: w.Client})
	e := wantCode(t, err, record.GraphAnswerInvalid)
	if sent := len(w.requests()); sent > emptyMost+1 || len(e.RequestID) != 36 {
		t.Errorf("%d requests, %+v", sent, e)
	}
}

// The service's clock counts for its own dates.
func TestFaultClockOfARetryAfter(t *testing.T) {
	at := func(d time.Duration) string { return start.Add(d).Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		after, date string
		want        time.Duration
	}{
		"the same clock":         {at(20 * time.Second), at(0), 20 * time.Second},
		"no Date":                {at(20 * time.Second), "", 20 * time.Second},
		"the service is ahead":   {at(time.Hour + 20*time.Second), at(time.Hour), 20 * time.Second},
		"the service is behind":  {at(20*time.Second - time.Hour), at(-time.Hour), 20 * time.Second},
		"a Date of somebody":     {at(20 * time.Second), at(-time.Hour), 20 * time.Second},
		"a Date after it":        {at(20 * time.Second), at(time.Hour), 20 * time.Second},
		"over, and no Date":      {at(-time.Second), "", 0},
		"over, by both":          {at(-time.Second), at(0), 0},
		"a Date that is not one": {at(20 * time.Second), "today", 20 * time.Second},
		"seconds have no clock":  {"20", at(time.Hour), 20 * time.Second},
	} {
		h := http.Header{}
		h.Set("Retry-After", c.after)
		h.Set("Date", c.date)
		if got := retryAfter(h, start); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	// In a batch, the date is that of the batch.
	w := wardOf(t, 20, lab.WithClockSkew(-3*time.Hour))
	w.lab.Fail(func(q lab.FaultRequest) *lab.Fault {
		if !q.InBatch || q.Attempt > 1 {
			return nil
		}
		return &lab.Fault{Status: 429, RetryAfter: at(-3*time.Hour + 20*time.Second)}
	})
	found, err := w.probe()
	all(t, found, err)
	if len(w.waits) != 1 || w.waits[0].For != 20*time.Second {
		t.Errorf("the waits that were said: %v", w.waits)
	}
}

// A refused read whose body breaks off is read again: without its code, a 404
// says nothing.
func TestFaultBrokenRefusals(t *testing.T) {
	w := wardOf(t, 20, lab.WithBrokenBodies(2)) // each other answer
	for _, id := range w.ids {
		m, err := w.Metadata(context.Background(), id)
		if err != nil || m.Exists {
			t.Fatalf("%+v, %v", m, err)
		}
	}
	if n := w.Requests().Batch; n < 30 {
		t.Errorf("%d requests: nothing broke", n)
	}
}
