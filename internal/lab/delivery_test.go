package lab

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// broken reads a photo and reports how much of it came before it broke off; -1
// if it came whole.
func broken(t *testing.T, c *http.Client, g *Graph) int {
	t.Helper()
	answer, err := c.Get(g.URL() + "/v1.0" + annaPhoto + "/$value")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	stored, _ := g.Photo("anna.mueller@corp.example")
	if !bytes.HasPrefix(stored, body) || answer.StatusCode != 200 {
		t.Errorf("status %d, %d bytes of something else", answer.StatusCode, len(body))
	}
	if err == nil {
		return -1
	}
	if answer.ContentLength != int64(len(stored)) || answer.Header.Get("Content-Type") != "image/jpeg" || answer.Header.Get("Date") == "" {
		t.Errorf("headers %v, length %d", answer.Header, answer.ContentLength)
	}
	return len(body)
}

func TestBrokenBodies(t *testing.T) {
	for name, opts := range map[string][]Option{"HTTP/1": nil, "HTTP/2": {WithTLS()}} {
		t.Run(name, func(t *testing.T) {
			l := startLab(t, append(opts, WithBrokenBodies(3))...)
			stored, _ := l.Graph().Photo("anna.mueller@corp.example")
			c, got := trusting(t, l), []int{}
			for range 6 {
				got = append(got, broken(t, c, l.Graph()))
			}
			if half := len(stored) / 2; !slices.Equal(got, []int{-1, -1, half, -1, -1, half}) {
				t.Errorf("bytes before the end: %v", got)
			}
		})
	}
}

func TestSlowBodies(t *testing.T) {
	g := startLab(t, WithSlowBodies(2, 150*time.Millisecond)).Graph()
	stored, _ := g.Photo("anna.mueller@corp.example")
	for i := range 4 {
		began := time.Now()
		a := ask(t, g, http.MethodGet, annaPhoto+"/$value", nil)
		if !bytes.Equal(a.body, stored) {
			t.Error("another body")
		}
		if took := time.Since(began); i%2 == 1 && took < 140*time.Millisecond {
			t.Errorf("answer %d took %v", i+1, took)
		}
	}
}

func TestSlowBodyEndsWithTheLab(t *testing.T) {
	l := startLab(t, WithSlowBodies(1, time.Hour))
	answer, err := client(t).Get(l.Graph().URL() + "/v1.0" + annaPhoto)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(answer.Body); err == nil {
		t.Error("the body came whole")
	}
}

func TestWrongJSON(t *testing.T) {
	g := startLab(t, WithWrongJSON(2)).Graph()
	for i, want := range []string{"json", "cut", "json", "html", "json", "cut"} {
		a := ask(t, g, http.MethodGet, annaPhoto, nil)
		got := "cut"
		switch {
		case json.Valid(a.body):
			got = "json"
		case a.header.Get("Content-Type") == "text/html" && bytes.Contains(a.body, []byte("<html>")):
			got = "html"
		}
		if got != want || a.status != 200 {
			t.Errorf("answer %d: %d %s", i+1, a.status, a.body)
		}
	}
	for range 3 {
		wantProblem(t, ask(t, g, http.MethodGet, elifPhoto, nil), 404, "ImageNotFound")
		if a := ask(t, g, http.MethodGet, annaPhoto+"/$value", nil); a.header.Get("Content-Type") != "image/jpeg" {
			t.Error("a picture is no JSON")
		}
	}
}

func TestRedirect(t *testing.T) {
	g := startLab(t, WithTokens(true), WithRedirect("https://evil.example/x")).Graph()
	for _, path := range []string{annaPhoto, "/users", g.URL() + "/"} {
		if a := ask(t, g, http.MethodGet, path, nil); a.status != 302 || a.header.Get("Location") != "https://evil.example/x" || a.header.Get("request-id") != "" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
}

func TestCaptivePortal(t *testing.T) {
	g := startLab(t, WithTokens(true), WithCaptivePortal()).Graph()
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		a := ask(t, g, method, annaPhoto+"/$value", nil)
		if a.status != 200 || a.header.Get("Content-Type") != "text/html" || !strings.Contains(string(a.body), "Sign in") {
			t.Errorf("%s: %d %v", method, a.status, a.header)
		}
	}
}

func TestDateHeader(t *testing.T) {
	c := newClock()
	for skew, want := range map[time.Duration]string{0: "Sun, 22 Nov 2026 12:00:00 GMT", -20 * time.Minute: "Sun, 22 Nov 2026 11:40:00 GMT"} {
		g := startLab(t, WithClock(c.now), WithClockSkew(skew)).Graph()
		for _, path := range []string{"/users", annaPhoto, "/users/nobody"} {
			if got := ask(t, g, http.MethodGet, path, nil).header.Values("Date"); !slices.Equal(got, []string{want}) {
				t.Errorf("%v, %s: %v", skew, path, got)
			}
		}
	}
}
