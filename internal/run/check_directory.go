package run

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"photosync/internal/directory"
	"photosync/internal/match"
	"photosync/internal/record"
)

// renewedLate is how long before its end a domain controller is mostly given
// another certificate, and more.
const renewedLate = 14 * 24 * time.Hour

// expiresSoon is how long before its end the certificate of the sign-in is
// warned of: nobody renews it unasked.
const expiresSoon = 30 * 24 * time.Hour

// errEnough ends a search of which enough was seen.
var errEnough = errors.New("enough was seen")

// directoryReached brings up TLS without an account. A certificate that is not
// trusted is the next question's.
func (c *checker) directoryReached(ctx context.Context) record.Check {
	var err error
	c.reached, err = directory.Reach(ctx, c.options.Directory)
	switch {
	case record.CodeOf(err) == record.DirectoryNotTrusted:
		c.untrusted = err
		return pass("%s answers and speaks TLS", c.reached.Server)
	case err != nil:
		return fail(err)
	}
	return pass("%s answers and speaks %s", c.reached.Server, tls.VersionName(c.reached.TLS.Version))
}

func (c *checker) directoryTrusted(context.Context) record.Check {
	if c.untrusted != nil {
		return fail(c.untrusted)
	}
	certificate := c.reached.TLS.PeerCertificates[0]
	text := fmt.Sprintf("its certificate, issued by %s, is trusted and expires on %s", certificate.Issuer, day(certificate.NotAfter))
	if certificate.NotAfter.Sub(now()) < renewedLate {
		return warn("Have the domain controller's certificate renewed before that day: no run reaches it afterwards.", "%s", text)
	}
	return pass("%s", text)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func (c *checker) directoryBound(ctx context.Context) record.Check {
	on := c.options.Directory
	on.Verbose = c.sink.Verbose
	d, err := directory.Connect(ctx, on)
	if err != nil {
		return fail(err)
	}
	c.directory = d
	return pass("signed in as %s; the default naming context is %s", on.User, d.Base())
}

// base gives what is searched below.
func (c *checker) base() string {
	if base := c.options.Scope.Base; base != "" {
		return base
	}
	return c.directory.Base()
}

// directoryRead reads the first page of people, without photos.
func (c *checker) directoryRead(ctx context.Context) record.Check {
	people := 0
	err := c.directory.Keys(ctx, c.options.Scope, func(page []match.Person) error {
		if people += len(page); people >= manyPeople {
			return errEnough
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		return pass("at least %d people are below %s", people, c.base())
	case err != nil:
		return fail(err)
	case people == 0:
		return fail(record.Errorf(record.SourceEmpty, "nobody with a user account is found below %s", c.base()).On(c.base()))
	}
	return pass("%s below %s", count(people, "person is", "people are"), c.base())
}

// manyPeople is when the keys of no more people are read.
const manyPeople = 1000

// directoryPhotos reads a page of people of whom the server says that they have
// a photo.
func (c *checker) directoryPhotos(ctx context.Context) record.Check {
	scope := c.options.Scope
	scope.Filter = "(&" + strings.TrimSpace(scope.Filter) + "(thumbnailPhoto=*))"
	err := c.directory.PeopleWithPhotos(ctx, scope, func(page []directory.Entry) error {
		for _, e := range page {
			if e.Photo != nil {
				e.Photo = nil // that there is one is all that matters
				c.pictured = append(c.pictured, e)
			}
		}
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fail(err)
	}
	return c.photosFound()
}

func (c *checker) photosFound() record.Check {
	found := len(c.pictured)
	switch {
	case c.reached.GlobalCatalog && found == 0:
		return fail(record.Errorf(record.SettingInvalid, "no photo came from %s: the port is the global catalog's, which does not have thumbnailPhoto", c.reached.Server).
			Advise("Name a domain controller of the domain itself to --server or PHOTOSYNC_SERVER: ldaps://HOST is port 636, ldap://HOST is port 389."))
	case c.reached.GlobalCatalog:
		return warn("Name a domain controller of the domain itself to --server or PHOTOSYNC_SERVER: ldaps://HOST is port 636, ldap://HOST is port 389.",
			"photos came from the global catalog at %s, to which thumbnailPhoto was added; they may be older than the domain's", c.reached.Server)
	case found == 0:
		return warn("Look at one person who has a photo with Get-ADUser -Properties thumbnailPhoto, as this account: Authenticated Users may read it unless somebody took that right away.",
			"no photo came: nobody below %s has one, or %s may not read thumbnailPhoto", c.base(), c.options.Directory.User)
	}
	return pass("thumbnailPhoto came for %s, the first of them %s", count(found, "person", "people"), c.pictured[0].Name())
}

// count gives a number with the word that goes with it.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
