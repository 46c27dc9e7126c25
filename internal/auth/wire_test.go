package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"photosync/internal/record"
)

// onePass is how often the sign-in host is asked when it cannot be reached and
// nothing is tried again: once for a token in the cache, once for a new one.
const onePass = 2

// The real client, through a proxy, to a host whose authority only the settings know.
func TestSignInThroughAProxy(t *testing.T) {
	address, roots := loginHost(t, accept)
	p := newTunnel(t, address, 0)
	s := withSecret()
	s.proxy, s.RootCAs = through(t, "http://user:pr0xyPW@"+p.Listener.Addr().String()), roots
	got, err := get(t.Context(), signInWith(t, s, nil))
	if err != nil || got.Token != "the-token" {
		t.Fatal(got.Token, err)
	}
	for _, asked := range p.asked {
		if asked != "CONNECT login.microsoftonline.com:443" {
			t.Errorf("the proxy was asked %s", asked)
		}
	}

	s.RootCAs = x509.NewCertPool()
	_, err = get(t.Context(), signInWith(t, s, nil))
	wantFailure(t, err, record.SignInNotTrusted, "login.microsoftonline.com", "certificate signed by unknown authority", "--ca-file")
}

func TestRedirectIsNotFollowed(t *testing.T) {
	address, roots := loginHost(t, func(w http.ResponseWriter) {
		w.Header().Set("Location", "https://portal.hotel.example/login?x=y")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	p := newTunnel(t, address, 0)
	s := withSecret()
	s.proxy, s.RootCAs = through(t, p.URL), roots
	_, err := get(t.Context(), signInWith(t, s, nil))
	wantFailure(t, err, record.SignInUnreachable, "307 Temporary Redirect, to portal.hotel.example, which is not followed")
	for _, asked := range p.asked {
		if strings.Contains(asked, "hotel") {
			t.Errorf("the proxy was asked %s", asked)
		}
	}
}

func TestProxyThatRefuses(t *testing.T) {
	for _, tt := range []struct {
		name    string
		proxy   proxy
		want    record.Code
		says    string
		refused int
	}{
		{"no password", nil, record.ProxyRefused, "407 Proxy Authentication Required", 407},
		{"forbidden", nil, record.ProxyRefused, "403 Forbidden", 403},
		{"nobody there", through(t, "http://user:pr0xyPW@127.0.0.1:1"), record.ProxyRefused, "refused", 0},
		{"no address", func(*http.Request) (*url.URL, error) {
			return nil, errors.New(`invalid proxy address "http://user:pr0xyPW@::"`)
		}, record.SettingInvalid, "HTTPS_PROXY", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := withSecret()
			s.proxy = tt.proxy
			p := newTunnel(t, "", tt.refused)
			if s.proxy == nil {
				s.proxy = through(t, "http://user:pr0xyPW@"+p.Listener.Addr().String())
			}
			_, err := get(t.Context(), signInWith(t, s, nil))
			e := wantFailure(t, err, tt.want, tt.says)
			if strings.Contains(e.Line(), "pr0xyPW") {
				t.Errorf("the proxy's password is in %s", e.Line())
			}
			if len(p.asked) > onePass {
				t.Errorf("it was tried again: %v", p.asked)
			}
		})
	}
}

// A process that knows nothing of tests heeds HTTPS_PROXY, and does not try again
// what is refused.
func TestProxyOfTheEnvironment(t *testing.T) {
	p := newTunnel(t, "", 407)
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), me)
	cmd.Env = append(os.Environ(), "PLAY_SIGN_IN=1", "HTTPS_PROXY=http://"+p.Listener.Addr().String(), "NO_PROXY=")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "ProxyRefused: ") {
		t.Errorf("%s%v", out, err)
	}
	if len(p.asked) != onePass || p.asked[0] != "CONNECT login.microsoftonline.com:443" {
		t.Errorf("the proxy was asked %v", p.asked)
	}
}

// failing is a transport that gives an error.
type failing struct {
	err   error
	tries int
}

func (f *failing) Do(req *http.Request) (*http.Response, error) {
	f.tries++
	return nil, &url.Error{Op: "Get", URL: req.URL.String(), Err: f.err}
}

func TestNoAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want record.Code
		says string
	}{
		"name not resolved": {&net.DNSError{Err: "no such host", Name: "login.microsoftonline.com", IsNotFound: true}, record.SignInUnreachable, "no such host"},
		"refused":           {&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}, record.SignInUnreachable, "connection refused"},
		"timeout":           {context.DeadlineExceeded, record.SignInUnreachable, "login.microsoftonline.com: context deadline exceeded"},
		"cut":               {io.ErrUnexpectedEOF, record.SignInUnreachable, "unexpected EOF"},
		"another host":      {x509.HostnameError{Certificate: &x509.Certificate{}, Host: "login.microsoftonline.com"}, record.SignInNotTrusted, "--ca-file"},
		"out of date":       {x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired}, record.SignInNotTrusted, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := get(t.Context(), signInWith(t, withSecret(), &failing{err: tt.err}))
			wantFailure(t, err, tt.want, tt.says, aTenant)
		})
	}
	out, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	_, err := get(out, signInWith(t, withSecret(), newEntra(t, accept)))
	wantFailure(t, err, record.SignInUnreachable)
}

// What trying again does not mend is not tried again, even where azidentity would.
func TestLastingTroubleIsNotTriedAgain(t *testing.T) {
	for name, err := range map[string]error{
		"trust": x509.UnknownAuthorityError{}, "name": &net.DNSError{Err: "no such host", IsNotFound: true}, "proxy": &net.OpError{Op: "proxyconnect", Err: errors.New("x")},
	} {
		f := &failing{err: err}
		s := withSecret()
		s.transport = f
		c, err := Credential(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := get(t.Context(), c); err == nil || f.tries != onePass {
			t.Errorf("%s: %v after %d tries", name, err, f.tries)
		}
	}
}
