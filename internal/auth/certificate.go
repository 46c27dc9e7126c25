package auth

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"software.sslmate.com/src/go-pkcs12"

	"photosync/internal/record"
)

// maxCertificateFile bounds a certificate file, chain and key included.
const maxCertificateFile = 1 << 20

// CertificateExpires gives when the certificate that the settings name expires,
// in UTC: that of CertificateFile, or Certificate. has is false when the settings
// sign in by something else. It fails as [Credential] does for settings that are
// not complete, and with CertificateUnusable; a certificate that has expired is
// no error here. Nothing is sent.
func (s Settings) CertificateExpires() (t time.Time, has bool, err error) {
	s = s.withDefaults()
	method, err := s.choose()
	if err != nil || method != Certificate {
		return time.Time{}, false, err
	}
	var cert *x509.Certificate
	if s.CertificateFile == "" {
		cert, err = s.publicCertificate()
	} else {
		cert, _, _, err = s.readCertificate()
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return cert.NotAfter.UTC(), true, nil
}

// readCertificate reads the certificate file: the certificate that the private
// key belongs to, all its certificates with that one first, and the key.
func (s Settings) readCertificate() (own *x509.Certificate, all []*x509.Certificate, key crypto.PrivateKey, err error) {
	data, err := readBounded(s.CertificateFile)
	if err != nil {
		return nil, nil, nil, record.Errorf(record.CertificateUnusable, "read the certificate: %w", err).On(s.CertificateFile)
	}
	if block, _ := pem.Decode(data); block != nil {
		all, key, err = s.readPEM(data)
	} else {
		all, key, err = s.readPFX(data)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if _, ok := key.(*rsa.PrivateKey); !ok {
		return nil, nil, nil, s.badCertificate("its private key is not an RSA key, and Microsoft Entra takes no other")
	}
	i := slices.IndexFunc(all, func(c *x509.Certificate) bool { return belongs(c, key) })
	if i < 0 {
		return nil, nil, nil, s.badCertificate("its private key belongs to none of its certificates")
	}
	own = all[i]
	return own, append([]*x509.Certificate{own}, slices.Delete(all, i, i+1)...), key, nil
}

func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, maxCertificateFile+1))
	if err == nil && len(data) > maxCertificateFile {
		err = fmt.Errorf("%s is longer than 1 MiB", name)
	}
	return data, err
}

func (s Settings) readPEM(data []byte) ([]*x509.Certificate, crypto.PrivateKey, error) {
	// azidentity takes a file for a PFX as soon as there is a password.
	certs, key, err := azidentity.ParseCertificates(data, nil)
	switch {
	case err == nil:
		return certs, key, nil
	case bytes.Contains(data, []byte("ENCRYPTED PRIVATE KEY")) || bytes.Contains(data, []byte("Proc-Type: 4,ENCRYPTED")):
		return nil, nil, s.badCertificate("its private key is encrypted, which only a PFX may be").
			Advise("Give a PEM file with an unencrypted key that only this account may read, or a PFX file with a password.")
	}
	return nil, nil, s.badCertificate(err.Error())
}

// readPFX reads PKCS #12: the files that Windows and OpenSSL 3 write (SHA-256 and
// AES), the older ones (SHA-1 with TripleDES or RC2), with a chain or without.
func (s Settings) readPFX(data []byte) ([]*x509.Certificate, crypto.PrivateKey, error) {
	key, first, others, err := pkcs12.DecodeChain(data, string(s.CertificatePassword))
	if err == nil {
		return append([]*x509.Certificate{first}, others...), key, nil
	}
	_, notImplemented := errors.AsType[pkcs12.NotImplementedError](err)
	_, certErr := x509.ParseCertificate(data)
	switch {
	case (errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption)) && s.CertificatePassword == "":
		return nil, nil, s.badCertificate("it has a password, and none was given")
	case errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption):
		return nil, nil, s.badCertificate("the password is wrong")
	case notImplemented:
		return nil, nil, s.badCertificate(err.Error()).
			Advise("Export the certificate again, as a PFX file with AES256-SHA256 or TripleDES-SHA1, or give a PEM file: this kind of file cannot be read.")
	case certErr == nil:
		return nil, nil, s.badCertificate("it holds a certificate and no private key")
	case strings.Contains(err.Error(), "error reading P12 data"):
		return nil, nil, s.badCertificate("it is neither a PEM nor a PFX file")
	}
	return nil, nil, s.badCertificate(err.Error())
}

func (s Settings) badCertificate(why string) *record.Error {
	return record.Errorf(record.CertificateUnusable, "the certificate file %s cannot be used: %s", s.CertificateFile,
		s.scrub(why)).On(s.CertificateFile)
}

// belongs reports whether the key is the certificate's.
func belongs(cert *x509.Certificate, key crypto.PrivateKey) bool {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return false
	}
	public, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(signer.Public())
}

// inForce gives CertificateExpired for a certificate that is not valid now. The
// name says which it is.
func (s Settings) inForce(cert *x509.Certificate, name string) error {
	now := s.Now()
	switch {
	case now.After(cert.NotAfter):
		return record.Errorf(record.CertificateExpired, "the certificate %s expired at %s", name, cert.NotAfter.UTC().Format(time.RFC3339)).On(name)
	case now.Before(cert.NotBefore):
		return record.Errorf(record.CertificateExpired, "the certificate %s is not valid before %s", name, cert.NotBefore.UTC().Format(time.RFC3339)).On(name).
			Advise("Set the clock of this machine (w32tm /resync, or NTP), or use a certificate that is valid now.")
	}
	return nil
}

// thumbprint gives the name of a certificate as Windows and Microsoft Entra show
// it: the SHA-1 of its DER, in hexadecimal.
func thumbprint(cert *x509.Certificate) string {
	sum := sha1.Sum(cert.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
