package record

// Operation is something that a host can ask of the binary over the bridge.
type Operation struct {
	Name       string      `json:"name"`
	Meaning    string      `json:"meaning"`
	Parameters []Parameter `json:"parameters"`
}

// Parameter is a setting of an [Operation], by its name on the wire.
type Parameter struct {
	Name    string `json:"name"`
	Type    string `json:"type"` // string, strings, integer, boolean
	List    string `json:"list,omitempty"`
	Meaning string `json:"meaning"`
}

// Operations lists every operation. What a host leaves out has the default of
// the command line's flag of the same meaning.
var Operations = []Operation{
	{"drift.get", "compares, and gives a Row for everybody who needs attention, or for every named person", append(connectionAndScope(),
		Parameter{"all", "boolean", "", "also rows that need no attention"},
		Parameter{"statuses", "strings", "Status", "rows with these statuses only, whether they need attention or not"},
	)},
	{"photo.sync", "compares, plans, proposes, writes, and gives a Change for everybody who was to be changed", append(connectionAndScope(),
		Parameter{"passThru", "boolean", "", "also a Change for everybody who needs none"},
		Parameter{"baseline", "string", "Baseline", "which side is right where two photos differ and nobody has decided yet"},
		Parameter{"maxChange", "integer", "", "brake: no more changes than this"},
		Parameter{"maxChangePercent", "integer", "", "brake: no larger share of a whole scope of more than 200 people"},
	)},
	{"readiness.check", "looks whether everything that runs need is there, and gives a Check for each question", append(connection(),
		Parameter{"canary", "string", "", "the person whose photo is read as a trial, by any name; without it the first that the directory gives"},
		Parameter{"writeProbe", "string", "", "UPN of a test user whose photo is written, read back and put back; without it nothing is written"},
	)},
}

// connectionAndScope are the parameters of every operation over people.
func connectionAndScope() []Parameter {
	return append(connection(),
		Parameter{"people", "boolean", "", "people follow as input; without it the scope is read"},
		Parameter{"searchBase", "string", "", "DN to search below"},
		Parameter{"searchScope", "string", "", "base, one or sub"},
		Parameter{"ldapFilter", "string", "", "LDAP filter that people must match"},
	)
}

// connection are the parameters of every operation that reads both sides.
func connection() []Parameter {
	return []Parameter{
		{"server", "string", "", "domain controller: HOST, ldaps://HOST[:PORT] or, for StartTLS, ldap://HOST[:PORT]"},
		{"ldapAuth", "string", "", "how to bind"},
		{"ldapUser", "string", "", "account that reads the directory; its password is the secret ldapPassword"},
		{"caFile", "string", "", "PEM file with CA certificates to trust beside the system's, on both sides"},
		{"tenant", "string", "", "tenant id or domain"},
		{"clientId", "string", "", "application (client) id, also of a user-assigned managed identity"},
		{"auth", "string", "", "client-secret, certificate, managed-identity, workload-identity, browser, device-code, azure-cli or token"},
		{"certificateFile", "string", "", "PEM or PFX file with certificate and key"},
		{"certificate", "string", "", "base64 of a DER certificate whose key the host has: it is asked to sign"},
		{"environment", "string", "", "global, usgov, usgovdod or china"},
		{"graphUrl", "string", "", "Graph root, without version"},
		{"stateDir", "string", "", "folder for journal, backups and what earlier runs saw"},
		{"concurrency", "integer", "", "no more requests to Microsoft Graph at once than this"},
	}
}
