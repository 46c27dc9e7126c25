package journal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/journal"
	"photosync/internal/record"
)

// run1 is the id of a run that began at the end of 2025; run2 and run3 follow.
const (
	run1 = "019b7000-0000-7000-8000-000000000001"
	run2 = "019b7000-0000-7000-8000-000000000002"
	run3 = "019b7000-0000-7000-8000-000000000003"
)

var begun = time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	return openRun(t, dir, journal.Run{RunID: run1, Command: "sync", User: "svc", StartedAt: begun}, journal.Options{})
}

func openRun(t *testing.T, dir string, r journal.Run, o journal.Options) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir, r, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func TestJournalHoldsHeaderIntentAndOutcome(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on", "demand")
	j := open(t, dir)
	intent := journal.Intent{ID: "w1", UserPrincipalName: "a@corp.example", Action: record.Upload, BackupSHA256: "ab"}
	outcome := journal.Outcome{ID: "w1", Status: record.Done, ETagAfter: "e2"}
	if err := j.Intend(intent); err != nil {
		t.Fatal(err)
	}
	if err := j.Finish(outcome); err != nil {
		t.Fatal(err)
	}
	type line struct {
		Run     *journal.Run
		Intent  *journal.Intent
		Outcome *journal.Outcome
	}
	text, err := os.ReadFile(filepath.Join(dir, "journal", run1+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var got []line
	for dec := json.NewDecoder(bytes.NewReader(text)); dec.More(); {
		var l line
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	want := []line{{Run: &journal.Run{RunID: run1, Command: "sync", User: "svc", StartedAt: begun}}, {Intent: &intent}, {Outcome: &outcome}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBackupIsNamedByContentAndWrittenOnce(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	const sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // SHA-256 of "abc", FIPS 180-2
	path := filepath.Join(dir, "backups", "ba", sha)
	backup := func() os.FileInfo {
		t.Helper()
		got, err := j.Backup([]byte("abc"))
		if err != nil || got != sha {
			t.Fatalf("got %s, %v", got, err)
		}
		text, err := os.ReadFile(path)
		if err != nil || string(text) != "abc" {
			t.Fatalf("got %q, %v", text, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	first := backup()
	if !os.SameFile(first, backup()) {
		t.Error("a backup that was there was written again")
	}
	if err := os.WriteFile(path, []byte("ab"), 0o600); err != nil { // half a file, as after a full disk
		t.Fatal(err)
	}
	backup()
	if left, _ := filepath.Glob(filepath.Join(dir, "backups", "ba", "part-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOnlyTheOwnerReads(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	j := open(t, dir)
	if _, err := j.Backup([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStateFolderThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := journal.Open(filepath.Join(file, "state"), journal.Run{RunID: run1}, journal.Options{})
	if code := record.CodeOf(err); code != record.StateDirUnusable {
		t.Fatalf("got %s: %v", code, err)
	}
	if !strings.Contains(err.Error(), file) {
		t.Errorf("it does not name the folder: %v", err)
	}
}

func TestBackupThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "backups", "ba"), nil, 0o600); err != nil { // where the folder would be
		t.Fatal(err)
	}
	if _, err := j.Backup([]byte("abc")); record.CodeOf(err) != record.BackupFailed {
		t.Errorf("got %v", err)
	}
}

func TestARunIDIsUsedOnce(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := journal.Open(dir, journal.Run{RunID: run1}, journal.Options{}); record.CodeOf(err) != record.StateDirUnusable {
		t.Errorf("a journal was begun over another: %v", err)
	}
}

func TestARunIDIsAUUID(t *testing.T) {
	for _, id := range []string{"", "run1", "../x", strings.ToUpper(run1) + "B"} {
		if _, err := journal.Open(t.TempDir(), journal.Run{RunID: id}, journal.Options{}); record.CodeOf(err) != record.StateDirUnusable {
			t.Errorf("%q: got %v", id, err)
		}
	}
}

// A header that cannot be written leaves no run behind.
func TestAHeaderThatIsTooLong(t *testing.T) {
	dir := t.TempDir()
	_, err := journal.Open(dir, journal.Run{RunID: run1, User: strings.Repeat("x", 2<<20)}, journal.Options{})
	if record.CodeOf(err) != record.StateDirUnusable {
		t.Errorf("got %v", err)
	}
	if runs := walk(t, dir); len(runs) != 0 {
		t.Errorf("left behind: %v", runs)
	}
}

// What does not fit on a line is refused, and breaks nothing.
func TestALineThatIsTooLong(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if err := j.Intend(journal.Intent{ID: "w1", UserPrincipalName: strings.Repeat("x", 2<<20)}); record.CodeOf(err) != record.JournalFailed {
		t.Errorf("got %v", err)
	}
	if err := j.Intend(journal.Intent{ID: "w2"}); err != nil {
		t.Error(err)
	}
	if w := read(t, dir, run1).Writes; len(w) != 1 || w[0].ID != "w2" {
		t.Errorf("got %+v", w)
	}
}

// Photos of 16 writers are all there when they say so, several of the same too.
func TestManyWriters(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for n := range 20 {
				picture := fmt.Appendf(nil, "photo %d", n*(g%8)) // half of them are somebody else's too
				sha, err := j.Backup(picture)
				if err != nil {
					t.Error(err)
				}
				if got, err := journal.Photo(dir, sha, nil); err != nil || !bytes.Equal(got, picture) {
					t.Errorf("got %q, %v", got, err)
				}
				id := fmt.Sprintf("%d-%d", g, n)
				if err := j.Intend(journal.Intent{ID: id, BackupSHA256: sha}); err != nil {
					t.Error(err)
				}
				seen, err := journal.Read(dir, run1)
				if err != nil || !slices.ContainsFunc(seen.Writes, func(w journal.Write) bool { return w.ID == id }) {
					t.Errorf("the intent %s is not in the file: %v", id, err)
				}
				if err := j.Finish(journal.Outcome{ID: id, Status: record.Done}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if row := read(t, dir, run1).Row(); row.Done != 320 || row.Unfinished != 0 {
		t.Errorf("got %+v", row)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "backups", "*", "part-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPointsInTheirOrder(t *testing.T) {
	dir := t.TempDir()
	var passed []string
	o := journal.Options{At: func(p string) { passed = append(passed, p) }}
	j := openRun(t, dir, journal.Run{RunID: run1}, o)
	sha, err := j.Backup([]byte("abc"))
	err = errors.Join(err, j.Intend(journal.Intent{ID: "w1", BackupSHA256: sha}), j.Finish(journal.Outcome{ID: "w1"}), j.End(journal.End{}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(journal.Points, passed); diff != "" {
		t.Error(diff)
	}
	passed = nil
	if _, err := j.Backup([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{journal.PointBackupKept}, passed); diff != "" {
		t.Error(diff)
	}
}

func TestWritersDoNotMixLines(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if err := j.Intend(journal.Intent{UserPrincipalName: strings.Repeat("x", 5000)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	text, err := os.ReadFile(filepath.Join(dir, "journal", run1+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 41 {
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines {
		if !json.Valid([]byte(l)) {
			t.Fatalf("not JSON: %.80s", l)
		}
	}
}

// After a line that may be half written no other follows: it would be glued to it.
func TestBrokenJournalTakesNoMore(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := j.Intend(journal.Intent{ID: "w1"}); record.CodeOf(err) != record.JournalFailed {
			t.Errorf("got %v", err)
		}
		if err := j.Finish(journal.Outcome{ID: "w1"}); record.CodeOf(err) != record.JournalFailed {
			t.Errorf("got %v", err)
		}
	}
}
