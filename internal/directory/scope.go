package directory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/record"
)

// Depth says how far below its base a [Scope] reaches.
type Depth string

// The depths. An empty Depth stands for [DepthSub].
const (
	DepthBase Depth = "base" // the base object alone
	DepthOne  Depth = "one"  // what lies directly below it
	DepthSub  Depth = "sub"  // the base object and everything below
)

// people is the filter for user objects of people: no computers, no contacts.
const people = "(objectCategory=person)(objectClass=user)"

// maxFilter bounds the length of a filter in bytes; parsing one is recursive.
const maxFilter = 64 << 10

// Scope says whom to read.
type Scope struct {
	Base   string // a DN; "" stands for the domain controller's default naming context
	Depth  Depth  // "" stands for DepthSub
	Filter string // an LDAP filter that narrows the scope; "" for all people with a user account
}

// Whole reports whether the scope is everybody in the default naming context.
func (s Scope) Whole() bool {
	return s.Base == "" && strings.TrimSpace(s.Filter) == "" && (s.Depth == "" || s.Depth == DepthSub)
}

// Key gives a text that names the scope; two spellings of one scope give the
// same. Case, spaces and escapes in the base, spaces around the filter and a
// depth that is left out do not count; the filter's own text does. That an empty base and the domain's own DN are the same is not known
// here, so their keys differ.
func (s Scope) Key() string {
	base := strings.ToLower(strings.TrimSpace(s.Base))
	if dn, ok := parseDN(s.Base); ok {
		base = strings.Join(normalParts(dn), ",")
	}
	// The first two hold no tab: the normal form escapes it.
	return string(cmp.Or(s.Depth, DepthSub)) + "\t" + base + "\t" + strings.TrimSpace(s.Filter)
}

// Covers reports whether a person with this DN is within base and depth; the
// filter is not looked at. An empty base is taken for the domain that the DN
// itself lies in: whether that is the domain controller's, [AD.Domain] and
// [DomainOf] tell. A text that is no DN is in no scope.
func (s Scope) Covers(dn string) bool {
	of, ok := parseDN(dn)
	if !ok {
		return false
	}
	from := s.Base
	if from == "" {
		from = DomainOf(dn)
	}
	base, ok := parseDN(from)
	if !ok {
		return false
	}
	below := len(of.RDNs) - len(base.RDNs)
	if below < 0 || !slices.Equal(normalParts(of)[below:], normalParts(base)) {
		return false
	}
	switch reach, ok := s.reach(); {
	case !ok:
		return false
	case reach == ldap.ScopeBaseObject:
		return below == 0
	case reach == ldap.ScopeSingleLevel:
		return below == 1
	}
	return true
}

// Check looks at the scope without asking a server. It gives SearchBaseInvalid,
// LdapFilterInvalid or, for a depth that does not exist, SettingInvalid.
func (s Scope) Check() error {
	if s.Base != "" && !isDN(s.Base) {
		return record.Errorf(record.SearchBaseInvalid, "the search base %q is not a distinguished name", clip(s.Base))
	}
	if _, ok := s.reach(); !ok {
		return record.Errorf(record.SettingInvalid, "the search scope %q is not one of base, one, sub", clip(string(s.Depth)))
	}
	filter := strings.TrimSpace(s.Filter)
	if filter == "" {
		return nil
	}
	if len(filter) > maxFilter {
		return record.Errorf(record.LdapFilterInvalid, "the LDAP filter is longer than %d KiB", maxFilter>>10)
	}
	if _, err := ldap.CompileFilter(filter); err != nil {
		return filterInvalid(filter, err)
	}
	return nil
}

func filterInvalid(filter string, err error) *record.Error {
	why := err
	if e, ok := ldapError(err); ok {
		why = e.Err
	}
	return record.Errorf(record.LdapFilterInvalid, "the LDAP filter %q does not parse: %s", clip(filter),
		strings.TrimPrefix(clip(why.Error()), "ldap: "))
}

// reach gives go-ldap's number of the depth.
func (s Scope) reach() (int, bool) {
	switch s.Depth {
	case DepthBase:
		return ldap.ScopeBaseObject, true
	case DepthOne:
		return ldap.ScopeSingleLevel, true
	case DepthSub, "":
		return ldap.ScopeWholeSubtree, true
	}
	return 0, false
}

// request gives the search for everybody in scope.
func (s Scope) request(defaultBase string, attributes []string) *ldap.SearchRequest {
	base := s.Base
	if base == "" {
		base = defaultBase
	}
	depth, _ := s.reach()
	return &ldap.SearchRequest{BaseDN: base, Scope: depth, Filter: onlyPeople(strings.TrimSpace(s.Filter)), Attributes: attributes}
}

func onlyPeople(filter string) string { return "(&" + people + filter + ")" }
