package match_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/match"
	"photosync/internal/record"
)

func guid(n byte) match.GUID { return match.GUID{n, 1, 2, 3} }

func person(n byte) match.Person {
	return match.Person{
		ObjectGUID:        guid(n),
		SID:               fmt.Sprintf("S-1-5-21-1-2-3-%d", n),
		UserPrincipalName: fmt.Sprintf("p%d@corp.example", n),
		Mail:              fmt.Sprintf("p%d@mail.example", n),
	}
}

// cloudOf gives the cloud user that Entra Connect would make of p.
func cloudOf(p match.Person) match.CloudUser {
	return match.CloudUser{
		ID: "id-" + p.UserPrincipalName, UserPrincipalName: p.UserPrincipalName, Mail: p.Mail,
		ImmutableID: p.ImmutableID(), SID: p.SID,
	}
}

func TestMatch(t *testing.T) {
	a, b := person(1), person(2)
	full := cloudOf(a)
	with := func(u match.CloudUser, edit func(*match.CloudUser)) match.CloudUser {
		edit(&u)
		return u
	}
	bare := func(id string) match.CloudUser { return match.CloudUser{ID: id} }
	twin := b // another person with a's addresses
	twin.UserPrincipalName, twin.Mail = a.UserPrincipalName, a.Mail
	anchored := a
	anchored.ConsistencyGUID = []byte("0123456789abcdef")

	for name, c := range map[string]struct {
		cloud  []match.CloudUser
		people []match.Person // who is in the directory beside the person asked for
		ask    match.Person
		want   match.Match
	}{
		"by immutable id": {[]match.CloudUser{full}, nil, a, match.Match{CloudID: full.ID, By: record.ByImmutableID}},
		"by mS-DS-ConsistencyGuid before objectGUID": {
			[]match.CloudUser{with(bare("x"), func(u *match.CloudUser) { u.ImmutableID = "MDEyMzQ1Njc4OWFiY2RlZg==" })},
			nil, anchored, match.Match{CloudID: "x", By: record.ByImmutableID},
		},
		"by SID": {
			[]match.CloudUser{with(full, func(u *match.CloudUser) { u.ImmutableID = "" })},
			nil, a, match.Match{CloudID: full.ID, By: record.BySID},
		},
		"by UPN, case does not count": {
			[]match.CloudUser{with(bare("x"), func(u *match.CloudUser) { u.UserPrincipalName = "P1@CORP.example" })},
			nil, a, match.Match{CloudID: "x", By: record.ByUserPrincipalName},
		},
		"by mail": {
			[]match.CloudUser{with(bare("x"), func(u *match.CloudUser) { u.Mail = a.Mail })},
			nil, a, match.Match{CloudID: "x", By: record.ByMail},
		},
		"the immutable id wins over another's UPN": {
			[]match.CloudUser{
				with(full, func(u *match.CloudUser) { u.UserPrincipalName = "old@corp.example" }),
				with(bare("x"), func(u *match.CloudUser) { u.UserPrincipalName = a.UserPrincipalName }),
			}, nil, a, match.Match{CloudID: full.ID, By: record.ByImmutableID},
		},
		"a guest never matches by mail": {
			[]match.CloudUser{with(bare("x"), func(u *match.CloudUser) { u.Mail, u.Guest = a.Mail, true })},
			nil, a, match.Match{},
		},
		"a guest with the same mail is no second candidate": {
			[]match.CloudUser{
				with(bare("x"), func(u *match.CloudUser) { u.Mail = a.Mail }),
				with(bare("g"), func(u *match.CloudUser) { u.Mail, u.Guest = a.Mail, true }),
			}, nil, a, match.Match{CloudID: "x", By: record.ByMail},
		},
		"an external member never matches by mail": {
			[]match.CloudUser{with(bare("x"), func(u *match.CloudUser) {
				u.Mail, u.UserPrincipalName = a.Mail, "p1_mail.example#EXT#@corp.onmicrosoft.com"
			})},
			nil, a, match.Match{},
		},
		"a user whom the roster gives twice is one": {
			[]match.CloudUser{full, full}, nil, a, match.Match{CloudID: full.ID, By: record.ByImmutableID},
		},
		"a letter that only looks like another": {
			[]match.CloudUser{with(bare("x"), func(u *match.CloudUser) { u.Mail = "mike@mail.example" })},
			nil, match.Person{Mail: "mi\u212ae@mail.example"}, match.Match{},
		},
		"UPN with a contradicting immutable id": {
			[]match.CloudUser{full}, nil, twin,
			match.Match{CloudID: full.ID, By: record.ByUserPrincipalName, Reason: record.AnchorMismatch},
		},
		"UPN with a contradicting SID": {
			[]match.CloudUser{with(full, func(u *match.CloudUser) { u.ImmutableID = "" })}, nil, twin,
			match.Match{CloudID: full.ID, By: record.ByUserPrincipalName, Reason: record.AnchorMismatch},
		},
		"SID with a contradicting immutable id": {
			[]match.CloudUser{with(full, func(u *match.CloudUser) { u.ImmutableID = "other" })}, nil, a,
			match.Match{CloudID: full.ID, By: record.BySID, Reason: record.AnchorMismatch},
		},
		"who contradicts does not disturb the rightful owner": {
			[]match.CloudUser{full}, []match.Person{twin}, a, match.Match{CloudID: full.ID, By: record.ByImmutableID},
		},
		"two cloud users by mail": {
			[]match.CloudUser{
				with(bare("x"), func(u *match.CloudUser) { u.Mail = a.Mail }),
				with(bare("y"), func(u *match.CloudUser) { u.Mail = strings.ToUpper(a.Mail) }),
			}, nil, a, match.Match{By: record.ByMail, Reason: record.TwoCloudUsers},
		},
		"two people by mail": {
			[]match.CloudUser{with(bare("x"), func(u *match.CloudUser) { u.Mail = a.Mail })},
			[]match.Person{twin}, a, match.Match{CloudID: "x", By: record.ByMail, Reason: record.TwoPeople},
		},
		"two people by keys of different strength": {
			[]match.CloudUser{with(bare("x"), func(u *match.CloudUser) { u.Mail, u.SID = a.Mail, a.SID })},
			[]match.Person{{ObjectGUID: guid(9), Mail: a.Mail}}, a,
			match.Match{CloudID: "x", By: record.BySID, Reason: record.TwoPeople},
		},
		"nobody": {[]match.CloudUser{cloudOf(b)}, nil, a, match.Match{}},
		"empty keys are no keys": {
			[]match.CloudUser{bare("x")}, nil, match.Person{}, match.Match{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := match.NewIndex()
			for _, u := range c.cloud {
				x.Add(u)
			}
			for _, p := range append(c.people, c.ask) {
				x.Claim(p)
			}
			if diff := cmp.Diff(c.want, x.Match(c.ask)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhoClaimsTwiceCountsOnce(t *testing.T) {
	x := match.NewIndex()
	x.Add(cloudOf(person(1)))
	x.Claim(person(1))
	x.Claim(person(1))
	if m := x.Match(person(1)); !m.Found() {
		t.Errorf("got %+v", m)
	}
}

func TestGUID(t *testing.T) {
	const text = "00112233-4455-6677-8899-aabbccddeeff"
	g, err := match.ParseGUID("{00112233-4455-6677-8899-AABBCCDDEEFF}")
	if err != nil {
		t.Fatal(err)
	}
	stored := match.GUID{0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}
	if g != stored || g.String() != text {
		t.Errorf("got % x, %s", g[:], g)
	}
	for _, bad := range []string{"", "{}", text[1:], text + "0", strings.ReplaceAll(text, "a", "g"), strings.ReplaceAll(text, "-", "0"), "{" + text} {
		if _, err := match.ParseGUID(bad); err == nil {
			t.Errorf("%q was taken for a GUID", bad)
		}
	}
}

func TestImmutableIDIsBase64OfTheStoredBytes(t *testing.T) {
	g, err := match.ParseGUID("00112233-4455-6677-8899-aabbccddeeff")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := (match.Person{ObjectGUID: g}).ImmutableID(), "MyIRAFVEd2aImaq7zN3u/w=="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (match.Person{}).ImmutableID(); got != "" {
		t.Errorf("a person without GUIDs has the immutable id %q", got)
	}
}

// BenchmarkIndex reports what a roster of 100,000 costs in memory.
func BenchmarkIndex(b *testing.B) {
	const users = 100_000
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		x := match.NewIndex()
		for i := range users {
			n := fmt.Sprint(i)
			x.Add(match.CloudUser{
				ID: "00000000-0000-0000-0000-0000" + fmt.Sprintf("%08d", i), UserPrincipalName: n + "@corp.example",
				Mail: n + "@mail.example", ImmutableID: n, SID: "S-1-5-21-" + n,
			})
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/users, "B/user")
		runtime.KeepAlive(x)
	}
}
