package record

import (
	"regexp"
	"strings"
)

// Word gives what a flag or a phrase of the command line is in a cmdlet.
type Word struct {
	Flag   string `json:"flag"`
	Cmdlet string `json:"cmdlet"`
}

// Words lists what messages and remedies may say of the command line, and what
// a cmdlet's user knows it by.
var Words = []Word{
	{"--server", "-Server"},
	{"--search-base", "-SearchBase"},
	{"--search-scope", "-SearchScope"},
	{"--ldap-filter", "-LDAPFilter"},
	{"--user and --users-file", "-Identity"},
	{"--user", "-Identity"},
	{"--users-file", "-Identity"},
	{"--ldap-auth", "-AuthType"},
	{"--ldap-user with --ldap-password-stdin", "-Credential"},
	{"--ldap-user", "-Credential"},
	{"--ldap-password-stdin", "-Credential"},
	{"--ca-file", "-CACertificatePath"},
	{"--tenant", "-TenantId"},
	{"--client-id", "-ClientId"},
	{"--auth client-secret", "-ClientSecretCredential"},
	{"--auth certificate", "-CertificateFilePath"},
	{"--auth managed-identity", "-ManagedIdentity"},
	{"--auth token", "-AccessToken"},
	{"--auth device-code", "-UseDeviceCode"},
	{"--auth", "the sign-in parameters"},
	{"--certificate-file", "-CertificateFilePath"},
	{"--access-token-stdin", "-AccessToken"},
	{"--environment", "-Environment"},
	{"--graph-url", "-GraphUrl"},
	{"--all", "-All"},
	{"--concurrency", "-ThrottleLimit"},
	{"--write-probe", "-WriteProbe"},
	{"--state-dir", "-StatePath"},
	{"--dry-run", "-WhatIf"},
	{"--yes", "-Confirm:$false"},
	{"--baseline", "-Baseline"},
	{"--max-change", "-MaxChange"},
	{", or run photosync demo to try without one", ""},
	{"Look at the dry run", "Look at it with -WhatIf"},
	{"the flag or the environment variable", "the parameter or the environment variable"},
	{"set AZURE_CLIENT_CERTIFICATE_PASSWORD", "give -CertificatePassword"},
	{"--max-change-percent", "-MaxChangePercent"},
	{"--dry-run --plan FILE", "-WhatIf -PlanPath FILE"},
	{"--on-conflict", "-OnConflict"},
	{"--max-remove", "-MaxRemove"},
	{"--max-shrink-percent", "-MaxShrinkPercent"},
	{"--canary", "-Canary"},
	{"--ignore-policy", "-IgnorePolicy"},
	{"--first", "-First"},
	{"--exclude-group", "-ExcludeGroup"},
	{"--remove-orphans", "-RemoveOrphan"},
	{"--grace", "-Grace"},
	{"--allow-downgrade", "-AllowDowngrade"},
	{"--plan", "-PlanPath"},
	{"--max-age", "-MaxAge"},
	{"--verify-timeout", "-VerifyTimeout"},
	{"--retention", "-RetentionDays"},
	{"--backup-recipient", "-BackupRecipient"},
	{"--identity-file", "-IdentityFilePath"},
	{"--force", "-Force"},
	{"--run", "-RunId"},
	{"photosync restore --list", "Get-PhotoSyncRun"},
	{"photosync restore", "Restore-UserPhoto"},
	{"photosync check --write-probe", "Test-PhotoSyncReadiness -WriteProbe"},
	{"photosync drift", "Get-PhotoDrift"},
}

// flagText finds the phrases of several words first, then any single flag.
var flagText = func() *regexp.Regexp {
	var phrases string
	for _, w := range Words {
		if strings.Contains(w.Flag, " ") {
			phrases += regexp.QuoteMeta(w.Flag) + `\b|`
		}
	}
	return regexp.MustCompile(phrases + `--[a-z]+(-[a-z]+)*`)
}()

// ForCmdlets gives the text with the names of flags replaced by those of the
// cmdlets' parameters. A flag that has none stays.
func ForCmdlets(text string) string {
	return flagText.ReplaceAllStringFunc(text, func(flag string) string {
		for _, w := range Words {
			if w.Flag == flag {
				return w.Cmdlet
			}
		}
		return flag
	})
}
