package graph

import (
	"errors"
	"strings"

	"github.com/microsoft/kiota-abstractions-go/serialization"

	"photosync/internal/match"
)

// userPage is one page of users, in the form that the SDK's page iterator reads.
// The SDK's own user type is not used: its package costs minutes of build.
type userPage struct {
	value    []*user
	next     *string
	hasValue bool
}

func newUserPage(serialization.ParseNode) (serialization.Parsable, error) { return &userPage{}, nil }

// GetValue gives the users of the page.
func (p *userPage) GetValue() []*user { return p.value }

// GetOdataNextLink gives the link to the next page, nil on the last.
func (p *userPage) GetOdataNextLink() *string { return p.next }

// Serialize is there for the interface; a page is only read.
func (p *userPage) Serialize(serialization.SerializationWriter) error { return errReadOnly }

// GetFieldDeserializers reads the page's fields.
func (p *userPage) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"@odata.nextLink": func(n serialization.ParseNode) (err error) {
			p.next, err = n.GetStringValue()
			return err
		},
		"value": p.readValue,
	}
}

func (p *userPage) readValue(n serialization.ParseNode) error {
	items, err := n.GetCollectionOfObjectValues(newUser)
	if err != nil {
		return err
	}
	p.hasValue = true
	p.value = make([]*user, 0, len(items))
	for _, item := range items {
		u, ok := item.(*user)
		if !ok || u.ID == "" {
			return errNoID
		}
		p.value = append(p.value, u)
	}
	return nil
}

var (
	errReadOnly = errors.New("users are only read")
	errNoID     = errors.New("a user without an id")
)

// user is one user, read with the SDK's JSON parser.
type user struct{ match.CloudUser }

func newUser(serialization.ParseNode) (serialization.Parsable, error) { return &user{}, nil }

// Serialize is there for the interface; a user is only read.
func (u *user) Serialize(serialization.SerializationWriter) error { return errReadOnly }

// GetFieldDeserializers reads the user's fields.
func (u *user) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"id":                           into(&u.ID),
		"userPrincipalName":            into(&u.UserPrincipalName),
		"mail":                         into(&u.Mail),
		"onPremisesImmutableId":        into(&u.ImmutableID),
		"onPremisesSecurityIdentifier": into(&u.SID),
		"userType": func(n serialization.ParseNode) error {
			var kind string
			err := into(&kind)(n)
			u.Guest = strings.EqualFold(kind, "Guest")
			return err
		},
	}
}

// into reads a string; null gives an empty one.
func into(s *string) func(serialization.ParseNode) error {
	return func(n serialization.ParseNode) error {
		v, err := n.GetStringValue()
		if v != nil {
			*s = *v
		}
		return err
	}
}
