package serve

import (
	"photosync/bridge"
	"photosync/internal/directory"
	"photosync/internal/record"
	"photosync/internal/run"
)

// named gives the people of an input as runs take them.
func named(items []bridge.Item) []run.Named {
	people := make([]run.Named, len(items))
	for i, item := range items {
		n := run.Named{Name: item.Name, CloudID: item.CloudID}
		if item.HasPhoto && item.Person != nil {
			n = run.Named{Handed: handed(item)}
		}
		if s := item.Seen; s != nil {
			n.Seen = &run.Seen{Status: record.Status(s.Status), CloudID: s.CloudID, OnPremisesSHA256: s.OnPremisesSHA256, CloudETag: s.CloudETag}
		}
		people[i] = n
	}
	return people
}

func handed(item bridge.Item) *directory.Object {
	p := item.Person
	o := &directory.Object{
		ObjectGUID: p.ObjectGUID, SID: p.SID, DN: p.DistinguishedName,
		UserPrincipalName: p.UserPrincipalName, Mail: p.Mail, SamAccountName: p.SamAccountName, DisplayName: p.DisplayName,
		ConsistencyGUID: p.ConsistencyGUID, Photo: item.Photo,
	}
	if p.AccountControl != nil {
		o.AccountControl = uint32(*p.AccountControl) // a flag word, which LDAP writes signed
	}
	if p.RecipientType != nil {
		o.RecipientType = *p.RecipientType
	}
	return o
}

// journalled gives the people of an input as the journal knows them: by cloud id,
// objectGUID, UPN or account name. The first of these that is known is the
// surest; a name in another form is the journal's to refuse.
func journalled(items []bridge.Item) []run.Named {
	people := make([]run.Named, len(items))
	for i, item := range items {
		p := bridge.ItemPerson{}
		if item.Person != nil {
			p = *item.Person
		}
		people[i].Name = nameOf(item.CloudID, p.ObjectGUID, p.UserPrincipalName, p.SamAccountName, item.Name)
	}
	return people
}
