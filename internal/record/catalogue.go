package record

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

// Fixer says who can do something about an error. The list is closed.
type Fixer string

// Who can do something about an error.
const (
	Operator       Fixer = "Operator"       // whoever runs the command, or has written its script
	DirectoryAdmin Fixer = "DirectoryAdmin" // who keeps the domain controllers
	TenantAdmin    Fixer = "TenantAdmin"    // who keeps applications, licences and policies of the tenant
	NetworkAdmin   Fixer = "NetworkAdmin"   // who keeps firewall, proxy and the certificates of both
	PhotoOwner     Fixer = "PhotoOwner"     // the person in the photo, or who keeps the photos
	Microsoft      Fixer = "Microsoft"      // the service; its support asks for the request id
	Project        Fixer = "Project"        // a fault of photosync
)

// Fixers lists every [Fixer].
var Fixers = []Fixer{Operator, DirectoryAdmin, TenantAdmin, NetworkAdmin, PhotoOwner, Microsoft, Project}

// Entry is what the catalogue knows of a code.
type Entry struct {
	Code     Code
	Category Category
	Exit     ExitCode // of a run that this error ends
	Who      Fixer    // who can do something about it
	Again    bool     // the same may go well later, without anybody having done anything
	Meaning  string
	Remedy   string // full sentences: what to do
}

// Catalogue lists every error code, grouped as documentation shows them.
var Catalogue = []Entry{
	{Usage, CategoryInvalid, ExitUsage, Operator, false, "the command line cannot be understood", "Run the command with --help to see its flags."},
	{ConfirmationRequired, CategoryInvalid, ExitUsage, Operator, false, "there is nobody to ask", "Add --dry-run to see the changes, or --yes to make them."},
	{Cancelled, CategoryResource, ExitCancelled, Operator, true, "the run was cancelled", "Run it again; it goes on where the two sides still differ."},
	{InternalError, CategoryInternal, ExitFailed, Project, false, "a fault of photosync itself", "Report it with this line and the output of photosync version."},
	{OutputFailed, CategoryResource, ExitFailed, Operator, false, "rows or the summary could not be written", "Check that the disk has room, that the folder exists and that the reading program still runs."},
	{PeopleFailed, CategoryResource, ExitPartial, Operator, false, "several people failed", "See ErrorCode and Remedy on their rows."},
	{ChecksFailed, CategoryInvalid, ExitFailed, Operator, false, "several checks failed", "See Evidence and Remedy on their rows."},

	{ServerMissing, CategoryInvalid, ExitConfiguration, Operator, false, "no domain controller was named", "Name one with --server dc1.corp.example or PHOTOSYNC_SERVER, or run photosync demo to try without one."},
	{SettingInvalid, CategoryInvalid, ExitConfiguration, Operator, false, "a setting has a value that cannot be used", "Correct the flag or the environment variable that the message names."},
	{CaFileUnusable, CategoryInvalid, ExitConfiguration, Operator, false, "the CA file cannot be read or holds no certificate", "Give a PEM file with the issuing CA's certificate to --ca-file or PHOTOSYNC_CA_FILE."},
	{UsersFileUnusable, CategoryInvalid, ExitConfiguration, Operator, false, "the list of people cannot be read", "Give a text file with one person a line to --users-file, or - for standard input."},
	{GraphUrlNotAllowed, CategoryInvalid, ExitConfiguration, Operator, false, "the Graph root cannot be used", "Use https and no version or path in --graph-url; plain http is for loopback only."},

	{CredentialsMissing, CategoryAuth, ExitCredentials, Operator, false, "no credentials for Microsoft 365", "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH; or use --auth managed-identity; or hand in a token with PHOTOSYNC_ACCESS_TOKEN or --access-token-stdin."},
	{CredentialsIncomplete, CategoryAuth, ExitCredentials, Operator, false, "the credentials lack a part, or two kinds are set at once", "Complete the set that the message names, or choose one with --auth."},
	{CertificateUnusable, CategoryAuth, ExitCredentials, Operator, false, "the certificate file cannot be used", "Give a PEM or PFX file with certificate and private key; set AZURE_CLIENT_CERTIFICATE_PASSWORD when it has a password."},
	{CertificateExpired, CategoryAuth, ExitCredentials, Operator, false, "the certificate has expired, or is not valid yet", "Make a new certificate, add it to the application under Certificates & secrets, and use it here."},
	{CertificateNotFound, CategoryAuth, ExitCredentials, Operator, false, "no usable certificate with this thumbprint is in the certificate stores", "Import the certificate with its private key into Cert:\\CurrentUser\\My or Cert:\\LocalMachine\\My of this machine, and give this account the right to use the key."},
	{SignatureUnavailable, CategoryAuth, ExitCredentials, Operator, false, "the private key that lies in the certificate store did not sign", "Give this account the right to use the private key of the certificate (certlm.msc, All Tasks, Manage Private Keys), and use an RSA certificate."},
	{SignInFailed, CategoryAuth, ExitCredentials, Operator, false, "Microsoft Entra refused the sign-in or could not be asked", "Check tenant, client id and secret or certificate; the AADSTS number in the message says more."},
	{SignInUnreachable, CategoryConnection, ExitCredentials, NetworkAdmin, true, "the sign-in service cannot be reached, or does not answer as it should", "Check the network, the proxy (HTTPS_PROXY) and --environment: the sign-in host of the cloud must be reachable."},
	{SignInNotTrusted, CategoryConnection, ExitCredentials, NetworkAdmin, false, "the certificate of the sign-in service is not trusted", "If a proxy inspects TLS, give its CA with --ca-file or PHOTOSYNC_CA_FILE."},
	{SignInBlocked, CategoryPermission, ExitCredentials, TenantAdmin, false, "a policy of the tenant does not allow this sign-in", "Ask who keeps the tenant's Conditional Access policies; the AADSTS number in the message says which kind it is."},
	{SignInDeclined, CategoryAuth, ExitCredentials, Operator, false, "nobody completed the sign-in", "Run it again and complete the sign-in in time; without a person there, use a certificate, a client secret or a managed identity."},
	{TenantNotFound, CategoryAuth, ExitCredentials, Operator, false, "the tenant does not exist in this cloud", "Check --tenant or AZURE_TENANT_ID, and --environment."},
	{AppNotFound, CategoryAuth, ExitCredentials, Operator, false, "the application does not exist in this tenant", "Check --client-id or AZURE_CLIENT_ID (the application id, not the object id), --tenant and --environment."},
	{SecretWrong, CategoryAuth, ExitCredentials, Operator, false, "the client secret is not one of the application's", "Check AZURE_CLIENT_SECRET: it is the secret's value, not its id."},
	{SecretExpired, CategoryAuth, ExitCredentials, TenantAdmin, false, "the client secret has expired", "Make a new client secret for the application, or better, use a certificate."},
	{CertificateUnknown, CategoryAuth, ExitCredentials, TenantAdmin, false, "the certificate is not one of the application's", "Upload the certificate's public part to the application under Certificates & secrets."},
	{ConsentMissing, CategoryPermission, ExitCredentials, TenantAdmin, false, "nobody has consented to what the application asks for", "Grant admin consent to the application's permissions in this tenant."},
	{WrongCloud, CategoryAuth, ExitCredentials, Operator, false, "the tenant, the application or the token belongs to another cloud", "Set --environment or PHOTOSYNC_ENVIRONMENT to the tenant's cloud: global, usgov, usgovdod or china."},
	{WrongTenant, CategoryAuth, ExitCredentials, Operator, false, "the token is for another tenant than the one that was named", "Check --tenant or AZURE_TENANT_ID, and where the token or the login comes from."},
	{ClockSkew, CategoryAuth, ExitCredentials, Operator, false, "this machine's clock and the cloud's are too far apart", "Set the clock of this machine (w32tm /resync, or NTP)."},
	{ManagedIdentityMissing, CategoryAuth, ExitCredentials, TenantAdmin, false, "this machine has no managed identity that answers", "Assign a managed identity to the machine or the Automation account. On Azure Arc the account has to be an administrator or in Hybrid Agent Extension Applications, on Linux in the group himds."},
	{AzureCliUnusable, CategoryAuth, ExitCredentials, Operator, false, "the Azure CLI is missing or not signed in", "Install the Azure CLI and run az login --tenant TENANT as this account."},
	{TokenExpired, CategoryAuth, ExitCredentials, Operator, false, "the token has expired", "Get a new token; a ready token lasts about an hour. For longer runs let photosync sign in by itself."},
	{TokenAudienceWrong, CategoryAuth, ExitCredentials, Operator, false, "the token is not for Microsoft Graph", "Ask for a token for https://graph.microsoft.com, or for the Graph root of the tenant's cloud."},
	{GraphTokenRejected, CategoryAuth, ExitCredentials, Operator, false, "Microsoft Graph does not accept the token", "Get a new token for the right tenant, cloud and Microsoft Graph; a ready token lasts about an hour."},

	{LdapCredentialsMissing, CategoryAuth, ExitConfiguration, Operator, false, "no account for the directory", "Set PHOTOSYNC_LDAP_USER and PHOTOSYNC_LDAP_PASSWORD, or use --ldap-user with --ldap-password-stdin."},
	{LdapBindFailed, CategoryAuth, ExitDirectory, Operator, false, "the domain controller refused the sign-in", "Check the account and its password; name the account as UPN, DOMAIN\\user or DN."},
	{DirectoryUnreachable, CategoryConnection, ExitDirectory, NetworkAdmin, true, "the domain controller cannot be reached", "Check the name, the port (636 for LDAPS, 389 for StartTLS) and the firewall."},
	{DirectoryNotTrusted, CategoryConnection, ExitDirectory, Operator, false, "the domain controller's certificate is not trusted", "Use the name that the certificate carries, and give its issuing CA with --ca-file or PHOTOSYNC_CA_FILE."},
	{DirectoryNotEncrypted, CategoryConnection, ExitDirectory, DirectoryAdmin, false, "the server does not speak TLS", "Use ldaps:// with port 636, or ldap:// with port 389 (StartTLS) on a domain controller that has a certificate; nothing is sent unencrypted."},
	{DirectoryConnectionLost, CategoryConnection, ExitDirectory, DirectoryAdmin, true, "the connection to the domain controller broke", "Run again; name another domain controller if it happens again."},
	{DirectoryTimeout, CategoryTimeout, ExitDirectory, DirectoryAdmin, true, "the domain controller did not answer in time", "Run again; use a domain controller nearby or a smaller scope."},
	{LdapFilterInvalid, CategoryInvalid, ExitConfiguration, Operator, false, "the LDAP filter does not parse", "Write it as Get-ADUser -LDAPFilter takes it, with balanced parentheses: (department=Sales)."},
	{SearchBaseInvalid, CategoryInvalid, ExitConfiguration, Operator, false, "the search base is not a distinguished name", "Write it as OU=Staff,DC=corp,DC=example, with a backslash before a comma inside a name."},
	{SearchBaseNotFound, CategoryNotFound, ExitDirectory, Operator, false, "the search base does not exist", "Check the distinguished name, and that the account may read it."},
	{DirectoryRefused, CategoryPermission, ExitDirectory, DirectoryAdmin, false, "the domain controller refused a request", "The LDAP code in the message says why; check the account's rights and the search base."},

	{UserNotFound, CategoryNotFound, ExitFailed, Operator, false, "a named person does not exist in the directory", "Check the spelling; a person is named by UPN, mail, sAMAccountName, DN, objectGUID or SID."},
	{IdentityAmbiguous, CategoryInvalid, ExitFailed, Operator, false, "a name fits more than one person", "Name the person by UPN, DN, objectGUID or SID."},
	{IdentityInvalid, CategoryInvalid, ExitFailed, Operator, false, "a name has none of the forms that name a person", "Name a person by UPN, mail, sAMAccountName, DN, objectGUID or SID."},

	{GraphUnreachable, CategoryConnection, ExitGraph, NetworkAdmin, true, "Microsoft Graph cannot be reached", "Check the network, the proxy (HTTPS_PROXY) and --graph-url."},
	{GraphNotTrusted, CategoryConnection, ExitGraph, NetworkAdmin, false, "the certificate of Microsoft Graph is not trusted", "If a proxy inspects TLS, give its CA with --ca-file or PHOTOSYNC_CA_FILE."},
	{GraphTimeout, CategoryTimeout, ExitGraph, Microsoft, true, "Microsoft Graph did not answer in time", "Run again later."},
	{GraphConnectionLost, CategoryConnection, ExitGraph, NetworkAdmin, true, "the connection to Microsoft Graph broke, again and again", "Run again; look for a proxy or a firewall that cuts connections."},
	{GraphForeignHost, CategoryProtocol, ExitGraph, NetworkAdmin, false, "an answer pointed to another host; it was not followed", "Check --environment, --graph-url and the proxy: a token is only ever sent to the Graph root."},
	{GraphAnswerInvalid, CategoryProtocol, ExitGraph, NetworkAdmin, false, "the answer is not one of Microsoft Graph's", "Look for a proxy or a sign-in page between this machine and Microsoft Graph, and check --graph-url."},
	{GraphForbidden, CategoryPermission, ExitGraph, TenantAdmin, false, "the application lacks a permission", "Grant the application User.Read.All and ProfilePhoto.Read.All (for sync ProfilePhoto.ReadWrite.All) with admin consent, then get a new token."},
	{GraphThrottled, CategoryThrottled, ExitGraph, Microsoft, true, "Microsoft Graph kept refusing because of too many requests", "Run again later, when less else runs under this application."},
	{GraphNotRecovering, CategoryThrottled, ExitGraph, Microsoft, true, "Microsoft Graph served nobody for minutes on end", "Run again later; what was done is kept. Keep the request id for Microsoft's support."},
	{GraphRefused, CategoryInvalid, ExitGraph, Microsoft, false, "Microsoft Graph refused a request", "Keep the request id for Microsoft's support; the code in the message says why."},
	{GraphFailed, CategoryResource, ExitGraph, Microsoft, true, "Microsoft Graph failed", "Run again later; keep the request id for Microsoft's support."},
	{ProxyRefused, CategoryConnection, ExitGraph, NetworkAdmin, false, "the proxy refused the connection", "Check HTTPS_PROXY, its user and password, and that the proxy lets this machine through."},
	{CloudUserNotFound, CategoryNotFound, ExitFailed, Microsoft, true, "the cloud user is gone", "Run again: the person may have been deleted or moved since the list was read."},
	{CloudUserUnsupported, CategoryInvalid, ExitFailed, Operator, false, "the photo service does not serve this kind of account", "Leave the account out with --ldap-filter: personal accounts and some guests have no photo that Microsoft Graph can change."},
	{CloudMailboxMissing, CategoryNotFound, ExitFailed, TenantAdmin, false, "the person has no mailbox, and the photo service asks for one", "Give the person a licence with Exchange Online, or leave the person out."},
	{CloudMailboxOnPremises, CategoryInvalid, ExitFailed, TenantAdmin, false, "the mailbox is in the on-premises Exchange organisation", "Move the mailbox to Exchange Online, or leave the person out; Exchange Server shows its own photo."},
	{CloudMailboxFault, CategoryResource, ExitFailed, Microsoft, false, "the photo service fails for this mailbox and will fail again", "Leave the person out, as Bookings mailboxes have to be; keep the request id for Microsoft's support."},
	{CloudPhotoUnreadable, CategoryInvalid, ExitFailed, PhotoOwner, false, "the cloud photo is not a picture that can be read", "Look at the person's photo in Microsoft 365 and replace it there."},
	{PhotoWriteForbidden, CategoryPermission, ExitGraph, TenantAdmin, false, "the application may not write photos", "Grant the application ProfilePhoto.ReadWrite.All with admin consent, and check the tenant's photo update settings."},
	{PhotoPolicyRefuses, CategoryPermission, ExitGraph, TenantAdmin, false, "a policy of the tenant refuses the write", "Check the tenant's photo update settings and the caller's directory role: a role assigned for an administrative unit is not accepted."},
	{PhotoRefused, CategoryInvalid, ExitFailed, PhotoOwner, false, "Microsoft 365 refused the photo", "Replace the photo in the directory; the code in the message says why."},
	{PhotoFormatRefused, CategoryInvalid, ExitFailed, Project, false, "Microsoft 365 does not take the format of the photo", "Report it with the request id: photosync sends JPEG alone."},
	{PhotoTooSmallForCloud, CategoryLimit, ExitFailed, PhotoOwner, false, "Microsoft 365 finds the photo too small", "Replace the photo in the directory by a larger one."},
	{PhotoTooLarge, CategoryLimit, ExitFailed, PhotoOwner, false, "the photo is larger than Microsoft 365 takes", "Replace the photo in the directory by one under 4 MB."},
	{PhotoNotPreparable, CategoryInvalid, ExitFailed, PhotoOwner, false, "the on-premises photo cannot be made into an upload", "Replace the photo in the directory by a JPEG or PNG of at least 48x48 pixels."},
	{PhotoVerifyMismatch, CategoryInvalid, ExitFailed, Microsoft, false, "after the write the cloud shows another picture", "Look at the person's photo in Microsoft 365; the one that was there before is in the backups."},
	{PhotoOutcomeUncertain, CategoryConnection, ExitFailed, Microsoft, true, "the connection broke during the write", "Run again: what was written is seen then."},

	{PhotoNotAnImage, CategoryInvalid, ExitFailed, PhotoOwner, false, "the value in the directory is not a picture", "Replace thumbnailPhoto by a JPEG of at least 48x48 pixels, or clear it."},
	{PhotoTruncated, CategoryInvalid, ExitFailed, PhotoOwner, false, "the picture in the directory ends in the middle", "Write the whole picture into thumbnailPhoto again; AD takes at most 100 KB."},
	{PhotoTooSmall, CategoryLimit, ExitFailed, PhotoOwner, false, "the picture in the directory is under 48 pixels on a side", "Replace thumbnailPhoto by a picture of at least 48x48 pixels."},
	{PhotoTooManyPixels, CategoryLimit, ExitFailed, Operator, false, "the picture in the directory has more pixels than are decoded", "Replace thumbnailPhoto by a smaller picture (16 million pixels at most, fewer of costly kinds), and ask who wrote this one."},
	{PhotoFormatUnsupported, CategoryInvalid, ExitFailed, PhotoOwner, false, "the picture in the directory has a format that is not decoded", "Replace thumbnailPhoto by a JPEG, PNG or GIF."},
	{PhotoIsPlaceholder, CategoryInvalid, ExitFailed, PhotoOwner, false, "the picture in the directory is a single pixel that stands for none", "Replace thumbnailPhoto by a photo, or clear it."},

	{TooManyChanges, CategoryLimit, ExitBrake, Operator, false, "more changes than --max-change or --max-change-percent allows", "Look at the dry run; when it is right, raise --max-change or --max-change-percent."},
	{TooManyRemovals, CategoryLimit, ExitBrake, Operator, false, "more removals than --max-remove allows", "Look at the dry run; when it is right, raise --max-remove: removals are never taken for granted."},
	{SourceEmpty, CategoryLimit, ExitBrake, Operator, false, "the directory gave nobody", "Check --search-base, --ldap-filter and the account's rights; --max-shrink-percent 100 lets it pass."},
	{SourceShrunk, CategoryLimit, ExitBrake, Operator, false, "the directory gave much less than at the last run over the same scope", "Check the account's rights and what became of the people; when it is right, raise --max-shrink-percent."},
	{RemovalsUncertain, CategoryLimit, ExitBrake, Operator, true, "somebody's photos could not be read, and photos would be removed", "Run it again, or leave out --remove-orphans: nothing is removed while anything is uncertain."},
	{PolicyRefusesWrites, CategoryLimit, ExitBrake, TenantAdmin, false, "the tenant's photo update settings leave photos to somebody else", "Set the source to cloud without allowed roles; when a write probe went well all the same (photosync check --write-probe), add --ignore-policy."},
	{CanaryNotInSync, CategoryLimit, ExitBrake, Operator, false, "the person whom --canary names is not in sync", "Look at that person with photosync drift; name somebody else with --canary, or leave it out, when the run is right."},

	{PlanUnusable, CategoryInvalid, ExitConfiguration, Operator, false, "the plan file cannot be read as one", "Make a new plan with --dry-run --plan FILE, and delete nothing but whole lines after the first."},
	{PlanAltered, CategoryInvalid, ExitConfiguration, Operator, false, "a line of the plan is not as it was written", "Make a new plan with --dry-run --plan FILE; lines may be deleted, never altered, added or repeated."},
	{PlanForeign, CategoryInvalid, ExitConfiguration, Operator, false, "the plan was made for another tenant or another directory", "Carry it out where it was made for, or make a new one here with --dry-run --plan FILE."},
	{PlanNewer, CategoryInvalid, ExitConfiguration, Operator, false, "a newer version of photosync made the plan", "Carry it out with that version, or make a new plan with this one."},
	{PlanTooOld, CategoryLimit, ExitConfiguration, Operator, false, "the plan is older than --max-age allows", "Make a new plan with --dry-run --plan FILE, or raise --max-age."},
	{ExcludedGroupNotFound, CategoryNotFound, ExitConfiguration, Operator, false, "the group to exclude is not in the directory", "Check the distinguished name that --exclude-group gives, and that the account may read the group."},

	{RunNotFound, CategoryNotFound, ExitFailed, Operator, false, "the journal has no such run", "See the runs with photosync restore --list, and check --state-dir."},
	{WriteNotFound, CategoryNotFound, ExitFailed, Operator, false, "the journal has no write for the named person", "Name the person by UPN, account name, objectGUID or cloud id, as the journal has them; check --state-dir."},
	{PhotoChangedSince, CategoryInvalid, ExitFailed, Operator, false, "the cloud photo changed after the write that is to be undone", "Look at the person's photo in Microsoft 365; --force puts back what was there before all the same, after a backup."},
	{BackupMissing, CategoryNotFound, ExitFailed, Operator, false, "the backup is not there any more", "Backups are kept as long as --retention says, unless somebody had them forgotten; look for a backup of the state folder."},
	{BackupDamaged, CategoryInvalid, ExitFailed, Operator, false, "the backup is not what its name says", "Look for a backup of the state folder, and check the disk."},
	{BackupEncrypted, CategoryAuth, ExitState, Operator, false, "the backups are encrypted", "Give the file with the age identity (the private key) to --identity-file or PHOTOSYNC_IDENTITY_FILE."},
	{BackupKeyUnusable, CategoryInvalid, ExitConfiguration, Operator, false, "the age recipient or the identity file cannot be used", "Give --backup-recipient the public key that age-keygen printed (age1...), and --identity-file the file that it wrote."},

	{BridgeProtocol, CategoryProtocol, ExitFailed, Project, false, "the module and the binary misunderstood each other", "Run it again; when it happens again, install the module anew and report it with the verbose output."},
	{BridgeVersionMismatch, CategoryProtocol, ExitFailed, Operator, false, "the module and the binary are of different versions", "Install the module anew; its files belong together."},
	{BridgeTruncated, CategoryProtocol, ExitFailed, Operator, true, "the binary ended before it had said everything", "Rows that came before are valid, others are missing. Run it again, and report it when it happens again."},
	{BridgeSilent, CategoryProtocol, ExitFailed, Operator, true, "the binary says nothing any more and was ended", "Run it again; look for a scanner that holds the binary back, and report it when it happens again."},
	{BridgeNotFound, CategoryResource, ExitFailed, Operator, false, "the module has no binary for this system", "Install the module anew on Windows, Linux or macOS, x64 or arm64; the message names the file that it looked for."},
	{BridgeHashMismatch, CategoryResource, ExitFailed, Operator, false, "the binary beside the module is not the one that was built with it", "Install the module anew from where you trust it, and find out who altered the file."},
	{BridgeStartFailed, CategoryResource, ExitFailed, Operator, false, "the binary cannot be started", "Allow it to run: check the execute bit, the processor architecture, AppLocker and the virus scanner. Azure Automation's cloud sandbox starts no programs; use a Hybrid Runbook Worker there."},
	{ConfirmationUnavailable, CategoryInvalid, ExitFailed, Operator, false, "nobody can be asked", "Add -Confirm:$false to write without being asked, or -WhatIf to see the changes."},
	{InputTooLarge, CategoryLimit, ExitFailed, Operator, false, "more people or photos were handed over than one run takes", "Hand them over in portions of at most 250,000 people and 1 GiB of photos, or let photosync read the directory itself, with -SearchBase or -LDAPFilter."},
	{InputInvalid, CategoryInvalid, ExitFailed, Operator, false, "a piped object names nobody", "Pipe in objects of Get-ADUser, Get-Mailbox, Get-EXOMailbox or Get-MgUser, rows of Get-PhotoDrift, or names."},

	{StateDirUnusable, CategoryResource, ExitState, Operator, false, "the state folder cannot be written", "Give a folder that this account may write with --state-dir or PHOTOSYNC_STATE_DIR."},
	{BackupFailed, CategoryResource, ExitState, Operator, false, "a backup could not be written, so nothing was changed", "Make room and check the rights on the state folder."},
	{JournalFailed, CategoryResource, ExitState, Operator, false, "the journal could not be written", "Make room and check the rights on the state folder."},
	{JournalUnusable, CategoryResource, ExitState, Operator, false, "the journal cannot be read", "Check the rights on the state folder; the message names the file."},
	{RunInProgress, CategoryResource, ExitState, Operator, true, "another run has the state folder", "Wait until it has ended; the message says which it is. A run that was killed holds nothing."},
	{StateNewer, CategoryResource, ExitState, Operator, false, "a newer version of photosync wrote the state", "Use that version, or another --state-dir: what was agreed must not be overlooked."},
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
