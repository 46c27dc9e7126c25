package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"photosync/internal/record"
)

// duringFixtures is a time at which the certificate of testdata is valid.
var duringFixtures = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

// certificateFile is a file, its password and what comes of it.
type certificateFile struct {
	name, file string
	password   Secret
	want       record.Code
	says       string
}

func certificateFiles(t *testing.T) []certificateFile {
	t.Helper()
	from, to := duringFixtures.Add(-time.Hour), duringFixtures.Add(time.Hour)
	key, cert := makeCertificate(t, from, to)
	otherKey, other := makeCertificate(t, from, to)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: to}
	ecDER, err := x509.CreateCertificate(rand.Reader, template, template, &ec.PublicKey, ec)
	if err != nil {
		t.Fatal(err)
	}
	pfx := func(e *pkcs12.Encoder, leaf *x509.Certificate, chain ...*x509.Certificate) []byte {
		data, err := e.Encode(key, leaf, chain, "pfx-password")
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	ecCert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ecDER})
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}})
	return []certificateFile{
		{"PEM", writeFile(t, pemCertificate(cert), pemKey(t, key)), "", "", ""},
		{"PEM, key first, a password too many", writeFile(t, pemKey(t, key), pemCertificate(cert)), "pw", "", ""},
		{"PEM, a chain, the own certificate last", writeFile(t, pemCertificate(other), pemCertificate(cert), pemKey(t, key)), "", "", ""},
		{"PFX", "testdata/app.pfx", "pfx-password", "", ""},
		{"PFX of OpenSSL 3", "testdata/app-sha256.pfx", "pfx-password", "", ""},
		{"PFX, modern, a chain", writeFile(t, pfx(pkcs12.Modern, cert, other)), "pfx-password", "", ""},
		{"PFX, modern, the own certificate last", writeFile(t, pfx(pkcs12.Modern, other, cert)), "pfx-password", "", ""},
		{"PFX, RC2", writeFile(t, pfx(pkcs12.LegacyRC2, cert)), "pfx-password", "", ""},
		{"PFX, wrong password", "testdata/app.pfx", "wr0ng-one", record.CertificateUnusable, "the password is wrong"},
		{"PFX of OpenSSL 3, wrong password", "testdata/app-sha256.pfx", "wr0ng-one", record.CertificateUnusable, "the password is wrong"},
		{"PFX, no password", "testdata/app.pfx", "", record.CertificateUnusable, "it has a password, and none was given"},
		{"PFX, another's key", writeFile(t, pfx(pkcs12.Modern, other)), "pfx-password", record.CertificateUnusable, "belongs to none"},
		{"no key", writeFile(t, pemCertificate(cert)), "", record.CertificateUnusable, "found no private key"},
		{"no certificate", writeFile(t, pemKey(t, key)), "", record.CertificateUnusable, "found no certificate"},
		{"DER", writeFile(t, cert.Raw), "", record.CertificateUnusable, "no private key"},
		{"encrypted key", writeFile(t, pemCertificate(cert), encrypted), "pw", record.CertificateUnusable, "is encrypted"},
		{"another's key, PEM", writeFile(t, pemCertificate(cert), pemKey(t, otherKey)), "", record.CertificateUnusable, "belongs to none"},
		{"a key of another kind", writeFile(t, ecCert, pemKey(t, ec)), "", record.CertificateUnusable, "not an RSA key"},
		{"garbage", writeFile(t, []byte("hello")), "", record.CertificateUnusable, "neither a PEM nor a PFX"},
		{"empty", writeFile(t), "", record.CertificateUnusable, "neither a PEM nor a PFX"},
		{"endless", writeFile(t, make([]byte, maxCertificateFile+1)), "", record.CertificateUnusable, "longer than 1 MiB"},
		{"no file", filepath.Join(t.TempDir(), "none.pem"), "", record.CertificateUnusable, "read the certificate"},
	}
}

func TestCertificateFiles(t *testing.T) {
	for _, tt := range certificateFiles(t) {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Credential(Settings{
				Tenant: aTenant, ClientID: aClient, CertificateFile: tt.file, CertificatePassword: tt.password, Env: env(),
				Now: func() time.Time { return duringFixtures },
			})
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := wantFailure(t, err, tt.want, tt.says)
			if e.Target != tt.file || !strings.Contains(e.Text, tt.file) {
				t.Errorf("the file is not named: %+v", e)
			}
			if len(tt.password) > 2 && strings.Contains(e.Line(), string(tt.password)) {
				t.Errorf("the password is in %s", e.Line())
			}
		})
	}
}

func TestCertificateOutOfDate(t *testing.T) {
	from, to := today, today.Add(time.Hour)
	key, cert := makeCertificate(t, from, to)
	byFile := app()
	byFile.CertificateFile = writeFile(t, pemCertificate(cert), pemKey(t, key))
	bySigner := app()
	bySigner.Certificate, bySigner.Signer = cert.Raw, &signer{key: key}
	for name, s := range map[string]Settings{byFile.CertificateFile: byFile, thumbprint(cert): bySigner} {
		for _, tt := range []struct {
			now  time.Time
			want record.Code
			says string
		}{
			{from.Add(-time.Second), record.CertificateExpired, "is not valid before 2026-11-22T12:00:00Z"},
			{from, "", ""},
			{to, "", ""},
			{to.Add(time.Second), record.CertificateExpired, "expired at 2026-11-22T13:00:00Z"},
		} {
			s.Now = func() time.Time { return tt.now }
			_, err := Credential(s)
			if record.CodeOf(err) != tt.want {
				t.Errorf("%v: %v, want %q", tt.now, err, tt.want)
			}
			if err != nil {
				wantFailure(t, err, tt.want, tt.says, name)
			}
			if expires, has, err := s.CertificateExpires(); !expires.Equal(to) || expires.Location() != time.UTC || !has || err != nil {
				t.Error(expires, has, err)
			}
		}
	}
}

func TestCertificateExpires(t *testing.T) {
	s := app()
	s.ClientSecret = aSecret
	if at, has, err := s.CertificateExpires(); has || err != nil || !at.IsZero() {
		t.Error(at, has, err)
	}
	s = Settings{Env: env()}
	_, has, err := s.CertificateExpires()
	wantFailure(t, err, record.CredentialsMissing)
	s = app()
	s.CertificateFile = "none.pem"
	_, has2, err := s.CertificateExpires()
	wantFailure(t, err, record.CertificateUnusable, "none.pem")
	s = app()
	s.Certificate, s.Signer = []byte("no certificate"), &signer{}
	_, has3, err := s.CertificateExpires()
	wantFailure(t, err, record.CertificateUnusable)
	if has || has2 || has3 {
		t.Error("a certificate where there is none")
	}
}
