package directory

import (
	"regexp"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/record"
)

// bindData are the Windows error numbers that Active Directory puts behind
// "data" in the text of LDAP code 49, from Microsoft's table for LDAP binds.
var bindData = map[string]string{
	"525":      "no such user",
	"52e":      "wrong user or password",
	"52f":      "account restrictions forbid the sign-in",
	"530":      "the account may not sign in at this hour",
	"531":      "the account may not sign in from this computer",
	"532":      "the password has expired",
	"533":      "the account is disabled",
	"568":      "the account is in too many groups",
	"701":      "the account has expired",
	"773":      "the password must be changed first",
	"775":      "the account is locked",
	"80090346": "the domain controller demands channel binding",
}

var dataPattern = regexp.MustCompile(`\bdata ([0-9a-fA-F]{2,8})\b`)

// bindFailure puts the failure of a bind in words. Whatever the server wrote,
// the password is not repeated, and the cause, which holds it too, is left out.
func bindFailure(step string, at endpoint, s *session, err error, password Secret) error {
	e, ok := ldapError(err)
	if !ok || e.ResultCode >= ldap.ErrorNetwork {
		return connectionFailure(step, at, s, err)
	}
	text := clip(strings.ReplaceAll(e.Err.Error(), password.Reveal(), hidden))
	if e.ResultCode == ldap.LDAPResultBusy || e.ResultCode == ldap.LDAPResultUnavailable {
		return record.Errorf(record.DirectoryRefused, "%s: %s", step, codeWords(e.ResultCode, text)).On(at.String())
	}
	if e.ResultCode == ldap.LDAPResultInvalidCredentials {
		return record.Errorf(record.LdapBindFailed, "%s: %s", step, credentialWords(e.ResultCode, e.Err.Error(), text)).On(at.String())
	}
	return record.Errorf(record.LdapBindFailed, "%s: %s", step, codeWords(e.ResultCode, text)).On(at.String())
}

// credentialWords explains code 49 by the data number in the server's text; shown
// is that text as messages may repeat it.
func credentialWords(code uint16, text, shown string) string {
	found := dataPattern.FindStringSubmatch(text)
	if found == nil {
		return "wrong user or password (" + codeWords(code, shown) + ")"
	}
	number := strings.ToLower(found[1])
	why, known := bindData[number]
	if !known {
		why = "the sign-in was refused"
	}
	return why + " (" + codeWords(code, "") + ", data " + number + ")"
}
