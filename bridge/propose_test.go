package bridge_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"photosync/bridge"
)

func decision(ref int, proceed bool) string {
	return fmt.Sprintf(`{"v":1,"type":"decision","id":1,"ref":%d,"proceed":%t}`, ref, proceed)
}

func TestAsk(t *testing.T) {
	for name, c := range map[string]struct {
		window int
		open   []int // proposals that came after each answer
		order  []int
	}{
		"one after another":        {1, []int{1, 1, 1, 1, 1, 0}, []int{1, 2, 3, 4, 5}},
		"no window is one":         {0, []int{1, 1, 1, 1, 1, 0}, []int{1, 2, 3, 4, 5}},
		"two":                      {2, []int{2, 1, 1, 1, 0, 0}, []int{2, 1, 4, 3, 5}},
		"all, answered last first": {64, []int{5, 0, 0, 0, 0, 0}, []int{5, 4, 3, 2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, bridge.Options{}, func(h *host) {
				r := h.begin(1, "")
				var proposals []bridge.Proposal
				for i := range 5 {
					proposals = append(proposals, bridge.Proposal{Target: fmt.Sprint(i)})
				}
				got := make(chan []bool)
				go func() {
					answers, err := r.Ask(h.t.Context(), proposals, c.window)
					if err != nil {
						t.Error(err)
					}
					got <- answers
				}()
				open := []int{len(h.lines())}
				for _, ref := range c.order {
					h.say(decision(ref, ref%2 == 0))
					open = append(open, len(h.lines()))
				}
				if diff := cmp.Diff([]bool{false, true, false, true, false}, <-got); diff != "" {
					t.Errorf("answers differ (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.open, open); diff != "" {
					t.Errorf("proposals differ (-want +got):\n%s", diff)
				}
				h.must(r.End(bridge.End{Status: "ok"}))
				h.wants(fmt.Sprintf(end, 1, 0, 0, 5))
			})
		})
	}
}

func TestAskForNothing(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		if answers, err := h.begin(1, "").Ask(h.t.Context(), nil, 64); len(answers) > 0 || err != nil {
			t.Errorf("got %v, %v", answers, err)
		}
	})
}

// What was announced may be answered at any time, once, also after the end.
func TestLateDecisions(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, `,"dryRun":true`)
		for range 130 {
			h.must(r.Announce(bridge.Proposal{}))
		}
		h.say(decision(64, true), decision(1, false))
		h.must(r.End(bridge.End{Status: "ok"}))
		h.say(decision(65, true), decision(130, true), decision(128, true))
		if h.cause() != nil {
			t.Fatal(h.cause())
		}
		h.say(decision(64, true))
		if e, ok := errors.AsType[*bridge.ProtocolError](h.cause()); !ok || e.Text != "a second decision for proposal 64 of request 1" || e.ID != 1 {
			t.Errorf("the cause is %v", h.cause())
		}
	})
}

// An answer to a question that was given up fills nobody's way.
func TestAnswersThatNobodyWaitsFor(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		got := make(chan error)
		go func() {
			_, err := r.Ask(h.t.Context(), make([]bridge.Proposal, 100), 64)
			got <- err
		}()
		synctest.Wait()
		h.say(decision(1, true), `{"v":1,"type":"cancel","id":1}`)
		if err := <-got; !errors.Is(err, bridge.ErrCancelled) {
			t.Errorf("Ask gave %v", err)
		}
		for ref := range 64 {
			h.say(decision(ref+2, true))
		}
		h.must(r.End(bridge.End{Status: "cancelled", ExitCode: 130}))
	})
}
