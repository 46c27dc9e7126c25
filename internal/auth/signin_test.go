package auth

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

func withSecret() Settings {
	s := app()
	s.ClientSecret = aSecret
	return s
}

func TestClientSecretSignIn(t *testing.T) {
	for environment, want := range map[string]struct{ host, scope string }{
		"":         {"login.microsoftonline.com", "https://graph.microsoft.com/.default"},
		"usgov":    {"login.microsoftonline.us", "https://graph.microsoft.us/.default"},
		"usgovdod": {"login.microsoftonline.us", "https://dod-graph.microsoft.us/.default"},
		"china":    {"login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/.default"},
	} {
		t.Run("cloud "+environment, func(t *testing.T) {
			e := newEntra(t, accept)
			s := withSecret()
			s.Environment = environment
			c := signInWith(t, s, e)
			if len(e.asked) != 0 {
				t.Errorf("asked before it was needed: %v", e.asked)
			}
			for range 2 { // the second comes from memory
				got, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"http://127.0.0.1:9/.default"}})
				if err != nil || got.Token != "the-token" {
					t.Fatal(got.Token, err)
				}
			}
			if last := e.asked[len(e.asked)-1]; last != "POST "+want.host+"/"+aTenant+"/oauth2/v2.0/token" {
				t.Errorf("asked %v", e.asked)
			}
			if e.tokens() != 1 {
				t.Errorf("%d tokens were asked for", e.tokens())
			}
			form := e.form()
			got := []string{form.Get("grant_type"), form.Get("client_id"), form.Get("client_secret"), strings.Fields(form.Get("scope"))[0]}
			if diff := cmp.Diff([]string{"client_credentials", aClient, string(aSecret), want.scope}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCertificateSignIn(t *testing.T) {
	e := newEntra(t, accept)
	s := app()
	s.CertificateFile = writePEM(t)
	if _, err := get(t.Context(), signInWith(t, s, e)); err != nil {
		t.Fatal(err)
	}
	if e.form().Get("client_assertion") == "" || e.form().Has("client_secret") {
		t.Errorf("form %v", e.form())
	}
}

func TestWorkloadIdentitySignIn(t *testing.T) {
	t.Setenv(tokenFile, "/nowhere") // only what the settings' environment says counts
	file := writeFile(t, []byte("federated-token"))
	e := newEntra(t, accept)
	s := app()
	s.Env = env(tokenFile, file)
	c := signInWith(t, s, e)
	if got, err := get(t.Context(), c); err != nil || got.Token != "the-token" {
		t.Fatal(got.Token, err)
	}
	if got := e.form().Get("client_assertion"); got != "federated-token" {
		t.Errorf("asserted %q", got)
	}

	gone := signInWith(t, s, newEntra(t, accept))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, err := get(t.Context(), gone)
	wantFailure(t, err, record.SignInFailed, file)
}

func TestCancelledSignIn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := get(ctx, signInWith(t, withSecret(), newEntra(t, accept)))
	wantFailure(t, err, record.Cancelled)
}

// A token near its end is renewed, and claims are passed on and give a new one.
func TestRenewal(t *testing.T) {
	for name, s := range map[string]Settings{"secret": withSecret(), "certificate": func() Settings { s, _, _ := signerSettings(t); return s }()} {
		t.Run(name, func(t *testing.T) {
			e := newEntra(t, give("first", 200)) // less than the five minutes before which Microsoft's library renews
			c := signInWith(t, s, e)
			want := func(o policy.TokenRequestOptions, token string, asked int) {
				t.Helper()
				got, err := c.GetToken(t.Context(), o)
				if err != nil || got.Token != token || e.tokens() != asked {
					t.Fatalf("got %q after %d (%v), want %q after %d", got.Token, e.tokens(), err, token, asked)
				}
			}
			want(policy.TokenRequestOptions{}, "first", 1)
			if claims := e.form().Get("claims"); !strings.Contains(claims, `"xms_cc"`) || !strings.Contains(claims, "CP1") {
				t.Errorf("continuous access evaluation is not announced: %q", claims)
			}
			e.token = give("second", 3600)
			want(policy.TokenRequestOptions{}, "second", 2)
			want(policy.TokenRequestOptions{}, "second", 2)
			e.token = give("third", 3600)
			want(policy.TokenRequestOptions{Claims: `{"access_token":{"nbf":{"essential":true,"value":"1702682181"}}}`}, "third", 3)
			if claims := e.form().Get("claims"); !strings.Contains(claims, "1702682181") || !strings.Contains(claims, "CP1") {
				t.Errorf("the claims are not passed on: %q", claims)
			}
			want(policy.TokenRequestOptions{EnableCAE: true, Scopes: []string{"x"}}, "third", 3)
		})
	}
}

// Whatever the environment says, a cloud's sign-in asks this cloud's host alone,
// and for this cloud's Graph.
func TestNoOtherCloudIsAsked(t *testing.T) {
	t.Setenv("AZURE_AUTHORITY_HOST", "https://login.evil.example")
	t.Setenv("AZURE_TENANT_ID", "another")
	hosts := map[string]string{"global": "login.microsoftonline.com", "usgov": "login.microsoftonline.us", "usgovdod": "login.microsoftonline.us", "china": "login.chinacloudapi.cn"}
	store, _, _ := signerSettings(t)
	pod := app()
	pod.Env = env(tokenFile, writeFile(t, []byte("federated")))
	file := app()
	file.CertificateFile = writePEM(t)
	person := app()
	person.Method, person.Prompt = DeviceCode, func(string) {}
	for method, s := range map[string]Settings{ClientSecret: withSecret(), Certificate: file, "store": store, WorkloadIdentity: pod, DeviceCode: person} {
		for _, h := range homes {
			e := newEntra(t, accept)
			e.device = func(w http.ResponseWriter) {
				fmt.Fprint(w, `{"device_code":"d","user_code":"u","verification_uri":"https://example.invalid","expires_in":900,"interval":1,"message":"m"}`)
			}
			s.Environment = h.name
			if _, err := get(t.Context(), signInWith(t, s, e)); err != nil {
				t.Errorf("%s in %s: %v", method, h.name, err)
			}
			for _, asked := range e.asked {
				if _, where, _ := strings.Cut(asked, " "); !strings.HasPrefix(where, hosts[h.name]+"/") {
					t.Errorf("%s in %s asked %s", method, h.name, asked)
				}
			}
			if scope := e.form().Get("scope"); method != DeviceCode && !strings.HasPrefix(scope, h.scope()) {
				t.Errorf("%s in %s asked for %s", method, h.name, scope)
			}
		}
	}
}

func TestScope(t *testing.T) {
	for environment, want := range map[string]string{
		"": "https://graph.microsoft.com/.default", "global": "https://graph.microsoft.com/.default",
		"UsGov": "https://graph.microsoft.us/.default", "usgovdod": "https://dod-graph.microsoft.us/.default",
		"china": "https://microsoftgraph.chinacloudapi.cn/.default", "germany": "",
	} {
		if got := Scope(environment); got != want {
			t.Errorf("%q: %q, want %q", environment, got, want)
		}
	}
}
