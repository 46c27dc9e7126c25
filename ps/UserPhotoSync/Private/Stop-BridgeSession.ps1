function Stop-BridgeSession {
    # Ends the binary: cancel, end of input, a few seconds, kill. Runs in "finally", where no stream may be written and
    # the user cannot shorten it; every step is tried on its own. A write probe has time to put the photo back, and what
    # it warns of goes to the host.
    param([Parameter(Mandatory)][hashtable]$Session)

    $process = $Session.Process
    $patience = $script:BridgePatience
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $limit = $patience.AfterCancel
    if ($Session.Probe) { $limit = $patience.AfterProbe }
    $text = ''
    $writable = $true
    try {
        if ($Session.Secret) { [array]::Clear($Session.Secret, 0, $Session.Secret.Length) }
        if ($Session.End) {
            $limit = [System.Math]::Max(0.2, $patience.AfterEnd - $Session.Clock.Elapsed.TotalSeconds)
        }
        if ($Session.Write) {
            # On .NET Framework the flush of bytes that were written blocks, perhaps for ever.
            $flushed = $Session.Flushing -or $PSVersionTable.PSEdition -ne 'Desktop'
            $writable = $Session.Write.Wait(500) -and $flushed
        }
        if ($writable -and -not $Session.End -and -not $process.HasExited) {
            $line = [System.Text.Encoding]::ASCII.GetBytes('{"v":1,"type":"cancel","id":1}' + "`n")
            $writable = $Session.Stdin.WriteAsync($line, 0, $line.Length).Wait(500)
            if ($writable) { $writable = $Session.Stdin.FlushAsync().Wait(500) }
        }
    } catch {
        # A broken pipe: the process is gone, or reads no more.
        Clear-CaughtError -ErrorRecord $_
    }
    try {
        # With bytes that nobody takes, closing would wait for ever on Windows.
        if ($writable) { $Session.Stdin.Dispose() }
    } catch {
        Clear-CaughtError -ErrorRecord $_
    }
    try {
        if ($Session.Probe) { $text = [System.Text.Encoding]::ASCII.GetString($Session.Partial.ToArray()) }
        while (-not $Session.Eof -and $clock.Elapsed.TotalSeconds -lt $limit) {
            if (-not $Session.Read.Wait(50)) {
                if ($process.HasExited -and $clock.Elapsed.TotalSeconds -ge $limit / 5) { break }
                continue
            }
            if ($Session.Read.Result -eq 0) { break }
            if ($Session.Probe) {
                $text += [System.Text.Encoding]::ASCII.GetString($Session.Buffer, 0, $Session.Read.Result)
                $lines = $text.Split([char]10)
                $text = $lines[-1]
                foreach ($line in $lines) {
                    if ($line -notmatch '"type":"warning"' -or -not $line.EndsWith('}')) { continue }
                    $warning = ConvertFrom-Json -InputObject $line
                    if ($warning.type -eq 'warning') { $Host.UI.WriteWarningLine([string]$warning.message) }
                }
            }
            $Session.Read = $Session.Stdout.ReadAsync($Session.Buffer, 0, $Session.Buffer.Length)
        }
    } catch {
        Clear-CaughtError -ErrorRecord $_
    }
    try {
        $rest = [System.Math]::Max(1, [int](1000 * ($limit - $clock.Elapsed.TotalSeconds)))
        if (-not $process.WaitForExit($rest)) {
            $process.Kill()
            [void]$process.WaitForExit(1500)
            if (-not $writable) { $Session.Stdin.Dispose() }
        }
    } catch {
        Clear-CaughtError -ErrorRecord $_
    }
    try {
        $process.Dispose()
    } catch {
        Clear-CaughtError -ErrorRecord $_
    }
}
