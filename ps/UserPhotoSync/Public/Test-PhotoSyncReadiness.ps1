function Test-PhotoSyncReadiness {
    <#
    .SYNOPSIS
    Looks whether everything is there that Get-PhotoDrift and Sync-UserPhoto need, and says what is missing.

    .DESCRIPTION
    Tries the directory, the sign-in to Microsoft 365, the permissions of the application, the photo settings of the
    tenant and the state folder, with the settings that the other cmdlets would use, and gives one row a question:
    Check, Status, Evidence, and in Remedy what to do.

    Status is Pass; Warn: it works, and something will surprise somebody; Fail: runs will fail, or part of them; or
    Unknown: it could not be found out. A check that fails is a row, and no error. Only what keeps the checks from
    running at all is an error.

    Nothing is written but with -WriteProbe: only a write shows whether the tenant lets the application write photos.

    .PARAMETER Identity
    The person whose photo is read as a trial, by UPN, mail address, sAMAccountName, distinguished name, objectGUID or
    SID. Without it the first that the directory gives.

    .PARAMETER WriteProbe
    The user principal name of a test user in Microsoft 365, who is written to: a photo is uploaded, read back, and
    what was there before is put back. Without it nothing is written. With -WhatIf it is left out.

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
    None.

    .OUTPUTS
    UserPhotoSync.PhotoSyncCheck. One row a question: Check, Status, Evidence, Remedy, ErrorCode, RequestId.

    .EXAMPLE
    Test-PhotoSyncReadiness

    Everything, as a table, with the environment variables and the settings of Connect-PhotoSync.

    .EXAMPLE
    Test-PhotoSyncReadiness | Where-Object -Property Status -NE -Value Pass | Format-List

    What is not as it has to be, in full.

    .EXAMPLE
    Test-PhotoSyncReadiness -Identity anna.mueller@corp.example

    Reads the photos of this person as a trial.

    .EXAMPLE
    Test-PhotoSyncReadiness -WriteProbe photo.test@corp.example -WhatIf

    Says what the write would be, and checks everything else.

    .EXAMPLE
    $failed = @(Test-PhotoSyncReadiness | Where-Object -Property Status -EQ -Value Fail)
    if ($failed.Count -eq 0) { Sync-UserPhoto -WhatIf }

    For a scheduled task: begins only when nothing is missing.

    .NOTES
    With -WriteProbe it asks first only with -Confirm, or where $ConfirmPreference is Medium or Low: who names a test
    user has decided.

    Azure Automation's cloud sandbox starts no programs: run it on a Hybrid Runbook Worker.

    .LINK
    Connect-PhotoSync

    .LINK
    Get-PhotoDrift

    .LINK
    Sync-UserPhoto
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    [OutputType('UserPhotoSync.PhotoSyncCheck')]
    param(
        [Parameter(Position = 0)]
        [ValidateNotNullOrEmpty()]
        [string]$Identity,

        [ValidateNotNullOrEmpty()]
        [string]$WriteProbe,

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
    $settings = Merge-ConnectionSetting -Own $own -Connection $Connection -Cmdlet $PSCmdlet
    $parameters = $settings.Parameters
    if ($ThrottleLimit) { $parameters['concurrency'] = $ThrottleLimit }
    if ($Identity) { $parameters['canary'] = $Identity }
    if ($WriteProbe -and (Confirm-WriteProbe -UserPrincipalName $WriteProbe -Cmdlet $PSCmdlet)) {
        $parameters['writeProbe'] = $WriteProbe
    }

    $request = @{
        Operation   = 'readiness.check'
        Kind        = 'check'
        TypeName    = 'UserPhotoSync.PhotoSyncCheck'
        Parameters  = $parameters
        Secrets     = $settings.Secrets
        Certificate = $settings.Certificate
        People      = $null
        DryRun      = [bool]$WhatIfPreference
        Confirm     = 'never'
        Log         = Get-LogLevel
        Progress    = $ProgressPreference -notin 'SilentlyContinue', 'Ignore'
    }
    Invoke-BridgeRequest -Request $request -Cmdlet $PSCmdlet
}
