package directory

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"photosync/internal/match"
	"photosync/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dialFake connects and closes at the end of the test.
func dialFake(t testing.TB, s Settings) *AD {
	t.Helper()
	d, err := Connect(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// wantError asserts the code of err, that each text is in the message, and that
// the password is nowhere.
func wantError(t testing.TB, err error, code record.Code, texts ...string) {
	t.Helper()
	if got := record.CodeOf(err); got != code {
		t.Fatalf("got code %q, want %q: %v", got, code, err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("message %q does not name %q", err, text)
		}
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if strings.Contains(e.Error(), fakePassword) {
			t.Errorf("the password is in %q", e)
		}
	}
}

// names collects the account names of everybody in scope.
func names(ctx context.Context, d *AD, s Scope) (all []string, pages int, err error) {
	err = d.Keys(ctx, s, func(page []match.Person) error {
		pages++
		for _, p := range page {
			all = append(all, p.SamAccountName)
		}
		return nil
	})
	return all, pages, err
}
