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
		Parameter{"onConflict", "string", "OnConflict", "what becomes of people whose cloud photo changed since both sides agreed"},
		Parameter{"maxRemove", "integer", "", "brake: no more removals than this"},
		Parameter{"maxShrinkPercent", "integer", "", "brake: the directory may give less than at the last run by this share"},
		Parameter{"canary", "string", "", "brake: the person who must be in sync, by any name"},
		Parameter{"ignorePolicy", "boolean", "", "write although the tenant's photo update settings leave photos to somebody else"},
		Parameter{"first", "integer", "", "carry out this many changes, the first of the plan; 0 for all"},
		Parameter{"excludeGroups", "strings", "", "DNs of groups whose members are left out"},
		Parameter{"removeOrphans", "boolean", "", "remove cloud photos that were ours and whose person has none any more"},
		Parameter{"graceSeconds", "integer", "", "how long somebody must have been seen as an orphan before the photo is removed"},
		Parameter{"allowDowngrade", "boolean", "", "replace the same picture with more detail, too"},
		Parameter{"planPath", "string", "", "in a dry run, the file to write the plan to; else the plan to carry out"},
		Parameter{"maxAgeSeconds", "integer", "", "how old a plan that is carried out may be"},
		Parameter{"verifySeconds", "integer", "", "how long a write is looked for before it counts as pending"},
		Parameter{"retentionDays", "integer", "", "how long backups are kept; 0 for ever"},
		Parameter{"backupRecipient", "string", "", "age public key to encrypt backups for"},
	)},
	{"photo.restore", "puts back what was there before a run wrote, and gives a Change for each write that is to be undone", append(connection(),
		Parameter{"people", "boolean", "", "people follow as input: only their last write is undone, or that of the run"},
		Parameter{"runId", "string", "", "the run to undo"},
		Parameter{"force", "boolean", "", "also where the cloud photo changed since"},
		Parameter{"identityFile", "string", "", "file with the age identity that opens encrypted backups"},
		Parameter{"verifySeconds", "integer", "", "how long a write is looked for before it counts as pending"},
		Parameter{"backupRecipient", "string", "", "age public key to encrypt backups for"},
	)},
	{"runs.list", "reads the journal, and gives a Run for each run that wrote, the latest first", []Parameter{
		{"stateDir", "string", "", "folder for journal, backups and state"},
		{"runId", "string", "", "only this run"},
	}},
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
