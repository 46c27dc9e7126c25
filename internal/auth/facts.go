package auth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"photosync/internal/record"
)

// Facts are what an access token says of itself. Nobody has checked the
// signature: that is Microsoft Graph's affair. Every text is one line of at most
// 256 characters. Source of the names of the claims:
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
type Facts struct {
	Tenant    string    // id of the tenant (tid)
	App       string    // id of the application (appid, azp)
	AppName   string    // app_displayname
	User      string    // whom the token is for (upn, preferred_username, unique_name), "" for an application
	Audience  string    // what it is for (aud); several joined by "and"
	Roles     []string  // application permissions (roles)
	Scopes    []string  // delegated permissions (scp)
	Issued    time.Time // UTC; zero when the token does not say
	Expires   time.Time // UTC; zero when the token does not say
	Delegated bool      // it acts for a user
	Cloud     string    // whose Graph it is for: global, usgov, usgovdod, china; "" when that cannot be seen
}

const (
	maxToken  = 64 << 10
	maxClaim  = 256  // characters
	maxClaims = 1000 // of a list; Graph has about 700 permissions
	maxUnix   = 1 << 37
)

// graphAppID is the application id of Microsoft Graph, the same in every
// cloud. Tokens of version 2 carry it as their audience.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// Read gives the facts of a token. It gives false for a token that is no JWT, or
// longer than 64 KiB: what a token looks like is its issuer's affair.
func Read(token string) (Facts, bool) {
	c, ok := readClaims(token)
	if !ok {
		return Facts{}, false
	}
	f := Facts{
		Tenant: c.text("tid"), App: c.text("appid", "azp"), AppName: c.text("app_displayname"),
		User: c.text("upn", "preferred_username", "unique_name"), Audience: strings.Join(c.list("aud"), " and "),
		Roles: c.list("roles"), Issued: c.time("iat"), Expires: c.time("exp"),
	}
	for _, scope := range strings.Fields(c.raw("scp")) {
		if len(f.Scopes) < maxClaims {
			f.Scopes = append(f.Scopes, clean(scope))
		}
	}
	for _, a := range c.list("aud") {
		if name := cloudOf(a); name != "" && f.Cloud == "" {
			f.Cloud = name
		}
	}
	f.Delegated = c.text("idtyp") == "user" || c.text("idtyp") == "" && len(f.Scopes) > 0
	return f, true
}

// claims are those of a JWT, as JSON has them.
type claims map[string]any

func readClaims(token string) (claims, bool) {
	if len(token) > maxToken {
		return nil, false
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, false
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, false
	}
	var c claims
	if json.Unmarshal(body, &c) != nil || c == nil {
		return nil, false
	}
	return c, true
}

// raw gives a claim as the token has it, "" when it is no text.
func (c claims) raw(name string) string {
	text, _ := c[name].(string)
	return text
}

// text gives the first of the claims that is there.
func (c claims) text(names ...string) string {
	for _, name := range names {
		if text := clean(c.raw(name)); text != "" {
			return text
		}
	}
	return ""
}

// list gives a claim that is one text or several.
func (c claims) list(name string) []string {
	switch v := c[name].(type) {
	case string:
		return []string{clean(v)}
	case []any:
		var all []string
		for _, a := range v {
			if text, ok := a.(string); ok && len(all) < maxClaims {
				all = append(all, clean(text))
			}
		}
		return all
	}
	return nil
}

func (c claims) time(name string) time.Time {
	n, ok := c[name].(float64)
	if !ok || n <= 0 || n > maxUnix {
		return time.Time{}
	}
	return unixTime(n)
}

func unixTime(n float64) time.Time { return time.Unix(int64(n), 0).UTC() }

// clean makes a text of a token fit for a message.
func clean(text string) string {
	if len(text) > 4*maxClaim {
		text = text[:4*maxClaim]
	}
	runes := []rune(record.OneLine(text))
	if len(runes) > maxClaim {
		runes = runes[:maxClaim]
	}
	return string(runes)
}

func isGUID(text string) bool {
	_, err := uuid.Parse(text)
	return err == nil && len(text) == 36
}

func sameGUID(a, b string) bool { return strings.EqualFold(a, b) }
