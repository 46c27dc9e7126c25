package lab

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// property is one property of a user.
type property struct {
	name       string
	onPremises bool // needs more than User.ReadBasic.All
	standard   bool // given without $select
	filter     filterUse
	value      func(CloudUser) any // nil = always null here
}

// filterUse says how a property may be used in $filter.
type filterUse int

const (
	noFilter filterUse = iota
	plainFilter
	advancedFilter // only with ConsistencyLevel: eventual and $count=true
)

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// properties are those of a user that the lab knows, in the order in which
// they are returned.
var properties = []property{
	{name: "id", standard: true, filter: plainFilter, value: func(u CloudUser) any { return u.ID }},
	{name: "businessPhones", standard: true, value: func(CloudUser) any { return []string{} }},
	{name: "displayName", standard: true, filter: plainFilter, value: func(u CloudUser) any { return nullable(u.DisplayName) }},
	{name: "givenName", standard: true, filter: plainFilter},
	{name: "jobTitle", standard: true, filter: plainFilter},
	{name: "mail", standard: true, filter: plainFilter, value: func(u CloudUser) any { return nullable(u.Mail) }},
	{name: "mobilePhone", standard: true},
	{name: "officeLocation", standard: true},
	{name: "preferredLanguage", standard: true},
	{name: "surname", standard: true, filter: plainFilter},
	{name: "userPrincipalName", standard: true, filter: plainFilter, value: func(u CloudUser) any { return u.UserPrincipalName }},
	{name: "accountEnabled", filter: plainFilter, value: func(u CloudUser) any { return u.AccountEnabled }},
	{name: "userType", filter: plainFilter, value: func(u CloudUser) any { return nullable(u.UserType) }},
	{name: "department", filter: plainFilter},
	{name: "onPremisesImmutableId", onPremises: true, filter: plainFilter, value: func(u CloudUser) any { return nullable(u.ImmutableID) }},
	{name: "onPremisesSecurityIdentifier", onPremises: true, filter: plainFilter, value: func(u CloudUser) any { return nullable(u.SID) }},
	{name: "onPremisesSyncEnabled", onPremises: true, filter: plainFilter, value: func(u CloudUser) any {
		if u.ImmutableID == "" {
			return nil
		}
		return true
	}},
	{name: "onPremisesSamAccountName", onPremises: true, filter: advancedFilter},
	{name: "onPremisesUserPrincipalName", onPremises: true, filter: advancedFilter},
	{name: "onPremisesDistinguishedName", onPremises: true},
	{name: "onPremisesDomainName", onPremises: true, filter: advancedFilter},
}

func propertyNamed(name string) (property, bool) {
	i := slices.IndexFunc(properties, func(p property) bool { return strings.EqualFold(p.name, name) })
	if i < 0 {
		return property{}, false
	}
	return properties[i], true
}

func (p property) of(u CloudUser) any {
	if p.value == nil {
		return nil
	}
	return p.value(u)
}

// listing is the query of a list of users, checked.
type listing struct {
	selected []property
	top      int
	filter   condition
	after    int
}

const largestTop = 999

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
		return withJSON(http.StatusOK, g.page(values, []any{}, l.after-1))
	}
	list, next := l.collect(users, l.after/2, min(l.top, g.settings.pageSize))
	position := 2 * next
	if g.settings.emptyPages && next > 0 {
		position++
	}
	return withJSON(http.StatusOK, g.page(values, list, position))
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
func (g *Graph) page(values url.Values, list []any, next int) map[string]any {
	body := map[string]any{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users", "value": list}
	if next > 0 {
		link := url.Values{}
		for k, v := range values {
			link[k] = v
		}
		link.Set("$skiptoken", skipToken(values, next))
		body["@odata.nextLink"] = g.URL() + "/v1.0/users?" + strings.ReplaceAll(link.Encode(), "%24", "$")
	}
	return body
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

// readListing checks the query options.
func (c *call) readListing(values url.Values) (*listing, *reply) {
	l := &listing{top: 100}
	for name, v := range values {
		if len(v) != 1 {
			return nil, refuse(http.StatusBadRequest, "BadRequest", "Query option '"+name+"' was specified more than once, but it must be specified at most once.")
		}
		if refused := l.option(name, v[0], values); refused != nil {
			return nil, refused
		}
	}
	selected, refused := readSelect(values)
	if refused != nil {
		return nil, refused
	}
	l.selected = selected
	f, refused := c.readFilter(values)
	if refused != nil {
		return nil, refused
	}
	l.filter = f.test
	if slices.ContainsFunc(append(f.properties, selected...), func(p property) bool { return p.onPremises }) {
		return l, c.allow(readOnPremsRoles, "Authorization_RequestDenied", insufficient)
	}
	return l, c.allow(readUserRoles, "Authorization_RequestDenied", insufficient)
}

const insufficient = "Insufficient privileges to complete the operation."

func (l *listing) option(name, value string, values url.Values) *reply {
	switch name {
	case "$select", "$filter", "$count":
	case "$top":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return refuse(http.StatusBadRequest, "BadRequest", "Invalid value '"+value+"' for $top query option found.")
		}
		if n > largestTop {
			return refuse(http.StatusBadRequest, "Request_UnsupportedQuery", "Invalid page size specified: '"+value+"'. Must be between 1 and 999 inclusive.")
		}
		l.top = n
	case "$skiptoken":
		after, refused := readSkipToken(values)
		l.after = after
		return refused
	default:
		return refuse(http.StatusBadRequest, "Request_UnsupportedQuery", "The query option '"+name+"' is not supported.")
	}
	return nil
}

// readSelect gives the properties to return.
func readSelect(values url.Values) ([]property, *reply) {
	var selected []property
	if !values.Has("$select") {
		for _, p := range properties {
			if p.standard {
				selected = append(selected, p)
			}
		}
		return selected, nil
	}
	for name := range strings.SplitSeq(values.Get("$select"), ",") {
		p, ok := propertyNamed(strings.TrimSpace(name))
		if !ok {
			return nil, refuse(http.StatusBadRequest, "BadRequest",
				"Parsing OData Select and Expand failed: Could not find a property named '"+name+"' on type 'microsoft.graph.user'.")
		}
		selected = append(selected, p)
	}
	return selected, nil
}

// getUser answers GET /users/{id}.
func (g *Graph) getUser(c *call, id string) *reply {
	values, err := url.ParseQuery(c.query)
	if err != nil {
		return refuse(http.StatusBadRequest, "BadRequest", "The query string is not escaped correctly.")
	}
	for name := range values {
		if name != "$select" {
			return refuse(http.StatusBadRequest, "Request_UnsupportedQuery", "The query option '"+name+"' is not supported.")
		}
	}
	l, refused := c.readListing(values)
	if refused != nil {
		return refused
	}
	a := g.account(id)
	if a == nil {
		return noUser(id)
	}
	body := selectFrom(a.user, l.selected)
	body["@odata.context"] = "https://graph.microsoft.com/v1.0/$metadata#users/$entity"
	return withJSON(http.StatusOK, body)
}
