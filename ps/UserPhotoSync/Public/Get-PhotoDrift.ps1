function Get-PhotoDrift {
    <#
    .SYNOPSIS
    Finds the people whose photo in the directory and in Microsoft 365 differ, and says why.

    .DESCRIPTION
    Compares the on-premises photo (thumbnailPhoto) of people with the one that Microsoft 365 shows, as pictures and
    not as bytes, and gives one row a person: Status, Reason, and in Action what Sync-UserPhoto would do. Nothing is
    changed.

    Without -All only the rows that need attention are given: every one but InSync and NoPhoto. For people who are
    named, by -Identity or by pipe, every row is given.

    Status is one of InSync, Drifted, MissingInCloud, MissingOnPremises, NoPhoto, NotInCloud, Ambiguous, Unreadable,
    Unknown. Action is one of None, Upload, Remove, Review. A person who cannot be read is a row with Status Unknown
    and the error in ErrorCode, ErrorMessage and Remedy, and one warning at the end; a name that does not exist is an
    error.

    .PARAMETER Identity
    The people by name: UPN, mail address, sAMAccountName, distinguished name, objectGUID or SID. Wildcards are not
    expanded.

    .PARAMETER InputObject
    The people as objects: of Get-ADUser, Get-Mailbox, Get-EXOMailbox or Get-MgUser, rows of Get-PhotoDrift, or names.
    They are read by their type: a mailbox counts by ExternalDirectoryObjectId, user principal name or SMTP address,
    never by its Identity; a directory object by ObjectGUID or SID; a Graph user by Id. Objects of Get-ADUser that
    carry thumbnailPhoto are taken as handed over: the directory is not asked for them. When some of a call carry it
    and others do not, those without it are taken as people without a photo. An empty pipe does nothing. What names
    nobody is an error after the last row.

    .PARAMETER SearchBase
    The distinguished name to search below. Without it the whole domain.

    .PARAMETER SearchScope
    How deep to search: Base, One or Sub, the default; OneLevel and Subtree, as Get-ADUser says them, mean the last two.

    .PARAMETER LDAPFilter
    An LDAP filter that the people must match, as Get-ADUser takes it: (department=Sales).

    .PARAMETER All
    Also the rows that need no attention.

    .PARAMETER Status
    Only rows with these statuses, whether they need attention or not.

    .PARAMETER ThrottleLimit
    No more requests to Microsoft Graph at once than this. Without it the number is found while it runs.

    .PARAMETER Connection
    Settings that Connect-PhotoSync -PassThru gave. They go before those that Connect-PhotoSync keeps for the session; a
    parameter of the call goes before both. A way to sign in is taken whole from the first that names one.

    .PARAMETER Server
    The domain controller: HOST, ldaps://HOST[:PORT], or ldap://HOST[:PORT] for StartTLS. Without it PHOTOSYNC_SERVER.

    .PARAMETER Credential
    The account that reads the directory. Without it PHOTOSYNC_LDAP_USER and PHOTOSYNC_LDAP_PASSWORD.

    .PARAMETER AuthType
    How to sign in to the directory: Basic (over TLS) or Negotiate. Without it PHOTOSYNC_LDAP_AUTH.

    .PARAMETER CACertificatePath
    A PEM file with CA certificates to trust beside the system's, for the directory and for Microsoft Graph. Without it
    PHOTOSYNC_CA_FILE.

    .PARAMETER TenantId
    The tenant, by id or domain. Without it AZURE_TENANT_ID.

    .PARAMETER ClientId
    The application (client) id. Without it AZURE_CLIENT_ID.

    .PARAMETER CertificateThumbprint
    Sign in with the certificate that has this thumbprint, from Cert:\CurrentUser\My or Cert:\LocalMachine\My. Its
    private key signs where it lies; it need not be exportable. Spaces and colons in the thumbprint do not count.

    .PARAMETER CertificateFilePath
    Sign in with this certificate: a PEM or PFX file with certificate and private key. Without it
    AZURE_CLIENT_CERTIFICATE_PATH.

    .PARAMETER CertificatePassword
    The password of the certificate file.

    .PARAMETER ClientSecretCredential
    Sign in with a client secret: the user name is the client id, the password is the secret.

    .PARAMETER ManagedIdentity
    Sign in with the managed identity of the machine.

    .PARAMETER ManagedIdentityAccountId
    Sign in with this user-assigned managed identity: its client id.

    .PARAMETER AccessToken
    Sign in with a ready token for Microsoft Graph: a SecureString, or text. A SecureString is better: text stays in
    memory, in the history and in transcripts. Without it PHOTOSYNC_ACCESS_TOKEN.

    .PARAMETER UseDeviceCode
    Sign in as a person: an address and a code are shown, as a warning, to be entered in a browser on any device.

    .PARAMETER Environment
    The cloud: Global, USGov, USGovDoD or China. Without it PHOTOSYNC_ENVIRONMENT, else Global.

    .PARAMETER GraphUrl
    The root of Microsoft Graph without a version, for proxies and tests. Without it PHOTOSYNC_GRAPH_URL, else that of
    the environment.

    .PARAMETER StatePath
    The folder for state, journal and backups. Without it PHOTOSYNC_STATE_DIR, else one that belongs to the account.

    .INPUTS
    System.Object. See InputObject.

    .OUTPUTS
    UserPhotoSync.PhotoDrift. One row a person; all values are flat, so that Export-Csv and Out-GridView show them
    whole. OnPremisesChangedAt is a [datetime] in UTC.

    .EXAMPLE
    Get-PhotoDrift | Sync-UserPhoto -WhatIf

    Compares everybody and says which photos would be uploaded. Nothing is changed.

    .EXAMPLE
    Get-PhotoDrift

    The rows that need attention, as a table.

    .EXAMPLE
    Get-PhotoDrift -All | Group-Object -Property Status -NoElement

    How many people have which status.

    .EXAMPLE
    Get-PhotoDrift -Status Drifted, MissingInCloud | Export-Csv -Path drift.csv -NoTypeInformation -Encoding UTF8

    A list for a spreadsheet. Import-Csv drift.csv | Sync-UserPhoto -WhatIf takes it back.

    .EXAMPLE
    Get-PhotoDrift | Select-Object -First 1 | Get-PhotoDrift | Format-List

    Everything that is known of one person.

    .EXAMPLE
    Get-ADUser -Filter * -Properties thumbnailPhoto, mail, mS-DS-ConsistencyGuid | Get-PhotoDrift

    Compares the photos on the objects; the directory is not asked, and no domain controller has to be named.

    .NOTES
    Errors that end the call (no sign-in, no domain controller) are terminating, and -ErrorAction does not soften
    them. Rows that came before are valid; but in "try { $rows = Get-PhotoDrift } catch { }" the assignment never
    happens and they are lost. Write "Get-PhotoDrift -OutVariable rows", or handle the rows in the pipe.

    With -ErrorAction Stop the first error of a single name ends the call, and the program behind it.

    Azure Automation's cloud sandbox starts no programs: run it on a Hybrid Runbook Worker. Runbooks for PowerShell 7
    set $VerbosePreference and $ProgressPreference themselves.

    .LINK
    Sync-UserPhoto

    .LINK
    Test-PhotoSyncReadiness

    .LINK
    Connect-PhotoSync
    #>
    [CmdletBinding(DefaultParameterSetName = 'Scope')]
    [OutputType('UserPhotoSync.PhotoDrift')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Identity')]
        [ValidateNotNullOrEmpty()]
        [string[]]$Identity,

        [Parameter(Mandatory, ValueFromPipeline, ParameterSetName = 'InputObject')]
        [AllowNull()]
        [AllowEmptyString()]
        [AllowEmptyCollection()]
        [object]$InputObject,

        [Parameter(ParameterSetName = 'Scope')]
        [ValidateNotNullOrEmpty()]
        [string]$SearchBase,

        [Parameter(ParameterSetName = 'Scope')]
        [ValidateSet('Base', 'One', 'Sub', 'OneLevel', 'Subtree')]
        [string]$SearchScope,

        [Parameter(ParameterSetName = 'Scope')]
        [ValidateNotNullOrEmpty()]
        [string]$LDAPFilter,

        [switch]$All,

        [ValidateSet('InSync', 'Drifted', 'MissingInCloud', 'MissingOnPremises', 'NoPhoto', 'NotInCloud', 'Ambiguous',
            'Unreadable', 'Unknown')]
        [string[]]$Status,

        [ValidateRange(1, 2147483647)]
        [int]$ThrottleLimit,

        [ValidateScript({
                $types = $_.PSObject.TypeNames
                if ($types -match '^(Deserialized\.)?UserPhotoSync\.Connection$') { return $true }
                throw 'A connection is what Connect-PhotoSync -PassThru gave.'
            })]
        [object]$Connection,

        [ValidateNotNullOrEmpty()]
        [string]$Server,

        [pscredential]$Credential,

        [ValidateSet('Basic', 'Negotiate')]
        [string]$AuthType,

        [ValidateNotNullOrEmpty()]
        [string]$CACertificatePath,

        [ValidateNotNullOrEmpty()]
        [Alias('Organization')]
        [string]$TenantId,

        [ValidateNotNullOrEmpty()]
        [Alias('AppId')]
        [string]$ClientId,

        [ValidateNotNullOrEmpty()]
        [string]$CertificateThumbprint,

        [ValidateNotNullOrEmpty()]
        [string]$CertificateFilePath,

        [securestring]$CertificatePassword,

        [pscredential]$ClientSecretCredential,

        [switch]$ManagedIdentity,

        [ValidateNotNullOrEmpty()]
        [string]$ManagedIdentityAccountId,

        [ValidateScript({
                if ($_ -is [securestring] -and $_.Length) { return $true }
                if ($_ -is [string] -and $_.Length) { return $true }
                throw 'An access token is a SecureString or a text; of other objects give the property that holds it.'
            })]
        [object]$AccessToken,

        [switch]$UseDeviceCode,

        [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
        [string]$Environment,

        [ValidateNotNullOrEmpty()]
        [string]$GraphUrl,

        [ValidateNotNullOrEmpty()]
        [string]$StatePath
    )

    begin {
        # A function of a module does not see the preferences of a caller elsewhere, not even -WhatIf; so they are
        # fetched. Assignments, because Set-Variable does nothing under -WhatIf.
        $bound = $PSBoundParameters
        $caller = $PSCmdlet.SessionState.PSVariable
        if ('ErrorAction' -notin $bound.Keys) { $ErrorActionPreference = $caller.GetValue('ErrorActionPreference') }
        if ('WarningAction' -notin $bound.Keys) { $WarningPreference = $caller.GetValue('WarningPreference') }
        if ('InformationAction' -notin $bound.Keys) {
            $InformationPreference = $caller.GetValue('InformationPreference')
        }
        if ('ProgressAction' -notin $bound.Keys) { $ProgressPreference = $caller.GetValue('ProgressPreference') }
        if ('Verbose' -notin $bound.Keys) { $VerbosePreference = $caller.GetValue('VerbosePreference') }
        if ('Debug' -notin $bound.Keys) { $DebugPreference = $caller.GetValue('DebugPreference') }
        # On 5.1 -Debug asks at every line.
        if ($bound.ContainsKey('Debug') -and $bound['Debug']) { $DebugPreference = 'Continue' }

        $own = Read-ConnectionParameter -Bound $bound -Cmdlet $PSCmdlet
        $selection = New-PersonSelection
        $people = $selection.People
        $limit = $script:InputLimit.People
        $byObject = $PSCmdlet.ParameterSetName -eq 'InputObject'
    }

    process {
        if (-not $byObject) { return }
        # The common case without a call.
        $isName = $InputObject -is [string] -and -not [string]::IsNullOrWhiteSpace($InputObject)
        if ($isName -and $people.Count -lt $limit) {
            $people.Add([string]$InputObject)
        } else {
            Add-Person -Selection $selection -InputObject $InputObject -Cmdlet $PSCmdlet
        }
    }

    end {
        if (-not (Complete-PersonSelection -Selection $selection -Identity $Identity -Cmdlet $PSCmdlet)) { return }
        $settings = Merge-ConnectionSetting -Own $own -Connection $Connection -Cmdlet $PSCmdlet
        $parameters = $settings.Parameters
        Add-ScopeParameter -Parameters $parameters -Bound $bound -Cmdlet $PSCmdlet
        if ($All) { $parameters['all'] = $true }
        if ($Status) { $parameters['statuses'] = $Status }
        if ($ThrottleLimit) { $parameters['concurrency'] = $ThrottleLimit }

        $request = @{
            Operation   = 'drift.get'
            Kind        = 'drift'
            TypeName    = 'UserPhotoSync.PhotoDrift'
            Parameters  = $parameters
            Secrets     = $settings.Secrets
            Certificate = $settings.Certificate
            People      = $people
            DryRun      = $false
            Confirm     = 'never'
            Log         = Get-LogLevel
            Progress    = $ProgressPreference -notin 'SilentlyContinue', 'Ignore'
        }
        Invoke-BridgeRequest -Request $request -Cmdlet $PSCmdlet
        foreach ($invalid in $selection.Invalid) { $PSCmdlet.WriteError($invalid) }
    }
}
