package lab

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
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

// graphAudiences name Microsoft Graph in a token, in the form with https in the
// global cloud, those of the United States and that of China. The last one is
// its application id, which is the same in all of them.
var graphAudiences = []string{
	"https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn",
	"00000003-0000-0000-c000-000000000000",
}

// token is the claims of a bearer token.
type token struct {
	Audience  string   `json:"aud"`
	Issuer    string   `json:"iss"`
	Tenant    string   `json:"tid"`
	App       string   `json:"appid"`
	AppName   string   `json:"app_displayname"`
	Kind      string   `json:"idtyp"`           // app or user
	Roles     []string `json:"roles,omitempty"` // of the application
	Scopes    string   `json:"scp,omitempty"`   // delegated, with spaces between them
	NotBefore int64    `json:"nbf"`
	IssuedAt  int64    `json:"iat"`
	Expires   int64    `json:"exp"`
	Version   string   `json:"ver"`
	Serial    int64    `json:"lab_serial"` // of the lab's tokens, from 1
}

// TokenSpec says what a token is to be. The zero TokenSpec is an application's
// token without roles that lasts for an hour.
type TokenSpec struct {
	TTL      time.Duration // from now on; 0 = an hour, negative = it has expired
	Roles    []string      // of the application
	Scopes   []string      // delegated; they make it the token of a person
	Audience string        // "" = https://graph.microsoft.com
	Tenant   string        // GUID, "" = that of [Graph.Tenant]
	App      string        // GUID, "" = that of [Graph.App]
}

// Tenant gives the id of the lab's tenant.
func (g *Graph) Tenant() string { return tenantID }

// App gives the id of the application that the lab's tokens are for.
func (g *Graph) App() string { return applicationID }

// IssueToken gives a bearer token, in the form of a JWT, that lasts for ttl
// and carries these application roles. A ttl of 0 or less gives an expired one.
func (g *Graph) IssueToken(ttl time.Duration, roles ...string) string {
	return g.issue(ttl, TokenSpec{Roles: roles})
}

// IssueTokenFor gives a bearer token, in the form of a JWT. No two are the
// same.
func (g *Graph) IssueTokenFor(spec TokenSpec) string {
	return g.issue(cmp.Or(spec.TTL, time.Hour), spec)
}

func (g *Graph) issue(ttl time.Duration, spec TokenSpec) string {
	now := g.settings.now()
	t := token{
		Audience: cmp.Or(spec.Audience, graphAudiences[0]), Tenant: cmp.Or(spec.Tenant, tenantID), App: cmp.Or(spec.App, applicationID), AppName: "UserPhotoSync lab",
		Kind: "app", Roles: spec.Roles, Scopes: strings.Join(spec.Scopes, " "), Version: "1.0", Serial: g.issued.Add(1),
		NotBefore: now.Add(-24 * time.Hour).Unix(), IssuedAt: now.Unix(), Expires: now.Add(ttl).Unix(),
	}
	t.Issuer = "https://sts.windows.net/" + t.Tenant + "/"
	if t.Scopes != "" {
		t.Kind = "user"
	}
	claims, _ := json.Marshal(t) // strings and numbers: cannot fail
	signed := encodePart([]byte(`{"typ":"JWT","alg":"HS256","kid":"lab"}`)) + "." + encodePart(claims)
	return signed + "." + encodePart(g.sign(signed))
}

func encodePart(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (g *Graph) sign(text string) []byte {
	mac := hmac.New(sha256.New, g.key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
