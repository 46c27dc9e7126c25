package journal_test

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"photosync/internal/journal"
	"photosync/internal/record"
)

// TestFullDisk runs in a child process that may not write files of more than
// 10,000 bytes: the kernel cuts a write short, as a full disk does.
func TestFullDisk(t *testing.T) {
	const child = "JOURNAL_TEST_FULL_DISK"
	if os.Getenv(child) == "" {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(exe, "-test.run=^TestFullDisk$", "-test.v")
		c.Env = append(os.Environ(), child+"=1")
		out, err := c.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("--- PASS: TestFullDisk")) {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	dir := t.TempDir()
	j := open(t, dir)
	bound := func(bytes uint64) {
		t.Helper()
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		limit.Cur = min(bytes, limit.Max)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
	}
	bound(10_000)
	photo := strings.Repeat("x", 20_000)
	if _, err := j.Backup([]byte(photo)); record.CodeOf(err) != record.BackupFailed {
		t.Errorf("backup: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(blob(dir, hash(photo)))); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	fits := 0
	var err error
	for ; err == nil && fits < 100; fits++ {
		err = j.Intend(journal.Intent{ID: "w", UserPrincipalName: strings.Repeat("x", 700)})
	}
	if record.CodeOf(err) != record.JournalFailed || fits < 5 {
		t.Fatalf("after %d intents: %v", fits, err)
	}
	path := filepath.Join(dir, "journal", run1+".jsonl")
	full := tree(t, path)[path]
	if full != 10_000 {
		t.Errorf("%d bytes are written, so that it was not cut short", full)
	}
	bound(1 << 30) // there is room again
	if err := j.Finish(journal.Outcome{ID: "w"}); record.CodeOf(err) != record.JournalFailed || tree(t, path)[path] != full {
		t.Errorf("a line follows half a line: %v", err)
	}
	if err := journal.Settle(dir, run1, journal.Outcome{ID: "w", Status: record.Done}); err != nil || read(t, dir, run1).Row().Done != 1 {
		t.Errorf("settle: %v", err)
	}
	if _, err := j.Backup([]byte(photo)); err != nil || !has(t, dir, photo) {
		t.Errorf("backup with room: %v", err)
	}
}

// asNobody calls do with the rights of an account that has none, also when the test
// is run as root. It says false when it cannot.
func asNobody(t *testing.T, do func()) bool {
	t.Helper()
	if os.Getuid() != 0 {
		do()
		return true
	}
	done := make(chan bool)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its rights
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0)
		now, _, _ := syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0) // it gives what was before, never an error
		if now == 65534 {
			do()
		}
		done <- now == 65534
	}()
	return <-done
}

// opened lets everybody go through the folders above and see what is in dir.
func opened(t *testing.T, dir string) {
	t.Helper()
	for _, d := range []string{filepath.Dir(dir), dir, filepath.Join(dir, "journal"), filepath.Join(dir, "backups")} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFileThatMayNotBeRead(t *testing.T) {
	dir := t.TempDir()
	sha := backup(t, open(t, dir), []byte("abc"))
	opened(t, dir)
	if err := os.Chmod(filepath.Dir(blob(dir, sha)), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "journal", run1+".jsonl")
	for _, file := range []string{path, blob(dir, sha)} {
		if err := os.Chmod(file, 0); err != nil {
			t.Fatal(err)
		}
	}
	able := asNobody(t, func() {
		_, err := journal.Read(dir, run1)
		if record.CodeOf(err) != record.JournalUnusable || record.From(err).Target != path || !strings.Contains(err.Error(), path) {
			t.Errorf("read: %v", err)
		}
		if err := journal.Walk(dir, func(journal.Record) error { return nil }); record.CodeOf(err) != record.JournalUnusable {
			t.Errorf("walk: %v", err)
		}
		if _, err := journal.Photo(dir, sha, nil); record.CodeOf(err) != record.JournalUnusable {
			t.Errorf("photo: %v", err)
		}
		if err := journal.Settle(dir, run1, journal.Outcome{}); record.CodeOf(err) != record.JournalFailed {
			t.Errorf("settle: %v", err)
		}
	})
	if !able {
		t.Skip("root, and cannot be anybody else")
	}
}

func TestFolderThatMayNotBeWritten(t *testing.T) {
	dir := t.TempDir()
	sha := backup(t, open(t, dir), []byte("abc"))
	opened(t, dir)
	for _, d := range []string{dir, filepath.Join(dir, "journal"), filepath.Join(dir, "backups"), filepath.Dir(blob(dir, sha))} {
		if err := os.Chmod(d, 0o555); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(d, 0o700) }()
	}
	if err := os.Chmod(filepath.Join(dir, "journal", run1+".jsonl"), 0o444); err != nil {
		t.Fatal(err)
	}
	able := asNobody(t, func() {
		for _, d := range []string{dir, filepath.Join(dir, "new")} {
			if _, err := journal.Open(d, journal.Run{RunID: run2}, journal.Options{}); record.CodeOf(err) != record.StateDirUnusable || record.From(err).Target != d {
				t.Errorf("open %s: %v", d, err)
			}
		}
		if r, err := journal.Read(dir, run1); err != nil || r.Run.RunID != run1 {
			t.Errorf("read: %v", err)
		}
		_, err := journal.Prune(dir, begun.AddDate(100, 0, 0), false, func(record.Run) error { return nil })
		if code := record.CodeOf(err); code != record.JournalFailed {
			t.Errorf("prune: %v", err)
		}
	})
	if !able {
		t.Skip("root, and cannot be anybody else")
	}
}

func TestMakeFolderForTheOwnerOnly(t *testing.T) {
	base := t.TempDir()
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, "a", "b")
	for range 2 {
		if err := journal.MakeFolder(dir + "/"); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]os.FileMode{base: 0o755, filepath.Dir(dir): 0o700, dir: 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "x")} {
		if err := journal.MakeFolder(dir); err == nil {
			t.Errorf("made %s", dir)
		}
	}
}
