function Confirm-BinaryHash {
    # Ends the call unless the binary has the hash that the manifest names. A file is read once a session.
    param(
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet,
        [Parameter(Mandatory)][string]$Path,
        [Parameter(Mandatory)][string]$Platform
    )
    $file = [System.IO.FileInfo]::new($Path)
    $key = '{0}|{1}|{2}' -f $file.FullName, $file.Length, $file.LastWriteTimeUtc.Ticks
    if ($script:VerifiedBinary.ContainsKey($key)) { return }

    $expected = ''
    $private = $ExecutionContext.SessionState.Module.PrivateData
    if ($private -is [hashtable] -and $private['NativeHashes'] -is [hashtable]) {
        $expected = $private.NativeHashes[$Platform]
    }

    $stream = $null
    $algorithm = [System.Security.Cryptography.SHA256]::Create()
    try {
        $share = [System.IO.FileShare]'Read, Delete'
        $stream = [System.IO.File]::Open($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $share)
        $actual = [System.BitConverter]::ToString($algorithm.ComputeHash($stream)).Replace('-', '')
    } catch [System.Management.Automation.MethodInvocationException] {
        Clear-CaughtError -ErrorRecord $_
        $problem = @{
            Code           = 'BridgeStartFailed'
            Message        = "The binary $Path cannot be read: $($_.Exception.InnerException.Message)"
            Target         = $Path
            InnerException = $_.Exception.InnerException
        }
        $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
    } finally {
        if ($stream) { $stream.Dispose() }
        $algorithm.Dispose()
    }
    if ($actual -ne $expected) {
        $message = "The SHA-256 of $Path is $($actual.ToLowerInvariant()), and the module's manifest says '$expected'."
        if (-not $expected) { $message = "The module's manifest names no SHA-256 for the binary $Path ($Platform)." }
        $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeHashMismatch -Message $message -Target $Path))
    }
    $script:VerifiedBinary[$key] = $true
}
