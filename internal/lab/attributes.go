package lab

import (
	"cmp"
	"strconv"
	"strings"
)

// syntax says how a filter compares an attribute.
type syntax int

const (
	textSyntax   syntax = iota // without case
	binarySyntax               // bytes
	numberSyntax
	sidSyntax   // bytes, and the text form of a SID
	classSyntax // a DN of the schema, and the class's name
	dnSyntax
)

// schema lists the attributes of people and groups as Active Directory spells them, in
// the order in which they are returned. A filter on a name that is not here is
// undefined, as in Active Directory.
var schema = []struct {
	name   string
	syntax syntax
}{
	{"objectClass", textSyntax}, {"cn", textSyntax}, {"sn", textSyntax}, {"givenName", textSyntax},
	{"distinguishedName", dnSyntax}, {"displayName", textSyntax}, {"name", textSyntax}, {"department", textSyntax},
	{"objectGUID", binarySyntax}, {"objectSid", sidSyntax}, {"userAccountControl", numberSyntax},
	{"sAMAccountName", textSyntax}, {"sAMAccountType", numberSyntax}, {"userPrincipalName", textSyntax},
	{"objectCategory", classSyntax}, {"mail", textSyntax}, {"proxyAddresses", textSyntax},
	{"mS-DS-ConsistencyGuid", binarySyntax}, {"msExchRecipientTypeDetails", numberSyntax},
	{"thumbnailPhoto", binarySyntax}, {"uSNChanged", numberSyntax}, {"whenChanged", textSyntax},
	{"ou", textSyntax}, {"dc", textSyntax}, {"employeeID", textSyntax}, {"title", textSyntax}, {"company", textSyntax},
	{"jpegPhoto", binarySyntax}, {"memberOf", dnSyntax}, {"extensionAttribute1", textSyntax},
	{"member", dnSyntax}, {"primaryGroupID", numberSyntax}, {"groupType", numberSyntax},
}

// syntaxes gives the syntax by lower-case name.
var syntaxes = func() map[string]syntax {
	m := make(map[string]syntax, len(schema))
	for _, a := range schema {
		m[strings.ToLower(a.name)] = a.syntax
	}
	return m
}()

// get gives an attribute by lower-case name; one without values is absent.
func (t *tree) get(e *entry, name string) [][]byte {
	switch name {
	case "usnchanged":
		return texts(strconv.FormatInt(e.usn, 10))
	case "whenchanged":
		return texts(e.changed.UTC().Format("20060102150405.0Z"))
	case "memberof":
		return t.memberOf(e.key)
	}
	if e.person == nil {
		return e.fixed[name].values
	}
	return t.personValue(e.person, name)
}

func (t *tree) personValue(p *Person, name string) [][]byte {
	switch name {
	case "objectclass":
		return texts("top", "person", "organizationalPerson", "user")
	case "objectcategory":
		return texts(t.category("Person"))
	case "cn", "name":
		return texts(commonName(p.DN))
	case "sn":
		return texts(p.Surname)
	case "givenname":
		return texts(p.GivenName)
	case "distinguishedname":
		return texts(p.DN)
	case "displayname":
		return texts(p.DisplayName)
	case "department":
		return texts(p.Department)
	case "samaccountname":
		return texts(p.SamAccountName)
	case "samaccounttype":
		return texts("805306368")
	case "userprincipalname":
		return texts(p.UserPrincipalName)
	case "mail":
		return texts(p.Mail)
	case "proxyaddresses":
		if p.Mail != "" {
			return texts("SMTP:" + p.Mail)
		}
	case "useraccountcontrol":
		return texts(strconv.FormatUint(uint64(p.UserAccountControl), 10))
	case "primarygroupid":
		return texts(strconv.FormatUint(uint64(cmp.Or(p.PrimaryGroupID, domainUsers)), 10))
	case "msexchrecipienttypedetails":
		if p.RecipientTypeDetails != 0 {
			return texts(strconv.FormatInt(p.RecipientTypeDetails, 10))
		}
	case "objectguid":
		return [][]byte{p.ObjectGUID[:]}
	case "objectsid":
		return octets(sidBytes(p.SID))
	case "ms-ds-consistencyguid":
		return octets(p.ConsistencyGUID)
	case "thumbnailphoto":
		return octets(p.Photo)
	}
	return nil
}

// texts gives text values; an empty text is an absent value.
func texts(values ...string) [][]byte {
	var out [][]byte
	for _, v := range values {
		if v != "" {
			out = append(out, []byte(v))
		}
	}
	return out
}

// octets gives one binary value; only nil is absent.
func octets(value []byte) [][]byte {
	if value == nil {
		return nil
	}
	return [][]byte{value}
}

// commonName gives the value of the first part of a DN, without its escapes.
func commonName(dn string) string {
	value := dn[strings.IndexByte(dn, '=')+1:]
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == '\\' && i+1 < len(value):
			i++
		case value[i] == ',':
			return b.String()
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

// selected gives the attributes of e that a search asked for: all of them
// without a list or with "*", none with "1.1" alone.
func (t *tree) selected(e *entry, wanted []string) []attribute {
	all := len(wanted) == 0
	names := make(map[string]bool, len(wanted))
	for _, w := range wanted {
		all = all || w == "*"
		names[strings.ToLower(w)] = true
	}
	var out []attribute
	for _, a := range schema {
		if lower := strings.ToLower(a.name); all || names[lower] {
			if values := t.get(e, lower); len(values) > 0 {
				out = append(out, attribute{name: a.name, values: values})
			}
		}
	}
	return out
}
