package state

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"photosync/internal/match"
)

// Several runs have the state at once: one that writes and a report, which sees
// what is on the disk and waits for nobody.
func TestNobodyWaitsForARun(t *testing.T) {
	dir := t.TempDir()
	writer, report := mustOpen(t, dir, here), mustOpen(t, dir, here)
	for round := range 5 {
		a := agreed(round)
		writer.Agree(person(1), a)
		if err := writer.Flush(); err != nil {
			t.Fatal(err)
		}
		expect(t, report, 1, Known{Agreement: &a})
		report.Note(person(round+10), compared(round))
		if err := report.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := recall(t, writer, round+10); got.Compared == nil {
			t.Errorf("the run does not see what the report compared")
		}
	}
	mustClose(t, writer)
	mustClose(t, report)
}

// What was noted is written without anybody asking for it.
func TestWrittenSoon(t *testing.T) {
	dir := t.TempDir()
	written := make(chan bool, 9)
	s, err := Open(dir, here, Options{At: func(point string) {
		if point == PointAfterCommit {
			written <- true
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	soon := func() {
		t.Helper()
		select {
		case <-written:
		case <-time.After(20 * time.Second):
			t.Fatal("it is never written")
		}
	}
	for round := range 2 {
		s.Agree(person(round), agreed(round))
		soon()
		other := mustOpen(t, dir, here)
		expect(t, other, round, Known{Agreement: new(agreed(round))})
		mustClose(t, other)
	}
	if took := time.Since(begun); took < 2*lag-100*time.Millisecond {
		t.Errorf("it took %v: nothing gathers", took)
	}
	s.lag = time.Hour // and a full batch at once
	for n := range batchFull {
		s.Agree(person(n+10), agreed(n))
	}
	soon()
	mustClose(t, s)
}

// Somebody who holds the file is waited for, and not for ever.
func TestFileThatIsHeld(t *testing.T) {
	dir := t.TempDir()
	remember(t, dir, 0, 10)
	s, err := Open(dir, here, Options{Patience: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(filepath.Join(dir, "state.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := s.Recall([]match.GUID{person(1)}); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
	if _, err := Open(dir, here, Options{Patience: 100 * time.Millisecond}); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %v to find out", took)
	}
	s.Agree(person(1), agreed(1))
	flushed := make(chan error, 1)
	go func() { flushed <- s.Flush() }()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-flushed; err != nil {
		t.Error(err)
	}
	expect(t, s, 1, Known{Compared: new(compared(1)), Agreement: new(agreed(1))})
	mustClose(t, s)
}

// An error of writing is kept and told, and what is in memory is still known.
func TestWriteThatFails(t *testing.T) {
	dir := t.TempDir()
	remember(t, dir, 0, 10)
	s := mustOpen(t, dir, here)
	path := filepath.Join(dir, "state.db")
	tamper(t, path, func(tx *bbolt.Tx) error { return tx.Bucket(aboutBucket).Put(schemaKey, []byte("7")) })
	s.Agree(person(1), agreed(1))
	for range 2 {
		if err := s.Flush(); !errors.Is(err, ErrNewer) {
			t.Errorf("flushed with %v", err)
		}
	}
	tamper(t, path, func(tx *bbolt.Tx) error { return tx.Bucket(aboutBucket).Put(schemaKey, []byte("2")) })
	s.Agree(person(2), agreed(2)) // too late
	expect(t, s, 1, Known{Compared: new(compared(1)), Agreement: new(agreed(1))})
	if err := s.Close(); !errors.Is(err, ErrNewer) {
		t.Errorf("closed with %v", err)
	}
	s = mustOpen(t, dir, here)
	expect(t, s, 1, Known{Compared: new(compared(1))})
	mustClose(t, s)
}

// A store that has nothing to say makes no file, and one that has leaves no other
// beside it.
func TestFilesThatAreMade(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, here)
	expect(t, s, 1, Known{})
	s.Settle(person(1))
	s.Drop(person(1))
	if err := s.Agreed(corp, func(match.GUID, Agreement) error { return errors.New("somebody is there") }); err != nil {
		t.Error(err)
	}
	if _, ok, err := s.Size(""); ok || err != nil {
		t.Error(ok, err)
	}
	mustClose(t, s)
	if got := names(t, dir); got != "" {
		t.Errorf("it made %s", got)
	}
	remember(t, dir, 0, 1)
	if got := names(t, dir); got != "state.db" {
		t.Errorf("it made %s", got)
	}
}
