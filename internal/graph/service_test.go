package graph

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"

	"photosync/internal/pace"
	"photosync/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secretToken must never be seen in an error.
const secretToken = "secret-token-7f3a"

type credential struct {
	mu     sync.Mutex
	asked  []policy.TokenRequestOptions
	refuse error
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, o)
	return azcore.AccessToken{Token: secretToken, ExpiresOn: time.Now().Add(time.Hour)}, c.refuse
}

// fixture is a client of a fake service, with a clock that only waits advance.
type fixture struct {
	*Client
	url       string
	mu        sync.Mutex
	waits     []time.Duration
	throttled []time.Duration
	slept     time.Duration
}

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func serve(t *testing.T, handler http.HandlerFunc, change ...func(*Settings)) *fixture {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return connect(t, server.URL, change...)
}

func connect(t *testing.T, root string, change ...func(*Settings)) *fixture {
	t.Helper()
	f := &fixture{url: root}
	s := Settings{
		Root: root, Credential: &credential{}, Version: "1.2.3", Timeout: 20 * time.Second,
		Now:       func() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return start.Add(f.slept) },
		Throttled: func(w pace.Wait) { f.mu.Lock(); f.throttled = append(f.throttled, w.For); f.mu.Unlock() },
		Sleep: func(ctx context.Context, d time.Duration) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.waits = append(f.waits, d)
			f.slept += d
			return ctx.Err()
		},
	}
	for _, c := range change {
		c(&s)
	}
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	f.Client = c
	return f
}

// reply is a canned answer.
type reply struct {
	status int
	header map[string]string
	body   string
}

func (r reply) write(w http.ResponseWriter) {
	for k, v := range r.header {
		w.Header().Set(k, v)
	}
	if r.header["Content-Type"] == "" && r.body != "" {
		w.Header().Set("Content-Type", "application/json; odata.metadata=minimal; charset=utf-8")
	}
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.body)
}

// script answers one request after the other; the last answer repeats.
func script(replies ...reply) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		r := replies[min(n, len(replies)-1)]
		n++
		mu.Unlock()
		r.write(w)
	}
}

func failure(code string) string {
	return fmt.Sprintf(`{"error":{"code":%q,"message":"Exception of type '%s' was thrown.","innerError":{"date":"2026-11-22T12:00:00","request-id":"inner-1","client-request-id":"inner-2"}}}`, code, code)
}

func wantCode(t *testing.T, err error, want record.Code) *record.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	e := record.From(err)
	if e.Code != want {
		t.Fatalf("got %v, want code %s", e, want)
	}
	return e
}
