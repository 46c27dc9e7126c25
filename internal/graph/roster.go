package graph

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/google/uuid"
	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	nethttp "github.com/microsoft/kiota-http-go"
	jsonserialization "github.com/microsoft/kiota-serialization-json-go"
	msgraphgocore "github.com/microsoftgraph/msgraph-sdk-go-core"

	"photosync/internal/match"
	"photosync/internal/record"
)

// userFields are read of each user: what can name them, and whether they are guests.
const userFields = "$select=id,userPrincipalName,mail,onPremisesImmutableId,onPremisesSecurityIdentifier,userType"

// groupSize is how many users Roster hands over at once. It is also the page
// size asked for; the service refuses 1000.
const groupSize = 999

// Roster streams all users of the tenant to yield, up to 999 at a time, and
// ends with the first error of yield. The slice is yield's to keep.
func (c *Client) Roster(ctx context.Context, yield func([]match.CloudUser) error) error {
	var group []match.CloudUser
	err := c.users(ctx, "list the cloud's users", "", userFields+"&$top=999", func(u match.CloudUser) error {
		if group = append(group, u); len(group) < groupSize {
			return nil
		}
		full := group
		group = make([]match.CloudUser, 0, groupSize)
		return yield(full)
	})
	if err != nil || len(group) == 0 {
		return err
	}
	return yield(group)
}

// Candidates looks up the cloud users that any key of the person could name.
// It asks nothing, and gives nobody, for a person without keys.
func (c *Client) Candidates(ctx context.Context, p match.Person) ([]match.CloudUser, error) {
	filter := candidatesFilter(p)
	if filter == "" {
		return nil, nil
	}
	var found []match.CloudUser
	err := c.users(ctx, "look up the cloud user of", p.Name(), userFields+"&$filter="+queryEscape(filter), func(u match.CloudUser) error {
		found = append(found, u)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// User looks up the cloud user with the object id. It gives CloudUserNotFound
// when there is none.
func (c *Client) User(ctx context.Context, id string) (match.CloudUser, error) {
	var found *match.CloudUser
	const attempt = "look up the cloud user"
	filter := "id eq '" + strings.ReplaceAll(id, "'", "''") + "'"
	err := c.users(ctx, attempt, id, userFields+"&$filter="+queryEscape(filter), func(u match.CloudUser) error {
		found = &u
		return nil
	})
	switch {
	case err != nil:
		return match.CloudUser{}, err
	case found == nil:
		return match.CloudUser{}, record.Errorf(record.CloudUserNotFound, "%s %s: there is none with this id", attempt, id).On(id)
	}
	return *found, nil
}

func candidatesFilter(p match.Person) string {
	var terms []string
	for _, key := range []struct{ property, value string }{
		{"onPremisesImmutableId", p.ImmutableID()},
		{"onPremisesSecurityIdentifier", p.SID},
		{"userPrincipalName", p.UserPrincipalName},
		{"mail", p.Mail},
	} {
		if key.value != "" {
			terms = append(terms, key.property+" eq '"+strings.ReplaceAll(key.value, "'", "''")+"'")
		}
	}
	return strings.Join(terms, " or ")
}

// queryEscape escapes a query's value with %20 for a space, which unlike + means the same to every server.
func queryEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// users walks all pages of a query of users with the SDK's page iterator.
func (c *Client) users(ctx context.Context, attempt, target, query string, each func(match.CloudUser) error) error {
	pages := &pager{NetHttpRequestAdapter: c.adapter, client: c, attempt: attempt, target: target, seen: map[string]bool{}, begun: map[string]bool{}}
	first, err := pages.read(ctx, c.at("/users", query))
	if err != nil {
		return err
	}
	it, err := msgraphgocore.NewPageIterator[*user](first, pages, newUserPage)
	if err != nil {
		return record.Errorf(record.InternalError, "%s: %w", attempt, err)
	}
	var stop error
	err = it.Iterate(ctx, func(u *user) bool {
		stop = each(u.CloudUser)
		return stop == nil
	})
	if stop != nil {
		return stop
	}
	if err != nil {
		if e, ok := errors.AsType[*record.Error](err); ok {
			return e
		}
		return record.Errorf(record.GraphAnswerInvalid, "%s: %w", attempt, err).On(target)
	}
	return nil
}

// pager is the request adapter that the page iterator asks for the next page.
// Its Send goes the client's own way, so that a page is tried again, bounded
// and held to the Graph root like every other answer.
type pager struct {
	*nethttp.NetHttpRequestAdapter
	client          *Client
	attempt, target string
	seen            map[string]bool // links to a next page
	begun           map[string]bool // ids of the users with whom pages begin
	empty           int             // pages without a user, in a row
	users           int
}

// usersMost bounds the users of a list: ten times as many as the largest
// tenants are said to have.
const usersMost = 10_000_000

// emptyMost bounds the pages without a user that may come in a row: some are
// documented, and a list of nothing else would have no end.
const emptyMost = 100

// Send reads the page that info names.
func (p *pager) Send(ctx context.Context, info *abs.RequestInformation, _ serialization.ParsableFactory, _ abs.ErrorMappings) (serialization.Parsable, error) {
	u, err := info.GetUri()
	if err != nil {
		return nil, err
	}
	page, err := p.read(ctx, u)
	if err != nil {
		return nil, err
	}
	return page, nil
}

func (p *pager) read(ctx context.Context, u *url.URL) (*userPage, error) {
	q := call{
		kind: rosterCall, attempt: p.attempt, target: p.target, method: abs.GET, url: u,
		accept: acceptJSON, requestID: uuid.NewString(), limit: maxJSON, weight: p.attempt,
	}
	a, err := p.client.do(ctx, q)
	if err != nil {
		return nil, err
	}
	body, err := q.json(a)
	if err != nil {
		return nil, err
	}
	node, err := jsonserialization.NewJsonParseNode(body)
	if err != nil {
		return nil, q.invalid(a, "the page of users does not parse: %w", err)
	}
	parsed, err := node.GetObjectValue(newUserPage)
	if err != nil {
		return nil, q.invalid(a, "the page of users does not parse: %w", err)
	}
	page, ok := parsed.(*userPage)
	if !ok || !page.hasValue {
		return nil, q.invalid(a, "the answer is not a page of users")
	}
	return page, p.check(q, a, page)
}

// check refuses a next page that is elsewhere, or that was read before.
func (p *pager) check(q call, a answer, page *userPage) error {
	switch p.users += len(page.value); {
	case p.repeats(page):
		return q.invalid(a, "the list of users has no end: a page of it was read before, or %d empty ones came in a row", emptyMost)
	case p.users > usersMost:
		return q.invalid(a, "the list of users has no end: %d came", p.users)
	}
	if page.next == nil || *page.next == "" {
		return nil
	}
	next, err := url.Parse(*page.next)
	if err != nil || next.Host == "" {
		return q.invalid(a, "the link to the next page is not a URL")
	}
	if !sameOrigin(p.client.root, next) {
		e := q.errorf(record.GraphForeignHost, "the link to the next page goes to %s://%s and was not followed", next.Scheme, a.without(next.Host))
		e.RequestID = a.requestID()
		return e
	}
	if p.seen[*page.next] {
		return q.invalid(a, "the link to the next page leads to one that was read before")
	}
	p.seen[*page.next] = true
	return nil
}

// repeats reports whether the page begins with a user with whom another began,
// or is one of too many without any: a link can be new each time and lead to the
// same page for ever.
func (p *pager) repeats(page *userPage) bool {
	if len(page.value) == 0 {
		p.empty++
		return p.empty > emptyMost
	}
	p.empty = 0
	id := page.value[0].ID
	again := p.begun[id]
	p.begun[id] = true
	return again
}
