package run

import (
	"context"
	"strings"

	"photosync/internal/match"
	"photosync/internal/record"
)

// canariesTried is how many people with a photo are looked up in search of one
// who has a cloud user.
const canariesTried = 10

// canaryRead reads what the cloud says of one person's photo, on the way that
// a run takes for named people.
func (c *checker) canaryRead(ctx context.Context) record.Check {
	if c.options.Canary != "" {
		return c.namedCanary(ctx)
	}
	if row := c.notAsked(qPhotos); row.Status != "" {
		return row
	}
	people := c.pictured[:min(len(c.pictured), canariesTried)]
	for _, e := range people {
		m, err := c.finder().match(ctx, e)
		if err != nil {
			return fail(err)
		}
		if m.Found() {
			return c.readMetadata(ctx, e.Name(), m.CloudID)
		}
	}
	if len(people) == 0 {
		return unknown("Name somebody with --user.", "there is nobody to read: the directory gave no person with a photo")
	}
	return unknown("Name somebody with --user who has a cloud user.", "none of the first %s with a photo has a cloud user", count(len(people), "person", "people"))
}

func (c *checker) finder() *lookup {
	return &lookup{sides: sides{c.directory, c.cloud}, seen: make(map[match.GUID]bool), again: make(map[string][]Seen)}
}

// namedCanary looks the person up in the directory; without one, a UPN names a
// cloud user all the same.
func (c *checker) namedCanary(ctx context.Context) record.Check {
	name := c.options.Canary
	if c.directory == nil {
		if !strings.Contains(name, "@") {
			return c.notAsked(qBound)
		}
		u, err := c.cloudUser(ctx, name)
		if err != nil {
			return fail(err)
		}
		return c.readMetadata(ctx, u.UserPrincipalName, u.ID)
	}
	p, err := c.finder().candidate(ctx, &arrival{Named: Named{Name: name}})
	switch {
	case err != nil:
		return fail(err)
	case p.Err != nil:
		return fail(p.Err)
	case p.Match.Reason != "":
		return unknown("Name somebody else with --user; drift says more of this one.", "who belongs to %s in the cloud is ambiguous (%s)", name, p.Match.Reason)
	case !p.Match.Found():
		return unknown("Name somebody with --user who has a cloud user.", "%s has no cloud user", name)
	}
	return c.readMetadata(ctx, p.Person.Name(), p.Match.CloudID)
}

func (c *checker) readMetadata(ctx context.Context, name, id string) record.Check {
	m, err := c.cloud.Metadata(ctx, id)
	switch {
	case err != nil:
		return fail(err)
	case !m.Exists:
		return pass("%s has no photo in the cloud, and that could be read", name)
	}
	return pass("%s has a photo of %dx%d pixels in the cloud (%s)", name, m.Width, m.Height, m.ContentType)
}

// cloudUser gives the cloud user with exactly this UPN.
func (c *checker) cloudUser(ctx context.Context, upn string) (match.CloudUser, error) {
	users, err := c.cloud.Candidates(ctx, match.Person{UserPrincipalName: upn})
	if err != nil {
		return match.CloudUser{}, err
	}
	var found []match.CloudUser
	for _, u := range users {
		if strings.EqualFold(u.UserPrincipalName, upn) {
			found = append(found, u)
		}
	}
	switch len(found) {
	case 0:
		return match.CloudUser{}, record.Errorf(record.CloudUserNotFound, "no cloud user has the UPN %s", upn).On(upn).
			Advise("Check the spelling; the person is named by the userPrincipalName in the cloud.")
	case 1:
		return found[0], nil
	}
	return match.CloudUser{}, record.Errorf(record.IdentityAmbiguous, "%d cloud users have the UPN %s", len(found), upn).On(upn)
}
