package directory

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/match"
	"photosync/internal/record"
)

// enough is how many people a look-up reads before it is sure that there are several.
const enough = 20

func always() bool { return true }

// Find looks a named person up, with the photo, in the domain controller's
// domain. The name's form says how: objectGUID (braces or not), SID, DN, an
// address (UPN, and if nobody has it, mail), else sAMAccountName. Only people with
// a user account are found. It gives IdentityInvalid, UserNotFound,
// IdentityAmbiguous, or an error as [AD.Keys] does.
func (d *AD) Find(ctx context.Context, name string) (Entry, error) {
	id, err := identify(name)
	if err != nil {
		return Entry{}, err
	}
	for _, req := range id.searches(d.base) {
		found, err := d.lookUp(ctx, "look up "+clip(id.text), clip(id.text), req)
		if err != nil {
			return Entry{}, asIdentity(id, err)
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return Entry{}, record.Errorf(record.IdentityAmbiguous, "%s names several people on %s: %s and %s", clip(id.text), d.at,
				clip(found[0].DN), clip(found[1].DN)).On(clip(id.text))
		}
	}
	return Entry{}, d.notFound(id.text)
}

func (d *AD) notFound(name string) error {
	return record.Errorf(record.UserNotFound, "%s is no person in %s on %s", clip(name), clip(d.base), d.at).On(clip(name))
}

// asIdentity: that a DN which somebody is named by does not suit the server is
// about the name, not about a search base.
func asIdentity(id identity, err error) error {
	if e, ok := err.(*record.Error); ok && e.Code == record.SearchBaseInvalid {
		return record.Errorf(record.IdentityInvalid, "%s", e.Text).On(clip(id.text))
	}
	return err
}

// Claimants gives the people who carry one of the cloud user's keys: the same
// immutable id (as mS-DS-ConsistencyGuid or objectGUID), SID, UPN or, unless it is
// a guest, mail. It tells whether two people name one cloud user. Errors are as
// for [AD.Keys].
func (d *AD) Claimants(ctx context.Context, u match.CloudUser) ([]match.Person, error) {
	keys := claimKeys(u)
	if keys == "" {
		return nil, nil
	}
	name := clip(u.UserPrincipalName)
	req := lookUp(d.base, "(|"+keys+")")
	req.Attributes = keyAttributes
	found, err := d.lookUp(ctx, "look up who claims "+name, name, req)
	if err != nil {
		return nil, err
	}
	people := make([]match.Person, len(found))
	for i := range found {
		people[i] = found[i].Person
	}
	return people, nil
}

// claimKeys gives the filter parts for the keys of a cloud user, "" without any.
func claimKeys(u match.CloudUser) string {
	var b strings.Builder
	if anchor, err := base64.StdEncoding.DecodeString(u.ImmutableID); err == nil && len(anchor) > 0 {
		b.WriteString(equalBytes("mS-DS-ConsistencyGuid", anchor))
		if len(anchor) == len(match.GUID{}) {
			b.WriteString(equalBytes("objectGUID", anchor))
		}
	}
	if sid, ok := parseSID(strings.TrimSpace(u.SID)); ok {
		b.WriteString(equalBytes("objectSid", sid))
	}
	if upn := strings.TrimSpace(u.UserPrincipalName); upn != "" {
		b.WriteString(equalText("userPrincipalName", upn))
	}
	// A guest's address is another organisation's; matching does not use it either.
	if mail := strings.TrimSpace(u.Mail); mail != "" && !u.Guest {
		b.WriteString(equalText("mail", mail))
	}
	return b.String()
}

// Reads reports whether there is an object with this DN that the account may
// read. Errors are as for [AD.Keys].
func (d *AD) Reads(ctx context.Context, dn string) (bool, error) {
	there := false
	err := d.attempt(ctx, "look whether "+clip(dn)+" is there", clip(dn), always, func(s *session) error {
		there = false
		req := &ldap.SearchRequest{BaseDN: dn, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attributes: []string{"objectClass"}}
		_, err := s.search(ctx, d.set.Timeout, req, func(*ldap.Entry) bool {
			there = true
			return false
		})
		if nobody(err) {
			return nil
		}
		return err
	})
	return there, err
}

// Photo reads one person's photo again, by objectGUID. It is nil when there is
// none. It gives UserNotFound when the person is gone, or an error as [AD.Keys].
func (d *AD) Photo(ctx context.Context, guid match.GUID) ([]byte, error) {
	name := guid.String()
	found, err := d.lookUp(ctx, "read the photo of "+name, name, objectSearch("<GUID="+name+">", []string{"objectGUID", attributePhoto}))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, d.notFound(name)
	}
	return found[0].Photo, nil
}

// lookUp makes a search that few people fit. That its base does not exist means
// that nobody does. It is made again once if the connection breaks.
func (d *AD) lookUp(ctx context.Context, step, target string, req *ldap.SearchRequest) ([]Entry, error) {
	req.SizeLimit = enough
	var found []Entry
	err := d.attempt(ctx, step, target, always, func(s *session) error {
		found = nil
		_, err := s.search(ctx, d.set.Timeout, req, func(e *ldap.Entry) bool {
			if entry, ok := entryOf(e); ok {
				found = append(found, entry)
			}
			return len(found) < enough
		})
		if nobody(err) || len(found) > 1 && ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
			return nil
		}
		return err
	})
	return found, err
}

// nobody reports whether the base of a look-up does not exist, or is another domain's.
func nobody(err error) bool {
	return ldap.IsErrorAnyOf(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultReferral)
}
