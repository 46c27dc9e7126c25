function Receive-BridgeLine {
    # Waits at most a tenth of a second for the binary and cuts what has come into lines. Reads bytes, not lines, so
    # that a line that never ends fills no memory.
    param([Parameter(Mandatory)][hashtable]$Session)

    $read = $Session.Read
    if (-not $read.IsCompleted) {
        if ($Session.Write) {
            $pending = [System.Threading.Tasks.Task[]]@($read, $Session.Write)
            [void][System.Threading.Tasks.Task]::WaitAny($pending, 100)
        } else {
            try { [void]$read.Wait(100) } catch [System.AggregateException] { Clear-CaughtError -ErrorRecord $_ }
        }
        if (-not $read.IsCompleted) { return }
    }
    $count = 0
    if ($read.Status -eq [System.Threading.Tasks.TaskStatus]::RanToCompletion) { $count = $read.Result }
    if ($count -eq 0) {
        $Session.Eof = $true
        return
    }
    $buffer = $Session.Buffer
    $partial = $Session.Partial
    $encoding = [System.Text.Encoding]::UTF8
    $from = 0
    while ($from -lt $count) {
        $to = [array]::IndexOf($buffer, [byte]10, $from, $count - $from)
        if ($to -lt 0) {
            $partial.Write($buffer, $from, $count - $from)
            break
        }
        if ($partial.Length -gt 0) {
            $partial.Write($buffer, $from, $to - $from)
            $Session.Lines.Enqueue($encoding.GetString($partial.GetBuffer(), 0, [int]$partial.Length))
            $partial.SetLength(0)
        } else {
            $Session.Lines.Enqueue($encoding.GetString($buffer, $from, $to - $from))
        }
        $from = $to + 1
    }
    $Session.Read = $Session.Stdout.ReadAsync($buffer, 0, $buffer.Length)
}
