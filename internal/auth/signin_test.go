package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
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

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

// pemBlocks makes a key and a self-signed certificate for it.
func pemBlocks(t *testing.T) (cert, key []byte) {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "photosync"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
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
	cert, key := pemBlocks(t)
	return writeFile(t, cert, key)
}

func TestCertificateFiles(t *testing.T) {
	cert, key := pemBlocks(t)
	_, otherKey := pemBlocks(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}})
	for _, tt := range []struct {
		name, file string
		password   Secret
		want       record.Code
	}{
		{"PEM", writeFile(t, cert, key), "", ""},
		{"PEM, key first, a password too many", writeFile(t, key, cert), "pw", ""},
		{"PFX", "testdata/app.pfx", "pfx-password", ""},
		{"PFX, wrong password", "testdata/app.pfx", "wr0ng-one", record.CertificateUnusable},
		{"PFX, no password", "testdata/app.pfx", "", record.CertificateUnusable},
		{"PFX with SHA-256", "testdata/app-sha256.pfx", "pfx-password", record.CertificateUnusable},
		{"no key", writeFile(t, cert), "", record.CertificateUnusable},
		{"no certificate", writeFile(t, key), "", record.CertificateUnusable},
		{"encrypted key", writeFile(t, cert, encrypted), "pw", record.CertificateUnusable},
		{"another's key", writeFile(t, cert, otherKey), "", record.CertificateUnusable},
		{"a key of another kind", writeFile(t, cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ecDER})), "", record.CertificateUnusable},
		{"garbage", writeFile(t, []byte("hello")), "", record.CertificateUnusable},
		{"empty", writeFile(t), "", record.CertificateUnusable},
		{"no file", filepath.Join(t.TempDir(), "none.pem"), "", record.CertificateUnusable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Credential(Settings{Tenant: aTenant, ClientID: aClient, CertificateFile: tt.file, CertificatePassword: tt.password, Env: env()})
			if got := record.CodeOf(err); got != tt.want {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if err == nil {
				return
			}
			e := record.From(err)
			if e.Target != tt.file || !strings.Contains(e.Text, tt.file) {
				t.Errorf("the file is not named: %+v", e)
			}
			if tt.password != "" && tt.name != "encrypted key" && strings.Contains(e.Line(), string(tt.password)) {
				t.Errorf("the password is in %s", e.Line())
			}
		})
	}
}

// entra is a fake of Microsoft Entra: every host leads to it.
type entra struct {
	server *httptest.Server
	mu     sync.Mutex
	asked  []string // host and path
	form   url.Values
	token  func(http.ResponseWriter)
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
	there.URL.Host, there.Host = u.Host, u.Host
	return e.server.Client().Do(there)
}

func (e *entra) serve(w http.ResponseWriter, r *http.Request) {
	host := r.Header.Get("X-Meant-For")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/discovery/instance"):
		fmt.Fprintf(w, `{"tenant_discovery_endpoint":"https://%[1]s/%[2]s/v2.0/.well-known/openid-configuration","api-version":"1.1","metadata":[{"preferred_network":%[3]q,"preferred_cache":%[3]q,"aliases":[%[3]q]}]}`, host, aTenant, host)
	case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		fmt.Fprintf(w, `{"token_endpoint":"https://%[1]s/%[2]s/oauth2/v2.0/token","authorization_endpoint":"https://%[1]s/%[2]s/oauth2/v2.0/authorize","issuer":"https://%[1]s/%[2]s/v2.0"}`, host, aTenant)
	case strings.HasSuffix(r.URL.Path, "/token"):
		_ = r.ParseForm()
		e.mu.Lock()
		e.form = r.PostForm
		e.mu.Unlock()
		e.token(w)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func accept(w http.ResponseWriter) {
	_, _ = io.WriteString(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"the-token"}`)
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
			c, err := Credential(Settings{
				Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, Environment: environment, Env: env(), transport: e,
			})
			if err != nil {
				t.Fatal(err)
			}
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
			if n := strings.Count(strings.Join(e.asked, " "), "POST "); n != 1 {
				t.Errorf("%d tokens were asked for", n)
			}
			got := []string{e.form.Get("grant_type"), e.form.Get("client_id"), e.form.Get("client_secret"), strings.Fields(e.form.Get("scope"))[0]}
			if diff := cmp.Diff([]string{"client_credentials", aClient, string(aSecret), want.scope}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFailedSignIn(t *testing.T) {
	const who = "sign in to tenant " + aTenant + " as application " + aClient + ": "
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"wrong secret", 401, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided, got s3cr3t~value.\r\nTrace ID: 0a\r\nCorrelation ID: 0b\r\nTimestamp: 2026-11-22 12:00:00Z","error_codes":[7000215]}`,
			who + "AADSTS7000215: Invalid client secret provided, got ***"},
		{"trace id in the same line", 400, `{"error":"invalid_request","error_description":"AADSTS90002: Tenant not found. Trace ID: 0a Correlation ID: 0b"}`, who + "AADSTS90002: Tenant not found"},
		{"no description", 400, `{"error":"invalid_scope"}`, who + "invalid_scope"},
		{"a proxy's page", 403, `<html>blocked</html>`, who + "the answer was 403 Forbidden"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEntra(t, func(w http.ResponseWriter) {
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			c, err := Credential(Settings{Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, Env: env(), transport: e})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.GetToken(t.Context(), policy.TokenRequestOptions{})
			if got := record.From(err); got == nil || got.Code != record.SignInFailed || got.Message() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestCancelledSignIn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, err := Credential(Settings{Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, Env: env(), transport: newEntra(t, accept)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.GetToken(ctx, policy.TokenRequestOptions{}); record.CodeOf(err) != record.Cancelled {
		t.Error(err)
	}
}

func TestCertificateSignIn(t *testing.T) {
	e := newEntra(t, accept)
	c, err := Credential(Settings{Tenant: aTenant, ClientID: aClient, CertificateFile: writePEM(t), Env: env(), transport: e})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetToken(t.Context(), policy.TokenRequestOptions{}); err != nil {
		t.Fatal(err)
	}
	if e.form.Get("client_assertion") == "" || e.form.Has("client_secret") {
		t.Errorf("form %v", e.form)
	}
}
