package lab

import (
	"bytes"
	"encoding/base64"
	"image"
	"math"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/image/draw"
)

func TestCompaniesAreTheSameEachTime(t *testing.T) {
	if !reflect.DeepEqual(SmallCompany(), SmallCompany()) {
		t.Error("the small company differs")
	}
	if !reflect.DeepEqual(LargeCompany(300), LargeCompany(300)) {
		t.Error("the large company differs")
	}
}

func TestEveryCaseHasSomebody(t *testing.T) {
	cases := small().Cases()
	for _, name := range []string{
		CaseInSync, CaseCropped, CaseDrifted, CaseOverImportLimit, CaseMissingInCloud, CaseNeverArrived, CaseOverAttributeLimit, CaseNotAnImage, CaseBase64Text,
		CaseTruncated, CaseDisabledAccount, CaseSharedMailbox, CaseGuest, CaseUnmatched, CaseTwoPeople, CaseTwoCloudUsers, CaseAnchorMismatch,
		CaseCloudBetter, CaseOnPremisesBetter, CaseNoPhoto, CaseCloudOnly, CaseConsistencyGUID, CaseMatchedByUPN, CaseMatchedByMail,
	} {
		if len(cases[name]) == 0 {
			t.Errorf("nobody is %q", name)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	for name, c := range map[string]*Company{"small": small(), "large": LargeCompany(5000)} {
		seen := map[string]bool{}
		for _, p := range c.People {
			for _, key := range []string{"upn " + p.UserPrincipalName, "sam " + p.SamAccountName, "dn " + p.DN, "sid " + p.SID, "guid " + guidText(p.ObjectGUID)} {
				if seen[strings.ToLower(key)] {
					t.Errorf("%s: %s twice", name, key)
				}
				seen[strings.ToLower(key)] = true
			}
		}
		for _, u := range c.CloudUsers {
			for _, key := range []string{"cloud id " + u.ID, "cloud upn " + u.UserPrincipalName} {
				if seen[strings.ToLower(key)] {
					t.Errorf("%s: %s twice", name, key)
				}
				seen[strings.ToLower(key)] = true
			}
		}
	}
}

func TestCaseFacts(t *testing.T) {
	c := small()
	who := func(name string) Person {
		p, ok := c.Person(c.Cases()[name][0])
		if !ok {
			t.Fatal(name)
		}
		return p
	}
	if n := len(who(CaseOverAttributeLimit).Photo); n <= 100<<10 {
		t.Errorf("over 100 KB: %d", n)
	}
	if n := len(who(CaseNeverArrived).Photo); n <= importLimit || n > 100<<10 {
		t.Errorf("over 10 KB: %d", n)
	}
	if _, err := base64.StdEncoding.DecodeString(string(who(CaseBase64Text).Photo)); err != nil {
		t.Error(err)
	}
	if _, _, err := image.Decode(bytes.NewReader(who(CaseTruncated).Photo)); err == nil {
		t.Error("the truncated picture decodes")
	}
	zoe := who(CaseConsistencyGUID)
	u, _ := c.CloudUser(zoe.UserPrincipalName)
	if u.ImmutableID != immutableID(zoe.ConsistencyGUID) || bytes.Equal(zoe.ConsistencyGUID, zoe.ObjectGUID[:]) {
		t.Error("the anchor is not the other GUID")
	}
	aoife := who(CaseAnchorMismatch)
	if u, _ := c.CloudUser(aoife.UserPrincipalName); u.ImmutableID == "" || u.ImmutableID == immutableID(aoife.ObjectGUID[:]) {
		t.Error("the anchors do not contradict")
	}
	anna := who(CaseInSync)
	if u, _ := c.CloudUser(anna.UserPrincipalName); u.ImmutableID != base64.StdEncoding.EncodeToString(anna.ObjectGUID[:]) || bytes.Equal(u.Photo, anna.Photo) {
		t.Error("in sync: same anchor, other bytes")
	}
}

func TestLargeCompanyShares(t *testing.T) {
	cases := LargeCompany(1000).Cases()
	for name, want := range map[string]int{CaseInSync: 600, CaseDrifted: 150, CaseMissingInCloud: 100, CaseNoPhoto: 100, CaseUnmatched: 50} {
		if got := len(cases[name]); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// grey gives a picture's middle square in grey values and a size of 32.
func grey(t *testing.T, body []byte) *image.Gray {
	t.Helper()
	p, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r := p.Bounds()
	cut := min(r.Dx(), r.Dy())
	from := image.Rect(0, 0, cut, cut).Add(image.Pt((r.Dx()-cut)/2, (r.Dy()-cut)/2))
	out := image.NewGray(image.Rect(0, 0, 32, 32))
	draw.CatmullRom.Scale(out, out.Bounds(), p, from, draw.Src, nil)
	return out
}

// difference is the mean distance of two pictures' pixels in grey values.
func difference(a, b *image.Gray) float64 {
	sum := 0.0
	for i := range a.Pix {
		sum += math.Abs(float64(a.Pix[i]) - float64(b.Pix[i]))
	}
	return sum / float64(len(a.Pix))
}

func TestPicturesCanBeToldApart(t *testing.T) {
	c := small()
	cases := c.Cases()
	between := func(upn string) float64 {
		p, _ := c.Person(upn)
		u, _ := c.CloudUser(upn)
		return difference(grey(t, p.Photo), grey(t, u.Photo))
	}
	for _, name := range []string{CaseInSync, CaseCropped, CaseCloudBetter, CaseOnPremisesBetter} {
		for _, upn := range cases[name] {
			if d := between(upn); d > 4 {
				t.Errorf("%s, %s: distance %.1f", name, upn, d)
			}
		}
	}
	for _, upn := range cases[CaseDrifted] {
		if _, ok := c.CloudUser(upn); !ok {
			continue // matched by mail
		}
		if d := between(upn); d < 20 {
			t.Errorf("drifted, %s: distance %.1f", upn, d)
		}
	}
	var seen []*image.Gray
	for _, p := range c.People {
		if _, _, err := image.Decode(bytes.NewReader(p.Photo)); err != nil {
			continue
		}
		g := grey(t, p.Photo)
		for _, o := range seen {
			if d := difference(g, o); d < 12 {
				t.Errorf("%s looks like somebody else: distance %.1f", p.UserPrincipalName, d)
			}
		}
		seen = append(seen, g)
	}
}

func BenchmarkSmallCompany(b *testing.B) {
	for b.Loop() {
		SmallCompany()
	}
}
