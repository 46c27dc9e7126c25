package directory

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	"photosync/internal/record"
)

const (
	defaultTimeout = 120 * time.Second // AD's own MaxQueryDuration
	dialTimeout    = 30 * time.Second  // of the TCP connect; bounded by Settings.Timeout too
)

// Settings says which domain controller to read, as whom, and whom to trust.
type Settings struct {
	// Server is HOST, HOST:PORT, ldaps://HOST[:PORT], or ldap://HOST[:PORT] for
	// StartTLS. Without a scheme it is ldaps. The certificate must carry HOST.
	Server string
	// User is a UPN, DOMAIN\user or DN.
	User     string
	Password Secret
	// RootCAs are the authorities to trust; nil stands for the system's.
	RootCAs *x509.CertPool
	// Timeout bounds each request, a page of a search included; 0 stands for 120 s.
	Timeout time.Duration
	// Verbose takes notes for whoever watches: single lines, without secrets.
	// It may be called by several goroutines at once. Nil drops them.
	Verbose func(string)
}

// checked gives the settings with defaults filled in, and the endpoint.
func (s Settings) checked() (Settings, endpoint, error) {
	at, err := parseServer(s.Server)
	if err != nil {
		return s, at, err
	}
	// An empty password would be an unauthenticated bind, which servers let
	// through as anonymous (RFC 4513, 5.1.2).
	if strings.TrimSpace(s.User) == "" || s.Password.Reveal() == "" {
		return s, at, record.Errorf(record.LdapCredentialsMissing, "sign in to %s: user or password is empty", at).On(at.String())
	}
	if s.Timeout <= 0 {
		s.Timeout = defaultTimeout
	}
	if s.Verbose == nil {
		s.Verbose = func(string) {}
	}
	return s, at, nil
}

// tlsConfig gives the one TLS configuration there is: verified, TLS 1.2 or later.
func (s Settings) tlsConfig(at endpoint) *tls.Config {
	return &tls.Config{
		ServerName: strings.TrimSuffix(at.host, "."),
		RootCAs:    s.RootCAs,
		MinVersion: tls.VersionTLS12,
	}
}
