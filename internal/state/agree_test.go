package state

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// twice runs a look before what was noted is written, and in another store after.
func twice(t *testing.T, note func(s *Store), look func(t *testing.T, s *Store)) {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, dir, here)
	note(s)
	t.Run("noted", func(t *testing.T) { look(t, s) })
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	other := mustOpen(t, dir, here) // while the first is open
	t.Run("written", func(t *testing.T) { look(t, other) })
	mustClose(t, other)
	mustClose(t, s)
}

func expect(t *testing.T, s *Store, n int, want Known) {
	t.Helper()
	if diff := cmp.Diff(want, recall(t, s, n)); diff != "" {
		t.Errorf("person %d: %s", n, diff)
	}
}

func TestWhatOutlivesWhat(t *testing.T) {
	a, p, c := agreed(1), awaited(1), compared(1)
	for name, x := range map[string]struct {
		do   func(s *Store, id match.GUID)
		want Known
	}{
		"all":                  {func(*Store, match.GUID) {}, Known{&c, &a, &p, at(5)}},
		"settled":              {func(s *Store, id match.GUID) { s.Settle(id) }, Known{&c, &a, nil, at(5)}},
		"no orphan":            {func(s *Store, id match.GUID) { s.NotOrphan(id) }, Known{&c, &a, &p, time.Time{}}},
		"dropped":              {func(s *Store, id match.GUID) { s.Drop(id) }, Known{Compared: &c}},
		"agreed again":         {func(s *Store, id match.GUID) { again := a; again.At = at(9); s.Agree(id, again) }, Known{&c, &a, nil, time.Time{}}},
		"agreed otherwise":     {func(s *Store, id match.GUID) { other := agreed(2); s.Agree(id, other) }, Known{Compared: &c, Agreement: new(agreed(2))}},
		"awaited otherwise":    {func(s *Store, id match.GUID) { s.Await(id, awaited(2)) }, Known{&c, &a, new(awaited(2)), at(5)}},
		"seen later":           {func(s *Store, id match.GUID) { s.Orphan(id, at(6)) }, Known{&c, &a, &p, at(5)}},
		"seen earlier":         {func(s *Store, id match.GUID) { s.Orphan(id, at(4)) }, Known{&c, &a, &p, at(4)}},
		"seen later, and anew": {func(s *Store, id match.GUID) { s.NotOrphan(id); s.Orphan(id, at(6)) }, Known{&c, &a, &p, at(6)}},
		"dropped, and anew":    {func(s *Store, id match.GUID) { s.Drop(id); s.Agree(id, agreed(2)); s.Await(id, p) }, Known{&c, new(agreed(2)), &p, time.Time{}}},
	} {
		for _, written := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				twice(t, func(s *Store) {
					id := person(1)
					s.Note(id, c)
					s.Agree(id, a)
					s.Await(id, p)
					s.Orphan(id, at(5))
					if err := s.Err(); err != nil {
						t.Fatal(err)
					}
					if written {
						if err := s.Flush(); err != nil {
							t.Fatal(err)
						}
					}
					x.do(s, id)
				}, func(t *testing.T, s *Store) {
					expect(t, s, 1, x.want)
					expect(t, s, 2, Known{})
				})
			})
		}
	}
}

// Every field comes back, whatever may be empty.
func TestAgreementsComeBack(t *testing.T) {
	all := []Agreement{
		agreed(1), {Kind: Accepted, CloudID: "x"}, {Kind: Removed, OnPremisesSHA256: agreed(1).OnPremisesSHA256, At: at(1), Scope: strings.Repeat("(cn=x)", 3000)},
		{Kind: Written, CloudID: "ABCDEF00-0000-0000-0000-000000000000", CloudETag: `W/"1"`, Verdict: photo.Different, Directory: "dc=ä"},
	}
	twice(t, func(s *Store) {
		for n, a := range all {
			s.Agree(person(n), a)
		}
		s.Await(person(9), Pending{Action: record.Remove})
		long := agreed(10)
		long.Whom.DN, long.At = strings.Repeat("ü", 600), long.At.Add(999*time.Nanosecond).In(time.FixedZone("", 3600))
		s.Agree(person(10), long)
	}, func(t *testing.T, s *Store) {
		for n, a := range all {
			expect(t, s, n, Known{Agreement: &a})
		}
		expect(t, s, 9, Known{Pending: &Pending{Action: record.Remove}})
		long := agreed(10)
		long.Whom.DN = strings.Repeat("ü", 512)
		expect(t, s, 10, Known{Agreement: &long})
	})
}

// What has no place is said, and the rest is kept.
func TestWhatHasNoPlace(t *testing.T) {
	for name, do := range map[string]func(s *Store, id match.GUID){
		"no hash":   func(s *Store, id match.GUID) { s.Agree(id, Agreement{Kind: Seen, OnPremisesSHA256: "abc"}) },
		"no kind":   func(s *Store, id match.GUID) { s.Agree(id, Agreement{}) },
		"pending":   func(s *Store, id match.GUID) { s.Await(id, Pending{RunID: strings.Repeat("x", 2000)}) },
		"no time":   func(s *Store, id match.GUID) { s.Orphan(id, time.Time{}) },
		"less than": func(s *Store, _ match.GUID) { s.NoteSize("a", Size{People: -1}) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, here)
			do(s, match.GUID{}) // nobody
			if err := s.Err(); err != nil && name != "less than" {
				t.Error(err)
			}
			do(s, person(1))
			s.Agree(person(2), agreed(2))
			if err := s.Flush(); err == nil || !strings.Contains(err.Error(), "has no place") {
				t.Errorf("got %v", err)
			}
			if err := s.Close(); err == nil {
				t.Error("closed without a word")
			}
			s = mustOpen(t, dir, here)
			expect(t, s, 1, Known{})
			expect(t, s, 2, Known{Agreement: new(agreed(2))})
			mustClose(t, s)
		})
	}
}

// A run over people of whom nothing changed does not write, though it saw them.
func TestNothingNewIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, here)
	for n := range 1500 {
		a := agreed(n)
		if n%2 == 0 {
			a.Kind = Written
		}
		s.Agree(person(n), a)
	}
	mustClose(t, s)
	commits := 0
	s, err := Open(dir, here, Options{At: func(string) { commits++ }})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 1500 {
		a := agreed(n)
		a.At = a.At.AddDate(0, 0, 1)
		s.Agree(person(n), a)
		s.NotOrphan(person(n))
	}
	if err := s.Flush(); err != nil || commits != 0 {
		t.Errorf("%d points of writes, %v", commits, err)
	}
	renamed := agreed(3)
	renamed.Whom.UserPrincipalName = "married@corp.example"
	s.Agree(person(3), renamed)
	expect(t, s, 3, Known{Agreement: &renamed})
	mustClose(t, s)
	if commits != 2 {
		t.Errorf("%d points of writes", commits)
	}
	s = mustOpen(t, dir, here)
	expect(t, s, 3, Known{Agreement: &renamed})
	mustClose(t, s)
}

func TestAgreed(t *testing.T) {
	const people = 2300
	twice(t, func(s *Store) {
		for n := range people {
			a := agreed(n)
			if n%3 == 0 {
				a.Directory = "dc=other"
			}
			s.Agree(person(n), a)
			if n == 2000 { // the rest is noted only, first
				if err := s.Flush(); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.Drop(person(1))
		moved := agreed(2)
		moved.Directory = "dc=other"
		s.Agree(person(2), moved)
		s.Await(person(people), awaited(0)) // no agreement
	}, func(t *testing.T, s *Store) {
		got := make(map[match.GUID]Agreement)
		err := s.Agreed(corp, func(id match.GUID, a Agreement) error {
			if _, again := got[id]; again {
				t.Errorf("%v comes twice", id)
			}
			got[id] = a
			_, err := s.Recall([]match.GUID{id}) // it may be used meanwhile
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[match.GUID]Agreement)
		for n := range people {
			if n%3 != 0 && n != 1 && n != 2 {
				want[person(n)] = agreed(n)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		stop, calls := errors.New("stop"), 0
		if err := s.Agreed(corp, func(match.GUID, Agreement) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
}

func TestSizes(t *testing.T) {
	long := strings.Repeat("(&(a=b))", 10_000)
	twice(t, func(s *Store) {
		s.NoteSize(whole, Size{1, 2, at(1)})
		s.NoteSize(whole, Size{300_000, 210_000, at(2)})
		s.NoteSize(long, Size{})
	}, func(t *testing.T, s *Store) {
		for key, want := range map[string]Size{whole: {300_000, 210_000, at(2)}, long: {}} {
			if got, ok, err := s.Size(key); got != want || !ok || err != nil {
				t.Errorf("%.20s: %v, %v, %v", key, got, ok, err)
			}
		}
		if got, ok, err := s.Size(""); ok || err != nil {
			t.Errorf("of nothing: %v, %v", got, err)
		}
	})
}

// What is damaged, or stands where it does not belong, is not there.
func TestDamagedEntries(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, here)
	for n := range 4 {
		s.Agree(person(n), agreed(n))
		s.Await(person(n), awaited(n))
		s.Orphan(person(n), at(n))
	}
	mustClose(t, s)
	one, two, three := person(1), person(2), person(3)
	tamper(t, filepath.Join(dir, "state.db"), func(tx *bbolt.Tx) error {
		scope := tx.Bucket(here.bucket())
		var errs []error
		for _, name := range [][]byte{agreedBucket, pendingBucket, orphansBucket} {
			b := scope.Bucket(name)
			flipped := []byte(string(b.Get(one[:])))
			flipped[len(flipped)-1] ^= 1
			errs = append(errs, b.Put(one[:], flipped), b.Put(two[:], []byte(string(b.Get(three[:])))))
		}
		return errors.Join(errs...)
	})
	s = mustOpen(t, dir, here)
	for _, n := range []int{1, 2} {
		expect(t, s, n, Known{})
	}
	expect(t, s, 3, Known{Agreement: new(agreed(3)), Pending: new(awaited(3)), OrphanSince: at(3)})
	s.Agree(person(1), agreed(1)) // and it may be had anew
	mustClose(t, s)
	s = mustOpen(t, dir, here)
	expect(t, s, 1, Known{Agreement: new(agreed(1))})
	mustClose(t, s)
}

// A file of schema 1, which an earlier version wrote, is read as it is; the first
// write makes it schema 2, and nothing is lost.
func TestUpgrade(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	old, err := os.ReadFile(filepath.Join("testdata", "schema-1.db"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, old)
	check := func(s *Store) {
		t.Helper()
		all := comparisons(t, s, 0, 41)
		for n := range 40 {
			if got, ok := all[n]; !ok || got != compared(n) {
				t.Errorf("person %d: %+v", n, got)
			}
		}
	}
	s := mustOpen(t, dir, here)
	check(s)
	s.Note(person(3), compared(3)) // no news
	mustClose(t, s)
	if now, err := os.ReadFile(path); err != nil || string(now) != string(old) {
		t.Errorf("it was touched: %v", err)
	}
	s = mustOpen(t, dir, here)
	s.Agree(person(3), agreed(3))
	mustClose(t, s)
	s = mustOpen(t, dir, here)
	check(s)
	expect(t, s, 3, Known{Compared: new(compared(3)), Agreement: new(agreed(3))})
	mustClose(t, s)
	s = mustOpen(t, dir, Scope{here.Graph, "other"})
	expect(t, s, 5, Known{Compared: new(compared(6))})
	mustClose(t, s)
	tamper(t, path, func(tx *bbolt.Tx) error {
		if got := string(tx.Bucket(aboutBucket).Get(schemaKey)); got != "2" {
			t.Errorf("it says schema %q", got)
		}
		return nil
	})
}
