package run_test

import (
	"testing"
	"time"

	"photosync/internal/journal"
	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// A write that the service does not show yet is waited for, not made again; the
// run that sees it settles the journal of the one that wrote.
func TestPendingWrites(t *testing.T) {
	clock := &times{}
	d := begin(t, few(), lab.WithVisibilityDelay(time.Hour), lab.WithClock(clock.now))
	d.options.VerifyTimeout = time.Millisecond
	people := d.all(lab.CaseDrifted, lab.CaseMissingInCloud)
	first := d.sync()
	d.writes(first, people...)
	for _, upn := range people {
		d.change(first, upn, "Upload/Pending/NotVisibleYet")
	}
	for range 2 {
		again := d.sync()
		d.writes(again)
		for _, upn := range people {
			d.change(again, upn, "None/Pending/NotVisibleYet")
		}
		if again.summary.ExitCode != 0 || again.summary.Changes[record.Pending] != 5 {
			t.Errorf("got %+v", again.summary)
		}
		d.row(d.drift(), people[0], "Drifted/NotVisibleYet/None/")
	}
	runs := func() record.Run {
		var is record.Run
		d.of(func(o run.Options, _ *listener) (record.Summary, error) {
			o.RestoreRun = first.summary.RunId
			return run.Runs(t.Context(), o, runSink(func(r record.Run) { is = r }))
		})
		return is
	}
	if r := runs(); r.Pending != 5 || r.Done != 0 || r.Uploads != 5 {
		t.Errorf("before: %+v", r)
	}
	clock.pass(2 * time.Hour)
	if seen := d.sync(); len(seen.changes)+len(seen.wrote) > 0 {
		t.Errorf("got %+v", seen.changes)
	}
	j, err := journal.Read(d.options.StateDir, first.summary.RunId)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range j.Writes {
		if _, etag := d.lab.Graph().Photo(w.CloudID); w.Outcome == nil || w.Outcome.Status != record.Done || w.Outcome.ETagAfter != etag {
			t.Errorf("%s: %+v, the cloud has %s", w.UserPrincipalName, w.Outcome, etag)
		}
	}
	if r := runs(); r.Pending != 0 || r.Done != 5 || len(j.Writes) != 5 {
		t.Errorf("after: %+v", r)
	}
	for _, upn := range people {
		if k := d.known()[upn]; k.Pending != nil || k.Agreement == nil {
			t.Errorf("%s: %+v", upn, k)
		}
	}
}

// runSink takes runs.
type runSink func(record.Run)

func (s runSink) Run(r record.Run) error { s(r); return nil }
func (runSink) Warn(string)              {}
func (runSink) Verbose(string)           {}
