package run

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"photosync/internal/auth"
	"photosync/internal/graph"
	"photosync/internal/record"
)

// signIn gets a token, as a run would, and makes the client of Microsoft Graph.
func (c *checker) signIn(ctx context.Context) record.Check {
	set := c.options.Auth
	if t := readToken(strings.TrimSpace(string(set.AccessToken)), time.Time{}); c.readyToken() && !t.opaque {
		c.token = t // one that is refused can be told of all the same
	}
	credential, err := auth.Credential(set)
	if err != nil {
		return fail(err)
	}
	c.credential = credential
	row := pass("no sign-in: Microsoft Graph is on this machine (%s), and no credentials are set", c.root)
	if credential != nil {
		got, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{auth.Scope(set.Environment)}})
		if err != nil {
			return fail(err)
		}
		c.token = readToken(got.Token, got.ExpiresOn)
		row = pass("a token for Microsoft Graph came %s", c.way())
	}
	c.another = func() (*graph.Client, error) {
		return c.options.client(c.root, credential, checkLimits, c.sink.Warn)
	}
	c.cloud, err = c.another()
	if err != nil {
		return fail(err)
	}
	c.requests = c.cloud.Requests
	c.sink.Verbose("Microsoft Graph: " + c.root)
	return row
}

// way says how the token was got.
func (c *checker) way() string {
	method := c.options.Auth.Method
	switch {
	case c.readyToken():
		return "ready-made"
	case method != "":
		return "by " + method
	}
	return "with what the environment sets"
}

// readyToken reports whether somebody else got the token.
func (c *checker) readyToken() bool {
	set := c.options.Auth
	return strings.EqualFold(set.Method, auth.Token) || set.Method == "" && set.AccessToken != ""
}

// tokenTenant says what the token is for.
func (c *checker) tokenTenant(context.Context) record.Check {
	t := c.token
	switch {
	case !t.there:
		return c.noToken()
	case t.opaque:
		return unknown("Look at CanaryRead, which reads with this token.",
			"the token is opaque: what it is for and what it may do cannot be read; it is good until %s", moment(t.ends))
	case wrongTenant(c.options.Auth.Tenant, t.Tenant):
		return fail(record.Errorf(record.WrongTenant, "the token is for the tenant %s, and %s was named", t.Tenant, c.options.Auth.Tenant))
	}
	kind := "application permissions"
	if t.Delegated {
		kind = "delegated permissions of " + cmp.Or(t.User, "a person")
	}
	until := "good until"
	if t.ends.Before(now()) {
		until = "expired since"
	}
	text := fmt.Sprintf("tenant %s, application %s, cloud %s, %s, %s %s",
		cmp.Or(t.Tenant, "not said"), t.application(), cmp.Or(t.Cloud, c.options.Auth.Environment, "global"), kind, until, moment(t.ends))
	if c.readyToken() && t.ends.Sub(now()) < time.Hour {
		return warn("Nobody renews a ready token: for runs that take longer, get one just before the run, or let photosync sign in by itself.", "%s", text)
	}
	return pass("%s", text)
}

// noToken makes the answer of a question about a token that is not there.
func (c *checker) noToken() record.Check {
	if row := c.notAsked(qSignIn); row.Status != "" {
		return row
	}
	return unknown("", "no token is sent to %s", c.root)
}

// wrongTenant reports whether a tenant that was named by its id is another one.
func wrongTenant(named, token string) bool {
	if _, err := uuid.Parse(named); err != nil || token == "" {
		return false
	}
	return !strings.EqualFold(named, token)
}

// moment gives a time for a message.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// certificate says when the certificate of the sign-in expires.
func (c *checker) certificate(context.Context) record.Check {
	ends, has, err := c.options.Auth.CertificateExpires()
	switch {
	case record.CodeOf(err) == record.CertificateUnusable:
		return fail(err)
	case err != nil: // which is of the sign-in as a whole
		return unknown("Mend SignIn first.", "not asked, because SignIn failed")
	case !has:
		return pass("no certificate is used")
	case ends.Before(now()):
		return fail(record.Errorf(record.CertificateExpired, "the certificate expired on %s", day(ends)))
	case ends.Sub(now()) < expiresSoon:
		return warn("Make a new certificate, add it to the application under Certificates & secrets, and use it here before that day.",
			"the certificate expires on %s", day(ends))
	}
	return pass("the certificate expires on %s", day(ends))
}
