package bridge_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"photosync/bridge"
)

// signature is the answer to a question of request 1; field is data or error.
func signature(ref int, field, value string) string {
	return fmt.Sprintf(`{"v":1,"type":"signature","id":1,"ref":%d,%q:%q}`, ref, field, value)
}

// signing is a call of Sign under way.
type signing struct {
	signature []byte
	err       error
}

func sign(h *host, r *bridge.Request, data string) <-chan signing {
	got := make(chan signing, 1)
	go func() {
		s, err := r.Sign(h.t.Context(), []byte(data))
		got <- signing{s, err}
	}()
	synctest.Wait()
	return got
}

func TestSign(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		first, second, third := sign(h, r, "one"), sign(h, r, "two"), sign(h, r, "Ä\n")
		h.wants(
			`{"v":1,"type":"sign","id":1,"ref":1,"data":"b25l"}`,
			`{"v":1,"type":"sign","id":1,"ref":2,"data":"dHdv"}`,
			`{"v":1,"type":"sign","id":1,"ref":3,"data":"w4QK"}`,
		)
		h.say(signature(3, "data", "/+8="), signature(2, "error", "the key is gone"), signature(1, "data", "AQ=="))
		if s := <-first; string(s.signature) != "\x01" || s.err != nil {
			t.Errorf("got %+v for the first", s)
		}
		if s := <-second; s.signature != nil || s.err == nil || s.err.Error() != "the key is gone" {
			t.Errorf("got %+v for the second", s)
		}
		if s := <-third; string(s.signature) != "\xff\xef" || s.err != nil {
			t.Errorf("got %+v for the third", s)
		}
		h.must(r.End(bridge.End{Status: "ok"}))
		h.wants(fmt.Sprintf(end, 1, 0, 0, 0))
	})
}

// Proposals and signatures are counted apart.
func TestSignBesideProposals(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		h.must(r.Announce(bridge.Proposal{}))
		s := sign(h, r, "x")
		h.say(signature(1, "data", "AQ=="), decision(1, true))
		if got := <-s; got.err != nil {
			t.Error(got.err)
		}
		h.must(r.End(bridge.End{Status: "ok"}))
		if h.cause() != nil {
			t.Error(h.cause())
		}
	})
}

// A host that was asked may answer when nobody waits any more: after a cancel,
// after the end of the request, once.
func TestLateSignatures(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		gone := sign(h, r, "x")
		h.must(r.End(bridge.End{Status: "ok"}))
		h.say(signature(1, "data", "AQ=="))
		if s := <-gone; s.err != nil || h.cause() != nil {
			t.Fatal(s.err, h.cause())
		}
		h.say(signature(1, "error", "no"))
		if e, ok := errors.AsType[*bridge.ProtocolError](h.cause()); !ok || e.Text != "a second signature for sign 1 of request 1" || e.ID != 1 {
			t.Errorf("the cause is %v", h.cause())
		}
	})
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		got := sign(h, r, "x")
		h.say(`{"v":1,"type":"cancel","id":1}`)
		if s := <-got; !errors.Is(s.err, bridge.ErrCancelled) {
			t.Errorf("Sign gave %v", s.err)
		}
		h.say(signature(1, "data", "AQ=="))
		h.must(r.End(bridge.End{Status: "cancelled", ExitCode: 130}))
	})
}

func TestSignIntoABrokenOutput(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		h.must(h.conn.Close())
		if _, err := r.Sign(h.t.Context(), []byte("x")); !errors.Is(err, bridge.ErrClosed) {
			t.Errorf("Sign gave %v", err)
		}
	})
}
