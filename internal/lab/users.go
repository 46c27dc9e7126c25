package lab

import (
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
