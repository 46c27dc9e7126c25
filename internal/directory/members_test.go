package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jimlambrt/gldap"

	"photosync/internal/match"
	"photosync/internal/record"
)

const oddGroup = `CN=Opt\, out (*) \\ Zürich,OU=Lab,` + fakeBase

// team gives a group of the fake directory; its number is in GUID and SID.
func team(n int, dn string, memberOf ...string) object {
	g := fakeGUID(n)
	return object{dn: dn, attributes: map[string][]string{
		"objectClass": {"top", "group"}, "objectGUID": {string(g[:])}, "objectSid": {string(fakeSID(n))}, "memberOf": memberOf,
	}}
}

// in makes a person a member of groups.
func in(o object, groups ...string) object {
	o.attributes["memberOf"] = groups
	return o
}

// membersFake holds a group with everything that can be in one: people, a group
// in a group in a circle, people by their primary group, and what is no person.
func membersFake() *fake {
	const inner, innermost, everybody = "CN=Inner,OU=Lab," + fakeBase, "CN=Innermost,OU=Lab," + fakeBase, "CN=Everybody,OU=Lab," + fakeBase
	contact := in(human(9), oddGroup)
	contact.attributes["objectClass"] = []string{"contact"}
	foreign := team(104, "CN=Foreign,OU=Lab,DC=eu,"+fakeBase, oddGroup)
	stranger := human(10, "primaryGroupID", "102")
	stranger.dn = "CN=user10,OU=Lab,DC=eu," + fakeBase // as a global catalog has them
	return &fake{objects: []object{
		team(100, oddGroup, innermost), team(101, inner, oddGroup), team(102, innermost, inner), team(103, everybody),
		in(human(1, "primaryGroupID", "103"), oddGroup, everybody), in(human(2), inner), in(human(3), innermost), human(4), in(human(5), everybody),
		human(6, "primaryGroupID", "100"), human(7, "primaryGroupID", "102"), human(8, "primaryGroupID", "103"), contact, stranger,
		foreign, human(11, "primaryGroupID", "104"),
	}}
}

// members gives the numbers of a group's members.
func members(t *testing.T, d *AD, group string) []int {
	t.Helper()
	got, err := d.Members(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	return numbers(got)
}

func numbers(of map[match.GUID]bool) []int {
	var all []int
	for g, is := range of {
		n := 0
		if _, err := fmt.Sscanf(string(g[:]), "guid%d", &n); err != nil || !is {
			n = -1
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

func TestMembers(t *testing.T) {
	d := dialFake(t, membersFake().serve(t, false).settings())
	for group, want := range map[string][]int{
		oddGroup:                          {1, 2, 3, 6, 7},
		" " + oddGroup + " ":              {1, 2, 3, 6, 7},
		"CN=Everybody,OU=Lab," + fakeBase: {1, 5, 8},
	} {
		if diff := cmp.Diff(want, members(t, d, group)); diff != "" {
			t.Errorf("%s: %s", group, diff)
		}
	}
}

func TestMembersAreReadInPagesWithoutMore(t *testing.T) {
	const group = "CN=All,OU=Lab," + fakeBase
	f := &fake{objects: []object{team(9000, group)}}
	for i := range 2300 {
		f.objects = append(f.objects, in(human(i), group))
	}
	d := dialFake(t, f.serve(t, false).settings())
	if got := members(t, d, group); len(got) != 2300 || got[0] != 0 || got[2299] != 2299 {
		t.Errorf("got %d members", len(got))
	}
	for _, m := range f.searches {
		if strings.Contains(m.Filter, people) && !slices.Equal(m.Attributes, []string{"objectGUID"}) {
			t.Errorf("asked for %v", m.Attributes)
		}
	}
	if n := len(f.searches); n != 1+3+1+1 { // the group, its members, the groups in it, the primary group
		t.Errorf("%d searches", n)
	}
}

func TestManyPrimaryGroupsAreAskedForInTurn(t *testing.T) {
	const group = "CN=All,OU=Lab," + fakeBase
	f := &fake{objects: []object{team(9000, group), human(1, "primaryGroupID", "9001"), human(2, "primaryGroupID", "9250"), human(3, "primaryGroupID", "9251")}}
	for i := range 250 {
		f.objects = append(f.objects, team(9001+i, fmt.Sprintf("CN=g%d,OU=Lab,%s", i, fakeBase), group))
	}
	d := dialFake(t, f.serve(t, false).settings())
	if diff := cmp.Diff([]int{1, 2}, members(t, d, group)); diff != "" {
		t.Error(diff)
	}
}

func TestNoSuchGroup(t *testing.T) {
	f := membersFake().serve(t, false)
	d := dialFake(t, f.settings())
	for _, group := range []string{"CN=Nobody,OU=Lab," + fakeBase, "CN=user1,OU=Lab," + fakeBase, "Opt-Out", "", " ", "<GUID=" + fakeGUID(100).String() + ">",
		"CN=" + strings.Repeat("a", maxIdentity) + "," + fakeBase} {
		_, err := d.Members(t.Context(), group)
		wantError(t, err, record.ExcludedGroupNotFound, f.ldaps(), clip(group))
	}
}

func TestMembersFail(t *testing.T) {
	const group = "CN=Everybody,OU=Lab," + fakeBase
	for name, c := range map[string]struct {
		search, code int
		want         record.Code
	}{
		"another domain's":    {1, gldap.ResultReferral, record.ExcludedGroupNotFound},
		"no DN to the server": {1, gldap.ResultInvalidDNSyntax, record.ExcludedGroupNotFound},
		"the group":           {1, gldap.ResultInsufficientAccessRights, record.DirectoryRefused},
		"its members":         {2, gldap.ResultInsufficientAccessRights, record.DirectoryRefused},
		"the groups in it":    {3, gldap.ResultTimeLimitExceeded, record.DirectoryTimeout},
		"the primary group":   {4, gldap.ResultInsufficientAccessRights, record.DirectoryRefused},
	} {
		t.Run(name, func(t *testing.T) {
			f := membersFake()
			f.onSearch = func(n int, _ *gldap.SearchMessage) (int, string) {
				if n == c.search {
					return c.code, "because"
				}
				return 0, ""
			}
			d := dialFake(t, f.serve(t, false).settings())
			got, err := d.Members(t.Context(), group)
			wantError(t, err, c.want, f.ldaps(), group)
			if got != nil {
				t.Errorf("got %d members with the error: part of a group looks like a group", len(got))
			}
		})
	}
}

func TestMembersOverALostConnection(t *testing.T) {
	for search := 1; search <= 4; search++ {
		f := membersFake()
		f.onSearch = func(n int, _ *gldap.SearchMessage) (int, string) {
			if n == search {
				f.relay.cut()
			}
			return 0, ""
		}
		d := dialFake(t, f.serve(t, false).settings())
		if diff := cmp.Diff([]int{1, 5, 8}, members(t, d, "CN=Everybody,OU=Lab,"+fakeBase)); diff != "" {
			t.Errorf("cut at search %d: %s", search, diff)
		}
		if n := f.relay.connections(); n != 2 {
			t.Errorf("got %d connections, want 2", n)
		}
	}
}

func TestMembersOverAConnectionLostForEver(t *testing.T) {
	f := membersFake()
	f.onSearch = func(n int, _ *gldap.SearchMessage) (int, string) {
		if n > 1 {
			f.relay.cut()
		}
		return 0, ""
	}
	d := dialFake(t, f.serve(t, false).settings())
	_, err := d.Members(t.Context(), oddGroup)
	wantError(t, err, record.DirectoryConnectionLost, f.ldaps(), clip(oddGroup))
}

func TestDomainOf(t *testing.T) {
	for text, want := range map[string]string{
		"DC=corp,DC=example":                    "dc=corp,dc=example",
		"CN=a,OU=b, dc = Corp ; DC=EXAMPLE":     "dc=corp,dc=example",
		`CN=Müller\, DC\=x\,DC\=y,OU=c,DC=corp`: "dc=corp",
		`CN=a\,DC=b`:                            "",
		"DC=printers,CN=a,DC=corp,DC=example":   "dc=corp,dc=example",
		`CN=a,DC=c\6Frp`:                        "dc=corp",
		`CN=a,DC=co\,rp`:                        `dc=co\,rp`,
		"CN=a,DC=b+OU=c":                        "",
		"o=corp":                                "",
		"":                                      "",
		"corp.example":                          "",
		`CN=a,DC=corp\`:                         "",
		"<GUID=00112233-4455-6677-8899-aabbccddeeff>": "",
	} {
		if got := DomainOf(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	d := dialFake(t, (&fake{}).serve(t, false).settings())
	if got := d.Domain(); got != "dc=corp,dc=example" {
		t.Errorf("the domain is %q", got)
	}
}

func FuzzDomainOf(f *testing.F) {
	for _, s := range []string{"CN=a,DC=b,DC=c", `CN=a\,DC=b`, "DC=\xff", `DC=a\ff`, "DC=İ", `DC=\ a\ `, "DC=#0403414243"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := DomainOf(text)
		if again := DomainOf(got); again != got {
			t.Errorf("%q gives %q, and that %q", text, got, again)
		}
		if got != "" && !(Scope{}).Covers(text) {
			t.Errorf("%q is not in its own domain", text)
		}
	})
}

func TestScopeKeys(t *testing.T) {
	same := map[string][]Scope{
		"whole":    {{}, {Depth: DepthSub}, {Filter: " \n"}},
		"base":     {{Base: "OU=Sales,DC=corp,DC=example"}, {Base: " ou=SALES , dc=corp,Dc=Example ", Depth: DepthSub}, {Base: `OU=S\61les;DC=corp;DC=example`}},
		"one":      {{Base: "OU=Sales,DC=corp,DC=example", Depth: DepthOne}},
		"filter":   {{Filter: "(a=B)"}, {Filter: "  (a=B)\n", Depth: DepthSub}},
		"filter 2": {{Filter: "(a=b)"}},
		"both":     {{Base: "OU=Sales,DC=corp,DC=example", Filter: "(a=B)"}},
		"comma":    {{Base: `OU=Sales\, East,DC=corp,DC=example`}, {Base: `OU=sales\2C east,DC=corp,DC=example`}},
		"no comma": {{Base: `OU=Sales,OU=East,DC=corp,DC=example`}},
		"tab":      {{Base: "OU=a\t(b=c),DC=x"}},
		"two":      {{Base: "OU=b+CN=a,DC=x"}, {Base: "cn=A+ou=B,DC=x"}},
		"no DN":    {{Base: "Sales "}, {Base: "sales"}},
	}
	seen := map[string]string{}
	for name, scopes := range same {
		for _, s := range scopes {
			key := s.Key()
			if key != scopes[0].Key() {
				t.Errorf("%s: %+v has the key %q, not %q", name, s, key, scopes[0].Key())
			}
			if other, there := seen[key]; there && other != name {
				t.Errorf("%s and %s have the key %q", name, other, key)
			}
			seen[key] = name
		}
	}
	// It is kept on disk: it must not change from version to version.
	if got, want := (Scope{Base: "OU=Büro, DC=Corp", Depth: DepthOne, Filter: "(a=B)"}).Key(), "one\tou=b\\c3\\bcro,dc=corp\t(a=B)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestScopeCovers(t *testing.T) {
	const sales, anna, deep = "OU=Sales,DC=corp,DC=example", "CN=Anna,ou=sales, dc=corp,dc=EXAMPLE", `CN=Bo\, B,OU=x,OU=Sales,DC=corp,DC=example`
	const no = false
	for dn, want := range map[string]map[Depth]bool{
		anna:                                {DepthBase: no, DepthOne: true, DepthSub: true, "": true, "tree": no},
		deep:                                {DepthBase: no, DepthOne: no, DepthSub: true, "": true},
		sales:                               {DepthBase: true, DepthOne: no, DepthSub: true},
		"DC=corp,DC=example":                {DepthBase: no, DepthOne: no, DepthSub: no},
		"CN=a,OU=PreSales,DC=corp":          {DepthSub: no},
		`CN=a\,OU=Sales,DC=corp,DC=example`: {DepthSub: no},
		"Anna":                              {DepthSub: no},
		"":                                  {DepthSub: no, "": no},
	} {
		for depth, want := range want {
			if got := (Scope{Base: sales, Depth: depth}).Covers(dn); got != want {
				t.Errorf("%s, %q: %v", dn, depth, got)
			}
		}
	}
	for dn, want := range map[string]map[Depth]bool{
		anna:                         {"": true, DepthSub: true, DepthOne: no, DepthBase: no},
		"CN=Anna,DC=corp,DC=example": {"": true, DepthOne: true, DepthBase: no},
		"DC=corp,DC=example":         {"": true, DepthBase: true},
		"CN=Anna,O=corp":             {"": no},
		"":                           {"": no},
	} {
		for depth, want := range want {
			if got := (Scope{Depth: depth}).Covers(dn); got != want {
				t.Errorf("whole, %s, %q: %v", dn, depth, got)
			}
		}
	}
	if (Scope{Base: "Sales"}).Covers(anna) {
		t.Error("a base that is no DN covers somebody")
	}
}
