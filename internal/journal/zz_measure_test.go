package journal_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"photosync/internal/journal"
	"photosync/internal/record"
)

func genRun(t *testing.T, dir, id string, start time.Time, n int) {
	_ = os.MkdirAll(filepath.Join(dir, "journal"), 0o700)
	_ = os.MkdirAll(filepath.Join(dir, "backups"), 0o700)
	f, err := os.Create(filepath.Join(dir, "journal", id+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	e := json.NewEncoder(w)
	_ = e.Encode(map[string]any{"run": journal.Run{RunID: id, Command: "sync", StartedAt: start}})
	for i := range n {
		s := sha256.Sum256(fmt.Append(nil, id, i))
		o := sha256.Sum256(fmt.Append(nil, id, i, "x"))
		wid := fmt.Sprintf("019b7000-0000-4000-8000-%012d", i)
		_ = e.Encode(map[string]any{"intent": journal.Intent{ID: wid, At: start, ObjectGUID: wid, UserPrincipalName: fmt.Sprintf("user%d@corp.example", i), DisplayName: fmt.Sprintf("User %d", i), SamAccountName: fmt.Sprintf("user%d", i), CloudID: wid, Action: record.Upload, Reason: "Different", OnPremisesSHA256: hex.EncodeToString(o[:]), BackupSHA256: hex.EncodeToString(s[:]), ETagBefore: `"abcdef"`}})
		_ = e.Encode(map[string]any{"outcome": journal.Outcome{ID: wid, At: start, Status: record.Done, ETagAfter: `"abcdefg"`}})
	}
	_ = e.Encode(map[string]any{"end": journal.End{At: start, Outcome: record.OutcomeOk}})
	_ = w.Flush()
	_ = f.Close()
}

func measured(t *testing.T, what string, do func()) {
	runtime.GC()
	var base runtime.MemStats
	runtime.ReadMemStats(&base)
	stop, done := make(chan bool), make(chan uint64)
	go func() {
		var peak uint64
		for {
			select {
			case <-stop:
				done <- peak
				return
			case <-time.After(5 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	begin := time.Now()
	do()
	took := time.Since(begin)
	close(stop)
	t.Logf("%-28s %8v  peak heap +%d MB", what, took.Round(time.Millisecond), (int64(<-done)-int64(base.HeapInuse))>>20)
}

func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	id := func(at time.Time, n int) string {
		ms := at.UnixMilli()
		return fmt.Sprintf("%08x-%04x-7000-8000-%012d", ms>>16, ms&0xffff, n)
	}
	now := time.Now()
	for i := range 2 {
		at := now.Add(-time.Duration(10+i) * 24 * time.Hour)
		genRun(t, dir, id(at, i), at, 100_000)
	}
	p := func() {
		got, err := journal.Prune(dir, now.Add(-90*24*time.Hour), false, func(record.Run) error { return nil })
		t.Log(got, err)
	}
	measured(t, "Unfinished", func() { _, err := journal.Unfinished(dir); t.Log(err) })
	measured(t, "Prune, first", p)
	measured(t, "Prune, nothing to do", p)
	at := now.Add(-100 * 24 * time.Hour)
	genRun(t, dir, id(at, 9), at, 100)
	measured(t, "Prune, a small old run", p)
	at = now.Add(-101 * 24 * time.Hour)
	genRun(t, dir, id(at, 9), at, 100_000)
	measured(t, "Prune, a large old run", p)
}
