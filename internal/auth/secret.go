package auth

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const hidden = "***"

// Secret is a value that is never shown: however it is printed, logged or
// written as JSON, *** comes out. string(s) gives the value.
type Secret string

// String gives ***.
func (Secret) String() string { return hidden }

// GoString gives ***.
func (Secret) GoString() string { return hidden }

// Format writes *** for every verb, also for those that do not fit.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalJSON gives "***".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText gives ***.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue gives ***.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// scrub takes the secrets out of a text that comes from elsewhere.
func scrub(text string, secrets ...Secret) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, string(s), hidden)
		}
	}
	return text
}
