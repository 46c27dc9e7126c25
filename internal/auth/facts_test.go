package auth

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		name, claims string
		want         Facts
	}{
		{"an application", `{"aud":"https://graph.microsoft.com","iat":1700000000,"exp":1700003600,"app_displayname":"Photo\u001b[31m sync","appid":"a","idtyp":"app","roles":["User.Read.All","ProfilePhoto.Read.All"],"tid":"t"}`,
			Facts{
				Tenant: "t", App: "a", AppName: "Photo\ufffd[31m sync", Audience: "https://graph.microsoft.com", Cloud: "global", Roles: []string{"User.Read.All", "ProfilePhoto.Read.All"},
				Issued: time.Unix(1700000000, 0).UTC(), Expires: time.Unix(1700003600, 0).UTC(),
			}},
		{"a person", `{"aud":"https://microsoftgraph.chinacloudapi.cn/","appid":"a","idtyp":"user","scp":"User.Read  profile openid","upn":"ann@corp.example"}`,
			Facts{App: "a", User: "ann@corp.example", Audience: "https://microsoftgraph.chinacloudapi.cn/", Cloud: "china", Scopes: []string{"User.Read", "profile", "openid"}, Delegated: true}},
		{"version 2", `{"aud":"00000003-0000-0000-c000-000000000000","azp":"a","preferred_username":"ann@corp.example","scp":"User.Read"}`,
			Facts{App: "a", User: "ann@corp.example", Audience: graphAppID, Scopes: []string{"User.Read"}, Delegated: true}},
		{"several audiences", `{"aud":["x",7,"https://graph.microsoft.us"]}`, Facts{Audience: "x and https://graph.microsoft.us", Cloud: "usgov"}},
		{"claims of other kinds", `{"aud":{},"tid":7,"roles":"one","scp":["a"],"exp":"soon","iat":1e300,"upn":null}`, Facts{Roles: []string{"one"}}},
		{"no claims", `{}`, Facts{}},
		{"long", `{"upn":"` + strings.Repeat("x", 5000) + `"}`, Facts{User: strings.Repeat("x", maxClaim)}},
	} {
		got, ok := Read(string(makeJWT(tt.claims)))
		if diff := cmp.Diff(tt.want, got); diff != "" || !ok {
			t.Errorf("%s: %v %s", tt.name, ok, diff)
		}
	}
	for _, none := range []string{"", "opaque", "a.b.c", "a.b", string(makeJWT("null")), string(makeJWT("[]")), string(makeJWT("{")), string(makeJWT(`{"upn":"` + strings.Repeat("x", maxToken) + `"}`))} {
		if f, ok := Read(none); ok {
			t.Errorf("%.40q: %+v", none, f)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"aud":"https://graph.microsoft.com","exp":1700003600,"roles":["a"],"scp":"b c","tid":"t"}`)
	f.Add(`{"aud":["x","\ufffd"],"exp":-1e999,"iat":137438953473,"roles":[[]]}`)
	f.Fuzz(func(t *testing.T, claims string) {
		_, _ = Read(claims)
		got, _ := Read(string(makeJWT(claims)))
		all := append([]string{got.Tenant, got.App, got.AppName, got.User, got.Cloud}, append(got.Roles, got.Scopes...)...)
		for _, text := range all {
			if utf8.RuneCountInString(text) > maxClaim || text != record.OneLine(text) {
				t.Errorf("%q", text)
			}
		}
		if len(all) > 2*maxClaims+5 || got.Expires.Year() > 9999 || !got.Issued.IsZero() && got.Issued.Unix() < 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestReadyToken(t *testing.T) {
	soon, past := today.Add(time.Hour).Unix(), today.Add(-time.Minute).Unix()
	good := makeJWT(fmt.Sprintf(`{"aud":"https://graph.microsoft.com","exp":%d,"tid":%q}`, soon, aTenant))
	for _, tt := range []struct {
		name          string
		token         Secret
		cloud, tenant string
		want          record.Code
		says          string
	}{
		{"good", good, "", "", "", ""},
		{"pasted", " \ufeffBearer  " + good + "\r\n", "", "", "", ""},
		{"audience with a slash", makeJWT(fmt.Sprintf(`{"aud":"https://Graph.microsoft.com/","exp":%d}`, soon)), "", "", "", ""},
		{"audience is the application id", makeJWT(fmt.Sprintf(`{"aud":"00000003-0000-0000-c000-000000000000","exp":%d}`, soon)), "china", "", "", ""},
		{"several audiences", makeJWT(`{"aud":["x","https://graph.microsoft.com"]}`), "", "", "", ""},
		{"no claims of interest", makeJWT(`{"sub":"x"}`), "", aTenant, "", ""},
		{"opaque", "EwBgA8l6BAAU", "", aTenant, "", ""},
		{"three parts, no JWT", "a.b.c", "", "", "", ""},
		{"the tenant", good, "", strings.ToUpper(aTenant), "", ""},
		{"the tenant by a domain", good, "", "corp.example", "", ""},
		{"another tenant", good, "", aClient, record.WrongTenant, aTenant},
		{"expired", makeJWT(fmt.Sprintf(`{"aud":"https://graph.microsoft.com","exp":%d}`, past)), "", "", record.TokenExpired, "expired at 2026-11-22T11:59:00Z"},
		{"for another service", makeJWT(`{"aud":"https://management.azure.com/"}`), "", "", record.TokenAudienceWrong, "https://management.azure.com/"},
		{"for no service", makeJWT(`{"aud":""}`), "", "", record.TokenAudienceWrong, ""},
		{"for another service, elsewhere", makeJWT(`{"aud":"x"}`), "usgovdod", "", record.TokenAudienceWrong, "Ask for a token for https://dod-graph.microsoft.us."},
		{"for another cloud", good, "usgov", "", record.WrongCloud, "https://graph.microsoft.com, the Microsoft Graph of global"},
		{"GCC High in DoD", makeJWT(`{"aud":"https://graph.microsoft.us"}`), "usgovdod", "", record.WrongCloud, "usgov"},
		{"white space", " \t\n", "", "", record.CredentialsIncomplete, "empty"},
		{"a line break inside", "abc\ndef", "", "", record.GraphTokenRejected, "character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Credential(Settings{AccessToken: tt.token, Tenant: tt.tenant, Environment: tt.cloud, Now: atToday, Env: env()})
			if tt.want != "" {
				wantFailure(t, err, tt.want, tt.says)
				if strings.Contains(err.Error(), string(tt.token)) {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := get(t.Context(), c)
			if err != nil || strings.ContainsAny(got.Token, " \r\n\ufeff") || !strings.Contains(string(tt.token), got.Token) {
				t.Errorf("%q, %v", got.Token, err)
			}
		})
	}
}

func TestReadyTokenDuringTheRun(t *testing.T) {
	now := today
	c, err := Credential(Settings{
		AccessToken: makeJWT(fmt.Sprintf(`{"exp":%d}`, today.Add(time.Minute).Unix())), Now: func() time.Time { return now }, Env: env(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetToken(t.Context(), policy.TokenRequestOptions{Claims: `{"access_token":{}}`})
	wantFailure(t, err, record.TokenExpired, "cannot be renewed", "Get a new token")
	now = now.Add(time.Hour)
	_, err = get(t.Context(), c)
	wantFailure(t, err, record.TokenExpired)
}

func FuzzReadyToken(f *testing.F) {
	f.Add(string(makeJWT(`{"aud":"x","exp":1}`)))
	f.Add("Bearer x")
	f.Fuzz(func(t *testing.T, token string) {
		_, err := Credential(Settings{Method: Token, AccessToken: Secret(token), Env: env(), Now: atToday})
		switch record.CodeOf(err) {
		case "", record.CredentialsIncomplete, record.GraphTokenRejected, record.TokenExpired, record.TokenAudienceWrong, record.WrongCloud:
		default:
			t.Error(err)
		}
	})
}

// Whoever gave it, a token of another tenant is not used.
func TestTokenOfAnotherTenant(t *testing.T) {
	foreign := makeJWT(`{"tid":"99999999-2222-3333-4444-555555555555"}`)
	_, err := get(t.Context(), signInWith(t, withSecret(), newEntra(t, give(foreign, 3600))))
	wantFailure(t, err, record.WrongTenant, "99999999-2222-3333-4444-555555555555", aTenant)
	named := withSecret()
	named.Tenant = "corp.example"
	if _, err := get(t.Context(), signInWith(t, named, newEntra(t, give(foreign, 3600)))); err != nil {
		t.Error(err)
	}
}
