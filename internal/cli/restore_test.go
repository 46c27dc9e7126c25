package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
	"photosync/internal/run"
)

// Whoever names nothing to undo is told what to name, before anything else.
func TestRestoreIsToldWhatToUndo(t *testing.T) {
	for name, args := range map[string][]string{
		"nothing": {}, "yes": {"--yes"}, "a dry run": {"--dry-run"}, "force": {"--force", "--yes"},
	} {
		code, out, said := runCLI(t.Context(), append([]string{"restore"}, args...)...)
		last := lastLine(said)
		if code != 64 || out != "" || !strings.HasPrefix(last, "Usage: ") {
			t.Errorf("%s: exit code %d, output %q, %s", name, code, out, last)
		}
		for _, want := range []string{"--run", "--user", "--list"} {
			if !strings.Contains(last, want) {
				t.Errorf("%s: it does not name %s: %s", name, want, last)
			}
		}
	}
}

func TestRestoreRefusals(t *testing.T) {
	for _, args := range [][]string{
		{"--run="}, {"--run= ", "--user=a"}, {"--user="}, {"--users-file="}, {"--run=r", "--identity-file="}, {"--run=r", "--backup-recipient="},
		{"--run=r", "--verify-timeout=0"}, {"--run=r", "--verify-timeout=5"}, {"--run=r", "--concurrency=0"}, {"--list", "--user=a"}, {"--list", "--run="},
	} {
		_, err := optionsOf(t, "", append([]string{"restore", "--yes"}, args...)...)
		wantCode(t, err, record.Usage)
	}
	for _, args := range [][]string{{"--run=r"}, {"--user=a"}, {"--users-file=-"}} {
		_, err := optionsOf(t, "a", append([]string{"restore"}, args...)...)
		wantCode(t, err, record.ConfirmationRequired)
	}
	for name, code := range map[string]int{"--server=dc1": 64, "anna@corp.example": 64} { // the directory is not asked; a forgotten flag
		if got, _, said := runCLI(t.Context(), "restore", "--run=r", "--yes", name); got != code || !strings.HasPrefix(lastLine(said), "Usage: ") {
			t.Errorf("%s: exit code %d, %s", name, got, said)
		}
	}
}

func TestRestoreOfPeople(t *testing.T) {
	o, err := optionsOf(t, "c\n", "restore", "--yes", "--run", "r", "--user", "a", "--user", "b", "--users-file", "-")
	if diff := cmp.Diff(run.Names("a", "b", "c"), o.People); diff != "" || err != nil || o.RestoreRun != "r" {
		t.Errorf("%v, run %q %s", err, o.RestoreRun, diff)
	}
}

// A list asks nobody and signs in nowhere: what that would take does not count.
func TestListNeedsTheStateFolderAlone(t *testing.T) {
	t.Setenv("PHOTOSYNC_CA_FILE", "missing.pem")
	for _, more := range [][]string{nil, {"--run", "r"}, {"--access-token-stdin"}} {
		o, err := optionsOf(t, "", append([]string{"restore", "--list", "--state-dir=/s"}, more...)...)
		if err != nil || o.StateDir != "/s" || o.People != nil {
			t.Errorf("%v: got %+v, %v", more, o, err)
		}
		if want := len(more) == 2; (o.RestoreRun == "r") != want {
			t.Errorf("%v: the run is %q", more, o.RestoreRun)
		}
	}
}
