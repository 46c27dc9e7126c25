package lab

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// readOrganizationRoles allow to read the organisation; the first is the least
// one.
var readOrganizationRoles = []string{"Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}

// syncAge is how long ago the directory was last synchronised.
const syncAge = 10 * time.Minute

// organization answers GET /organization: a list of one.
func (g *Graph) organization(c *call) *reply {
	values, err := url.ParseQuery(c.query)
	if err != nil {
		return refuse(http.StatusBadRequest, "BadRequest", "The query string is not escaped correctly.")
	}
	for name := range values {
		if name != "$select" {
			return refuse(http.StatusBadRequest, "Request_UnsupportedQuery", "The query option '"+name+"' is not supported.")
		}
	}
	all := g.organizationProperties(c)
	one := all
	if values.Has("$select") {
		one = map[string]any{}
		for name := range strings.SplitSeq(values.Get("$select"), ",") {
			value, ok := all[strings.TrimSpace(name)]
			if !ok {
				return refuse(http.StatusBadRequest, "BadRequest",
					"Parsing OData Select and Expand failed: Could not find a property named '"+name+"' on type 'microsoft.graph.organization'.")
			}
			one[strings.TrimSpace(name)] = value
		}
	}
	if refused := c.allow(readOrganizationRoles, "Authorization_RequestDenied", insufficient); refused != nil {
		return refused
	}
	return withJSON(http.StatusOK, map[string]any{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#organization", "value": []any{one}})
}

// organizationProperties are those of the token's tenant that the lab knows.
func (g *Graph) organizationProperties(c *call) map[string]any {
	id := tenantID
	if c.token != nil {
		id = c.token.Tenant
	}
	return map[string]any{
		"id": id, "displayName": "Corp Example", "onPremisesSyncEnabled": true,
		"onPremisesLastSyncDateTime": g.settings.now().Add(-syncAge).UTC().Format("2006-01-02T15:04:05Z"),
	}
}
