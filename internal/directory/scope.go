package directory

import (
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

// isDN reports whether text is a distinguished name with at least one part.
func isDN(text string) bool {
	dn, err := ldap.ParseDN(text)
	if err != nil || len(dn.RDNs) == 0 {
		return false
	}
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			if !isAttributeType(a.Type) {
				return false
			}
		}
	}
	return true
}

// isAttributeType reports whether text has the form of an attribute's name or OID,
// which go-ldap does not look at.
func isAttributeType(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}
