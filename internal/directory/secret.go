package directory

import (
	"fmt"
	"log/slog"
)

const hidden = "***"

// Secret holds a password. However it is printed, encoded or logged, it shows
// as ***; only [Secret.Reveal] gives the text. The zero value is no password.
type Secret struct {
	// A pointer, so that no printing verb that goes past the methods shows the text.
	text *string
}

// NewSecret wraps a password.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal gives the password itself, "" for the zero value.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String gives ***.
func (s Secret) String() string { return hidden }

// GoString gives ***.
func (s Secret) GoString() string { return hidden }

// Format writes *** for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalJSON gives "***".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText gives ***.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue gives ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
