package auth

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"photosync/internal/record"
)

// readyToken hands out a token that somebody else got.
type readyToken struct {
	token   string
	expires time.Time // zero when the token does not say
	now     func() time.Time
}

func (s Settings) ready(h home) (azcore.TokenCredential, error) {
	token, err := trimToken(string(s.AccessToken))
	if err != nil {
		return nil, err
	}
	t := &readyToken{token: token, now: s.Now}
	if c, ok := readClaims(token); ok {
		t.expires = c.time("exp")
		if err := c.goodFor(h); err != nil {
			return nil, err
		}
	}
	if err := s.sameTenant(token); err != nil {
		return nil, err
	}
	if err := t.expired(); err != nil {
		return nil, err
	}
	return t, nil
}

// trimToken takes away what gets into a token by copying: white space, a byte
// order mark and the word Bearer.
func trimToken(token string) (string, error) {
	around := func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == 0 }
	token = strings.TrimFunc(token, around)
	if word, rest, found := strings.Cut(token, " "); found && strings.EqualFold(word, "Bearer") {
		token = strings.TrimFunc(rest, around)
	}
	if token == "" {
		return "", record.Errorf(record.CredentialsIncomplete, "the access token is empty")
	}
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return "", record.Errorf(record.GraphTokenRejected, "the access token has a character in it that no token has")
		}
	}
	return token, nil
}

// GetToken gives the token, as long as it is valid. It cannot be renewed, so it
// gives TokenExpired when claims are asked for: Graph has revoked it then.
func (t *readyToken) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if err := ctx.Err(); err != nil {
		return azcore.AccessToken{}, record.Errorf(record.Cancelled, "hand out the access token: %w", err)
	}
	if o.Claims != "" {
		return azcore.AccessToken{}, record.Errorf(record.TokenExpired, "Microsoft Graph asks for a new token, and the access token that was handed in cannot be renewed").
			Advise("Get a new token and run again. For longer runs let photosync sign in by itself.")
	}
	if err := t.expired(); err != nil {
		return azcore.AccessToken{}, err
	}
	expires := t.expires
	if expires.IsZero() {
		expires = t.now().Add(time.Hour)
	}
	return azcore.AccessToken{Token: t.token, ExpiresOn: expires}, nil
}

func (t *readyToken) expired() error {
	if t.expires.IsZero() || t.now().Before(t.expires) {
		return nil
	}
	return record.Errorf(record.TokenExpired, "the access token expired at %s", t.expires.UTC().Format(time.RFC3339))
}

// goodFor gives an error for an audience that is said and is not Graph's in the
// cloud.
func (c claims) goodFor(h home) error {
	all := c.list("aud")
	if len(all) == 0 || slices.ContainsFunc(all, func(a string) bool { return a == graphAppID || h.is(a) }) {
		return nil
	}
	for _, a := range all {
		if other := cloudOf(a); other != "" {
			return record.Errorf(record.WrongCloud, "the token is for %s, the Microsoft Graph of %s, not for %s of %s", a, other, h.graph, h.name)
		}
	}
	return record.Errorf(record.TokenAudienceWrong, "the token is for %s, not for Microsoft Graph (%s)", strings.Join(all, " and "), h.graph).
		Advise("Ask for a token for " + h.graph + ".")
}
