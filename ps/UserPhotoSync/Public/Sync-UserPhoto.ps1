function Sync-UserPhoto {
    <#
    .SYNOPSIS
    Brings the on-premises photos of people to Microsoft 365, where they differ.

    .DESCRIPTION
    Compares as Get-PhotoDrift does, makes a plan, checks it against the brakes (-MaxChange, -MaxChangePercent), and
    only then writes. Before a photo in Microsoft 365 is replaced it is backed up; after the write it is looked at
    again. Gives one row for everybody who was to be changed: Done, Pending, Skipped or Failed, and WouldChange with
    -WhatIf.

    A row of Get-PhotoDrift that comes by pipe selects a person and is a condition: the photos are compared again, and
    when either side is not what the row says any more, the person is skipped with the reason ChangedMeanwhile.

    Where both sides have a photo, they differ, and nothing is known of what was agreed before, -Baseline decides; as
    long as nobody has said so, such people are left for review.

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

    .PARAMETER Baseline
    Which side is right where both have a photo, they differ and nobody has decided yet: Review, the default, leaves
    them as they are; OnPremises uploads; Cloud accepts what is there.

    .PARAMETER MaxChange
    A brake: with more changes than this nothing is written, and the call ends with the error TooManyChanges. 500 when
    not given.

    .PARAMETER MaxChangePercent
    A brake: the largest share of a whole scope of more than 200 people that may be changed. 10 when not given.

    .PARAMETER PassThru
    Also a row for everybody who needs no change.

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
    UserPhotoSync.PhotoChange. One row for everybody who was to be changed; At is a [datetime] in UTC.

    .EXAMPLE
    Get-PhotoDrift | Sync-UserPhoto -WhatIf

    Says which photos would be uploaded. Nothing is changed.

    .EXAMPLE
    Sync-UserPhoto -WhatIf -Baseline OnPremises

    The same for everybody, with the directory taken as right where nobody has decided yet.

    .EXAMPLE
    Get-PhotoDrift -Status MissingInCloud | Sync-UserPhoto

    Uploads the photos of people who have none in Microsoft 365.

    .EXAMPLE
    Get-PhotoDrift -Status Drifted | Select-Object -First 3 | Sync-UserPhoto -Baseline OnPremises -Confirm:$false

    Takes the directory as right for three people.

    .EXAMPLE
    $changes = Sync-UserPhoto -Baseline OnPremises -MaxChange 1000 -Confirm:$false -ErrorAction SilentlyContinue
    $changes | Where-Object -Property Status -EQ -Value Failed | Format-List

    A run for a scheduled task, which looks at the failed ones afterwards.

    .NOTES
    Errors for people who failed come after the last row, so that -ErrorAction Stop cannot cut a run in half. Errors
    that end the call are terminating, and -ErrorAction does not soften them; rows that came before are valid, but in
    "try { $rows = Sync-UserPhoto } catch { }" the assignment never happens and they are lost. The journal in the
    state folder has them.

    Ctrl+C and "Sync-UserPhoto | Select-Object -First 3" stop the run: writes under way are finished, no new one is
    begun. Where nobody can be asked, such as in a scheduled task with $ConfirmPreference at Medium or Low, add
    -Confirm:$false.

    Rows that Get-PhotoDrift made of objects with thumbnailPhoto name their people only: for them Sync-UserPhoto asks
    the directory. Pipe the objects themselves into Sync-UserPhoto to do without.

    Azure Automation's cloud sandbox starts no programs: run it on a Hybrid Runbook Worker. Runbooks for PowerShell 7
    set $VerbosePreference and $ProgressPreference themselves.

    .LINK
    Get-PhotoDrift

    .LINK
    Connect-PhotoSync
    #>
    [CmdletBinding(DefaultParameterSetName = 'Scope', SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('UserPhotoSync.PhotoChange')]
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

        [ValidateSet('Review', 'OnPremises', 'Cloud')]
        [string]$Baseline,

        [ValidateRange(0, 2147483647)]
        [int]$MaxChange,

        [ValidateRange(0, 100)]
        [int]$MaxChangePercent,

        [switch]$PassThru,

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
        if ('WhatIf' -notin $bound.Keys) { $WhatIfPreference = [bool]$caller.GetValue('WhatIfPreference') }
        if ('Confirm' -notin $bound.Keys) { $ConfirmPreference = $caller.GetValue('ConfirmPreference') }
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
        if ($PassThru) { $parameters['passThru'] = $true }
        if ($Baseline) { $parameters['baseline'] = $Baseline }
        if ($bound.ContainsKey('MaxChange')) { $parameters['maxChange'] = $MaxChange }
        if ($bound.ContainsKey('MaxChangePercent')) { $parameters['maxChangePercent'] = $MaxChangePercent }
        if ($ThrottleLimit) { $parameters['concurrency'] = $ThrottleLimit }

        $request = @{
            Operation   = 'photo.sync'
            Kind        = 'change'
            TypeName    = 'UserPhotoSync.PhotoChange'
            Parameters  = $parameters
            Secrets     = $settings.Secrets
            Certificate = $settings.Certificate
            People      = $people
            DryRun      = [bool]$WhatIfPreference
            Confirm     = 'never'
            Log         = Get-LogLevel
            Progress    = $ProgressPreference -notin 'SilentlyContinue', 'Ignore'
        }
        if ("$ConfirmPreference" -in 'Low', 'Medium') { $request.Confirm = 'ask' }
        Invoke-BridgeRequest -Request $request -Cmdlet $PSCmdlet
        foreach ($invalid in $selection.Invalid) { $PSCmdlet.WriteError($invalid) }
    }
}
