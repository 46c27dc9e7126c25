package lab

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// trusting gives a client that trusts the lab's authority, speaks HTTP/2 where
// the server does, and follows no redirect.
func trusting(t *testing.T, l *Lab) *http.Client {
	t.Helper()
	c := client(t)
	c.Transport = &http.Transport{DisableCompression: true, TLSClientConfig: trust(l.Directory()), ForceAttemptHTTP2: true}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func TestTLS(t *testing.T) {
	l := startLab(t, WithTLS(), WithServerNames("dc9.corp.example"), WithPageSize(5))
	g := l.Graph()
	if !strings.HasPrefix(g.URL(), "https://127.0.0.1:") {
		t.Fatal(g.URL())
	}
	c := trusting(t, l)
	if answer, err := c.Head(g.URL()); err != nil { // opens the connection that the others share
		t.Fatal(err)
	} else {
		answer.Body.Close()
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			answer, err := c.Get(g.URL() + "/v1.0/users")
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != 200 || answer.ProtoMajor != 2 || !strings.Contains(string(body), `"@odata.nextLink":"`+g.URL()) {
				t.Errorf("%s %s, %v: %s", answer.Proto, answer.Status, err, body)
			}
		})
	}
	wg.Wait()
	if n := g.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	if _, err := client(t).Get(g.URL() + "/v1.0/users"); err == nil {
		t.Error("the certificate is trusted without its authority")
	}
}

func TestCloseEndsDelayedAnswersOfHTTP2(t *testing.T) {
	l := startLab(t, WithTLS(), WithLatency(time.Hour))
	failed := make(chan error, 3)
	c := trusting(t, l)
	for range cap(failed) {
		go func() {
			answer, err := c.Get(l.Graph().URL() + "/v1.0/users")
			if err == nil {
				answer.Body.Close()
			}
			failed <- err
		}()
	}
	for l.Graph().Connections() == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for range cap(failed) {
		if err := <-failed; err == nil {
			t.Error("the delayed answer came all the same")
		}
	}
}

func TestConnections(t *testing.T) {
	g := startLab(t).Graph()
	for range 3 {
		ask(t, g, http.MethodGet, "/users", nil) // each with a client of its own
	}
	if n := g.Connections(); n != 3 {
		t.Errorf("%d connections", n)
	}
}

func TestLatencyIsWaitedAtTheSameTime(t *testing.T) {
	const latency = 200 * time.Millisecond
	g := startLab(t, WithLatency(latency)).Graph()
	began := time.Now()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := tryAsk(t, g, http.MethodGet, annaPhoto, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took < latency || took > 5*latency {
		t.Errorf("ten requests took %v", took)
	}
}

func TestBatchWidth(t *testing.T) {
	const latency = 60 * time.Millisecond
	for _, tt := range []struct{ width, items, latencies int }{{0, 9, 1}, {4, 1, 1}, {4, 4, 1}, {4, 5, 2}, {4, 9, 3}} {
		g := startLab(t, WithLatency(latency), WithBatchWidth(tt.width)).Graph()
		var items []one
		for i := range tt.items {
			items = append(items, get(fmt.Sprint(i), "/users/nobody"))
		}
		began := time.Now()
		send(t, g, items...)
		if took := time.Since(began); took < time.Duration(tt.latencies)*latency || took > time.Duration(tt.latencies+3)*latency {
			t.Errorf("%+v took %v", tt, took)
		}
	}
}

func TestWithoutRequestLog(t *testing.T) {
	g := startLab(t, WithoutRequestLog()).Graph()
	ask(t, g, http.MethodGet, annaPhoto, nil)
	send(t, g, get("1", annaPhoto), get("2", annaPhoto))
	if n := len(g.Requests()); n != 0 || g.Throttle().Served != 3 {
		t.Errorf("%d records, %+v", n, g.Throttle())
	}
}
