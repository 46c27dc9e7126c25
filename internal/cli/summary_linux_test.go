package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

// A summary may go into a pipe or a device: it is written to, not replaced.
func TestSummaryIntoPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		leaveOut(t, "there are no named pipes here: %v", err)
	}
	r, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := writeSummary(pipe, ended()); err != nil {
		t.Fatal(err)
	}
	i, err := os.Lstat(pipe)
	if err != nil {
		t.Fatal(err)
	}
	if i.Mode().Type() != os.ModeNamedPipe {
		t.Fatalf("the pipe is now a %v", i.Mode())
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(summaryText, string(text)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Of joined errors the run's own speaks, and its exit code counts.
func TestJoinedErrors(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		leaveOut(t, "there is no full disk here: %v", err)
	}
	t.Setenv("PHOTOSYNC_LDAP_PASSWORD", "p")
	code, _, said := runCLI(t.Context(), "drift", "--graph-url", "http://127.0.0.1:1", "--server", "127.0.0.1:1", "--ldap-user", "u", "--summary", "/dev/full")
	if code != 12 || !strings.HasPrefix(lastLine(said), "DirectoryUnreachable: ") {
		t.Errorf("exit code %d, last line %q", code, lastLine(said))
	}
	if i, err := os.Stat("/dev/full"); err != nil || i.Mode().IsRegular() {
		t.Errorf("/dev/full is now %v, %v", i, err)
	}
}

// A link stays a link: what it points at is replaced.
func TestSummaryThroughLink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(real, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.json", link); err != nil {
		leaveOut(t, "there are no links here: %v", err)
	}
	if err := writeSummary(link, ended()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(real)
	if to, e := os.Readlink(link); to != "real.json" || e != nil || err != nil || string(text) != summaryText {
		t.Errorf("the link points to %q (%v), the file (%v) has\n%s", to, e, err, text)
	}
}

// A summary that cannot take its place leaves no temporary file behind.
func TestSummaryLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	wantCode(t, writeSummary(filepath.Join(dir, strings.Repeat("s", 300)), ended()), record.OutputFailed)
	if left := namesIn(t, dir); left != nil {
		t.Errorf("it left %v", left)
	}
}
