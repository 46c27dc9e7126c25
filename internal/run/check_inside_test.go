package run

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"image/jpeg"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"photosync/internal/auth"
	"photosync/internal/directory"
	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// expiring writes a certificate with its key that expires after a while.
func expiring(t *testing.T, after time.Duration) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-365 * 24 * time.Hour), NotAfter: time.Now().Add(after)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, b := range []*pem.Block{{Type: "CERTIFICATE", Bytes: certificate}, {Type: "PRIVATE KEY", Bytes: private}} {
		if err := pem.Encode(&text, b); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "app.pem")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCheckCertificate(t *testing.T) {
	const aDay = 24 * time.Hour
	for name, c := range map[string]struct {
		after  time.Duration // 0: no certificate
		status record.CheckStatus
		code   record.Code
	}{
		"none":    {0, record.Pass, ""},
		"good":    {31 * aDay, record.Pass, ""},
		"soon":    {29 * aDay, record.Warn, ""},
		"expired": {-aDay, record.Fail, record.CertificateExpired},
	} {
		t.Run(name, func(t *testing.T) {
			set := auth.Settings{Tenant: "t", ClientID: "c", Env: func(string) string { return "" }}
			if c.after == 0 {
				set.ClientSecret = "s"
			} else {
				set.CertificateFile = expiring(t, c.after)
			}
			row := (&checker{tally: newTally("check", Options{Auth: set})}).certificate(t.Context())
			if row.Status != c.status || row.ErrorCode != c.code {
				t.Errorf("got %+v", row)
			}
			if day := day(time.Now().Add(c.after)); c.after != 0 && !strings.Contains(row.Evidence, day) {
				t.Errorf("it does not say %s: %s", day, row.Evidence)
			}
		})
	}
}

// A domain controller's certificate that ends soon is warned of before it does.
func TestCheckDirectoryCertificate(t *testing.T) {
	for after, want := range map[time.Duration]record.CheckStatus{15 * 24 * time.Hour: record.Pass, 13 * 24 * time.Hour: record.Warn} {
		c := &checker{}
		c.reached.TLS.PeerCertificates = []*x509.Certificate{{NotAfter: time.Now().Add(after)}}
		if row := c.directoryTrusted(t.Context()); row.Status != want || !strings.Contains(row.Evidence, day(time.Now().Add(after))) {
			t.Errorf("%s: %+v", after, row)
		}
	}
}

// A global catalog has photos only where somebody added them.
func TestCheckGlobalCatalog(t *testing.T) {
	c := &checker{reached: directory.Reached{Server: "ldaps://dc1:3269", GlobalCatalog: true}}
	if row := c.photosFound(); row.Status != record.Fail || row.ErrorCode != record.SettingInvalid || !strings.Contains(row.Remedy, "port 636") {
		t.Errorf("without photos: %+v", row)
	}
	c.pictured = []directory.Entry{{Person: match.Person{UserPrincipalName: "anna"}}}
	if row := c.photosFound(); row.Status != record.Warn || row.Remedy == "" {
		t.Errorf("with photos: %+v", row)
	}
}

func TestWrongTenant(t *testing.T) {
	const one, other = "b6f6f0c2-5f0c-4b5e-9a53-6a1d2f0e7c41", "3f2a7b0e-8f7d-4f53-9c28-d0a6f1f5b7aa"
	for _, c := range []struct {
		named, token string
		want         bool
	}{
		{one, strings.ToUpper(one), false}, {one, other, true}, {"corp.example", other, false}, {"", other, false}, {one, "", false},
	} {
		if got := wrongTenant(c.named, c.token); got != c.want {
			t.Errorf("%q, %q: %v", c.named, c.token, got)
		}
	}
}

// The test picture is large enough for the service, and another one in each run.
func TestTestPicture(t *testing.T) {
	draw := func(id string) []byte {
		drawn, err := testPicture(id)
		if err != nil {
			t.Fatal(err)
		}
		return drawn
	}
	one, other := draw("one"), draw("other")
	config, err := jpeg.DecodeConfig(bytes.NewReader(one))
	if err != nil || config.Width < 120 || config.Height < 120 || len(one) > photo.MaxUploadWithoutMailbox {
		t.Errorf("%+v, %d bytes, %v", config, len(one), err)
	}
	if err := sameOrOther(one, other); err == nil {
		t.Error("two runs draw the same picture")
	}
	if err := sameOrOther(one, draw("one")); err != nil {
		t.Error(err)
	}
	if code := record.CodeOf(sameOrOther(one, []byte("no picture"))); code != record.PhotoVerifyMismatch {
		t.Errorf("got %s", code)
	}
}

// A photo that is larger than any upload cannot be put back.
func TestRestorable(t *testing.T) {
	drawn, err := testPicture("some run")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		bytes int
		want  bool
	}{{photo.MaxUpload, true}, {photo.MaxUpload + 1, false}} {
		p := &probe{old: slices.Concat(drawn, make([]byte, c.bytes-len(drawn)))}
		if err := p.restorable(); (err == nil) != c.want || err != nil && !strings.Contains(err.Error(), "it has 4000001 bytes") {
			t.Errorf("%d bytes: %v", c.bytes, err)
		}
	}
}

// A path with an apostrophe is a path in the command that puts back.
func TestByHand(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	p := &probe{checker: &checker{tally: newTally("check", Options{StateDir: "/home/o'neill"})}, etag: "e", backup: sum}
	if got := p.byHand(); !strings.Contains(got, "-InputFilePath '"+filepath.Join("/home/o''neill", "backups", "ab", sum)+"'") {
		t.Error(got)
	}
}

// docs/check.md has every question, in their order, and the id of every role
// that a remedy grants.
func TestCheckPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	var asked, written []string
	for _, q := range questions {
		asked = append(asked, q.name)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z][A-Za-z]+)` \\| ").FindAllSubmatch(page, -1) {
		written = append(written, string(m[1]))
	}
	if !slices.Equal(asked, written) {
		t.Errorf("the page has\n%v\nwant\n%v", written, asked)
	}
	for name, id := range roleIDs {
		if !bytes.Contains(page, []byte("| "+name+" | `"+id+"` |")) {
			t.Errorf("the page lacks %s %s", name, id)
		}
	}
	for id, name := range photoRoles {
		if !bytes.Contains(page, []byte(name+" (`"+id+"`)")) {
			t.Errorf("the page lacks %s %s", name, id)
		}
	}
}

// Every role that a remedy grants has an id, in every cloud.
func TestEveryGrantHasAnID(t *testing.T) {
	for _, n := range []need{listUsers, readPhotos, writePhotos, readPolicy, readOrganization} {
		for _, p := range []string{n.grant, n.elsewhere} {
			if p != "" && roleIDs[p] == "" {
				t.Errorf("%s has no id", p)
			}
			if p != "" && !slices.Contains(n.application, p) {
				t.Errorf("%s is not enough %s", p, n.purpose)
			}
		}
	}
}
