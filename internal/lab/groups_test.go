package lab

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// found gives the common names that a filter finds.
func found(t *testing.T, d *Directory, filter string) []string {
	t.Helper()
	var all []string
	for _, e := range find(t, bindTLS(t, d), d.BaseDN(), ldap.ScopeWholeSubtree, filter, "cn") {
		all = append(all, e.GetAttributeValue("cn"))
	}
	slices.Sort(all)
	return all
}

func wantFound(t *testing.T, d *Directory, filter string, want ...string) {
	t.Helper()
	if got := found(t, d, filter); !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", filter, got, want)
	}
}

func chain(attribute, dn string) string {
	return "(" + attribute + ":1.2.840.113556.1.4.1941:=" + ldap.EscapeFilter(dn) + ")"
}

func TestGroups(t *testing.T) {
	d := startLab(t).Directory()
	const jürgen, priya, tom = "Jürgen Groß", "Priya Raman", "Tom Bakker"
	wantFound(t, d, "(objectClass=group)", "Domain Users", "Photo Opt-Out", "Works Council")
	wantFound(t, d, "(memberOf="+OptOutGroup+")", jürgen, "Works Council")
	wantFound(t, d, "(memberOf="+CouncilGroup+")", priya, tom)
	wantFound(t, d, chain("memberOf", OptOutGroup), jürgen, priya, tom, "Works Council")
	wantFound(t, d, chain("memberOf", "cn=works council, ou=GROUPS,dc=corp,dc=example"), priya, tom)
	wantFound(t, d, "(&"+people+chain("memberOf", OptOutGroup)+")", jürgen, priya, tom)
	wantFound(t, d, chain("memberOf", "CN=Nobody,DC=corp,DC=example"))
	wantFound(t, d, chain("memberOf", "not a dn"))
	wantFound(t, d, "(!"+chain("memberOf", "not a dn")+")") // undefined, not false
	wantFound(t, d, chain("userAccountControl", OptOutGroup))
	tomDN := "CN=Tom Bakker,OU=Sales,OU=Staff,DC=corp,DC=example"
	wantFound(t, d, chain("member", tomDN), "Photo Opt-Out", "Works Council")
	wantFound(t, d, "(member="+tomDN+")", "Works Council")
	wantFound(t, d, "(memberOf=CN=Domain Users,CN=Users,DC=corp,DC=example)") // a primary group is no link
	if n := len(found(t, d, "(primaryGroupID=513)")); n != len(staff) {
		t.Errorf("%d people have the primary group", n)
	}
}

func TestGroupEntry(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	e := find(t, conn, CouncilGroup, ldap.ScopeBaseObject, "(objectClass=group)")[0]
	if got := e.GetAttributeValues("member"); len(got) != 2 || e.GetAttributeValue("memberOf") != OptOutGroup || e.GetAttributeValue("sAMAccountName") != "Works Council" ||
		e.GetAttributeValue("objectCategory") != "CN=Group,CN=Schema,CN=Configuration,DC=corp,DC=example" || len(e.GetRawAttributeValue("objectGUID")) != 16 {
		t.Errorf("%+v", e.Attributes)
	}
	sid := fmt.Sprintf("%s-%d", domainSID, d.GroupRID(CouncilGroup))
	if got := e.GetRawAttributeValue("objectSid"); !slices.Equal(got, sidBytes(sid)) {
		t.Errorf("objectSid %x", got)
	}
	if got := find(t, conn, "<SID="+sid+">", ldap.ScopeBaseObject, "(objectClass=group)", "cn"); len(got) != 1 {
		t.Errorf("%d groups with the SID", len(got))
	}
	if d.GroupRID("CN=Domain Users,CN=Users,"+d.BaseDN()) != 513 || d.GroupRID("CN=Nobody,"+d.BaseDN()) != 0 || d.GroupRID("Nobody") != 0 {
		t.Error("the wrong RIDs")
	}
}

func TestSetGroup(t *testing.T) {
	d := startLab(t).Directory()
	pilot, outer := `CN=Pilot\, 1 (*),OU=Groups,`+d.BaseDN(), "CN=Outer,OU=Groups,"+d.BaseDN()
	if !d.SetGroup(pilot, "ANNA.mueller@corp.example", "na.li@corp.example") {
		t.Fatal("no group")
	}
	wantFound(t, d, chain("memberOf", pilot), "Anna Müller", "李娜 (Li Na)")
	if !d.SetGroup(outer, pilot, outer) || !d.SetGroup(pilot, "anna.mueller@corp.example", outer) { // a circle
		t.Fatal("no groups in groups")
	}
	wantFound(t, d, "(&"+people+chain("memberOf", outer)+")", "Anna Müller")
	wantFound(t, d, "(&(objectClass=group)"+chain("memberOf", outer)+")", "Outer", "Pilot, 1 (*)")
	rid := d.GroupRID(outer)
	if rid == 0 || rid == d.GroupRID(pilot) || !d.SetGroup(outer) || d.GroupRID(outer) != rid {
		t.Errorf("RID %d", rid)
	}
	wantFound(t, d, chain("memberOf", outer))
	d.Update("na.li@corp.example", func(p *Person) { p.PrimaryGroupID = rid })
	wantFound(t, d, fmt.Sprintf("(primaryGroupID=%d)", rid), "李娜 (Li Na)")
	for _, c := range [][]string{{pilot, "nobody@corp.example"}, {"Pilot"}, {"OU=Pilot," + d.BaseDN()}, {small().People[0].DN}, {pilot, "CN=Nobody," + d.BaseDN()}} {
		if d.SetGroup(c[0], c[1:]...) {
			t.Errorf("%q was made", c)
		}
	}
	wantFound(t, d, "(&"+people+chain("memberOf", pilot)+")", "Anna Müller")
	d.Remove("anna.mueller@corp.example")
	e := find(t, bindTLS(t, d), pilot, ldap.ScopeBaseObject, "(objectClass=*)", "member")[0]
	if got := e.GetAttributeValues("member"); !slices.Equal(got, []string{outer}) {
		t.Errorf("members after the removal: %q", got)
	}
}

func TestCompanyWithoutSuchAMember(t *testing.T) {
	c := *small()
	c.Groups = []Group{{DN: OptOutGroup, Members: []string{"nobody@corp.example"}}}
	if l, err := Start(&c); err == nil {
		t.Errorf("started: %v", l.Close())
	}
}
