package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"photosync/internal/match"
	"photosync/internal/record"
)

// Handed is the source of people whom the caller hands over as objects, with
// their photos, such as those of Get-ADUser -Properties thumbnailPhoto. No
// directory is asked about them. The zero value holds nobody; it may be read by
// several goroutines once everybody is in it.
type Handed struct {
	people []match.Person
	known  map[string]bool
}

// Object is one person as the caller handed him or her over. Texts that the
// caller does not know are empty.
type Object struct {
	ObjectGUID, SID string // in their text forms
	DN              string

	UserPrincipalName, Mail, SamAccountName, DisplayName string

	ConsistencyGUID []byte // nil: it is not known whether there is one; empty: there is none
	AccountControl  uint32 // userAccountControl
	RecipientType   int64  // msExchRecipientTypeDetails
	Photo           []byte // nil or empty: there is none
}

// Add takes a person in and gives the entry; again is true for one that is there
// already. It gives IdentityInvalid when the object has nothing that could name
// somebody, or something that no name can be.
func (h *Handed) Add(o Object) (e Entry, again bool, err error) {
	if e, err = o.entry(); err != nil {
		return Entry{}, false, err
	}
	key := strings.ToLower(firstOf(e.SID, e.DN, e.Name()))
	if !e.ObjectGUID.IsZero() {
		key = e.ObjectGUID.String()
	}
	if h.known[key] {
		return e, true, nil
	}
	if h.known == nil {
		h.known = make(map[string]bool)
	}
	h.known[key] = true
	h.people = append(h.people, e.Person)
	return e, false, nil
}

// People gives everybody who was handed over. The slice is not the caller's to change.
func (h *Handed) People() []match.Person { return h.people }

// entry checks the object's texts and gives it the shape of a directory's entry.
func (o Object) entry() (Entry, error) {
	name := firstOf(o.UserPrincipalName, o.Mail, o.SamAccountName, o.DN, o.ObjectGUID, o.SID)
	refuse := func(format string, args ...any) (Entry, error) {
		return Entry{}, record.Errorf(record.IdentityInvalid, format, args...).On(clip(name))
	}
	if strings.TrimSpace(name) == "" {
		return refuse("an object was handed over that has nothing to name a person by")
	}
	for _, text := range []string{o.UserPrincipalName, o.Mail, o.SamAccountName, o.DN, o.DisplayName} {
		if len(text) > maxIdentity || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return refuse("the object of %s has a text that no person has: %q", clip(name), clip(text))
		}
	}
	e := Entry{Photo: o.Photo, Person: match.Person{
		DN: o.DN, UserPrincipalName: o.UserPrincipalName, Mail: o.Mail, SamAccountName: o.SamAccountName, DisplayName: o.DisplayName,
		ConsistencyGUID: o.ConsistencyGUID, AnchorUnread: o.ConsistencyGUID == nil,
		AccountControl: o.AccountControl, RecipientType: o.RecipientType,
	}}
	if len(o.Photo) == 0 {
		e.Photo = nil
	}
	if o.ObjectGUID != "" {
		guid, err := match.ParseGUID(o.ObjectGUID)
		if err != nil {
			return refuse("the objectGUID %q of %s is no GUID", clip(o.ObjectGUID), clip(name))
		}
		e.ObjectGUID = guid
	}
	if o.SID != "" {
		if _, ok := parseSID(o.SID); !ok {
			return refuse("the SID %q of %s is no SID", clip(o.SID), clip(name))
		}
		e.SID = o.SID
	}
	return e, nil
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
