package record_test

import (
	"regexp"
	"testing"

	"photosync/internal/record"
)

func TestForCmdlets(t *testing.T) {
	for text, want := range map[string]string{
		"Name one with --server dc1.corp.example.":            "Name one with -Server dc1.corp.example.",
		"--max-change allows 5, --max-change-percent 10 %":    "-MaxChange allows 5, -MaxChangePercent 10 %",
		"use --ldap-user with --ldap-password-stdin, or wait": "use -Credential, or wait",
		"or use --auth managed-identity; --auth is missing":   "or use -ManagedIdentity; the sign-in parameters is missing",
		"no flag -- here, and --no-such-flag":                 "no flag -- here, and --no-such-flag",
	} {
		if got := record.ForCmdlets(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// A remedy that names a flag must make sense to a cmdlet's user too.
func TestEveryFlagOfTheCatalogueHasACmdletsWord(t *testing.T) {
	flag := regexp.MustCompile(`--[a-z]`)
	for _, e := range record.Catalogue {
		if e.Code == record.Usage {
			continue // cmdlets do not have it
		}
		if text := record.ForCmdlets(e.Meaning + " " + e.Remedy); flag.MatchString(text) {
			t.Errorf("%s: %s", e.Code, text)
		}
	}
}
