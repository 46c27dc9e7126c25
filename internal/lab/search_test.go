package lab

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

func find(t *testing.T, conn *ldap.Conn, base string, scope int, filter string, attributes ...string) []*ldap.Entry {
	t.Helper()
	got, err := conn.Search(ldap.NewSearchRequest(base, scope, 0, 0, 0, false, filter, attributes, nil))
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return got.Entries
}

func TestFilters(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	c := small()
	anna := c.People[0]
	n, withPhoto, disabled := len(c.People), 0, 0
	for _, p := range c.People {
		if p.Photo != nil {
			withPhoto++
		}
		if p.UserAccountControl&accountDisabled != 0 {
			disabled++
		}
	}
	tests := []struct {
		filter string
		want   int
	}{
		{"(&(objectCategory=person)(objectClass=user))", n},
		{"(objectClass=user)", n + 1},      // and the computer
		{"(objectCategory=person)", n + 1}, // and the contact
		{"(objectCategory=CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example)", n + 1},
		{"(objectCategory=organizationalUnit)", 13},
		{"(sAMAccountType=805306368)", n},
		{"(thumbnailPhoto=*)", withPhoto},
		{"(&(objectClass=user)(objectCategory=person)(!(thumbnailPhoto=*)))", n - withPhoto},
		{"(userAccountControl:1.2.840.113556.1.4.803:=2)", disabled},
		{"(userAccountControl:1.2.840.113556.1.4.804:=514)", n},
		{"(USERPRINCIPALNAME=ANNA.MUELLER@corp.example)", 1},
		{"(displayName=anna müller)", 1},
		{"(displayName=Anna*)", 1},
		{"(displayName=*ü*er)", 1},
		{"(mail=*@corp.example)", n},
		{"(|(sAMAccountName=annamueller)(sAMAccountName=nali))", 2},
		{"(!(department=Finance))", 1 + 13 + 1 + 2 + 3 + n - 4}, // the root, units, a container, computer and contact, groups, people
		{"(noSuchAttribute=x)", 0},
		{"(!(noSuchAttribute=x))", 0}, // undefined, not true
		{"(userAccountControl>=514)", disabled + 1},
		{"(&(objectClass=user)(userAccountControl<=512))", n - disabled},
		{"(objectGUID=" + ldap.EscapeFilter(string(anna.ObjectGUID[:])) + ")", 1},
		{"(objectGUID=" + guidText(anna.ObjectGUID) + ")", 0}, // the text form is Samba's
		{"(objectSid=" + ldap.EscapeFilter(string(sidBytes(anna.SID))) + ")", 1},
		{"(objectSid=" + anna.SID + ")", 1},
		{"(msExchRecipientTypeDetails=34359738368)", 1},
		{"(distinguishedName=cn=anna m\\c3\\bcller, ou=finance,ou=staff,dc=corp,dc=example)", 1},
	}
	for _, tt := range tests {
		if got := find(t, conn, d.BaseDN(), ldap.ScopeWholeSubtree, tt.filter, "cn"); len(got) != tt.want {
			t.Errorf("%s: %d entries, want %d", tt.filter, len(got), tt.want)
		}
	}
}

func TestScopesAndBases(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	anna, _ := small().Person("anna.mueller@corp.example")
	oliver, _ := small().Person("oliver.schmidt@corp.example")
	finance := "OU=Finance,OU=Staff,DC=corp,DC=example"
	tests := []struct {
		base  string
		scope int
		want  int
	}{
		{d.BaseDN(), ldap.ScopeBaseObject, 0},
		{"ou=finance, ou=STAFF,dc=corp,dc=example", ldap.ScopeSingleLevel, 4},
		{"OU=Staff,DC=corp,DC=example", ldap.ScopeSingleLevel, 0},
		{finance, ldap.ScopeWholeSubtree, 4},
		{anna.DN, ldap.ScopeBaseObject, 1},
		{oliver.DN, ldap.ScopeBaseObject, 1},
		{`CN=Schmidt\2C Oliver,OU=Engineering,OU=Staff,DC=corp,DC=example`, ldap.ScopeBaseObject, 1},
		{"<GUID=" + guidText(anna.ObjectGUID) + ">", ldap.ScopeBaseObject, 1},
		{"<GUID=" + hexOf(anna.ObjectGUID[:]) + ">", ldap.ScopeBaseObject, 1},
		{"<SID=" + anna.SID + ">", ldap.ScopeBaseObject, 1},
		{"<SID=" + hexOf(sidBytes(anna.SID)) + ">", ldap.ScopeBaseObject, 1},
	}
	for _, tt := range tests {
		if got := find(t, conn, tt.base, tt.scope, people, "cn"); len(got) != tt.want {
			t.Errorf("%s scope %d: %d entries, want %d", tt.base, tt.scope, len(got), tt.want)
		}
	}
}

func TestBadBases(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	for _, tt := range []struct {
		base string
		code uint16
		text string
	}{
		{"OU=Nowhere,OU=Staff,DC=corp,DC=example", ldap.LDAPResultNoSuchObject, "best match of:"},
		{"not a dn", ldap.LDAPResultInvalidDNSyntax, "BAD_NAME"},
		{"DC=other,DC=example", ldap.LDAPResultReferral, "other.example"},
		{"<GUID=00000000-0000-0000-0000-000000000001>", ldap.LDAPResultNoSuchObject, "NO_OBJECT"},
		{"<FOO=1>", ldap.LDAPResultInvalidDNSyntax, "BAD_NAME"},
		{"", ldap.LDAPResultNoSuchObject, "NO_OBJECT"},
	} {
		r := peopleSearch(d)
		r.BaseDN = tt.base
		_, err := conn.Search(r)
		wantCode(t, err, tt.code, tt.text)
	}
}

func TestAttributes(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	anna := small().People[0]
	names := func(wanted ...string) []string {
		var out []string
		for _, a := range find(t, conn, anna.DN, ldap.ScopeBaseObject, "(objectClass=*)", wanted...)[0].Attributes {
			out = append(out, a.Name)
		}
		return out
	}
	if got := names("MAIL", "objectguid", "noSuchAttribute"); !slices.Equal(got, []string{"objectGUID", "mail"}) {
		t.Errorf("chosen: %v", got)
	}
	if got := names("1.1"); len(got) != 0 {
		t.Errorf("1.1: %v", got)
	}
	all := names()
	if !slices.Contains(all, "thumbnailPhoto") || !slices.Contains(all, "whenChanged") || !slices.Equal(all, names("*")) {
		t.Errorf("all: %v", all)
	}
	if slices.Contains(all, "mS-DS-ConsistencyGuid") {
		t.Error("an attribute without a value was returned")
	}
	e := find(t, conn, anna.DN, ldap.ScopeBaseObject, people)[0]
	if !bytes.Equal(e.GetRawAttributeValue("thumbnailPhoto"), anna.Photo) || !bytes.Equal(e.GetRawAttributeValue("objectGUID"), anna.ObjectGUID[:]) {
		t.Error("bytes changed on the way")
	}
}

func TestReferrals(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	got, err := conn.Search(peopleSearch(d, "cn"))
	if err != nil || len(got.Referrals) != 3 {
		t.Errorf("at the root: %v %v", got.Referrals, err)
	}
	r := peopleSearch(d, "cn")
	r.BaseDN = "OU=Staff,DC=corp,DC=example"
	if got, err = conn.Search(r); err != nil || len(got.Referrals) != 0 {
		t.Errorf("below the root: %v %v", got.Referrals, err)
	}
}

func TestCriticalControls(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	r := peopleSearch(d, "cn")
	r.Controls = []ldap.Control{ldap.NewControlString("1.2.3.4", true, "")}
	_, err := conn.Search(r)
	wantCode(t, err, ldap.LDAPResultUnavailableCriticalExtension, "00002040")
	r.Controls = []ldap.Control{ldap.NewControlString("1.2.3.4", false, "")}
	if _, err := conn.Search(r); err != nil {
		t.Errorf("a control that is not critical: %v", err)
	}
	r.Controls = []ldap.Control{ldap.NewControlString(domainScopeOID, true, "")}
	if got, err := conn.Search(r); err != nil || len(got.Referrals) != 0 {
		t.Errorf("domain scope: %v", err)
	}
}

// page asks for one page and gives how many entries came, the next cookie and
// the error.
func page(conn *ldap.Conn, d *Directory, size uint32, cookie []byte, filter string) (int, []byte, error) {
	control := ldap.NewControlPaging(size)
	control.SetCookie(cookie)
	r := peopleSearch(d, "cn")
	r.Filter, r.Controls = filter, []ldap.Control{control}
	got, err := conn.Search(r)
	if err != nil {
		return 0, nil, err
	}
	answer, ok := ldap.FindControl(got.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
	if !ok {
		return len(got.Entries), nil, fmt.Errorf("no paging control in the answer")
	}
	return len(got.Entries), answer.Cookie, nil
}

func TestPaging(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	total, pages, cookie := 0, 0, []byte(nil)
	for {
		n, next, err := page(conn, d, 7, cookie, people)
		if err != nil {
			t.Fatal(err)
		}
		total, pages, cookie = total+n, pages+1, next
		if len(cookie) == 0 {
			break
		}
	}
	if total != len(staff) || pages != (len(staff)+6)/7 {
		t.Errorf("%d entries on %d pages", total, pages)
	}
}

func TestCookies(t *testing.T) {
	d := startLab(t).Directory()
	first, second := bindTLS(t, d), bindTLS(t, d)
	_, cookie, err := page(first, d, 7, nil, people)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = page(second, d, 7, cookie, people)
	wantCode(t, err, ldap.LDAPResultUnwillingToPerform, "WILL_NOT_PERFORM")
	_, _, err = page(first, d, 7, cookie, "(objectClass=user)")
	wantCode(t, err, ldap.LDAPResultUnavailableCriticalExtension, "")
	if n, next, err := page(first, d, 0, cookie, people); n != 0 || len(next) != 0 || err != nil {
		t.Errorf("ending the search: %d %q %v", n, next, err)
	}
	_, _, err = page(first, d, 7, cookie, people)
	wantCode(t, err, ldap.LDAPResultUnwillingToPerform, "")
	_, oldest, _ := page(first, d, 1, nil, people)
	for range maxOpenSearches {
		_, _, _ = page(first, d, 1, nil, people)
	}
	_, _, err = page(first, d, 1, oldest, people)
	wantCode(t, err, ldap.LDAPResultUnwillingToPerform, "")
}

func TestMaxPageSize(t *testing.T) {
	d := startWith(t, LargeCompany(1200)).Directory()
	conn := bindTLS(t, d)
	got, err := conn.Search(peopleSearch(d, "cn"))
	wantCode(t, err, ldap.LDAPResultSizeLimitExceeded, "")
	if len(got.Entries) != 1000 {
		t.Errorf("unpaged: %d entries", len(got.Entries))
	}
	n, cookie, err := page(conn, d, 5000, nil, people)
	if n != 1000 || len(cookie) == 0 || err != nil {
		t.Errorf("page of 5000: %d entries, cookie %q, %v", n, cookie, err)
	}
	if n, cookie, err = page(conn, d, 5000, cookie, people); n != 200 || len(cookie) != 0 || err != nil {
		t.Errorf("second page: %d entries, cookie %q, %v", n, cookie, err)
	}
	r := peopleSearch(d, "cn")
	r.SizeLimit = 5
	got, err = conn.Search(r)
	wantCode(t, err, ldap.LDAPResultSizeLimitExceeded, "")
	if len(got.Entries) != 5 {
		t.Errorf("SizeLimit: %d entries", len(got.Entries))
	}
	if d.EntriesSent() != 2205 || d.SearchCount() != 4 || d.BindCount() != 1 || d.Connections() != 1 {
		t.Errorf("counts: %d %d %d %d", d.EntriesSent(), d.SearchCount(), d.BindCount(), d.Connections())
	}
}

func TestPageSizeOption(t *testing.T) {
	d := startLab(t, WithPageSize(10)).Directory()
	n, _, err := page(bindTLS(t, d), d, 500, nil, people)
	if n != 10 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}
