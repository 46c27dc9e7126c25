package auth

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"photosync/internal/record"
)

const (
	dialTimeout = 30 * time.Second
	maxAnswer   = 1 << 20 // bytes of an answer; those of Microsoft Entra have a few thousand
)

// client makes the HTTP client of sign-in.
func (s Settings) client(through proxy, dial time.Duration) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  through,
			OnProxyConnectResponse: connected,
			DialContext:            (&net.Dialer{Timeout: dial}).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    15 * time.Second,
			IdleConnTimeout:        10 * time.Second,
			MaxResponseHeaderBytes: maxAnswer,
		},
		Timeout: 100 * time.Second,
		// A secret is not posted to wherever an answer points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// throughProxy gives the proxy of the environment. Its error is not handed on: it
// has the whole address in it, with the password.
func (s Settings) throughProxy() proxy {
	from := s.proxy
	if from == nil {
		from = http.ProxyFromEnvironment
	}
	return func(req *http.Request) (*url.URL, error) {
		u, err := from(req)
		if err != nil {
			return nil, record.Errorf(record.SettingInvalid, "the proxy that the environment names (HTTPS_PROXY) has an address that cannot be used")
		}
		return u, nil
	}
}

// connected refuses what a proxy answers to CONNECT, which net/http would give as
// a text without a type.
func connected(_ context.Context, through *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return record.Errorf(record.ProxyRefused, "the proxy %s answered %s", through.Host, answer.Status)
}

// wire sends the requests of azidentity, and keeps on the trail of their sign-in
// how each of them ended.
type wire struct {
	next policy.Transporter
	near bool // the other end is on this machine or its link
}

// Do sends a request and reads its answer, to a limit.
func (w wire) Do(req *http.Request) (*http.Response, error) {
	t, at := trailOf(req.Context()), req.URL.Scheme+"://"+req.URL.Host+req.URL.Path
	resp, err := w.next.Do(req)
	var body []byte
	if err == nil {
		body, err = load(resp)
	}
	if err != nil {
		t.note(outcome{at: at, host: req.URL.Host, err: err})
		if w.lasting(err) {
			err = lasting{err}
		}
		return nil, err
	}
	t.note(outcome{at: at, host: req.URL.Host, status: resp.StatusCode, reason: resp.Status, location: resp.Header.Get("Location"), body: body})
	return resp, nil
}

// load reads the body of an answer and puts it back as bytes in memory.
func load(resp *http.Response) ([]byte, error) {
	if resp.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	_ = resp.Body.Close() // it was read
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return body, err
}

// lasting is an error that trying again does not mend: azidentity then does not.
type lasting struct{ error }

// NonRetriable marks the error for azcore.
func (lasting) NonRetriable() {}

// Unwrap gives the error.
func (l lasting) Unwrap() error { return l.error }

func (w wire) lasting(err error) bool {
	if _, named := errors.AsType[*record.Error](err); named || isTrust(err) {
		return true
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "proxyconnect" || w.near && op.Op == "dial")
}

func isTrust(err error) bool {
	_, a := errors.AsType[*tls.CertificateVerificationError](err)
	_, b := errors.AsType[x509.UnknownAuthorityError](err)
	_, c := errors.AsType[x509.HostnameError](err)
	_, d := errors.AsType[x509.CertificateInvalidError](err)
	return a || b || c || d
}
