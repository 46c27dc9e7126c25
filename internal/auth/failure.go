package auth

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"photosync/internal/record"
)

// failure names why a sign-in failed. The cause is not kept: it holds the token
// endpoint's whole answer.
func (c *signIn) failure(ctx context.Context, t *trail, err error) *record.Error {
	last, own, prompted := t.end()
	if errors.Is(ctx.Err(), context.Canceled) {
		return record.Errorf(record.Cancelled, "%s: %w", c.what, ctx.Err())
	}
	if e, ok := errors.AsType[*record.Error](own); ok {
		return e
	}
	if c.byPerson() && overdue(ctx, err) && (last.err == nil || prompted) {
		return record.Errorf(record.SignInDeclined, "%s: nobody completed the sign-in in time", c.what)
	}
	if last.err != nil {
		return c.unreached(last)
	}
	s, known := c.reason(last, err)
	text := c.settings.scrub(s.text)
	if c.method == ManagedIdentity && last.at != "" {
		text = "asked " + last.at + ": " + text
	}
	e := record.Errorf(c.codeOf(ctx, last, s, known), "%s: %s", c.what, text)
	e.RequestID = s.id
	e.Advice = c.advice(e.Code, s)
	return e
}

func (c *signIn) byPerson() bool { return c.method == Browser || c.method == DeviceCode }

// overdue reports whether time ran out: the caller's, the method's or the
// device code's, of which azidentity gives the text alone.
func overdue(ctx context.Context, err error) bool {
	return ctx.Err() != nil || strings.Contains(err.Error(), context.DeadlineExceeded.Error())
}

// reason gives what a failed sign-in says, and whether it is OAuth's words:
// those of the last answer, unless azidentity failed by something else after it.
func (c *signIn) reason(last outcome, err error) (said, bool) {
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	afterwards := ok && failed.RawResponse == nil
	if ok && !afterwards && last.status == 0 { // Service Fabric, whose requests leave no trail
		body, _ := runtime.Payload(failed.RawResponse) // which the error keeps in memory already
		last = outcome{host: "the endpoint", status: failed.RawResponse.StatusCode, reason: failed.RawResponse.Status, body: body}
	}
	if last.foreign() {
		return said{text: "the answer of " + last.host + " was " + last.reason + ", with a body that is none of the sign-in service's"}, false
	}
	if afterwards || last.status == 0 || last.status/100 == 2 {
		s := spoken(err.Error())
		s.text = firstLine(err.Error())
		return s, len(s.numbers) > 0
	}
	if s, ok := answered(last.body); ok {
		return s, true
	}
	text := "the answer of " + last.host + " was " + last.reason
	if u, err := url.Parse(last.location); err == nil && u.Host != "" {
		text += ", to " + u.Host + ", which is not followed"
	}
	return said{text: text}, false
}

// firstLine gives the first line of an error of azidentity, without its links.
func firstLine(text string) string {
	if i := strings.Index(text, "To troubleshoot, visit "); i > 0 {
		text = text[:i]
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text, _, _ = strings.Cut(text, "Trace ID:")
	return strings.TrimRight(short(text), ". ")
}

// codeOf gives the code of a sign-in that somebody or something refused.
func (c *signIn) codeOf(ctx context.Context, last outcome, s said, known bool) record.Code {
	code := s.code()
	switch {
	case code != "":
		return code
	case slices.Contains(declined, s.word):
		return record.SignInDeclined
	case c.method == Browser && s.text == "InteractiveBrowserCredential:": // the browser came back with a refusal and no word about it
		return record.SignInDeclined
	case c.method == AzureCLI:
		return record.AzureCliUnusable
	case c.method == ManagedIdentity && last.status != http.StatusTooManyRequests && last.status < 500:
		return record.ManagedIdentityMissing
	case last.status == http.StatusProxyAuthRequired:
		return record.ProxyRefused
	case last.status >= 500 || last.status == http.StatusTooManyRequests || !known && (ctx.Err() != nil || last.foreign() || last.status/100 == 3):
		return record.SignInUnreachable
	}
	return record.SignInFailed
}

// unreached names why a request got no answer.
func (c *signIn) unreached(last outcome) *record.Error {
	err := last.err
	if e, ok := errors.AsType[*record.Error](err); ok {
		return record.Errorf(e.Code, "%s: %s", c.what, e.Text)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the URL, which is of no help
	}
	op, ok := errors.AsType[*net.OpError](err)
	text := c.settings.scrub(short(err.Error()))
	switch {
	case c.method == ManagedIdentity:
		return record.Errorf(record.ManagedIdentityMissing, "%s: asked %s: %s", c.what, last.at, text)
	case isTrust(err):
		return record.Errorf(record.SignInNotTrusted, "%s: %s: %s", c.what, last.host, text)
	case ok && op.Op == "proxyconnect":
		return record.Errorf(record.ProxyRefused, "%s: %s: %s", c.what, last.host, text)
	}
	return record.Errorf(record.SignInUnreachable, "%s: %s: %s", c.what, last.host, text)
}

// advice gives what to do where the case at hand knows more than the catalogue.
func (c *signIn) advice(code record.Code, s said) string {
	switch {
	case code == record.SignInUnreachable && s.advice() == "":
		return "Look for a proxy or a sign-in page between this machine and the sign-in service, and run again later."
	case code == record.AzureCliUnusable && strings.Contains(s.text, "--claims-challenge"):
		return "Run the az login command that the message names, as this account."
	case code == record.AzureCliUnusable:
		return "Install the Azure CLI and run az login --tenant " + c.settings.Tenant + " as this account."
	case code == record.ClockSkew && c.method == WorkloadIdentity:
		return "Check that the token file of " + tokenFile + " is renewed, and set the clock of this machine (w32tm /resync, or NTP)."
	case c.method == Browser && strings.Contains(s.text, "executable file not found"):
		return "No browser can be opened here: use --auth device-code, and complete the sign-in in a browser elsewhere."
	}
	return s.advice()
}
