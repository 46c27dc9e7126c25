function Complete-BridgeRequest {
    # Judges a request whose output has ended: everything was seen, or one terminating error. Checks that failed are
    # rows, and an error that only sums them up is none.
    param(
        [Parameter(Mandatory)][hashtable]$Session,
        [Parameter(Mandatory)][hashtable]$Seen,
        [AllowNull()][System.Management.Automation.ErrorRecord]$Fatal,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $end = $Session.End
    $told = $Fatal -and $end -and $end.status -eq 'failed' -and $Seen.failed.Contains($Fatal.FullyQualifiedErrorId)
    if ($Fatal -and -not $told) { $Cmdlet.ThrowTerminatingError($Fatal) }
    if (-not $end) {
        $code = 'unknown'
        if ($Session.Process.WaitForExit(1000)) { $code = $Session.Process.ExitCode }
        $problem = @{
            Code    = 'BridgeTruncated'
            Message = "The binary ended before it had said everything (exit code $code)."
        }
        if ($Session.Stderr.Wait(1000) -and $Session.Stderr.Result) {
            $lines = $Session.Stderr.Result.TrimEnd().Split("`n")
            $from = [System.Math]::Max(0, $lines.Length - 20)
            $last = [string]::Join("`n", $lines, $from, $lines.Length - $from)
            $problem.InnerException = [System.InvalidOperationException]::new($last)
            Write-Debug -Message $Session.Stderr.Result
        }
        $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
    }
    if ($Session.Bad) {
        $message = 'The binary sent a line that is not of the protocol after the end of the request.'
        $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeProtocol -Message $message))
    }
    foreach ($name in 'result', 'error', 'proposed') {
        $property = $null
        if ($null -ne $end.counts) { $property = $end.counts.PSObject.Properties[$name] }
        if ($property -and "$($property.Value)" -eq "$($Seen[$name])") { continue }
        $said = 'nothing'
        if ($property) { $said = $property.Value }
        $message = "The binary sent $($Seen[$name]) and counted $said under '$name'."
        $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeTruncated -Message $message))
    }
    if ($told -or $end.status -eq 'ok' -or $end.status -eq 'partial') { return }

    $problem = @{ Code = 'InternalError'; Message = "The run failed without a reason (exit code $($end.exitCode))." }
    if ($end.status -eq 'cancelled') {
        $problem = @{ Code = 'Cancelled'; Message = 'The run was cancelled from outside.' }
    } elseif ($end.status -ne 'failed') {
        $problem = @{ Code = 'BridgeProtocol'; Message = "The binary ended the run as '$($end.status)'." }
    } elseif ($null -ne $end.summary -and $end.summary.PSObject.Properties['ErrorCode'] -and $end.summary.ErrorCode) {
        $problem.Code = [string]$end.summary.ErrorCode
        if ($end.summary.PSObject.Properties['ErrorMessage']) { $problem.Message = [string]$end.summary.ErrorMessage }
    }
    $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
}
