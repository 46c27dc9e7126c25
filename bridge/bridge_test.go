package bridge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"photosync/bridge"
)

var update = flag.Bool("update", false, "write the transcripts, and the tables of docs/bridge-protocol.md, anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var hello = bridge.Hello{
	Build:    bridge.Build{Version: "0.1.0", OS: "linux", Arch: "amd64"},
	Features: []string{"drift.get", "photo.sync", "readiness.check"},
}

const helloText = `{"v":1,"type":"hello","id":0,"protocol":{"min":1,"max":1},"build":{"version":"0.1.0","commit":null,"os":"linux","arch":"amd64"},"features":["drift.get","photo.sync","readiness.check"]}`

// host is the other end of a Conn, in a bubble of synctest.
type host struct {
	t    *testing.T
	conn *bridge.Conn
	in   *io.PipeWriter

	mu    sync.Mutex
	heard []string
}

// inSession runs a test with a host that reads everything. It ends the input
// and closes the Conn afterwards; the bubble waits for all goroutines.
func inSession(t *testing.T, o bridge.Options, test func(*host)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		in, toConn := io.Pipe()
		fromConn, out := io.Pipe()
		h := &host{t: t, in: toConn}
		h.conn = bridge.Open(t.Context(), in, out, hello, o)
		read := make(chan struct{})
		go func() {
			defer close(read)
			h.read(fromConn)
		}()
		defer func() {
			_ = toConn.Close()
			if err := h.conn.Close(); err != nil {
				t.Error(err)
			}
			_ = out.Close()
			<-read
		}()
		if diff := cmp.Diff([]string{helloText}, h.lines()); diff != "" {
			t.Errorf("the greeting differs (-want +got):\n%s", diff)
		}
		test(h)
	})
}

func (h *host) read(from io.Reader) {
	s := bufio.NewScanner(from)
	s.Buffer(nil, bridge.MaxLine+1)
	for s.Scan() {
		h.mu.Lock()
		h.heard = append(h.heard, s.Text())
		h.mu.Unlock()
	}
}

// say sends lines and waits until the Conn has taken them.
func (h *host) say(lines ...string) {
	h.t.Helper()
	for _, l := range lines {
		if _, err := io.WriteString(h.in, l+"\n"); err != nil {
			h.t.Fatal(err)
		}
	}
	synctest.Wait()
}

// lines gives what came since the last time, without waiting for any timer.
func (h *host) lines() []string {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	heard := h.heard
	h.heard = nil
	return heard
}

// next gives the next request.
func (h *host) next() *bridge.Request {
	h.t.Helper()
	r, err := h.conn.Next()
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// begin sends a request with more fields, such as `,"progress":true`, and takes it.
func (h *host) begin(id int, more string) *bridge.Request {
	h.t.Helper()
	h.say(request(id, more))
	return h.next()
}

func (h *host) wants(want ...string) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.lines()); diff != "" {
		h.t.Errorf("lines differ (-want +got):\n%s", diff)
	}
}

func (h *host) cause() error {
	synctest.Wait()
	return context.Cause(h.conn.Context())
}

func request(id int, more string) string {
	return fmt.Sprintf(`{"v":1,"type":"request","id":%d,"op":"drift.get"%s}`, id, more)
}

// must is for lines whose writing is not the test's matter.
func (h *host) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Error(err)
	}
}

// sameButForCase gives keys of an object in js that differ by case only.
func sameButForCase(js string) []string {
	var found []string
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			seen := make(map[string]string)
			for k, inner := range v {
				if other, ok := seen[strings.ToLower(k)]; ok {
					found = append(found, k+"/"+other)
				}
				seen[strings.ToLower(k)] = k
				look(inner)
			}
		case []any:
			for _, inner := range v {
				look(inner)
			}
		}
	}
	var v any
	if err := json.Unmarshal([]byte(js), &v); err != nil {
		return []string{err.Error()}
	}
	look(v)
	return found
}
