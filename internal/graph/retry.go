package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"photosync/internal/pace"
	"photosync/internal/record"
)

// askOf says what a status asks for, with the wait that it came with, 0 for none.
// 503 and 504 without one are faults of the service more often than a wish for
// fewer requests.
func askOf(status int, after time.Duration) pace.Ask {
	switch status {
	case http.StatusTooManyRequests:
		return pace.Fewer
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if after > 0 {
			return pace.Fewer
		}
		return pace.Busy
	case http.StatusBadGateway, http.StatusInternalServerError:
		return pace.Fault
	}
	return pace.Nothing
}

func isThrottle(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// retryAfter reads Retry-After: seconds or an HTTP date. It gives 0 for none,
// for one that is over and for one that is neither. A date is the service's
// own: where the clocks differ, the answer's Date header says by how much.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseInt(v, 10, 32); err == nil {
		return max(0, time.Duration(n)*time.Second)
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	wait := max(0, t.Sub(now))
	if sent, err := http.ParseTime(h.Get("Date")); err == nil && t.After(sent) && (wait == 0 || t.Sub(sent) < wait) {
		wait = t.Sub(sent)
	}
	return wait
}

// load says what the call weighs: the service counts each item of a batch as a request.
func (q call) load() pace.Load {
	return pace.Load{Kind: q.weight, Units: q.people, Once: q.kind.writes(), Again: q.again}
}

// do sends the call, and lets the pacer send it again, until it has a final
// answer. Statuses of 400 and above other than 401 are the caller's to judge.
//
// A write is sent once: by the time of another try the photo may be somebody
// else's choice, so whoever asked for the write has to look again first.
func (c *Client) do(ctx context.Context, q call) (answer, error) {
	var (
		a answer
		t *trouble
		o pace.Outcome
	)
	err := c.pacer.Do(ctx, q.load(), func(ctx context.Context) pace.Outcome {
		a, t = c.authorized(ctx, q)
		o = c.judge(q, a, t)
		return o
	})
	if gaveUp, ok := errors.AsType[*pace.GaveUp](err); ok {
		switch {
		case t == nil && a.status == 0:
			return answer{}, q.unasked(gaveUp)
		case t == nil && a.status < 300: // garbled to the end: the caller says what was due
			return a, nil
		}
		return answer{}, c.exhausted(q, a, t, gaveUp)
	}
	if err != nil {
		if t := q.ended(ctx); t != nil {
			return answer{}, t.err
		}
		return answer{}, q.errorf(record.Cancelled, "%w", err)
	}
	if o.Ask != pace.Nothing {
		return answer{}, c.unwritten(q, a, t, o)
	}
	return c.final(q, a, t)
}

// authorized tries the call, and once more with another token where the answer
// asks for claims (continuous access evaluation).
func (c *Client) authorized(ctx context.Context, q call) (answer, *trouble) {
	a, t := c.try(ctx, q, "")
	if t != nil || a.status != http.StatusUnauthorized {
		return a, t
	}
	claims := challenge(a.header)
	if claims == "" {
		return a, t
	}
	return c.try(ctx, q, claims) // the credential remembers the token that it gets for them
}

// judge says what a try came to, and counts refusals for too many requests.
func (c *Client) judge(q call, a answer, t *trouble) pace.Outcome {
	if t != nil {
		return pace.Outcome{Ask: t.ask}
	}
	if isThrottle(a.status) {
		c.counts.throttled.Add(1)
	}
	after := retryAfter(a.header, c.now())
	o := pace.Outcome{Ask: askOf(a.status, after), After: after}
	switch {
	case o.Ask == pace.Fault && a.refusal().code == mailboxFault:
		o.Ask = pace.Nothing
	case q.garbled(a):
		o.Ask = pace.Fault
	case o.Ask == pace.Nothing && q.inspect != nil:
		o = q.inspect(a)
	}
	return o
}

// garbled reports whether a read was answered with what is none of Microsoft
// Graph's answers: cut JSON, or the page of some box on the way. It may be
// better the next time.
func (q call) garbled(a answer) bool {
	if q.kind.writes() || a.status >= 300 || a.tooLong {
		return false
	}
	return a.mediaType() == "text/html" || q.accept == acceptJSON && !json.Valid(a.body)
}

// final gives the end of a call that is not to be tried again.
func (c *Client) final(q call, a answer, t *trouble) (answer, error) {
	switch {
	case t != nil:
		return answer{}, t.err
	case a.status == http.StatusUnauthorized:
		return answer{}, q.refused(a)
	case a.status >= 300 && a.status < 400:
		return answer{}, c.redirected(q, a)
	case q.kind.writes() && a.status < 300 && a.mediaType() == "text/html":
		e := q.invalid(a, "the answer is the page of a portal or proxy, not Microsoft Graph's; whether the write came through is not known")
		e.Code = record.PhotoOutcomeUncertain
		return answer{}, e.Advise("Look for a proxy or a sign-in page between this machine and Microsoft Graph, then run again: what was written is seen then.")
	}
	return a, nil
}

// exhausted gives the error of a call for which there is no patience left.
func (c *Client) exhausted(q call, a answer, t *trouble, g *pace.GaveUp) error {
	var e *record.Error
	if t != nil {
		e = t.err
	} else {
		e = q.refused(a)
		e.Text += patienceText(g)
	}
	return notRecovering(e, g)
}

// unasked gives the error of a call that was never sent, because the service
// has everybody wait for longer than there is patience.
func (q call) unasked(g *pace.GaveUp) error {
	e := q.errorf(record.GraphThrottled, "not asked, because the service serves nobody at the moment")
	if e.RetryAfter = g.Next; g.Next > 0 {
		e.Text += patienceText(g)
	}
	return notRecovering(e, g)
}

// patienceText says how patient somebody was.
func patienceText(g *pace.GaveUp) string {
	if g.Next > 0 {
		return ", and the service asks to wait " + g.Next.Round(time.Second).String()
	}
	return ", after " + strconv.Itoa(g.Tries) + " tries"
}

// notRecovering makes an error everybody's when the service has served nobody
// for minutes.
func notRecovering(e *record.Error, g *pace.GaveUp) *record.Error {
	if g.Silence == 0 {
		return e
	}
	e.Code = record.GraphNotRecovering
	e.Text += "; nobody has been served for " + g.Silence.Round(time.Second).String()
	return e
}

// unwritten gives the error of a write without a final answer. Where nothing
// came through for certain, RetryAfter says how long the service asks to wait;
// else only a look at the photo can tell, and the code is PhotoOutcomeUncertain.
func (c *Client) unwritten(q call, a answer, t *trouble, o pace.Outcome) error {
	var e *record.Error
	if t != nil {
		e = t.err
	} else {
		e = q.refused(a)
	}
	switch {
	case t != nil && o.Ask == pace.Reach:
		return e
	case t == nil && isThrottle(a.status):
		e.Code = record.GraphThrottled // also for a 503 that names no wait: nothing was written
		if e.RetryAfter = o.After; o.After > 0 {
			e.Text += patienceText(&pace.GaveUp{Next: o.After})
		}
		return e
	}
	e.Code = record.PhotoOutcomeUncertain
	e.Text += "; whether the write came through is not known"
	return e
}

func (c *Client) redirected(q call, a answer) error {
	e := q.errorf(record.GraphAnswerInvalid, "a redirect (%d), which Microsoft Graph does not send", a.status)
	e.RequestID = a.requestID()
	to, err := c.root.Parse(a.header.Get("Location"))
	if err == nil && to.Host != "" && !sameOrigin(c.root, to) {
		e.Code = record.GraphForeignHost
		e.Text = q.what() + ": a redirect to " + to.Scheme + "://" + a.without(to.Host) + " was not followed"
	}
	return e
}

var claimsParameter = regexp.MustCompile(`(?i)\bclaims="([A-Za-z0-9+/=_-]+)"`)

// challenge gives the claims that a 401 asks for (continuous access
// evaluation), in the base64 that the authentication provider decodes; "" if none.
func challenge(h http.Header) string {
	for _, v := range h.Values("WWW-Authenticate") {
		m := claimsParameter.FindStringSubmatch(v)
		if m == nil {
			continue
		}
		if b, err := decodeBase64(m[1]); err == nil {
			return base64.StdEncoding.EncodeToString(b)
		}
	}
	return ""
}
