function Clear-CaughtError {
    # Takes an error that was caught, and is told in other words, out of $Error, where the engine has put it.
    param([Parameter(Mandatory)][System.Management.Automation.ErrorRecord]$ErrorRecord)
    for ($i = 0; $i -lt 2 -and $global:Error.Count -gt 0; $i++) {
        $newest = $global:Error[0]
        $exception = $newest
        if ($newest -is [System.Management.Automation.ErrorRecord]) { $exception = $newest.Exception }
        $same = [object]::ReferenceEquals($exception, $ErrorRecord.Exception) -or
            [object]::ReferenceEquals($exception, $ErrorRecord.Exception.InnerException) -or
            [object]::ReferenceEquals($exception.InnerException, $ErrorRecord.Exception)
        if (-not $same) { return }
        $global:Error.RemoveAt(0)
    }
}
