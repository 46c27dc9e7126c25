package lab

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const largestTop = 999

// WithEndlessRoster makes the link of every page of users, the last one too,
// lead back to the same page.
func WithEndlessRoster() Option { return func(s *settings) { s.endlessRoster = true } }

// WithForeignNextLink makes link the link to the next page on every page of
// users, as it is.
func WithForeignNextLink(link string) Option { return func(s *settings) { s.foreignLink = link } }

// listUsers answers GET /users.
func (g *Graph) listUsers(c *call) *reply {
	values, err := url.ParseQuery(c.query)
	if err != nil {
		return refuse(http.StatusBadRequest, "BadRequest", "The query string is not escaped correctly.")
	}
	l, refused := c.readListing(values)
	if refused != nil {
		return refused
	}
	g.mu.RLock()
	users := g.users
	g.mu.RUnlock()
	// A position is twice the index to go on at, and one more for an empty
	// page before it.
	if l.after%2 == 1 {
		return withJSON(http.StatusOK, g.page(c, values, []any{}, l.after-1))
	}
	list, next := l.collect(users, l.after/2, min(l.top, g.settings.pageSize))
	position := 2 * next
	if g.settings.emptyPages && next > 0 {
		position++
	}
	return withJSON(http.StatusOK, g.page(c, values, list, position))
}

// collect gives up to size users from index at on, and the index to go on at;
// 0 when there are no more.
func (l *listing) collect(users []*account, at, size int) ([]any, int) {
	list := []any{}
	for i := at; i < len(users); i++ {
		if l.filter != nil && !l.filter(users[i].user) {
			continue
		}
		if len(list) == size {
			return list, i
		}
		list = append(list, selectFrom(users[i].user, l.selected))
	}
	return list, 0
}

func selectFrom(u CloudUser, selected []property) map[string]any {
	out := make(map[string]any, len(selected))
	for _, p := range selected {
		out[p.name] = p.of(u)
	}
	return out
}

// page gives the body with a link to the next page.
func (g *Graph) page(c *call, values url.Values, list []any, next int) map[string]any {
	body := map[string]any{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users", "value": list}
	if link := g.nextLink(c, values, next); link != "" {
		body["@odata.nextLink"] = link
	}
	return body
}

// nextLink gives the link to the page at a position, "" for position 0 unless
// the lab misleads.
func (g *Graph) nextLink(c *call, values url.Values, next int) string {
	switch {
	case g.settings.foreignLink != "":
		return g.settings.foreignLink
	case g.settings.endlessRoster:
		return g.URL() + "/v1.0/users?" + c.query
	case next == 0:
		return ""
	}
	link := url.Values{}
	for k, v := range values {
		link[k] = v
	}
	link.Set("$skiptoken", skipToken(values, next))
	return g.URL() + "/v1.0/users?" + strings.ReplaceAll(link.Encode(), "%24", "$")
}

// skipToken binds a position to the rest of the query: a client that does not
// use the link whole is refused.
func skipToken(values url.Values, next int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d", queryMark(values), next))
}

func queryMark(values url.Values) string {
	rest := url.Values{}
	for k, v := range values {
		if k != "$skiptoken" {
			rest[k] = v
		}
	}
	sum := sha256.Sum256([]byte(rest.Encode()))
	return hex.EncodeToString(sum[:8])
}

func readSkipToken(values url.Values) (int, *reply) {
	raw, err := base64.RawURLEncoding.DecodeString(values.Get("$skiptoken"))
	mark, position, ok := strings.Cut(string(raw), ":")
	next, err2 := strconv.Atoi(position)
	if err != nil || err2 != nil || !ok || next < 1 || mark != queryMark(values) {
		return 0, refuse(http.StatusBadRequest, "Directory_ExpiredPageToken", "The specified page token value has expired or does not belong to this query.")
	}
	return next, nil
}
