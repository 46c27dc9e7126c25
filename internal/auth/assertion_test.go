package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"photosync/internal/record"
)

// signer signs as the certificate store would.
type signer struct {
	key   *rsa.PrivateKey
	asked int
	err   error
	spoil func([]byte) []byte
}

func (s *signer) Sign(_ context.Context, data []byte) ([]byte, error) {
	s.asked++
	if s.err != nil {
		return nil, s.err
	}
	sum := sha256.Sum256(data)
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if s.spoil != nil {
		signature = s.spoil(signature)
	}
	return signature, err
}

func signerSettings(t *testing.T) (Settings, *signer, *x509.Certificate) {
	t.Helper()
	key, cert := makeCertificate(t, today.Add(-time.Hour), today.Add(time.Hour))
	sign := &signer{key: key}
	s := app()
	s.Certificate, s.Signer, s.Now = cert.Raw, sign, atToday
	return s, sign, cert
}

func TestSignInWithAKeyElsewhere(t *testing.T) {
	s, sign, cert := signerSettings(t)
	for environment, host := range map[string]string{
		"": "login.microsoftonline.com", "usgov": "login.microsoftonline.us", "usgovdod": "login.microsoftonline.us", "china": "login.chinacloudapi.cn",
	} {
		s.Environment = environment
		e := newEntra(t, accept)
		c := signInWith(t, s, e)
		if kindOf(c) != "ClientAssertionCredential" || sign.asked != 0 {
			t.Error(kindOf(c), sign.asked)
		}
		for range 2 { // the second comes from memory
			if got, err := get(t.Context(), c); err != nil || got.Token != "the-token" {
				t.Fatal(got.Token, err)
			}
		}
		if sign.asked != 1 || e.form().Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			t.Errorf("signed %d times; %v", sign.asked, e.form())
		}
		sign.asked = 0
		checkAssertion(t, e.form().Get("client_assertion"), cert, "https://"+host+"/"+aTenant+"/oauth2/v2.0/token")
	}
}

// checkAssertion checks an assertion by another reading of it, and its signature
// by the certificate.
func checkAssertion(t *testing.T, text string, cert *x509.Certificate, audience string) {
	t.Helper()
	token, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return cert.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(atToday), jwt.WithIssuedAt(), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(cert.Raw)
	if diff := cmp.Diff(map[string]any{"alg": "RS256", "typ": "JWT", "x5t": base64.RawURLEncoding.EncodeToString(sum[:])}, token.Header); diff != "" {
		t.Error(diff)
	}
	claims := token.Claims.(jwt.MapClaims)
	if _, err := uuid.Parse(claims["jti"].(string)); err != nil {
		t.Error(err)
	}
	delete(claims, "jti")
	now := float64(today.Unix())
	want := jwt.MapClaims{"aud": audience, "iss": aClient, "sub": aClient, "iat": now, "nbf": now - 60, "exp": now + 600}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Error(diff)
	}
}

func TestKeyElsewhereThatDoesNotSign(t *testing.T) {
	other, _ := makeCertificate(t, today, today.Add(time.Hour))
	denied := errors.New("access denied by the store")
	for name, spoil := range map[string]func(*signer){
		"access denied": func(s *signer) { s.err = denied },
		"a coded error": func(s *signer) {
			s.err = record.Errorf(record.BridgeTruncated, "access denied by the store: %w", denied)
		},
		"another key":       func(s *signer) { s.key = other },
		"nothing":           func(s *signer) { s.spoil = func([]byte) []byte { return nil } },
		"reversed, as CAPI": func(s *signer) { s.spoil = reversed },
	} {
		t.Run(name, func(t *testing.T) {
			s, sign, cert := signerSettings(t)
			spoil(sign)
			e := newEntra(t, accept)
			_, err := get(t.Context(), signInWith(t, s, e))
			wantFailure(t, err, record.SignatureUnavailable, aClient, thumbprint(cert))
			if sign.err != nil && !errors.Is(err, denied) {
				t.Error("the cause is lost")
			}
			if e.tokens() != 0 {
				t.Error("it was sent")
			}
		})
	}
}

func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[len(b)-1-i] = b[i]
	}
	return out
}

type signFunc func(context.Context, []byte) ([]byte, error)

func (f signFunc) Sign(ctx context.Context, data []byte) ([]byte, error) { return f(ctx, data) }

func TestCancelledWhileSigning(t *testing.T) {
	s, _, _ := signerSettings(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.Signer = signFunc(func(ctx context.Context, _ []byte) ([]byte, error) {
		cancel()
		return nil, ctx.Err()
	})
	_, err := signInWith(t, s, newEntra(t, accept)).GetToken(ctx, policy.TokenRequestOptions{})
	wantFailure(t, err, record.Cancelled)
}

func TestUnusableStoreCertificates(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: today, NotAfter: today.Add(time.Hour)}
	ecDER, err := x509.CreateCertificate(rand.Reader, template, template, &ec.PublicKey, ec)
	if err != nil {
		t.Fatal(err)
	}
	good, _, _ := signerSettings(t)
	for _, tt := range []struct {
		name   string
		change func(*Settings)
		want   record.Code
		says   string
	}{
		{"EC", func(s *Settings) { s.Certificate = ecDER }, record.CertificateUnusable, "no RSA key"},
		{"no DER", func(s *Settings) { s.Certificate = []byte("-----BEGIN") }, record.CertificateUnusable, "read the certificate"},
		{"nobody signs", func(s *Settings) { s.Signer = nil }, record.CredentialsIncomplete, "somebody who signs"},
		{"no certificate", func(s *Settings) { s.Certificate = nil }, record.CredentialsIncomplete, "the certificate of the key"},
		{"no tenant", func(s *Settings) { s.Tenant = "" }, record.CredentialsIncomplete, "AZURE_TENANT_ID"},
		{"a secret, too", func(s *Settings) { s.ClientSecret = aSecret }, record.CredentialsIncomplete, "both"},
		{"a file, too", func(s *Settings) { s.CertificateFile = "x.pem" }, record.CredentialsIncomplete, "both"},
		{"a file, too, and named", func(s *Settings) { s.CertificateFile, s.Method = "x.pem", Certificate }, record.CredentialsIncomplete, "both"},
	} {
		s := good
		tt.change(&s)
		_, err := Credential(s)
		wantFailure(t, err, tt.want, tt.says)
	}
}
