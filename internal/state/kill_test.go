package state

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"photosync/internal/match"
)

// Variables for a child process, which this test binary is too.
const (
	childVariable = "PHOTOSYNC_TEST_STATE_CHILD" // the folder in which it is to write for ever
	pointVariable = "PHOTOSYNC_TEST_STATE_POINT" // where it is to stop and wait for its end, "" for nowhere
	afterVariable = "PHOTOSYNC_TEST_STATE_AFTER" // after how many writes
)

// writeForEver notes 4,000 people until it is killed, each time otherwise.
func writeForEver(dir string) {
	writes, after := 0, 0
	_, _ = fmt.Sscan(os.Getenv(afterVariable), &after) // 0 if it is not given
	s, err := Open(dir, here, Options{At: func(point string) {
		if point == PointBeforeCommit {
			writes++
		}
		if point == os.Getenv(pointVariable) && writes > after {
			fmt.Println("at", point)
			select {}
		}
	}})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	c := compared(0)
	for n := 0; ; n++ {
		if n%batchFull == 0 {
			fmt.Println("noted", n)
		}
		c.CloudDetail = os.Getpid() + n
		id, a, p := person(n%4_000), agreed(n%4_000), awaited(n%4_000)
		s.Note(id, c)
		a.At = at(n) // alone, that is no news: the photo changes too
		a.CloudETag = fmt.Sprint(os.Getpid(), ".", n)
		s.Agree(id, a)
		if n%2 == 0 {
			p.ETagBefore = a.CloudETag // what is pending goes with its agreement
			s.Await(id, p)
		}
	}
}

// child starts a process that writes.
func child(t *testing.T, dir string, more ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(append(os.Environ(), childVariable+"="+dir), more...)
	c.Stderr = io.Discard
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // if the test has not come to it
	return c, bufio.NewScanner(out)
}

func kill(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
}

// A process that is killed while it writes leaves entries that are whole, and
// those of people on whom it was not at work.
func TestKilledWhileItWrites(t *testing.T) {
	dir := t.TempDir()
	remember(t, dir, 4_000, 5_000)
	s := mustOpen(t, dir, here)
	for n := 4_000; n < 5_000; n++ {
		s.Agree(person(n), agreed(n))
	}
	mustClose(t, s)
	r := rand.New(rand.NewPCG(5, 6))
	written := 0
	for kills := range 6 {
		c, said := child(t, dir)
		for range 4 + r.IntN(4) { // by then batches are being written
			if !said.Scan() || !strings.HasPrefix(said.Text(), "noted ") {
				t.Fatalf("the child says %q", said.Text())
			}
		}
		time.Sleep(time.Duration(r.IntN(40)) * time.Millisecond) // the kill may come at any moment of a write
		kill(t, c)
		written = wholeAfterKill(t, dir, kills+1)
	}
	if written == 0 {
		t.Error("no child came to write anything")
	}
}

// At each point a killed write is there whole or not at all.
func TestKilledAtPoints(t *testing.T) {
	for _, point := range []Point{PointBeforeCommit, PointAfterCommit} {
		for _, after := range []int{0, 2} {
			t.Run(fmt.Sprint(point, " ", after), func(t *testing.T) {
				dir := t.TempDir()
				c, said := child(t, dir, pointVariable+"="+point, afterVariable+"="+fmt.Sprint(after))
				for said.Scan() && said.Text() != "at "+point {
				}
				if said.Text() != "at "+point {
					t.Fatal("the child did not come there")
				}
				kill(t, c)
				written, want := wholeAfterKill(t, dir, 1), after*batchFull
				if point == PointAfterCommit {
					want += batchFull
				}
				if most := want * 2; written < want || written > most { // a batch takes up to twice as many as have it written
					t.Errorf("%d people are written, not %d to %d", written, want, most)
				}
			})
		}
	}
}

// wholeAfterKill looks at the file after a number of children were killed, and
// counts those of their people who are in it. What was noted of one person may be
// in two batches, of which the kill let only the first be written.
func wholeAfterKill(t *testing.T, dir string, kills int) (written int) {
	t.Helper()
	s := mustOpen(t, dir, here)
	defer mustClose(t, s)
	ids := make([]match.GUID, 5_000)
	for n := range ids {
		ids[n] = person(n)
	}
	all, err := s.Recall(ids)
	if err != nil {
		t.Fatal(err)
	}
	halves, others := 0, all[person(4_000)].Compared != nil
	for n, id := range ids {
		k := all[id]
		switch {
		case n >= 4_000 && others:
			if k.Compared == nil || k.Agreement == nil || *k.Compared != compared(n) || *k.Agreement != agreed(n) {
				t.Fatalf("person %d: %+v", n, k)
			}
			continue
		case k.nothing():
			continue
		}
		written++
		if !oneRound(t, n, k) {
			halves++
		}
	}
	if halves > kills {
		t.Errorf("of %d people only some parts are of the last write", halves)
	}
	return written
}

// oneRound reports whether all that is known of a person was noted together.
func oneRound(t *testing.T, n int, k Known) bool {
	t.Helper()
	if k.Compared == nil || withoutDetail(*k.Compared) != withoutDetail(compared(0)) {
		t.Fatalf("person %d: %+v", n, k.Compared)
	}
	if k.Agreement == nil || (k.Pending != nil) != (n%2 == 0) {
		return false
	}
	var pid, round int
	if _, err := fmt.Sscanf(k.Agreement.CloudETag, "%d.%d", &pid, &round); err != nil {
		t.Fatalf("person %d: %+v", n, k.Agreement)
	}
	return pid+round == k.Compared.CloudDetail && (k.Pending == nil || k.Pending.ETagBefore == k.Agreement.CloudETag)
}

func withoutDetail(c Compared) Compared {
	c.CloudDetail = 0
	return c
}
