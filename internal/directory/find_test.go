package directory

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/match"
	"photosync/internal/record"
)

func findFake(t *testing.T) (*fake, *AD) {
	odd := human(50, "sAMAccountName", "odd (x)", "userPrincipalName", "odd(*)@corp.example", "mail", "same@mail.example")
	odd.dn = `CN=Müller\, Jörg \\ Sub,OU=Lab,` + fakeBase
	twin := human(51, "mail", "same@mail.example")
	group := object{dn: "CN=Readers,OU=Lab," + fakeBase, attributes: map[string][]string{
		"objectClass": {"top", "group"}, "sAMAccountName": {"Readers"}, "objectGUID": {string(make([]byte, 15)) + "g"}}}
	f := (&fake{objects: append(humans(40), odd, twin, group)}).serve(t, false)
	return f, dialFake(t, f.settings())
}

func TestFindByEveryForm(t *testing.T) {
	_, d := findFake(t)
	g := fakeGUID(3).String()
	for name, want := range map[string]string{
		g:                              "user3",
		"{" + strings.ToUpper(g) + "}": "user3",
		"s-1-5-21-1-2-3-4":             "user4",
		"USER5@corp.example":           "user5",
		"user6@mail.example":           "user6",
		"  user7 ":                     "user7",
		"CN=user8,OU=Lab," + fakeBase:  "user8",
		`CN=Müller\, Jörg \\ Sub,OU=Lab,` + fakeBase: "odd (x)",
		"odd (x)":             "odd (x)",
		"odd(*)@corp.example": "odd (x)",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := d.Find(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if got.SamAccountName != want || got.Photo == nil {
				t.Errorf("got %+v, want %s", got, want)
			}
		})
	}
}

func TestFindFails(t *testing.T) {
	f, d := findFake(t)
	for name, want := range map[string]record.Code{
		"":                                     record.IdentityInvalid,
		" \t ":                                 record.IdentityInvalid,
		`CORP\user1`:                           record.IdentityInvalid,
		"us\x00er":                             record.IdentityInvalid,
		"us\xffer":                             record.IdentityInvalid,
		strings.Repeat("a", 5000):              record.IdentityInvalid,
		"nobody":                               record.UserNotFound,
		"*":                                    record.UserNotFound,
		"user*":                                record.UserNotFound,
		"*)(objectClass=*":                     record.IdentityInvalid,
		"nobody@corp.example":                  record.UserNotFound,
		"S-1-5-21-9-9-9-9":                     record.UserNotFound,
		"00000000-0000-0000-0000-000000000001": record.UserNotFound,
		"CN=nobody,OU=Lab," + fakeBase:         record.UserNotFound,
		"CN=Readers,OU=Lab," + fakeBase:        record.UserNotFound,
		"Readers":                              record.UserNotFound,
		"same@mail.example":                    record.IdentityAmbiguous,
	} {
		t.Run(fmt.Sprintf("%.40q", name), func(t *testing.T) {
			_, err := d.Find(t.Context(), name)
			texts := []string{f.ldaps()}
			if want == record.IdentityInvalid {
				texts = nil
			}
			wantError(t, err, want, texts...)
		})
	}
}

func TestManyPeopleOfOneNameAreAmbiguous(t *testing.T) {
	var objects []object
	for i := range 100 {
		objects = append(objects, human(i, "mail", "all@mail.example"))
	}
	f := (&fake{objects: objects}).serve(t, false)
	d := dialFake(t, f.settings())
	_, err := d.Find(t.Context(), "all@mail.example")
	wantError(t, err, record.IdentityAmbiguous, f.ldaps(), "CN=user0")
}

func TestPhoto(t *testing.T) {
	f := (&fake{objects: []object{human(1), human(2, "thumbnailPhoto", "")}}).serve(t, false)
	d := dialFake(t, f.settings())
	if got, err := d.Photo(t.Context(), fakeGUID(1)); err != nil || string(got) != "\xff\xd8\xff photo of user1" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := d.Photo(t.Context(), fakeGUID(2)); err != nil || got != nil {
		t.Errorf("got %q, %v; want nil", got, err)
	}
	_, err := d.Photo(t.Context(), fakeGUID(3))
	wantError(t, err, record.UserNotFound, f.ldaps(), fakeGUID(3).String())
}

func TestClaimants(t *testing.T) {
	anchor := "anchor of sixteen"[:16]
	f := (&fake{objects: append(humans(10), human(20, "mS-DS-ConsistencyGuid", anchor))}).serve(t, false)
	d := dialFake(t, f.settings())
	g := fakeGUID(1)
	encode := base64.StdEncoding.EncodeToString
	for name, c := range map[string]struct {
		user match.CloudUser
		want []string
	}{
		"nothing":     {match.CloudUser{}, nil},
		"objectGUID":  {match.CloudUser{ImmutableID: encode(g[:])}, []string{"user1"}},
		"consistency": {match.CloudUser{ImmutableID: encode([]byte(anchor))}, []string{"user20"}},
		"not base64":  {match.CloudUser{ImmutableID: "*)(cn=*"}, nil},
		"SID":         {match.CloudUser{SID: "S-1-5-21-1-2-3-2"}, []string{"user2"}},
		"UPN":         {match.CloudUser{UserPrincipalName: "USER3@corp.example"}, []string{"user3"}},
		"mail":        {match.CloudUser{Mail: "user4@mail.example"}, []string{"user4"}},
		"guest":       {match.CloudUser{Mail: "user4@mail.example", Guest: true}, nil},
		"two": {match.CloudUser{UserPrincipalName: "user5@corp.example", Mail: "user6@mail.example", ImmutableID: encode(g[:])},
			[]string{"user1", "user5", "user6"}},
	} {
		t.Run(name, func(t *testing.T) {
			people, err := d.Claimants(t.Context(), c.user)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range people {
				got = append(got, p.SamAccountName)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLookUpsAtOnce(t *testing.T) {
	f := (&fake{objects: humans(60)}).serve(t, false)
	d := dialFake(t, f.settings())
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			for i := range 15 {
				n := w*15 + i
				if w == 0 && i == 5 {
					f.relay.cut()
				}
				got, err := d.Find(t.Context(), fmt.Sprintf("user%d", n))
				if err != nil && record.CodeOf(err) != record.DirectoryConnectionLost {
					t.Errorf("user%d: %v", n, err)
				} else if err == nil && got.ObjectGUID != fakeGUID(n) {
					t.Errorf("user%d: got %s", n, got.SamAccountName)
				}
				if _, err := d.Photo(t.Context(), fakeGUID(n)); err != nil && record.CodeOf(err) != record.DirectoryConnectionLost {
					t.Errorf("photo of user%d: %v", n, err)
				}
			}
		})
	}
	wait.Wait()
}
