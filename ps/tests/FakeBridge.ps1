# Helpers of the tests in which the fake binary plays a scenario; dot-sourced in BeforeAll. See bridge/fakebridge.

$repository = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, '..', '..'))
$windows = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT
$modulePath = [System.IO.Path]::Combine($repository, 'out', 'UserPhotoSync')
$fakeName = $(if ($windows) { 'fakebridge.exe' } else { 'fakebridge' })
$fakePath = [System.IO.Path]::Combine($repository, 'out', 'test', $fakeName)
foreach ($file in [System.IO.Path]::Combine($modulePath, 'UserPhotoSync.psd1'), $fakePath) {
    if (-not [System.IO.File]::Exists($file)) { throw "$file is missing: run ./build.ps1 Test, which builds it." }
}
$fakeFolder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName())
[void][System.IO.Directory]::CreateDirectory($fakeFolder)

function Set-Fake {
    # The next processes of the module play this scenario, and their notes begin anew.
    param([string]$Scenario, [Nullable[int]]$Rows)
    $env:PHOTOSYNC_BINARY = $fakePath
    $env:PHOTOSYNC_FAKE = $Scenario
    $env:PHOTOSYNC_FAKE_TRANSCRIPT = $null
    $env:PHOTOSYNC_FAKE_ROWS = $(if ($null -ne $Rows) { "$Rows" } else { $null })
    $name = [System.IO.Path]::GetRandomFileName()
    $env:PHOTOSYNC_FAKE_PID = [System.IO.Path]::Combine($fakeFolder, "$name.pid")
    $env:PHOTOSYNC_FAKE_LOG = [System.IO.Path]::Combine($fakeFolder, "$name.log")
}

function Clear-Fake {
    foreach ($name in 'BINARY', 'FAKE', 'FAKE_TRANSCRIPT', 'FAKE_ROWS', 'FAKE_PID', 'FAKE_LOG') {
        [System.Environment]::SetEnvironmentVariable("PHOTOSYNC_$name", $null)
    }
    [System.IO.Directory]::Delete($fakeFolder, $true)
}

function Import-TestModule {
    # The built module, less patient than it is for people.
    Import-Module -Name $modulePath -Force
    & (Get-Module -Name UserPhotoSync) {
        $script:BridgePatience = @{
            Hello = 2; Silence = 2; Doubt = 0.5; AfterExit = 1; AfterEnd = 1; AfterCancel = 2; AfterProbe = 4
        }
        $script:OverrideAnnounced = $true
    }
}

function Read-NoteFile {
    # The lines that the fake has written so far; it may be writing.
    param([string]$File)
    if (-not [System.IO.File]::Exists($File)) { return }
    $share = [System.IO.FileShare]'ReadWrite, Delete'
    $stream = [System.IO.File]::Open($File, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $share)
    $reader = [System.IO.StreamReader]::new($stream)
    try { $reader.ReadToEnd().Split("`n") | Where-Object { $_ } } finally { $reader.Dispose() }
}

function Get-FakeProcess {
    # The ids of processes that the fake was, and whether each of them still runs. The second is the grandchild.
    foreach ($line in Read-NoteFile -File $env:PHOTOSYNC_FAKE_PID) {
        $process = $null
        try {
            $process = [System.Diagnostics.Process]::GetProcessById([int]$line)
        } catch [System.Management.Automation.MethodInvocationException] {
            $process = $null
        }
        [pscustomobject]@{ Id = [int]$line; Runs = $null -ne $process -and -not $process.HasExited }
    }
}

function Get-FakeLog {
    # What the host said to the fake, as objects; the end of its input has the type EOF. For when the fake is gone.
    foreach ($line in Read-NoteFile -File $env:PHOTOSYNC_FAKE_LOG) {
        if ($line[0] -eq '{') {
            ConvertFrom-Json -InputObject $line
        } else {
            [pscustomobject]@{ type = $line }
        }
    }
}

function Wait-Until {
    # Waits until the condition holds, for ten seconds at most, and says whether it does.
    param([scriptblock]$Condition)
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($clock.Elapsed.TotalSeconds -lt 10) {
        if (& $Condition) { return $true }
        Start-Sleep -Milliseconds 20
    }
    $false
}

function Invoke-Fake {
    # Runs a call against a scenario as a script would that takes row by row, and says what came of it.
    param([string]$Scenario, [scriptblock]$Call = { Get-PhotoDrift }, [Nullable[int]]$Rows)
    Set-Fake -Scenario $Scenario -Rows $Rows
    $list = [System.Collections.Generic.List[object]]::new()
    $caught = $null
    $global:Error.Clear()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try { & $Call | ForEach-Object { $list.Add($_) } } catch { $caught = $_ }
    $clock.Stop()
    $kept = $global:Error.ToArray()
    $processes = @(Get-FakeProcess)
    [pscustomobject]@{
        Rows    = $list.ToArray()
        Error   = $caught
        Kept    = $kept
        Seconds = $clock.Elapsed.TotalSeconds
        Started = $processes.Count
        Left    = @($processes | Where-Object { $_.Runs } | ForEach-Object { $_.Id })
        Child   = $(if ($processes) { $processes[0] })
    }
}

function Stop-Leftover {
    # Ends what a test left running, by the ids that the fake has noted itself.
    foreach ($process in Get-FakeProcess) {
        if ($process.Runs) { [System.Diagnostics.Process]::GetProcessById($process.Id).Kill() }
    }
}
