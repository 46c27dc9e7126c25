function Sync-UserPhoto {
    <#
    .SYNOPSIS
    Brings the on-premises photos of people to Microsoft 365, where they differ.

    .DESCRIPTION
    Compares as Get-PhotoDrift does, makes a plan, checks it against the brakes (-MaxChange, -MaxChangePercent,
    -MaxRemove, -MaxShrinkPercent, -Canary), and only then writes. Before a photo in Microsoft 365 is replaced or
    removed it is backed up; after the write it is looked at again. Gives one row for everybody who was to be changed:
    Done, Pending, Skipped or Failed, and WouldChange with -WhatIf. Restore-UserPhoto takes back what a run did.

    With -WhatIf and -PlanPath the plan is written to a file, to be looked at and shortened by whole lines. With
    -PlanPath alone such a plan is carried out: exactly that, and only where both sides are still as they were.

    A row of Get-PhotoDrift that comes by pipe selects a person and is a condition: the photos are compared again, and
    when either side is not what the row says any more, the person is skipped with the reason ChangedMeanwhile.

    Where both sides have a photo, they differ, and nothing is known of what was agreed before, -Baseline decides; as
    long as nobody has said so, such people are left for review. Where it is known, the side that changed is known, too:
    what changed in the directory is uploaded, and -OnConflict says what becomes of what was changed in Microsoft 365.

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

    .PARAMETER OnConflict
    What becomes of people whose photo in Microsoft 365 was changed or removed since both sides agreed, by themselves or
    somebody else: Skip, the default, leaves it alone; OnPremises uploads the photo of the directory; Cloud accepts what
    is there.

    .PARAMETER AllowDowngrade
    Also replace a photo in Microsoft 365 that is the same picture with more detail. -WhatIf, brakes, backup and journal
    hold all the same.

    .PARAMETER RemoveOrphan
    Remove photos from Microsoft 365 that once agreed with the directory's, and whose people have none there any more,
    are gone or are disabled. Only what two runs saw that are at least -Grace apart, only after a backup, only within
    -MaxRemove, and not while anything could not be read.

    .PARAMETER Grace
    How long somebody must have been seen as an orphan before -RemoveOrphan removes the photo: 14.00:00:00, or
    (New-TimeSpan -Days 14). 7 days when not given.

    .PARAMETER ExcludeGroup
    The distinguished names of groups whose members are left out, such as people who do not want their photo shown.

    .PARAMETER First
    Carry out only so many changes, the first of the plan; the others are skipped. For pilots.

    .PARAMETER PlanPath
    With -WhatIf the file to write the plan to, which says line by line what would be done; it goes with people and
    scope, and a file that is there is replaced. Without -WhatIf the plan to carry out: no people, no scope and nothing
    that decides goes with it, because the plan says it. Lines may be deleted, but for the first; a plan that was
    altered in another way is refused. A plan of objects that carry thumbnailPhoto cannot be carried out: the directory
    is asked again.

    .PARAMETER MaxAge
    How old the plan may be that is carried out: 1.00:00:00, or (New-TimeSpan -Days 1). 7 days when not given.

    .PARAMETER MaxChange
    A brake: with more changes than this nothing is written, and the call ends with the error TooManyChanges. 500 when
    not given.

    .PARAMETER MaxChangePercent
    A brake: the largest share of a whole scope of more than 200 people that may be changed. 10 when not given.

    .PARAMETER MaxRemove
    A brake: with more removals than this nothing is written. 0 when not given, so that -RemoveOrphan needs it.

    .PARAMETER MaxShrinkPercent
    A brake: when the directory gives less than at the last run over the same scope, by a larger share than this, or
    nobody at all, nothing is written. 30 when not given; 100 lets everything pass.

    .PARAMETER Canary
    A brake: a person, by any name that -Identity takes, whose photos must agree. When they do not, something is wrong
    that is larger than one photo, and nothing is written.

    .PARAMETER IgnorePolicy
    Write although the photo settings of the tenant leave photos to somebody else. Test-PhotoSyncReadiness -WriteProbe
    says whether a write goes through.

    .PARAMETER VerifyTimeout
    How long a photo that was written is looked for in Microsoft 365 before its row says Pending: 00:01:00, or
    (New-TimeSpan -Minutes 1). 30 seconds when not given. What is pending is settled by the next run.

    .PARAMETER RetentionDays
    How many days backups are kept, from the start of their run. 90 when not given; 0 for ever.

    .PARAMETER BackupRecipient
    An age public key (age1...) for which backups are encrypted. Only who has the private key can have them back, with
    Restore-UserPhoto -IdentityFilePath.

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
    Sync-UserPhoto -WhatIf -Baseline OnPremises -PlanPath ./plan.jsonl
    $lines = Get-Content -Path ./plan.jsonl
    $lines | Where-Object { $_ -notmatch 'laura\.jensen' } | Set-Content -Path ./plan.jsonl -Encoding ASCII
    Sync-UserPhoto -PlanPath ./plan.jsonl -MaxAge 1.00:00:00 -Confirm:$false

    Plans, takes a person out of the plan, and carries out the rest if the plan is not older than a day. A person takes
    lines out with any editor.

    .EXAMPLE
    $optOut = 'CN=Photo Opt-Out,OU=Groups,DC=corp,DC=example'
    Sync-UserPhoto -WhatIf -Baseline OnPremises -ExcludeGroup $optOut -First 10

    A pilot: the first ten people of the plan, without those who opted out.

    .EXAMPLE
    Sync-UserPhoto -WhatIf -RemoveOrphan -MaxRemove 20 -Grace (New-TimeSpan -Days 14)

    Says which photos would be removed of people who left two weeks ago or earlier, and have had one from the directory.

    .EXAMPLE
    Sync-UserPhoto -Identity henrik.sorensen@corp.example -Confirm:$false | Restore-UserPhoto

    Uploads the photo of one person, and takes it back.

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

    A brake is one terminating error, of which the message says what it saw and the remedy what would let it pass;
    nothing was written. One run at a time writes to a state folder: a second one ends with RunInProgress.

    Rows that Get-PhotoDrift made of objects with thumbnailPhoto name their people only: for them Sync-UserPhoto asks
    the directory. Pipe the objects themselves into Sync-UserPhoto to do without.

    Azure Automation's cloud sandbox starts no programs: run it on a Hybrid Runbook Worker. Runbooks for PowerShell 7
    set $VerbosePreference and $ProgressPreference themselves.

    .LINK
    Get-PhotoDrift

    .LINK
    Restore-UserPhoto

    .LINK
    Get-PhotoSyncRun

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

        [ValidateSet('Skip', 'OnPremises', 'Cloud')]
        [string]$OnConflict,

        [switch]$AllowDowngrade,

        [switch]$RemoveOrphan,

        [ValidateScript({
                if ($_.Ticks -ge 0 -and $_.TotalDays -le 3650 -and $_.Ticks % 10000000 -eq 0) { return $true }
                throw ('It is a time in whole seconds: 7.00:00:00, or (New-TimeSpan -Days 7). A bare ' +
                    'number counts ten-millionths of a second.')
            })]
        [timespan]$Grace,

        [ValidateNotNullOrEmpty()]
        [string[]]$ExcludeGroup,

        [ValidateRange(1, 2147483647)]
        [int]$First,

        [Parameter(ParameterSetName = 'Identity')]
        [Parameter(ParameterSetName = 'InputObject')]
        [Parameter(ParameterSetName = 'Scope')]
        [Parameter(Mandatory, ParameterSetName = 'Plan')]
        [ValidateNotNullOrEmpty()]
        [string]$PlanPath,

        [Parameter(ParameterSetName = 'Plan')]
        [ValidateScript({
                if ($_.Ticks -ge 10000000 -and $_.TotalDays -le 3650 -and $_.Ticks % 10000000 -eq 0) { return $true }
                throw ('It is a time in whole seconds, one at least: 7.00:00:00, or (New-TimeSpan -Days 7). A bare ' +
                    'number counts ten-millionths of a second.')
            })]
        [timespan]$MaxAge,

        [ValidateRange(0, 2147483647)]
        [int]$MaxChange,

        [ValidateRange(0, 100)]
        [int]$MaxChangePercent,

        [ValidateRange(0, 2147483647)]
        [int]$MaxRemove,

        [ValidateRange(0, 100)]
        [int]$MaxShrinkPercent,

        [ValidateNotNullOrEmpty()]
        [string]$Canary,

        [switch]$IgnorePolicy,

        [ValidateScript({
                if ($_.Ticks -ge 10000000 -and $_.TotalDays -le 3650 -and $_.Ticks % 10000000 -eq 0) { return $true }
                throw ('It is a time in whole seconds, one at least: 7.00:00:00, or (New-TimeSpan -Days 7). A bare ' +
                    'number counts ten-millionths of a second.')
            })]
        [timespan]$VerifyTimeout,

        [ValidateRange(0, 3650)]
        [int]$RetentionDays,

        [ValidateNotNullOrEmpty()]
        [string]$BackupRecipient,

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

        Assert-PlanParameter -Bound $bound -DryRun ([bool]$WhatIfPreference) -Cmdlet $PSCmdlet
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
        Add-BoundParameter -Parameters $parameters -Bound $bound -Cmdlet $PSCmdlet

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
