package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

// batchServer answers each batch with what each gives for the ids in it.
func batchServer(t *testing.T, each func(round int, user string) string) http.HandlerFunc {
	var mu sync.Mutex
	round := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		round++
		n := round
		mu.Unlock()
		var in batchRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		var out []string
		for i := len(in.Requests) - 1; i >= 0; i-- { // any order is allowed
			q := in.Requests[i]
			user := strings.TrimSuffix(strings.TrimPrefix(q.URL, "/users/"), "/photo")
			if a := each(n, user); a != "" {
				out = append(out, fmt.Sprintf(`{"id":%q,%s}`, q.ID, a))
			}
		}
		reply{200, map[string]string{"request-id": "outer"}, `{"responses":[` + strings.Join(out, ",") + `]}`}.write(w)
	}
}

func metadataOf(user string) string {
	return fmt.Sprintf(`"status":200,"headers":{"Content-Type":"application/json","request-id":"r-%s"},"body":{"@odata.mediaContentType":"image/jpeg","@odata.mediaEtag":"\"%s\"","id":"648x648","width":648,"height":640}`, user, user)
}

func TestProbeItems(t *testing.T) {
	yes := Metadata{Exists: true, ETag: `"u"`, Width: 648, Height: 640, ContentType: "image/jpeg", RequestID: "r-u"}
	for _, tt := range []struct {
		name, item string
		want       Metadata
		code       record.Code
	}{
		{"metadata", metadataOf("u"), yes, ""},
		{"metadata as base64 text", `"status":200,"headers":{"request-id":"r-u"},"body":"eyJpZCI6IjY0OHg2NDgiLCJAb2RhdGEubWVkaWFFdGFnIjoiXCJ1XCIifQ"`, Metadata{Exists: true, ETag: `"u"`, RequestID: "r-u"}, ""},
		{"no photo, null and no headers", `"status":404,"body":null`, Metadata{RequestID: "outer"}, ""},
		{"no photo, no body", `"status":404`, Metadata{RequestID: "outer"}, ""},
		{"no photo, code", `"status":404,"headers":{"request-id":"r2"},"body":` + failure("ImageNotFound"), Metadata{RequestID: "r2"}, ""},
		{"no photo, Exchange's code", `"status":404,"body":` + failure("ErrorItemNotFound"), Metadata{RequestID: "outer"}, ""},
		{"no photo, placeholder", `"status":200,"body":{"@odata.mediaContentType":"image/gif","@odata.mediaEtag":"","id":"1X1","width":1,"height":1}`, Metadata{RequestID: "outer"}, ""},
		{"no such user", `"status":404,"body":` + failure("Request_ResourceNotFound"), Metadata{}, record.CloudUserNotFound},
		{"unknown 404", `"status":404,"body":` + failure("SomethingElse"), Metadata{}, record.GraphRefused},
		{"mailbox on-premises", `"status":404,"body":` + failure("MailboxNotHostedInExchangeOnline"), Metadata{}, record.CloudMailboxOnPremises},
		{"404 with an empty object", `"status":404,"body":{}`, Metadata{}, record.GraphRefused},
		{"forbidden", `"status":403,"body":` + failure("ErrorAccessDenied"), Metadata{}, record.GraphForbidden},
		{"rejected for this one", `"status":401,"body":` + failure("UnknownError"), Metadata{}, record.GraphForbidden},
		{"dependency", `"status":424,"body":null`, Metadata{}, record.GraphRefused},
		{"redirect", `"status":302,"headers":{"Location":"https://x.example"},"body":null`, Metadata{}, record.GraphAnswerInvalid},
		{"200 without a body", `"status":200,"body":null`, Metadata{}, record.GraphAnswerInvalid},
		{"200 with something else", `"status":200,"body":{"value":[]}`, Metadata{}, record.GraphAnswerInvalid},
		{"200 with text", `"status":200,"body":"hello!"`, Metadata{}, record.GraphAnswerInvalid},
		{"no status", `"body":null`, Metadata{}, record.GraphAnswerInvalid},
		{"missing", ``, Metadata{}, record.GraphAnswerInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, batchServer(t, func(_ int, user string) string {
				if user == "u" {
					return tt.item
				}
				return metadataOf(user)
			}))
			got, err := c.Probe(context.Background(), []string{"a", "u", "b"})
			if err != nil {
				t.Fatal(err)
			}
			if record.CodeOf(got[1].Err) != tt.code {
				t.Errorf("got %v, want code %q", got[1].Err, tt.code)
			}
			if diff := cmp.Diff(tt.want, got[1].Metadata); diff != "" {
				t.Error(diff)
			}
			if e := record.From(got[1].Err); e != nil && (e.Target != "u" || e.RequestID == "" || !strings.Contains(e.Text, " u: ")) && tt.name != "missing" {
				t.Errorf("the error does not say on whom: %+v", e)
			}
			if got[0].ETag != `"a"` || got[2].ETag != `"b"` {
				t.Errorf("the others: %+v", got)
			}
		})
	}
}

func TestProbeAsksAgainOnlyForTheRefused(t *testing.T) {
	var asked [][]string
	var mu sync.Mutex
	c := serve(t, batchServer(t, func(round int, user string) string {
		mu.Lock()
		defer mu.Unlock()
		for len(asked) < round {
			asked = append(asked, nil)
		}
		asked[round-1] = append(asked[round-1], user)
		switch {
		case round == 1 && user == "u3":
			return `"status":429,"headers":{"Retry-After":"4"},"body":` + failure("TooManyRequests")
		case round == 1 && user == "u5":
			return `"status":503,"headers":{"retry-after":` + `9},"body":null`
		case round == 2 && user == "u5":
			return fmt.Sprintf(`"status":429,"headers":{"Retry-After":%q},"body":null`, start.Add(time.Minute).Format(http.TimeFormat))
		}
		return metadataOf(user)
	}))
	ids := []string{"u0", "u1", "u2", "u3", "u4", "u5"}
	got, err := c.Probe(context.Background(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if got[i].Err != nil || got[i].ETag != `"`+id+`"` {
			t.Errorf("%s: %+v", id, got[i])
		}
	}
	want := [][]string{{"u5", "u4", "u3", "u2", "u1", "u0"}, {"u5", "u3"}, {"u5"}}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]time.Duration{9 * time.Second, 51 * time.Second}, c.throttled, within(time.Second)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(record.Requests{Batch: 3, BatchItems: 9, Throttled: 3}, c.Requests()); diff != "" {
		t.Error(diff)
	}
}

func TestProbeGivesUpOnItemsAlone(t *testing.T) {
	answer := batchServer(t, func(_ int, user string) string {
		switch user {
		case "slow":
			return `"status":429,"body":null`
		case "far":
			return `"status":429,"headers":{"Retry-After":"9000"},"body":null`
		case "ill":
			return `"status":500,"body":` + failure("ErrorStoreInternalServerError")
		case "broken":
			return `"status":500,"body":` + failure("UnknownError")
		}
		return metadataOf(user)
	})
	for user, want := range map[string]record.Code{"slow": record.GraphThrottled, "ill": record.CloudMailboxFault, "broken": record.GraphFailed, "far": record.GraphThrottled} {
		c := serve(t, answer)
		got, err := c.Probe(context.Background(), []string{user, "well", ""})
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, got[0].Err, want)
		wantCode(t, got[2].Err, record.IdentityInvalid)
		if got[1].ETag != `"well"` {
			t.Errorf("%+v", got[1])
		}
	}
}

func TestProbeEndsWithTheRun(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reply reply
		want  record.Code
	}{
		{"token rejected", reply{401, nil, failure("InvalidAuthenticationToken")}, record.GraphTokenRejected},
		{"token rejected inside", reply{200, nil, `{"responses":[{"id":"1","status":401,"body":` + failure("InvalidAuthenticationToken") + `}]}`}, record.GraphTokenRejected},
		{"all rejected inside", reply{200, nil, `{"responses":[{"id":"1","status":401,"body":null},{"id":"2","status":401,"body":null}]}`}, record.GraphTokenRejected},
		{"forbidden", reply{403, nil, failure("Authorization_RequestDenied")}, record.GraphForbidden},
		{"batch refused", reply{400, nil, failure("BadRequest")}, record.GraphRefused},
		{"HTML", reply{200, map[string]string{"Content-Type": "text/html"}, "<html>sign in</html>"}, record.GraphAnswerInvalid},
		{"JSON of somebody else", reply{200, nil, `{"ok":true}`}, record.GraphAnswerInvalid},
		{"not JSON", reply{200, nil, `{"responses":[`}, record.GraphAnswerInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, script(tt.reply))
			_, err := c.Probe(context.Background(), []string{"a", "b"})
			wantCode(t, err, tt.want)
		})
	}
}

func TestProbeNobody(t *testing.T) {
	c := serve(t, script(reply{500, nil, ""}))
	if got, err := c.Probe(context.Background(), nil); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

func TestContradictingItems(t *testing.T) {
	c := serve(t, script(reply{200, nil, `{"responses":[{"id":"1","status":404,"body":null},{"id":"1",` + metadataOf("a") + `},{"id":"9","status":200},{"id":"x","status":200}]}`}))
	got, err := c.Probe(context.Background(), []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, got[0].Err, record.GraphAnswerInvalid)
}

// TestConcurrencyBoundsAllKinds lets more callers than may be under way meet a
// server that holds each request until as many as may are there.
func TestConcurrencyBoundsAllKinds(t *testing.T) {
	const bound = 4
	var now, most atomic.Int32
	full := make(chan struct{})
	var once sync.Once
	answer := batchServer(t, func(_ int, user string) string { return metadataOf(user) })
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == bound {
			once.Do(func() { close(full) })
		}
		<-full
		if r.Method == http.MethodPost {
			answer(w, r)
		} else {
			reply{200, nil, someMetadata}.write(w)
		}
		now.Add(-1)
	}, func(s *Settings) { s.Concurrency = bound })
	ids := make([]string, 333)
	for i := range ids {
		ids[i] = fmt.Sprintf("u%d", i)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := c.Metadata(context.Background(), "single"); err != nil {
				t.Error(err)
			}
		})
	}
	got, err := c.Probe(context.Background(), ids)
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if got[i].ETag != `"`+id+`"` {
			t.Fatalf("%s has %+v", id, got[i])
		}
	}
	if most.Load() != bound {
		t.Errorf("%d at a time, want %d", most.Load(), bound)
	}
	if diff := cmp.Diff(record.Requests{Batch: 17 + 8, BatchItems: 333 + 8}, c.Requests()); diff != "" {
		t.Error(diff)
	}
}

func TestCancelWhileWaitingForASlot(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	arrived := make(chan struct{}, 20)
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the client is gone
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	done := make(chan error, 1)
	go func() {
		_, err := c.Probe(ctx, make100())
		done <- err
	}()
	for range 4 { // as many as there are at the beginning
		<-arrived
	}
	cancel()
	wantCode(t, <-done, record.Cancelled)
}

func make100() []string {
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = fmt.Sprintf("u%d", i)
	}
	return ids
}

func FuzzBatchAnswer(f *testing.F) {
	f.Add(`{"responses":[{"id":"1",` + metadataOf("a") + `}]}`)
	f.Add(`{"responses":[{"id":"1","status":404,"headers":{"Retry-After":[5]},"body":"AAA"}]}`)
	f.Add(`{"responses":[{"id":"1","status":429,"body":{"error":{"code":5,"innerError":[]}}}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		q := call{kind: metadataCall, people: 2, limit: maxJSON}
		c := &Client{now: func() time.Time { return start }}
		answers, err := q.answers(answer{status: 200, body: []byte(body)})
		if err != nil {
			return
		}
		if _, err := c.settle([]item{{id: "a", out: &Probed{}}, {id: "b", out: &Probed{}}}, answers); err != nil {
			wantCode(t, err, record.GraphTokenRejected)
		}
	})
}
