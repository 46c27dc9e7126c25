package directory

import (
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/match"
	"photosync/internal/record"
)

const (
	// inChain is LDAP_MATCHING_RULE_IN_CHAIN: a link, or a chain of them.
	inChain = "1.2.840.113556.1.4.1941"
	// mostRIDs is how many primary groups one search asks for.
	mostRIDs = 100
)

// Members gives everybody in the domain with a user account who is in the group
// with that DN, directly, through groups in it, or because it or a group in it
// is the primary group (which is no link, so that no chain leads there). It holds
// one GUID for each of them, and a page of at most 1000 names while it reads.
//
// It gives ExcludedGroupNotFound when the text is no DN, or names nothing that
// the account can read, or no group; otherwise errors are as for [AD.Keys], but
// a broken connection is opened again once for each search: nobody has seen the
// answer yet. A group whose members the account may not read looks empty.
func (d *AD) Members(ctx context.Context, groupDN string) (map[match.GUID]bool, error) {
	dn, ok := asDN(groupDN, strings.TrimSpace(groupDN))
	m := membership{d: d, name: clip(groupDN), link: "(memberOf:" + inChain + ":=" + ldap.EscapeFilter(dn) + ")", members: make(map[match.GUID]bool)}
	if !ok || len(dn) > maxIdentity {
		return nil, record.Errorf(record.ExcludedGroupNotFound, "find the group %q on %s: that is not a distinguished name", m.name, d.at).On(m.name)
	}
	if d.base == "" {
		return nil, record.Errorf(record.SearchBaseInvalid, "find who is in %s: %s names no default naming context", m.name, d.at).On(m.name)
	}
	group, err := m.group(ctx, dn)
	if err != nil {
		return nil, err
	}
	if err := m.take(ctx, onlyPeople(m.link), func(Entry) bool { return true }); err != nil {
		return nil, err
	}
	rids, err := m.primaries(ctx, group)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(rids, mostRIDs) {
		filter := "(|(primaryGroupID=" + strings.Join(some, ")(primaryGroupID=") + "))"
		// A global catalog has other domains' people too, whose groups have the same numbers.
		err := m.take(ctx, onlyPeople(filter), func(e Entry) bool { return DomainOf(e.DN) == d.Domain() })
		if err != nil {
			return nil, err
		}
	}
	return m.members, nil
}

// membership is the work of one call of [AD.Members].
type membership struct {
	d       *AD
	name    string // for messages
	link    string // the filter for what is in the group, through groups too
	members map[match.GUID]bool
}

// group reads the group itself.
func (m *membership) group(ctx context.Context, dn string) (Entry, error) {
	req := &ldap.SearchRequest{BaseDN: dn, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=group)", Attributes: []string{"objectGUID", "objectSid"}}
	found, err := m.d.lookUp(ctx, "find the group "+m.name, m.name, req)
	if record.CodeOf(err) == record.SearchBaseInvalid { // the server does not take it for a DN
		return Entry{}, record.Errorf(record.ExcludedGroupNotFound, "%s", record.From(err).Text).On(m.name)
	}
	if err != nil {
		return Entry{}, err
	}
	if len(found) == 0 {
		return Entry{}, record.Errorf(record.ExcludedGroupNotFound, "find the group %s on %s: it is not there, or it is no group", m.name, m.d.at).On(m.name)
	}
	return found[0], nil
}

// primaries gives the numbers by which people name the group, or a group in it,
// as their primary group.
func (m *membership) primaries(ctx context.Context, group Entry) ([]string, error) {
	var rids []string
	add := func(e Entry) {
		if rid, ok := domainRID(e.SID); ok && DomainOf(e.DN) == m.d.Domain() && !slices.Contains(rids, rid) {
			rids = append(rids, rid)
		}
	}
	add(group)
	err := m.search(ctx, "(&(objectClass=group)"+m.link+")", []string{"objectGUID", "objectSid"}, add)
	return rids, err
}

// take adds the people whom a filter finds and who are wanted.
func (m *membership) take(ctx context.Context, filter string, wanted func(Entry) bool) error {
	return m.search(ctx, filter, []string{"objectGUID"}, func(e Entry) {
		if wanted(e) {
			m.members[e.ObjectGUID] = true
		}
	})
}

// search hands every entry of the domain that a filter finds to each. After a
// broken connection it begins anew, so each may get an entry twice.
func (m *membership) search(ctx context.Context, filter string, attributes []string, each func(Entry)) error {
	req := &ldap.SearchRequest{BaseDN: m.d.base, Scope: ldap.ScopeWholeSubtree, Filter: filter, Attributes: attributes}
	return m.d.attempt(ctx, "find who is in "+m.name, m.name, always, func(s *session) error {
		return m.d.pages(ctx, s, req, keyPage, func(page []Entry) error {
			for _, e := range page {
				each(e)
			}
			return nil
		})
	})
}

// domainRID gives the last number of a domain's SID, S-1-5-21-x-y-z-RID. No other
// SID can be a primary group's.
func domainRID(sid string) (string, bool) {
	if !strings.HasPrefix(sid, "S-1-5-21-") || strings.Count(sid, "-") != 7 {
		return "", false
	}
	return sid[strings.LastIndexByte(sid, '-')+1:], true
}
