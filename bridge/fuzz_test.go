package bridge_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"photosync/bridge"
)

// FuzzSession feeds anything to a Conn: it ends, by itself, in one of the ways
// that a session ends, and all that it says is ASCII.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		"", "{", "\xEF\xBB\xBF\r\n\n", request(1, ""), request(1, people) + "\n" + input(1, `"a"`, photo(3)) + "\n" + inputEnd, `{"v":1,"type":"cancel"}`,
		request(1, `,"secrets":true`) + "\n" + `{"v":1,"type":"secrets","id":1,"items":{"ldapPassword":"czNjcmV0"}}`, request(1, "") + "\n" + decision(1, true),
		request(1, `,"dryRun":true`) + "\n" + signature(1, "data", "c2lnbmVk"), request(1, "") + "\n" + signature(1, "error", "no key") + "\n" + signature(2, "error", ""),
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
				r.Prompt(r.Op)
			}
			if r.DryRun { // the end of the input ends the wait
				_, _ = r.Sign(c.Context(), []byte(r.Op))
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
