package auth

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"

	"photosync/internal/record"
)

// home is a cloud as sign-in knows it. Source: Microsoft's page on national
// cloud deployments. Tokens of one cloud are worth nothing in another, so the
// host of sign-in and the scope always come from the same home, and neither from
// the environment (AZURE_AUTHORITY_HOST).
type home struct {
	name  string
	graph string
	login cloud.Configuration
}

var homes = []home{
	{"global", "https://graph.microsoft.com", cloud.AzurePublic},
	{"usgov", "https://graph.microsoft.us", cloud.AzureGovernment},
	{"usgovdod", "https://dod-graph.microsoft.us", cloud.AzureGovernment},
	{"china", "https://microsoftgraph.chinacloudapi.cn", cloud.AzureChina},
}

func homeOf(environment string) (home, bool) {
	if environment == "" {
		environment = "global"
	}
	for _, h := range homes {
		if strings.EqualFold(h.name, environment) {
			return h, true
		}
	}
	return home{}, false
}

// cloudOf gives the name of the cloud with this Graph root, "" for none.
func cloudOf(audience string) string {
	for _, h := range homes {
		if h.is(audience) {
			return h.name
		}
	}
	return ""
}

// is reports whether an audience is Graph's root in the cloud.
func (h home) is(audience string) bool {
	return strings.EqualFold(strings.TrimSuffix(audience, "/"), h.graph)
}

func (h home) scope() string { return h.graph + "/.default" }

// Scope gives the scope of application sign-in in a cloud: the Graph root of
// global (also for ""), usgov, usgovdod or china, and /.default. It gives ""
// for a cloud that is not known.
func Scope(environment string) string {
	h, ok := homeOf(environment)
	if !ok {
		return ""
	}
	return h.scope()
}

func unknownCloud(environment string) error {
	return record.Errorf(record.SettingInvalid, "--environment or PHOTOSYNC_ENVIRONMENT is %q, and there is no such cloud; the clouds are global, usgov, usgovdod and china", environment)
}
