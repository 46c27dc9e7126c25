package apply_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

// A write that the service put off is tried again only after a new look at both
// sides: what a person chose meanwhile is not overwritten.
func TestThrottledWriteLooksAgain(t *testing.T) {
	throttled := func() error {
		e := record.Errorf(record.GraphThrottled, "429")
		e.RetryAfter = 7 * time.Second
		return e
	}
	t.Run("nothing moved", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		tries := 0
		w.put = func(string) error {
			if tries++; tries < 3 {
				return throttled()
			}
			return nil
		}
		ends, err := applied(t, w.applier(), changes)
		if err != nil || ends[0].Status != record.Done || len(w.intents) != 1 {
			t.Errorf("got %+v, %v", ends[0], err)
		}
		if diff := cmp.Diff([]time.Duration{7 * time.Second, 7 * time.Second}, w.waits); diff != "" {
			t.Error(diff)
		}
	})
	for name, move := range map[string]func(*world){
		"the person chose another": func(w *world) { w.version["c0"]++ },
		"AD changed":               func(w *world) { w.onPrem[guid(0)] = picture(t, 5) },
	} {
		t.Run(name, func(t *testing.T) {
			w, changes := newWorld(t, 1)
			w.put = func(string) error {
				move(w)
				return throttled()
			}
			ends, err := applied(t, w.applier(), changes)
			if err != nil || ends[0].Reason != record.ChangedMeanwhile || len(w.waits) != 1 {
				t.Errorf("got %+v, %v after waits %v", ends[0], err, w.waits)
			}
		})
	}
	t.Run("carried out all the same", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		sent := w.onPrem[guid(0)]
		w.put = func(string) error {
			w.cloud["c0"] = sent
			w.version["c0"]++
			return throttled()
		}
		ends, err := applied(t, w.applier(), changes)
		if err != nil || ends[0].Status != record.Done || ends[0].ETagAfter != "c0-1" || w.outcomes[0].Status != record.Done {
			t.Errorf("got %+v, %v", ends[0], err)
		}
	})
	t.Run("for ever", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		w.put = func(string) error { return throttled() }
		ends, err := applied(t, w.applier(), changes)
		if err != nil || ends[0].ErrorCode != record.GraphThrottled || len(w.waits) != 19 {
			t.Errorf("got %+v, %v after %d waits", ends[0], err, len(w.waits))
		}
	})
	t.Run("cancelled while it waits", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		ctx, cancel := context.WithCancel(t.Context())
		w.put = func(string) error {
			cancel()
			return throttled()
		}
		var ends []record.Change
		err := w.applier().Apply(ctx, changes, func(c record.Change) { ends = append(ends, c) })
		if !errors.Is(err, context.Canceled) || ends[0].Reason != record.RunStopped || w.outcomes[0].Status != record.Skipped {
			t.Errorf("got %+v, %v", ends, err)
		}
	})
}
