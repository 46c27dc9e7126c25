package auth

import (
	"context"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"photosync/internal/record"
)

func (s Settings) clientSecret(h home) (azcore.TokenCredential, error) {
	c, err := azidentity.NewClientSecretCredential(s.Tenant, s.ClientID, string(s.ClientSecret),
		&azidentity.ClientSecretCredentialOptions{ClientOptions: s.options(h)})
	if err != nil {
		return nil, s.unusable(err)
	}
	return s.wrap(h, ClientSecret, c, s.application()), nil
}

func (s Settings) certificate(h home) (azcore.TokenCredential, error) {
	own, all, key, err := s.readCertificate()
	if err != nil {
		return nil, err
	}
	if err := s.inForce(own, s.CertificateFile); err != nil {
		return nil, err
	}
	c, err := azidentity.NewClientCertificateCredential(s.Tenant, s.ClientID, all, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: s.options(h)})
	if err != nil {
		return nil, s.unusable(err)
	}
	return s.wrap(h, Certificate, c, s.application()+" by certificate"), nil
}

func (s Settings) workloadIdentity(h home) (azcore.TokenCredential, error) {
	file := s.Env(tokenFile)
	f, err := os.Open(file) // azidentity reads it when a token is asked for; by then it is late to say that it is not there
	if err != nil {
		return nil, record.Errorf(record.SettingInvalid, "read the token file of %s: %w", tokenFile, err).On(file)
	}
	_ = f.Close()
	c, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: s.options(h), TenantID: s.Tenant, ClientID: s.ClientID, TokenFilePath: file,
	})
	if err != nil {
		return nil, s.unusable(err)
	}
	return s.wrap(h, WorkloadIdentity, c, s.application()+" by workload identity"), nil
}

// application names the tenant and the application for messages.
func (s Settings) application() string {
	return "sign in to tenant " + s.Tenant + " as application " + s.ClientID
}

// options says where and how azidentity signs in. Instance discovery stays on:
// switching it off is for clouds that Microsoft's library does not know, and for
// those that it knows it asks nobody but the cloud's own host.
func (s Settings) options(h home) policy.ClientOptions {
	next := s.transport
	if next == nil {
		next = s.client(s.throughProxy(), dialTimeout)
	}
	return policy.ClientOptions{Cloud: h.login, Transport: wire{next: next}, Retry: s.retry}
}

// signIn is a credential that names its failures. It asks for Graph's scope of
// its cloud, under whatever address Graph is reached.
type signIn struct {
	azcore.TokenCredential
	method   string
	what     string // what is attempted, for messages
	scope    string
	settings Settings
}

func (s Settings) wrap(h home, method string, c azcore.TokenCredential, what string) azcore.TokenCredential {
	return &signIn{TokenCredential: c, method: method, what: what, scope: h.scope(), settings: s}
}

// patience says how long a method may take in all, 0 for as long as the caller
// waits: a person has five minutes with the browser (a device code says itself
// how long it is good for), and azidentity alone would give the Azure CLI ten
// seconds, which its first start on Windows can take.
var patience = map[string]time.Duration{Browser: 5 * time.Minute, AzureCLI: time.Minute}

// GetToken gives a token for Microsoft Graph, in o's claims when there are any.
// It says to Microsoft Entra that the caller understands claims challenges
// (continuous access evaluation), wherever the method can say so: such tokens
// live for up to a day and are revoked by challenge.
// https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation
func (c *signIn) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	o.Scopes = []string{c.scope}
	o.EnableCAE = c.method != ManagedIdentity && c.method != AzureCLI
	mine := ctx
	if limit := patience[c.method]; limit > 0 {
		var cancel context.CancelFunc
		mine, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	t := &trail{}
	token, err := c.TokenCredential.GetToken(t.in(mine), o)
	if err != nil {
		return azcore.AccessToken{}, c.failure(ctx, t, err)
	}
	if err := c.settings.sameTenant(token.Token); err != nil {
		return azcore.AccessToken{}, err
	}
	return token, nil
}

// sameTenant gives WrongTenant for a token of another tenant than the one that
// is named by its id. A tenant that is named by a domain cannot be compared, and
// neither can a token that cannot be read.
func (s Settings) sameTenant(token string) error {
	facts, ok := Read(token)
	if !ok || facts.Tenant == "" || !isGUID(s.Tenant) || sameGUID(facts.Tenant, s.Tenant) {
		return nil
	}
	return record.Errorf(record.WrongTenant, "the token is for tenant %s, not for %s", facts.Tenant, s.Tenant)
}
