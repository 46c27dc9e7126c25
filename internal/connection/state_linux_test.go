package connection_test

import (
	"os"
	"runtime"
	"syscall"
	"testing"

	"photosync/internal/connection"
	"photosync/internal/record"
)

// leaveOut leaves a test out where the system lacks what it needs; with
// PHOTOSYNC_REAL=1 that is a failure.
func leaveOut(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("PHOTOSYNC_REAL") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// asNobody calls f as a user without rights, on a thread that ends with it.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	errno := make(chan syscall.Errno)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread is thrown away
		_, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), 65534, ^uintptr(0))
		if e == 0 {
			f()
		}
		errno <- e
	}()
	if e := <-errno; e != 0 {
		leaveOut(t, "cannot become nobody: %v", e)
	}
}

func TestDefaultStateDir(t *testing.T) {
	for name, c := range map[string]struct{ xdg, home, want string }{
		"XDG":             {"/xdg", "/home/anna", "/xdg/userphotosync"},
		"a relative XDG":  {"xdg", "/home/anna", "/home/anna/.local/state/userphotosync"},
		"HOME":            {"", "/home/anna", "/home/anna/.local/state/userphotosync"},
		"neither of them": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", c.xdg)
			t.Setenv("HOME", c.home)
			var got string
			var err error
			asNobody(t, func() { got, err = connection.DefaultStateDir() })
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if code := record.CodeOf(err); (c.want == "") != (code == record.StateDirUnusable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDefaultStateDirOfRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		leaveOut(t, "the tests do not run as root")
	}
	t.Setenv("XDG_STATE_HOME", "/xdg")
	if got, err := connection.DefaultStateDir(); got != "/var/lib/userphotosync" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
