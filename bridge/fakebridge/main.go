// Fakebridge stands in for the binary in the tests of the PowerShell module: it
// answers "bridge --protocol=1" and misbehaves on purpose. It shares no code with
// the real one but the version, so that the two cannot agree on a mistake.
//
// Its command line is the binary's, so everything else comes from the
// environment:
//
//	PHOTOSYNC_FAKE             what to play: a name of [scenarios]; "good" when unset
//	PHOTOSYNC_FAKE_TRANSCRIPT  plays a transcript instead, see [replay]
//	PHOTOSYNC_FAKE_ROWS        how many rows, for those that give many
//	PHOTOSYNC_FAKE_PID         file that gets a line with the process id, of each process
//	PHOTOSYNC_FAKE_LOG         file that gets every line of the host, secrets left out, and "EOF"
//
// Start with [scenarios].
package main

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// lifetime ends a process that no test has ended: a fault test that fails must
// not leave processes behind.
const lifetime = 120 * time.Second

func main() {
	if len(os.Args) == 3 && os.Args[1] == "hold" {
		hold(os.Args[2])
	}
	if !slices.Equal(os.Args[1:], []string{"bridge", "--protocol=1"}) {
		fail(64, "the command line is not: bridge --protocol=1")
	}
	time.AfterFunc(lifetime, func() { os.Exit(99) })
	if err := note(os.Getenv("PHOTOSYNC_FAKE_PID"), strconv.Itoa(os.Getpid())); err != nil {
		fail(99, err.Error())
	}

	if path := os.Getenv("PHOTOSYNC_FAKE_TRANSCRIPT"); path != "" {
		c := newChild(scenario{})
		if err := replay(c, path); err != nil {
			fail(99, err.Error())
		}
		c.rest(0)
	}
	name := os.Getenv("PHOTOSYNC_FAKE")
	if name == "" {
		name = "good"
	}
	s, ok := scenarios[name]
	if !ok {
		fail(99, "no scenario is called "+name)
	}
	if s.deaf {
		signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	}
	s.play(newChild(s))
}

// hold is the grandchild: it keeps its standard output open and does nothing.
func hold(seconds string) {
	n, err := strconv.Atoi(seconds)
	if err != nil {
		fail(64, err.Error())
	}
	time.Sleep(time.Duration(n) * time.Second)
	os.Exit(0)
}

// rows is how many rows are wanted.
func rows(otherwise int) int {
	n, err := strconv.Atoi(os.Getenv("PHOTOSYNC_FAKE_ROWS"))
	if err != nil {
		return otherwise
	}
	return n
}

func note(path, line string) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line + "\n"); err != nil {
		return err
	}
	return f.Close()
}

func fail(code int, message string) {
	fmt.Fprintln(os.Stderr, "fakebridge:", message)
	os.Exit(code)
}
