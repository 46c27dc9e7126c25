package directory

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"photosync/internal/directory/directorytest"
	"photosync/internal/match"
	"photosync/internal/record"
)

const (
	sambaPeople = 220
	oddDN       = `CN=Müller\, Jörg \\ Sub,OU=Odd\, Names,DC=corp,DC=example`
	anchorText  = "0123456789abcdef"
)

// oddPeople are entries with names that need care, and accounts that may not sign in.
func oddPeople() string {
	user := func(dn string, lines ...string) string {
		return fmt.Sprintf("dn:: %s\nobjectClass: user\n%s\n\n", base64.StdEncoding.EncodeToString([]byte(dn)), strings.Join(lines, "\n"))
	}
	const ou = `,OU=Odd\, Names,DC=corp,DC=example`
	return "dn: OU=Odd\\, Names,DC=corp,DC=example\nobjectClass: organizationalUnit\n\n" +
		user(oddDN, "sAMAccountName: jmueller", "userPrincipalName: jmueller@corp.example", "mail: shared@corp.example", "userAccountControl: 512",
			"mS-DS-ConsistencyGuid:: "+base64.StdEncoding.EncodeToString([]byte(anchorText)), "thumbnailPhoto:: /9j/4A==") +
		user("CN=Star (*) Name"+ou, "sAMAccountName: star(1)", "userPrincipalName: star(*)@corp.example", "mail: shared@corp.example", "userAccountControl: 512") +
		user("CN=off"+ou, "sAMAccountName: off", "userAccountControl: 514", "userPassword: "+fakePassword) +
		user("CN=gone"+ou, "sAMAccountName: gone", "userAccountControl: 512", "accountExpires: 130000000000000000", "userPassword: "+fakePassword) +
		user("CN=fresh"+ou, "sAMAccountName: fresh", "userAccountControl: 512", "pwdLastSet: 0", "userPassword: "+fakePassword) +
		"dn: CN=Readers,OU=Odd\\, Names,DC=corp,DC=example\nobjectClass: group\nsAMAccountName: Readers\n\n" +
		"dn: CN=Contact,OU=Odd\\, Names,DC=corp,DC=example\nobjectClass: contact\nmail: contact@corp.example\n\n"
}

type samba struct {
	directorytest.Domain
	roots *x509.CertPool
}

func (s samba) settings() Settings {
	return Settings{Server: s.LDAPSURL, User: s.BindDN, Password: NewSecret(s.BindPassword), RootCAs: s.roots}
}

func TestSamba(t *testing.T) {
	ldif := io.MultiReader(bytes.NewReader(directorytest.People(t, sambaPeople, 7)), strings.NewReader(oddPeople()+nestedGroups()))
	s := samba{Domain: directorytest.Samba(t, ldif), roots: x509.NewCertPool()}
	pem, err := os.ReadFile(s.CAFile)
	if err != nil || !s.roots.AppendCertsFromPEM(pem) {
		t.Fatalf("the CA file: %v", err)
	}
	t.Run("Connect", s.connect)
	t.Run("Refused", s.refused)
	t.Run("Scopes", s.scopes)
	t.Run("Photos", s.photos)
	t.Run("Find", s.find)
	t.Run("Claimants", s.claimants)
	t.Run("Members", s.members)
	t.Run("Cancel", s.cancel)
	t.Run("AtOnce", s.atOnce)
}

func (s samba) connect(t *testing.T) {
	for _, url := range []string{s.LDAPSURL, s.StartTLSURL, s.Host} {
		for _, user := range []string{s.BindDN, s.BindUPN, `CORP\svc-photos`} {
			set := s.settings()
			set.Server, set.User = url, user
			d := dialFake(t, set)
			if d.Base() != s.BaseDN {
				t.Errorf("%s as %s: got base %q, want %q", url, user, d.Base(), s.BaseDN)
			}
			if _, err := d.Find(t.Context(), "user000001"); err != nil {
				t.Errorf("%s as %s: %v", url, user, err)
			}
		}
	}
}

func (s samba) refused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Settings)
		want   record.Code
		say    string
	}{
		"wrong password":  {func(x *Settings) { x.Password = NewSecret("wrong") }, record.LdapBindFailed, "wrong user or password"},
		"no such user":    {func(x *Settings) { x.User = "nobody@corp.example" }, record.LdapBindFailed, "wrong user or password"},
		"disabled":        {func(x *Settings) { x.User, x.Password = `CORP\off`, NewSecret(fakePassword) }, record.LdapBindFailed, "the account is disabled"},
		"account expired": {func(x *Settings) { x.User, x.Password = `CORP\gone`, NewSecret(fakePassword) }, record.LdapBindFailed, "the account has expired"},
		"must change":     {func(x *Settings) { x.User, x.Password = `CORP\fresh`, NewSecret(fakePassword) }, record.LdapBindFailed, "must be changed"},
		"unknown CA":      {func(x *Settings) { x.RootCAs = x509.NewCertPool() }, record.DirectoryNotTrusted, "samba-ad test CA"},
		"unknown CA, StartTLS": {func(x *Settings) { x.Server, x.RootCAs = s.StartTLSURL, x509.NewCertPool() },
			record.DirectoryNotTrusted, "samba-ad test CA"},
		"ldaps to 389":    {func(x *Settings) { x.Server = s.Host + ":389" }, record.DirectoryNotEncrypted, ":389"},
		"StartTLS to 636": {func(x *Settings) { x.Server = "ldap://" + s.Host + ":636" }, record.DirectoryNotEncrypted, ":636"},
		"closed port":     {func(x *Settings) { x.Server = s.Host + ":1" }, record.DirectoryUnreachable, ":1"},
	} {
		t.Run(name, func(t *testing.T) {
			set := s.settings()
			c.change(&set)
			_, err := Connect(t.Context(), set)
			wantError(t, err, c.want, s.Host, c.say)
			t.Log(err)
		})
	}
}

func (s samba) scopes(t *testing.T) {
	d := dialFake(t, s.settings())
	lab, odd := "OU=Lab,"+s.BaseDN, `OU=Odd\, Names,`+s.BaseDN
	for name, c := range map[string]struct {
		scope Scope
		want  int
	}{
		"sub":    {Scope{Base: lab}, sambaPeople},
		"one":    {Scope{Base: lab, Depth: DepthOne}, sambaPeople},
		"none":   {Scope{Base: s.BaseDN, Depth: DepthOne}, 0},
		"base":   {Scope{Base: oddDN, Depth: DepthBase}, 1},
		"odd":    {Scope{Base: odd}, 5},
		"filter": {Scope{Base: lab, Filter: "(department=D3)"}, 6},
		"bits":   {Scope{Base: lab, Filter: "(userAccountControl:1.2.840.113556.1.4.803:=2)"}, 11},
	} {
		got, _, err := names(t.Context(), d, c.scope)
		if err != nil || len(got) != c.want {
			t.Errorf("%s: got %d people, %v; want %d", name, len(got), err, c.want)
		}
	}
	all, _, err := names(t.Context(), d, Scope{})
	if err != nil || !slices.Contains(all, "jmueller") || slices.Contains(all, "DC1$") || slices.Contains(all, "Readers") {
		t.Errorf("the whole domain gives %q, %v", all, err)
	}
	_, _, err = names(t.Context(), d, Scope{Base: "OU=Nowhere," + s.BaseDN})
	wantError(t, err, record.SearchBaseNotFound, s.Host, "OU=Nowhere")
	_, _, err = names(t.Context(), d, Scope{Base: "DC=other,DC=example"})
	wantError(t, err, record.SearchBaseNotFound, s.Host, "DC=other")
	_, _, err = names(t.Context(), d, Scope{Filter: "(department=Sales"})
	wantError(t, err, record.LdapFilterInvalid, "department")
	_, _, err = names(t.Context(), d, Scope{Base: "Sales"})
	wantError(t, err, record.SearchBaseInvalid, "Sales")
}

func (s samba) photos(t *testing.T) {
	d := dialFake(t, s.settings())
	lab := Scope{Base: "OU=Lab," + s.BaseDN}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var peak uint64
	people, pictures, size, pages := 0, 0, 0, 0
	start := time.Now()
	err := d.PeopleWithPhotos(t.Context(), lab, func(page []Entry) error {
		pages++
		runtime.ReadMemStats(&after)
		peak = max(peak, after.HeapAlloc)
		for _, p := range page {
			people++
			if p.Photo == nil {
				continue
			}
			pictures++
			size += len(p.Photo)
			if !bytes.HasPrefix(p.Photo, []byte{0xff, 0xd8}) || !bytes.Contains(p.Photo, []byte(p.SamAccountName)) {
				t.Errorf("%s has another photo than its own", p.SamAccountName)
			}
		}
		return nil
	})
	took := time.Since(start)
	if err != nil || people != sambaPeople || pictures != 198 || pages != 3 {
		t.Errorf("got %d people with %d photos in %d pages, %v", people, pictures, pages, err)
	}
	t.Logf("with photos: %.0f entries/s, %.1f MB/s, heap %.1f MB before, at most %.1f MB", float64(people)/took.Seconds(),
		float64(size)/1e6/took.Seconds(), float64(before.HeapAlloc)/1e6, float64(peak)/1e6)
	start = time.Now()
	keys, _, err := names(t.Context(), d, lab)
	if err != nil || len(keys) != sambaPeople {
		t.Errorf("got %d keys, %v", len(keys), err)
	}
	t.Logf("keys: %.0f entries/s", float64(len(keys))/time.Since(start).Seconds())
}

func (s samba) find(t *testing.T) {
	d := dialFake(t, s.settings())
	one, err := d.Find(t.Context(), "user000012")
	if err != nil {
		t.Fatal(err)
	}
	if one.SID == "" || one.DisplayName != "User 12" || one.AccountControl != 512 || one.Photo == nil {
		t.Errorf("got %+v", one.Person)
	}
	for name, want := range map[string]string{
		one.ObjectGUID.String():                              "user000012",
		"{" + strings.ToUpper(one.ObjectGUID.String()) + "}": "user000012",
		one.SID:                   "user000012",
		one.DN:                    "user000012",
		"USER000012@CORP.EXAMPLE": "user000012",
		"user000013  ":            "user000013",
		oddDN:                     "jmueller",
		"CN=Star (*) Name,OU=Odd\\2C Names,DC=corp,DC=example": "star(1)",
		"star(*)@corp.example":                                 "star(1)",
		"star(1)":                                              "star(1)",
		"off":                                                  "off",
	} {
		got, err := d.Find(t.Context(), name)
		if err != nil || got.SamAccountName != want {
			t.Errorf("%s: got %q, %v; want %s", name, got.SamAccountName, err, want)
			continue
		}
		again, err := d.Photo(t.Context(), got.ObjectGUID)
		if err != nil || !bytes.Equal(again, got.Photo) {
			t.Errorf("%s: read again, the photo is another, %v", name, err)
		}
	}
	for name, want := range map[string]record.Code{
		"nobody": record.UserNotFound, "user*": record.UserNotFound, "nobody@corp.example": record.UserNotFound, "Readers": record.UserNotFound,
		"CN=Readers,OU=Odd\\, Names," + s.BaseDN: record.UserNotFound, "CN=nobody," + s.BaseDN: record.UserNotFound, "DC=other,DC=example": record.UserNotFound,
		"contact@corp.example": record.UserNotFound, "DC1$": record.UserNotFound, "S-1-5-21-1-2-3-4": record.UserNotFound,
		"00000000-0000-0000-0000-000000000001": record.UserNotFound, "shared@corp.example": record.IdentityAmbiguous,
		"nonsense=value": record.UserNotFound,
	} {
		_, err := d.Find(t.Context(), name)
		wantError(t, err, want, s.Host)
	}
	_, err = d.Photo(t.Context(), match.GUID{1})
	wantError(t, err, record.UserNotFound, s.Host)
}

func (s samba) claimants(t *testing.T) {
	d := dialFake(t, s.settings())
	one, err := d.Find(t.Context(), "user000012")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		user match.CloudUser
		want []string
	}{
		"objectGUID":  {match.CloudUser{ImmutableID: one.ImmutableID()}, []string{"user000012"}},
		"consistency": {match.CloudUser{ImmutableID: base64.StdEncoding.EncodeToString([]byte(anchorText))}, []string{"jmueller"}},
		"SID":         {match.CloudUser{SID: one.SID}, []string{"user000012"}},
		"mail":        {match.CloudUser{Mail: "SHARED@corp.example"}, []string{"jmueller", "star(1)"}},
		"all": {match.CloudUser{UserPrincipalName: "user000001@corp.example", Mail: "user000002@corp.example", SID: one.SID},
			[]string{"user000001", "user000002", "user000012"}},
		"nobody": {match.CloudUser{UserPrincipalName: "*"}, nil},
	} {
		people, err := d.Claimants(t.Context(), c.user)
		var got []string
		for _, p := range people {
			got = append(got, p.SamAccountName)
		}
		slices.Sort(got)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, c.want)
		}
	}
}

func (s samba) cancel(t *testing.T) {
	d := dialFake(t, s.settings())
	ctx, cancel := context.WithCancel(t.Context())
	pages := 0
	err := d.PeopleWithPhotos(ctx, Scope{}, func([]Entry) error { pages++; cancel(); return nil })
	wantError(t, err, record.Cancelled, s.Host)
	if pages != 1 {
		t.Errorf("got %d pages after the cancellation", pages)
	}
	if _, err := d.Find(t.Context(), "user000001"); err != nil {
		t.Errorf("a look-up afterwards: %v", err)
	}
}

func (s samba) atOnce(t *testing.T) {
	d := dialFake(t, s.settings())
	start := time.Now()
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			for i := range 50 {
				name := fmt.Sprintf("user%06d", w*50+i)
				if got, err := d.Find(t.Context(), name); err != nil || got.SamAccountName != name {
					t.Errorf("%s: got %q, %v", name, got.SamAccountName, err)
				}
			}
		})
	}
	wait.Wait()
	t.Logf("look-ups by 4: %.0f a second", 200/time.Since(start).Seconds())
}
