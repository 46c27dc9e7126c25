package graph

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"

	"photosync/internal/pace"
	"photosync/internal/record"
)

// newHTTPClient makes the one HTTP client. It has none of the SDK's
// middlewares: measured against a test server, their order varies from run to
// run, and a photo that is sent again after a 429 goes out uncompressed but
// labelled as gzip.
func newHTTPClient(root *url.URL, roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true, // net/http leaves HTTP/2 off where the TLS settings are given
		DisableCompression:     true, // a photo is read as it is stored
		MaxIdleConns:           pace.Most,
		MaxIdleConnsPerHost:    pace.Most,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    15 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
		// A connection that a firewall forgot is noticed before a request's time is over.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
	}
	if isLoopback(root) {
		transport.Proxy = nil
	}
	return &http.Client{
		Transport: guard{root: root, next: transport},
		// A redirect is an answer here, never an instruction.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// guard is the last thing a request passes before the network: none leaves for
// another scheme, host or port than the root's.
type guard struct {
	root *url.URL
	next *http.Transport
}

func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if !sameOrigin(g.root, req.URL) {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, foreign(g.root, req.URL)
	}
	return g.next.RoundTrip(req)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the transport.
func (g guard) CloseIdleConnections() { g.next.CloseIdleConnections() }

func foreign(root, u *url.URL) *record.Error {
	return record.Errorf(record.GraphForeignHost, "a request to %s://%s was refused: it is not the Graph root %s", u.Scheme, u.Host, root)
}
