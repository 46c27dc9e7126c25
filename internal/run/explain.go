package run

import (
	"fmt"
	"slices"
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
		if e.Code == record.GraphForbidden && listUsers.metBy(facts) && readPhotos.metBy(facts) {
			e.Advice = "The token has roles that should be enough. Roles that were granted a moment ago need a new token; else look for a policy of the tenant, and keep the request id for Microsoft's support."
		}
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

// metBy reports whether a token has one of the permissions.
func (n need) metBy(f auth.Facts) bool {
	held := slices.Concat(f.Roles, f.Scopes)
	return slices.ContainsFunc(n.application, func(role string) bool { return slices.Contains(held, role) })
}
