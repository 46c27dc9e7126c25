package directory

import (
	"crypto/x509"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/lab"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// dialLab starts the lab's small company and connects to its directory.
func dialLab(t *testing.T) (*lab.Directory, *AD) {
	t.Helper()
	l, err := lab.Start(lab.SmallCompany())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	of := l.Directory()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(of.CAPEM())
	return of, dialFake(t, Settings{Server: of.LDAPSURL(), User: of.BindUser(), Password: NewSecret(of.BindPassword()), RootCAs: roots})
}

// memberNames gives the account names of a group's members.
func memberNames(t *testing.T, d *AD, group string) []string {
	t.Helper()
	members, err := d.Members(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for guid := range members {
		e, err := d.Find(t.Context(), guid.String())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.SamAccountName)
	}
	slices.Sort(all)
	return all
}

func TestMembersInTheLab(t *testing.T) {
	of, d := dialLab(t)
	if diff := cmp.Diff([]string{"juergengross", "priyaraman", "tombakker"}, memberNames(t, d, lab.OptOutGroup)); diff != "" {
		t.Error(diff)
	}
	rid := of.GroupRID(lab.CouncilGroup)
	of.Update("anna.mueller@corp.example", func(p *lab.Person) { p.PrimaryGroupID = rid })
	of.Remove("tom.bakker@corp.example")
	if diff := cmp.Diff([]string{"annamueller", "juergengross", "priyaraman"}, memberNames(t, d, lab.OptOutGroup)); diff != "" {
		t.Error(diff)
	}
	everybody, _, err := names(t.Context(), d, Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if got := memberNames(t, d, "CN=Domain Users,CN=Users,DC=corp,DC=example"); len(got) != len(everybody)-1 { // all but Anna
		t.Errorf("%d of %d people in Domain Users", len(got), len(everybody))
	}
	_, err = d.Members(t.Context(), "CN=Nobody,OU=Groups,DC=corp,DC=example")
	wantError(t, err, record.ExcludedGroupNotFound, of.LDAPSURL(), "CN=Nobody")
}

// A logo that everybody gets by mistake is a photo like another: nothing else
// than a brake on changes stops it.
func TestOneLogoForEverybody(t *testing.T) {
	of, d := dialLab(t)
	if n := of.SetPhotoOfAll(lab.Logo()); n != 31 {
		t.Errorf("%d people", n)
	}
	err := d.PeopleWithPhotos(t.Context(), Scope{}, func(page []Entry) error {
		for _, e := range page {
			picture, err := photo.Decode(e.Photo)
			if err != nil {
				t.Fatal(err)
			}
			if kind := picture.Kind(); kind != photo.Photo {
				t.Errorf("%s has a %s", e.Name(), kind)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
