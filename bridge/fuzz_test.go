package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"photosync/bridge"
)

// FuzzSplit holds the splitter against encoding/json.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `{"a":1}`, `{"a":{"b":[1,2,{"c":"}"}]},"d":null}`, `["a",1,[],{},true]`, ` { "a\u0062" : "\\\"" , "" : -1.5e3 } `, `{"a":1,"a":2}`,
		`[[[]],"]",{"[":"{"}]`, `{"v":1,"type":"input","id":1,"items":["a",{"name":"b","photo":"AA=="}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, js []byte) {
		if !utf8.Valid(js) || !json.Valid(js) { // others are refused before
			return
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(js, &object); err == nil && object != nil {
			got := bridge.Fields(js)
			if len(got) != len(object) {
				t.Errorf("%q: %d fields, want %d", js, len(got), len(object))
			}
			for name, want := range object {
				if got[name] != string(want) {
					t.Errorf("%q: %q is %q, want %q", js, name, got[name], want)
				}
			}
		}
		var array []json.RawMessage
		if err := json.Unmarshal(js, &array); err == nil && array != nil {
			got := bridge.Elements(js)
			if len(got) != len(array) {
				t.Fatalf("%q: %d elements, want %d", js, len(got), len(array))
			}
			for i, want := range array {
				if got[i] != string(want) {
					t.Errorf("%q: element %d is %q, want %q", js, i, got[i], want)
				}
			}
		}
	})
}

// FuzzSession feeds anything to a Conn: it ends, by itself, in one of the ways
// that a session ends, and all that it says is ASCII.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		"", "{", "\xEF\xBB\xBF\r\n\n", request(1, ""), request(1, people) + "\n" + input(1, `"a"`, photo(3)) + "\n" + inputEnd, `{"v":1,"type":"cancel"}`,
		request(1, `,"secrets":true`) + "\n" + `{"v":1,"type":"secrets","id":1,"items":{"ldapPassword":"czNjcmV0"}}`, request(1, "") + "\n" + decision(1, true),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var out strings.Builder
		c := bridge.Open(t.Context(), strings.NewReader(text), &out, hello, bridge.Options{})
		for {
			r, err := c.Next()
			if err != nil {
				_, fault := errors.AsType[*bridge.ProtocolError](err)
				if !fault && !errors.Is(err, bridge.ErrCancelled) && !errors.Is(err, bridge.ErrInputEnded) && err != io.EOF {
					t.Errorf("it ended with %v", err)
				}
				break
			}
			_, _ = r.Secrets(c.Context())
			items, err := r.People(c.Context())
			if err == nil && r.WantsPeople && len(items) == 0 {
				_ = r.Warning("nobody: " + r.Op)
			}
			if err := r.End(bridge.End{Status: "ok"}); err != nil {
				t.Error(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if context.Cause(c.Context()) == nil {
			t.Error("a closed Conn goes on")
		}
		for _, b := range []byte(out.String()) {
			if b > 0x7E {
				t.Fatalf("it said %q", out.String())
			}
		}
	})
}
