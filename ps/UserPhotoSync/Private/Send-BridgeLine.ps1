function Send-BridgeLine {
    # Begins the next write when the one before is over: what is queued first, then people, a line at a time. It never
    # waits.
    param([Parameter(Mandatory)][hashtable]$Session)

    if ($Session.Write) {
        if (-not $Session.Write.IsCompleted) { return }
        $written = $Session.Write.Status -eq [System.Threading.Tasks.TaskStatus]::RanToCompletion
        if ($written -and -not $Session.Flushing) {
            # On Windows the stream holds up to 4 KiB back; without this the binary would wait for ever.
            $Session.Flushing = $true
            $Session.Write = $Session.Stdin.FlushAsync()
            if (-not $Session.Write.IsCompleted) { return }
            $written = $Session.Write.Status -eq [System.Threading.Tasks.TaskStatus]::RanToCompletion
        }
        $Session.Write = $null
        $Session.Flushing = $false
        if (-not $written) {
            # Not an error yet: the binary may have something to say about it.
            $Session.Queue.Clear()
            $Session.People = $null
            $Session.Sending = $false
            return
        }
        if ($Session.Secret -and $Session.Queue.Count -eq 0) {
            [array]::Clear($Session.Secret, 0, $Session.Secret.Length)
            $Session.Secret = $null
        }
    }
    if ($Session.Queue.Count -eq 0 -and $null -ne $Session.People) { Add-InputLine -Session $Session }
    if ($Session.Queue.Count -eq 0) {
        $Session.Sending = $false
        if ($Session.End) {
            # The end of its input lets the binary go.
            try { $Session.Stdin.Dispose() } catch { Clear-CaughtError -ErrorRecord $_ }
        }
        return
    }
    $bytes = $Session.Queue.Dequeue()
    $Session.Write = $Session.Stdin.WriteAsync($bytes, 0, $bytes.Length)
}
