package cli

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	urfave "github.com/urfave/cli/v2"
	"go.uber.org/goleak"

	"photosync/internal/record"
)

// TestMain takes away what the environment of whoever runs the tests would
// set, and finds goroutines that outlive a test.
func TestMain(m *testing.M) {
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		for _, ours := range []string{"PHOTOSYNC_", "AZURE_", "IDENTITY_", "MSI_", "IMDS_"} {
			if strings.HasPrefix(name, ours) {
				_ = os.Unsetenv(name)
			}
		}
	}
	goleak.VerifyTestMain(m)
}

// words is a standard error or output that may be written by several
// goroutines, and tells of every write.
type words struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote func(string)
}

func (w *words) Write(p []byte) (int, error) {
	if w.wrote != nil {
		w.wrote(string(p))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// lastLine gives the last line of what people read.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return lines[len(lines)-1]
}

// inCommand runs a command line up to its command, which is replaced by act.
func inCommand(t *testing.T, std Stdio, act func(*command, *urfave.Context) error, args ...string) (*command, error) {
	t.Helper()
	if std.Err == nil {
		std.Err = new(words)
	}
	if std.In == nil {
		std.In = strings.NewReader("")
	}
	c := &command{std: std}
	app := c.app()
	cmd := app.Command(args[0])
	if len(args) > 1 && cmd.Command(args[1]) != nil {
		cmd = cmd.Command(args[1])
	}
	cmd.Action = func(u *urfave.Context) error { return act(c, u) }
	err := app.RunContext(context.WithoutCancel(t.Context()), append([]string{"photosync"}, args...))
	return c, err
}

func wantCode(t *testing.T, err error, want record.Code) {
	t.Helper()
	if got := record.CodeOf(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}
