package bridge_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/bridge"
)

const end = `{"v":1,"type":"end","id":%d,"status":"ok","exitCode":0,"counts":{"result":%d,"error":%d,"proposed":%d,"done":0,"skipped":0},"summary":null,"durationMs":0}`

func drift(rows ...string) string {
	return `{"v":1,"type":"result","id":1,"kind":"drift","items":[` + strings.Join(rows, ",") + `]}`
}

func TestOrderOfLines(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, `,"log":"debug","progress":true`)
		row := func(kind, text string) { h.must(r.Result(kind, []byte(text))) }
		row(bridge.KindDrift, `{"A":1}`)
		row(bridge.KindDrift, `{"A":2}`)
		row(bridge.KindChange, `{"B":1}`)
		h.must(r.Warning("w"))
		row(bridge.KindDrift, `{"A":3}`)
		r.Verbose("v")
		r.Debug("d")
		row(bridge.KindDrift, `{"A":4}`)
		left := int64(3)
		r.Progress(bridge.Progress{Activity: "Compare", Done: 1, Total: 4, SecondsLeft: &left})
		h.must(r.Error(bridge.Error{Code: "C", Category: "notFound", Message: "m", Target: "t"}))
		h.must(r.Announce(bridge.Proposal{Action: "Upload", Target: "t", Replaces: true}))
		row(bridge.KindDrift, `{"A":5}`)
		r.Prompt("p")
		row(bridge.KindCheck, `{"C":1}`)
		h.must(r.End(bridge.End{Status: "partial", ExitCode: 3, Done: 1, Skipped: 2, Summary: json.RawMessage(`{ "RunId": "x" }`)}))
		h.wants(
			drift(`{"A":1}`, `{"A":2}`),
			`{"v":1,"type":"result","id":1,"kind":"change","items":[{"B":1}]}`,
			`{"v":1,"type":"warning","id":1,"message":"w"}`,
			drift(`{"A":3}`),
			`{"v":1,"type":"verbose","id":1,"message":"v"}`,
			`{"v":1,"type":"debug","id":1,"message":"d"}`,
			drift(`{"A":4}`),
			`{"v":1,"type":"progress","id":1,"activity":"Compare","done":1,"total":4,"secondsLeft":3}`,
			`{"v":1,"type":"error","id":1,"code":"C","category":"notFound","message":"m","target":"t","fatal":false,"remedy":null,"requestId":null}`,
			`{"v":1,"type":"propose","id":1,"ref":1,"action":"Upload","target":"t","displayName":null,"reason":null,"replaces":true}`,
			drift(`{"A":5}`),
			`{"v":1,"type":"prompt","id":1,"message":"p"}`,
			`{"v":1,"type":"result","id":1,"kind":"check","items":[{"C":1}]}`,
			`{"v":1,"type":"end","id":1,"status":"partial","exitCode":3,"counts":{"result":7,"error":1,"proposed":1,"done":1,"skipped":2},"summary":{"RunId":"x"},"durationMs":0}`,
		)
		for name, err := range map[string]error{
			"Result": r.Result(bridge.KindDrift, []byte(`{}`)), "Warning": r.Warning("w"), "Error": r.Error(bridge.Error{}),
			"Announce": r.Announce(bridge.Proposal{}), "End": r.End(bridge.End{}),
		} {
			if !errors.Is(err, bridge.ErrEnded) {
				t.Errorf("%s after End gave %v", name, err)
			}
		}
		if _, err := r.Sign(h.t.Context(), nil); !errors.Is(err, bridge.ErrEnded) {
			t.Errorf("Sign after End gave %v", err)
		}
		r.Verbose("late")
		r.Prompt("late")
		h.wants()
	})
}

func TestBatches(t *testing.T) {
	row := func(size int) []byte { return []byte(`"` + strings.Repeat("x", size-2) + `"`) }
	many := func(n, size int) []int {
		sizes := make([]int, n)
		for i := range sizes {
			sizes[i] = size
		}
		return sizes
	}
	for name, c := range map[string]struct {
		sizes       []int
		before, all []int // rows a line, before and after the batch is due
	}{
		"one row waits":                {[]int{10}, nil, []int{1}},
		"24 rows wait":                 {many(24, 10), nil, []int{24}},
		"25 rows do not":               {many(25, 10), []int{25}, []int{25}},
		"60 rows":                      {many(60, 10), []int{25, 25}, []int{25, 25, 10}},
		"32 KiB exactly":               {[]int{16 << 10, 16<<10 - 1}, []int{2}, []int{2}},
		"a byte more":                  {[]int{16 << 10, 16 << 10}, []int{1}, []int{1, 1}},
		"a row of more than 32 KiB":    {[]int{10, 40 << 10, 10}, []int{1, 1}, []int{1, 1, 1}},
		"rows of 10 KiB, three a line": {many(7, 10<<10), []int{3, 3}, []int{3, 3, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, bridge.Options{}, func(h *host) {
				r := h.begin(1, "")
				for _, size := range c.sizes {
					h.must(r.Result(bridge.KindDrift, row(size)))
				}
				if diff := cmp.Diff(c.before, rowsOf(h)); diff != "" {
					t.Errorf("at once (-want +got):\n%s", diff)
				}
				time.Sleep(99 * time.Millisecond)
				if got := h.lines(); len(got) > 0 {
					t.Errorf("after 99 ms came %d lines", len(got))
				}
				time.Sleep(time.Millisecond)
				if diff := cmp.Diff(c.all[len(c.before):], rowsOf(h), cmp.Transformer("nil", func(s []int) []int { return append([]int{}, s...) })); diff != "" {
					t.Errorf("after 100 ms (-want +got):\n%s", diff)
				}
				h.must(r.End(bridge.End{Status: "ok"}))
				h.wants(fmt.Sprintf(strings.Replace(end, `"durationMs":0`, `"durationMs":100`, 1), 1, len(c.sizes), 0, 0))
			})
		})
	}
}

// rowsOf gives the number of rows of each line.
func rowsOf(h *host) []int {
	var rows []int
	for _, l := range h.lines() {
		var line struct{ Items []json.RawMessage }
		h.must(json.Unmarshal([]byte(l), &line))
		rows = append(rows, len(line.Items))
	}
	return rows
}

func TestRowsThatFitNoLine(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		for name, row := range map[string][]byte{
			"empty":     nil,
			"LF":        []byte("{\n}"),
			"too large": make([]byte, bridge.MaxLine),
		} {
			if err := r.Result(bridge.KindDrift, row); err == nil {
				t.Errorf("%s was taken", name)
			}
		}
		h.must(r.End(bridge.End{Status: "ok"}))
		h.wants(fmt.Sprintf(end, 1, 0, 0, 0))
	})
}

func TestWhatTheHostWantsToHear(t *testing.T) {
	for fields, want := range map[string][]string{
		``:                                {"warning"},
		`,"log":null,"progress":null`:     {"warning"},
		`,"log":"warning"`:                {"warning"},
		`,"log":"verbose"`:                {"warning", "verbose"},
		`,"log":"debug"`:                  {"warning", "verbose", "debug"},
		`,"progress":true`:                {"warning", "progress"},
		`,"progress":false,"log":"debug"`: {"warning", "verbose", "debug"},
	} {
		t.Run(fields, func(t *testing.T) {
			inSession(t, bridge.Options{}, func(h *host) {
				r := h.begin(1, fields)
				h.must(r.Warning("x"))
				r.Verbose("x")
				r.Debug("x")
				r.Progress(bridge.Progress{Activity: "x"})
				var got []string
				for _, l := range h.lines() {
					got = append(got, typeOf(l))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("types differ (-want +got):\n%s", diff)
				}
				h.must(r.End(bridge.End{Status: "ok"}))
			})
		})
	}
}

func typeOf(line string) string {
	var head struct{ Type string }
	_ = json.Unmarshal([]byte(line), &head)
	return head.Type
}

func TestWarningsOfTheSameText(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		var want []string
		warning := func(text string) string { return `{"v":1,"type":"warning","id":1,"message":"` + text + `"}` }
		for i := range 14 {
			text := fmt.Sprintf("page %d was slow", i)
			h.must(r.Warning(text))
			if i < 10 {
				want = append(want, warning(text))
			}
		}
		h.must(r.Warning("another"))
		want = append(want, warning("another"))
		h.wants(want...)
		h.must(r.End(bridge.End{Status: "ok"}))
		h.wants(warning("page 0 was slow ... and 4 more like it"), fmt.Sprintf(end, 1, 0, 0, 0))
	})
}

// A prompt is a person's only way to sign in: the same text comes every time.
func TestPromptsAreNeverDropped(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		var want []string
		for i := range 14 {
			r.Prompt(fmt.Sprintf("enter the code Ä%d", i))
			want = append(want, fmt.Sprintf(`{"v":1,"type":"prompt","id":1,"message":"enter the code \u00c4%d"}`, i))
		}
		h.wants(want...)
		h.must(r.End(bridge.End{Status: "ok"}))
		h.wants(fmt.Sprintf(end, 1, 0, 0, 0))
	})
}

func TestProgressIsCoalesced(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, `,"progress":true`)
		for done := range int64(101) { // 10 ms apart: a second
			r.Progress(bridge.Progress{Activity: "Compare", Done: done, Total: 100})
			time.Sleep(10 * time.Millisecond)
		}
		r.Progress(bridge.Progress{Activity: "Compare", Done: 100, Total: 100})
		r.Progress(bridge.Progress{Activity: "Write", Done: 0, Total: 0})
		r.Progress(bridge.Progress{Activity: "Write", Done: 1, Total: 0})
		var got []string
		for _, l := range h.lines() {
			var p struct {
				Activity string
				Done     int
			}
			h.must(json.Unmarshal([]byte(l), &p))
			got = append(got, fmt.Sprint(p.Activity, p.Done))
		}
		want := []string{"Compare0", "Compare25", "Compare50", "Compare75", "Compare100", "Write0"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("progress differs (-want +got):\n%s", diff)
		}
		h.must(r.End(bridge.End{Status: "ok"}))
	})
}

func TestAlive(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		time.Sleep(time.Minute)
		h.wants() // no request is open
		r := h.begin(7, "")
		alive := `{"v":1,"type":"alive","id":7}`
		time.Sleep(10 * time.Second)
		h.wants(alive)
		time.Sleep(9 * time.Second)
		h.must(r.Warning("w"))
		h.wants(`{"v":1,"type":"warning","id":7,"message":"w"}`)
		time.Sleep(9 * time.Second)
		h.wants()
		time.Sleep(time.Second)
		h.wants(alive)
		h.must(r.End(bridge.End{Status: "ok"}))
		h.lines()
		time.Sleep(time.Minute)
		h.wants()
	})
}

func TestASCII(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"b"}`:                  `{"a":"b"}`,
		`"Müller"`:                   `"M\u00fcller"`,
		`"\u00fc"`:                   `"\u00fc"`,
		`"` + "\x7f" + `"`:           `"\u007f"`,
		`"😀é"`:                       `"\ud83d\ude00\u00e9"`,
		`"` + "\U0010FFFF" + `"`:     `"\udbff\udfff"`,
		`"` + "\ufffd\uffff" + `"`:   `"\ufffd\uffff"`,
		`"` + "not UTF-8 \xff" + `"`: `"not UTF-8 \ufffd"`,
		``:                           ``,
	} {
		if got := bridge.ASCII(in); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

// A host that does not read holds the producers back, and nothing else: cancel
// is heard, and a broken output sets everybody free.
func TestOutputThatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, host := io.Pipe()
		reads, out := io.Pipe()
		c := bridge.Open(t.Context(), in, out, hello, bridge.Options{})
		say := func(line string) { _, _ = io.WriteString(host, line+"\n") }
		say(request(1, ""))
		r, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		stuck := make(chan error)
		sent := 0
		go func() {
			for {
				if err := r.Warning(strings.Repeat("w", sent)); err != nil {
					stuck <- err
					return
				}
				sent++
			}
		}()
		synctest.Wait()
		if sent != 64 {
			t.Errorf("%d lines wait, want 64", sent)
		}
		say(`{"v":1,"type":"cancel","id":1}`)
		synctest.Wait()
		<-c.Context().Done()
		say("what comes after is read and dropped")
		if err := c.Close(); !errors.Is(err, bridge.ErrOutputBroken) {
			t.Errorf("Close gave %v", err)
		}
		if err := <-stuck; !errors.Is(err, bridge.ErrClosed) {
			t.Errorf("the producer got %v", err)
		}
		_ = reads.Close()
		_ = host.Close()
	})
}

func TestBrokenOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, host := io.Pipe()
		reads, out := io.Pipe()
		c := bridge.Open(t.Context(), in, out, hello, bridge.Options{})
		_, _ = io.WriteString(host, request(1, "")+"\n"+request(2, "")+"\n")
		r, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		_ = reads.CloseWithError(io.ErrClosedPipe)
		<-c.Context().Done()
		if _, err := c.Next(); !errors.Is(err, bridge.ErrOutputBroken) {
			t.Errorf("Next gave %v", err)
		}
		synctest.Wait()
		for name, err := range map[string]error{"Result": r.Result("drift", []byte("{}")), "End": r.End(bridge.End{})} {
			if !errors.Is(err, bridge.ErrOutputBroken) {
				t.Errorf("%s gave %v", name, err)
			}
		}
		if err := c.Close(); !errors.Is(err, bridge.ErrOutputBroken) {
			t.Errorf("Close gave %v", err)
		}
		_ = host.Close()
	})
}

// After a cancel the host still hears what was written and how it ended.
func TestLinesAfterCancel(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		h.say(`{"v":1,"type":"cancel","id":1}`)
		h.must(r.Result(bridge.KindDrift, []byte(`{}`)))
		h.must(r.End(bridge.End{Status: "ok"}))
		h.wants(drift(`{}`), fmt.Sprintf(end, 1, 1, 0, 0))
	})
}

func TestCloseWritesTheRest(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		h.must(r.Result(bridge.KindDrift, []byte(`{}`)))
		h.must(h.conn.Close())
		h.wants(drift(`{}`))
		h.must(h.conn.Close())
	})
}

// A summary that is no JSON can still be left out.
func TestEndWithoutASummary(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		if err := r.End(bridge.End{Status: "ok", Summary: json.RawMessage(`{`)}); err == nil {
			t.Error("the end line was taken")
		}
		h.must(r.End(bridge.End{Status: "ok"}))
		h.wants(fmt.Sprintf(end, 1, 0, 0, 0))
	})
}

func TestErrorOfNoRequest(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		h.must(h.conn.Error(bridge.Error{Code: "BridgeProtocol", Category: "protocol", Message: "m", Fatal: true, Remedy: "r", RequestID: "q"}))
		h.wants(`{"v":1,"type":"error","id":0,"code":"BridgeProtocol","category":"protocol","message":"m","target":null,"fatal":true,"remedy":"r","requestId":"q"}`)
	})
}

func BenchmarkResult(b *testing.B) {
	row := []byte(`{"DisplayName":"` + strings.Repeat("x", 880) + `"}`)
	b.SetBytes(50_000 * int64(len(row)))
	b.ReportAllocs()
	for b.Loop() {
		in, host := io.Pipe()
		c := bridge.Open(b.Context(), in, io.Discard, hello, bridge.Options{})
		_, _ = io.WriteString(host, request(1, "")+"\n")
		r, err := c.Next()
		if err != nil {
			b.Fatal(err)
		}
		for range 50_000 {
			if err := r.Result(bridge.KindDrift, row); err != nil {
				b.Fatal(err)
			}
		}
		_ = r.End(bridge.End{Status: "ok"})
		_ = host.Close()
		_ = c.Close()
	}
}
