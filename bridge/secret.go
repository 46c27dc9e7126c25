package bridge

import (
	"fmt"
	"io"
	"log/slog"
)

const hidden = "***"

// Secret is a text that no format prints. Reveal gives it.
type Secret string

// Reveal gives the secret itself, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return hidden }

// Format hides the secret from all verbs, also from %x.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalJSON hides the secret.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue hides the secret from log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// Secrets is what a host hands over beside a request. What it left out is "".
type Secrets struct {
	LdapPassword        Secret
	ClientSecret        Secret
	CertificatePassword Secret
	AccessToken         Secret
}

func secretsOf(items []byte) (*Secrets, error) {
	var s Secrets
	err := fillOnly(items,
		secretField("ldapPassword", &s.LdapPassword),
		secretField("clientSecret", &s.ClientSecret),
		secretField("certificatePassword", &s.CertificatePassword),
		secretField("accessToken", &s.AccessToken),
	)
	return &s, err
}
