package lab

import (
	"net/http"
	"slices"
)

// policyPath is where the photo policy is, below /beta.
const policyPath = "/admin/people/photoUpdateSettings"

// readPolicyRoles allow to read the photo policy; the first is the least one.
var readPolicyRoles = []string{"PeopleSettings.Read.All", "PeopleSettings.ReadWrite.All"}

// PhotoPolicy is the tenant's photoUpdateSettings and what the service makes of
// it. The zero PhotoPolicy is that of a tenant that has set nothing.
type PhotoPolicy struct {
	Source        string   // "", "cloud" or "onPremises"; it refuses nothing by itself
	AllowedRoles  []string // GUIDs of role templates
	Wrapped       bool     // the body is inside "value", as in the documentation's sample
	RolesAsObject bool     // allowedRoles is {} whatever AllowedRoles says, as on the documentation's concept page
	RefuseWrites  bool     // uploads and removals of photos are refused with 403 ForbiddenByPolicy
	Missing       bool     // the endpoint answers 404, as in a cloud that does not have it
}

// WithPhotoPolicy sets the tenant's photo policy.
func WithPhotoPolicy(p PhotoPolicy) Option { return func(s *settings) { s.policy = p } }

// SetPhotoPolicy changes what [WithPhotoPolicy] set.
func (g *Graph) SetPhotoPolicy(p PhotoPolicy) {
	p.AllowedRoles = slices.Clone(p.AllowedRoles)
	g.policy.Store(&p)
}

// photoPolicy answers GET /beta/admin/people/photoUpdateSettings.
func (g *Graph) photoPolicy(c *call) *reply {
	p := g.policy.Load()
	if p.Missing {
		return refuse(http.StatusNotFound, "ResourceNotFound", "Resource not found for the segment 'photoUpdateSettings'.")
	}
	if refused := c.allow(readPolicyRoles, "AccessDenied", insufficient); refused != nil {
		return refused
	}
	return withJSON(http.StatusOK, p.body())
}

// body gives the policy as one of the forms on record shows it.
func (p *PhotoPolicy) body() map[string]any {
	body := map[string]any{
		"@odata.context": "https://graph.microsoft.com/beta/$metadata#admin/people/photoUpdateSettings/$entity",
		"allowedRoles":   append([]string{}, p.AllowedRoles...),
	}
	if p.RolesAsObject {
		body["allowedRoles"] = map[string]any{}
	}
	if p.Source != "" {
		body["source"] = p.Source
	}
	if p.Wrapped {
		return map[string]any{"value": body}
	}
	return body
}

// toWrite gives the refusal of a change of a photo, nil if there is none. That
// the service refuses so is unconfirmed.
func (p *PhotoPolicy) toWrite() *reply {
	if !p.RefuseWrites {
		return nil
	}
	return refuse(http.StatusForbidden, "ForbiddenByPolicy", "Changes of photos are not allowed by the policy of the organization.")
}
