package graph

import (
	"context"
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"photosync/internal/record"
)

// The bounds of one call's patience.
const (
	maxTries  = 8                // when the service asks to wait
	maxFaults = 4                // tries when the service or the connection failed
	maxWait   = 10 * time.Minute // all waits together
	firstWait = time.Second      // upper bound of the first wait without Retry-After
	topWait   = time.Minute      // upper bound of any such wait
)

// ask is what a try asks for next.
type ask int

const (
	askNothing ask = iota // it is final
	askWait               // the service asks to wait
	askFault              // the service failed; a read may be asked again
	askReach              // no connection came about; nothing was sent
	askBroken             // the connection broke, or no answer came in time
)

// askOf says what a status asks for.
func askOf(status int) ask {
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return askWait
	case http.StatusBadGateway, http.StatusInternalServerError:
		return askFault
	}
	return askNothing
}

func isThrottle(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// patience counts the tries and waits of one call or one batch.
type patience struct {
	tries  [askBroken + 1]int
	total  int
	waited time.Duration
}

// next gives how long to wait before the next try, or false when it is enough.
// asked is the service's own wish, 0 if it has none.
func (p *patience) next(a ask, asked time.Duration) (time.Duration, bool) {
	p.tries[a]++
	p.total++
	if (a != askWait && p.tries[a] >= maxFaults) || p.total >= maxTries {
		return asked, false
	}
	wait := asked
	if wait <= 0 {
		wait = backoff(p.tries[a])
	}
	if p.waited+wait > maxWait {
		return wait, false
	}
	p.waited += wait
	return wait, true
}

// backoff gives a random wait below a bound that doubles with each try (full jitter).
func backoff(try int) time.Duration {
	bound := firstWait << min(try-1, 10)
	return rand.N(min(bound, topWait)) + time.Millisecond
}

// retryAfter reads Retry-After: seconds or an HTTP date. It gives 0 for none,
// for one that is over and for one that is neither.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseInt(v, 10, 32); err == nil {
		return max(0, time.Duration(n)*time.Second)
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

// do sends the call until it has a final answer. Statuses of 400 and above
// other than 401 are the caller's to judge. The slot is kept while waiting, so
// that the whole client slows down when the service asks for it.
//
// A write is sent once: by the time of another try the photo may be somebody
// else's choice, so whoever asked for the write has to look again first.
func (c *Client) do(ctx context.Context, q call) (answer, error) {
	if err := c.take(ctx); err != nil {
		return answer{}, q.ended(ctx).err
	}
	defer c.release()
	var (
		p          patience
		claims     string // for the next try alone: the credential remembers the token it gets for them
		challenged bool
	)
	for {
		a, t := c.try(ctx, q, claims)
		claims = ""
		if t == nil && a.status == http.StatusUnauthorized && !challenged {
			challenged = true
			if claims = challenge(a.header); claims != "" {
				continue
			}
		}
		next := c.judge(a, t)
		asked := retryAfter(a.header, c.now())
		switch {
		case next == askNothing:
			return c.final(q, a, t)
		case q.kind.writes():
			return answer{}, c.unwritten(q, a, t, next, asked)
		}
		wait, ok := p.next(next, asked)
		if !ok {
			return answer{}, c.exhausted(q, a, t, p.total, wait)
		}
		if err := c.pause(ctx, q, next, wait); err != nil {
			return answer{}, err
		}
	}
}

// judge says what a try asks for, and counts refusals for too many requests.
func (c *Client) judge(a answer, t *trouble) ask {
	if t != nil {
		return t.ask
	}
	if isThrottle(a.status) {
		c.counts.throttled.Add(1)
	}
	return askOf(a.status)
}

// pause waits before the next try. It ends at once when ctx does.
func (c *Client) pause(ctx context.Context, q call, a ask, wait time.Duration) error {
	if a == askWait {
		c.throttled(wait)
	}
	if err := c.sleep(ctx, wait); err != nil {
		if t := q.ended(ctx); t != nil {
			return t.err
		}
		return q.errorf(record.Cancelled, "%w", err)
	}
	return nil
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
	}
	return a, nil
}

// exhausted gives the error of a call for which there is no patience left.
func (c *Client) exhausted(q call, a answer, t *trouble, tries int, wait time.Duration) error {
	if t != nil {
		return t.err
	}
	e := q.refused(a)
	if isThrottle(a.status) && wait > maxWait {
		e.Text += ", and the service asks to wait " + wait.Round(time.Second).String()
	} else {
		e.Text += ", after " + strconv.Itoa(tries) + " tries"
	}
	return e
}

// unwritten gives the error of a write without a final answer. Where nothing
// came through for certain, RetryAfter says how long the service asks to wait;
// else only a look at the photo can tell, and the code is PhotoOutcomeUncertain.
func (c *Client) unwritten(q call, a answer, t *trouble, next ask, asked time.Duration) error {
	switch {
	case t != nil && next == askReach:
		return t.err
	case t == nil && isThrottle(a.status):
		c.throttled(asked)
		e := q.refused(a)
		e.RetryAfter = asked
		return e
	}
	var e *record.Error
	if t != nil {
		e = t.err
	} else {
		e = q.refused(a)
	}
	e.Code = record.PhotoOutcomeUncertain
	e.Text += "; whether the write came through is not known"
	return e
}

func (c *Client) redirected(q call, a answer) error {
	e := q.errorf(record.GraphAnswerInvalid, "a redirect (%d), which Microsoft Graph does not send", a.status)
	e.RequestID = a.requestID()
	to, err := url.Parse(a.header.Get("Location"))
	if err == nil && to.Host != "" && !sameOrigin(c.root, c.root.ResolveReference(to)) {
		e.Code = record.GraphForeignHost
		e.Text = q.what() + ": a redirect to " + to.Scheme + "://" + to.Host + " was not followed"
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

// sleep waits for real.
func sleep(ctx context.Context, wait time.Duration) error {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
