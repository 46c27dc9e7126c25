package graph

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/pace"
	"photosync/internal/record"
)

const someMetadata = `{"@odata.mediaContentType":"image/jpeg","@odata.mediaEtag":"\"BA09D118\"","id":"240X240","width":240,"height":240}`

func TestRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		name, value string
		want        time.Duration
	}{
		{"none", "", 0},
		{"seconds", "17", 17 * time.Second},
		{"date", start.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{"date that is over", start.Add(-time.Hour).Format(http.TimeFormat), 0},
		{"negative", "-4", 0},
		{"neither", "soon", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			h.Set("Retry-After", tt.value)
			if got := retryAfter(h, start); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// within compares waits that a random part may lengthen.
func within(d time.Duration) cmp.Option {
	return cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() <= d })
}

func TestThrottledReadIsAskedAgain(t *testing.T) {
	c := serve(t, script(
		reply{429, map[string]string{"Retry-After": "17"}, failure("TooManyRequests")},
		reply{503, map[string]string{"Retry-After": start.Add(30 * time.Second).Format(http.TimeFormat)}, ""},
		reply{504, nil, ""},
		reply{200, map[string]string{"request-id": "r9"}, someMetadata},
	))
	m, err := c.Metadata(context.Background(), "u1")
	if err != nil {
		t.Fatal(err)
	}
	want := Metadata{Exists: true, ETag: `"BA09D118"`, Width: 240, Height: 240, ContentType: "image/jpeg", RequestID: "r9"}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]time.Duration{17 * time.Second, 13 * time.Second}, c.throttled, within(time.Second)); diff != "" {
		t.Errorf("Throttled was told something else: %s", diff)
	}
	if c.slept < 30*time.Second || c.slept > 100*time.Second {
		t.Errorf("waited %v: %v", c.slept, c.waits)
	}
	if diff := cmp.Diff(record.Requests{Batch: 4, BatchItems: 4, Throttled: 2}, c.Requests()); diff != "" {
		t.Error(diff)
	}
}

func TestPatienceEnds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reply reply
		want  record.Code
		tries int64
	}{
		{"tries", reply{429, nil, failure("TooManyRequests")}, record.GraphThrottled, 20},
		{"all waits together", reply{503, map[string]string{"Retry-After": "250"}, ""}, record.GraphThrottled, 3},
		{"one wait too long", reply{429, map[string]string{"Retry-After": "3600"}, ""}, record.GraphThrottled, 1},
		{"gateway timeouts", reply{504, nil, "<html>"}, record.GraphFailed, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, script(tt.reply))
			_, err := c.Metadata(context.Background(), "u1")
			wantCode(t, err, tt.want)
			if got := c.Requests().Batch; got != tt.tries {
				t.Errorf("%d tries, want %d", got, tt.tries)
			}
		})
	}
}

func TestWriteWithoutAnAnswerIsUncertain(t *testing.T) {
	c := serve(t, script(reply{504, nil, ""}))
	err := c.Writer().PutPhoto(context.Background(), "u1", []byte("x"), writeID)
	wantCode(t, err, record.PhotoOutcomeUncertain)
}

func TestThrottledWriteSaysWhenToTryAgain(t *testing.T) {
	c := serve(t, script(reply{429, map[string]string{"Retry-After": "7"}, failure("TooManyRequests")}))
	e := wantCode(t, c.Writer().PutPhoto(context.Background(), "u1", []byte("x"), writeID), record.GraphThrottled)
	if e.RetryAfter != 7*time.Second || c.Requests().Put != 1 || c.Requests().Throttled != 1 {
		t.Errorf("retry after %v, %+v", e.RetryAfter, c.Requests())
	}
}

func TestPhotoWithoutAnETagIsNoMetadata(t *testing.T) {
	for _, body := range []string{`{"id":"504x504","width":504,"height":504,"@odata.mediaEtag":""}`, `{"id":"504x504","width":504,"height":504}`} {
		c := serve(t, script(reply{200, map[string]string{"Content-Type": "application/json"}, body}))
		_, err := c.Metadata(context.Background(), "u1")
		wantCode(t, err, record.GraphAnswerInvalid)
	}
}

func TestCancelEndsTheWaitAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := serve(t, script(reply{429, map[string]string{"Retry-After": "500"}, ""}), func(s *Settings) {
		s.Sleep = nil // really wait
		s.Throttled = func(pace.Wait) { cancel() }
	})
	began := time.Now()
	_, err := c.Metadata(ctx, "u1")
	wantCode(t, err, record.Cancelled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestTimeoutOfOneTry(t *testing.T) {
	release := make(chan struct{})
	handler := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	c := serve(t, handler, func(s *Settings) { s.Timeout = 30 * time.Millisecond })
	defer close(release)
	_, err := c.Metadata(context.Background(), "u1")
	wantCode(t, err, record.GraphTimeout)
	if got := c.Requests().Batch; got != 4 {
		t.Errorf("%d tries, want 4", got)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err = c.Metadata(ctx, "u1")
	wantCode(t, err, record.GraphTimeout)
}

func TestRejectedToken(t *testing.T) {
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`
	const challenged = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ=="`
	for _, tt := range []struct {
		name, challenge string
		then            reply
		want            record.Code
		asked           int
	}{
		{"no challenge", `Bearer realm=""`, reply{200, nil, someMetadata}, record.GraphTokenRejected, 1},
		{"claims without quotation marks", `Bearer claims=abc`, reply{200, nil, someMetadata}, record.GraphTokenRejected, 1},
		{"claims, then accepted", challenged, reply{200, nil, someMetadata}, "", 2},
		{"claims, then rejected again", challenged, reply{401, map[string]string{"WWW-Authenticate": challenged}, failure("InvalidAuthenticationToken")}, record.GraphTokenRejected, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cred := &credential{}
			c := serve(t, script(reply{401, map[string]string{"WWW-Authenticate": tt.challenge}, failure("InvalidAuthenticationToken")}, tt.then),
				func(s *Settings) { s.Credential = cred })
			_, err := c.Metadata(context.Background(), "u1")
			if got := record.CodeOf(err); got != tt.want {
				t.Errorf("got %v, want code %q", err, tt.want)
			}
			if len(cred.asked) != tt.asked {
				t.Fatalf("the credential was asked %d times, want %d", len(cred.asked), tt.asked)
			}
			if tt.asked == 2 && cred.asked[1].Claims != claims {
				t.Errorf("claims %q", cred.asked[1].Claims)
			}
			if diff := cmp.Diff([]string{c.url + "/.default"}, cred.asked[0].Scopes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCredentialErrorsPassThrough(t *testing.T) {
	refused := record.Errorf(record.SignInFailed, "AADSTS7000215: Invalid client secret provided")
	c := serve(t, script(reply{200, nil, someMetadata}), func(s *Settings) { s.Credential = &credential{refuse: refused} })
	_, err := c.Probe(context.Background(), []string{"u1"})
	if e := wantCode(t, err, record.SignInFailed); e != refused {
		t.Errorf("got %v", e)
	}
	if got := c.Requests(); got != (record.Requests{}) {
		t.Errorf("something was sent: %+v", got)
	}
}
