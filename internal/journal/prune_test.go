package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"photosync/internal/journal"
	"photosync/internal/record"
)

const day = 24 * time.Hour

// past writes the journal of a run that began so long ago, with one write for each
// photo. The status is that of each write, "" for none; the run is ended when ended
// says so.
func past(t *testing.T, dir string, age time.Duration, status record.ChangeStatus, ended bool, photos ...string) (runID string) {
	t.Helper()
	runID = uuid.Must(uuid.NewV7()).String()
	j := openRun(t, dir, journal.Run{RunID: runID, Command: "sync", StartedAt: time.Now().Add(-age)}, journal.Options{})
	for _, photo := range photos {
		w := journal.Intent{ID: uuid.NewString(), Action: record.Upload, BackupSHA256: backup(t, j, []byte(photo))}
		if err := j.Intend(w); err != nil {
			t.Fatal(err)
		}
		if status == "" {
			continue
		}
		if err := j.Finish(journal.Outcome{ID: w.ID, Status: status}); err != nil {
			t.Fatal(err)
		}
	}
	if ended {
		if err := j.End(journal.End{Outcome: record.OutcomeOk}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return runID
}

func prune(t *testing.T, dir string, retention time.Duration, dryRun bool) (gone []string, p journal.Pruned) {
	t.Helper()
	p, err := journal.Prune(dir, time.Now().Add(-retention), dryRun, func(r record.Run) error {
		gone = append(gone, r.RunId)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return gone, p
}

// tree gives the files and folders below a folder, with their sizes.
func tree(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	all := make(map[string]int64)
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			all[path] = -1
			if !info.IsDir() {
				all[path] = info.Size()
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sizes(all map[string]int64) (sum int64) {
	for _, n := range all {
		sum += max(n, 0)
	}
	return sum
}

func has(t *testing.T, dir, photo string) bool {
	t.Helper()
	_, err := journal.Photo(dir, hash(photo), nil)
	if err != nil && record.CodeOf(err) != record.BackupMissing {
		t.Fatal(err)
	}
	return err == nil
}

func TestPruneTakesWhatIsOld(t *testing.T) {
	dir := t.TempDir()
	young := past(t, dir, day, record.Done, true, "young", "both")
	old := past(t, dir, 100*day, record.Done, true, "old", "both")
	cutOff := past(t, dir, 100*day, "", false, "cut off")
	pending := past(t, dir, 100*day, record.Pending, true, "pending")
	veryOld := past(t, dir, 400*day, "", false, "very old")
	before := tree(t, dir)

	gone, would := prune(t, dir, 90*day, true)
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("a dry run changed something: %s", diff)
	}
	again, p := prune(t, dir, 90*day, false)
	if diff := cmp.Diff([]string{veryOld, old}, again); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(gone, again) || would != p || p.Runs != 2 || p.Backups != 2 || p.Bytes != sizes(before)-sizes(tree(t, dir)) {
		t.Errorf("would take %v, took %v", would, p)
	}
	for photo, want := range map[string]bool{"young": true, "both": true, "cut off": true, "pending": true, "old": false, "very old": false} {
		if has(t, dir, photo) != want {
			t.Errorf("backup %q is there: %v", photo, !want)
		}
	}
	if there(filepath.Dir(blob(dir, hash("old")))) {
		t.Error("an empty folder is left")
	}
	var left []string
	for _, r := range walk(t, dir) {
		left = append(left, r.Run.RunID)
	}
	if diff := cmp.Diff([]string{pending, cutOff, young}, left); diff != "" {
		t.Error(diff)
	}
	if gone, p := prune(t, dir, 90*day, false); len(gone) != 0 || p != (journal.Pruned{}) {
		t.Errorf("the second time it took %v, %v", gone, p)
	}
	// As soon as it is settled it is a run like others.
	writes := read(t, dir, pending).Writes
	if err := journal.Settle(dir, pending, journal.Outcome{ID: writes[0].ID, Status: record.Done}); err != nil {
		t.Fatal(err)
	}
	if gone, _ := prune(t, dir, 90*day, false); !slices.Equal(gone, []string{pending}) {
		t.Errorf("took %v", gone)
	}
}

// Nobody's wish for short memories takes what a run of this week has to settle.
func TestPruneLeavesWhatIsToBeSettled(t *testing.T) {
	dir := t.TempDir()
	past(t, dir, 6*day, "", false, "a")
	past(t, dir, 6*day, record.Pending, true, "b")
	old := past(t, dir, 8*day, "", false, "c")
	done := past(t, dir, time.Minute, record.Done, true, "d")
	if gone, _ := prune(t, dir, 0, false); !slices.Equal(gone, []string{done, old}) {
		t.Errorf("took %v", gone)
	}
	if !has(t, dir, "a") || !has(t, dir, "b") || has(t, dir, "c") || has(t, dir, "d") {
		t.Error("backups are other than runs")
	}
}

func TestPruneTakesWhatKilledRunsLeft(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	stray, fresh := backup(t, j, []byte("stray")), backup(t, j, []byte("fresh"))
	if err := j.Intend(journal.Intent{ID: "w1"}); err != nil { // there was no photo before
		t.Fatal(err)
	}
	oldPart := filepath.Join(filepath.Dir(blob(dir, stray)), "part-1")
	newPart := filepath.Join(filepath.Dir(blob(dir, fresh)), "part-2")
	foreign := filepath.Join(filepath.Dir(blob(dir, stray)), "README")
	for _, file := range []string{oldPart, newPart, foreign} {
		if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{blob(dir, stray), oldPart, foreign} {
		if err := os.Chtimes(file, time.Time{}, time.Now().Add(-25*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if _, p := prune(t, dir, 9000*day, false); p != (journal.Pruned{Backups: 1, Bytes: 9}) {
		t.Errorf("took %+v", p)
	}
	if there(blob(dir, stray)) || there(oldPart) || !there(newPart) || !there(foreign) || !there(blob(dir, fresh)) {
		t.Errorf("left %v", tree(t, dir))
	}
}

// A line that cannot be understood may refer to a backup.
func TestPruneLeavesWhatALineMayReferTo(t *testing.T) {
	dir := t.TempDir()
	sha := backup(t, open(t, dir), []byte("abc"))
	if err := os.Chtimes(blob(dir, sha), time.Time{}, time.Now().Add(-2*day)); err != nil {
		t.Fatal(err)
	}
	put(t, dir, run1+".jsonl", header+"\n"+`{"intent":{"id":"w1","backupSha256":"`+sha+`","act`+"\n")
	if _, p := prune(t, dir, 9000*day, false); p.Backups != 0 || !has(t, dir, "abc") {
		t.Errorf("took %+v", p)
	}
	put(t, dir, run1+".jsonl", header+"\n")
	if _, p := prune(t, dir, 9000*day, false); p.Backups != 1 {
		t.Errorf("took %+v", p)
	}
}

func TestPruneNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if gone, p := prune(t, dir, 0, false); len(gone) != 0 || p != (journal.Pruned{}) || there(dir) {
		t.Errorf("took %v, %v", gone, p)
	}
	open(t, dir)
	prune(t, dir, 9000*day, false)
}

// What ends a Prune in the middle is made good by the next one.
func TestPruneThatWasCutOff(t *testing.T) {
	dir := t.TempDir()
	past(t, dir, 100*day, record.Done, true, "a")
	past(t, dir, 100*day, record.Done, true, "b")
	past(t, dir, day, record.Done, true, "c")
	stop := errors.New("the pipe is closed")
	p, err := journal.Prune(dir, time.Now().Add(-90*day), false, func(record.Run) error { return stop })
	if !errors.Is(err, stop) || p.Runs != 1 {
		t.Fatalf("got %v, %v", p, err)
	}
	if gone, _ := prune(t, dir, 90*day, false); len(gone) != 1 {
		t.Errorf("took %v", gone)
	}
	if has(t, dir, "a") || has(t, dir, "b") || !has(t, dir, "c") || len(walk(t, dir)) != 1 {
		t.Errorf("left %v", tree(t, dir))
	}
}

// Nothing is removed before every run has been read.
func TestPruneOfAJournalThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	past(t, dir, 100*day, record.Done, true, "a")
	if err := os.Mkdir(filepath.Join(dir, "journal", "forgotten.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	_, err := journal.Prune(dir, time.Now(), false, func(record.Run) error { return nil })
	if record.CodeOf(err) != record.JournalUnusable || !strings.Contains(err.Error(), "forgotten.jsonl") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}
