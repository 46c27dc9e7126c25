package lab

import (
	"bytes"
	"encoding/binary"
	"strconv"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// pagedSearch is what remains of a paged search between two pages.
type pagedSearch struct {
	number int
	shape  string // base, scope and filter: a cookie belongs to one search
	rest   []*entry
	refer  bool
}

// maxOpenSearches is how many paged searches a connection may have open;
// another one pushes out the oldest (MaxResultSetsPerConn of the query policy).
const maxOpenSearches = 10

// pagingControl reads size and cookie.
func (q *query) pagingControl(value []byte) answer {
	p, err := ber.DecodePacketErr(value)
	if err != nil || len(p.Children) != 2 {
		return answer{code: ldap.LDAPResultProtocolError}
	}
	q.paged = true
	q.page, _ = p.Children[0].Value.(int64)
	q.cookie = p.Children[1].Data.String()
	return answer{}
}

func (q *query) shape() string {
	return strconv.FormatInt(q.scope, 10) + "\x00" + q.base + "\x00" + string(q.filter.Bytes())
}

// pagedSearch gives one page. A page size above MaxPageSize gives pages of
// MaxPageSize; size zero ends a search that a cookie names.
func (s *session) pagedSearch(r *request, q *query) bool {
	open, failed := s.openSearch(q)
	if failed.code != 0 {
		return s.send(r, ldap.ApplicationSearchResultDone, failed)
	}
	if q.page <= 0 {
		return s.pageDone(r, answer{}, len(open.rest), "")
	}
	size := s.directory.pageSize
	if q.page < int64(size) {
		size = int(q.page)
	}
	limit := s.limit(q, size)
	page := open.rest[:min(limit, len(open.rest))]
	open.rest = open.rest[len(page):]
	if !s.entries(r, q, page) {
		return false
	}
	if len(open.rest) == 0 {
		return s.referrals(r, q, open.refer) && s.pageDone(r, answer{}, 0, "")
	}
	done := answer{}
	if limit < size {
		done.code = ldap.LDAPResultSizeLimitExceeded
	}
	return s.pageDone(r, done, 0, s.keep(open))
}

// openSearch starts a paged search, or takes up the one that the cookie names.
func (s *session) openSearch(q *query) (*pagedSearch, answer) {
	if q.cookie == "" {
		found, refer, failed := s.directory.tree.search(q)
		return &pagedSearch{shape: q.shape(), rest: found, refer: refer}, failed
	}
	open, ok := s.cookies[q.cookie]
	if !ok {
		// Cookies belong to a connection. Samba answers 53 here, Active
		// Directory 53 or 12 by version.
		return nil, answer{code: ldap.LDAPResultUnwillingToPerform, text: "00002077: SvcErr: DSID-0C090A6A, problem 5003 (WILL_NOT_PERFORM), data 0\n\x00"}
	}
	if open.shape != q.shape() {
		return nil, answer{code: ldap.LDAPResultUnavailableCriticalExtension, text: "00002040: SvcErr: DSID-0C0908F3, problem 5010 (UNAVAIL_EXTENSION), data 0\n\x00"}
	}
	delete(s.cookies, q.cookie)
	return open, answer{}
}

// keep stores what remains and gives the cookie for it.
func (s *session) keep(open *pagedSearch) string {
	s.cookieNo++
	open.number = s.cookieNo
	if len(s.cookies) >= maxOpenSearches {
		oldest := ""
		for c, o := range s.cookies {
			if oldest == "" || o.number < s.cookies[oldest].number {
				oldest = c
			}
		}
		delete(s.cookies, oldest)
	}
	// Binary, with a zero byte: a client must hand it back as it is.
	cookie := string(binary.BigEndian.AppendUint64([]byte{0xff, 0x00}, uint64(s.cookieNo)*0x9e3779b97f4a7c15))
	s.cookies[cookie] = open
	return cookie
}

func (s *session) pageDone(r *request, a answer, estimate int, cookie string) bool {
	value := ber.NewSequence("")
	value.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, int64(estimate), ""))
	value.AppendChild(octetString(cookie))
	control := ber.NewSequence("")
	control.AppendChild(octetString(pagingOID))
	control.AppendChild(octetString(string(bytes.Clone(value.Bytes()))))
	controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
	controls.AppendChild(control)
	return s.write(result(ldap.ApplicationSearchResultDone, a), r.id, controls) && s.writer.Flush() == nil
}
