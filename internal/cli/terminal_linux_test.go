package cli

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

const terminalWidth = 80

// terminal is a pseudo terminal of 80 columns, and what it shows.
type terminal struct {
	t      *testing.T
	tty    *os.File // the program's end
	master *os.File // the person's end
	read   chan byte
	lines  []string
	column int
}

// leaveOut leaves a test out where the system lacks what it needs; with
// PHOTOSYNC_REAL=1 that is a failure.
func leaveOut(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("PHOTOSYNC_REAL") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

func noTerminal(t *testing.T, why error) {
	t.Helper()
	leaveOut(t, "there is no pseudo terminal here: %v", why)
}

func openTerminal(t *testing.T) *terminal {
	t.Helper()
	t.Setenv("TERM", "xterm")
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		noTerminal(t, err)
	}
	ioctl := func(request uintptr, argument unsafe.Pointer) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(argument)); errno != 0 {
			noTerminal(t, fmt.Errorf("ioctl %#x: %w", request, errno))
		}
	}
	var unlocked, number int32
	size := [4]uint16{24, terminalWidth}
	ioctl(syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	ioctl(syscall.TIOCGPTN, unsafe.Pointer(&number))
	ioctl(syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		noTerminal(t, err)
	}
	s := &terminal{t: t, tty: tty, master: master, read: make(chan byte, 1<<16), lines: []string{""}}
	ended := make(chan bool)
	go func() {
		defer close(ended)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			for _, b := range buf[:n] {
				s.read <- b
			}
			if err != nil { // EIO, once the program's end is closed
				return
			}
		}
	}()
	t.Cleanup(func() {
		tty.Close()
		<-ended
		master.Close()
	})
	return s
}

// mark ends what was written up to now; no view writes it.
const mark = "\x01"

// look takes in what was written since the last look, and gives it raw.
func (s *terminal) look() string {
	s.t.Helper()
	if _, err := s.tty.WriteString(mark); err != nil {
		s.t.Fatal(err)
	}
	var raw strings.Builder
	for b := range s.read {
		if b == mark[0] {
			break
		}
		raw.WriteByte(b)
	}
	s.draw(raw.String())
	return raw.String()
}

// draw does what a terminal does: it overwrites, and wraps after 80 cells.
func (s *terminal) draw(text string) {
	for _, r := range text {
		last := &s.lines[len(s.lines)-1]
		switch {
		case r == '\r':
			s.column = 0
		case r == '\n':
			s.lines = append(s.lines, "")
		case s.column == terminalWidth:
			s.lines, s.column = append(s.lines, string(r)), 1
		default:
			cells := []rune(*last + strings.Repeat(" ", max(0, s.column-len([]rune(*last))+1)))
			cells[s.column] = r
			*last = string(cells)
			s.column += uniseg.StringWidth(string(r))
		}
	}
}

// screen gives the lines that the terminal shows, without spaces at their ends.
func (s *terminal) screen() []string {
	s.look()
	var shown []string
	for _, line := range s.lines {
		shown = append(shown, strings.TrimRight(line, " "))
	}
	return shown
}

func (s *terminal) want(lines ...string) {
	s.t.Helper()
	if diff := cmp.Diff(lines, s.screen()); diff != "" {
		s.t.Errorf("the terminal (-want +got)\n%s", diff)
	}
}

// TestBar: on a terminal a bar shows count, rate and time left within the
// terminal's width, and is gone before a row, a warning or a question.
func TestBar(t *testing.T) {
	s := openTerminal(t)
	synctest.Test(t, func(*testing.T) { // its clock is the bar's
		v := newView(Stdio{In: s.tty, Out: s.tty, Err: s.tty}, "text", false, false)
		compare := func(done int64) { v.Progress(run.Progress{Stage: run.StageCompare, Done: done, Total: 5000}) }
		compare(100)
		time.Sleep(barAfter - time.Millisecond)
		compare(200)
		s.want("") // too early to tell a rate
		time.Sleep(10*time.Second - barAfter + time.Millisecond)
		compare(1100)
		s.want("Comparing photos  22% |████                | (1100/5000, 110 people/s) [10s:35s]")

		if err := v.Row(record.Row{UserPrincipalName: "a@b", DisplayName: "A", Status: record.Drifted}); err != nil {
			t.Error(err)
		}
		head, row := strings.TrimSuffix(textHead, "\n"), "Drifted            -                           a@b                                A"
		var wrapped []string
		for _, line := range []string{head, row} {
			wrapped = append(wrapped, strings.TrimRight(line[:terminalWidth], " "), line[terminalWidth:])
		}
		s.want(append(wrapped, "")...)

		time.Sleep(10 * time.Second)
		compare(1200)
		s.want(append(wrapped, "Comparing photos  24% |████                | (1200/5000, 60 people/s) [20s:1m3s]")...)
		v.Warn("slow")
		s.want(append(wrapped, "warning: slow", "")...)

		time.Sleep(time.Second)
		compare(5000)
		s.want(append(wrapped, "warning: slow", "")...)
		if err := v.close(record.Summary{}); err != nil {
			t.Error(err)
		}
		s.want(append(wrapped, "warning: slow", "")...)
	})
}

// TestSpinner: without a total there is a count and a rate; the next stage
// takes the line, and nothing of the last one comes back.
func TestSpinner(t *testing.T) {
	s := openTerminal(t)
	synctest.Test(t, func(*testing.T) { // it fails when a goroutine is left behind
		v := newView(Stdio{Out: &words{}, Err: s.tty}, "text", false, false)
		v.Progress(run.Progress{Stage: run.StageRoster, Done: 100})
		time.Sleep(10 * time.Second)
		v.Progress(run.Progress{Stage: run.StageRoster, Done: 1100})
		got := s.screen()
		if want := " Reading cloud users (1100/-, 110 people/s) [10s]"; len(got) != 1 || !strings.HasSuffix(got[0], want) {
			t.Errorf("the terminal shows %q, want ...%s", got, want)
		}
		v.Progress(run.Progress{Stage: run.StageKeys, Done: 3})
		s.want("")
		time.Sleep(time.Second)
		v.Progress(run.Progress{Stage: run.StageKeys, Done: 7})
		got = s.screen()
		if len(got) != 1 || !strings.Contains(got[0], " Reading the directory (7/-") {
			t.Errorf("the terminal shows %q", got)
		}
		if err := v.close(record.Summary{}); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Second)
		s.want("")
	})
}

func TestDumbTerminalHasLines(t *testing.T) {
	s := openTerminal(t)
	t.Setenv("TERM", "dumb")
	if p, ok := newProgress(s.tty, false).(*lines); !ok {
		t.Errorf("got a %T", p)
	}
}

func TestQuietTerminal(t *testing.T) {
	s := openTerminal(t)
	v := newView(Stdio{Out: &words{}, Err: s.tty}, "text", true, false)
	if v.progress != (noProgress{}) {
		t.Errorf("quiet has a %T", v.progress)
	}
	v.Progress(run.Progress{Stage: run.StageCompare, Done: 1, Total: 2})
	if got := s.look(); got != "" {
		t.Errorf("quiet writes %q", got)
	}
}

// On a terminal every row is seen at once; a summary line takes the bar away.
func TestTerminalRowIsSeenAtOnce(t *testing.T) {
	s := openTerminal(t)
	v := newView(Stdio{Out: s.tty, Err: &words{}}, "json", false, false)
	if err := v.Row(empty); err != nil {
		t.Fatal(err)
	}
	if got := s.look(); !strings.HasSuffix(got, "}\r\n") {
		t.Errorf("the terminal has %q", got)
	}
}

// TestAskOnTerminal: the bar is taken away, the question is put, the answer is read.
func TestAskOnTerminal(t *testing.T) {
	s := openTerminal(t)
	std := Stdio{In: s.tty, Out: &words{}, Err: s.tty}
	v := newView(std, "text", false, false)
	began := time.Now()
	v.progress.(*bar).now = func() time.Time { return began }
	v.Progress(run.Progress{Stage: run.StageCompare, Done: 1, Total: 2})
	began = began.Add(time.Second)
	v.Progress(run.Progress{Stage: run.StageCompare, Done: 1, Total: 2})
	if got := s.screen(); !strings.HasPrefix(got[0], "Comparing photos  50% ") {
		t.Errorf("there is no bar: %q", got)
	}
	a := &asker{std: std, hide: v.progress.hide, question: writeQuestion}
	if !a.canAsk() {
		t.Fatal("it does not see the terminal")
	}
	typed := make(chan error)
	var asked strings.Builder
	go func() {
		for !strings.HasSuffix(asked.String(), "Type yes to go on: ") {
			asked.WriteByte(<-s.read)
		}
		_, err := s.master.WriteString("yes\n")
		typed <- err
	}()
	yes, err := a.Approve(t.Context(), &plan.Plan{Uploads: 3, Removes: 1, People: 7})
	if err := <-typed; err != nil {
		t.Fatal(err)
	}
	s.draw(asked.String())
	if yes == nil || err != nil {
		t.Errorf("got %v, %v", yes, err)
	}
	if got := strings.Join(s.screen(), "\n"); !strings.Contains(got, "Upload 3 photos and remove 1, of 7 people. What is there now is backed up first.") || strings.Contains(got, "Comparing") {
		t.Errorf("the terminal shows %q", got)
	}
	for name, std := range map[string]Stdio{"no terminal to read": {In: strings.NewReader("yes\n"), Err: s.tty}, "no terminal to ask on": {In: s.tty, Err: &words{}}} {
		if (&asker{std: std}).canAsk() {
			t.Errorf("%s, and it would ask", name)
		}
	}
}

// TestNarrowTerminal: where a bar would wrap there are lines instead.
func TestNarrowTerminal(t *testing.T) {
	s := openTerminal(t)
	size := [4]uint16{24, barWidth - 1}
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, s.master.Fd(), syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size))); errno != 0 {
		t.Fatal(errno)
	}
	if _, ok := newProgress(s.tty, false).(*lines); !ok {
		t.Error("a narrow terminal gets a bar")
	}
}
