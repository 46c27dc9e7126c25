package directory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jimlambrt/gldap"

	"photosync/internal/match"
	"photosync/internal/record"
)

func TestKeysInPages(t *testing.T) {
	f := (&fake{objects: humans(2300)}).serve(t, false)
	d := dialFake(t, f.settings())
	got, pages, err := names(t.Context(), d, Scope{})
	if err != nil || len(got) != 2300 || pages != 3 {
		t.Fatalf("got %d people in %d pages, %v; want 2300 in 3", len(got), pages, err)
	}
	for _, m := range f.searches {
		if slices.Contains(m.Attributes, attributePhoto) {
			t.Error("keys were read with photos")
		}
		if want := "(&(objectCategory=person)(objectClass=user))"; m.Filter != want {
			t.Errorf("got filter %s, want %s", m.Filter, want)
		}
	}
}

func TestPersonIsReadWhole(t *testing.T) {
	anchor := "\x00\x01anchor"
	f := (&fake{objects: []object{human(7, "mS-DS-ConsistencyGuid", anchor, "msExchRecipientTypeDetails", "34359738368", "userAccountControl", "514")}}).serve(t, false)
	d := dialFake(t, f.settings())
	got, err := d.Find(t.Context(), "user7")
	if err != nil {
		t.Fatal(err)
	}
	want := Entry{Person: match.Person{
		ObjectGUID: fakeGUID(7), ConsistencyGUID: []byte(anchor), SID: "S-1-5-21-1-2-3-7", DN: "CN=user7,OU=Lab,DC=corp,DC=example",
		UserPrincipalName: "user7@corp.example", Mail: "user7@mail.example", SamAccountName: "user7", DisplayName: "User 7",
		AccountControl: 514, RecipientType: 34359738368,
	}, Photo: []byte("\xff\xd8\xff photo of user7")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMalformedAttributesCountAsUnset(t *testing.T) {
	f := (&fake{objects: []object{
		human(1, "objectGUID", "short"), human(2, "objectGUID", ""),
		human(3, "objectSid", "\x01\x05\x00", "userAccountControl", "many", "msExchRecipientTypeDetails", "99999999999999999999", "displayName", "\xff\xfe"),
		human(4, "objectSid", "", "userPrincipalName", "", "mail", "", "thumbnailPhoto", "", "displayName", ""),
		human(5, "userAccountControl", "-2147483136"),
	}}).serve(t, false)
	var mu sync.Mutex
	var notes []string
	s := f.settings()
	s.Verbose = func(n string) { mu.Lock(); notes = append(notes, n); mu.Unlock() }
	d := dialFake(t, s)
	var got []Entry
	if err := d.PeopleWithPhotos(t.Context(), Scope{}, func(page []Entry) error { got = append(got, page...); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 {
		t.Fatalf("got %d people, want 3: those with an objectGUID", len(got))
	}
	if p := got[0]; p.SID != "" || p.AccountControl != 0 || p.RecipientType != 0 || p.DisplayName != "" {
		t.Errorf("malformed values were taken: %+v", p.Person)
	}
	if p := got[1]; p.Photo != nil || p.UserPrincipalName != "" || p.SID != "" {
		t.Errorf("missing values are not unset: %+v", p)
	}
	if p := got[2]; p.AccountControl != 0x80000200 {
		t.Errorf("got userAccountControl %#x", p.AccountControl)
	}
	skipped := slices.DeleteFunc(notes, func(n string) bool { return !strings.Contains(n, "skipped") })
	if len(skipped) != 2 || !strings.Contains(skipped[0], "CN=user1,") {
		t.Errorf("got notes %q", notes)
	}
}

func TestScopes(t *testing.T) {
	deep := human(9)
	deep.dn = "CN=user9,OU=Deep,OU=Lab," + fakeBase
	f := (&fake{objects: append(humans(2), deep, object{dn: "OU=Lab," + fakeBase})}).serve(t, false)
	d := dialFake(t, f.settings())
	for name, c := range map[string]struct {
		scope Scope
		want  []string
	}{
		"default": {Scope{}, []string{"user0", "user1", "user9"}},
		"sub":     {Scope{Base: "OU=Lab," + fakeBase, Depth: DepthSub}, []string{"user0", "user1", "user9"}},
		"one":     {Scope{Base: "OU=Lab," + fakeBase, Depth: DepthOne}, []string{"user0", "user1"}},
		"base":    {Scope{Base: "CN=user1,OU=Lab," + fakeBase, Depth: DepthBase}, []string{"user1"}},
		"filter":  {Scope{Filter: " (|(mail=user1@mail.example)(displayName=User 9)) "}, []string{"user1", "user9"}},
		"nobody":  {Scope{Filter: "(mail=nobody)"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := names(t.Context(), d, c.scope)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	_, _, err := names(t.Context(), d, Scope{Base: "OU=Nowhere," + fakeBase})
	wantError(t, err, record.SearchBaseNotFound, f.ldaps(), "OU=Nowhere")
}

func TestScopeCheck(t *testing.T) {
	for name, c := range map[string]struct {
		scope Scope
		want  record.Code
	}{
		"empty":             {Scope{}, ""},
		"good":              {Scope{Base: `OU=Sales\, East,DC=corp,DC=example`, Depth: DepthOne, Filter: "(&(department=Sales)(!(mail=*)))"}, ""},
		"base is no DN":     {Scope{Base: "corp.example"}, record.SearchBaseInvalid},
		"base of spaces":    {Scope{Base: "  "}, record.SearchBaseInvalid},
		"base cut off":      {Scope{Base: `OU=a\`}, record.SearchBaseInvalid},
		"depth":             {Scope{Depth: "tree"}, record.SettingInvalid},
		"filter open":       {Scope{Filter: "(department=Sales"}, record.LdapFilterInvalid},
		"filter bare":       {Scope{Filter: "department=Sales"}, record.LdapFilterInvalid},
		"two filters":       {Scope{Filter: "(a=b)(c=d)"}, record.LdapFilterInvalid},
		"filter closes all": {Scope{Filter: "(a=b))(|(c=d)"}, record.LdapFilterInvalid},
		"filter too long":   {Scope{Filter: strings.Repeat("(!", maxFilter)}, record.LdapFilterInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.scope.Check(); record.CodeOf(err) != c.want {
				t.Errorf("got %v, want code %q", err, c.want)
			}
		})
	}
}

func TestNextPageIsAskedForAfterYield(t *testing.T) {
	f := (&fake{objects: humans(250)}).serve(t, false)
	d := dialFake(t, f.settings())
	count := func() int { f.mu.Lock(); defer f.mu.Unlock(); return len(f.searches) }
	pages := 0
	err := d.PeopleWithPhotos(t.Context(), Scope{}, func(page []Entry) error {
		pages++
		if got := count(); got != pages || len(page) > photoPage {
			t.Errorf("page %d with %d entries after %d requests", pages, len(page), got)
		}
		return nil
	})
	if err != nil || pages != 4 { // of 20, 100, 100 and 30
		t.Errorf("got %d pages, %v; want 4", pages, err)
	}
}

// Where the photos are large, fewer people come in a page.
func TestPagesFitTheirPhotos(t *testing.T) {
	for bytes, want := range map[int]uint32{0: 100, 5 << 10: 100, 50 << 10: 40, 100 << 10: 20, 1 << 20: 20} {
		page := []Entry{{Photo: make([]byte, bytes)}, {Photo: make([]byte, bytes)}}
		if got := nextPage(page); got != want {
			t.Errorf("after photos of %d bytes: %d people a page, want %d", bytes, got, want)
		}
	}
}

func TestErrorOfYieldEndsTheSearch(t *testing.T) {
	f := (&fake{objects: humans(250)}).serve(t, false)
	d := dialFake(t, f.settings())
	full := errors.New("disk full")
	calls := 0
	err := d.PeopleWithPhotos(t.Context(), Scope{}, func([]Entry) error { calls++; return full })
	if err != full || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func TestResultCodesOfASearch(t *testing.T) {
	for name, c := range map[string]struct {
		code int
		want record.Code
		say  string
	}{
		"rights":   {gldap.ResultInsufficientAccessRights, record.DirectoryRefused, "LDAP code 50, Insufficient Access Rights: because"},
		"time":     {gldap.ResultTimeLimitExceeded, record.DirectoryTimeout, "LDAP code 3"},
		"syntax":   {gldap.ResultInvalidDNSyntax, record.SearchBaseInvalid, "LDAP code 34"},
		"referral": {gldap.ResultReferral, record.SearchBaseNotFound, "LDAP code 10"},
		"unknown":  {9, record.DirectoryRefused, "LDAP code 9"},
	} {
		t.Run(name, func(t *testing.T) {
			f := (&fake{onSearch: func(int, *gldap.SearchMessage) (int, string) { return c.code, "because\x00" }}).serve(t, false)
			d := dialFake(t, f.settings())
			_, _, err := names(t.Context(), d, Scope{})
			wantError(t, err, c.want, f.ldaps(), c.say, fakeBase)
		})
	}
}

func TestConnectionLostBeforeTheFirstPageIsOpenedAgain(t *testing.T) {
	f := &fake{objects: humans(150)}
	f.onSearch = func(n int, _ *gldap.SearchMessage) (int, string) {
		if n == 1 {
			f.relay.cut()
		}
		return 0, ""
	}
	f.serve(t, false)
	d := dialFake(t, f.settings())
	if got, _, err := names(t.Context(), d, Scope{}); err != nil || len(got) != 150 {
		t.Errorf("got %d people, %v; want 150", len(got), err)
	}
	if n := f.relay.connections(); n != 2 {
		t.Errorf("got %d connections, want 2", n)
	}
}

func TestConnectionLostBetweenPagesIsAnError(t *testing.T) {
	f := (&fake{objects: humans(250)}).serve(t, false)
	d := dialFake(t, f.settings())
	pages := 0
	err := d.PeopleWithPhotos(t.Context(), Scope{}, func([]Entry) error { pages++; f.relay.cut(); return nil })
	wantError(t, err, record.DirectoryConnectionLost, f.ldaps(), "search people in "+fakeBase)
	if pages != 1 {
		t.Errorf("got %d pages, want 1", pages)
	}
	if _, err := d.Find(t.Context(), "user3"); err != nil {
		t.Errorf("a look-up afterwards: %v", err)
	}
}

func TestConnectionLostForEver(t *testing.T) {
	f := &fake{objects: humans(5)}
	f.onSearch = func(int, *gldap.SearchMessage) (int, string) { f.relay.cut(); return 0, "" }
	f.serve(t, false)
	d := dialFake(t, f.settings())
	_, _, err := names(t.Context(), d, Scope{})
	wantError(t, err, record.DirectoryConnectionLost, f.ldaps())
	_, err = d.Find(t.Context(), "user1")
	wantError(t, err, record.DirectoryConnectionLost, f.ldaps(), "user1")
	f.relay.refuse()
	_, err = d.Photo(t.Context(), fakeGUID(1))
	if code := record.CodeOf(err); code != record.DirectoryConnectionLost && code != record.DirectoryUnreachable {
		t.Errorf("got %v", err)
	}
}

func TestIdleConnectionLostIsOpenedAgain(t *testing.T) {
	f := (&fake{objects: humans(5)}).serve(t, false)
	d := dialFake(t, f.settings())
	f.relay.cut()
	if _, err := d.Find(t.Context(), "user1"); err != nil {
		t.Error(err)
	}
	if got, _, err := names(t.Context(), d, Scope{}); err != nil || len(got) != 5 {
		t.Errorf("got %d people, %v", len(got), err)
	}
}

func TestSearchEndsWithItsContext(t *testing.T) {
	release := make(chan struct{})
	f := &fake{objects: humans(5)}
	ctx, cancel := context.WithCancel(t.Context())
	f.onSearch = func(n int, _ *gldap.SearchMessage) (int, string) {
		if n == 1 {
			cancel()
			<-release
		}
		return 0, ""
	}
	f.serve(t, false)
	defer close(release)
	d := dialFake(t, f.settings())
	start := time.Now()
	_, _, err := names(ctx, d, Scope{})
	wantError(t, err, record.Cancelled, f.ldaps())
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %s", took)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	if _, err := d.Find(t.Context(), "user1"); err != nil {
		t.Errorf("a look-up afterwards: %v", err)
	}
}

func TestSearchInTime(t *testing.T) {
	release := make(chan struct{})
	f := &fake{objects: humans(5)}
	f.onSearch = func(n int, _ *gldap.SearchMessage) (int, string) {
		if n == 1 {
			<-release
		}
		return 0, ""
	}
	f.serve(t, false)
	defer close(release)
	s := f.settings()
	s.Timeout = 300 * time.Millisecond
	d := dialFake(t, s)
	_, _, err := names(t.Context(), d, Scope{})
	wantError(t, err, record.DirectoryTimeout, f.ldaps(), "300ms")
	if _, err := d.Find(t.Context(), "user1"); err != nil {
		t.Errorf("a look-up afterwards: %v", err)
	}
	if n := f.relay.connections(); n != 2 {
		t.Errorf("got %d connections, want a second after the time-out", n)
	}
}

func TestClosed(t *testing.T) {
	f := (&fake{objects: humans(5)}).serve(t, false)
	d := dialFake(t, f.settings())
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := d.Find(t.Context(), "user1")
	wantError(t, err, record.DirectoryConnectionLost, f.ldaps())
}
