package state

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
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
	s, err := Open(dir, scope, Options{})
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

// at gives a moment, a number of minutes after another.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 1, 2, 0, 0, 123456000, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

const (
	corp  = "dc=corp,dc=example"
	whole = "sub\t" + corp + "\t(&(objectCategory=person)(objectClass=user))"
)

// agreed gives what was agreed of person n, as a real one is.
func agreed(n int) Agreement {
	c := compared(n)
	return Agreement{
		Kind: Seen, OnPremisesSHA256: c.Of.OnPremisesSHA256, CloudID: c.Of.CloudID, CloudETag: c.Of.CloudETag, Verdict: photo.Same,
		At: at(n), Directory: corp, Scope: whole,
		Whom: Whom{
			UserPrincipalName: fmt.Sprintf("first.last%06d@corp.example", n), DisplayName: fmt.Sprintf("Last %06d, First", n),
			SamAccountName: fmt.Sprintf("last%06d", n), DN: fmt.Sprintf("CN=Last %06d\\, First,OU=People,OU=Berlin,DC=corp,DC=example", n),
		},
	}
}

// awaited gives a write of person n that was not seen.
func awaited(n int) Pending {
	c := compared(n)
	return Pending{
		RunID: "20260301T020000Z-1a2b3c4d", WriteID: person(n + 1<<33).String(), Action: record.Upload,
		OnPremisesSHA256: c.Of.OnPremisesSHA256, CloudID: c.Of.CloudID, ETagBefore: c.Of.CloudETag, At: at(n),
	}
}

// recall gives what is known of one person.
func recall(t testing.TB, s *Store, n int) Known {
	t.Helper()
	all, err := s.Recall([]match.GUID{person(n)})
	if err != nil {
		t.Fatal(err)
	}
	return all[person(n)]
}

// comparisons gives what was compared of people from one to another.
func comparisons(t testing.TB, s *Store, from, to int) map[int]Compared {
	t.Helper()
	var ids []match.GUID
	for n := from; n < to; n++ {
		ids = append(ids, person(n))
	}
	known, err := s.Recall(ids)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[int]Compared)
	for n := from; n < to; n++ {
		if c := known[person(n)].Compared; c != nil {
			all[n] = *c
		}
	}
	return all
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		writeForEver(dir)
	}
	if dir := os.Getenv(holderVariable); dir != "" {
		holdForEver(dir)
	}
	goleak.VerifyTestMain(m)
}
