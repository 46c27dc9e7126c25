function Get-BinaryPlatform {
    # Gives the folder of the binary for this system, such as win-x64 or osx-arm64, or says why there is none.
    $windows = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT
    $architecture = ''
    try {
        $architecture = [System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture.ToString()
    } catch [System.Management.Automation.RuntimeException] {
        # .NET Framework before 4.7.1 does not have the type.
        Clear-CaughtError -ErrorRecord $_
    }
    if (-not $architecture) {
        $architecture = $env:PROCESSOR_ARCHITEW6432
        if (-not $architecture) { $architecture = $env:PROCESSOR_ARCHITECTURE }
    }
    $architecture = "$architecture".ToLowerInvariant().Replace('amd64', 'x64')
    $system = 'linux'
    if ($windows) {
        $system = 'win'
    } elseif ($PSVersionTable['OS'] -like 'Darwin*' -or [System.IO.Directory]::Exists('/System/Library/CoreServices')) {
        $system = 'osx'
    }
    "$system-$architecture"
}
