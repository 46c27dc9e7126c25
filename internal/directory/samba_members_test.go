package directory

import (
	"crypto/tls"
	"encoding/base64"
	"slices"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/match"
	"photosync/internal/record"
)

// Groups of the lab's people: the innermost one is in the middle one, that in
// the outer one, and that in the innermost one again.
const (
	outerGroup     = `CN=Opt\, out (*) \\ Zürich,OU=Odd\, Names,DC=corp,DC=example`
	middleGroup    = `CN=Works Council,OU=Odd\, Names,DC=corp,DC=example`
	innermostGroup = `CN=Inner Circle,OU=Odd\, Names,DC=corp,DC=example`
)

// nestedGroups is the LDIF of the groups; people come before it.
func nestedGroups() string {
	group := func(dn, account string, members ...string) string {
		text := "dn:: " + base64.StdEncoding.EncodeToString([]byte(dn)) + "\nobjectClass: group\nsAMAccountName: " + account + "\n"
		for _, m := range members {
			text += "member:: " + base64.StdEncoding.EncodeToString([]byte(m)) + "\n"
		}
		return text + "\n"
	}
	return group(innermostGroup, "inner", "CN=user000003,OU=Lab,DC=corp,DC=example", oddDN) +
		group(middleGroup, "council", innermostGroup, "CN=user000002,OU=Lab,DC=corp,DC=example") +
		group(outerGroup, "optout", middleGroup, "CN=user000001,OU=Lab,DC=corp,DC=example", "CN=Contact,OU=Odd\\, Names,DC=corp,DC=example") +
		"dn:: " + base64.StdEncoding.EncodeToString([]byte(innermostGroup)) + "\nchangetype: modify\nadd: member\nmember:: " +
		base64.StdEncoding.EncodeToString([]byte(outerGroup)) + "\n-\n\n"
}

func (s samba) members(t *testing.T) {
	d := dialFake(t, s.settings())
	s.wantMembers(t, d, outerGroup, "jmueller", "user000001", "user000002", "user000003")
	s.wantMembers(t, d, `cn=works COUNCIL, ou=odd\2C names, dc=corp, dc=example`, "jmueller", "user000001", "user000002", "user000003")
	s.wantMembers(t, d, "CN=Readers,OU=Odd\\, Names,"+s.BaseDN)

	// Who has a group as the primary one is no longer linked to it.
	s.makePrimary(t, d, innermostGroup, "user000003")
	s.wantMembers(t, d, outerGroup, "jmueller", "user000001", "user000002", "user000003")

	all, _, err := names(t.Context(), d, Scope{})
	if err != nil {
		t.Fatal(err)
	}
	everybody, err := d.Members(t.Context(), "CN=Domain Users,CN=Users,"+s.BaseDN)
	if err != nil || len(everybody) < sambaPeople || len(everybody) > len(all) {
		t.Errorf("Domain Users: %d of %d people, %v", len(everybody), len(all), err)
	}
	for _, none := range []string{"CN=Nobody,OU=Lab," + s.BaseDN, "DC=other,DC=example", "CN=user000001,OU=Lab," + s.BaseDN, "Works Council", "nonsense=value"} {
		_, err := d.Members(t.Context(), none)
		wantError(t, err, record.ExcludedGroupNotFound, s.Host, none)
	}
}

func (s samba) wantMembers(t *testing.T, d *AD, group string, want ...string) {
	t.Helper()
	members, err := d.Members(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = d.Keys(t.Context(), Scope{}, func(page []match.Person) error {
		for _, p := range page {
			if members[p.ObjectGUID] {
				got = append(got, p.SamAccountName)
			}
		}
		return nil
	})
	slices.Sort(got)
	if err != nil || len(got) != len(members) || !slices.Equal(got, want) {
		t.Errorf("%s: got %v of %d, %v; want %v", group, got, len(members), err, want)
	}
}

// makePrimary makes a group of which the person is a member the primary one.
func (s samba) makePrimary(t *testing.T, d *AD, group, account string) {
	t.Helper()
	person, err := d.Find(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ldap.DialURL(s.LDAPSURL, ldap.DialWithTLSConfig(&tls.Config{RootCAs: s.roots, ServerName: s.Host}))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Bind(s.AdminDN, s.AdminPassword); err != nil {
		t.Fatal(err)
	}
	found, err := conn.Search(&ldap.SearchRequest{BaseDN: group, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=group)", Attributes: []string{"objectSid"}})
	if err != nil || len(found.Entries) != 1 {
		t.Fatal(found, err)
	}
	rid, _ := domainRID(sidText(found.Entries[0].GetRawAttributeValue("objectSid")))
	change := ldap.NewModifyRequest(person.DN, nil)
	change.Replace("primaryGroupID", []string{rid})
	if err := conn.Modify(change); err != nil {
		t.Fatal(err)
	}
	found, err = conn.Search(&ldap.SearchRequest{BaseDN: s.BaseDN, Scope: ldap.ScopeWholeSubtree, Attributes: []string{"sAMAccountName"},
		Filter: "(&(sAMAccountName=" + account + ")(memberOf:" + inChain + ":=" + ldap.EscapeFilter(group) + "))"})
	if err != nil || len(found.Entries) != 0 {
		t.Fatalf("%s is still linked to %s: %v", account, group, err)
	}
}
