package lab

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	tenantID      = "b6f6f0c2-5f0c-4b5e-9a53-6a1d2f0e7c41"
	applicationID = "3f2a7b0e-8f7d-4f53-9c28-d0a6f1f5b7aa"
)

// Application roles, by what they allow; the first is the least one.
var (
	readPhotoRoles   = []string{"ProfilePhoto.Read.All", "ProfilePhoto.ReadWrite.All", "User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All"}
	writePhotoRoles  = []string{"ProfilePhoto.ReadWrite.All", "User.ReadWrite.All"}
	readUserRoles    = []string{"User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readOnPremsRoles = []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)

// token is what the lab reads in a bearer token.
type token struct {
	Audience  string   `json:"aud"`
	Tenant    string   `json:"tid"`
	App       string   `json:"appid"`
	Roles     []string `json:"roles"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
}

// IssueToken gives a bearer token, in the form of a JWT, that lasts for ttl
// and carries these application roles. A negative ttl gives an expired one.
func (g *Graph) IssueToken(ttl time.Duration, roles ...string) string {
	now := g.settings.now()
	claims, _ := json.Marshal(token{ // strings and numbers: cannot fail
		Audience: "https://graph.microsoft.com", Tenant: tenantID, App: applicationID, Roles: roles,
		NotBefore: now.Add(-24 * time.Hour).Unix(), Expires: now.Add(ttl).Unix(),
	})
	signed := encodePart([]byte(`{"typ":"JWT","alg":"HS256","kid":"lab"}`)) + "." + encodePart(claims)
	return signed + "." + encodePart(g.sign(signed))
}

func encodePart(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (g *Graph) sign(text string) []byte {
	mac := hmac.New(sha256.New, g.key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// readToken checks the Authorization header.
func (g *Graph) readToken(header http.Header) (*token, *reply) {
	values := header.Values("Authorization")
	if len(values) != 1 {
		return nil, unauthorized("Access token is empty.")
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	parts := strings.Split(text, ".")
	if !strings.EqualFold(scheme, "Bearer") || len(parts) != 3 {
		return nil, unauthorized("IDX14100: JWT is not well formed, there are no dots (.).")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	signature, err2 := base64.RawURLEncoding.DecodeString(parts[2])
	var t token
	if err != nil || err2 != nil || json.Unmarshal(claims, &t) != nil {
		return nil, unauthorized("IDX14100: JWT is not well formed.")
	}
	if !hmac.Equal(signature, g.sign(parts[0]+"."+parts[1])) {
		return nil, unauthorized("Access token validation failure. Invalid signature.")
	}
	if g.settings.now().Unix() >= t.Expires {
		return nil, unauthorized("Lifetime validation failed, the token is expired.")
	}
	return &t, nil
}

func unauthorized(message string) *reply {
	r := refuse(http.StatusUnauthorized, "InvalidAuthenticationToken", message)
	r.header.Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
	return r
}

// allow refuses a call whose token has none of the roles.
func (c *call) allow(roles []string, code, message string) *reply {
	if c.token == nil || slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(c.token.Roles, r) }) {
		return nil
	}
	return refuse(http.StatusForbidden, code, message)
}
