package bridge

import "encoding/json"

// Item is one person of the input.
type Item struct {
	Name     string // names the person in the directory, as --user does
	CloudID  string // object id of the person's user in Microsoft 365
	Person   *ItemPerson
	Photo    []byte // thumbnailPhoto
	HasPhoto bool   // the photo was handed over; when Photo is empty there is none
	Seen     *Seen
}

// ItemPerson is what the host knows of a person. What it left out is zero.
type ItemPerson struct {
	ObjectGUID        string
	SID               string
	DistinguishedName string
	UserPrincipalName string
	Mail              string
	SamAccountName    string
	DisplayName       string
	ConsistencyGUID   []byte // nil when it is not known, empty when it is known to be unset
	AccountControl    *int64
	RecipientType     *int64
}

// Seen is what both sides were in a row that came back.
type Seen struct {
	Status           string
	OnPremisesSHA256 string
	CloudETag        string
	CloudID          string
}

// itemOf reads one item.
func itemOf(js []byte) (it Item, err error) {
	switch {
	case begins(js, '"'):
		_ = json.Unmarshal(js, &it.Name) // a valid string always decodes
		it.Name = clip(it.Name)
	case begins(js, '{'):
		var person, seen []byte
		err = fill(js,
			textField("name", &it.Name),
			textField("cloudId", &it.CloudID),
			objectField("person", &person),
			bytesField("photo", &it.Photo),
			objectField("seen", &seen),
		)
		if err != nil {
			return it, err
		}
		it.HasPhoto = it.Photo != nil
		if it.Person, err = itemPersonOf(person); err != nil {
			return it, err
		}
		if it.Seen, err = seenOf(seen); err != nil {
			return it, err
		}
	default:
		return it, breach("it is neither a string nor an object")
	}
	return it, nil
}

func itemPersonOf(js []byte) (*ItemPerson, error) {
	if js == nil {
		return nil, nil
	}
	p := new(ItemPerson)
	return p, fillOnly(js,
		nameField("objectGuid", &p.ObjectGUID),
		nameField("sid", &p.SID),
		nameField("distinguishedName", &p.DistinguishedName),
		nameField("userPrincipalName", &p.UserPrincipalName),
		nameField("mail", &p.Mail),
		nameField("samAccountName", &p.SamAccountName),
		nameField("displayName", &p.DisplayName),
		bytesField("consistencyGuid", &p.ConsistencyGUID),
		givenNumberField("accountControl", &p.AccountControl),
		givenNumberField("recipientType", &p.RecipientType),
	)
}

func seenOf(js []byte) (*Seen, error) {
	if js == nil {
		return nil, nil
	}
	s := new(Seen)
	return s, fillOnly(js,
		textField("status", &s.Status),
		textField("onPremisesSha256", &s.OnPremisesSHA256),
		textField("cloudETag", &s.CloudETag),
		textField("cloudId", &s.CloudID),
	)
}
