package auth

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"photosync/internal/record"
)

// The methods that --auth can name.
const (
	ClientSecret     = "client-secret"     // an application and its secret
	Certificate      = "certificate"       // an application and its certificate
	ManagedIdentity  = "managed-identity"  // of Azure, Azure Automation or Azure Arc
	WorkloadIdentity = "workload-identity" // an application and a token file that Kubernetes renews
	Browser          = "browser"           // a person, in the browser of this machine
	DeviceCode       = "device-code"       // a person, in a browser anywhere
	AzureCLI         = "azure-cli"         // whoever is signed in to the Azure CLI
	Token            = "token"             // a token that somebody else got
)

// Settings are what a person or a runbook gives to sign in with.
type Settings struct {
	Method              string // "": what the other settings make up
	Tenant, ClientID    string
	ClientSecret        Secret
	CertificateFile     string // PEM or PFX, with the private key
	CertificatePassword Secret
	Certificate         []byte // DER of a certificate without its private key, which Signer has
	Signer              Signer
	AccessToken         Secret            // a ready token
	Prompt              func(text string) // tells a person where to go and which code to type; nil: nobody is there
	Environment         string            // global (also ""), usgov, usgovdod, china
	Loopback            bool              // the Graph endpoint is on this machine, so no credential may be needed
	RootCAs             *x509.CertPool    // who signs for the sign-in host; nil: the system's authorities
	Now                 func() time.Time  // nil: time.Now

	// Env gives variables of the environment, nil: os.Getenv. It is asked for
	// AZURE_FEDERATED_TOKEN_FILE and for what announces a managed identity; the
	// proxy (HTTPS_PROXY) and the endpoint of a managed identity come from the
	// environment of the process all the same.
	Env func(string) string

	transport policy.Transporter  // of tests
	retry     policy.RetryOptions // of tests
	proxy     proxy               // of tests; nil: the environment's
}

// proxy says through which proxy a request goes, nil for none.
type proxy func(*http.Request) (*url.URL, error)

// Credential gives the credential that the settings name. Without a method that
// is a ready token; else one complete set of tenant, client id and a client
// secret, a certificate (file, or signer) or the token file of
// AZURE_FEDERATED_TOKEN_FILE; else, when nothing of that is begun, the managed
// identity that the environment announces. A browser, a device code and the
// Azure CLI are used only when they are named: a stray login must not pick the
// tenant. It is nil for a loopback endpoint when there is nothing at all.
// Nothing is sent.
//
// It fails with SettingInvalid, CredentialsMissing, CredentialsIncomplete,
// CertificateUnusable or CertificateExpired, and for a ready token with
// TokenExpired, TokenAudienceWrong, WrongCloud, WrongTenant or
// GraphTokenRejected.
//
// GetToken of what it gives asks for Graph's scope in the cloud of the settings,
// whatever scopes it is asked for, and fails with the codes of sign-in.
func Credential(s Settings) (azcore.TokenCredential, error) {
	h, ok := homeOf(s.Environment)
	if !ok {
		return nil, unknownCloud(s.Environment)
	}
	s = s.withDefaults()
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
		if s.CertificateFile == "" {
			return s.storeCertificate(h)
		}
		return s.certificate(h)
	case ManagedIdentity:
		return s.managedIdentity(h)
	case WorkloadIdentity:
		return s.workloadIdentity(h)
	case Browser:
		return s.browser(h)
	case DeviceCode:
		return s.deviceCode(h)
	case AzureCLI:
		return s.azureCLI(h)
	}
	return nil, nil
}

func (s Settings) withDefaults() Settings {
	if s.Env == nil {
		s.Env = os.Getenv
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	return s
}

// unusable gives the error of values that azidentity refuses before it asks anybody.
func (s Settings) unusable(err error) error {
	return record.Errorf(record.SettingInvalid, "the credentials cannot be used: %s", s.scrub(err.Error()))
}

// scrub takes the secrets out of a text that comes from elsewhere.
func (s Settings) scrub(text string) string {
	text = scrub(text, s.ClientSecret, s.CertificatePassword, s.AccessToken)
	return scrub(text, Secret(s.Env("IDENTITY_HEADER")), Secret(s.Env("MSI_SECRET")))
}
