package auth

import (
	"context"
	"crypto/x509"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"photosync/internal/record"
)

// The methods that --auth can name.
const (
	ClientSecret    = "client-secret"
	Certificate     = "certificate"
	ManagedIdentity = "managed-identity"
	Token           = "token"
)

// Signer signs with a private key that lies elsewhere.
type Signer interface {
	// Sign gives the RSASSA-PKCS1-v1_5 signature with SHA-256 (RS256) over data.
	Sign(ctx context.Context, data []byte) ([]byte, error)
}

// Settings are what a person or a runbook gives to sign in with.
type Settings struct {
	Method              string // "": what the other settings make up
	Tenant, ClientID    string
	ClientSecret        Secret
	CertificateFile     string // PEM or PFX, with the private key
	CertificatePassword Secret
	Certificate         []byte // DER; Signer has its private key
	Signer              Signer
	AccessToken         Secret            // a ready token
	Prompt              func(text string) // tells a person what to do to sign in; nil: nobody is there
	Environment         string            // global (also ""), usgov, usgovdod, china
	Loopback            bool              // the Graph endpoint is on this machine, so no credential may be needed
	RootCAs             *x509.CertPool
	Env                 func(string) string // nil: os.Getenv
	Now                 func() time.Time    // nil: time.Now

	transport policy.Transporter // of tests
}

// Credential gives the credential that the settings name. Without a method
// that is a ready token; else a client secret or a certificate, with tenant and
// client id; else, when nothing of that is begun, the managed identity that the
// environment announces. It is nil for a loopback endpoint when there is
// nothing at all. Nothing is sent.
func Credential(s Settings) (azcore.TokenCredential, error) {
	h, ok := homeOf(s.Environment)
	if !ok {
		return nil, unknownCloud(s.Environment)
	}
	if s.Env == nil {
		s.Env = os.Getenv
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	method, err := s.choose()
	if err != nil {
		return nil, err
	}
	switch method {
	case Token:
		return s.ready(h)
	case ClientSecret:
		return s.clientSecret(h)
	case Certificate:
		return s.certificate(h)
	case ManagedIdentity:
		return s.managedIdentity(h)
	}
	return nil, nil
}

// choose gives the method, "" where none is needed. It guesses nothing.
func (s Settings) choose() (string, error) {
	switch m := strings.ToLower(s.Method); m {
	case "":
		return s.chooseBySettings()
	case Token, ClientSecret, Certificate:
		return m, s.complete(m)
	case ManagedIdentity:
		return m, nil
	}
	return "", record.Errorf(record.SettingInvalid, "--auth is %q, and there is no such method; the methods are client-secret, certificate, managed-identity and token", s.Method)
}

func (s Settings) chooseBySettings() (string, error) {
	secret, certificate := s.ClientSecret != "", s.CertificateFile != ""
	switch {
	case s.AccessToken != "":
		return Token, nil
	case secret && certificate:
		return "", record.Errorf(record.CredentialsIncomplete, "both a client secret and a certificate are set").
			Advise("Choose one with --auth client-secret or --auth certificate, or take one of them away.")
	case secret:
		return ClientSecret, s.complete(ClientSecret)
	case certificate:
		return Certificate, s.complete(Certificate)
	case s.CertificatePassword != "":
		return "", s.complete(Certificate)
	case s.Tenant != "" || s.ClientID != "":
		return "", s.begun()
	case announced(s.Env):
		return ManagedIdentity, nil
	case s.Loopback:
		return "", nil
	}
	return "", record.Errorf(record.CredentialsMissing, "no credentials for Microsoft 365 are set")
}

// The parts of the sets, by the names under which people set them.
const (
	tenantName      = "the tenant (AZURE_TENANT_ID or --tenant)"
	clientName      = "the client id (AZURE_CLIENT_ID or --client-id)"
	secretName      = "the client secret (AZURE_CLIENT_SECRET)"
	certificateName = "the certificate file (AZURE_CLIENT_CERTIFICATE_PATH or --certificate-file)"
	tokenName       = "the token (PHOTOSYNC_ACCESS_TOKEN or --access-token-stdin)"
)

// complete gives an error that names exactly what the method still lacks.
func (s Settings) complete(method string) error {
	var missing []string
	need := func(there bool, name string) {
		if !there {
			missing = append(missing, name)
		}
	}
	if method == Token {
		need(s.AccessToken != "", tokenName)
	} else {
		need(s.Tenant != "", tenantName)
		need(s.ClientID != "", clientName)
	}
	switch method {
	case ClientSecret:
		need(s.ClientSecret != "", secretName)
	case Certificate:
		need(s.CertificateFile != "", certificateName)
	}
	if len(missing) == 0 {
		return nil
	}
	return record.Errorf(record.CredentialsIncomplete, "sign-in by %s lacks %s", method, strings.Join(missing, " and "))
}

// begun gives the error for a tenant or a client id and nothing to prove it with.
func (s Settings) begun() error {
	var missing []string
	if s.Tenant == "" {
		missing = append(missing, tenantName)
	}
	if s.ClientID == "" {
		missing = append(missing, clientName)
	}
	missing = append(missing, secretName+" or "+certificateName)
	e := record.Errorf(record.CredentialsIncomplete, "sign-in lacks %s", strings.Join(missing, " and "))
	if s.Tenant == "" {
		return e.Advise("Complete the set; or use --auth managed-identity if the client id is that of a managed identity.")
	}
	return e
}

// announced reports whether the environment itself says that it has a managed
// identity: App Service and Automation, Azure ML and Cloud Shell, Arc.
func announced(env func(string) string) bool {
	return (env("IDENTITY_ENDPOINT") != "" && env("IDENTITY_HEADER") != "") || env("MSI_ENDPOINT") != "" || env("IMDS_ENDPOINT") != ""
}
