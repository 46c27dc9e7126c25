package graph

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

// wire is a server below net/http: it keeps each request's bytes as they came.
type wire struct {
	net.Listener
	wg   sync.WaitGroup
	mu   sync.Mutex
	seen []exchange
	left []string // the answers to give; "" closes the connection without one
}

type exchange struct {
	head []string // request line and header lines
	body []byte
}

func listen(t *testing.T, answers ...string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, left: answers}
	w.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			w.wg.Go(func() { defer conn.Close(); w.talk(conn) })
		}
	})
	return w
}

// stop ends the server after the client has given its connections back.
func (w *wire) stop(c *fixture) []exchange {
	c.Close()
	_ = w.Close()
	w.wg.Wait()
	return w.seen
}

func (w *wire) talk(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		head, err := readHead(r)
		if err != nil {
			return
		}
		length := 0
		for _, line := range head {
			if name, value, _ := strings.Cut(line, ": "); textproto.CanonicalMIMEHeaderKey(name) == "Content-Length" {
				length, _ = strconv.Atoi(value)
			}
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		answer := w.next(exchange{head, body})
		if answer == "" {
			return
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
		if strings.Contains(answer, "\r\nConnection: close\r\n") {
			return
		}
	}
}

func (w *wire) next(e exchange) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, e)
	if len(w.left) == 0 {
		return ""
	}
	a := w.left[0]
	w.left = w.left[1:]
	return a
}

func readHead(r *bufio.Reader) ([]string, error) {
	var head []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return head, nil
		}
		head = append(head, line)
	}
}

func raw(status int, headers, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Length: %d\r\n%s\r\n%s", status, http.StatusText(status), len(body), headers, body)
}

const writeID = "0f0e0d0c-0b0a-4908-8706-050403020100"

func TestPutOnTheWire(t *testing.T) {
	w := listen(t,
		raw(429, "Retry-After: 7\r\nContent-Type: application/json\r\n", failure("TooManyRequests")),
		raw(200, "request-id: r1\r\n", ""))
	c := connect(t, "http://"+w.Addr().String())
	jpeg := bytes.Repeat([]byte{0xff, 0xd8, 0xff, 0xe0, 0}, 20_000)
	put := func() error { return c.Writer().PutPhoto(context.Background(), "ann#ext#@corp.example", jpeg, writeID) }
	wantCode(t, put(), record.GraphThrottled)
	err := put() // as internal/apply does, once it has looked again
	seen := w.stop(c)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 {
		t.Fatalf("%d requests, want 2", len(seen))
	}
	want := []string{
		"PUT /v1.0/users/ann%23ext%23@corp.example/photo/$value HTTP/1.1",
		"Host: " + w.Addr().String(),
		"User-Agent: UserPhotoSync/1.2.3 (photosync)",
		"Content-Length: 100000",
		"Accept: application/json",
		"Authorization: Bearer " + secretToken,
		"Client-Request-Id: " + writeID,
		"Content-Type: image/jpeg",
	}
	for i, e := range seen {
		if diff := cmp.Diff(want, e.head); diff != "" {
			t.Errorf("head of try %d (-want +got):\n%s", i+1, diff)
		}
		if !bytes.Equal(e.body, jpeg) {
			t.Errorf("try %d sent other bytes", i+1)
		}
	}
	if diff := cmp.Diff(record.Requests{Put: 2, Throttled: 1}, c.Requests()); diff != "" {
		t.Error(diff)
	}
}

func TestBatchOnTheWire(t *testing.T) {
	w := listen(t, raw(200, "Content-Type: application/json\r\n", `{"responses":[{"id":"1","status":404,"body":null},{"id":"2","status":404,"body":null}]}`))
	c := connect(t, "http://"+w.Addr().String())
	_, err := c.Probe(context.Background(), []string{"11111111-1111-1111-1111-111111111111", "o'neil&co@corp.example"})
	seen := w.stop(c)
	if err != nil || len(seen) != 1 {
		t.Fatalf("%d requests, %v", len(seen), err)
	}
	const body = `{"requests":[{"id":"1","method":"GET","url":"/users/11111111-1111-1111-1111-111111111111/photo"},{"id":"2","method":"GET","url":"/users/o%27neil&co@corp.example/photo"}]}`
	if got := string(seen[0].body); got != body {
		t.Errorf("body %s", got)
	}
	var head []string
	for _, line := range seen[0].head {
		if strings.HasPrefix(line, "Client-Request-Id: ") {
			line = line[:19] + "uuid of " + strconv.Itoa(len(line)-19)
		}
		head = append(head, line)
	}
	want := []string{
		"POST /v1.0/$batch HTTP/1.1",
		"Host: " + w.Addr().String(),
		"User-Agent: UserPhotoSync/1.2.3 (photosync)",
		"Content-Length: " + strconv.Itoa(len(body)),
		"Accept: application/json",
		"Authorization: Bearer " + secretToken,
		"Client-Request-Id: uuid of 36",
		"Content-Type: application/json",
	}
	if diff := cmp.Diff(want, head); diff != "" {
		t.Errorf("head (-want +got):\n%s", diff)
	}
}

func TestReadsAskForNoCompression(t *testing.T) {
	w := listen(t, raw(200, "Content-Type: image/jpeg\r\nETag: \"E1\"\r\n", "\xff\xd8bytes"))
	c := connect(t, "http://"+w.Addr().String(), func(s *Settings) { s.Credential = nil })
	p, err := c.Photo(context.Background(), "u1", "240x240")
	seen := w.stop(c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Photo{Exists: true, Bytes: []byte("\xff\xd8bytes"), ETag: `"E1"`, ContentType: "image/jpeg"}, p); diff != "" {
		t.Error(diff)
	}
	if seen[0].head[0] != "GET /v1.0/users/u1/photos/240x240/$value HTTP/1.1" {
		t.Error(seen[0].head[0])
	}
	for _, line := range seen[0].head {
		for _, no := range []string{"Accept-Encoding", "Authorization", "Content-Type", "Content-Length", "Transfer-Encoding"} {
			if strings.HasPrefix(line, no+":") {
				t.Errorf("%s was sent", line)
			}
		}
	}
}

func TestBrokenConnections(t *testing.T) {
	jpeg := []byte("\xff\xd8jpeg")
	put := func(c *fixture) error { return c.Writer().PutPhoto(context.Background(), "u1", jpeg, writeID) }
	remove := func(c *fixture) error { return c.Writer().DeletePhoto(context.Background(), "u1", writeID) }
	read := func(c *fixture) error {
		_, err := c.Metadata(context.Background(), "u1")
		return err
	}
	metadata := raw(200, "Content-Type: application/json\r\n", `{"id":"648x648","width":648,"height":648,"@odata.mediaEtag":"\"E\""}`)
	short := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{"
	for _, tt := range []struct {
		name    string
		do      func(*fixture) error
		answers []string
		want    record.Code
		tries   int
	}{
		{"put, broken", put, []string{"", raw(200, "", "")}, record.PhotoOutcomeUncertain, 1},
		{"put, throttled", put, []string{raw(429, "Retry-After: 7\r\n", ""), raw(200, "", "")}, record.GraphThrottled, 1},
		{"put, refused", put, []string{raw(400, "", failure("ValidationWidthTooSmall"))}, record.PhotoTooSmallForCloud, 1},
		{"put, bad gateway", put, []string{raw(502, "", ""), raw(200, "", "")}, record.PhotoOutcomeUncertain, 1},
		{"put, server error", put, []string{raw(500, "", ""), raw(200, "", "")}, record.PhotoOutcomeUncertain, 1},
		{"remove, broken", remove, []string{"", raw(200, "", "")}, record.PhotoOutcomeUncertain, 1},
		{"remove, gone", remove, []string{raw(404, "", failure("ImageNotFound"))}, "", 1},
		{"read, then there", read, []string{"", "", metadata}, "", 3},
		{"read, answer cut short", read, []string{short, metadata}, "", 2},
		{"read, four times", read, []string{"", "", "", "", metadata}, record.GraphConnectionLost, 4},
		{"read, server error four times", read, []string{raw(500, "", ""), raw(502, "", "<html>"), raw(500, "", ""), raw(500, "", ""), metadata}, record.GraphFailed, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := listen(t, tt.answers...)
			c := connect(t, "http://"+w.Addr().String())
			err := tt.do(c)
			seen := w.stop(c)
			if got := record.CodeOf(err); got != tt.want {
				t.Errorf("got %v, want code %q", err, tt.want)
			}
			if len(seen) != tt.tries {
				t.Errorf("%d tries, want %d", len(seen), tt.tries)
			}
			for _, e := range seen[1:] {
				if diff := cmp.Diff(seen[0].head[0], e.head[0]); diff != "" || !bytes.Equal(seen[0].body, e.body) {
					t.Errorf("a later try differs: %s", diff)
				}
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	c := connect(t, "http://"+addr)
	e := wantCode(t, c.Writer().PutPhoto(context.Background(), "u1", []byte("x"), writeID), record.GraphUnreachable)
	if _, ok := errors.AsType[*net.OpError](e); !ok {
		t.Errorf("the cause is lost: %v", e)
	}
	if len(c.waits) != 0 {
		t.Errorf("a write waited %v", c.waits)
	}
	_, err = c.Metadata(context.Background(), "u1")
	wantCode(t, err, record.GraphUnreachable)
	if len(c.waits) != 3 {
		t.Errorf("a read waited %v, want 3 waits", c.waits)
	}
}
