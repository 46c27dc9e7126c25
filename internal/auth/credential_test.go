package auth

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"

	"photosync/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	aTenant = "11111111-2222-3333-4444-555555555555"
	aClient = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	aSecret = Secret("s3cr3t~value")
)

// kindOf names the credential that settings gave.
func kindOf(c azcore.TokenCredential) string {
	switch c := c.(type) {
	case nil:
		return "none"
	case *readyToken:
		return "token"
	case *signIn:
		return strings.TrimPrefix(fmt.Sprintf("%T", c.TokenCredential), "*azidentity.")
	}
	return fmt.Sprintf("%T", c)
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestChoice(t *testing.T) {
	pem := writePEM(t)
	automation := env("IDENTITY_ENDPOINT", "http://127.0.0.1:1/", "IDENTITY_HEADER", "h")
	for _, tt := range []struct {
		name string
		s    Settings
		want string // the kind, or the code of the error
		says []string
	}{
		{"nothing", Settings{}, "CredentialsMissing", nil},
		{"nothing, loopback", Settings{Loopback: true}, "none", nil},
		{"token", Settings{AccessToken: "opaque"}, "token", nil},
		{"token beside a set", Settings{AccessToken: "opaque", Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret}, "token", nil},
		{"secret", Settings{Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret}, "ClientSecretCredential", nil},
		{"secret, loopback", Settings{Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, Loopback: true}, "ClientSecretCredential", nil},
		{"certificate", Settings{Tenant: aTenant, ClientID: aClient, CertificateFile: pem}, "ClientCertificateCredential", nil},
		{"secret without tenant", Settings{ClientID: aClient, ClientSecret: aSecret}, "CredentialsIncomplete", []string{"AZURE_TENANT_ID"}},
		{"secret without client id", Settings{Tenant: aTenant, ClientSecret: aSecret}, "CredentialsIncomplete", []string{"AZURE_CLIENT_ID"}},
		{"secret alone, loopback", Settings{ClientSecret: aSecret, Loopback: true}, "CredentialsIncomplete", []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}},
		{"certificate alone", Settings{CertificateFile: pem}, "CredentialsIncomplete", []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}},
		{"password alone", Settings{CertificatePassword: "p"}, "CredentialsIncomplete", []string{"AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_TENANT_ID"}},
		{"tenant and client id", Settings{Tenant: aTenant, ClientID: aClient}, "CredentialsIncomplete", []string{"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"}},
		{"client id where a managed identity is", Settings{ClientID: aClient, Env: automation}, "CredentialsIncomplete", []string{"AZURE_TENANT_ID"}},
		{"two sets", Settings{Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, CertificateFile: pem}, "CredentialsIncomplete", []string{"both"}},
		{"two sets, one named", Settings{Method: "Certificate", Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, CertificateFile: pem}, "ClientCertificateCredential", nil},
		{"named, nothing there", Settings{Method: ClientSecret}, "CredentialsIncomplete", []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"}},
		{"named certificate, no file", Settings{Method: Certificate, Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret}, "CredentialsIncomplete", []string{"AZURE_CLIENT_CERTIFICATE_PATH"}},
		{"named token, none there", Settings{Method: Token, Loopback: true}, "CredentialsIncomplete", []string{"PHOTOSYNC_ACCESS_TOKEN"}},
		{"announced: Automation", Settings{Env: automation}, "ManagedIdentityCredential", nil},
		{"announced: MSI_ENDPOINT", Settings{Env: env("MSI_ENDPOINT", "http://127.0.0.1:1/")}, "ManagedIdentityCredential", nil},
		{"announced: Arc", Settings{Env: env("IMDS_ENDPOINT", "http://127.0.0.1:1/")}, "ManagedIdentityCredential", nil},
		{"half announced", Settings{Env: env("IDENTITY_ENDPOINT", "http://127.0.0.1:1/")}, "CredentialsMissing", nil},
		{"managed identity named", Settings{Method: ManagedIdentity}, "ManagedIdentityCredential", nil},
		{"user-assigned identity named", Settings{Method: ManagedIdentity, ClientID: aClient}, "ManagedIdentityCredential", nil},
		{"method not known", Settings{Method: "browser"}, "SettingInvalid", []string{"browser", "managed-identity"}},
		{"cloud not known", Settings{Environment: "germany", AccessToken: "opaque"}, "SettingInvalid", []string{"germany"}},
		{"tenant with a slash", Settings{Tenant: "a/b", ClientID: aClient, ClientSecret: aSecret}, "SettingInvalid", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.s.Env == nil {
				tt.s.Env = env()
			}
			c, err := Credential(tt.s)
			got := kindOf(c)
			if err != nil {
				got = string(record.CodeOf(err))
				if c != nil {
					t.Error("a credential beside an error")
				}
			}
			if got != tt.want {
				t.Fatalf("got %s (%v), want %s", got, err, tt.want)
			}
			for _, s := range tt.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%v does not name %s", err, s)
				}
			}
			if err != nil && strings.Contains(record.From(err).Line(), string(aSecret)) {
				t.Errorf("the secret is in %v", err)
			}
		})
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

func TestSecretIsNeverShown(t *testing.T) {
	s := Settings{ClientSecret: aSecret, CertificatePassword: "p4ssw0rd", AccessToken: "t0ken"}
	j, err := json.Marshal(map[string]any{"s": s.ClientSecret, "all": s.AccessToken})
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "secret", s.ClientSecret)
	shown := string(j) + logged.String() + fmt.Sprint(s.ClientSecret)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		shown += fmt.Sprintf(verb, s.ClientSecret) + fmt.Sprintf(verb, &s.ClientSecret)
	}
	shown += fmt.Sprintf("%v %s %#v", s.ClientSecret, s.CertificatePassword, s.AccessToken)
	for _, secret := range []string{string(aSecret), fmt.Sprintf("%x", string(aSecret)), "p4ssw0rd", "t0ken"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is in %s", secret, shown)
		}
	}
	if !strings.Contains(shown, hidden) {
		t.Error(shown)
	}
}

func jwt(claims string) Secret {
	b64 := base64.RawURLEncoding.EncodeToString
	return Secret(b64([]byte(`{"alg":"RS256"}`)) + "." + b64([]byte(claims)) + ".c2ln")
}

func TestReadyToken(t *testing.T) {
	soon, past := today.Add(time.Hour).Unix(), today.Add(-time.Minute).Unix()
	good := jwt(fmt.Sprintf(`{"aud":"https://graph.microsoft.com","exp":%d}`, soon))
	for _, tt := range []struct {
		name  string
		token Secret
		cloud string
		want  record.Code
		says  string
	}{
		{"good", good, "", "", ""},
		{"pasted", " \ufeffBearer  " + good + "\r\n", "", "", ""},
		{"audience with a slash", jwt(fmt.Sprintf(`{"aud":"https://Graph.microsoft.com/","exp":%d}`, soon)), "", "", ""},
		{"audience is the application id", jwt(fmt.Sprintf(`{"aud":"00000003-0000-0000-c000-000000000000","exp":%d}`, soon)), "china", "", ""},
		{"several audiences", jwt(`{"aud":["x","https://graph.microsoft.com"]}`), "", "", ""},
		{"no claims of interest", jwt(`{"sub":"x"}`), "", "", ""},
		{"opaque", "EwBgA8l6BAAU", "", "", ""},
		{"three parts, no JWT", "a.b.c", "", "", ""},
		{"expired", jwt(fmt.Sprintf(`{"aud":"https://graph.microsoft.com","exp":%d}`, past)), "", record.GraphTokenRejected, "expired at 2026-11-22T11:59:00Z"},
		{"for another service", jwt(`{"aud":"https://management.azure.com/"}`), "", record.GraphTokenRejected, "https://management.azure.com/"},
		{"for another cloud", good, "usgov", record.GraphTokenRejected, "https://graph.microsoft.com"},
		{"white space", " \t\n", "", record.CredentialsIncomplete, "empty"},
		{"a line break inside", "abc\ndef", "", record.GraphTokenRejected, "character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Credential(Settings{AccessToken: tt.token, Environment: tt.cloud, Now: func() time.Time { return today }, Env: env()})
			if got := record.CodeOf(err); got != tt.want {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if err != nil {
				if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), string(tt.token)) {
					t.Error(err)
				}
				return
			}
			got, err := c.GetToken(t.Context(), policy.TokenRequestOptions{})
			if err != nil || strings.ContainsAny(got.Token, " \r\n\ufeff") || !strings.Contains(string(tt.token), got.Token) {
				t.Errorf("%q, %v", got.Token, err)
			}
		})
	}
}

func TestReadyTokenExpiresDuringTheRun(t *testing.T) {
	now := today
	c, err := Credential(Settings{
		AccessToken: jwt(fmt.Sprintf(`{"exp":%d}`, today.Add(time.Minute).Unix())), Now: func() time.Time { return now }, Env: env(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetToken(t.Context(), policy.TokenRequestOptions{}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	if _, err := c.GetToken(t.Context(), policy.TokenRequestOptions{}); record.CodeOf(err) != record.GraphTokenRejected {
		t.Error(err)
	}
}

func FuzzReadyToken(f *testing.F) {
	f.Add(string(jwt(`{"aud":"x","exp":1}`)))
	f.Add("Bearer x")
	f.Fuzz(func(t *testing.T, token string) {
		_, err := Credential(Settings{Method: Token, AccessToken: Secret(token), Env: env(), Now: func() time.Time { return today }})
		switch record.CodeOf(err) {
		case "", record.CredentialsIncomplete, record.GraphTokenRejected:
		default:
			t.Error(err)
		}
	})
}
