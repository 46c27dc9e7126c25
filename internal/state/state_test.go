package state

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"fmt"
	"os"

	"testing"

	"go.uber.org/goleak"

	"photosync/internal/match"
	"photosync/internal/photo"
)

var here = Scope{Graph: "https://graph.example", Tenant: "11111111-2222-3333-4444-555555555555"}

// person gives the objectGUID of person n.
func person(n int) (id match.GUID) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	copy(id[:], sum[:])
	return id
}

// compared gives what was compared of person n, as a real one is: half of them
// read whole, some measured.
func compared(n int) Compared {
	sum := sha256.Sum256([]byte(fmt.Sprint("photo of ", n)))
	etag := sha256.Sum256([]byte(fmt.Sprint("etag of ", n)))
	cloud := person(n + 1<<32)
	c := Compared{
		Of:             Pair{hex.EncodeToString(sum[:]), cloud.String(), `"` + hex.EncodeToString(etag[:]) + `"`},
		Comparison:     photo.Comparison{Verdict: photo.Verdict(n % 3), Distance: 1 / float64(n+2)},
		OnPremisesKind: photo.Photo,
	}
	if n%2 == 0 {
		c.CloudBytes, c.CloudFormat, c.CloudWidth, c.CloudHeight = int64(10_000+n), photo.JPEG, 96, 96
	}
	if n%5 == 0 {
		c.OnPremisesDetail, c.CloudDetail, c.CloudKind = 90, 300, photo.Initials
	}
	c.Confirmed = n%7 != 0
	c.Comparison.SameBytes = n%11 == 0
	return c
}

func mustOpen(t testing.TB, dir string, scope Scope) *Store {
	t.Helper()
	s, err := Open(dir, scope)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// remember fills a folder with people from one to another.
func remember(t testing.TB, dir string, from, to int) {
	t.Helper()
	s := mustOpen(t, dir, here)
	for n := from; n < to; n++ {
		s.Note(person(n), compared(n))
	}
	mustClose(t, s)
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		writeForEver(dir)
	}
	goleak.VerifyTestMain(m)
}
