function Get-PhotoSyncRun {
    <#
    .SYNOPSIS
    Lists the runs that wrote photos to Microsoft 365, the latest first.

    .DESCRIPTION
    Reads the journal in the state folder and gives one row a run: of Sync-UserPhoto, of Restore-UserPhoto, of the write
    probe of Test-PhotoSyncReadiness, and of photosync on the command line. Nothing is connected, so that no sign-in and
    no domain controller is needed.

    A run without EndedAt and Outcome was cut off, or is still at it; Unfinished says how many of its writes have no
    outcome in the journal. Outcome is one of Ok, Partial, Failed, Braked, Cancelled. Runs are kept as long as their
    backups.

    .PARAMETER RunId
    Only these runs, by their RunId, which is on the rows of Sync-UserPhoto. One that the journal does not have is an
    error (RunNotFound).

    .PARAMETER Connection
    Settings that Connect-PhotoSync -PassThru gave. They go before those that Connect-PhotoSync keeps for the session; a
    parameter of the call goes before both. A way to sign in is taken whole from the first that names one.

    .PARAMETER StatePath
    The folder for state, journal and backups. Without it PHOTOSYNC_STATE_DIR, else one that belongs to the account.

    .INPUTS
    None.

    .OUTPUTS
    UserPhotoSync.PhotoSyncRun. One row a run; StartedAt and EndedAt are [datetime] in UTC.

    .EXAMPLE
    Get-PhotoSyncRun

    The runs, as a table.

    .EXAMPLE
    Get-PhotoSyncRun | Select-Object -First 1 | Format-List

    Everything that is known of the last run: who ran it, where, with which version, and what came of it.

    .EXAMPLE
    Get-PhotoSyncRun | Where-Object { $null -eq $_.EndedAt }

    Runs that were cut off, or are still at it.

    .EXAMPLE
    $since = [datetime]::UtcNow.AddDays(-1)
    Get-PhotoSyncRun | Where-Object { $_.StartedAt -gt $since } | Restore-UserPhoto -WhatIf

    Says what it would be to take back the runs of the last day, the latest first.

    .LINK
    Restore-UserPhoto

    .LINK
    Sync-UserPhoto
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('UserPhotoSync.PhotoSyncRun')]
    param(
        [Parameter(Position = 0)]
        [ValidateNotNullOrEmpty()]
        [string[]]$RunId,

        [ValidateScript({
                $types = $_.PSObject.TypeNames
                if ($types -match '^(Deserialized\.)?UserPhotoSync\.Connection$') { return $true }
                throw 'A connection is what Connect-PhotoSync -PassThru gave.'
            })]
        [object]$Connection,

        [ValidateNotNullOrEmpty()]
        [string]$StatePath
    )

    # A function of a module does not see the preferences of a caller elsewhere, so they are fetched.
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
    $parameters = [ordered]@{}
    $folder = Get-StateFolder -Own $own -Connection $Connection
    if ($folder) { $parameters['stateDir'] = $folder }

    $request = @{
        Operation   = 'runs.list'
        Kind        = 'run'
        TypeName    = 'UserPhotoSync.PhotoSyncRun'
        Parameters  = $parameters
        Secrets     = @{}
        Certificate = $null
        People      = $null
        DryRun      = $false
        Confirm     = 'never'
        Log         = Get-LogLevel
        Progress    = $ProgressPreference -notin 'SilentlyContinue', 'Ignore'
    }
    if (-not $RunId) {
        Invoke-BridgeRequest -Request $request -Cmdlet $PSCmdlet
        return
    }
    # All of them are read, so that one that is not there keeps nobody from the others.
    $found = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    Invoke-BridgeRequest -Request $request -Cmdlet $PSCmdlet | ForEach-Object -Process {
        if ($_.RunId -in $RunId) {
            [void]$found.Add($_.RunId)
            $_
        }
    }
    foreach ($id in $RunId) {
        if ($found.Contains($id)) { continue }
        $problem = @{
            Code    = 'RunNotFound'
            Message = "The journal has no run '$id'."
            Target  = $id
            Remedy  = 'See the runs with Get-PhotoSyncRun, and check -StatePath.'
        }
        $PSCmdlet.WriteError((New-BridgeError @problem))
    }
}
