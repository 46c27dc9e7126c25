package directory

import (
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// Domain gives the DN of the domain controller's domain in the form of
// [DomainOf]; "" when the server names none.
func (d *AD) Domain() string { return DomainOf(d.base) }

// DomainOf gives the domain that a DN lies in: its last parts that are DC, in
// lower case and without spaces, such as "dc=corp,dc=example". Two spellings of
// one domain give the same text. It is "" when the DN ends in no DC, or text is
// no DN.
func DomainOf(text string) string {
	dn, ok := parseDN(text)
	if !ok {
		return ""
	}
	from := len(dn.RDNs)
	for from > 0 && isDomainPart(dn.RDNs[from-1]) {
		from--
	}
	return strings.Join(normalParts(dn)[from:], ",")
}

// ParentOf gives the DN of the object that an object lies in, in the form of
// [DomainOf]; "" when text is no DN or has one part only.
func ParentOf(text string) string {
	dn, ok := parseDN(text)
	if !ok {
		return ""
	}
	return strings.Join(normalParts(dn)[1:], ",")
}

func isDomainPart(rdn *ldap.RelativeDN) bool {
	return len(rdn.Attributes) == 1 && strings.EqualFold(rdn.Attributes[0].Type, "DC")
}

// parseDN takes a distinguished name with at least one part apart.
func parseDN(text string) (*ldap.DN, bool) {
	dn, err := ldap.ParseDN(text)
	if err != nil || len(dn.RDNs) == 0 {
		return nil, false
	}
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			if !isAttributeType(a.Type) {
				return nil, false
			}
		}
	}
	return dn, true
}

// isDN reports whether text is a distinguished name with at least one part.
func isDN(text string) bool {
	_, ok := parseDN(text)
	return ok
}

// isAttributeType reports whether text has the form of an attribute's name or OID,
// which go-ldap does not look at.
func isAttributeType(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}

// normalParts gives the parts of a DN in a form in which equal parts are equal,
// whatever their case, spaces and escapes.
func normalParts(dn *ldap.DN) []string {
	parts := make([]string, len(dn.RDNs))
	for i, rdn := range dn.RDNs {
		var lower ldap.RelativeDN
		for _, a := range rdn.Attributes {
			lower.Attributes = append(lower.Attributes, &ldap.AttributeTypeAndValue{Type: strings.ToLower(a.Type), Value: strings.ToLower(a.Value)})
		}
		parts[i] = lower.String()
	}
	return parts
}
