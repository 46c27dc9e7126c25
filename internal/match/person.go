// Package match settles who is who: which cloud user belongs to which person.
// It is pure: it reads nothing and keeps no photo.
//
// Start with [Index]: it takes the cloud's roster first, then the directory's
// people, and then answers for each person.
package match

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// GUID is a GUID in the byte order in which Active Directory stores it: the
// first three groups of its text form are little-endian.
type GUID [16]byte

// String gives the text form, lower case and hyphenated:
// 00112233-4455-6677-8899-aabbccddeeff.
func (g GUID) String() string {
	b := [16]byte{g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6]}
	copy(b[8:], g[8:])
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// IsZero reports whether the GUID is unset.
func (g GUID) IsZero() bool { return g == GUID{} }

var errNotGUID = errors.New("not a GUID")

// ParseGUID reads a GUID's text form, with or without braces, in any case.
func ParseGUID(text string) (GUID, error) {
	s := text
	if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") {
		s = s[1 : len(s)-1]
	}
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return GUID{}, fmt.Errorf("%q: %w", text, errNotGUID)
	}
	b, err := hex.DecodeString(s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:])
	if err != nil {
		return GUID{}, fmt.Errorf("%q: %w", text, errNotGUID)
	}
	g := GUID{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}
	copy(g[8:], b[8:])
	return g, nil
}

// Person is one on-premises user object, with the keys that can name it and
// what decides its kind. Fields that the directory does not hold are zero.
type Person struct {
	ObjectGUID        GUID
	ConsistencyGUID   []byte // mS-DS-ConsistencyGuid as it is stored, nil if unset
	AnchorUnread      bool   // mS-DS-ConsistencyGuid was not read: the immutable id may be another than objectGUID's
	SID               string // objectSid in its text form, S-1-5-21-...
	DN                string
	UserPrincipalName string
	Mail              string
	SamAccountName    string
	DisplayName       string

	AccountControl uint32 // userAccountControl; bit 2 says that the account is disabled
	RecipientType  int64  // msExchRecipientTypeDetails, 0 without Exchange
}

// Disabled reports whether the account is disabled (ACCOUNTDISABLE, bit 0x2 of userAccountControl).
func (p Person) Disabled() bool { return p.AccountControl&0x2 != 0 }

// Values of msExchRecipientTypeDetails, from Microsoft's documentation of the attribute.
const (
	userMailbox      = 1
	linkedMailbox    = 2 // of somebody whose account is in another forest
	sharedMailbox    = 4
	roomMailbox      = 16
	equipmentMailbox = 32
	remoteRoom       = 8589934592
	remoteEquipment  = 17179869184
	remoteShared     = 34359738368
	linkedRoom       = 2199023255552
)

// SharedMailbox reports whether the person is a shared, room or equipment
// mailbox, on-premises or remote: their accounts are disabled by design.
func (p Person) SharedMailbox() bool {
	switch p.RecipientType {
	case sharedMailbox, roomMailbox, equipmentMailbox, remoteRoom, remoteEquipment, remoteShared:
		return true
	}
	return false
}

// DisabledByDesign reports whether an account of the person's kind is disabled as
// long as it is in use: that of a shared, room or equipment mailbox, and that of a
// linked one, whose owner signs in with an account of another forest. Source:
// Microsoft's documentation of Exchange's recipients.
func (p Person) DisabledByDesign() bool {
	return p.SharedMailbox() || p.RecipientType == linkedMailbox || p.RecipientType == linkedRoom
}

// MailboxOnPremises reports whether the mailbox is in the on-premises Exchange organisation.
func (p Person) MailboxOnPremises() bool {
	switch p.RecipientType {
	case userMailbox, sharedMailbox, roomMailbox, equipmentMailbox:
		return true
	}
	return false
}

// ImmutableID gives the anchor that Entra Connect derives from the person:
// base64 of mS-DS-ConsistencyGuid, else of objectGUID, both as stored.
// Source: Microsoft's documentation of Entra Connect's source anchor.
func (p Person) ImmutableID() string {
	if len(p.ConsistencyGUID) > 0 {
		return base64.StdEncoding.EncodeToString(p.ConsistencyGUID)
	}
	if p.ObjectGUID.IsZero() {
		return ""
	}
	return base64.StdEncoding.EncodeToString(p.ObjectGUID[:])
}

// Name gives what people call the person in messages: the UPN, else the mail
// address, the account name or the DN.
func (p Person) Name() string {
	for _, s := range []string{p.UserPrincipalName, p.Mail, p.SamAccountName, p.DN} {
		if s != "" {
			return s
		}
	}
	return p.ObjectGUID.String()
}

// CloudUser is one user object of Microsoft Entra, with the keys that can name
// it. Fields that Graph gives as null are empty.
type CloudUser struct {
	ID                string
	UserPrincipalName string
	Mail              string
	ImmutableID       string // onPremisesImmutableId
	SID               string // onPremisesSecurityIdentifier
	Guest             bool   // userType is Guest
}

// external reports whether the account belongs to another organisation's
// person: a guest, or a member whom a cross-tenant synchronisation made and
// whose UPN carries the mark of an external account.
func (u CloudUser) external() bool {
	return u.Guest || strings.Contains(strings.ToUpper(u.UserPrincipalName), "#EXT#")
}
