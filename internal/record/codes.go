package record

// Code is a stable, PascalCase name of an error. A code is never renamed and
// never given a second meaning.
type Code string

// The error codes.
const (
	Usage                Code = "Usage"
	ConfirmationRequired Code = "ConfirmationRequired"
	Cancelled            Code = "Cancelled"
	InternalError        Code = "InternalError"
	OutputFailed         Code = "OutputFailed"
	PeopleFailed         Code = "PeopleFailed"
	ChecksFailed         Code = "ChecksFailed"

	ServerMissing      Code = "ServerMissing"
	SettingInvalid     Code = "SettingInvalid"
	CaFileUnusable     Code = "CaFileUnusable"
	UsersFileUnusable  Code = "UsersFileUnusable"
	GraphUrlNotAllowed Code = "GraphUrlNotAllowed"

	CredentialsMissing    Code = "CredentialsMissing"
	CredentialsIncomplete Code = "CredentialsIncomplete"
	CertificateUnusable   Code = "CertificateUnusable"
	CertificateExpired    Code = "CertificateExpired"
	CertificateNotFound   Code = "CertificateNotFound"
	SignatureUnavailable  Code = "SignatureUnavailable"

	SignInFailed           Code = "SignInFailed"
	SignInUnreachable      Code = "SignInUnreachable"
	SignInNotTrusted       Code = "SignInNotTrusted"
	SignInBlocked          Code = "SignInBlocked"
	SignInDeclined         Code = "SignInDeclined"
	TenantNotFound         Code = "TenantNotFound"
	AppNotFound            Code = "AppNotFound"
	SecretWrong            Code = "SecretWrong"
	SecretExpired          Code = "SecretExpired"
	CertificateUnknown     Code = "CertificateUnknown"
	ConsentMissing         Code = "ConsentMissing"
	WrongCloud             Code = "WrongCloud"
	WrongTenant            Code = "WrongTenant"
	ClockSkew              Code = "ClockSkew"
	ManagedIdentityMissing Code = "ManagedIdentityMissing"
	AzureCliUnusable       Code = "AzureCliUnusable"
	TokenExpired           Code = "TokenExpired"
	TokenAudienceWrong     Code = "TokenAudienceWrong"
	GraphTokenRejected     Code = "GraphTokenRejected"

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

	GraphUnreachable    Code = "GraphUnreachable"
	GraphNotTrusted     Code = "GraphNotTrusted"
	GraphTimeout        Code = "GraphTimeout"
	GraphConnectionLost Code = "GraphConnectionLost"
	GraphForeignHost    Code = "GraphForeignHost"
	GraphAnswerInvalid  Code = "GraphAnswerInvalid"
	GraphForbidden      Code = "GraphForbidden"
	GraphThrottled      Code = "GraphThrottled"
	GraphNotRecovering  Code = "GraphNotRecovering"
	GraphRefused        Code = "GraphRefused"
	GraphFailed         Code = "GraphFailed"
	ProxyRefused        Code = "ProxyRefused"

	CloudUserNotFound      Code = "CloudUserNotFound"
	CloudUserUnsupported   Code = "CloudUserUnsupported"
	CloudMailboxMissing    Code = "CloudMailboxMissing"
	CloudMailboxOnPremises Code = "CloudMailboxOnPremises"
	CloudMailboxFault      Code = "CloudMailboxFault"
	CloudPhotoUnreadable   Code = "CloudPhotoUnreadable"
	PhotoWriteForbidden    Code = "PhotoWriteForbidden"
	PhotoPolicyRefuses     Code = "PhotoPolicyRefuses"
	PhotoRefused           Code = "PhotoRefused"
	PhotoFormatRefused     Code = "PhotoFormatRefused"
	PhotoTooSmallForCloud  Code = "PhotoTooSmallForCloud"
	PhotoTooLarge          Code = "PhotoTooLarge"
	PhotoNotPreparable     Code = "PhotoNotPreparable"
	PhotoVerifyMismatch    Code = "PhotoVerifyMismatch"
	PhotoOutcomeUncertain  Code = "PhotoOutcomeUncertain"

	PhotoNotAnImage        Code = "PhotoNotAnImage"
	PhotoTruncated         Code = "PhotoTruncated"
	PhotoTooSmall          Code = "PhotoTooSmall"
	PhotoTooManyPixels     Code = "PhotoTooManyPixels"
	PhotoFormatUnsupported Code = "PhotoFormatUnsupported"
	PhotoIsPlaceholder     Code = "PhotoIsPlaceholder"

	TooManyChanges  Code = "TooManyChanges"
	TooManyRemovals Code = "TooManyRemovals"
	SourceEmpty     Code = "SourceEmpty"

	SourceShrunk        Code = "SourceShrunk"
	RemovalsUncertain   Code = "RemovalsUncertain"
	PolicyRefusesWrites Code = "PolicyRefusesWrites"
	CanaryNotInSync     Code = "CanaryNotInSync"

	PlanUnusable          Code = "PlanUnusable"
	PlanAltered           Code = "PlanAltered"
	PlanForeign           Code = "PlanForeign"
	PlanNewer             Code = "PlanNewer"
	PlanTooOld            Code = "PlanTooOld"
	ExcludedGroupNotFound Code = "ExcludedGroupNotFound"

	RunNotFound       Code = "RunNotFound"
	WriteNotFound     Code = "WriteNotFound"
	PhotoChangedSince Code = "PhotoChangedSince"
	BackupMissing     Code = "BackupMissing"
	BackupDamaged     Code = "BackupDamaged"
	BackupEncrypted   Code = "BackupEncrypted"
	BackupKeyUnusable Code = "BackupKeyUnusable"

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
	JournalUnusable  Code = "JournalUnusable"
	RunInProgress    Code = "RunInProgress"
	StateNewer       Code = "StateNewer"
)

// EndsRun reports whether an error with this code ends the whole run, wherever
// it occurs: nobody else could be read or written after it.
func (c Code) EndsRun() bool {
	switch c {
	case Cancelled, InternalError, OutputFailed, GraphForeignHost, GraphUnreachable, GraphNotTrusted, GraphNotRecovering, ProxyRefused,
		DirectoryUnreachable, DirectoryNotTrusted, DirectoryNotEncrypted, DirectoryConnectionLost, LdapBindFailed,
		StateDirUnusable, BackupFailed, JournalFailed, JournalUnusable, RunInProgress, StateNewer, BackupEncrypted, BackupKeyUnusable:
		return true
	}
	return c.Entry().Exit == ExitCredentials
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
