package lab

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// claimsOf reads a token without checking it.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

func TestTokenClaims(t *testing.T) {
	c := newClock()
	g := startLab(t, WithTokens(true), WithClock(c.now)).Graph()
	got := claimsOf(t, g.IssueToken(time.Hour, "User.Read.All"))
	for name, want := range map[string]any{
		"aud": "https://graph.microsoft.com", "iss": "https://sts.windows.net/" + g.Tenant() + "/", "tid": g.Tenant(), "appid": g.App(), "idtyp": "app", "ver": "1.0",
		"iat": float64(c.now().Unix()), "exp": float64(c.now().Add(time.Hour).Unix()),
	} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	if got["app_displayname"] == "" || got["scp"] != nil {
		t.Errorf("claims %v", got)
	}
	first, second := g.IssueToken(time.Hour), g.IssueToken(time.Hour)
	if first == second {
		t.Error("two tokens are the same")
	}
	other := claimsOf(t, g.IssueTokenFor(TokenSpec{Tenant: "t-2", App: "a-2", Scopes: []string{"User.Read", "Mail.Read"}}))
	if other["tid"] != "t-2" || other["appid"] != "a-2" || other["scp"] != "User.Read Mail.Read" || other["idtyp"] != "user" || other["roles"] != nil ||
		other["iss"] != "https://sts.windows.net/t-2/" || other["exp"] != float64(c.now().Add(time.Hour).Unix()) {
		t.Errorf("claims %v", other)
	}
}

func TestTokenAudience(t *testing.T) {
	g := startLab(t, WithTokens(true)).Graph()
	for audience, status := range map[string]int{
		"": 200, "https://graph.microsoft.com/": 200, "https://graph.microsoft.us": 200, "https://dod-graph.microsoft.us": 200, "https://microsoftgraph.chinacloudapi.cn": 200,
		"00000003-0000-0000-c000-000000000000": 200, "https://vault.azure.net": 401, "https://graph.windows.net": 401, "https://graph.microsoft.com.evil.example": 401,
	} {
		a := ask(t, g, http.MethodGet, "/users", nil, bearer(g.IssueTokenFor(TokenSpec{Roles: []string{"User.Read.All"}, Audience: audience}))...)
		if a.status != status || status == 401 && !strings.Contains(string(a.body), "Access token validation failure. Invalid audience.") {
			t.Errorf("%q: %d %s", audience, a.status, a.body)
		}
	}
}

func TestScopesCountLikeRoles(t *testing.T) {
	g := startLab(t, WithTokens(true)).Graph()
	token := g.IssueTokenFor(TokenSpec{TTL: time.Minute, Scopes: []string{"openid", "ProfilePhoto.Read.All"}})
	if a := ask(t, g, http.MethodGet, annaPhoto, nil, bearer(token)...); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	wantProblem(t, ask(t, g, http.MethodDelete, annaPhoto+"/$value", nil, bearer(token)...), 403, "ErrorAccessDenied")
	wantProblem(t, ask(t, g, http.MethodGet, annaPhoto, nil, bearer(g.IssueTokenFor(TokenSpec{TTL: -time.Minute}))...), 401, "InvalidAuthenticationToken")
}

func TestExpireTokens(t *testing.T) {
	g := startLab(t, WithTokens(true)).Graph()
	old := bearer(g.IssueToken(time.Hour, "User.Read.All"))
	if got := statuses(t, g, 1, "/users", old...); got[0] != 200 {
		t.Error(got)
	}
	g.ExpireTokens()
	wantProblem(t, ask(t, g, http.MethodGet, "/users", nil, old...), 401, "InvalidAuthenticationToken")
	if got := statuses(t, g, 1, "/users", bearer(g.IssueToken(time.Hour, "User.Read.All"))...); got[0] != 200 {
		t.Errorf("a new token: %v", got)
	}
}

func TestDemandClaims(t *testing.T) {
	g := startLab(t, WithTokens(true)).Graph()
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`
	old := bearer(g.IssueToken(time.Hour, "User.Read.All"))
	g.DemandClaims(claims)
	a := ask(t, g, http.MethodGet, "/users", nil, old...)
	wantProblem(t, a, 401, "InvalidAuthenticationToken")
	want := `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="` +
		base64.StdEncoding.EncodeToString([]byte(claims)) + `"`
	if got := a.header.Get("WWW-Authenticate"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := statuses(t, g, 1, "/users", bearer(g.IssueToken(time.Hour, "User.Read.All"))...); got[0] != 200 {
		t.Errorf("a new token: %v", got)
	}
	g.DemandClaims("")
	if got := statuses(t, g, 1, "/users", old...); got[0] != 200 {
		t.Errorf("nothing is demanded any more: %v", got)
	}
}
