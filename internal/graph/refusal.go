package graph

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode"

	jsonserialization "github.com/microsoft/kiota-serialization-json-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"

	"photosync/internal/record"
)

// photoLimit is the size above which a refusal with 400 is put down to the
// size: Microsoft documents 4 MB and no code for it.
const photoLimit = 4_000_000

// absent has the codes with which a 404 says that the user exists and has no
// photo: the photo service's, its forerunner's and Exchange's.
var absent = map[string]bool{
	"ImageNotFound":            true,
	"ErrorEntityNotFound":      true,
	"ErrorItemNotFound":        true,
	"ProfileNotFoundException": true,
	"EnterpriseEntityNotFound": true,
}

// refusal is what the body of an error says.
type refusal struct {
	code, message, requestID string
	json                     bool // the body is empty or Graph's error envelope
}

// refusal reads an answer's error body.
func (a answer) refusal() refusal {
	body := bytes.TrimSpace(a.body)
	if len(body) == 0 && !a.tooLong {
		return refusal{json: true, requestID: a.requestID()}
	}
	r := refusal{requestID: a.requestID()}
	node, err := jsonserialization.NewJsonParseNode(body)
	if err != nil || body[0] != '{' {
		return r
	}
	parsed, err := node.GetObjectValue(odataerrors.CreateODataErrorFromDiscriminatorValue)
	if err != nil {
		return r
	}
	r.json = true
	od, ok := parsed.(odataerrors.ODataErrorable)
	if !ok || od.GetErrorEscaped() == nil {
		return r
	}
	main := od.GetErrorEscaped()
	r.code, r.message = deref(main.GetCode()), deref(main.GetMessage())
	if inner := main.GetInnerError(); inner != nil && r.requestID == "" {
		r.requestID = deref(inner.GetRequestId())
	}
	return r
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// noPhoto reports whether the answer says that the user exists and has no photo.
// A 404 with another code, or without one, does not say so.
func (a answer) noPhoto() bool {
	return a.status == http.StatusNotFound && absent[a.refusal().code]
}

// refused gives the error of an answer of 400 or above: the status and the
// service's code decide, never its message.
func (q call) refused(a answer) *record.Error {
	r := a.refusal()
	e := q.errorf(q.codeOf(a.status, r), "%s", describe(a, r))
	e.RequestID = r.requestID
	if e.Code == record.GraphThrottled && a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") == "" {
		e.Code = record.GraphFailed
	}
	if a.explain != nil && (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden) {
		a.explain(a.token, e)
	}
	return e
}

// mailboxFault is what the photo service says of mailboxes for which it fails
// again and again, such as those of Bookings.
const mailboxFault = "ErrorStoreInternalServerError"

// named has the service's codes that say more than the status. Sources: threads
// of Microsoft's documentation and SDK repositories; none of them is documented.
var named = map[string]record.Code{
	mailboxFault:                       record.CloudMailboxFault,
	"MailboxNotEnabledForRESTAPI":      record.CloudMailboxMissing,
	"MailboxNotHostedInExchangeOnline": record.CloudMailboxOnPremises,
	"ConsumerPhotoIsNotSupported":      record.CloudUserUnsupported,
	"InvalidAuthenticationToken":       record.GraphTokenRejected,
}

// namedForWrites has those of answers to writes.
var namedForWrites = map[string]record.Code{
	"ForbiddenByPolicy":        record.PhotoPolicyRefuses,
	"ValidationWidthTooSmall":  record.PhotoTooSmallForCloud,
	"ValidationHeightTooSmall": record.PhotoTooSmallForCloud,
}

// codeOf gives the code for a refusal: the service's own code decides where it
// is known, else the status.
func (q call) codeOf(status int, r refusal) record.Code {
	if code, ok := namedForWrites[r.code]; ok && q.kind.writes() {
		return code
	}
	if code, ok := named[r.code]; ok && q.kind != rosterCall {
		return code
	}
	if status == http.StatusBadRequest && r.code == "AuthenticationError" && q.kind != rosterCall {
		return record.CloudMailboxMissing
	}
	return q.codeOfStatus(status, r)
}

func (q call) codeOfStatus(status int, r refusal) record.Code {
	switch {
	case status == http.StatusUnauthorized:
		return record.GraphTokenRejected
	case isThrottle(status):
		return record.GraphThrottled
	case status >= 500:
		return record.GraphFailed
	case status == http.StatusProxyAuthRequired:
		return record.ProxyRefused
	case q.kind == putCall && status == http.StatusRequestEntityTooLarge:
		return record.PhotoTooLarge
	case !r.json:
		return record.GraphAnswerInvalid
	case status == http.StatusForbidden && q.kind.writes():
		return record.PhotoWriteForbidden
	case status == http.StatusForbidden:
		return record.GraphForbidden
	case status == http.StatusNotFound && r.code == "Request_ResourceNotFound" && q.kind != rosterCall:
		return record.CloudUserNotFound
	case q.kind == putCall:
		return q.putRefusal(status)
	}
	return record.GraphRefused
}

func (q call) putRefusal(status int) record.Code {
	switch status {
	case http.StatusBadRequest:
		if len(q.body) > photoLimit {
			return record.PhotoTooLarge
		}
		return record.PhotoRefused
	case http.StatusUnsupportedMediaType:
		return record.PhotoFormatRefused
	case http.StatusNotFound, http.StatusUnprocessableEntity:
		return record.PhotoRefused
	}
	return record.GraphRefused
}

// describe puts a refusal into one line: status, code, message.
func describe(a answer, r refusal) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", a.status)
	if text := http.StatusText(a.status); text != "" {
		b.WriteString(" " + text)
	}
	switch {
	case !r.json:
		b.WriteString(", with a body that is not Microsoft Graph's")
		if t := a.mediaType(); t != "" {
			b.WriteString(" (" + t + ")")
		}
	case r.code == "":
		b.WriteString(", without a code")
	default:
		b.WriteString(", " + printable(a.without(r.code), 80))
		if r.message != "" {
			b.WriteString(": " + printable(a.without(r.message), 300))
		}
	}
	return b.String()
}

// without takes the token out of a text of the service, before any of it is cut.
func (a answer) without(text string) string {
	if a.token == "" {
		return text
	}
	return strings.ReplaceAll(text, a.token, "***")
}

// printable gives s without what cannot be shown, and cut to at most n characters.
func printable(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > n {
		s = string(runes[:n]) + "..."
	}
	return s
}

// mediaType gives the type of the answer's body, lower case, without parameters.
func (a answer) mediaType() string {
	t, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// invalid gives the error of an answer that is none of Microsoft Graph's.
func (q call) invalid(a answer, format string, args ...any) *record.Error {
	e := q.errorf(record.GraphAnswerInvalid, format, args...)
	e.RequestID = a.requestID()
	return e
}

// json gives the body of an answer where JSON is due.
func (q call) json(a answer) ([]byte, error) {
	switch t := a.mediaType(); {
	case a.status >= 400:
		return nil, q.refused(a)
	case a.tooLong:
		return nil, q.invalid(a, "the answer is longer than %d bytes", q.limit)
	case t != "" && t != "application/json":
		return nil, q.invalid(a, "the answer is %s where JSON is due", printable(t, 80))
	}
	return a.body, nil
}
