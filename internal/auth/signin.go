package auth

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"photosync/internal/record"
)

func (s Settings) clientSecret(h home) (azcore.TokenCredential, error) {
	c, err := azidentity.NewClientSecretCredential(s.Tenant, s.ClientID, string(s.ClientSecret),
		&azidentity.ClientSecretCredentialOptions{ClientOptions: s.options(h)})
	if err != nil {
		return nil, s.unusable(err)
	}
	return s.wrap(h, c, "sign in to tenant "+s.Tenant+" as application "+s.ClientID), nil
}

func (s Settings) certificate(h home) (azcore.TokenCredential, error) {
	certs, key, err := s.readCertificate()
	if err != nil {
		return nil, err
	}
	c, err := azidentity.NewClientCertificateCredential(s.Tenant, s.ClientID, certs, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: s.options(h)})
	if err != nil {
		if !belongs(certs, key) {
			return nil, s.badCertificate("its private key belongs to none of its certificates")
		}
		return nil, s.unusable(err)
	}
	return s.wrap(h, c, "sign in to tenant "+s.Tenant+" as application "+s.ClientID+" by certificate"), nil
}

func (s Settings) managedIdentity(h home) (azcore.TokenCredential, error) {
	o := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: s.options(h)}
	if s.transport == nil {
		o.Transport = s.client(nil) // a managed identity's endpoint is on this machine or its link; a proxy cannot reach it
	}
	what := "sign in as the managed identity"
	if s.ClientID != "" {
		o.ID = azidentity.ClientID(s.ClientID)
		what += " " + s.ClientID
	}
	c, err := azidentity.NewManagedIdentityCredential(o)
	if err != nil {
		return nil, s.unusable(err)
	}
	return s.wrap(h, c, what), nil
}

// unusable gives the error of values that azidentity refuses before it asks anybody.
func (s Settings) unusable(err error) error {
	return record.Errorf(record.SettingInvalid, "the credentials cannot be used: %s", s.scrub(err.Error()))
}

func (s Settings) scrub(text string) string {
	return scrub(text, s.ClientSecret, s.CertificatePassword, s.AccessToken)
}

// options says where and how azidentity signs in.
func (s Settings) options(h home) policy.ClientOptions {
	o := policy.ClientOptions{Cloud: h.login, Transport: s.transport}
	if o.Transport == nil {
		o.Transport = s.client(http.ProxyFromEnvironment)
	}
	return o
}

func (s Settings) client(proxy func(*http.Request) (*url.URL, error)) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               proxy,
			DialContext:         (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:   true,
			TLSHandshakeTimeout: 15 * time.Second,
			IdleConnTimeout:     10 * time.Second,
		},
		Timeout: 100 * time.Second,
		// A secret is not posted to wherever an answer points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// signIn is a credential whose failures are SignInFailed. It asks for Graph's
// scope of its cloud, under whatever address Graph is reached.
type signIn struct {
	azcore.TokenCredential
	what     string
	scope    string
	settings Settings
}

func (s Settings) wrap(h home, c azcore.TokenCredential, what string) azcore.TokenCredential {
	return &signIn{TokenCredential: c, what: what, scope: h.scope(), settings: s}
}

// GetToken gives a token for Microsoft Graph.
func (c *signIn) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	o.Scopes = []string{c.scope}
	token, err := c.TokenCredential.GetToken(ctx, o)
	if err == nil {
		return token, nil
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return azcore.AccessToken{}, record.Errorf(record.Cancelled, "%s: %w", c.what, ctx.Err())
	}
	// The cause is not kept: it holds the token endpoint's whole answer.
	return azcore.AccessToken{}, record.Errorf(record.SignInFailed, "%s: %s", c.what, c.settings.scrub(explain(err)))
}

// explain gives what a failed sign-in says: Entra's own description where
// there is one (it begins with the AADSTS number), else the error's first line.
func explain(err error) string {
	if failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); ok && failed.RawResponse != nil {
		if text := described(failed.RawResponse); text != "" {
			return text
		}
		return "the answer was " + failed.RawResponse.Status
	}
	text := err.Error()
	if i := strings.Index(text, "To troubleshoot, visit "); i > 0 {
		text = text[:i]
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimRight(text, ". ")
}

func described(r *http.Response) string {
	if r.Body == nil {
		return ""
	}
	body, err := runtime.Payload(r) // which the error keeps in memory already
	if err != nil {
		return ""
	}
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	// Trace id, correlation id and time follow on lines of their own, or after the sentence.
	text, _, _ := strings.Cut(answer.Description, "Trace ID:")
	text = strings.TrimRight(strings.Join(strings.Fields(text), " "), ". ")
	if text == "" {
		return answer.Error
	}
	return text
}
