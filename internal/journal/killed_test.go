package journal_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"photosync/internal/journal"
	"photosync/internal/record"
)

// TestEndedAtEachPoint ends a process at each point of a write and looks at what it
// left: the backup is whole or not there, no intent is without its backup, and
// another run goes on.
func TestEndedAtEachPoint(t *testing.T) {
	const photo, pointVar, dirVar = "a face", "JOURNAL_TEST_POINT", "JOURNAL_TEST_DIR"
	if point := os.Getenv(pointVar); point != "" {
		at := func(p string) {
			if p == point {
				os.Exit(9)
			}
		}
		j := openRun(t, os.Getenv(dirVar), journal.Run{RunID: run1}, journal.Options{At: at})
		sha := backup(t, j, []byte(photo))
		t.Fatal(errors.Join(j.Intend(journal.Intent{ID: "w1", BackupSHA256: sha}), j.Finish(journal.Outcome{ID: "w1"})), "it went on")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for n, point := range journal.Points {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			child := exec.Command(exe, "-test.run=^TestEndedAtEachPoint$")
			child.Env = append(os.Environ(), pointVar+"="+point, dirVar+"="+dir)
			if out, err := child.CombinedOutput(); child.ProcessState.ExitCode() != 9 {
				t.Fatalf("%v: %s", err, out)
			}
			if want := n >= 2; has(t, dir, photo) != want {
				t.Errorf("the backup is there: %v", !want)
			}
			r := read(t, dir, run1)
			if want := n >= 4; (len(r.Writes) == 1) != want {
				t.Errorf("the intent is there: %v", !want)
			}
			if want := n >= 6; (r.Row().Unfinished == 0 && len(r.Writes) == 1) != want {
				t.Errorf("the outcome is there: %v", !want)
			}
			left, err := journal.Unfinished(dir)
			if err != nil || (len(left) == 1) != (n == 4 || n == 5) {
				t.Errorf("unfinished: %v, %v", left, err)
			}
			if err := journal.Settle(dir, run1, journal.Outcome{ID: "w1", Status: record.Done}); err != nil {
				t.Error(err)
			}
			j := openRun(t, dir, journal.Run{RunID: run2}, journal.Options{})
			sha := backup(t, j, []byte(photo))
			if err := j.Intend(journal.Intent{ID: "w2", BackupSHA256: sha}); err != nil || !has(t, dir, photo) {
				t.Errorf("the second run: %v", err)
			}
			parts, _ := filepath.Glob(filepath.Join(dir, "backups", "*", "part-*"))
			if want := n < 2; (len(parts) == 1) != want {
				t.Errorf("parts: %v", parts)
			}
		})
	}
}
