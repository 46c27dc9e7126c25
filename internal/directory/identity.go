package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/match"
	"photosync/internal/record"
)

// form is the kind of name by which a person is named.
type form int

const (
	formAccount form = iota // sAMAccountName
	formAddress             // UPN, else mail
	formDN
	formGUID
	formSID
)

// identity is a name and its form.
type identity struct {
	form form
	text string
	guid match.GUID
	sid  []byte
}

// maxIdentity bounds a name's length in bytes; the longest are DNs.
const maxIdentity = 4096

// identify says by which form a name names a person. Spaces around it do not
// count, but for one that a backslash makes the end of a DN.
func identify(name string) (identity, error) {
	text := strings.TrimSpace(name)
	switch {
	case text == "":
		return identity{}, record.Errorf(record.IdentityInvalid, "the name of a person is empty")
	case len(text) > maxIdentity:
		return identity{}, record.Errorf(record.IdentityInvalid, "the name %q... is longer than %d bytes", clip(text), maxIdentity).On(clip(text))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return identity{}, record.Errorf(record.IdentityInvalid, "the name %q holds characters that no name has", clip(text)).On(clip(text))
	}
	if guid, err := match.ParseGUID(text); err == nil {
		return identity{form: formGUID, text: text, guid: guid}, nil
	}
	if sid, ok := parseSID(text); ok {
		return identity{form: formSID, text: text, sid: sid}, nil
	}
	if dn, ok := asDN(name, text); ok {
		return identity{form: formDN, text: dn}, nil
	}
	if strings.Contains(text, "@") {
		return identity{form: formAddress, text: text}, nil
	}
	// Neither character can be in a sAMAccountName. DOMAIN\user would have to be
	// looked up in that domain, which may not be this one.
	if strings.ContainsAny(text, `\=`) {
		return identity{}, record.Errorf(record.IdentityInvalid, "%q is no UPN, mail address, sAMAccountName, DN, objectGUID or SID", clip(text)).On(clip(text))
	}
	return identity{form: formAccount, text: text}, nil
}

// asDN gives the name as a DN, if it is one. An address may hold an equals sign
// too; a DN of a person has a comma as well.
func asDN(name, text string) (string, bool) {
	if !strings.Contains(text, "=") || strings.Contains(text, "@") && !strings.Contains(text, ",") {
		return "", false
	}
	if !isDN(text) {
		text = strings.TrimLeftFunc(name, unicode.IsSpace)
	}
	return text, isDN(text)
}

// searches gives the searches that look the name up, in order: the next is made
// only when the one before found nobody.
func (i identity) searches(base string) []*ldap.SearchRequest {
	switch i.form {
	case formGUID:
		return []*ldap.SearchRequest{objectSearch("<GUID="+i.guid.String()+">", photoAttributes)}
	case formDN:
		return []*ldap.SearchRequest{objectSearch(i.text, photoAttributes)}
	case formSID:
		return []*ldap.SearchRequest{lookUp(base, equalBytes("objectSid", i.sid))}
	case formAddress:
		return []*ldap.SearchRequest{
			lookUp(base, equalText("userPrincipalName", i.text)),
			lookUp(base, equalText("mail", i.text)),
		}
	}
	return []*ldap.SearchRequest{lookUp(base, equalText("sAMAccountName", i.text))}
}

// objectSearch reads one object, if it is a person.
func objectSearch(base string, attributes []string) *ldap.SearchRequest {
	return &ldap.SearchRequest{BaseDN: base, Scope: ldap.ScopeBaseObject, Filter: onlyPeople(""), Attributes: attributes}
}

// lookUp searches the whole domain for the few people that fit a filter.
func lookUp(base, filter string) *ldap.SearchRequest {
	return &ldap.SearchRequest{BaseDN: base, Scope: ldap.ScopeWholeSubtree, Filter: onlyPeople(filter), Attributes: photoAttributes}
}

func equalText(attribute, value string) string {
	return "(" + attribute + "=" + ldap.EscapeFilter(value) + ")"
}

func equalBytes(attribute string, value []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, len(attribute)+3*len(value)+3)
	out = append(out, "("+attribute+"="...)
	for _, b := range value {
		out = append(out, '\\', digits[b>>4], digits[b&15])
	}
	return string(append(out, ')'))
}
