package run

import (
	"time"

	"photosync/internal/auth"
)

// token is what the check knows of the access token.
type token struct {
	there  bool
	opaque bool // it is no JWT and says nothing of itself
	ends   time.Time
	auth.Facts
}

// readToken reads a token; ends is when the credential says that it expires.
func readToken(text string, ends time.Time) token {
	facts, ok := auth.Read(text)
	if !facts.Expires.IsZero() {
		ends = facts.Expires
	}
	return token{there: true, opaque: !ok, ends: ends, Facts: facts}
}

// application gives the application for a message.
func (t token) application() string {
	switch {
	case t.AppName != "" && t.App != "":
		return t.AppName + " (" + t.App + ")"
	case t.App != "":
		return t.App
	}
	return "without an id"
}

// permissions gives the token's scopes when it acts for a person, else its roles.
func (t token) permissions() []string {
	if t.Delegated {
		return t.Scopes
	}
	return t.Roles
}
