function Write-BridgeProgress {
    # Shows how far the run is; without a record it takes the bar away.
    param(
        [object]$Progress,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    if (-not $Progress) {
        $shown = [System.Management.Automation.ProgressRecord]::new(0, 'UserPhotoSync', 'Done')
        $shown.RecordType = [System.Management.Automation.ProgressRecordType]::Completed
        $Cmdlet.WriteProgress($shown)
        return
    }
    $done = [long]$Progress.done
    $total = [long]$Progress.total
    $status = "$done"
    if ($total -gt 0) { $status = "$done of $total" }
    $activity = [string]$Progress.activity
    if (-not $activity) { $activity = 'UserPhotoSync' }
    $shown = [System.Management.Automation.ProgressRecord]::new(0, $activity, $status)
    if ($total -gt 0) { $shown.PercentComplete = [int][System.Math]::Min(100, 100 * $done / $total) }
    if ($null -ne $Progress.secondsLeft) { $shown.SecondsRemaining = [int]$Progress.secondsLeft }
    $Cmdlet.WriteProgress($shown)
}
