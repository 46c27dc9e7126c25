package state

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// childVariable has the folder in which the test binary is to write for ever.
const childVariable = "PHOTOSYNC_TEST_STATE_CHILD"

// writeForEver notes 10,000 people until it is killed, each time otherwise.
func writeForEver(dir string) {
	s, err := Open(dir, here)
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
		s.Note(person(n%10_000), c)
	}
}

// A process that is killed while it writes leaves entries that are whole, and
// those of people on whom it was not at work.
func TestKilledWhileItWrites(t *testing.T) {
	dir := t.TempDir()
	remember(t, dir, 10_000, 15_000)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	written := 0
	for range 8 {
		child := exec.Command(self)
		child.Env = append(os.Environ(), childVariable+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := bufio.NewScanner(out)
		for range 5 + r.IntN(8) { // by then batches are being written
			if !said.Scan() || !strings.HasPrefix(said.Text(), "noted ") {
				t.Fatalf("the child says %q", said.Text())
			}
		}
		time.Sleep(time.Duration(r.IntN(40)) * time.Millisecond) // the kill may come at any moment of a write
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		s := mustOpen(t, dir, here)
		for n := 10_000; n < 15_000; n++ {
			if got, ok := s.Compared(person(n)); !ok || got != compared(n) {
				t.Fatalf("person %d: %v, %+v", n, ok, got)
			}
		}
		written = 0
		for n := range 10_000 {
			got, ok := s.Compared(person(n))
			if got.CloudDetail = 0; ok && got != withoutDetail(compared(0)) {
				t.Fatalf("person %d: %+v", n, got)
			}
			if ok {
				written++
			}
		}
		mustClose(t, s)
	}
	if written == 0 {
		t.Error("no child came to write anything")
	}
}

func withoutDetail(c Compared) Compared {
	c.CloudDetail = 0
	return c
}
