package lab

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// truth is the value of a filter: X.511 knows a third one for attributes that
// the schema does not have, and its negation is not true either.
type truth int

const (
	no truth = iota
	undefined
	yes
)

var errBadFilter = errors.New("malformed filter")

// checkFilter says whether a filter has the structure that matches relies on.
func checkFilter(f *ber.Packet) error {
	if f.ClassType != ber.ClassContext {
		return errBadFilter
	}
	switch f.Tag {
	case ldap.FilterAnd, ldap.FilterOr:
		for _, c := range f.Children {
			if err := checkFilter(c); err != nil {
				return err
			}
		}
	case ldap.FilterNot:
		if len(f.Children) != 1 {
			return errBadFilter
		}
		return checkFilter(f.Children[0])
	case ldap.FilterPresent:
	case ldap.FilterEqualityMatch, ldap.FilterGreaterOrEqual, ldap.FilterLessOrEqual, ldap.FilterApproxMatch, ldap.FilterSubstrings:
		if len(f.Children) != 2 {
			return errBadFilter
		}
	case ldap.FilterExtensibleMatch:
	default:
		return errBadFilter
	}
	return nil
}

// matches evaluates a filter that checkFilter has passed.
func (t *tree) matches(e *entry, f *ber.Packet) truth {
	switch f.Tag {
	case ldap.FilterAnd:
		out := yes
		for _, c := range f.Children {
			out = min(out, t.matches(e, c))
		}
		return out
	case ldap.FilterOr:
		out := no
		for _, c := range f.Children {
			out = max(out, t.matches(e, c))
		}
		return out
	case ldap.FilterNot:
		return yes - t.matches(e, f.Children[0])
	case ldap.FilterExtensibleMatch:
		return t.extensible(e, f)
	}
	nameOf := f
	if f.Tag != ldap.FilterPresent {
		nameOf = f.Children[0]
	}
	name := strings.ToLower(nameOf.Data.String())
	kind, known := syntaxes[name]
	if !known {
		return undefined
	}
	for _, v := range t.get(e, name) {
		if f.Tag == ldap.FilterPresent || assertion(f, kind, v) {
			return yes
		}
	}
	return no
}

// assertion compares one value.
func assertion(f *ber.Packet, kind syntax, value []byte) bool {
	if f.Tag == ldap.FilterSubstrings {
		return substrings(f.Children[1].Children, kind, value)
	}
	wanted := f.Children[1].Data.Bytes()
	switch f.Tag {
	case ldap.FilterGreaterOrEqual:
		c, ok := order(kind, value, wanted)
		return ok && c >= 0
	case ldap.FilterLessOrEqual:
		c, ok := order(kind, value, wanted)
		return ok && c <= 0
	}
	return equal(kind, value, wanted) // Active Directory takes ~= for =
}

func equal(kind syntax, value, wanted []byte) bool {
	switch kind {
	case binarySyntax:
		return bytes.Equal(value, wanted)
	case sidSyntax:
		return bytes.Equal(value, wanted) || bytes.Equal(value, sidBytes(string(wanted)))
	case numberSyntax:
		c, ok := order(kind, value, wanted)
		return ok && c == 0
	case classSyntax:
		return strings.EqualFold(string(value), string(wanted)) || strings.EqualFold(className(string(value)), string(wanted))
	case dnSyntax:
		a, errA := dnKey(string(value))
		b, errB := dnKey(string(wanted))
		return errA == nil && errB == nil && a == b
	}
	return strings.EqualFold(string(value), string(wanted))
}

// className gives the name by which a filter may call a category:
// CN=Organizational-Unit,CN=Schema,... is organizationalUnit.
func className(dn string) string {
	return strings.ReplaceAll(commonName(dn), "-", "")
}

// order compares two values; false when they cannot be compared.
func order(kind syntax, value, wanted []byte) (int, bool) {
	if kind == numberSyntax {
		a, errA := strconv.ParseInt(string(value), 10, 64)
		b, errB := strconv.ParseInt(string(wanted), 10, 64)
		return cmp.Compare(a, b), errA == nil && errB == nil
	}
	return strings.Compare(fold(kind, string(value)), fold(kind, string(wanted))), true
}

func substrings(parts []*ber.Packet, kind syntax, value []byte) bool {
	if kind == numberSyntax || kind == dnSyntax || kind == classSyntax || kind == sidSyntax {
		return false // no substring rule in the schema
	}
	rest := fold(kind, string(value))
	for _, p := range parts {
		part := fold(kind, p.Data.String())
		switch p.Tag {
		case ldap.FilterSubstringsInitial:
			if !strings.HasPrefix(rest, part) {
				return false
			}
			rest = rest[len(part):]
		case ldap.FilterSubstringsAny:
			at := strings.Index(rest, part)
			if at < 0 {
				return false
			}
			rest = rest[at+len(part):]
		case ldap.FilterSubstringsFinal:
			if !strings.HasSuffix(rest, part) {
				return false
			}
		}
	}
	return true
}

func fold(kind syntax, s string) string {
	if kind == binarySyntax {
		return s
	}
	return strings.ToLower(s)
}

const (
	bitAndRule = "1.2.840.113556.1.4.803" // every bit is set
	bitOrRule  = "1.2.840.113556.1.4.804" // one of the bits is set
	chainRule  = "1.2.840.113556.1.4.1941"
)

// extensible evaluates Active Directory's two bit rules and the one for chains of
// links. Any other rule is undefined.
func (t *tree) extensible(e *entry, f *ber.Packet) truth {
	var rule, name, wanted string
	for _, c := range f.Children {
		switch c.Tag {
		case ldap.MatchingRuleAssertionMatchingRule:
			rule = c.Data.String()
		case ldap.MatchingRuleAssertionType:
			name = strings.ToLower(c.Data.String())
		case ldap.MatchingRuleAssertionMatchValue:
			wanted = c.Data.String()
		}
	}
	if rule == chainRule {
		return t.chained(e, name, wanted)
	}
	mask, err := strconv.ParseInt(wanted, 10, 64)
	if kind, known := syntaxes[name]; !known || kind != numberSyntax || err != nil || (rule != bitAndRule && rule != bitOrRule) {
		return undefined
	}
	for _, v := range t.get(e, name) {
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err == nil && (rule == bitAndRule && n&mask == mask || rule == bitOrRule && n&mask != 0) {
			return yes
		}
	}
	return no
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
