function Connect-PhotoSync {
    <#
    .SYNOPSIS
    Keeps settings for the cmdlets of this session: domain controller, tenant, and how to sign in.

    .DESCRIPTION
    The other cmdlets use these settings where a call names no others. Nothing is opened or tried here;
    Test-PhotoSyncReadiness does that. Secrets stay in memory as SecureString, for this session (runspace) only. A
    later call replaces all settings of an earlier one; Disconnect-PhotoSync forgets them. What is not given comes from
    the environment variables when a cmdlet runs.

    .PARAMETER PassThru
    Give the settings as an object, for -Connection of the other cmdlets.

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
    None, or UserPhotoSync.Connection with -PassThru.

    .EXAMPLE
    Connect-PhotoSync -StatePath ./photosync-state
    Get-PhotoDrift | Sync-UserPhoto -WhatIf

    Keeps the state in a folder of one's own; all other settings come from the environment.

    .EXAMPLE
    Connect-PhotoSync -Server $env:PHOTOSYNC_SERVER -CACertificatePath $env:PHOTOSYNC_CA_FILE
    Get-PhotoDrift -Status Drifted

    Names the domain controller for this session.

    .EXAMPLE
    $connection = Connect-PhotoSync -StatePath ./photosync-state -PassThru
    Get-PhotoDrift -Connection $connection

    Keeps the settings in a variable, too: several connections can be used side by side.

    .EXAMPLE
    $reader = Get-Credential -Message 'Account that reads the directory'
    $app = Get-Credential -Message 'Client id and client secret of the application'
    Connect-PhotoSync -Server dc1.corp.example -Credential $reader -TenantId corp.example -ClientSecretCredential $app

    Asks for both accounts and keeps them for this session.

    .EXAMPLE
    $reader = Get-Credential -Message 'Account that reads the directory'
    $app = @{
        AppId                 = '11111111-2222-3333-4444-555555555555'
        Organization          = 'corp.example'
        CertificateThumbprint = '0123456789ABCDEF0123456789ABCDEF01234567'
    }
    Connect-PhotoSync -Server dc1.corp.example -Credential $reader @app

    Signs in to Microsoft 365 as unattended scripts for Exchange Online do, with a certificate of this machine.

    .EXAMPLE
    $reader = Get-AutomationPSCredential -Name PhotoReader
    Connect-PhotoSync -Server dc1.corp.example -Credential $reader -ManagedIdentity

    In a runbook on a Hybrid Runbook Worker: the account from the Automation account, the machine's identity for
    Microsoft 365.

    .NOTES
    Each session and each job has settings of its own. Hand them to a job or to ForEach-Object -Parallel as -Connection.

    .LINK
    Disconnect-PhotoSync

    .LINK
    Test-PhotoSyncReadiness

    .LINK
    Get-PhotoDrift
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('UserPhotoSync.Connection')]
    param(
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
        [string]$StatePath,

        [switch]$PassThru
    )

    $settings = Read-ConnectionParameter -Bound $PSBoundParameters -Cmdlet $PSCmdlet
    $values = [ordered]@{ PSTypeName = 'UserPhotoSync.Connection' }
    foreach ($name in $script:ConnectionName) { $values[$name] = $settings[$name] }
    $values['Method'] = $settings['Method']
    # Settings that cannot go together are told now, and not at the first run.
    $null = Merge-ConnectionSetting -Own $settings -Alone -Cmdlet $PSCmdlet
    $script:PhotoSyncConnection = [pscustomobject]$values
    # What PSObject gives is made at its first use; two runspaces that use it first at once get it half made.
    $null = $script:PhotoSyncConnection.PSObject.TypeNames
    $null = $script:PhotoSyncConnection.PSObject.Properties['Method']
    if ($PassThru) { $script:PhotoSyncConnection }
}
