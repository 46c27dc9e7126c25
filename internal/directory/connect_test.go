package directory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jimlambrt/gldap"

	"photosync/internal/record"
)

func TestConnect(t *testing.T) {
	for _, startTLS := range []bool{false, true} {
		t.Run(fmt.Sprintf("startTLS=%t", startTLS), func(t *testing.T) {
			f := (&fake{objects: humans(3)}).serve(t, startTLS)
			s := f.settings()
			if startTLS {
				s.Server = f.plain()
			}
			d := dialFake(t, s)
			if d.Base() != fakeBase {
				t.Errorf("got base %q, want %q", d.Base(), fakeBase)
			}
			if got, _, err := names(t.Context(), d, Scope{}); err != nil || len(got) != 3 {
				t.Errorf("got %v, %v; want 3 people", got, err)
			}
		})
	}
}

func TestCertificatesThatAreNotTrusted(t *testing.T) {
	a := newAuthority(t)
	for name, c := range map[string]struct {
		config *tls.Config
		roots  *x509.CertPool
		want   string
	}{
		"unknown authority": {a.good(), newAuthority(t).pool(), `an authority that is not trusted here (issuer "CN=Test CA")`},
		"wrong name": {a.config(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"dc1.corp.example"}, nil }), a.pool(),
			"is for dc1.corp.example, not for 127.0.0.1"},
		"no name": {a.config(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }), a.pool(), "no name at all"},
		"expired": {a.config(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		}), a.pool(),
			"has expired"},
		"not for servers": {a.config(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), a.pool(),
			"is not valid"},
	} {
		for _, startTLS := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s startTLS=%t", name, startTLS), func(t *testing.T) {
				f := (&fake{authority: a, config: c.config}).serve(t, startTLS)
				s := f.settings()
				s.RootCAs = c.roots
				if startTLS {
					s.Server = f.plain()
				}
				_, err := Connect(t.Context(), s)
				wantError(t, err, record.DirectoryNotTrusted, s.Server, c.want)
				if f.binds != 0 {
					t.Errorf("the account was sent to a server that is not trusted")
				}
			})
		}
	}
}

// plainServer answers each connection by a function, without TLS.
func plainServer(t testing.TB, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			answer(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

func TestServersWithoutTLS(t *testing.T) {
	const refusal = "\x30\x1c\x02\x01\x01\x78\x17\x0a\x01\x34\x04\x00\x04\x10no TLS available"
	read := func(c net.Conn) { _, _ = c.Read(make([]byte, 1024)) }
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) { read(c); _, _ = c.Write([]byte(text)); _, _ = io.Copy(io.Discard, c) }
	}
	for name, c := range map[string]struct {
		scheme string
		answer func(net.Conn)
		want   string
	}{
		"ldaps to something else":  {"ldaps://", say("220 mail.example ESMTP\r\n"), "is not TLS"},
		"ldaps closed at once":     {"ldaps://", read, "closed the connection"},
		"ldaps answered in LDAP":   {"ldaps://", say("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"), "is not TLS"},
		"StartTLS refused":         {"ldap://", say(refusal), "LDAP code 52, Unavailable: no TLS available"},
		"StartTLS long form":       {"ldap://", say("\x30\x84\x00\x00\x00\x1c" + refusal[2:]), "LDAP code 52"},
		"StartTLS closed":          {"ldap://", read, "closed the connection"},
		"StartTLS not LDAP":        {"ldap://", say("220 mail.example ESMTP\r\n"), "not LDAP"},
		"StartTLS huge":            {"ldap://", say("\x30\x84\x7f\xff\xff\xff"), "8 MiB"},
		"StartTLS with more to it": {"ldap://", say("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\x30\x0c\x02\x01\x02"), "is not TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			server := c.scheme + plainServer(t, c.answer)
			_, err := Connect(t.Context(), Settings{Server: server, User: fakeUser, Password: NewSecret(fakePassword)})
			wantError(t, err, record.DirectoryNotEncrypted, server, c.want)
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	a := newAuthority(t)
	config := a.good()
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	f := (&fake{authority: a, config: config}).serve(t, false)
	_, err := Connect(t.Context(), f.settings())
	wantError(t, err, record.DirectoryNotEncrypted, f.ldaps(), "TLS 1.2")
}

func TestServersThatCannotBeReached(t *testing.T) {
	for name, server := range map[string]string{
		"refused": "ldaps://" + freeAddr(t),
		// No resolver is asked for a label of more than 63 bytes.
		"no such name": "ldaps://" + strings.Repeat("a", 64) + ".invalid:636",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Connect(t.Context(), Settings{Server: server, User: fakeUser, Password: NewSecret(fakePassword)})
			wantError(t, err, record.DirectoryUnreachable, server)
		})
	}
}

func TestConnectInTime(t *testing.T) {
	for _, scheme := range []string{"ldaps://", "ldap://"} {
		mute := scheme + plainServer(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		s := Settings{Server: mute, User: fakeUser, Password: NewSecret(fakePassword), Timeout: 50 * time.Millisecond}
		_, err := Connect(t.Context(), s)
		wantError(t, err, record.DirectoryTimeout, mute)

		s.Timeout = time.Minute
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		_, err = Connect(ctx, s)
		wantError(t, err, record.Cancelled, mute)
	}
}

func TestBindFailures(t *testing.T) {
	ad := func(data string) string {
		return "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data " + data + ", v3839\x00"
	}
	for name, c := range map[string]struct {
		code int
		text string
		want record.Code
		say  string
	}{
		"wrong password":  {49, ad("52e"), record.LdapBindFailed, "wrong user or password (LDAP code 49, Invalid Credentials, data 52e)"},
		"no such user":    {49, ad("525"), record.LdapBindFailed, "no such user"},
		"hours":           {49, ad("530"), record.LdapBindFailed, "at this hour"},
		"workstation":     {49, ad("531"), record.LdapBindFailed, "from this computer"},
		"expired":         {49, ad("532"), record.LdapBindFailed, "the password has expired"},
		"disabled":        {49, ad("533"), record.LdapBindFailed, "disabled"},
		"account expired": {49, ad("701"), record.LdapBindFailed, "the account has expired"},
		"must change":     {49, ad("773"), record.LdapBindFailed, "must be changed"},
		"locked":          {49, ad("775"), record.LdapBindFailed, "locked"},
		"unknown data":    {49, ad("99999"), record.LdapBindFailed, "data 99999"},
		"no data":         {49, "", record.LdapBindFailed, "wrong user or password"},
		"echo":            {49, "no: " + fakePassword, record.LdapBindFailed, "***"},
		"strong auth":     {8, "Transport encryption required.", record.LdapBindFailed, "LDAP code 8, Strong Auth Required"},
		"busy":            {51, "", record.DirectoryRefused, "LDAP code 51, Busy"},
	} {
		t.Run(name, func(t *testing.T) {
			f := (&fake{bind: func(string, string) (int, string) { return c.code, c.text }}).serve(t, false)
			_, err := Connect(t.Context(), f.settings())
			wantError(t, err, c.want, f.ldaps(), fakeUser, c.say)
		})
	}
}

func TestBindInTime(t *testing.T) {
	release := make(chan struct{})
	f := (&fake{bind: func(string, string) (int, string) { <-release; return gldap.ResultSuccess, "" }}).serve(t, false)
	t.Cleanup(func() { close(release) })
	s := f.settings()
	s.Timeout = 200 * time.Millisecond
	_, err := Connect(t.Context(), s)
	wantError(t, err, record.DirectoryTimeout, f.ldaps(), "sign in")
}

func TestNobodySignsInAnonymously(t *testing.T) {
	f := (&fake{}).serve(t, false)
	for _, change := range []func(*Settings){
		func(s *Settings) { s.User = " " },
		func(s *Settings) { s.Password = NewSecret("") },
		func(s *Settings) { s.Password = Secret{} },
	} {
		s := f.settings()
		change(&s)
		_, err := Connect(t.Context(), s)
		wantError(t, err, record.LdapCredentialsMissing, f.ldaps())
	}
	if n := f.relay.connections(); n != 0 {
		t.Errorf("got %d connections, want none", n)
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	s := Settings{Password: NewSecret(fakePassword)}
	js, err := json.Marshal(s.Password)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "p", s.Password)
	for _, text := range []string{
		fmt.Sprint(s.Password), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s.Password, s.Password, s.Password, s.Password),
		string(js), log.String(), s.Password.String(), s.Password.GoString(),
	} {
		if strings.Contains(text, fakePassword) || strings.Contains(text, fmt.Sprintf("%x", fakePassword)) {
			t.Errorf("the password is in %q", text)
		}
	}
	if got := s.Password.Reveal(); got != fakePassword {
		t.Errorf("Reveal gives %q", got)
	}
	if string(js) != `"***"` {
		t.Errorf("JSON is %s", js)
	}
}
