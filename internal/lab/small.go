package lab

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

const (
	companyDomain = "corp.example"
	importLimit   = 10 << 10 // what Exchange Online took from the directory

	accountNormal   = 0x200
	accountDisabled = 0x2
	remoteShared    = 34359738368 // msExchRecipientTypeDetails of a shared mailbox in the cloud
	remoteUser      = 2147483648
)

// SmallCompany gives the company of the demo: 31 people with the faults
// that a directory collects in ten years, each case named (see
// [Company.Cases]), and two groups, one in the other (see [OptOutGroup]). It is
// the same one each time.
func SmallCompany() *Company {
	c := &Company{Domain: companyDomain}
	for i, m := range staff {
		c.join(m, i)
	}
	c.Groups = []Group{
		{DN: CouncilGroup, Members: []string{"priya.raman@" + c.Domain, "tom.bakker@" + c.Domain}},
		{DN: OptOutGroup, Members: []string{"juergen.gross@" + c.Domain, CouncilGroup}},
	}
	slices.SortStableFunc(c.CloudUsers, func(a, b CloudUser) int { return strings.Compare(a.ID, b.ID) })
	return c
}

// join adds one member on both sides.
func (c *Company) join(m member, number int) {
	p := m.person(c.Domain, number)
	u := m.cloudUser(p)
	p.Photo, u.Photo = m.photos(p)
	for _, name := range m.cases {
		c.note(name, p.UserPrincipalName)
	}
	if len(p.Photo) > importLimit {
		c.note(CaseOverImportLimit, p.UserPrincipalName)
	}
	c.People = append(c.People, p)
	c.CloudUsers = append(c.CloudUsers, c.cloudSide(m, p, u)...)
}

func (m member) person(domain string, number int) Person {
	p := Person{
		ObjectGUID: guidOf(m.account), SID: fmt.Sprintf("%s-%d", domainSID, 1104+number),
		DN: m.dn("DC=" + strings.ReplaceAll(domain, ".", ",DC=")), UserPrincipalName: m.account + "@" + domain, Mail: m.account + "@" + domain,
		SamAccountName: strings.ReplaceAll(m.account, ".", ""), DisplayName: m.display, GivenName: m.given, Surname: m.surname, Department: m.department,
		UserAccountControl: accountNormal, RecipientTypeDetails: remoteUser,
	}
	p.SamAccountName = p.SamAccountName[:min(len(p.SamAccountName), 20)]
	if number%3 != 0 { // the others were synced before the anchor moved to this attribute
		p.ConsistencyGUID = append([]byte(nil), p.ObjectGUID[:]...)
	}
	switch {
	case m.has(CaseConsistencyGUID):
		old := guidOf("former forest " + m.account)
		p.ConsistencyGUID = old[:]
	case m.has(CaseDisabledAccount):
		p.UserAccountControl |= accountDisabled
	case m.has(CaseSharedMailbox):
		p.UserAccountControl |= accountDisabled
		p.RecipientTypeDetails = remoteShared
	case m.has(CaseTwoPeople):
		p.Mail = "m.kowalska@" + domain
	}
	return p
}

// cloudUser gives the user that Entra Connect would have made of the person.
func (m member) cloudUser(p Person) CloudUser {
	anchor := p.ConsistencyGUID
	if anchor == nil {
		anchor = p.ObjectGUID[:]
	}
	u := CloudUser{
		ID: guidText(guidOf("cloud " + m.account)), UserPrincipalName: p.UserPrincipalName, Mail: p.Mail, DisplayName: p.DisplayName,
		ImmutableID: immutableID(anchor), SID: p.SID, UserType: "Member", AccountEnabled: p.UserAccountControl&accountDisabled == 0,
	}
	switch m.account {
	case "henrik.sorensen":
		u.NoPhoto = ErrorEntityNotFound
	case "ingrid.haugen", "reception":
		u.NoPhoto = PlaceholderGIF
	case "chloe.dubois":
		u.NoPhoto = NullBodyInBatch
	}
	return u
}

// cloudSide turns the regular cloud user into those that the case wants.
func (c *Company) cloudSide(m member, p Person, u CloudUser) []CloudUser {
	switch {
	case m.has(CaseUnmatched):
		return nil
	case m.has(CaseGuest):
		u.UserType, u.ImmutableID, u.SID = "Guest", "", ""
		u.UserPrincipalName = strings.ReplaceAll(p.Mail, "@", "_") + "#EXT#@contoso-partner.example"
	case m.has(CaseTwoPeople):
		if m.account != "maria.kowalska" {
			return nil // both stand for one user
		}
		u.UserPrincipalName, u.DisplayName, u.ImmutableID, u.SID = p.Mail, "M. Kowalska", "", ""
	case m.has(CaseTwoCloudUsers):
		twin := u
		u.ImmutableID, twin.ImmutableID = "", ""
		u.UserPrincipalName, twin.UserPrincipalName = "samuel.cohen.legal@"+c.Domain, "scohen@"+c.Domain
		twin.ID = guidText(guidOf("cloud twin " + m.account))
		return []CloudUser{u, twin}
	case m.has(CaseAnchorMismatch):
		former := guidOf("former employment " + m.account)
		u.ImmutableID, u.SID = immutableID(former[:]), domainSID+"-897"
	case m.has(CaseMatchedByUPN):
		u.ImmutableID, u.SID, u.Mail = "", "", ""
	case m.has(CaseMatchedByMail):
		u.ImmutableID, u.SID = "", ""
		u.UserPrincipalName = "laura.jensen@nordic." + c.Domain
	}
	return []CloudUser{u}
}

// photos gives what the directory and the photo service hold.
func (m member) photos(p Person) (onPremises, cloud []byte) {
	now := portraitOf(m.account, m.look, 1)
	before := earlierThan(now, m.account, m.look)
	switch {
	case m.has(CaseNoPhoto):
		return nil, nil
	case m.has(CaseCloudOnly):
		return nil, stored(now.jpegOf(648, 88, 5))
	case m.has(CaseCropped):
		onPremises = now.jpegSized(200, 250, 82, 2)
		return onPremises, stored(onPremises)
	case m.has(CaseCloudBetter):
		full := now.draw(648, 648, 5)
		return scaledTo(full, 96, 85), stored(scaledTo(full, 648, 92))
	case m.has(CaseOnPremisesBetter):
		full := now.draw(360, 360, 3)
		return under(importLimit, func(quality int) []byte { return scaledTo(full, 240, quality) }), stored(scaledTo(full, 96, 85))
	case m.has(CaseNeverArrived):
		return now.jpegOf(240, 95, 8), nil
	case m.has(CaseOverAttributeLimit):
		return now.jpegOf(648, 95, 14), nil
	case m.has(CaseMissingInCloud):
		return m.regular(now), nil
	case m.has(CaseNotAnImage):
		return []byte("\\\\files01\\photos$\\staff\\novak_peter.bmp\r\n" + strings.Repeat("\x00\xfe\x13photo", 40)), stored(m.regular(before))
	case m.has(CaseBase64Text):
		return []byte(base64.StdEncoding.EncodeToString(m.regular(now))), nil
	case m.has(CaseTruncated):
		whole := m.regular(now)
		return whole[:len(whole)*55/100], stored(m.regular(before))
	case m.has(CaseDrifted):
		return m.regular(now), stored(before.jpegOf(504, 86, 4))
	}
	onPremises = m.regular(now)
	if m.account == "william.chen" {
		onPremises = now.pngOf(120)
	}
	return onPremises, stored(onPremises)
}

// regular gives a photo as administrators import it: 240 pixels and, but for
// one, under 10 KB.
func (m member) regular(p portrait) []byte {
	if m.account == "tom.bakker" {
		return p.jpegOf(300, 92, 6)
	}
	return under(importLimit, func(quality int) []byte { return p.jpegOf(240, quality, 2) })
}

// under lowers the quality until the picture fits.
func under(limit int, encode func(quality int) []byte) []byte {
	for quality := 82; ; quality -= 8 {
		if body := encode(quality); len(body) <= limit || quality < 30 {
			return body
		}
	}
}

// stored gives what the photo service keeps of an upload.
func stored(upload []byte) []byte {
	body, err := storedForm(upload)
	if err != nil {
		panic(err) // the lab's own pictures decode
	}
	return body
}
