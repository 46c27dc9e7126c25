package apply_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"photosync/internal/record"
)

func TestOutcomeThatCannotBeRecordedEndsTheRun(t *testing.T) {
	w, changes := newWorld(t, 3)
	w.takesTime = time.Second
	w.broken["outcome"] = record.Errorf(record.JournalFailed, "no room")
	ends, err := applied(t, w.applier(), changes)
	if record.CodeOf(err) != record.JournalFailed {
		t.Errorf("the run ended with %v", err)
	}
	if ends[0].Status != record.Done || ends[0].ErrorCode != record.JournalFailed || ends[2].Reason != record.RunStopped {
		t.Errorf("got %+v", ends)
	}
}

func TestOnePersonsTroubleIsNotTheRuns(t *testing.T) {
	w, changes := newWorld(t, 3)
	w.put = func(id string) error {
		if id == "c1" {
			return record.Errorf(record.PhotoRefused, "no")
		}
		return nil
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Done || ends[1].Status != record.Failed || ends[2].Status != record.Done {
		t.Errorf("got %+v, %v", ends, err)
	}
}

func TestRefusalOfEverybodyStopsTheRun(t *testing.T) {
	w, changes := newWorld(t, 20)
	w.put = func(string) error { return record.Errorf(record.PhotoWriteForbidden, "no role") }
	ends, err := applied(t, w.applier(), changes)
	if record.CodeOf(err) != record.PhotoWriteForbidden {
		t.Errorf("the run ended with %v", err)
	}
	failed := 0
	for _, e := range ends {
		if e.Status == record.Failed {
			failed++
		}
	}
	if failed != 4 || ends[19].Reason != record.RunStopped {
		t.Errorf("%d people were tried, the last ended with %s", failed, ends[19].Reason)
	}
}

func TestRefusalOfSomeDoesNotStopTheRun(t *testing.T) {
	w, changes := newWorld(t, 12)
	w.put = func(id string) error {
		if id != "c0" {
			return record.Errorf(record.PhotoWriteForbidden, "an administrator's photo")
		}
		return nil
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[11].Status != record.Failed {
		t.Errorf("got %+v, %v", ends[11], err)
	}
}

// A cancelled run finishes the write that is under way, looks at it, and begins no
// other.
func TestCancelFinishesWhatIsUnderWay(t *testing.T) {
	w, changes := newWorld(t, 5)
	e := carriedOut(t, w.applier(), changes, func(cancel func()) {
		w.before = func(step string) {
			if step == "put" {
				cancel()
			}
		}
	})
	if !errors.Is(e.err, context.Canceled) || e.ends[0].Status != record.Done {
		t.Errorf("%v, the first ended with %+v", e.err, e.ends[0])
	}
	for _, end := range e.ends[1:] {
		if end.Status != record.Skipped || end.Reason != record.RunStopped {
			t.Errorf("got %+v", end)
		}
	}
	if len(w.intents) != 1 || len(w.outcomes) != 1 {
		t.Errorf("%d intents, %d outcomes", len(w.intents), len(w.outcomes))
	}
}

// What waits to be seen when the run is cancelled gets one more look, in a few
// seconds, and every intent has its outcome.
func TestCancelWhileWritesWait(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(*world)
		status record.ChangeStatus
		code   record.Code
		within time.Duration
	}{
		"not shown":  {func(w *world) { w.lagging = true }, record.Pending, "", 0},
		"shown":      {func(w *world) { w.delay = 5 * time.Second }, record.Done, "", 0}, // the looks were at 4 s, and would be at 8 s
		"no answer":  {func(w *world) { w.lagging = true }, record.Pending, record.GraphTimeout, 5 * time.Second},
		"no picture": {func(w *world) { w.delay = 5 * time.Second }, record.Pending, record.GraphTimeout, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			const people, until = 30, 6 * time.Second
			w, changes := newWorld(t, people)
			c.set(w)
			e := carriedOut(t, w.applier(), changes, func(cancel func()) {
				time.AfterFunc(until, func() {
					w.mu.Lock()
					w.stalls["etags"], w.stalls["download"] = name == "no answer", name == "no picture"
					w.mu.Unlock()
					cancel()
				})
			})
			if !errors.Is(e.err, context.Canceled) || len(w.outcomes) != people || e.took != until+c.within {
				t.Errorf("%v, %d outcomes after %s", e.err, len(w.outcomes), e.took)
			}
			for i, end := range e.ends {
				if end.Status != c.status || end.ErrorCode != c.code || w.outcomes[i].Status != c.status {
					t.Errorf("got %+v, and the journal has %+v", end, w.outcomes[i])
				}
			}
		})
	}
}

// A write that is answered only after the run was cancelled is looked at too,
// and what waits meanwhile is looked for on.
func TestCancelWhileAWriteTakesLong(t *testing.T) {
	w, changes := newWorld(t, 2)
	w.takesTime, w.delay = 10*time.Second, 5*time.Second
	e := carriedOut(t, w.applier(), changes, func(cancel func()) { time.AfterFunc(11*time.Second, cancel) })
	if !errors.Is(e.err, context.Canceled) || e.ends[0].Status != record.Done || e.at[0] != 18*time.Second {
		t.Errorf("%v, the first ended with %+v after %s", e.err, e.ends[0], e.at[0])
	}
	if e.ends[1].Status != record.Pending || e.took != 20*time.Second || len(w.outcomes) != 2 {
		t.Errorf("the second ended with %+v after %s", e.ends[1], e.took)
	}
}

// A write that was answered is not refused, seen or not: those behind it who are
// refused are refused for themselves.
func TestRefusalsBehindAWriteThatIsNotSeenYet(t *testing.T) {
	w, changes := newWorld(t, 12)
	w.delay = 20 * time.Second
	w.put = func(id string) error {
		if id != "c0" {
			return record.Errorf(record.PhotoWriteForbidden, "an administrator's photo")
		}
		return nil
	}
	e := carriedOut(t, w.applier(), changes, nil)
	if e.err != nil || e.ends[0].Status != record.Done || failed(e.ends, record.PhotoWriteForbidden) != 11 || e.emitted[11].CloudId != "c0" {
		t.Errorf("got %+v, %v", e.emitted, e.err)
	}
}

// What is not seen of writes says nothing of a side that answers nobody.
func TestReadBacksThatFailDoNotStopTheRun(t *testing.T) {
	w, changes := newWorld(t, 20)
	w.broken["etags"] = record.Errorf(record.GraphTimeout, "no answer")
	w.takesTime = 4 * time.Second // the first are over before the last are begun
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[19].Status != record.Pending || ends[19].ErrorCode != record.GraphTimeout {
		t.Errorf("got %+v, %v", ends[19], err)
	}
}

// When a side answers nobody any more, the run ends instead of asking everybody.
func TestSideThatNoLongerAnswersEndsTheRun(t *testing.T) {
	for _, code := range []record.Code{record.GraphTimeout, record.DirectoryTimeout} {
		w, changes := newWorld(t, 30)
		w.broken["read"] = record.Errorf(code, "no answer")
		ends, err := applied(t, w.applier(), changes)
		if record.CodeOf(err) != code {
			t.Errorf("the run ended with %v", err)
		}
		if ends[7].Status != record.Failed || ends[29].Reason != record.RunStopped {
			t.Errorf("%s: got %+v", code, ends)
		}
	}
}

// A missing right stops the run however the people before fared who were never
// written to.
func TestRefusalOfEverybodyIsSeenBehindOtherTrouble(t *testing.T) {
	w, changes := newWorld(t, 20)
	w.onPrem[guid(0)] = []byte("no picture")
	changes[0].OnPremisesSHA256 = sha(w.onPrem[guid(0)])
	w.put = func(string) error { return record.Errorf(record.PhotoWriteForbidden, "no role") }
	ends, err := applied(t, w.applier(), changes)
	if record.CodeOf(err) != record.PhotoWriteForbidden || ends[19].Reason != record.RunStopped {
		t.Errorf("the run ended with %v, the last with %+v", err, ends[19])
	}
}

// People whose writes the service fails do not starve those behind them.
func TestWritesThatFailForSomeDoNotStopTheRun(t *testing.T) {
	w, changes := newWorld(t, 14)
	failing := map[string]bool{}
	for _, c := range changes[:12] {
		failing[c.CloudID] = true
	}
	w.put = func(id string) error {
		if failing[id] {
			delete(w.cloud, id) // so that the look afterwards does not see it
			return record.Errorf(record.PhotoOutcomeUncertain, "500")
		}
		return nil
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[13].Status != record.Done {
		t.Errorf("got %+v, %v", ends[13], err)
	}
}
