package lab

import (
	"maps"
	"slices"
)

// Company is who is in both worlds.
type Company struct {
	People     []Person    // the directory's entries
	CloudUsers []CloudUser // the tenant's users
	Groups     []Group     // the directory's groups, besides Domain Users
	Domain     string      // DNS name of the domain and of the UPNs

	cases map[string][]string
}

// Person is a directory entry.
type Person struct {
	ObjectGUID      [16]byte // in Active Directory's byte order
	ConsistencyGUID []byte   // mS-DS-ConsistencyGuid, nil = the attribute is absent
	SID             string   // S-1-5-21-...

	DN                string
	UserPrincipalName string
	Mail              string
	SamAccountName    string
	DisplayName       string
	GivenName         string
	Surname           string
	Department        string

	UserAccountControl   uint32
	PrimaryGroupID       uint32 // 0 = 513, Domain Users
	RecipientTypeDetails int64  // msExchRecipientTypeDetails, 0 = the attribute is absent
	Photo                []byte // thumbnailPhoto, nil = the attribute is absent
}

// CloudUser is a user of the tenant.
type CloudUser struct {
	ID                string
	UserPrincipalName string
	Mail              string
	DisplayName       string
	ImmutableID       string // onPremisesImmutableId, "" = null
	SID               string // onPremisesSecurityIdentifier, "" = null
	UserType          string // Member or Guest
	AccountEnabled    bool
	Photo             []byte       // what the photo service holds, nil = none
	NoPhoto           NoPhotoShape // how the service says that there is none
}

// NoPhotoShape is one of the ways in which Microsoft Graph says that a user
// has no photo.
type NoPhotoShape string

// The shapes of "no photo".
const (
	ImageNotFound       NoPhotoShape = ""                    // 404 ImageNotFound
	ErrorEntityNotFound NoPhotoShape = "ErrorEntityNotFound" // 404 ErrorEntityNotFound
	ErrorItemNotFound   NoPhotoShape = "ErrorItemNotFound"   // 404 ErrorItemNotFound
	PlaceholderGIF      NoPhotoShape = "PlaceholderGIF"      // 200, a 1x1 GIF with an empty etag
	NullBodyInBatch     NoPhotoShape = "NullBodyInBatch"     // 404 ImageNotFound; in a batch without headers and with a null body
)

// The cases that [SmallCompany] contains, each with at least one person.
const (
	CaseInSync             = "in sync, re-encoded by the service"
	CaseCropped            = "in sync, cropped to a square by the service"
	CaseDrifted            = "drifted: the cloud shows an older picture"
	CaseOverImportLimit    = "over 10 KB on-premises"
	CaseMissingInCloud     = "missing in the cloud"
	CaseNeverArrived       = "missing in the cloud, over 10 KB on-premises"
	CaseOverAttributeLimit = "missing in the cloud, over 100 KB on-premises"
	CaseNotAnImage         = "the on-premises value is not an image"
	CaseBase64Text         = "the on-premises value is base64 text"
	CaseTruncated          = "the on-premises value is cut off"
	CaseDisabledAccount    = "disabled account"
	CaseSharedMailbox      = "shared mailbox"
	CaseGuest              = "a cloud guest carries the person's mail address"
	CaseUnmatched          = "no cloud user"
	CaseTwoPeople          = "two people for one cloud user"
	CaseTwoCloudUsers      = "two cloud users for one person"
	CaseAnchorMismatch     = "the UPN is equal, the immutable ids contradict"
	CaseCloudBetter        = "same picture, larger in the cloud"
	CaseOnPremisesBetter   = "same picture, smaller in the cloud"
	CaseNoPhoto            = "no photo on either side"
	CaseCloudOnly          = "photo in the cloud only"
	CaseConsistencyGUID    = "mS-DS-ConsistencyGuid differs from objectGUID"
	CaseMatchedByUPN       = "matched by UPN only"
	CaseMatchedByMail      = "matched by mail only"
)

// Cases gives the UPNs of the people of each case. A person can be in several.
func (c *Company) Cases() map[string][]string {
	out := maps.Clone(c.cases)
	for name, upns := range out {
		out[name] = slices.Clone(upns)
	}
	return out
}

// Person gives the first directory entry with that user principal name.
func (c *Company) Person(upn string) (Person, bool) {
	i := slices.IndexFunc(c.People, func(p Person) bool { return p.UserPrincipalName == upn })
	if i < 0 {
		return Person{}, false
	}
	return c.People[i], true
}

// CloudUser gives the cloud user with that user principal name.
func (c *Company) CloudUser(upn string) (CloudUser, bool) {
	i := slices.IndexFunc(c.CloudUsers, func(u CloudUser) bool { return u.UserPrincipalName == upn })
	if i < 0 {
		return CloudUser{}, false
	}
	return c.CloudUsers[i], true
}

// note enters the person into a case.
func (c *Company) note(name, upn string) {
	if c.cases == nil {
		c.cases = make(map[string][]string)
	}
	c.cases[name] = append(c.cases[name], upn)
}
