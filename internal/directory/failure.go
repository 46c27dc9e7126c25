package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/record"
)

// errLost marks an error after which the connection is of no more use.
var errLost = errors.New("the connection broke")

// errOverdue marks a request that took longer than its time limit.
var errOverdue = errors.New("no answer in time")

// clip makes text from outside fit for a message: one line, printable, not long.
func clip(text string) string {
	const longest = 300
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
	text = strings.TrimSpace(text)
	if len(text) <= longest {
		return text
	}
	cut := longest
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}

// ldapError gives go-ldap's error inside err.
func ldapError(err error) (*ldap.Error, bool) { return errors.AsType[*ldap.Error](err) }

// codeWords gives an LDAP result code by number and name, with the server's text.
func codeWords(code uint16, text string) string {
	words := fmt.Sprintf("LDAP code %d", code)
	if name, known := ldap.LDAPResultCodeMap[code]; known {
		words += ", " + name
	}
	if text = clip(text); text != "" {
		words += ": " + text
	}
	return words
}

// isLost reports whether the connection is broken, by what go-ldap said. It has
// no type for a failed read or write, only these texts.
func isLost(s *session, err error) bool {
	if e, ok := ldapError(err); ok {
		return e.ResultCode == ldap.ErrorNetwork
	}
	return s.conn.IsClosing() || strings.HasPrefix(err.Error(), "unable to ")
}

// connectionFailure is for a failure that is no LDAP result: the connection broke,
// or what came over it made no sense.
func connectionFailure(step string, at endpoint, s *session, err error) error {
	if bad := s.wire.broken(); bad != nil {
		return record.Errorf(record.DirectoryRefused, "%s: %w", step, bad).On(at.String())
	}
	if isLost(s, err) || errors.Is(err, errLost) {
		return record.Errorf(record.DirectoryConnectionLost, "%s: the connection broke: %s", step, clip(err.Error())).On(at.String())
	}
	return record.Errorf(record.DirectoryRefused, "%s: the answer makes no sense: %s", step, clip(err.Error())).On(at.String())
}

// interrupted is the error of a step that ended with its context.
func interrupted(ctx context.Context, step, target string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return record.Errorf(record.DirectoryTimeout, "%s: the time for it is up: %w", step, ctx.Err()).On(target)
	}
	return record.Errorf(record.Cancelled, "%s: cancelled: %w", step, ctx.Err()).On(target)
}

// expired is the error of a step that its own time limit ended, or its context.
func expired(ctx context.Context, step, target string, limit time.Duration) error {
	if ctx.Err() != nil {
		return interrupted(ctx, step, target)
	}
	return record.Errorf(record.DirectoryTimeout, "%s: no answer within %s", step, limit).On(target)
}

// failure gives the error of a search: what was attempted, where, on whom and why
// it failed.
func (d *AD) failure(ctx context.Context, step, target string, s *session, err error) error {
	step += " on " + d.at.String()
	switch {
	case ctx.Err() != nil:
		return interrupted(ctx, step, target)
	case errors.Is(err, errOverdue):
		return expired(ctx, step, target, d.set.Timeout)
	}
	e, ok := ldapError(err)
	if !ok || e.ResultCode >= ldap.ErrorNetwork {
		failed := connectionFailure(step, d.at, s, err)
		if r, ok := errors.AsType[*record.Error](failed); ok {
			return r.On(target)
		}
		return failed
	}
	return record.Errorf(searchCode(e.ResultCode), "%s: %s", step, codeWords(e.ResultCode, e.Err.Error())).On(target)
}

// searchCode gives our code for the LDAP result code of a search.
func searchCode(code uint16) record.Code {
	switch code {
	case ldap.LDAPResultNoSuchObject, ldap.LDAPResultReferral: // a referral: the base is another domain's
		return record.SearchBaseNotFound
	case ldap.LDAPResultInvalidDNSyntax:
		return record.SearchBaseInvalid
	case ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultTimeout:
		return record.DirectoryTimeout
	}
	return record.DirectoryRefused
}
