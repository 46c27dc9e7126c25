package record

// Code is a stable, PascalCase name of an error. A code is never renamed and
// never given a second meaning.
type Code string

// Category groups codes; each shell maps it to its own categories.
type Category string

// The categories. The list is closed.
const (
	CategoryAuth       Category = "auth"
	CategoryPermission Category = "permission"
	CategoryNotFound   Category = "notFound"
	CategoryInvalid    Category = "invalid"
	CategoryLimit      Category = "limit"
	CategoryThrottled  Category = "throttled"
	CategoryConnection Category = "connection"
	CategoryTimeout    Category = "timeout"
	CategoryProtocol   Category = "protocol"
	CategoryResource   Category = "resource"
	CategoryInternal   Category = "internal"
)

// Categories lists every [Category].
var Categories = []Category{
	CategoryAuth, CategoryPermission, CategoryNotFound, CategoryInvalid, CategoryLimit, CategoryThrottled,
	CategoryConnection, CategoryTimeout, CategoryProtocol, CategoryResource, CategoryInternal,
}

// The error codes.
const (
	Usage                Code = "Usage"
	ConfirmationRequired Code = "ConfirmationRequired"
	Cancelled            Code = "Cancelled"
	InternalError        Code = "InternalError"
	OutputFailed         Code = "OutputFailed"
	PeopleFailed         Code = "PeopleFailed"

	ServerMissing      Code = "ServerMissing"
	SettingInvalid     Code = "SettingInvalid"
	CaFileUnusable     Code = "CaFileUnusable"
	UsersFileUnusable  Code = "UsersFileUnusable"
	GraphUrlNotAllowed Code = "GraphUrlNotAllowed"

	CredentialsMissing    Code = "CredentialsMissing"
	CredentialsIncomplete Code = "CredentialsIncomplete"
	CertificateUnusable   Code = "CertificateUnusable"
	SignInFailed          Code = "SignInFailed"
	GraphTokenRejected    Code = "GraphTokenRejected"

	LdapCredentialsMissing  Code = "LdapCredentialsMissing"
	LdapBindFailed          Code = "LdapBindFailed"
	DirectoryUnreachable    Code = "DirectoryUnreachable"
	DirectoryNotTrusted     Code = "DirectoryNotTrusted"
	DirectoryNotEncrypted   Code = "DirectoryNotEncrypted"
	DirectoryConnectionLost Code = "DirectoryConnectionLost"
	DirectoryTimeout        Code = "DirectoryTimeout"
	LdapFilterInvalid       Code = "LdapFilterInvalid"
	SearchBaseInvalid       Code = "SearchBaseInvalid"
	SearchBaseNotFound      Code = "SearchBaseNotFound"
	DirectoryRefused        Code = "DirectoryRefused"

	UserNotFound      Code = "UserNotFound"
	IdentityAmbiguous Code = "IdentityAmbiguous"
	IdentityInvalid   Code = "IdentityInvalid"

	GraphUnreachable      Code = "GraphUnreachable"
	GraphNotTrusted       Code = "GraphNotTrusted"
	GraphTimeout          Code = "GraphTimeout"
	GraphConnectionLost   Code = "GraphConnectionLost"
	GraphForeignHost      Code = "GraphForeignHost"
	GraphAnswerInvalid    Code = "GraphAnswerInvalid"
	GraphForbidden        Code = "GraphForbidden"
	GraphThrottled        Code = "GraphThrottled"
	GraphRefused          Code = "GraphRefused"
	GraphFailed           Code = "GraphFailed"
	CloudUserNotFound     Code = "CloudUserNotFound"
	CloudPhotoUnreadable  Code = "CloudPhotoUnreadable"
	PhotoWriteForbidden   Code = "PhotoWriteForbidden"
	PhotoRefused          Code = "PhotoRefused"
	PhotoTooLarge         Code = "PhotoTooLarge"
	PhotoNotPreparable    Code = "PhotoNotPreparable"
	PhotoVerifyMismatch   Code = "PhotoVerifyMismatch"
	PhotoOutcomeUncertain Code = "PhotoOutcomeUncertain"

	PhotoNotAnImage        Code = "PhotoNotAnImage"
	PhotoTruncated         Code = "PhotoTruncated"
	PhotoTooSmall          Code = "PhotoTooSmall"
	PhotoTooManyPixels     Code = "PhotoTooManyPixels"
	PhotoFormatUnsupported Code = "PhotoFormatUnsupported"
	PhotoIsPlaceholder     Code = "PhotoIsPlaceholder"

	TooManyChanges  Code = "TooManyChanges"
	TooManyRemovals Code = "TooManyRemovals"
	SourceEmpty     Code = "SourceEmpty"

	BridgeProtocol          Code = "BridgeProtocol"
	BridgeVersionMismatch   Code = "BridgeVersionMismatch"
	BridgeTruncated         Code = "BridgeTruncated"
	BridgeSilent            Code = "BridgeSilent"
	BridgeNotFound          Code = "BridgeNotFound"
	BridgeHashMismatch      Code = "BridgeHashMismatch"
	BridgeStartFailed       Code = "BridgeStartFailed"
	ConfirmationUnavailable Code = "ConfirmationUnavailable"
	InputTooLarge           Code = "InputTooLarge"
	InputInvalid            Code = "InputInvalid"

	StateDirUnusable Code = "StateDirUnusable"
	BackupFailed     Code = "BackupFailed"
	JournalFailed    Code = "JournalFailed"
)

// Entry is what the catalogue knows of a code.
type Entry struct {
	Code     Code
	Category Category
	Exit     ExitCode // of a run that this error ends
	Meaning  string
	Remedy   string // full sentences: what to do
}

// Catalogue lists every error code, grouped as documentation shows them.
var Catalogue = []Entry{
	{Usage, CategoryInvalid, ExitUsage, "the command line cannot be understood", "Run the command with --help to see its flags."},
	{ConfirmationRequired, CategoryInvalid, ExitUsage, "sync has nobody to ask", "Add --dry-run to see the changes, or --yes to make them."},
	{Cancelled, CategoryResource, ExitCancelled, "the run was cancelled", "Run it again; it goes on where the two sides still differ."},
	{InternalError, CategoryInternal, ExitFailed, "a fault of photosync itself", "Report it with this line and the output of photosync version."},
	{OutputFailed, CategoryResource, ExitFailed, "rows or the summary could not be written", "Check that the disk has room, that the folder exists and that the reading program still runs."},
	{PeopleFailed, CategoryResource, ExitPartial, "several people failed", "See ErrorCode and Remedy on their rows."},

	{ServerMissing, CategoryInvalid, ExitConfiguration, "no domain controller was named", "Name one with --server dc1.corp.example or PHOTOSYNC_SERVER, or run photosync demo to try without one."},
	{SettingInvalid, CategoryInvalid, ExitConfiguration, "a setting has a value that cannot be used", "Correct the flag or the environment variable that the message names."},
	{CaFileUnusable, CategoryInvalid, ExitConfiguration, "the CA file cannot be read or holds no certificate", "Give a PEM file with the issuing CA's certificate to --ca-file or PHOTOSYNC_CA_FILE."},
	{UsersFileUnusable, CategoryInvalid, ExitConfiguration, "the list of people cannot be read", "Give a text file with one person a line to --users-file, or - for standard input."},
	{GraphUrlNotAllowed, CategoryInvalid, ExitConfiguration, "the Graph root cannot be used", "Use https and no version or path in --graph-url; plain http is for loopback only."},

	{CredentialsMissing, CategoryAuth, ExitCredentials, "no credentials for Microsoft 365", "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH; or use --auth managed-identity; or hand in a token with PHOTOSYNC_ACCESS_TOKEN or --access-token-stdin."},
	{CredentialsIncomplete, CategoryAuth, ExitCredentials, "the credentials lack a part, or two kinds are set at once", "Complete the set that the message names, or choose one with --auth."},
	{CertificateUnusable, CategoryAuth, ExitCredentials, "the certificate file cannot be used", "Give a PEM or PFX file with certificate and private key; set AZURE_CLIENT_CERTIFICATE_PASSWORD when it has a password."},
	{SignInFailed, CategoryAuth, ExitCredentials, "Microsoft Entra refused the sign-in or could not be asked", "Check tenant, client id and secret or certificate; the AADSTS number in the message says more."},
	{GraphTokenRejected, CategoryAuth, ExitCredentials, "Microsoft Graph does not accept the token", "Get a new token for the right tenant, cloud and Microsoft Graph; a ready token lasts about an hour."},

	{LdapCredentialsMissing, CategoryAuth, ExitConfiguration, "no account for the directory", "Set PHOTOSYNC_LDAP_USER and PHOTOSYNC_LDAP_PASSWORD, or use --ldap-user with --ldap-password-stdin."},
	{LdapBindFailed, CategoryAuth, ExitDirectory, "the domain controller refused the sign-in", "Check the account and its password; name the account as UPN, DOMAIN\\user or DN."},
	{DirectoryUnreachable, CategoryConnection, ExitDirectory, "the domain controller cannot be reached", "Check the name, the port (636 for LDAPS, 389 for StartTLS) and the firewall."},
	{DirectoryNotTrusted, CategoryConnection, ExitDirectory, "the domain controller's certificate is not trusted", "Use the name that the certificate carries, and give its issuing CA with --ca-file or PHOTOSYNC_CA_FILE."},
	{DirectoryNotEncrypted, CategoryConnection, ExitDirectory, "the server does not speak TLS", "Use ldaps:// with port 636, or ldap:// with port 389 (StartTLS) on a domain controller that has a certificate; nothing is sent unencrypted."},
	{DirectoryConnectionLost, CategoryConnection, ExitDirectory, "the connection to the domain controller broke", "Run again; name another domain controller if it happens again."},
	{DirectoryTimeout, CategoryTimeout, ExitDirectory, "the domain controller did not answer in time", "Run again; use a domain controller nearby or a smaller scope."},
	{LdapFilterInvalid, CategoryInvalid, ExitConfiguration, "the LDAP filter does not parse", "Write it as Get-ADUser -LDAPFilter takes it, with balanced parentheses: (department=Sales)."},
	{SearchBaseInvalid, CategoryInvalid, ExitConfiguration, "the search base is not a distinguished name", "Write it as OU=Staff,DC=corp,DC=example, with a backslash before a comma inside a name."},
	{SearchBaseNotFound, CategoryNotFound, ExitDirectory, "the search base does not exist", "Check the distinguished name, and that the account may read it."},
	{DirectoryRefused, CategoryPermission, ExitDirectory, "the domain controller refused a request", "The LDAP code in the message says why; check the account's rights and the search base."},

	{UserNotFound, CategoryNotFound, ExitFailed, "a named person does not exist in the directory", "Check the spelling; a person is named by UPN, mail, sAMAccountName, DN, objectGUID or SID."},
	{IdentityAmbiguous, CategoryInvalid, ExitFailed, "a name fits more than one person", "Name the person by UPN, DN, objectGUID or SID."},
	{IdentityInvalid, CategoryInvalid, ExitFailed, "a name has none of the forms that name a person", "Name a person by UPN, mail, sAMAccountName, DN, objectGUID or SID."},

	{GraphUnreachable, CategoryConnection, ExitGraph, "Microsoft Graph cannot be reached", "Check the network, the proxy (HTTPS_PROXY) and --graph-url."},
	{GraphNotTrusted, CategoryConnection, ExitGraph, "the certificate of Microsoft Graph is not trusted", "If a proxy inspects TLS, give its CA with --ca-file or PHOTOSYNC_CA_FILE."},
	{GraphTimeout, CategoryTimeout, ExitGraph, "Microsoft Graph did not answer in time", "Run again later."},
	{GraphConnectionLost, CategoryConnection, ExitGraph, "the connection to Microsoft Graph broke, again and again", "Run again; look for a proxy or a firewall that cuts connections."},
	{GraphForeignHost, CategoryProtocol, ExitGraph, "an answer pointed to another host; it was not followed", "Check --environment, --graph-url and the proxy: a token is only ever sent to the Graph root."},
	{GraphAnswerInvalid, CategoryProtocol, ExitGraph, "the answer is not one of Microsoft Graph's", "Look for a proxy or a sign-in page between this machine and Microsoft Graph, and check --graph-url."},
	{GraphForbidden, CategoryPermission, ExitGraph, "the application lacks a permission", "Grant the application User.Read.All and ProfilePhoto.Read.All (for sync ProfilePhoto.ReadWrite.All) with admin consent, then get a new token."},
	{GraphThrottled, CategoryThrottled, ExitGraph, "Microsoft Graph kept refusing because of too many requests", "Run again later, when less else runs under this application."},
	{GraphRefused, CategoryInvalid, ExitGraph, "Microsoft Graph refused a request", "Keep the request id for Microsoft's support; the code in the message says why."},
	{GraphFailed, CategoryResource, ExitGraph, "Microsoft Graph failed", "Run again later; keep the request id for Microsoft's support."},
	{CloudUserNotFound, CategoryNotFound, ExitFailed, "the cloud user is gone", "Run again: the person may have been deleted or moved since the list was read."},
	{CloudPhotoUnreadable, CategoryInvalid, ExitFailed, "the cloud photo is not a picture that can be read", "Look at the person's photo in Microsoft 365 and replace it there."},
	{PhotoWriteForbidden, CategoryPermission, ExitGraph, "the application may not write photos", "Grant the application ProfilePhoto.ReadWrite.All with admin consent, and check the tenant's photo update settings."},
	{PhotoRefused, CategoryInvalid, ExitFailed, "Microsoft 365 refused the photo", "Replace the photo in the directory; the code in the message says why."},
	{PhotoTooLarge, CategoryLimit, ExitFailed, "the photo is larger than Microsoft 365 takes", "Replace the photo in the directory by one under 4 MB."},
	{PhotoNotPreparable, CategoryInvalid, ExitFailed, "the on-premises photo cannot be made into an upload", "Replace the photo in the directory by a JPEG or PNG of at least 48x48 pixels."},
	{PhotoVerifyMismatch, CategoryInvalid, ExitFailed, "after the write the cloud shows another picture", "Look at the person's photo in Microsoft 365; the one that was there before is in the backups."},
	{PhotoOutcomeUncertain, CategoryConnection, ExitFailed, "the connection broke during the write", "Run again: what was written is seen then."},

	{PhotoNotAnImage, CategoryInvalid, ExitFailed, "the value in the directory is not a picture", "Replace thumbnailPhoto by a JPEG of at least 48x48 pixels, or clear it."},
	{PhotoTruncated, CategoryInvalid, ExitFailed, "the picture in the directory ends in the middle", "Write the whole picture into thumbnailPhoto again; AD takes at most 100 KB."},
	{PhotoTooSmall, CategoryLimit, ExitFailed, "the picture in the directory is under 48 pixels on a side", "Replace thumbnailPhoto by a picture of at least 48x48 pixels."},
	{PhotoTooManyPixels, CategoryLimit, ExitFailed, "the picture in the directory has more pixels than are decoded", "Replace thumbnailPhoto by a smaller picture (16 million pixels at most, fewer of costly kinds), and ask who wrote this one."},
	{PhotoFormatUnsupported, CategoryInvalid, ExitFailed, "the picture in the directory has a format that is not decoded", "Replace thumbnailPhoto by a JPEG, PNG or GIF."},
	{PhotoIsPlaceholder, CategoryInvalid, ExitFailed, "the picture in the directory is a single pixel that stands for none", "Replace thumbnailPhoto by a photo, or clear it."},

	{TooManyChanges, CategoryLimit, ExitBrake, "more changes than --max-change or --max-change-percent allows", "Look at the dry run; when it is right, raise --max-change or --max-change-percent."},
	{TooManyRemovals, CategoryLimit, ExitBrake, "more removals than are allowed", "Look at the dry run: removals are never taken for granted."},
	{SourceEmpty, CategoryLimit, ExitBrake, "the directory gave nobody", "Check --search-base, --ldap-filter and the account's rights."},

	{BridgeProtocol, CategoryProtocol, ExitFailed, "the module and the binary misunderstood each other", "Run it again; when it happens again, install the module anew and report it with the verbose output."},
	{BridgeVersionMismatch, CategoryProtocol, ExitFailed, "the module and the binary are of different versions", "Install the module anew; its files belong together."},
	{BridgeTruncated, CategoryProtocol, ExitFailed, "the binary ended before it had said everything", "Rows that came before are valid, others are missing. Run it again, and report it when it happens again."},
	{BridgeSilent, CategoryProtocol, ExitFailed, "the binary says nothing any more and was ended", "Run it again; look for a scanner that holds the binary back, and report it when it happens again."},
	{BridgeNotFound, CategoryResource, ExitFailed, "the module has no binary for this system", "Install the module anew on Windows, Linux or macOS, x64 or arm64; the message names the file that it looked for."},
	{BridgeHashMismatch, CategoryResource, ExitFailed, "the binary beside the module is not the one that was built with it", "Install the module anew from where you trust it, and find out who altered the file."},
	{BridgeStartFailed, CategoryResource, ExitFailed, "the binary cannot be started", "Allow it to run: check the execute bit, the processor architecture, AppLocker and the virus scanner. Azure Automation's cloud sandbox starts no programs; use a Hybrid Runbook Worker there."},
	{ConfirmationUnavailable, CategoryInvalid, ExitFailed, "nobody can be asked", "Add -Confirm:$false to write without being asked, or -WhatIf to see the changes."},
	{InputTooLarge, CategoryLimit, ExitFailed, "more people or photos were handed over than one run takes", "Hand them over in portions of at most 250,000 people and 1 GiB of photos, or let photosync read the directory itself, with -SearchBase or -LDAPFilter."},
	{InputInvalid, CategoryInvalid, ExitFailed, "a piped object names nobody", "Pipe in objects of Get-ADUser, Get-Mailbox, Get-EXOMailbox or Get-MgUser, rows of Get-PhotoDrift, or names."},

	{StateDirUnusable, CategoryResource, ExitState, "the state folder cannot be written", "Give a folder that this account may write with --state-dir or PHOTOSYNC_STATE_DIR."},
	{BackupFailed, CategoryResource, ExitState, "a backup could not be written, so nothing was changed", "Make room and check the rights on the state folder."},
	{JournalFailed, CategoryResource, ExitState, "the journal could not be written", "Make room and check the rights on the state folder."},
}

// Entry gives what the catalogue knows of c; a code it does not know gives
// InternalError's entry under its own name.
func (c Code) Entry() Entry {
	for _, e := range Catalogue {
		if e.Code == c {
			return e
		}
	}
	e := InternalError.Entry()
	e.Code = c
	return e
}

// EndsRun reports whether an error with this code ends the whole run, wherever
// it occurs: nobody else could be read or written after it.
func (c Code) EndsRun() bool {
	switch c {
	case Cancelled, InternalError, OutputFailed, GraphTokenRejected, SignInFailed, GraphForeignHost, GraphUnreachable, GraphNotTrusted,
		DirectoryUnreachable, DirectoryNotTrusted, DirectoryNotEncrypted, DirectoryConnectionLost, LdapBindFailed,
		StateDirUnusable, BackupFailed, JournalFailed:
		return true
	}
	return false
}

// Unanswered reports whether an error with this code says that a side did not
// answer in time or only asked to wait: one person's bad luck, and, after a
// number of people in a row, the end of the run.
func (c Code) Unanswered() bool {
	switch c {
	case GraphTimeout, GraphThrottled, GraphConnectionLost, DirectoryTimeout:
		return true
	}
	return false
}
