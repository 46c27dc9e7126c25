package directory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"photosync/internal/record"
)

// tlsFailure says why TLS did not come up: not there, not trusted, or not in time.
// limited is ctx with the time limit of the step.
func tlsFailure(ctx, limited context.Context, at endpoint, err error) error {
	step := "start TLS with " + at.String()
	if ctx.Err() != nil {
		return interrupted(ctx, step, at.String())
	}
	if limited.Err() != nil {
		return record.Errorf(record.DirectoryTimeout, "%s: the server did not answer in time", step).On(at.String())
	}
	if why, untrusted := distrust(at.host, err); untrusted {
		return record.Errorf(record.DirectoryNotTrusted, "%s: %w", step, reason{why, err}).On(at.String())
	}
	return record.Errorf(record.DirectoryNotEncrypted, "%s: %w", step, reason{silence(err), err}).On(at.String())
}

// reason is an error in better words.
type reason struct {
	text  string
	cause error
}

func (r reason) Error() string { return r.text }
func (r reason) Unwrap() error { return r.cause }

// distrust says in words why a certificate was refused; untrusted is false when
// the handshake failed for another reason.
func distrust(host string, err error) (why string, untrusted bool) {
	if u, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its certificate was issued by an authority that is not trusted here" + issuerOf(u.Cert, err), true
	}
	if h, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("its certificate is for %s, not for %s", namesOf(h.Certificate), host), true
	}
	if i, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return invalidity(i), true
	}
	if v, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate cannot be verified: " + clip(v.Err.Error()), true
	}
	// crypto/tls gives a certificate that does not parse as text only, for
	// instance one with a negative serial number, as Samba makes them by itself.
	if text := err.Error(); strings.Contains(text, "failed to parse certificate") {
		return "its certificate is malformed: " + clip(text), true
	}
	return "", false
}

func invalidity(i x509.CertificateInvalidError) string {
	if i.Reason != x509.Expired || i.Cert == nil {
		return "its certificate is not valid: " + clip(i.Error())
	}
	const day = "2006-01-02"
	return fmt.Sprintf("its certificate has expired or is not yet valid: it is for %s to %s",
		i.Cert.NotBefore.UTC().Format(day), i.Cert.NotAfter.UTC().Format(day))
}

func issuerOf(c *x509.Certificate, err error) string {
	if v, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && c == nil && len(v.UnverifiedCertificates) > 0 {
		c = v.UnverifiedCertificates[0]
	}
	if c == nil {
		return ""
	}
	return fmt.Sprintf(" (issuer %q)", clip(c.Issuer.String()))
}

// namesOf gives the first names of a certificate.
func namesOf(c *x509.Certificate) string {
	if c == nil {
		return "another name"
	}
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no name at all (it has no subjectAltName)"
	}
	const shown = 5
	if len(names) > shown {
		names = append(names[:shown], "...")
	}
	return clip(strings.Join(names, ", "))
}

// silence says in words why a server is taken not to speak TLS.
func silence(err error) string {
	if r, ok := errors.AsType[refusedTLS](err); ok {
		return r.Error()
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "what the server sent is not TLS"
	}
	if errors.Is(err, errNotLDAP) {
		return "what the server sent is not LDAP; the port may be one for LDAPS"
	}
	if closedByServer(err) {
		return "the server closed the connection; it may have no certificate, or the port may be another service's"
	}
	return "no TLS 1.2 or later: " + clip(err.Error())
}

// closedByServer reports whether the connection ended under a read or write. The
// system's error numbers for it differ between systems; the operation does not.
func closedByServer(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "read" || op.Op == "write") {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
