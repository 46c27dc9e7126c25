function Grant-BinaryExecution {
    # Sets the execute bit of the module's own binary, which package tools may drop; says whether it could.
    param([Parameter(Mandatory)][string]$Path)
    $quoted = '"' + $Path.Replace('\', '\\').Replace('"', '\"') + '"'
    $start = [System.Diagnostics.ProcessStartInfo]::new('/bin/chmod', "+x $quoted")
    $start.UseShellExecute = $false
    $start.RedirectStandardError = $true
    try {
        $process = [System.Diagnostics.Process]::Start($start)
        $null = $process.StandardError.ReadToEnd()
        $process.WaitForExit()
        $process.ExitCode -eq 0
        $process.Dispose()
    } catch [System.Management.Automation.MethodInvocationException] {
        Clear-CaughtError -ErrorRecord $_
        $false
    }
}
