package journal

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func openForPoints(t *testing.T, at func(Point)) *Journal {
	t.Helper()
	j, err := Open(t.TempDir(), Run{RunID: "019b7000-0000-7000-8000-000000000001"}, Options{At: at})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// Lines that come while others are on their way to the disk go together.
func TestWritersShareASync(t *testing.T) {
	const others = 5
	var mu sync.Mutex
	passed := make(map[Point]int)
	first, goOn := make(chan bool), make(chan bool)
	j := openForPoints(t, func(p Point) {
		mu.Lock()
		passed[p]++
		written, recorded := passed[PointIntentWritten], passed[PointIntentRecorded]
		mu.Unlock()
		if p == PointIntentWritten && written == 1 {
			close(first)
			<-goOn
		}
		if p == PointIntentWritten && written == 1+others && recorded > 1 {
			t.Errorf("%d intents were recorded before the last was written", recorded)
		}
	})
	var wg sync.WaitGroup
	intend := func() {
		if err := j.Intend(Intent{}); err != nil {
			t.Error(err)
		}
	}
	wg.Go(intend)
	<-first
	for range others {
		wg.Go(intend)
	}
	waiting := func() int {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.next == nil {
			return 0
		}
		return len(j.next.written)
	}
	for deadline := time.Now().Add(20 * time.Second); waiting() < others && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	close(goOn)
	wg.Wait()
	if passed[PointIntentRecorded] != 1+others {
		t.Errorf("%d intents are recorded", passed[PointIntentRecorded])
	}
}

// A photo does not wait until another is on the disk.
func TestPhotosDoNotWaitForEachOther(t *testing.T) {
	first, goOn := make(chan bool), make(chan bool)
	var once atomic.Bool
	j := openForPoints(t, func(p Point) {
		if p == PointBackupWritten && once.CompareAndSwap(false, true) {
			close(first)
			<-goOn
		}
	})
	keep := func(photo string) {
		if _, err := j.Backup([]byte(photo)); err != nil {
			t.Error(err)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { keep("a") })
	<-first
	second := make(chan bool)
	wg.Go(func() {
		keep("b")
		close(second)
	})
	select {
	case <-second:
	case <-time.After(20 * time.Second):
		t.Error("the second photo waits for the first")
	}
	close(goOn)
	wg.Wait()
}
