package auth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"photosync/internal/record"
)

// entra is a fake of Microsoft Entra: every host leads to it.
type entra struct {
	server *httptest.Server
	mu     sync.Mutex
	asked  []string     // method, host and path
	forms  []url.Values // posted to the token endpoint
	token  func(http.ResponseWriter)
	device func(http.ResponseWriter)
}

func newEntra(t *testing.T, token func(http.ResponseWriter)) *entra {
	t.Helper()
	e := &entra{token: token}
	e.server = httptest.NewTLSServer(http.HandlerFunc(e.serve))
	t.Cleanup(e.server.Close)
	return e
}

// Do sends what is meant for the login hosts to the fake.
func (e *entra) Do(req *http.Request) (*http.Response, error) {
	e.mu.Lock()
	e.asked = append(e.asked, req.Method+" "+req.URL.Host+req.URL.Path)
	e.mu.Unlock()
	u, err := url.Parse(e.server.URL)
	if err != nil {
		return nil, err
	}
	there := req.Clone(req.Context())
	there.Header.Set("X-Meant-For", req.URL.Host)
	there.URL.Scheme, there.URL.Host, there.Host = u.Scheme, u.Host, u.Host
	client := e.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client.Do(there)
}

func (e *entra) serve(w http.ResponseWriter, r *http.Request) {
	host := r.Header.Get("X-Meant-For")
	if host == "" {
		host = r.Host
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/discovery/instance"):
		fmt.Fprintf(w, `{"tenant_discovery_endpoint":"https://%[1]s/%[2]s/v2.0/.well-known/openid-configuration","api-version":"1.1","metadata":[{"preferred_network":%[3]q,"preferred_cache":%[3]q,"aliases":[%[3]q]}]}`, host, aTenant, host)
	case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		fmt.Fprintf(w, `{"token_endpoint":"https://%[1]s/%[2]s/oauth2/v2.0/token","authorization_endpoint":"https://%[1]s/%[2]s/oauth2/v2.0/authorize","issuer":"https://%[1]s/%[2]s/v2.0"}`, host, aTenant)
	case strings.HasSuffix(r.URL.Path, "/devicecode"):
		e.device(w)
	case strings.HasSuffix(r.URL.Path, "/token"):
		_ = r.ParseForm()
		e.mu.Lock()
		e.forms = append(e.forms, r.PostForm)
		e.mu.Unlock()
		e.token(w)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// form gives what was posted last.
func (e *entra) form() url.Values {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.forms) == 0 {
		return nil
	}
	return e.forms[len(e.forms)-1]
}

func (e *entra) tokens() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.forms)
}

// accept gives a token that is no JWT.
func accept(w http.ResponseWriter) {
	_, _ = io.WriteString(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"the-token"}`)
}

// give gives a token that lasts for some seconds.
func give(token Secret, seconds int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":%d,"access_token":%q}`, seconds, string(token))
	}
}

func refuse(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// signInWith gives the credential of settings that sign in at the fake, which is
// not asked a second time for what it refuses.
func signInWith(t *testing.T, s Settings, at policy.Transporter) azcore.TokenCredential {
	t.Helper()
	s.transport, s.retry = at, policy.RetryOptions{MaxRetries: -1}
	if s.Env == nil {
		s.Env = env()
	}
	c, err := Credential(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(ctx context.Context, c azcore.TokenCredential) (azcore.AccessToken, error) {
	return c.GetToken(ctx, policy.TokenRequestOptions{})
}

// wantFailure checks a failure's code and what its line says, and gives it.
func wantFailure(t *testing.T, err error, code record.Code, says ...string) *record.Error {
	t.Helper()
	if err == nil || record.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	e := record.From(err)
	for _, s := range says {
		if !strings.Contains(e.Line(), s) {
			t.Errorf("%s does not say %s", e.Line(), s)
		}
	}
	if shown := fmt.Sprintf("%s %v %+v", e.Line(), err, err); strings.Contains(shown, string(aSecret)) {
		t.Errorf("the secret is in %s", shown)
	}
	return e
}

// makeJWT gives a token with these claims, which nobody has signed.
func makeJWT(claims string) Secret {
	b64 := base64.RawURLEncoding.EncodeToString
	return Secret(b64([]byte(`{"alg":"RS256"}`)) + "." + b64([]byte(claims)) + ".c2ln")
}

// makeCertificate makes a key and a self-signed certificate for it.
func makeCertificate(t *testing.T, from, to time.Time) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "photosync"}, NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return k, cert
}

func pemCertificate(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
}

func pemKey(t *testing.T, key any) []byte {
	t.Helper()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func writeFile(t *testing.T, parts ...[]byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "app.pem")
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	if err := os.WriteFile(name, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func writePEM(t *testing.T) string {
	t.Helper()
	key, cert := makeCertificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	return writeFile(t, pemCertificate(cert), pemKey(t, key))
}
