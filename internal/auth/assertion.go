package auth

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"photosync/internal/record"
)

// Signer signs with a private key that lies elsewhere, such as in the
// certificate store of Windows, exportable or not.
type Signer interface {
	// Sign gives the RSASSA-PKCS1-v1_5 signature with SHA-256 over data (RS256 of
	// RFC 7518). It is asked once for each token, never for two at the same time
	// by one credential.
	Sign(ctx context.Context, data []byte) ([]byte, error)
}

// How long an assertion is good for. Source: Microsoft's page on certificate
// credentials, which asks for 5 to 10 minutes. It begins a little early, for
// clocks that are ahead of Microsoft's.
const (
	assertionEarly = time.Minute
	assertionLife  = 10 * time.Minute
)

// assertion proves an application by a certificate whose key lies elsewhere.
//
// It is signed with RS256 and names the certificate by x5t, its SHA-1. Microsoft's
// page on certificate credentials
// (https://learn.microsoft.com/entra/identity-platform/certificate-credentials)
// asked for these, and since 2025 says that alg should be PS256, with x5t#S256.
// Microsoft's own libraries still send both pairs
// (AzureAD/microsoft-authentication-library-for-js#7200). PS256 cannot be had
// everywhere: RSACryptoServiceProvider, with which Windows PowerShell 5.1 reaches
// keys of the old cryptographic service providers, knows no PSS padding
// (AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet#3085).
type assertion struct {
	settings Settings
	cert     *x509.Certificate
	key      *rsa.PublicKey
	audience string // the token endpoint
	what     string
}

// storeCertificate signs in by Certificate, of which Signer has the key.
func (s Settings) storeCertificate(h home) (azcore.TokenCredential, error) {
	cert, err := s.publicCertificate()
	if err != nil {
		return nil, err
	}
	if err := s.inForce(cert, thumbprint(cert)); err != nil {
		return nil, err
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, record.Errorf(record.CertificateUnusable, "the certificate %s has no RSA key, and Microsoft Entra takes no other", thumbprint(cert)).
			On(thumbprint(cert)).Advise("Use a certificate with an RSA key.")
	}
	a := assertion{
		settings: s, cert: cert, key: key, audience: h.login.ActiveDirectoryAuthorityHost + s.Tenant + "/oauth2/v2.0/token",
		what: s.application() + " by the certificate " + thumbprint(cert),
	}
	c, err := azidentity.NewClientAssertionCredential(s.Tenant, s.ClientID, a.get,
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: s.options(h)})
	if err != nil {
		return nil, s.unusable(err)
	}
	return s.wrap(h, Certificate, c, a.what), nil
}

func (s Settings) publicCertificate() (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(s.Certificate)
	if err != nil {
		return nil, record.Errorf(record.CertificateUnusable, "read the certificate whose key lies elsewhere: %w", err)
	}
	return cert, nil
}

// get gives an assertion. azidentity hands its errors on as text alone, so they
// are kept on the trail.
func (a assertion) get(ctx context.Context) (string, error) {
	text, err := a.make(ctx)
	if err != nil {
		trailOf(ctx).fail(err)
	}
	return text, err
}

func (a assertion) make(ctx context.Context) (string, error) {
	token := a.unsigned()
	text, err := token.SigningString()
	if err != nil {
		return "", record.Errorf(record.InternalError, "%s: write the assertion: %w", a.what, err)
	}
	signature, err := a.settings.Signer.Sign(ctx, []byte(text))
	if err != nil {
		return "", a.unsignable(ctx, err)
	}
	sum := sha256.Sum256([]byte(text))
	if err := rsa.VerifyPKCS1v15(a.key, crypto.SHA256, sum[:], signature); err != nil {
		return "", record.Errorf(record.SignatureUnavailable, "%s: the signature does not fit the certificate: %w", a.what, err)
	}
	return text + "." + token.EncodeSegment(signature), nil
}

func (a assertion) unsigned() *jwt.Token {
	now, sum := a.settings.Now(), sha1.Sum(a.cert.Raw)
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{ // which write aud as a string, as the page has it
		"aud": a.audience, "iss": a.settings.ClientID, "sub": a.settings.ClientID, "jti": uuid.NewString(),
		"nbf": now.Add(-assertionEarly).Unix(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	token.Header["x5t"] = base64.RawURLEncoding.EncodeToString(sum[:])
	return token
}

func (a assertion) unsignable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return record.Errorf(record.Cancelled, "%s: %w", a.what, ctx.Err())
	}
	text, advice := err.Error(), ""
	if own, ok := errors.AsType[*record.Error](err); ok {
		text, advice = own.Text, own.Advice
	}
	return &record.Error{Code: record.SignatureUnavailable, Text: a.what + ": " + a.settings.scrub(text), Advice: advice, Cause: err}
}
