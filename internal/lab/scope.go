package lab

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// search gives the entries that a query finds, whether it covers the whole
// domain (then referrals belong to the answer), or why it fails.
func (t *tree) search(q *query) (found []*entry, refer bool, failed answer) {
	if err := checkFilter(q.filter); err != nil {
		return nil, false, answer{code: ldap.LDAPResultProtocolError, text: "00000057: LdapErr: DSID-0C0908D3, comment: Error decoding ldap message, data 0, v4563\x00"}
	}
	all := t.snapshot()
	base, failed := t.base(all, q.base)
	if failed.code != 0 {
		return nil, false, failed
	}
	for _, e := range all {
		if inScope(e.key, base.key, q.scope) && t.matches(e, q.filter) == yes {
			found = append(found, e)
		}
	}
	return found, base.dn == t.baseDN && q.scope == ldap.ScopeWholeSubtree, answer{}
}

// inScope tells by keys (see dnKey); a part of a DN ends in a zero byte.
func inScope(key, base string, scope int64) bool {
	below, ok := strings.CutPrefix(key, base)
	if !ok {
		return false
	}
	switch scope {
	case ldap.ScopeBaseObject:
		return below == ""
	case ldap.ScopeSingleLevel:
		return strings.Count(below, "\x00") == 1
	}
	return true
}

// base finds the entry that a search starts at. Besides a DN, the forms
// <GUID=...> and <SID=...> name it.
func (t *tree) base(all []*entry, base string) (*entry, answer) {
	if form, ok := strings.CutPrefix(base, "<"); ok {
		return t.specialBase(all, base, strings.TrimSuffix(form, ">"))
	}
	key, err := dnKey(base)
	if err != nil {
		return nil, answer{code: ldap.LDAPResultInvalidDNSyntax, text: "0000208F: NameErr: DSID-03100225, problem 2006 (BAD_NAME), data 8350, best match of:\n\t'" + base + "'\n\x00"}
	}
	root := all[0]
	if base != "" && !strings.HasPrefix(key, root.key) {
		return nil, answer{code: ldap.LDAPResultReferral, text: "0000202B: RefErr: DSID-0310084A, data 0, 1 access points\n\tref 1: '" + dnsName(base) + "'\n\x00"}
	}
	best := root
	for _, e := range all {
		if e.key == key {
			return e, answer{}
		}
		if strings.HasPrefix(key, e.key) && len(e.key) > len(best.key) {
			best = e
		}
	}
	return nil, noSuchObject(best.dn)
}

func noSuchObject(matched string) answer {
	return answer{code: ldap.LDAPResultNoSuchObject, matched: matched,
		text: "0000208D: NameErr: DSID-0310028B, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'" + matched + "'\n\x00"}
}

func (t *tree) specialBase(all []*entry, base, form string) (*entry, answer) {
	kind, value, _ := strings.Cut(form, "=")
	for _, e := range all {
		switch strings.ToUpper(kind) {
		case "GUID":
			if g, err := parseGUID(value); err == nil && g == e.guid {
				return e, answer{}
			}
		case "SID":
			for _, sid := range t.get(e, "objectsid") {
				if bytes.Equal(sid, sidBytes(value)) || strings.EqualFold(hexOf(sid), value) {
					return e, answer{}
				}
			}
		default:
			return nil, answer{code: ldap.LDAPResultInvalidDNSyntax, text: "0000208F: NameErr: DSID-03100225, problem 2006 (BAD_NAME), data 8350, best match of:\n\t'" + base + "'\n\x00"}
		}
	}
	return nil, noSuchObject("")
}

// dnsName gives the DNS name of a DN's domain parts.
func dnsName(dn string) string {
	var labels []string
	for part := range strings.SplitSeq(dn, ",") {
		if name, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(part)), "DC="); ok {
			labels = append(labels, strings.ToLower(name))
		}
	}
	return strings.Join(labels, ".")
}

// rootDSE answers a search for the server itself, which needs no bind.
func (s *session) rootDSE(r *request, q *query) bool {
	t := s.directory.tree
	config := "CN=Configuration," + t.baseDN
	all := []attribute{
		{"currentTime", texts(t.now().UTC().Format("20060102150405.0Z"))},
		{"defaultNamingContext", texts(t.baseDN)},
		{"rootDomainNamingContext", texts(t.baseDN)},
		{"configurationNamingContext", texts(config)},
		{"schemaNamingContext", texts("CN=Schema," + config)},
		{"namingContexts", texts(t.baseDN, config, "CN=Schema,"+config)},
		{"supportedControl", texts(knownControls...)},
		{"supportedExtension", texts(startTLSOID, whoAmIOID)},
		{"supportedLDAPVersion", texts("3", "2")},
		{"highestCommittedUSN", texts(strconv.FormatInt(t.highestUSN(), 10))},
		{"dnsHostName", texts("dc1." + t.domain)},
		{"ldapServiceName", texts(t.domain + ":dc1$@" + strings.ToUpper(t.domain))},
		{"isSynchronized", texts("TRUE")},
		{"isGlobalCatalogReady", texts("FALSE")},
		{"domainFunctionality", texts("7")},
	}
	var chosen []attribute
	for _, a := range all {
		if len(q.wanted) == 0 || contains(q.wanted, "*") || contains(q.wanted, a.name) {
			chosen = append(chosen, a)
		}
	}
	return s.write(encodeEntry("", chosen, q.typesOnly), r.id, nil) && s.send(r, ldap.ApplicationSearchResultDone, answer{})
}
