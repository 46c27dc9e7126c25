package auth

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"golang.org/x/crypto/pkcs12"

	"photosync/internal/record"
)

// readCertificate reads the certificate file and its private key.
func (s Settings) readCertificate() ([]*x509.Certificate, any, error) {
	data, err := os.ReadFile(s.CertificateFile)
	if err != nil {
		return nil, nil, record.Errorf(record.CertificateUnusable, "read the certificate: %w", err).On(s.CertificateFile)
	}
	password := []byte(s.CertificatePassword)
	if p, _ := pem.Decode(data); p != nil {
		password = nil // azidentity takes a file for a PFX as soon as there is a password
	}
	certs, key, err := azidentity.ParseCertificates(data, password)
	switch {
	case err == nil:
		return certs, key, nil
	case bytes.Contains(data, []byte("ENCRYPTED PRIVATE KEY")) || bytes.Contains(data, []byte("Proc-Type: 4,ENCRYPTED")):
		return nil, nil, s.badCertificate("its private key is encrypted, which only a PFX may be").
			Advise("Give a PEM file with an unencrypted key that only this account may read, or a PFX file with a password.")
	case isNotImplemented(err):
		return nil, nil, s.badCertificate(err.Error()).
			Advise("Export the PFX with TripleDES-SHA1, or give a PEM file: this kind of encryption cannot be read.")
	}
	return nil, nil, s.badCertificate(err.Error())
}

func (s Settings) badCertificate(why string) *record.Error {
	return record.Errorf(record.CertificateUnusable, "the certificate file %s cannot be used: %s", s.CertificateFile,
		scrub(why, s.CertificatePassword)).On(s.CertificateFile)
}

// isNotImplemented reports whether the PFX is encrypted in a way that
// azidentity cannot read, such as OpenSSL 3 and Windows choose by default.
func isNotImplemented(err error) bool {
	_, ok := errors.AsType[pkcs12.NotImplementedError](err)
	return ok
}

// belongs reports whether the key is that of one of the certificates.
func belongs(certs []*x509.Certificate, key any) bool {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return false
	}
	for _, c := range certs {
		if public, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); ok && public.Equal(signer.Public()) {
			return true
		}
	}
	return false
}
