function Restore-UserPhoto {
    <#
    .SYNOPSIS
    Puts back the photos that people had in Microsoft 365 before a run of Sync-UserPhoto.

    .DESCRIPTION
    Undoes what the journal says was written: of a whole run, of some people in a run, or the last write of a person.
    What was there before is put back, byte for byte from its backup, and where there was no photo there is none again.
    The directory is not asked, and needs no setting. Gives one row for each write that is to be undone: Done, Pending,
    Skipped or Failed, and WouldChange with -WhatIf.

    A photo that was changed in Microsoft 365 after the write is left alone, unless -Force is given: its row says
    Skipped, CloudChanged and PhotoChangedSince. What is replaced is backed up first, and the restore is a run of its
    own: it can be undone in the same way.

    .PARAMETER Identity
    The people by name, as the journal has them: UPN, sAMAccountName, objectGUID, or id in Microsoft 365. Their last
    write is undone, or, with -RunId, that of the run. Wildcards are not expanded.

    .PARAMETER InputObject
    What to undo, as objects: rows of Get-PhotoSyncRun, which are whole runs; rows of Sync-UserPhoto, which are one
    write each; or people, as Sync-UserPhoto takes them: their last write, or, with -RunId, that of the run. Several
    runs are undone one after another, in the order in which they come: give the latest first, as Get-PhotoSyncRun does.
    Rows that say that nothing was written (WouldChange, Skipped, and Failed but for a few codes) are left out, with one
    warning. An empty pipe does nothing. What names nothing is an error after the last row.

    .PARAMETER RunId
    The run to undo, by its RunId, which is on the rows of Sync-UserPhoto and of Get-PhotoSyncRun.

    .PARAMETER Force
    Put back also where the photo in Microsoft 365 was changed since. What is there is backed up first.

    .PARAMETER IdentityFilePath
    The file with the age identity (the private key) that opens encrypted backups. Without it PHOTOSYNC_IDENTITY_FILE.

    .PARAMETER VerifyTimeout
    How long a photo that was written is looked for in Microsoft 365 before its row says Pending: 00:01:00, or
    (New-TimeSpan -Minutes 1). 30 seconds when not given. What is pending is settled by the next run.

    .PARAMETER BackupRecipient
    An age public key (age1...) for which backups are encrypted. Only who has the private key can have them back, with
    Restore-UserPhoto -IdentityFilePath.

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
    UserPhotoSync.PhotoChange. One row for each write that is to be undone; At is a [datetime] in UTC.

    .EXAMPLE
    Restore-UserPhoto -Identity chloe.dubois@corp.example -WhatIf
    Restore-UserPhoto -Identity chloe.dubois@corp.example

    Says what would be put back for one person, and does it.

    .EXAMPLE
    Get-PhotoSyncRun | Select-Object -First 1 | Restore-UserPhoto -WhatIf

    Says what it would be to take back everything that the last run did.

    .EXAMPLE
    $changes = Sync-UserPhoto -Identity wei.wang@corp.example, grace.mwangi@corp.example -Confirm:$false
    Restore-UserPhoto -RunId $changes[0].RunId

    Takes back a run.

    .EXAMPLE
    $changes = Sync-UserPhoto -Identity elif.yilmaz@corp.example, reception@corp.example -Confirm:$false
    $changes | Where-Object -Property UserPrincipalName -Like -Value 'elif*' | Restore-UserPhoto

    Takes back some of the writes of a run.

    .NOTES
    What was put back counts as somebody's choice: the next run of Sync-UserPhoto leaves it alone, and writes again only
    with -OnConflict OnPremises.

    It asks no more than Sync-UserPhoto does (its impact is Medium), so that runbooks go through; use -WhatIf first, or
    -Confirm. Where nobody can be asked, such as in a scheduled task with $ConfirmPreference at Medium or Low, add
    -Confirm:$false.

    A run that the journal does not have ends the call (RunNotFound), and so does a person for whom it has no write
    (WriteNotFound): nothing of that run is put back then. People who failed are errors after the last row. Backups are
    kept for 90 days, or as long as -RetentionDays of Sync-UserPhoto said.

    Ctrl+C and "Select-Object -First" stop it: writes under way are finished, no new one is begun.

    .LINK
    Get-PhotoSyncRun

    .LINK
    Sync-UserPhoto

    .LINK
    Connect-PhotoSync
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity', SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('UserPhotoSync.PhotoChange')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Identity')]
        [Parameter(Position = 0, ParameterSetName = 'Run')]
        [ValidateNotNullOrEmpty()]
        [string[]]$Identity,

        [Parameter(Mandatory, ValueFromPipeline, ParameterSetName = 'InputObject')]
        [AllowNull()]
        [AllowEmptyString()]
        [AllowEmptyCollection()]
        [object]$InputObject,

        [Parameter(Mandatory, ParameterSetName = 'Run')]
        [Parameter(ParameterSetName = 'InputObject')]
        [ValidateNotNullOrEmpty()]
        [string]$RunId,

        [switch]$Force,

        [ValidateNotNullOrEmpty()]
        [string]$IdentityFilePath,

        [ValidateScript({
                if ($_.Ticks -ge 10000000 -and $_.TotalDays -le 3650 -and $_.Ticks % 10000000 -eq 0) { return $true }
                throw ('It is a time in whole seconds, one at least: 7.00:00:00, or (New-TimeSpan -Days 7). A bare ' +
                    'number counts ten-millionths of a second.')
            })]
        [timespan]$VerifyTimeout,

        [ValidateNotNullOrEmpty()]
        [string]$BackupRecipient,

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
        $selection = New-UndoSelection
        $set = $PSCmdlet.ParameterSetName
    }

    process {
        if ($set -ne 'InputObject') { return }
        Add-Undo -Selection $selection -InputObject $InputObject -RunId $RunId -Cmdlet $PSCmdlet
    }

    end {
        if ($Identity) {
            foreach ($name in $Identity) {
                Add-Undo -Selection $selection -InputObject $name -RunId $RunId -Cmdlet $PSCmdlet
            }
        } elseif ($set -eq 'Run' -and -not $PSCmdlet.MyInvocation.ExpectingInput) {
            # A pipe that is empty never means the whole run.
            $selection.Runs[$RunId] = $null
        }
        if ($selection.LeftOut) {
            Write-Warning -Message "$($selection.LeftOut) rows were left out: they say that nothing was written."
        } elseif ($selection.Runs.Count + $selection.Invalid.Count -eq 0) {
            Write-Verbose -Message 'Nothing came by the pipe; nothing is done.'
        }

        $held = [System.Collections.Generic.List[object]]::new()
        foreach ($run in @($selection.Runs.Keys)) {
            $settings = Merge-ConnectionSetting -Own $own -Connection $Connection -Cmdlet $PSCmdlet
            $parameters = $settings.Parameters
            if ($run) { $parameters['runId'] = $run }
            $people = $selection.Runs[$run]
            if ($null -ne $people) { $parameters['people'] = $true }
            Add-BoundParameter -Parameters $parameters -Bound $bound -Cmdlet $PSCmdlet
            $request = @{
                Operation   = 'photo.restore'
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
                Held        = $held
            }
            if ("$ConfirmPreference" -in 'Low', 'Medium') { $request.Confirm = 'ask' }
            Invoke-BridgeRequest -Request $request -Cmdlet $PSCmdlet
        }
        foreach ($problem in $held) { $PSCmdlet.WriteError($problem) }
        foreach ($invalid in $selection.Invalid) { $PSCmdlet.WriteError($invalid) }
    }
}
