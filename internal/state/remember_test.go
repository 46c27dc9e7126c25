package state

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/match"
	"photosync/internal/photo"
)

func TestWhatWasNotedIsThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on", "demand")
	remember(t, dir, 0, 2500) // more than two batches
	s := mustOpen(t, dir, here)
	all := comparisons(t, s, 0, 2501)
	for n := range 2500 {
		got, ok := all[n]
		if diff := cmp.Diff(compared(n), got); !ok || diff != "" {
			t.Fatalf("person %d: %v %s", n, ok, diff)
		}
	}
	if got, ok := all[2500]; ok {
		t.Errorf("a stranger has %+v", got)
	}
	changed := compared(7)
	changed.Of.CloudETag, changed.CloudKind = `"moved"`, photo.Silhouette
	s.Note(person(7), changed)
	s.Note(person(8), compared(7)) // and back again before it is written
	s.Note(person(8), compared(8))
	mustClose(t, s)
	s = mustOpen(t, dir, here)
	defer mustClose(t, s)
	for n, want := range map[int]Compared{6: compared(6), 7: changed, 8: compared(8)} {
		if got := comparisons(t, s, n, n+1)[n]; got != want {
			t.Errorf("person %d: %s", n, cmp.Diff(want, got))
		}
	}
}

func TestWhatIsNotRemembered(t *testing.T) {
	dir := t.TempDir()
	remember(t, dir, 0, 10)
	nothing := func(s *Store, err error) func(*testing.T) {
		return func(t *testing.T) {
			if err != nil {
				t.Fatal(err)
			}
			defer mustClose(t, s)
			if got := comparisons(t, s, 0, 10); len(got) > 0 {
				t.Errorf("it knows %+v", got)
			}
		}
	}
	t.Run("in another tenant", nothing(Open(dir, Scope{here.Graph, "99999999-2222-3333-4444-555555555555"}, Options{})))
	t.Run("in another cloud", nothing(Open(dir, Scope{"https://graph.other", here.Tenant}, Options{})))
	t.Run("by another comparison", nothing(open(dir, here, comparison+1, Options{})))

	s := mustOpen(t, dir, here)
	s.Note(match.GUID{}, compared(1))
	for name, spoil := range map[string]func(*Compared){
		"no etag":            func(c *Compared) { c.Of.CloudETag = "" },
		"a long etag":        func(c *Compared) { c.Of.CloudETag = strings.Repeat("e", longest+1) },
		"no hash":            func(c *Compared) { c.Of.OnPremisesSHA256 = "" },
		"a hash in capitals": func(c *Compared) { c.Of.OnPremisesSHA256 = strings.ToUpper(c.Of.OnPremisesSHA256) },
		"no id":              func(c *Compared) { c.Of.CloudID = "anna@corp.example" },
		"an id in capitals":  func(c *Compared) { c.Of.CloudID = "ABCDEF00-0000-0000-0000-000000000000" },
		"no verdict":         func(c *Compared) { c.Comparison.Verdict = 9 },
		"no distance":        func(c *Compared) { c.Comparison.Distance = 2 },
		"a negative detail":  func(c *Compared) { c.CloudDetail = -1 },
	} {
		c := compared(100)
		spoil(&c)
		s.Note(person(100), c)
		if _, ok := c.encode(s.scope, person(100)); ok {
			t.Errorf("%s has an entry", name)
		}
	}
	if s.open.len() != 0 {
		t.Errorf("%d are to be written", s.open.len())
	}
	mustClose(t, s)
}

// What another version of the comparison found out goes with the first write;
// other scopes keep theirs.
func TestAnotherVersionReplaces(t *testing.T) {
	dir, other := t.TempDir(), Scope{here.Graph, "other"}
	remember(t, dir, 0, 10)
	s := mustOpen(t, dir, other)
	s.Note(person(1), compared(1))
	mustClose(t, s)
	s, err := open(dir, here, comparison+1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Note(person(3), compared(4))
	mustClose(t, s)
	s = mustOpen(t, dir, here)
	if got := recall(t, s, 2); got.Compared != nil {
		t.Errorf("the older version still has %+v", got)
	}
	mustClose(t, s)
	if s, err = open(dir, here, comparison+1, Options{}); err != nil {
		t.Fatal(err)
	}
	if got := comparisons(t, s, 3, 4)[3]; got != compared(4) {
		t.Errorf("got %+v", got)
	}
	mustClose(t, s)
	s = mustOpen(t, dir, other)
	defer mustClose(t, s)
	if got := comparisons(t, s, 1, 2)[1]; got != compared(1) {
		t.Errorf("the other scope has %+v", got)
	}
}

// A run that finds nothing new does not touch the file.
func TestWhatIsRememberedIsNotWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	remember(t, dir, 0, 1500)
	path := filepath.Join(dir, "state.db")
	look := func() (os.FileInfo, []byte) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return info, text
	}
	info, text := look()
	remember(t, dir, 0, 1500)
	again, now := look()
	if !info.ModTime().Equal(again.ModTime()) || !bytes.Equal(text, now) {
		t.Errorf("%v and %d bytes, then %v and %d", info.ModTime(), len(text), again.ModTime(), len(now))
	}
}

// The file keeps its size however often the same people change.
func TestTheFileDoesNotGrow(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, here)
	defer func() { mustClose(t, s) }()
	var first, last int64
	for round := range 16 {
		for n := range 1000 {
			c := compared(n)
			c.CloudDetail = round
			s.Note(person(n), c)
		}
		mustClose(t, s)
		info, err := os.Stat(filepath.Join(dir, "state.db"))
		if err != nil {
			t.Fatal(err)
		}
		if last = info.Size(); round == 4 {
			first = last
		}
		s = mustOpen(t, dir, here)
	}
	if last > first*5/4 {
		t.Errorf("it grew from %d to %d", first, last)
	}
}

func TestOnlyTheOwnerReads(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are another thing there")
	}
	dir := filepath.Join(t.TempDir(), "state")
	remember(t, dir, 0, 1)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "state.db"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, here)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := range 1500 {
				s.Note(person(n+g*500), compared(n+g*500)) // each meets people of the next
				if n%10 != 0 {
					continue
				}
				if got := comparisons(t, s, n, n+1); got[n] != compared(n) && g == 0 || len(got) > 0 && got[n] != compared(n) {
					t.Errorf("person %d: %+v", n, got)
				}
			}
		})
	}
	wg.Wait()
	mustClose(t, s)
	s = mustOpen(t, dir, here)
	defer mustClose(t, s)
	all := comparisons(t, s, 0, 5000)
	for n := range 5000 {
		if got, ok := all[n]; !ok || got != compared(n) {
			t.Fatalf("person %d: %v, %+v", n, ok, got)
		}
	}
}

// FuzzDecode: whatever is in an entry, reading it ends well; and what is read
// makes an entry that reads the same.
func FuzzDecode(f *testing.F) {
	scope := here.bucket()
	for n := range 12 {
		value, _ := compared(n).encode(scope, person(n))
		f.Add(value[4:])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		id := person(1)
		value := append(make([]byte, 4), body...)
		order.PutUint32(value, 0)
		if _, ok := decode(value, scope, id); ok && checksum(scope, id, body) != 0 {
			t.Fatal("an entry with a wrong checksum counts")
		}
		littleEndian.PutUint32(value, checksum(scope, id, body))
		c, ok := decode(value, scope, id)
		if !ok {
			return
		}
		again, ok := c.encode(scope, id)
		if !ok {
			t.Fatalf("%+v has no entry", c)
		}
		if got, ok := decode(again, scope, id); !ok || got != c {
			t.Fatalf("%+v became %+v", c, got)
		}
		if _, ok := decode(again, scope, person(2)); ok {
			t.Fatal("it counts for somebody else")
		}
	})
}
