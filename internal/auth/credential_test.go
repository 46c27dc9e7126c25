package auth

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"photosync/internal/record"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func atToday() time.Time { return today }

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
		return kindOf(c.TokenCredential)
	case *remembered:
		return kindOf(c.TokenCredential)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", c), "*azidentity.")
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

// app gives complete settings of an application but for its proof.
func app() Settings { return Settings{Tenant: aTenant, ClientID: aClient, Env: env()} }

type choice struct {
	name string
	s    Settings
	want string // the kind, or the code of the error
	says []string
}

func checkChoice(t *testing.T, tt choice) {
	t.Helper()
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
	if err == nil {
		return
	}
	line := record.From(err).Line()
	for _, s := range tt.says {
		if !strings.Contains(line, s) {
			t.Errorf("%s does not say %s", line, s)
		}
	}
	if strings.Contains(line, string(aSecret)) {
		t.Errorf("the secret is in %s", line)
	}
}

func TestChoice(t *testing.T) {
	pem := writePEM(t)
	automation := env("IDENTITY_ENDPOINT", "http://127.0.0.1:1/", "IDENTITY_HEADER", "h")
	for _, tt := range []choice{
		{"nothing", Settings{}, "CredentialsMissing", []string{
			"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "managed-identity", "browser", "device-code", "azure-cli", "PHOTOSYNC_ACCESS_TOKEN",
		}},
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
		{"tenant and client id", Settings{Tenant: aTenant, ClientID: aClient}, "CredentialsIncomplete", []string{"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "device-code"}},
		{"tenant alone", Settings{Tenant: aTenant}, "CredentialsIncomplete", []string{"AZURE_CLIENT_ID", "azure-cli"}},
		{"client id where a managed identity is", Settings{ClientID: aClient, Env: automation}, "CredentialsIncomplete", []string{"AZURE_TENANT_ID"}},
		{"two sets", Settings{Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, CertificateFile: pem}, "CredentialsIncomplete", []string{"both a client secret and a certificate"}},
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
		{"method not known", Settings{Method: "password"}, "SettingInvalid", []string{`"password"`, ClientSecret, Certificate, ManagedIdentity, WorkloadIdentity, Browser, DeviceCode, AzureCLI, "token"}},
		{"cloud not known", Settings{Environment: "germany", AccessToken: "opaque"}, "SettingInvalid", []string{"germany"}},
		{"tenant with a slash", Settings{Tenant: "a/b", ClientID: aClient, ClientSecret: aSecret}, "SettingInvalid", nil},
		{"no tenant: common", Settings{Tenant: "Common", ClientID: aClient, ClientSecret: aSecret}, "SettingInvalid", []string{"AZURE_TENANT_ID", "Common"}},
	} {
		t.Run(tt.name, func(t *testing.T) { checkChoice(t, tt) })
	}
}

// A browser, a device code, the Azure CLI and a token file.
func TestChoiceOfOtherMethods(t *testing.T) {
	file := writeFile(t, []byte("federated"))
	pods := env("AZURE_FEDERATED_TOKEN_FILE", file)
	tell := func(string) {}
	for _, tt := range []choice{
		{"token file", Settings{Tenant: aTenant, ClientID: aClient, Env: pods}, "WorkloadIdentityCredential", nil},
		{"token file, named", Settings{Method: WorkloadIdentity, Tenant: aTenant, ClientID: aClient, Env: pods}, "WorkloadIdentityCredential", nil},
		{"token file, the rest missing", Settings{Env: pods}, "CredentialsIncomplete", []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}},
		{"token file, named and missing", Settings{Method: WorkloadIdentity, Tenant: aTenant, ClientID: aClient}, "CredentialsIncomplete", []string{"AZURE_FEDERATED_TOKEN_FILE"}},
		{"token file that is not there", Settings{Tenant: aTenant, ClientID: aClient, Env: env("AZURE_FEDERATED_TOKEN_FILE", file+"x")}, "SettingInvalid", []string{"AZURE_FEDERATED_TOKEN_FILE"}},
		{"token file and secret", Settings{Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, Env: pods}, "CredentialsIncomplete", []string{"both a client secret and a token file"}},
		{"token file and secret, one named", Settings{Method: ClientSecret, Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, Env: pods}, "ClientSecretCredential", nil},
		{"token file and certificate", Settings{Tenant: aTenant, ClientID: aClient, CertificateFile: "x.pem", Env: pods}, "CredentialsIncomplete", []string{"both a certificate file and a token file"}},
		{"three kinds", Settings{Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, CertificateFile: "x.pem", Env: pods}, "CredentialsIncomplete", []string{"a client secret and a certificate file and a token file"}},
		{"browser", Settings{Method: Browser, Tenant: aTenant, ClientID: aClient}, "InteractiveBrowserCredential", nil},
		{"browser, nothing else", Settings{Method: Browser}, "CredentialsIncomplete", []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}},
		{"browser, any tenant", Settings{Method: Browser, Tenant: "organizations", ClientID: aClient}, "SettingInvalid", []string{"organizations"}},
		{"device code", Settings{Method: "Device-Code", Tenant: aTenant, ClientID: aClient, Prompt: tell}, "DeviceCodeCredential", nil},
		{"device code, nobody to tell", Settings{Method: DeviceCode, Tenant: aTenant, ClientID: aClient}, "SettingInvalid", []string{"device-code"}},
		{"device code, no client id", Settings{Method: DeviceCode, Tenant: aTenant, Prompt: tell}, "CredentialsIncomplete", []string{"AZURE_CLIENT_ID"}},
		{"Azure CLI", Settings{Method: AzureCLI, Tenant: aTenant}, "AzureCLICredential", nil},
		{"Azure CLI, no tenant", Settings{Method: AzureCLI}, "CredentialsIncomplete", []string{"AZURE_TENANT_ID"}},
		{"Azure CLI, tenant with a semicolon", Settings{Method: AzureCLI, Tenant: "a;b"}, "SettingInvalid", nil},
		{"a prompt alone chooses nothing", Settings{Prompt: tell}, "CredentialsMissing", nil},
	} {
		t.Run(tt.name, func(t *testing.T) { checkChoice(t, tt) })
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
	shown += fmt.Sprintf("%v %+v %#v", s, s, s)
	for _, secret := range []string{string(aSecret), fmt.Sprintf("%x", string(aSecret)), "p4ssw0rd", "t0ken"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is in %s", secret, shown)
		}
	}
	if !strings.Contains(shown, hidden) {
		t.Error(shown)
	}
}
