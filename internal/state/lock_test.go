package state

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"photosync/internal/record"
)

// holderVariable has the folder that a child process is to take and keep.
const holderVariable = "PHOTOSYNC_TEST_STATE_HOLDER"

var nightly = Holder{RunID: "20260301T020000Z-1a2b3c4d", Command: "sync", User: `CORP\svc-photo`, Host: "runbook-7", PID: 4711, Since: at(0)}

func holdForEver(dir string) {
	if _, err := Lock(dir, nightly); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	select {}
}

func mustLock(t *testing.T, dir string, h Holder) *Held {
	t.Helper()
	l, err := Lock(dir, h)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// refused takes a folder that somebody has, and gives what it is told.
func refused(t *testing.T, dir string) string {
	t.Helper()
	l, err := Lock(dir, Holder{RunID: "second"})
	if err == nil {
		t.Fatal("two runs have the folder", l.Release())
	}
	e, ok := errors.AsType[*record.Error](err)
	if !ok || e.Code != record.RunInProgress || e.Target != dir {
		t.Fatalf("got %#v", err)
	}
	return e.Message()
}

func TestOneWriterAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on", "demand")
	l := mustLock(t, dir, nightly)
	if got := refused(t, dir); !strings.HasSuffix(got, `another run has it: sync 20260301T020000Z-1a2b3c4d by CORP\svc-photo on runbook-7 (process 4711), since 2026-03-01T02:00:00Z`) {
		t.Error(got)
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{"": 0o700, "run.lock": 0o600, "run.json": 0o600} {
			if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, info, err)
			}
		}
	}
	for range 2 { // the second time does nothing
		if err := l.Release(); err != nil {
			t.Fatal(err)
		}
	}
	if left := names(t, dir); left != "run.lock" {
		t.Errorf("it leaves %s", left)
	}
	again := mustLock(t, dir, Holder{RunID: "third"})
	if err := l.Release(); err != nil { // of who has it no more
		t.Error(err)
	}
	if got := refused(t, dir); !strings.HasSuffix(got, ": third") {
		t.Error(got)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// Whatever became of the file that says who has the folder, it is had.
func TestHolderThatCannotBeNamed(t *testing.T) {
	for name, text := range map[string]string{
		"missing": "", "half": `{"runId":"202603`, "another type": `{"pid":"x"}`, "no object": `[1]`, "zeros": string(make([]byte, 100)),
		"empty object": `{}`, "long": `{"runId":"` + strings.Repeat("x", 1<<17) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := mustLock(t, dir, nightly)
			path := filepath.Join(dir, "run.json")
			if text == "" {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else {
				write(t, path, []byte(text))
			}
			if got := refused(t, dir); !strings.HasSuffix(got, "another run has it") {
				t.Errorf("%.200s", got)
			}
			if err := l.Release(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestHostileHolder(t *testing.T) {
	dir := t.TempDir()
	l := mustLock(t, dir, Holder{RunID: "a\x1b[2J\nb"})
	if got := refused(t, dir); strings.ContainsAny(got, "\x1b\n") {
		t.Errorf("%q", got)
	}
	if err := l.Release(); err != nil {
		t.Error(err)
	}
}

// A run that was killed has nothing, and nobody is told of it when another run has
// the folder.
func TestKilledHolder(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), holderVariable+"="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // if the test has not come to it
	if said := bufio.NewScanner(out); !said.Scan() || said.Text() != "held" {
		t.Fatalf("the child says %q", said.Text())
	}
	if got := refused(t, dir); !strings.Contains(got, nightly.RunID) {
		t.Error(got)
	}
	kill(t, c)
	if left := names(t, dir); left != "run.json run.lock" {
		t.Errorf("killed, it leaves %s", left)
	}
	l := mustLock(t, dir, Holder{Command: "restore"})
	if got := refused(t, dir); !strings.HasSuffix(got, ": restore") {
		t.Error(got)
	}
	if err := l.Release(); err != nil {
		t.Error(err)
	}
}

// A folder stays taken though nobody keeps what [Lock] gave.
func TestForgottenHolder(t *testing.T) {
	dir := t.TempDir()
	mustLock(t, dir, nightly)
	for range 3 {
		runtime.GC()
	}
	refused(t, dir)
	taken.Range(func(l, _ any) bool {
		if err := l.(*Held).Release(); err != nil {
			t.Error(err)
		}
		return true
	})
	if err := mustLock(t, dir, nightly).Release(); err != nil {
		t.Error(err)
	}
}

func TestFoldersThatCannotBeTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	lock := t.TempDir()
	if err := os.MkdirAll(filepath.Join(lock, "run.lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below"), lock} {
		for range 2 { // nor is it locked the second time
			_, err := Lock(dir, nightly)
			if e, ok := errors.AsType[*record.Error](err); !ok || e.Code != record.StateDirUnusable || e.Target != dir {
				t.Errorf("%s: %v", dir, err)
			}
		}
	}
}

// That it cannot be said who has the folder keeps nobody from it.
func TestFolderWhoseHolderCannotBeSaid(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "run.json", "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	held := mustLock(t, dir, nightly)
	if _, err := Lock(dir, nightly); record.CodeOf(err) != record.RunInProgress {
		t.Errorf("a second one: %v", err)
	}
	_ = held.Release() // run.json stays as it is
	_ = mustLock(t, dir, nightly).Release()
}
