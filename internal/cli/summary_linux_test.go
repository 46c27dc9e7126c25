package cli

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A summary may go into a pipe or a device: it is written to, not replaced.
func TestSummaryIntoPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("there are no named pipes here: %v", err)
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
