function Test-BridgePatience {
    # Ends the call when the binary is silent for too long, and takes a process that is gone for the end of its output.
    param(
        [Parameter(Mandatory)][hashtable]$Session,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $patience = $script:BridgePatience
    $seconds = $Session.Clock.Elapsed.TotalSeconds
    if ($Session.Partial.Length -gt $script:BridgeLineLimit) {
        $message = "The binary began a line that is longer than $($script:BridgeLineLimit / 1MB) MiB."
        $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeProtocol -Message $message))
    }
    if ($Session.End) {
        if ($seconds -ge $patience.AfterEnd) { $Session.Eof = $true }
        return
    }
    if ($Session.Bad) {
        if ($seconds -ge $patience.Doubt) {
            $message = 'The binary sent a line that is not of the protocol.'
            $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeProtocol -Message $message))
        }
        return
    }
    # Somebody else may hold the output open when the process is gone.
    if ($seconds -ge $patience.AfterExit -and $Session.Process.HasExited) {
        $Session.Eof = $true
        return
    }
    if (-not $Session.Hello -and $seconds -ge $patience.Hello) {
        $message = "The binary $($Session.Process.StartInfo.FileName) said no hello for $($patience.Hello) seconds."
        $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeSilent -Message $message))
    }
    if ($seconds -ge $patience.Silence) {
        $message = "The binary said nothing for $($patience.Silence) seconds and was ended."
        $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeSilent -Message $message))
    }
}
