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
	"time"

	"go.etcd.io/bbolt"
)

var littleEndian = binary.LittleEndian

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, here)
	s.Note(person(1), compared(1))
	begun := time.Now()
	if _, err := Open(dir, here); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("it took %v to find out", took)
	}
	mustClose(t, s)
	mustClose(t, mustOpen(t, dir, here))
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	about := func(version string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket(aboutBucket).Put(schemaKey, []byte(version)) })
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
		"a newer schema":     {about("2"), ErrNewer},
		"a schema of no use": {about("one"), ErrDamaged},
		"somebody else's": {func(t *testing.T, path string) {
			edit(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket(aboutBucket) })
		}, ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "state.db")
			remember(t, dir, 0, 10)
			c.spoil(t, path)
			before, _ := os.ReadFile(path)
			s, err := Open(dir, here)
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

// edit changes a database behind the store's back.
func edit(t *testing.T, path string, change func(*bbolt.Tx) error) {
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
		if _, err := Open(dir, here); err == nil || errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer) {
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
				s, err := Open(dir, here)
				if err != nil {
					if !errors.Is(err, ErrDamaged) {
						t.Fatalf("refused, and not as damaged: %v", err)
					}
					refused++
					s = mustOpen(t, dir, here)
				}
				for n := range 600 {
					got, ok := s.Compared(person(n))
					if ok && got != compared(n) {
						t.Fatalf("person %d has %+v", n, got)
					}
					if ok {
						known++
					}
				}
				for n := range 50 {
					s.Note(person(n*13), compared(n*13+1))
				}
				mustClose(t, s)
				s = mustOpen(t, dir, here)
				if got, _ := s.Compared(person(13)); got != compared(14) {
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

func asides(t *testing.T, path string) []string {
	t.Helper()
	found, err := filepath.Glob(path + ".damaged-*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A panic within bbolt ends the memory, and not the run.
func TestBrokenMemory(t *testing.T) {
	dir := t.TempDir()
	remember(t, dir, 0, 10)
	s := mustOpen(t, dir, here)
	if err := s.guarded(func() error { panic("page 3: unexpected type") }); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	if _, ok := s.Compared(person(1)); ok {
		t.Error("it is still asked")
	}
	s.Note(person(11), compared(11))
	if err := s.Close(); !errors.Is(err, errBroken) {
		t.Errorf("closed with %v", err)
	}
	if _, err := Open(dir, here); !errors.Is(err, ErrLocked) { // for the rest of the process
		t.Errorf("opened again: %v", err)
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
	if _, err := Open(dir, here); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}
