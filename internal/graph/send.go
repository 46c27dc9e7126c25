package graph

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	abs "github.com/microsoft/kiota-abstractions-go"

	"photosync/internal/pace"
	"photosync/internal/record"
)

// kind says what a call is for: which counter it belongs to and what a refusal means.
type kind int

const (
	rosterCall kind = iota
	metadataCall
	downloadCall
	putCall
	deleteCall
)

func (k kind) writes() bool { return k == putCall || k == deleteCall }

// The bounds of what is read of one answer.
const (
	maxJSON  = 64 << 20
	maxPhoto = 8 << 20
	maxOther = 1 << 20
	maxDrain = 256 << 10
)

const acceptJSON = "application/json"

// call is one request as the caller means it; a try again repeats it as it is.
type call struct {
	kind      kind
	attempt   string // what is attempted, for messages: "read the photo of"
	target    string // on whom
	method    abs.HttpMethod
	url       *url.URL
	accept    string
	body      []byte
	bodyType  string
	requestID string // client-request-id
	people    int    // asked for in a read of metadata
	limit     int64  // of the answer's body
	weight    string // calls of one weight take about as long as each other

	again   *pace.Patience            // of what was refused before and is asked again by this call; nil for the first time
	inspect func(answer) pace.Outcome // what an answered batch came to, item by item; may be nil
}

func (q call) what() string { return strings.TrimSpace(q.attempt + " " + q.target) }

// errorf makes an error about the call: what was attempted comes first.
func (q call) errorf(code record.Code, format string, args ...any) *record.Error {
	return record.Errorf(code, "%s: "+format, append([]any{q.what()}, args...)...).On(q.target)
}

// answer is what came back, read to its end.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	tooLong bool   // the body goes on beyond the call's limit
	token   string // that was sent along; never shown, only looked for

	explain func(token string, e *record.Error) // see [Settings]
}

func (a answer) requestID() string { return a.header.Get("request-id") }

// request builds the native request with the SDK's adapter, which also
// attaches the token. The request is sent by our own client all the same, for
// what the adapter's Send does was measured: it reads bodies without a bound,
// gives no header of a photo, and a 401 whose claims carry no quotation marks
// makes it panic.
func (c *Client) request(ctx context.Context, q call, claims string) (*http.Request, error) {
	if !sameOrigin(c.root, q.url) {
		return nil, foreign(c.root, q.url)
	}
	info := abs.NewRequestInformation()
	info.Method = q.method
	info.SetUri(*q.url)
	info.Headers.Add("Accept", q.accept)
	info.Headers.Add("User-Agent", c.agent)
	info.Headers.Add("client-request-id", q.requestID)
	if len(q.body) > 0 {
		info.SetStreamContentAndContentType(q.body, q.bodyType)
		// The adapter knows a body's length from this header alone; without it the body goes out chunked.
		info.Headers.Add("Content-Length", strconv.Itoa(len(q.body)))
	}
	if claims != "" {
		if err := c.auth.AuthenticateRequest(ctx, info, map[string]any{"claims": claims}); err != nil {
			return nil, err
		}
	}
	native, err := c.adapter.ConvertToNativeRequest(ctx, info)
	if err != nil {
		return nil, err
	}
	req, ok := native.(*http.Request)
	if !ok {
		return nil, record.Errorf(record.InternalError, "the request adapter gave a %T", native)
	}
	if len(q.body) > 0 {
		// With it net/http can send again on a new connection what an idle connection did not take.
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(q.body)), nil }
	}
	return req, nil
}

// try sends the call once and reads the answer.
func (c *Client) try(parent context.Context, q call, claims string) (answer, *trouble) {
	ctx, cancel := context.WithTimeout(parent, c.timeout)
	defer cancel()
	req, err := c.request(ctx, q, claims)
	if err != nil {
		return answer{}, q.unsent(parent, ctx, err)
	}
	c.counts.add(q)
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, q.unanswered(parent, err)
	}
	defer drain(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, token: strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "), explain: c.explain}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, q.limit+1))
	if int64(len(a.body)) > q.limit {
		a.body, a.tooLong = nil, true
	}
	if err != nil && q.lost(a.status) {
		t := q.unanswered(parent, err)
		t.err.RequestID, t.err.Text = a.requestID(), a.without(t.err.Text)
		return answer{}, t
	}
	return a, nil
}

// lost reports whether an answer whose body broke off says nothing. The status
// alone says enough of a write, of a token, and where it asks for another try;
// without its code a 404 could be anything.
func (q call) lost(status int) bool {
	redirect := status >= 300 && status < 400
	return !q.kind.writes() && !redirect && status != http.StatusUnauthorized && askOf(status, 0) == pace.Nothing
}

// drain reads what little may be left, so that the connection can be used again.
func drain(body io.ReadCloser) {
	_, _ = io.Copy(io.Discard, io.LimitReader(body, maxDrain))
	_ = body.Close()
}

// at gives the URL of a path below the version, which is escaped already.
func (c *Client) at(path, query string) *url.URL {
	u, err := url.Parse(c.root.String() + "/v1.0" + path)
	if err != nil {
		// Paths are made of constants and url.PathEscape; nothing of that fails to parse.
		u = &url.URL{}
	}
	u.RawQuery = query
	return u
}

// userPath gives the path of a user, or an error for an id that would name something else.
func userPath(id string) (string, error) {
	if id == "" || id == "." || id == ".." {
		return "", record.Errorf(record.IdentityInvalid, "%q is not the id of a cloud user", id).On(id)
	}
	return "/users/" + url.PathEscape(id), nil
}
