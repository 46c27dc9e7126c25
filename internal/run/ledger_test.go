package run_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"photosync/internal/journal"
	"photosync/internal/lab"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// during is an approver that does something while the run has the folder.
type during func()

func (do during) Approve(_ context.Context, p *plan.Plan) ([]bool, error) {
	do()
	return p.Approved(), nil
}

// meanwhile does something while a sync has the folder.
func (d *day) meanwhile(do func()) ran {
	d.Helper()
	r := d.of(func(o run.Options, out *listener) (record.Summary, error) {
		return run.Sync(d.Context(), o, during(do), out)
	})
	if r.err != nil {
		d.Fatalf("the run that had the folder: %v", r.err)
	}
	return r
}

// One run at a time writes; whoever comes second hears who has the folder. Reports
// and dry runs go on.
func TestOneRunAtATime(t *testing.T) {
	d := begin(t, few())
	done := d.sync(naming(d.one(lab.CaseDrifted, 0)))
	first := d.meanwhile(func() {
		o := d.options
		o.RestoreRun, o.Retention = done.summary.RunId, time.Nanosecond
		o.People = run.Names(d.one(lab.CaseDrifted, 0))
		nothing := runSink(func(r record.Run) { t.Errorf("%s was taken away", r.RunId) })
		_, prune := run.Prune(t.Context(), o, nothing)
		_, _, forget := run.Forget(t.Context(), o, nothing)
		for name, err := range map[string]error{
			"a sync": d.try().err, "a restore": d.tryRestore(undoing(done)).err, "a prune": prune, "forgetting": forget,
		} {
			if record.CodeOf(err) != record.RunInProgress || record.CodeOf(err).Entry().Exit != record.ExitState {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, want := range []string{"sync", "process", "since"} {
				if text := err.Error(); !strings.Contains(text, want) {
					t.Errorf("%s: it does not say %q: %s", name, want, text)
				}
			}
		}
		begun := time.Now()
		d.row(d.drift(), d.one(lab.CaseDrifted, 1), "Drifted/BaselineOnPremises/Upload/")
		if p := d.preview(); len(p.changes) != 4 {
			t.Errorf("the dry run: %+v", p.changes)
		}
		if r := d.of(func(o run.Options, out *listener) (record.Summary, error) {
			return run.Restore(t.Context(), o, nobody{t}, out)
		}, undoing(done), dry); r.err != nil {
			t.Errorf("a dry restore: %v", r.err)
		}
		dryPrune := o
		dryPrune.DryRun = true
		if _, err := run.Prune(t.Context(), dryPrune, runSink(func(record.Run) {})); err != nil {
			t.Errorf("a dry prune: %v", err)
		}
		rows := 0
		all := d.options
		if _, err := run.Runs(t.Context(), all, runSink(func(record.Run) { rows++ })); err != nil || rows != 2 { // one of them is at it
			t.Errorf("the list: %v, %d runs", err, rows)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("they waited: %s", took)
		}
	})
	d.writes(first, slices.Delete(d.all(lab.CaseDrifted, lab.CaseMissingInCloud), 0, 1)...)
	d.sync() // nobody has it any more
}

// A state that was damaged before or while a sync ran is set aside, and said.
func TestDamagedStateBeforeASync(t *testing.T) {
	d := begin(t, few())
	d.sync()
	who, ad := d.one(lab.CaseInSync, 0), d.one(lab.CaseInSync, 1)
	d.cloudHas(who, d.picture(0))
	d.directoryHas(ad, d.picture(1))
	file := filepath.Join(d.options.StateDir, "state.db")
	if err := os.WriteFile(file, []byte(strings.Repeat("damage", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := d.sync(only)
	d.writes(r) // nobody knows which side changed
	if !slices.ContainsFunc(r.warnings, func(w string) bool {
		return strings.HasPrefix(w, "what earlier runs compared and agreed on is lost") && strings.Contains(w, "state.db.damaged-")
	}) {
		t.Errorf("it says %q", r.warnings)
	}
	if aside, _ := filepath.Glob(file + ".damaged-*"); len(aside) != 1 {
		t.Errorf("set aside: %v", aside)
	}
	d.row(d.drift(only), who, "Drifted/NoBaseline/Review/")
	d.directoryHas(d.one(lab.CaseInSync, 2), d.picture(2)) // of whom the sync has agreed anew
	d.writes(d.sync(only), d.one(lab.CaseInSync, 2))
}

// A state that is damaged while a sync writes costs what is known, never a photo:
// the run fails and says so, or the next one begins anew, and nothing is written twice.
func TestStateDamagedDuringASync(t *testing.T) {
	d := begin(t, few())
	d.sync(naming(d.one(lab.CaseDrifted, 0)))
	r := d.of(func(o run.Options, out *listener) (record.Summary, error) {
		return run.Sync(t.Context(), o, during(func() {
			if err := os.WriteFile(filepath.Join(o.StateDir, "state.db"), []byte(strings.Repeat("damage", 5000)), 0o600); err != nil {
				t.Error(err)
			}
		}), out)
	})
	if r.err == nil && len(r.warnings) == 0 {
		t.Error("nobody was told")
	}
	j, err := journal.Read(d.options.StateDir, r.summary.RunId)
	if err != nil || len(r.wrote) == 0 && r.err == nil || len(j.Writes) != len(r.wrote) || j.End == nil || r.summary.Changes[record.Done] != int64(len(r.wrote)) {
		t.Errorf("%v, %d writes, %+v", err, len(r.wrote), j)
	}
	if next := d.sync(); len(next.wrote)+len(r.wrote) != 4 {
		t.Errorf("%d writes, and then %d", len(r.wrote), len(next.wrote))
	}
	d.writes(d.sync())
}

// What a newer version knows must not be overlooked by a run that writes.
func TestNewerState(t *testing.T) {
	d := begin(t, few())
	d.sync(naming(d.one(lab.CaseDrifted, 0)))
	within(t, d.options, func(scope *bbolt.Bucket) error {
		return scope.Tx().Bucket([]byte("about")).Put([]byte("schema"), []byte("99"))
	})
	r := d.try()
	if record.CodeOf(r.err) != record.StateNewer || r.summary.ExitCode != int(record.ExitState) || len(r.wrote) > 0 {
		t.Errorf("a sync: %v, exit %d, %d writes", r.err, r.summary.ExitCode, len(r.wrote))
	}
	for name, r := range map[string]ran{"a drift": d.drift(), "a dry run": d.preview()} {
		if !slices.ContainsFunc(r.warnings, func(w string) bool { return strings.Contains(w, "newer version") }) {
			t.Errorf("%s warns %q", name, r.warnings)
		}
	}
	if aside, _ := filepath.Glob(filepath.Join(d.options.StateDir, "state.db.*")); len(aside) > 0 {
		t.Errorf("set aside: %v", aside)
	}
}

// Runs and backups that are older than they are kept go after a sync that went to
// its end, and not after one that did not.
func TestRetention(t *testing.T) {
	d := begin(t, few())
	first := d.sync(naming(d.one(lab.CaseDrifted, 0)))
	sum := first.changes[0].BackupSha256
	backup := filepath.Join(d.options.StateDir, "backups", sum[:2], sum)
	old := func(o *run.Options) { o.Retention = time.Nanosecond }
	d.preview(old)
	if r := d.try(old, func(o *run.Options) { o.Limits.MaxChange = 0 }); record.CodeOf(r.err) != record.TooManyChanges {
		t.Fatalf("got %v", r.err)
	}
	d.sync(naming(d.one(lab.CaseDrifted, 1)), func(o *run.Options) { o.Retention = time.Hour })
	if _, err := os.Stat(backup); err != nil {
		t.Fatalf("the backup is gone: %v", err)
	}
	last := d.sync(old, naming(d.one(lab.CaseDrifted, 2)))
	if _, err := journal.Read(d.options.StateDir, last.summary.RunId); err != nil {
		t.Errorf("the run took away its own journal: %v", err)
	}
	if _, err := os.Stat(backup); !os.IsNotExist(err) {
		t.Errorf("the backup is there: %v", err)
	}
	if _, err := journal.Read(d.options.StateDir, first.summary.RunId); record.CodeOf(err) != record.RunNotFound {
		t.Errorf("the journal: %v", err)
	}
	if r := d.tryRestore(undoing(first)); record.CodeOf(r.err) != record.RunNotFound || len(r.wrote) > 0 {
		t.Errorf("a restore of a run that is gone: %v", r.err)
	}
}

// Prune takes away what is old, and in a dry run only says so.
func TestPruneByCommand(t *testing.T) {
	d := begin(t, few())
	done := d.sync()
	prune := func(edit ...func(*run.Options)) (gone []string, err error) {
		o := d.options
		for _, e := range edit {
			e(&o)
		}
		_, err = run.Prune(t.Context(), o, runSink(func(r record.Run) { gone = append(gone, r.RunId) }))
		return gone, err
	}
	old := func(o *run.Options) { o.Retention = time.Nanosecond }
	if _, err := prune(); record.CodeOf(err) != record.SettingInvalid {
		t.Errorf("without an age: %v", err)
	}
	if gone, err := prune(func(o *run.Options) { o.Retention = time.Hour }); err != nil || len(gone) > 0 {
		t.Errorf("nothing is old: %v, %v", gone, err)
	}
	for _, edit := range []func(*run.Options){dry, func(*run.Options) {}} {
		if gone, err := prune(old, edit); err != nil || !slices.Equal(gone, []string{done.summary.RunId}) {
			t.Errorf("got %v, %v", gone, err)
		}
	}
	if _, err := journal.Read(d.options.StateDir, done.summary.RunId); record.CodeOf(err) != record.RunNotFound {
		t.Errorf("the journal: %v", err)
	}
}
