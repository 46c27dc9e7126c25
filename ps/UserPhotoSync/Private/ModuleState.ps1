# The constants and the state of the module; the only file of Private that is no function.
if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') {
    throw ('UserPhotoSync needs the language mode FullLanguage, and this session has ' +
        "$($ExecutionContext.SessionState.LanguageMode). Ask who runs application control here (AppLocker, WDAC) to " +
        'trust the module, or run it on another machine.')
}
Set-StrictMode -Version 3.0

# What Connect-PhotoSync was given, for this runspace.
$script:PhotoSyncConnection = $null

# Files whose hash was compared with the manifest, by path, length and time of the last write; and whether the
# override of the binary was announced.
$script:VerifiedBinary = @{}
$script:OverrideAnnounced = $false

# How long the binary may say nothing, in seconds. AfterProbe is how long it has after a cancel to put back the photo of
# a write probe: a little more than it takes itself.
$script:BridgePatience = @{
    Hello = 30; Silence = 60; Doubt = 1; AfterExit = 2; AfterEnd = 2; AfterCancel = 5; AfterProbe = 130
}
$script:BridgeLineLimit = 8MB

# What Get-JsonParser found out.
$script:JsonParser = $null

# Version of module and binary; $null: the manifest says it.
$script:ModuleVersion = $null

# The one table from the categories of contract.json to PowerShell's.
$script:CategoryTable = @{
    auth       = 'AuthenticationError'
    permission = 'PermissionDenied'
    notFound   = 'ObjectNotFound'
    invalid    = 'InvalidArgument'
    limit      = 'LimitsExceeded'
    throttled  = 'ResourceBusy'
    connection = 'ConnectionError'
    timeout    = 'OperationTimeout'
    protocol   = 'ProtocolError'
    resource   = 'ResourceUnavailable'
    internal   = 'InvalidResult'
}

# The fields without which a line of the binary cannot be used.
$script:BridgeField = @{
    hello    = 'protocol', 'build'
    result   = 'kind', 'items'
    error    = 'code', 'category', 'message', 'target', 'fatal', 'remedy', 'requestId'
    warning  = @('message')
    verbose  = @('message')
    debug    = @('message')
    prompt   = @('message')
    progress = 'activity', 'done', 'total', 'secondsLeft'
    propose  = 'ref', 'action', 'target', 'displayName', 'reason', 'replaces'
    sign     = 'ref', 'data'
    end      = 'status', 'exitCode', 'counts', 'summary'
}

# Text that is JSON as it stands between quotation marks.
$script:PlainText = [regex]'\A[ !#-\[\]-~]*\z'

# What the input of a run may be at most.
$script:InputLimit = @{ People = 250000; PhotoBytes = 1GB; OnePhoto = 4MB; LinePeople = 500; LineText = 256KB }

# How an object by pipe is read: by its type; a plain object by its shape; everything else names nobody. CloudKey and
# NameKey are tried in their order. A mailbox counts by nothing of its own: its Identity is a display name, its Guid
# and its DistinguishedName are Exchange Online's.
$script:PersonKind = @{
    PhotoDrift  = @{
        CloudKey = @()
        NameKey  = 'ObjectGuid', 'DistinguishedName', 'UserPrincipalName', 'SamAccountName'
    }
    PhotoChange = @{
        CloudKey = @()
        NameKey  = 'ObjectGuid', 'UserPrincipalName', 'SamAccountName'
    }
    Directory   = @{
        NameKey  = 'ObjectGUID', 'SID', 'objectSid', 'DistinguishedName', 'UserPrincipalName', 'mail', 'EmailAddress',
            'SamAccountName'
    }
    Mailbox     = @{
        CloudKey = @('ExternalDirectoryObjectId')
        NameKey  = 'UserPrincipalName', 'PrimarySmtpAddress', 'WindowsEmailAddress'
    }
    CloudUser   = @{ CloudKey = @('Id'); NameKey = @('UserPrincipalName') }
    EntraUser   = @{ CloudKey = @('ObjectId'); NameKey = @('UserPrincipalName') }
    Person      = @{ CloudKey = @(); NameKey = 'UserPrincipalName', 'ObjectGUID', 'SID', 'mail', 'EmailAddress',
            'SamAccountName' }
}
$script:PersonType = @(
    @{ Kind = 'PhotoDrift'; Pattern = '^UserPhotoSync\.PhotoDrift$' }
    @{ Kind = 'PhotoChange'; Pattern = '^UserPhotoSync\.PhotoChange$' }
    @{ Kind = 'Directory'; Pattern = '^Microsoft\.ActiveDirectory\.Management\.AD(User|Account|Principal|Object)$' }
    @{ Kind = 'Mailbox'; Pattern = '^Microsoft\.Exchange\.(Data\.Directory\.Management|Management\.RestApiClient)\.' }
    @{ Kind = 'CloudUser'; Pattern = '^Microsoft\.Graph\.(Beta\.)?PowerShell\.Models\.I?MicrosoftGraphUser\d*$' }
    @{ Kind = 'EntraUser'; Pattern = '^Microsoft\.Open\.\w+\.Model\.User$' }
)
$script:PersonShape = @(
    @{ Kind = 'PhotoChange'; Has = 'ObjectGuid', 'ETagBefore' }
    # A row of which some columns were left out is a row all the same.
    @{ Kind = 'PhotoDrift'; Has = 'ObjectGuid', 'Status' }
    @{ Kind = 'PhotoDrift'; Has = @('OnPremisesSha256') }
    @{ Kind = 'PhotoDrift'; Has = @('CloudETag') }
    @{ Kind = 'Directory'; Has = @('thumbnailPhoto') }
    @{ Kind = 'Mailbox'; Has = @('ExternalDirectoryObjectId') }
    @{ Kind = 'Mailbox'; Has = @('PrimarySmtpAddress') }
    @{ Kind = 'EntraUser'; Has = 'ObjectId', 'UserPrincipalName' }
    @{ Kind = 'CloudUser'; Has = 'Id', 'UserPrincipalName' }
    @{ Kind = 'CloudUser'; Has = 'Id', 'Mail' }
    @{ Kind = 'Person'; Has = @() }
)
$script:PersonProperty = [System.Collections.Generic.HashSet[string]]::new([string[]](
        'ObjectGUID', 'SID', 'objectSid', 'DistinguishedName', 'UserPrincipalName', 'mail', 'EmailAddress',
        'SamAccountName', 'DisplayName', 'mS-DS-ConsistencyGuid', 'userAccountControl', 'Enabled',
        'msExchRecipientTypeDetails', 'thumbnailPhoto', 'ObjectClass', 'ExternalDirectoryObjectId',
        'PrimarySmtpAddress', 'WindowsEmailAddress', 'RecipientTypeDetails', 'Id', 'ObjectId', 'Status', 'CloudETag',
        'CloudId', 'OnPremisesSha256', 'ETagBefore'), [System.StringComparer]::OrdinalIgnoreCase)

# The parameters of a cmdlet that are one of the operation, in the order in which they are sent.
$script:WireName = [ordered]@{
    PassThru         = 'passThru'
    Baseline         = 'baseline'
    OnConflict       = 'onConflict'
    MaxChange        = 'maxChange'
    MaxChangePercent = 'maxChangePercent'
    MaxRemove        = 'maxRemove'
    MaxShrinkPercent = 'maxShrinkPercent'
    Canary           = 'canary'
    IgnorePolicy     = 'ignorePolicy'
    First            = 'first'
    ExcludeGroup     = 'excludeGroups'
    RemoveOrphan     = 'removeOrphans'
    Grace            = 'graceSeconds'
    AllowDowngrade   = 'allowDowngrade'
    PlanPath         = 'planPath'
    MaxAge           = 'maxAgeSeconds'
    Force            = 'force'
    IdentityFilePath = 'identityFile'
    VerifyTimeout    = 'verifySeconds'
    RetentionDays    = 'retentionDays'
    BackupRecipient  = 'backupRecipient'
    ThrottleLimit    = 'concurrency'
}

# The parameters of Sync-UserPhoto that say what a plan is made of, and do not go with one that is carried out.
$script:BeforePlan = 'Identity', 'InputObject', 'SearchBase', 'SearchScope', 'LDAPFilter', 'Baseline', 'OnConflict',
    'ExcludeGroup', 'RemoveOrphan', 'Grace', 'AllowDowngrade', 'First', 'PassThru'

# The fields of a person in the protocol, in the order in which they are sent.
$script:PersonField = 'objectGuid', 'sid', 'distinguishedName', 'userPrincipalName', 'mail', 'samAccountName',
    'displayName', 'consistencyGuid', 'accountControl', 'recipientType'
$script:FieldOfProperty = @{
    ObjectGUID        = 'objectGuid'
    SID               = 'sid'
    objectSid         = 'sid'
    DistinguishedName = 'distinguishedName'
    UserPrincipalName = 'userPrincipalName'
    mail              = 'mail'
    EmailAddress      = 'mail'
    SamAccountName    = 'samAccountName'
}

# The codes of rows with the status Failed after which something was written, or may have been.
$script:MayHaveWritten = 'PhotoOutcomeUncertain', 'PhotoVerifyMismatch'

# The numbers of a row of Get-PhotoSyncRun.
$script:RunCount = 'Uploads', 'Removals', 'Done', 'Pending', 'Failed', 'Unfinished', 'Backups'

# What Get-PersonKind found out, by the type names.
$script:KindOfType = @{}

# The parameters that every cmdlet takes for its connection, and the ways to sign in that they name.
$script:ConnectionName = 'Server', 'Credential', 'AuthType', 'CACertificatePath', 'TenantId', 'ClientId',
    'CertificateThumbprint', 'CertificateFilePath', 'CertificatePassword', 'ClientSecretCredential', 'ManagedIdentity',
    'ManagedIdentityAccountId', 'AccessToken', 'UseDeviceCode', 'Environment', 'GraphUrl', 'StatePath'
$script:MethodOfParameter = @{
    AccessToken              = 'token'
    ManagedIdentity          = 'managed-identity'
    ManagedIdentityAccountId = 'managed-identity'
    CertificateThumbprint    = 'certificate'
    CertificateFilePath      = 'certificate'
    ClientSecretCredential   = 'client-secret'
    UseDeviceCode            = 'device-code'
}
