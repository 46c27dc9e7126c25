function Resolve-FilePath {
    # Makes a path absolute by the caller's location: the binary runs in a folder of its own.
    param(
        [Parameter(Mandatory)][string]$Path,
        [Parameter(Mandatory)][string]$Name,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $provider = $null
    $drive = $null
    $reason = ''
    $resolved = ''
    try {
        $resolved = $Cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path, [ref]$provider, [ref]$drive)
        if ($provider.Name -ne 'FileSystem') { $reason = "it belongs to the provider $($provider.Name)." }
    } catch {
        Clear-CaughtError -ErrorRecord $_
        $reason = $_.Exception.Message
        if ($_.Exception.InnerException) { $reason = $_.Exception.InnerException.Message }
    }
    if (-not $reason) { return $resolved }
    $problem = @{
        Code    = 'SettingInvalid'
        Message = "-$Name '$Path' is no path in the file system: $reason"
        Target  = $Path
        Remedy  = "Give -$Name as a path with a drive letter, or from a location in the file system."
    }
    $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
}
