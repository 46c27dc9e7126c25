package journal_test

import (
	"encoding/binary"
	"errors"
	"fmt"
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

// agedID gives the id of a run that began so long ago.
func agedID(age time.Duration) string {
	id := uuid.Must(uuid.NewV7())
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(time.Now().Add(-age).UnixMilli()))
	copy(id[:6], ms[2:])
	return id.String()
}

// aged makes a file older.
func aged(t *testing.T, file string, age time.Duration) {
	t.Helper()
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(-age)); err != nil {
		t.Fatal(err)
	}
}

// dayPassed has the next Prune look for what killed runs left.
func dayPassed(t *testing.T, dir string) {
	t.Helper()
	aged(t, filepath.Join(dir, "journal", "pruned"), 25*time.Hour)
}

// past writes the journal of a run that began so long ago, with one write for each
// photo. The status is that of each write, "" for none; the run is ended when ended
// says so.
func past(t *testing.T, dir string, age time.Duration, status record.ChangeStatus, ended bool, photos ...string) (runID string) {
	t.Helper()
	runID = agedID(age)
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
	cutOff := past(t, dir, 101*day, "", false, "cut off")
	pending := past(t, dir, 99*day, record.Pending, true, "pending")
	veryOld := past(t, dir, 400*day, "", false, "very old")
	before := tree(t, dir)

	gone, would := prune(t, dir, 90*day, true)
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("a dry run changed something: %s", diff)
	}
	again, p := prune(t, dir, 90*day, false)
	if diff := cmp.Diff([]string{old, veryOld}, again); diff != "" {
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
	if diff := cmp.Diff([]string{young, pending, cutOff}, left); diff != "" {
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
	dayPassed(t, dir)
	if _, p := prune(t, dir, 9000*day, false); p.Backups != 1 {
		t.Errorf("took %+v", p)
	}
}

// What killed runs left is looked for once a day.
func TestPruneLooksOnceADay(t *testing.T) {
	dir := t.TempDir()
	j := openRun(t, dir, journal.Run{RunID: agedID(0), StartedAt: time.Now()}, journal.Options{})
	prune(t, dir, 90*day, false)
	stray := blob(dir, backup(t, j, []byte("stray")))
	part := filepath.Join(filepath.Dir(stray), "part-1")
	if err := os.WriteFile(part, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	aged(t, stray, 25*time.Hour)
	aged(t, part, 25*time.Hour)
	if _, p := prune(t, dir, 90*day, false); p != (journal.Pruned{}) {
		t.Errorf("took %+v", p)
	}
	dayPassed(t, dir)
	for _, dryRun := range []bool{true, false} { // a dry run has not looked
		if _, p := prune(t, dir, 90*day, dryRun); p.Backups != 1 || there(stray) != dryRun || there(part) != dryRun {
			t.Errorf("dry run %v: took %+v, left %v", dryRun, p, tree(t, dir))
		}
	}
	// A clock that was put back does not keep it from looking.
	aged(t, filepath.Join(dir, "journal", "pruned"), -48*time.Hour)
	if stray = blob(dir, backup(t, j, []byte("stray"))); !there(stray) {
		t.Fatal("it is not there")
	}
	aged(t, stray, 25*time.Hour)
	if _, p := prune(t, dir, 90*day, false); p.Backups != 1 {
		t.Errorf("took %+v", p)
	}
}

// A Forget that was cut off is made good at once.
func TestPruneAfterForget(t *testing.T) {
	dir := t.TempDir()
	people(t, dir)
	prune(t, dir, 9000*day, false)
	put(t, dir, "forgotten.jsonl", `{"forgotten":{"writes":["a1","a2"]}}`+"\n")
	if _, p := prune(t, dir, 9000*day, false); p.Backups != 1 || has(t, dir, "anna as a child") || !has(t, dir, "logo") {
		t.Errorf("took %+v", p)
	}
}

// Also between two looks a backup of a run that goes stays as long as another run
// may refer to it.
func TestPruneBetweenLooks(t *testing.T) {
	dir := t.TempDir()
	prune(t, filepath.Join(dir, "none"), 0, false)
	young := past(t, dir, day, record.Done, true, "both")
	prune(t, dir, 90*day, false)
	old := past(t, dir, 100*day, record.Done, true, "old", "both", "kept", "escaped", "doubtful", "on premises", "forgotten")
	sha := hash("escaped")
	escaped := fmt.Sprintf(`%s\u%04x%s`, sha[:32], sha[32], sha[33:])
	unsettled := past(t, dir, 101*day, "", false, "kept")
	put(t, dir, agedID(2*day)+".jsonl", `{"intent":{"id":"w1","backupSha256":"`+escaped+`"}}
{"intent":{"id":"w2","backupSha256":"`+hash("doubtful")+`","id":
{"intent":{"id":"w3","onPremisesSha256":"`+hash("on premises")+`"}}
{"intent":{"id":"w4","backupSha256":"`+hash("forgotten")+`"}}
`)
	put(t, dir, "forgotten.jsonl", `{"forgotten":{"writes":["w4"]}}`+"\n")
	aged(t, filepath.Join(dir, "journal", "forgotten.jsonl"), time.Hour)
	gone, p := prune(t, dir, 90*day, false)
	if !slices.Equal(gone, []string{old}) || p.Runs != 1 || p.Backups != 3 {
		t.Errorf("took %v, %+v", gone, p)
	}
	for photo, want := range map[string]bool{"old": false, "both": true, "kept": true, "escaped": true, "doubtful": true, "on premises": false, "forgotten": false} {
		if has(t, dir, photo) != want {
			t.Errorf("backup %q is there: %v", photo, !want)
		}
	}
	if r := walk(t, dir); len(r) != 3 || r[0].Run.RunID != young || r[2].Run.RunID != unsettled {
		t.Errorf("left %+v", r)
	}
}

// Near the border the header decides, not the id.
func TestPruneByTheStartOfARun(t *testing.T) {
	dir := t.TempDir()
	for _, age := range []time.Duration{90*day - time.Minute, 90*day + time.Minute} {
		for _, skew := range []time.Duration{-time.Hour, time.Hour} {
			put(t, dir, agedID(age+skew)+".jsonl", fmt.Sprintf(`{"run":{"command":"%v","startedAt":%q}}`+"\n"+end, age, time.Now().Add(-age).Format(time.RFC3339Nano)))
		}
	}
	if gone, _ := prune(t, dir, 90*day, false); len(gone) != 2 {
		t.Errorf("took %v", gone)
	}
	for _, r := range walk(t, dir) {
		if r.Run.StartedAt.Before(time.Now().Add(-90 * day)) {
			t.Errorf("left %+v", r)
		}
	}
}

// The row of a run that goes is the one that lists show.
func TestPruneGivesRows(t *testing.T) {
	dir := t.TempDir()
	intent := func(id, action, photo string) string {
		return `{"intent":{"id":"` + id + `","action":"` + action + `","backupSha256":"` + hash(photo) + `"}}` + "\n"
	}
	put(t, dir, run1+".jsonl", `{"run":{"runId":"x","command":"restore","version":"v","user":"u","host":"h","tenant":"t","directory":"d","graph":"g","startedAt":"2020-01-01T06:00:00Z","restores":"r"}}`+"\n"+
		intent("w1", "Upload", "a")+intent("w2", "Remove", "a")+intent("w3", "Upload", "b")+intent("w4", "Upload", "c")+intent("w5", "Upload", "d")+intent("w1", "Upload", "e")+intent2+"\n"+
		done1+"\n"+pend2+"\n"+done2+"\n"+`{"outcome":{"id":"w3","status":"Failed"}}`+"\n"+`{"outcome":{"id":"w4","status":"Pending"}}`+"\n"+end+"\n")
	put(t, dir, "forgotten.jsonl", `{"forgotten":{"writes":["w4"]}}`+"\n")
	want := read(t, dir, run1).Row()
	if want.Backups != 3 || want.Done != 2 || want.Pending != 1 || want.Failed != 1 || want.Unfinished != 1 || want.Uploads != 4 || want.Removals != 1 {
		t.Fatalf("the run is %+v", want)
	}
	n := 0
	_, err := journal.Prune(dir, time.Now(), false, func(got record.Run) error {
		n++
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		return nil
	})
	if err != nil || n != 1 {
		t.Errorf("%d runs, %v", n, err)
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
