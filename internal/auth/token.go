package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"photosync/internal/record"
)

// graphAppID is the application id of Microsoft Graph, the same in every
// cloud. Tokens of version 2 carry it as their audience.
const graphAppID = "00000003-0000-0000-c000-000000000000"

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
	if claims, ok := readClaims(token); ok {
		if !claims.goodFor(h) {
			return nil, record.Errorf(record.GraphTokenRejected, "the token is for %s, not for Microsoft Graph (%s)", claims.audience(), h.graph)
		}
		t.expires = claims.expiry()
	}
	return t, t.expired()
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

// GetToken gives the token, as long as it is valid.
func (t *readyToken) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if err := ctx.Err(); err != nil {
		return azcore.AccessToken{}, record.Errorf(record.Cancelled, "hand out the access token: %w", err)
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
	return record.Errorf(record.GraphTokenRejected, "the access token expired at %s", t.expires.UTC().Format(time.RFC3339))
}

// tokenClaims are the claims of a JWT that are looked at. The signature is
// Graph's to check.
type tokenClaims struct {
	Expires  float64 `json:"exp"`
	Audience any     `json:"aud"`
}

// readClaims reads the claims of a JWT. A token that is none is not an error:
// what a token looks like is its issuer's affair.
func readClaims(token string) (tokenClaims, bool) {
	var c tokenClaims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, false
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(body, &c) != nil {
		return tokenClaims{}, false
	}
	return c, true
}

func (c tokenClaims) expiry() time.Time {
	if c.Expires <= 0 || c.Expires > math.MaxInt32*100 {
		return time.Time{}
	}
	return time.Unix(int64(c.Expires), 0)
}

func (c tokenClaims) audiences() []string {
	switch aud := c.Audience.(type) {
	case string:
		return []string{aud}
	case []any:
		var all []string
		for _, a := range aud {
			if s, ok := a.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// audience gives the audience for a message.
func (c tokenClaims) audience() string { return strings.Join(c.audiences(), " and ") }

// goodFor reports whether the audience is Graph's in the cloud, or not said.
func (c tokenClaims) goodFor(h home) bool {
	all := c.audiences()
	for _, a := range all {
		if a == graphAppID || strings.EqualFold(strings.TrimSuffix(a, "/"), h.graph) {
			return true
		}
	}
	return len(all) == 0
}
