package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"photosync/internal/match"
)

var littleEndian = binary.LittleEndian

func TestFilesThatCannotBeUsed(t *testing.T) {
	about := func(version string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			tamper(t, path, func(tx *bbolt.Tx) error { return tx.Bucket(aboutBucket).Put(schemaKey, []byte(version)) })
		}
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  error // nil: nothing is wrong with it
	}{
		"an empty file":      {func(t *testing.T, path string) { write(t, path, nil) }, nil},
		"a text":             {func(t *testing.T, path string) { write(t, path, []byte("hello")) }, ErrDamaged},
		"a long text":        {func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("hello", 10_000))) }, ErrDamaged},
		"zeros":              {func(t *testing.T, path string) { write(t, path, make([]byte, 1<<16)) }, ErrDamaged},
		"a newer schema":     {about("3"), ErrNewer},
		"a schema of no use": {about("one"), ErrDamaged},
		"somebody else's": {func(t *testing.T, path string) {
			tamper(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket(aboutBucket) })
		}, ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "state.db")
			remember(t, dir, 0, 10)
			c.spoil(t, path)
			before, _ := os.ReadFile(path)
			s, err := Open(dir, here, Options{})
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			aside, _ := filepath.Glob(path + ".damaged-*")
			switch c.want {
			case nil:
				mustClose(t, s)
			case ErrNewer:
				after, _ := os.ReadFile(path)
				if string(before) != string(after) || len(aside) > 0 {
					t.Errorf("it was touched, or set aside as %v", aside)
				}
			case ErrDamaged:
				if len(aside) != 1 || !strings.Contains(err.Error(), filepath.Base(aside[0])) {
					t.Fatalf("set aside as %v, says %v", aside, err)
				}
				if after, _ := os.ReadFile(aside[0]); string(before) != string(after) {
					t.Error("what was set aside is not what was there")
				}
				remember(t, dir, 0, 10)
			}
		})
	}
}

// tamper changes a database behind the store's back.
func tamper(t *testing.T, path string, change func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, []byte("hello"))
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "state.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below"), folder} {
		if _, err := Open(dir, here, Options{}); err == nil || errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// spoilers damage a file at random.
var spoilers = []struct {
	name string
	do   func(r *rand.Rand, b []byte) []byte
}{
	{"a byte", func(r *rand.Rand, b []byte) []byte { b[r.IntN(len(b))] = byte(r.Uint32()); return b }},
	{"a bit", func(r *rand.Rand, b []byte) []byte { b[r.IntN(len(b))] ^= 1 << r.IntN(8); return b }},
	{"the beginning of a page", func(r *rand.Rand, b []byte) []byte {
		b[r.IntN(len(b)/4096)*4096+r.IntN(64)] = byte(r.IntN(16))
		return b
	}},
	{"a page number", func(r *rand.Rand, b []byte) []byte { // small numbers make circles
		littleEndian.PutUint64(b[r.IntN(len(b)/8)*8:], r.Uint64N(40))
		return b
	}},
	{"a few bytes", func(r *rand.Rand, b []byte) []byte {
		for range 20 {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
		return b
	}},
	{"a run of zeros", func(r *rand.Rand, b []byte) []byte {
		at := r.IntN(len(b))
		clear(b[at:min(at+r.IntN(9000), len(b))])
		return b
	}},
	{"two pages swapped", func(r *rand.Rand, b []byte) []byte {
		x, y := r.IntN(len(b)/4096)*4096, r.IntN(len(b)/4096)*4096
		page := string(b[x : x+4096])
		copy(b[x:x+4096], b[y:y+4096])
		copy(b[y:y+4096], page)
		return b
	}},
	{"the end", func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b))] }},
	{"an old page", func(r *rand.Rand, b []byte) []byte { // as a disk that lost a write
		at := r.IntN(len(b)/4096) * 4096
		copy(b[at:at+4096], b[r.IntN(len(b)/4096)*4096:][:4096])
		return b
	}},
}

// Whatever is damaged, a run goes on, and nobody has what is another's.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	for _, from := range []int{0, 100, 300} { // several times, so that there are free pages
		remember(t, dir, from, from+300)
		s := mustOpen(t, dir, here)
		for n := from; n < from+300; n++ {
			s.Agree(person(n), agreed(n))
			if n%3 == 0 {
				s.Await(person(n), awaited(n))
				s.Orphan(person(n), at(n))
			}
		}
		mustClose(t, s)
	}
	healthy, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	const rounds = 12 // 2,500 went well too, when this was written
	for _, spoiler := range spoilers {
		t.Run(spoiler.name, func(t *testing.T) {
			refused, known := 0, 0
			for range rounds {
				b := spoiler.do(r, []byte(string(healthy)))
				write(t, path, b)
				s, err := Open(dir, here, Options{})
				if err != nil {
					if !errors.Is(err, ErrDamaged) {
						t.Fatalf("refused, and not as damaged: %v", err)
					}
					refused++
					s = mustOpen(t, dir, here)
				}
				known += nobodyHasAnothers(t, s, 600)
				for n := range 50 {
					s.Note(person(n*13), compared(n*13+1))
					s.Agree(person(n*13), agreed(n*13+1))
				}
				mustClose(t, s)
				s = mustOpen(t, dir, here)
				if got := recall(t, s, 13); got.Compared == nil || got.Agreement == nil || *got.Compared != compared(14) || *got.Agreement != agreed(14) {
					t.Fatalf("after the damage: %+v", got)
				}
				mustClose(t, s)
				for _, aside := range asides(t, path) {
					if err := os.Remove(aside); err != nil {
						t.Fatal(err)
					}
				}
			}
			t.Logf("%d of %d refused, %d entries known in the others", refused, rounds, known)
		})
	}
}

// nobodyHasAnothers looks at what is known of people, and counts it.
func nobodyHasAnothers(t *testing.T, s *Store, people int) (known int) {
	t.Helper()
	ids := make([]match.GUID, people)
	for n := range ids {
		ids[n] = person(n)
	}
	all, err := s.Recall(ids)
	if err != nil {
		t.Fatal(err)
	}
	for n, id := range ids {
		k := all[id]
		if c := k.Compared; c != nil {
			known++
			if *c != compared(n) {
				t.Fatalf("person %d has %+v", n, *c)
			}
		}
		if a := k.Agreement; a != nil {
			known++
			if *a != agreed(n) {
				t.Fatalf("person %d agreed on %+v", n, *a)
			}
		}
		if p := k.Pending; p != nil {
			known++
			if *p != awaited(n) {
				t.Fatalf("person %d waits for %+v", n, *p)
			}
		}
		if !k.OrphanSince.IsZero() {
			known++
			if k.OrphanSince != at(n) {
				t.Fatalf("person %d is an orphan since %v", n, k.OrphanSince)
			}
		}
	}
	return known
}

func asides(t *testing.T, path string) []string {
	t.Helper()
	found, err := filepath.Glob(path + ".damaged-*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A panic within bbolt ends the state of a run, and not the run; nor does it leave
// the file locked for others.
func TestBrokenState(t *testing.T) {
	dir := t.TempDir()
	remember(t, dir, 0, 10)
	for _, readOnly := range []bool{true, false} {
		s := mustOpen(t, dir, here)
		err := s.guarded(readOnly, patience, func(db *bbolt.DB, _ *os.File) error {
			return db.View(func(*bbolt.Tx) error { panic("page 3: unexpected type") })
		})
		if !errors.Is(err, errBroken) {
			t.Errorf("got %v", err)
		}
		if got, err := s.Recall([]match.GUID{person(1)}); !errors.Is(err, errBroken) {
			t.Errorf("it is still asked: %v, %v", got, err)
		}
		s.Note(person(11), compared(11))
		if err := s.Close(); !errors.Is(err, errBroken) {
			t.Errorf("closed with %v", err)
		}
		s = mustOpen(t, dir, here)
		s.Note(person(12), compared(12))
		mustClose(t, s)
	}
}

// What bbolt itself writes is never refused: with free pages, many of them,
// values longer than a page, buckets in buckets, and an empty one.
func TestHealthyFilesPass(t *testing.T) {
	for _, pageSize := range []int{1024, 4096, 16384} {
		t.Run(fmt.Sprint(pageSize), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: pageSize, NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(3, uint64(pageSize)))
			for round := range 40 {
				err := db.Update(func(tx *bbolt.Tx) error { return scribble(tx, r, round) })
				if err != nil {
					t.Fatal(err)
				}
				file, err := os.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				info, _ := file.Stat()
				if err := errors.Join(walkFile(file, info.Size()), file.Close()); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// scribble changes a database at random.
func scribble(tx *bbolt.Tx, r *rand.Rand, round int) error {
	for range 3 {
		b, err := tx.CreateBucketIfNotExists(fmt.Append(nil, "bucket ", r.IntN(5)))
		if err == nil && r.IntN(2) == 0 {
			b, err = b.CreateBucketIfNotExists([]byte("within"))
		}
		if err != nil {
			return err
		}
		for range 500 {
			key := fmt.Append(nil, r.IntN(3000))
			size := r.IntN(300)
			if r.IntN(100) == 0 {
				size = r.IntN(20_000)
			}
			if r.IntN(3) == 0 || round%10 == 9 {
				err = b.Delete(key)
			} else {
				err = b.Put(key, make([]byte, size))
			}
			if err != nil && !strings.Contains(err.Error(), "incompatible") {
				return err
			}
		}
	}
	return nil
}

// A list of more free pages than a page's own count can tell.
func TestManyFreePages(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 100 MB")
	}
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 1024, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	name := []byte("about")
	for _, step := range []func(tx *bbolt.Tx) error{
		func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucket(name)
			for n := 0; n < 70_000 && err == nil; n++ {
				err = b.Put(fmt.Appendf(nil, "%08d", n), make([]byte, 900))
			}
			return err
		},
		func(tx *bbolt.Tx) error { return tx.DeleteBucket(name) },
		func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucket(name)
			return errors.Join(err, b.Put(schemaKey, []byte("1")))
		},
	} {
		if err := db.Update(step); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, mustOpen(t, filepath.Dir(path), here))
}

// A branch that leads back to itself would have bbolt go round until the stack
// is full, which nothing can catch.
func TestCircle(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	remember(t, dir, 0, 3000)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	circles := 0
	for at := 0; at < len(b); at += 4096 {
		if p := newPage(b[at:]); p.kind == branchPage && p.id == uint64(at/4096) {
			order.PutUint64(p.element(p.count / 2)[8:], p.id)
			circles++
		}
	}
	if circles == 0 {
		t.Fatal("there is no branch")
	}
	write(t, path, b)
	if _, err := Open(dir, here, Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}
