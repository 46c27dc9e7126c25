package cli

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ownTemp gives the test a folder for temporary files of its own.
func ownTemp(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "temp")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	return dir
}

// foreign is an environment that points elsewhere.
func foreign(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AZURE_CLIENT_SECRET": "half of a set, so that nothing is sent by a demo that takes it", "PHOTOSYNC_ENVIRONMENT": "mars", "PHOTOSYNC_LDAP_AUTH": "negotiate",
		"PHOTOSYNC_SERVER": "dc.example.invalid", "PHOTOSYNC_GRAPH_URL": "https://graph.example.invalid",
		"PHOTOSYNC_LDAP_PASSWORD": "wrong", "PHOTOSYNC_STATE_DIR": "/proc/no/such",
	} {
		t.Setenv(name, value)
	}
}

// TestDemoServe: the lines of the contract and no other, a shell takes them,
// photosync works with them, and Ctrl+C leaves nothing behind.
func TestDemoServe(t *testing.T) {
	temp := ownTemp(t)
	out, stdout := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	up := make(chan bool)
	err := &words{wrote: func(text string) {
		if strings.HasPrefix(text, "The lab is up; ") {
			close(up)
		}
	}}
	code := make(chan int, 1)
	go func() {
		code <- Run(ctx, []string{"photosync", "demo", "--serve"}, Stdio{Out: stdout, Err: err})
		stdout.Close()
	}()
	var lines []string
	var names, values [9]string
	in := bufio.NewReader(out)
	for i := range names {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
		names[i], values[i], _ = strings.Cut(strings.TrimSuffix(line, "\n"), "=")
	}
	want := [9]string{
		"PHOTOSYNC_SERVER", "PHOTOSYNC_CA_FILE", "PHOTOSYNC_LDAP_USER", "PHOTOSYNC_LDAP_PASSWORD", "PHOTOSYNC_GRAPH_URL", "PHOTOSYNC_STATE_DIR",
		"PHOTOSYNC_LDAP_AUTH", "PHOTOSYNC_ENVIRONMENT", "PHOTOSYNC_ACCESS_TOKEN",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Fatalf("(-want +got)\n%s", diff)
	}
	for i, form := range []string{`ldaps://127\.0\.0\.1:\d+`, `/.+\.pem`, `[^ @]+@corp\.example`, `\S+`, `http://127\.0\.0\.1:\d+`, `/.+`, `basic`, `global`, `\S+`} {
		if !regexp.MustCompile("^" + form + "$").MatchString(values[i]) {
			t.Errorf("%s is %q", names[i], values[i])
		}
	}
	select {
	case <-up:
	case <-time.After(patience):
		t.Fatal("nobody was told that the lab is up")
	}
	sourced(t, lines)
	foreign(t) // what the environment held before takes no part
	for i, name := range names {
		t.Setenv(name, values[i])
	}
	if code, rows, err := runCLI(t.Context(), "drift", "--output", "json"); code != 0 || strings.Count(rows, "\n") < 10 {
		t.Errorf("drift in the lab: exit code %d, rows %q, error %q", code, rows, err)
	}
	cancel()
	rest, _ := io.ReadAll(in)
	if len(rest) > 0 {
		t.Errorf("more lines: %q", rest)
	}
	if got := <-code; got != 130 {
		t.Errorf("exit code %d, want 130", got)
	}
	const last = "The lab is up; Ctrl+C ends it and forgets everything in it.\nCancelled: the lab was ended. Start it again with photosync demo --serve.\n"
	if diff := cmp.Diff(last, err.String()); diff != "" {
		t.Error(diff)
	}
	if left := namesIn(t, temp); left != nil {
		t.Errorf("it left %v", left)
	}
}

// sourced lets a shell read the lines, as the help says, and print them again.
func sourced(t *testing.T, lines []string) {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Log("there is no sh here to read the lines")
		return
	}
	file := filepath.Join(t.TempDir(), "lab.env")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(shell, "-c", `set -a; . "$1"; set +a; env`, "sh", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, line := range lines {
		if !strings.Contains("\n"+string(out), "\n"+line) {
			t.Errorf("a shell does not understand %q", line)
		}
	}
}

func TestDemoServeToNobody(t *testing.T) {
	temp := ownTemp(t)
	var err words
	if code := Run(t.Context(), []string{"photosync", "demo", "--serve"}, Stdio{Out: &broken{}, Err: &err}); code != 1 || !strings.HasPrefix(lastLine(err.String()), "OutputFailed: ") {
		t.Errorf("exit code %d, error %q", code, err.String())
	}
	if left := namesIn(t, temp); left != nil {
		t.Errorf("it left %v", left)
	}
}

// TestDemoStaysInTheLab: an environment that points elsewhere changes nothing,
// and a temp folder that is lost at the end is a fault that is told of: a plain
// error after the command line was understood.
func TestDemoStaysInTheLab(t *testing.T) {
	foreign(t)
	temp := ownTemp(t)
	var out words
	lost := false
	err := &words{wrote: func(text string) {
		if strings.Contains(text, "That was the lab.") {
			lost = os.Rename(temp, temp+".away") == nil && os.WriteFile(temp, nil, 0o600) == nil
		}
	}}
	code := Run(t.Context(), []string{"photosync", "demo"}, Stdio{In: strings.NewReader(""), Out: &out, Err: err})
	if !lost {
		t.Fatalf("the demo did not come to its end: exit code %d\n%s", code, err)
	}
	for _, line := range []string{`(?m)^Drifted +NoBaseline +Review`, `(?m)^WouldChange `, `(?m)^Done `} {
		if !regexp.MustCompile(line).MatchString(out.String()) {
			t.Errorf("no line is %s", line)
		}
	}
	if code != 1 || !strings.HasPrefix(lastLine(err.String()), "InternalError: ") {
		t.Errorf("exit code %d, last line %q", code, lastLine(err.String()))
	}
}

// Ctrl+C in the middle of the demo: exit 130, and it is nobody's fault.
func TestDemoIsCancelled(t *testing.T) {
	temp := ownTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := &words{wrote: func(text string) {
		if strings.Contains(text, "$ photosync drift") {
			cancel()
		}
	}}
	code := Run(ctx, []string{"photosync", "demo"}, Stdio{In: strings.NewReader(""), Out: &words{}, Err: err})
	if code != 130 || !strings.HasPrefix(lastLine(err.String()), "Cancelled: the run was cancelled") {
		t.Errorf("exit code %d, last line %q", code, lastLine(err.String()))
	}
	if strings.Contains(err.String(), "InternalError") {
		t.Errorf("it blames itself: %s", err)
	}
	if left := namesIn(t, temp); left != nil {
		t.Errorf("it left %v", left)
	}
}
