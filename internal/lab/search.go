package lab

import (
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// query is a search request, decoded.
type query struct {
	base      string
	scope     int64
	sizeLimit int64
	typesOnly bool
	filter    *ber.Packet
	wanted    []string

	paged       bool
	page        int64
	cookie      string
	noReferrals bool // LDAP_SERVER_DOMAIN_SCOPE_OID
}

const (
	pagingOID      = "1.2.840.113556.1.4.319"
	domainScopeOID = "1.2.840.113556.1.4.1339"
)

// knownControls may be critical. Those besides paging and
// domain scope change nothing here: nothing is deleted, no security
// descriptors are kept and no referral object exists.
var knownControls = []string{pagingOID, domainScopeOID, "1.2.840.113556.1.4.417", "1.2.840.113556.1.4.801", "2.16.840.1.113730.3.4.2"}

func (s *session) search(r *request) bool {
	q, failed := decodeQuery(r)
	if failed.code != 0 {
		return s.send(r, ldap.ApplicationSearchResultDone, failed)
	}
	s.directory.searches.Add(1)
	if q.base == "" && q.scope == ldap.ScopeBaseObject {
		return s.rootDSE(r, q)
	}
	if !s.bound {
		return s.send(r, ldap.ApplicationSearchResultDone, answer{code: ldap.LDAPResultOperationsError, text: notBoundText})
	}
	if q.paged {
		return s.pagedSearch(r, q)
	}
	found, refer, failed := s.directory.tree.search(q)
	if failed.code != 0 {
		return s.send(r, ldap.ApplicationSearchResultDone, failed)
	}
	limit := s.limit(q, s.directory.pageSize)
	done := answer{}
	if len(found) > limit {
		found, done.code = found[:limit], ldap.LDAPResultSizeLimitExceeded
	}
	return s.entries(r, q, found) && s.referrals(r, q, refer) && s.send(r, ldap.ApplicationSearchResultDone, done)
}

// limit gives how many entries one answer may have at most.
func (s *session) limit(q *query, page int) int {
	if q.sizeLimit > 0 && q.sizeLimit < int64(page) {
		return int(q.sizeLimit)
	}
	return page
}

func decodeQuery(r *request) (*query, answer) {
	c := r.op.Children
	if len(c) < 8 {
		return nil, answer{code: ldap.LDAPResultProtocolError}
	}
	q := &query{base: c[0].Data.String(), filter: c[6]}
	q.scope, _ = c[1].Value.(int64)
	q.sizeLimit, _ = c[3].Value.(int64)
	q.typesOnly, _ = c[5].Value.(bool)
	for _, a := range c[7].Children {
		q.wanted = append(q.wanted, a.Data.String())
	}
	for _, control := range r.controls {
		if a := q.control(control); a.code != 0 {
			return nil, a
		}
	}
	return q, answer{}
}

// control takes one control of a search into account.
func (q *query) control(p *ber.Packet) answer {
	if len(p.Children) == 0 {
		return answer{code: ldap.LDAPResultProtocolError}
	}
	oid, critical := p.Children[0].Data.String(), false
	var value []byte
	for _, c := range p.Children[1:] {
		if b, ok := c.Value.(bool); ok {
			critical = b
		} else {
			value = c.Data.Bytes()
		}
	}
	switch oid {
	case pagingOID:
		return q.pagingControl(value)
	case domainScopeOID:
		q.noReferrals = true
		return answer{}
	}
	if critical && !contains(knownControls, oid) {
		return answer{code: ldap.LDAPResultUnavailableCriticalExtension, text: "00002040: SvcErr: DSID-0C0908F3, problem 5010 (UNAVAIL_EXTENSION), data 0\n\x00"}
	}
	return answer{}
}

func contains(list []string, text string) bool {
	for _, l := range list {
		if strings.EqualFold(l, text) {
			return true
		}
	}
	return false
}

// entries writes entries into the connection; false when it is cut.
func (s *session) entries(r *request, q *query, found []*entry) bool {
	for i, e := range found {
		if !s.write(s.directory.tree.encode(e, q), r.id, nil) {
			return false
		}
		s.directory.sent.Add(1)
		if s.directory.drop.due(i + 1) {
			_ = s.writer.Flush()
			return false
		}
	}
	return true
}

// encode gives the entry as an answer, with what was asked for.
func (t *tree) encode(e *entry, q *query) *ber.Packet {
	return encodeEntry(e.dn, t.selected(e, q.wanted), q.typesOnly)
}

func encodeEntry(dn string, attributes []attribute, typesOnly bool) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	p.AppendChild(octetString(dn))
	list := ber.NewSequence("")
	for _, a := range attributes {
		one := ber.NewSequence("")
		one.AppendChild(octetString(a.name))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		if !typesOnly {
			for _, v := range a.values {
				set.AppendChild(octetString(string(v)))
			}
		}
		one.AppendChild(set)
		list.AppendChild(one)
	}
	p.AppendChild(list)
	return p
}

// referrals writes the references to the other naming contexts, which a search
// through the whole domain gives.
func (s *session) referrals(r *request, q *query, refer bool) bool {
	if !refer || q.noReferrals {
		return true
	}
	t := s.directory.tree
	for _, url := range []string{
		"ldap://ForestDnsZones." + t.domain + "/DC=ForestDnsZones," + t.baseDN,
		"ldap://DomainDnsZones." + t.domain + "/DC=DomainDnsZones," + t.baseDN,
		"ldap://" + t.domain + "/CN=Configuration," + t.baseDN,
	} {
		p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
		p.AppendChild(octetString(url))
		if !s.write(p, r.id, nil) {
			return false
		}
	}
	return true
}
