package run

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"photosync/internal/record"
)

// need is a permission that something asks for: any of these is enough. The
// lists are Microsoft's, see docs/check.md.
type need struct {
	purpose     string
	application []string
	delegated   []string // the same where nil
	grant       string   // the least of them, which the remedy grants
	elsewhere   string   // what it grants in clouds that may not have grant
	missing     record.CheckStatus
	without     string // what does not work without it
	person      string // what a person needs besides
}

var (
	listUsers = need{
		purpose:     "to list users with the keys that match them",
		application: []string{"User.Read.All", "Directory.Read.All", "User.ReadWrite.All", "Directory.ReadWrite.All"},
		grant:       "User.Read.All", missing: record.Fail,
	}
	readPhotos = need{
		purpose:     "to read photos",
		application: []string{"ProfilePhoto.Read.All", "ProfilePhoto.ReadWrite.All", "User.Read.All", "User.ReadWrite.All", "User.ReadBasic.All"},
		grant:       "ProfilePhoto.Read.All", elsewhere: "User.Read.All", missing: record.Fail,
	}
	writePhotos = need{
		purpose:     "to write photos",
		application: []string{"ProfilePhoto.ReadWrite.All", "User.ReadWrite.All"},
		delegated:   []string{"ProfilePhoto.ReadWrite.All"},
		grant:       "ProfilePhoto.ReadWrite.All", elsewhere: "User.ReadWrite.All", missing: record.Warn,
		without: "drift works, sync will not",
		person:  "a person needs a directory role besides, such as People Administrator, for the whole tenant, which the token does not tell of",
	}
	readPolicy = need{
		purpose:     "to read the tenant's photo update settings",
		application: []string{"PeopleSettings.Read.All", "PeopleSettings.ReadWrite.All"},
		grant:       "PeopleSettings.Read.All", missing: record.Warn,
		without: "it is optional: drift and sync work, PhotoPolicy cannot be answered",
	}
	readOrganization = need{
		purpose:     "to read the organization",
		application: []string{"Organization.Read.All", "Directory.Read.All"},
		grant:       "Organization.Read.All",
	}
)

// roleIDs has the ids of Microsoft Graph's application permissions, which are
// the same in every tenant.
var roleIDs = map[string]string{
	"User.Read.All":              "df021288-bdef-4463-88db-98f22de89214",
	"User.ReadWrite.All":         "741f803b-c850-494e-b5df-cde7c675a1ca",
	"ProfilePhoto.Read.All":      "e24d31aa-e1ab-4c80-85fe-23018690335d",
	"ProfilePhoto.ReadWrite.All": "27baa7f6-5dfb-4ba8-b1d3-1e812c143013",
	"PeopleSettings.Read.All":    "ef02f2e7-e22d-4c77-8614-8f765683b86e",
	"Organization.Read.All":      "498476ce-e0fe-48b0-b801-37ba7e2685c6",
}

// photoRoles has the template ids of the directory roles that are documented to
// let a person write other people's photos.
var photoRoles = map[string]string{
	"62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
	"fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
	"024906de-61e5-49c8-8572-40335f1e0e10": "People Administrator",
}

// role gives the question whether the token has a permission.
func role(n need) func(*checker, context.Context) record.Check {
	return func(c *checker, _ context.Context) record.Check {
		switch {
		case !c.token.there:
			return c.noToken()
		case c.token.opaque:
			return unknown("Look at CanaryRead, which reads with this token.", "the token is opaque: what it may do cannot be read")
		}
		return c.judge(n)
	}
}

func (c *checker) judge(n need) record.Check {
	enough := n.application
	if c.token.Delegated && n.delegated != nil {
		enough = n.delegated
	}
	has := c.token.permissions()
	for _, p := range enough {
		if !slices.ContainsFunc(has, func(h string) bool { return strings.EqualFold(h, p) }) {
			continue
		}
		if c.token.Delegated && n.person != "" {
			return pass("the token has %s, which is enough %s; %s", p, n.purpose, n.person)
		}
		return pass("the token has %s, which is enough %s", p, n.purpose)
	}
	text := "the token has none of " + strings.Join(enough, ", ") + ", one of which is needed " + n.purpose + "; " + c.holdings()
	if n.missing == record.Warn {
		return warn(c.howToGrant(n), "%s; %s", text, n.without)
	}
	return fail(record.Errorf(record.GraphForbidden, "%s", text).Advise(c.howToGrant(n)))
}

// exchangeRole is one of Exchange Online's own, which people grant for its
// PowerShell module.
const exchangeRole = "Exchange.ManageAsApp"

// holdings says what the token has.
func (c *checker) holdings() string {
	has := c.token.permissions()
	switch {
	case len(has) == 1 && has[0] == exchangeRole:
		return "it has " + exchangeRole + " alone, which is for Exchange Online PowerShell and gives nothing in Microsoft Graph"
	case len(has) == 0 && c.token.Delegated:
		return "it has no scopes"
	case len(has) == 0:
		return "it has no roles"
	}
	return "it has " + strings.Join(has, ", ")
}

// mgEnvironments has the names of clouds in Microsoft Graph PowerShell, that of
// the global one left out.
var mgEnvironments = map[string]string{"usgov": "USGov", "usgovdod": "USGovDoD", "china": "China"}

// howToGrant gives the commands that grant the least permission, to an app
// registration and to a managed identity alike: both are service principals,
// and the portal has no page for the second.
func (c *checker) howToGrant(n need) string {
	permission, cloud := n.grant, mgEnvironments[strings.ToLower(c.options.Auth.Environment)]
	if cloud != "" {
		permission = cmp.Or(n.elsewhere, n.grant)
		cloud = "-Environment " + cloud + " "
	}
	if c.token.Delegated {
		return "Add the delegated permission " + permission + " of Microsoft Graph to the application " + c.token.application() +
			" (Microsoft Entra, App registrations, API permissions), grant admin consent, and sign in again. " +
			"An application of Microsoft's own, such as the Azure CLI, takes no more permissions: sign in with --auth browser or --auth device-code as an application of yours."
	}
	return "Grant " + permission + " and get a new token (a managed identity may be given its old one for another day). " +
		"In Microsoft Graph PowerShell, as a Privileged Role Administrator, for an app registration and for a managed identity alike: " +
		"Connect-MgGraph " + cloud + "-Scopes AppRoleAssignment.ReadWrite.All,Application.Read.All; " +
		`$graph = Get-MgServicePrincipal -Filter "appId eq '00000003-0000-0000-c000-000000000000'"; ` +
		`$app = Get-MgServicePrincipal -Filter "appId eq '` + cmp.Or(c.token.App, c.options.Auth.ClientID, "APPLICATION ID") + `'"; ` +
		"New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id -ResourceId $graph.Id -AppRoleId " + roleIDs[permission]
}
