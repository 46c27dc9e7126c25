package journal_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/journal"
	"photosync/internal/record"
)

func open(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir, journal.Run{RunID: "run1", Command: "sync", User: "svc", StartedAt: time.Unix(0, 0).UTC()})
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
	text, err := os.ReadFile(filepath.Join(dir, "journal", "run1.jsonl"))
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
	want := []line{{Run: &journal.Run{RunID: "run1", Command: "sync", User: "svc", StartedAt: time.Unix(0, 0).UTC()}}, {Intent: &intent}, {Outcome: &outcome}}
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
	_, err := journal.Open(filepath.Join(file, "state"), journal.Run{RunID: "r"})
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
	if _, err := journal.Open(dir, journal.Run{RunID: "run1"}); record.CodeOf(err) != record.StateDirUnusable {
		t.Errorf("a journal was begun over another: %v", err)
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
	text, err := os.ReadFile(filepath.Join(dir, "journal", "run1.jsonl"))
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
