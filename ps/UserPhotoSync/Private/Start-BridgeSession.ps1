function Start-BridgeSession {
    # Starts the binary and gives the session with it: process, streams, and what is under way. Nothing is written yet.
    param([Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet)

    $binary = Find-BridgeBinary -Cmdlet $Cmdlet
    $encoding = [System.Text.UTF8Encoding]::new($false)
    $start = [System.Diagnostics.ProcessStartInfo]::new($binary.Path, 'bridge --protocol=1')
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.WorkingDirectory = [System.IO.Path]::GetDirectoryName($binary.Path)
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = $encoding
    $start.StandardErrorEncoding = $encoding
    # A relative path in the environment is the caller's, and the binary runs in a folder of its own. Without one the
    # variables are not touched: .NET Framework cannot copy some environments.
    $location = $Cmdlet.SessionState.Path.CurrentFileSystemLocation.ProviderPath
    $paths = 'PHOTOSYNC_STATE_DIR', 'PHOTOSYNC_CA_FILE', 'PHOTOSYNC_IDENTITY_FILE', 'AZURE_CLIENT_CERTIFICATE_PATH',
        'AZURE_FEDERATED_TOKEN_FILE'
    foreach ($name in $paths) {
        $path = [System.Environment]::GetEnvironmentVariable($name)
        if (-not $path -or [System.IO.Path]::IsPathRooted($path)) { continue }
        $start.EnvironmentVariables[$name] = [System.IO.Path]::Combine($location, $path)
    }
    $process = [System.Diagnostics.Process]::new()
    $process.StartInfo = $start

    for ($attempt = 1; ; $attempt++) {
        try {
            [void]$process.Start()
            break
        } catch [System.Management.Automation.MethodInvocationException] {
            Clear-CaughtError -ErrorRecord $_
            $reason = $_.Exception.InnerException
        }
        $notExecutable = $reason -is [System.ComponentModel.Win32Exception] -and $reason.NativeErrorCode -eq 13 -and
            [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Unix
        $again = $attempt -eq 1 -and $notExecutable -and $binary.Own
        if ($again -and (Grant-BinaryExecution -Path $binary.Path)) { continue }
        $process.Dispose()
        $message = "The binary $($binary.Path) cannot be started: $($reason.Message)"
        if ($notExecutable) { $message += ". It lacks the execute bit: chmod +x '$($binary.Path)'" }
        $problem = @{
            Code           = 'BridgeStartFailed'
            Message        = $message
            Target         = $binary.Path
            InnerException = $reason
        }
        $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
    }

    $session = @{
        Process   = $process
        Stdin     = $process.StandardInput.BaseStream
        Stdout    = $process.StandardOutput.BaseStream
        Stderr    = $process.StandardError.ReadToEndAsync()
        Buffer    = [byte[]]::new(65536)
        Partial   = [System.IO.MemoryStream]::new()   # the begin of a line whose end has not come yet
        Lines     = [System.Collections.Generic.Queue[string]]::new()
        Read      = $null                             # the one pending read
        Write     = $null                             # the one pending write
        Flushing  = $false
        Queue     = [System.Collections.Generic.Queue[byte[]]]::new()
        Secret    = $null
        People    = $null
        Next      = 0
        Sending   = $false
        Clock     = [System.Diagnostics.Stopwatch]::StartNew()
        Hello     = $null
        Bad       = $false
        End       = $null
        Eof       = $false
        Probe     = $false                            # a photo may have to be put back
    }
    $session.Read = $session.Stdout.ReadAsync($session.Buffer, 0, $session.Buffer.Length)
    $session
}
