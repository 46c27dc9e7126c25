package graph

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"photosync/internal/record"
)

func TestRootOf(t *testing.T) {
	for environment, want := range map[string]string{
		"": "https://graph.microsoft.com", "global": "https://graph.microsoft.com", "usgov": "https://graph.microsoft.us",
		"usgovdod": "https://dod-graph.microsoft.us", "china": "https://microsoftgraph.chinacloudapi.cn",
	} {
		if got, err := RootOf(environment); got != want || err != nil {
			t.Errorf("%q: %q, %v", environment, got, err)
		}
	}
	_, err := RootOf("germany")
	wantCode(t, err, record.SettingInvalid)
}

func TestRoots(t *testing.T) {
	for root, want := range map[string]record.Code{
		"https://graph.microsoft.com":       "",
		"https://graph.microsoft.com/":      "",
		"https://GRAPH.corp.example:8443":   "",
		"http://127.0.0.1:1234":             "",
		"http://[::1]:1234":                 "",
		"http://localhost:1234":             "",
		"http://graph.microsoft.com":        record.GraphUrlNotAllowed,
		"http://127.0.0.1.evil.example":     record.GraphUrlNotAllowed,
		"https://graph.microsoft.com/v1.0":  record.GraphUrlNotAllowed,
		"https://graph.microsoft.com?x=1":   record.GraphUrlNotAllowed,
		"https://graph.microsoft.com#x":     record.GraphUrlNotAllowed,
		"https://me:pw@graph.microsoft.com": record.GraphUrlNotAllowed,
		"ftp://graph.microsoft.com":         record.GraphUrlNotAllowed,
		"graph.microsoft.com":               record.GraphUrlNotAllowed,
		"https://":                          record.GraphUrlNotAllowed,
		"":                                  record.GraphUrlNotAllowed,
		"https://a b":                       record.GraphUrlNotAllowed,
	} {
		_, err := New(Settings{Root: root, Credential: &credential{}})
		if got := record.CodeOf(err); got != want {
			t.Errorf("%q: %v, want %q", root, err, want)
		}
	}
	_, err := New(Settings{Root: "https://graph.microsoft.com"})
	wantCode(t, err, record.CredentialsMissing)
}

func TestGuardRefusesForeignHosts(t *testing.T) {
	c := connect(t, "http://127.0.0.1:1")
	for _, to := range []string{"http://127.0.0.1:2/", "https://127.0.0.1:1/", "http://localhost:1/", "http://me@127.0.0.1:1/"} {
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.http.Do(&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}})
		wantCode(t, err, record.GraphForeignHost)
		q := call{url: u}
		_, err = c.do(context.Background(), q)
		wantCode(t, err, record.GraphForeignHost)
	}
	if got := c.Requests(); got != (record.Requests{}) {
		t.Errorf("something was counted as sent: %+v", got)
	}
}

func TestOverTLS(t *testing.T) {
	var proto string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto = r.Proto
		reply{200, nil, someMetadata}.write(w)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	c := connect(t, server.URL, func(s *Settings) { s.RootCAs = roots })
	if _, err := c.Metadata(context.Background(), "u1"); err != nil || proto != "HTTP/2.0" {
		t.Errorf("%s, %v", proto, err)
	}
	stranger := connect(t, server.URL, func(s *Settings) { s.RootCAs = x509.NewCertPool() })
	_, err := stranger.Metadata(context.Background(), "u1")
	wantCode(t, err, record.GraphNotTrusted)
	if len(stranger.waits) != 0 {
		t.Errorf("it was tried again: %v", stranger.waits)
	}
}
