package directory

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/match"
)

const attributePhoto = "thumbnailPhoto"

// keyAttributes are what a person is known by, and photoAttributes the photo as well.
var (
	keyAttributes = []string{
		"objectGUID", "mS-DS-ConsistencyGuid", "objectSid", "userPrincipalName", "mail",
		"sAMAccountName", "displayName", "userAccountControl", "msExchRecipientTypeDetails",
	}
	photoAttributes = append(slices.Clip(keyAttributes), attributePhoto)
)

// Entry is one person with the photo.
type Entry struct {
	match.Person
	Photo []byte // thumbnailPhoto as stored, nil when there is none
}

// entryOf reads a person. ok is false when the entry has no usable objectGUID:
// then nothing could be said of it that survives a rename.
func entryOf(e *ldap.Entry) (entry Entry, ok bool) {
	entry.DN = strings.ToValidUTF8(e.DN, "\uFFFD")
	for _, a := range e.Attributes {
		if len(a.ByteValues) == 0 {
			continue
		}
		entry.set(strings.ToLower(a.Name), a.ByteValues[0])
	}
	return entry, !entry.ObjectGUID.IsZero()
}

// set takes one attribute, by its lower-case name; a malformed value counts as
// unset. A photo of no bytes, which other directories than AD can hold, is a
// photo all the same: a bad one, and not none.
func (e *Entry) set(name string, value []byte) {
	switch name {
	case "objectguid":
		if len(value) == len(e.ObjectGUID) {
			copy(e.ObjectGUID[:], value)
		}
	case "ms-ds-consistencyguid":
		if len(value) > 0 {
			e.ConsistencyGUID = value
		}
	case "objectsid":
		e.SID = sidText(value)
	case "userprincipalname":
		e.UserPrincipalName = textOf(value)
	case "mail":
		e.Mail = textOf(value)
	case "samaccountname":
		e.SamAccountName = textOf(value)
	case "displayname":
		e.DisplayName = textOf(value)
	case "useraccountcontrol":
		e.AccountControl = uint32(numberOf(value, 32))
	case "msexchrecipienttypedetails":
		e.RecipientType = numberOf(value, 64)
	case "thumbnailphoto":
		if e.Photo = value; value == nil {
			e.Photo = []byte{}
		}
	}
}

func textOf(value []byte) string {
	if !utf8.Valid(value) {
		return ""
	}
	return string(value)
}

// numberOf reads a signed decimal number, 0 when it is none of that many bits.
func numberOf(value []byte, bits int) int64 {
	n, err := strconv.ParseInt(string(value), 10, bits)
	if err != nil {
		return 0
	}
	return n
}
