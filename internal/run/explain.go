package run

import (
	"fmt"
	"strings"
	"time"

	"photosync/internal/auth"
	"photosync/internal/record"
)

// explain says more of a refusal by Microsoft Graph from what the refused token
// says of itself: that it has expired, or which roles it has.
func explain(token string, e *record.Error) {
	facts, ok := auth.Read(token)
	if !ok {
		return
	}
	switch e.Code {
	case record.GraphTokenRejected:
		if !facts.Expires.IsZero() && !time.Now().Before(facts.Expires) {
			e.Code = record.TokenExpired
			e.Text += "; the token expired at " + facts.Expires.UTC().Format(time.RFC3339)
		}
	case record.GraphForbidden, record.PhotoWriteForbidden:
		e.Text += "; " + holds(facts)
	}
}

// holds says what a token allows.
func holds(f auth.Facts) string {
	what, all := "application roles", f.Roles
	if f.Delegated {
		what, all = "scopes", f.Scopes
	}
	if len(all) == 0 {
		return fmt.Sprintf("the token has no %s", what)
	}
	return fmt.Sprintf("the token has the %s %s", what, strings.Join(all, ", "))
}
