<#
.SYNOPSIS
Measures the module against its bounds and prints figures and ratios. Nothing here fails because it is slow.
.DESCRIPTION
Needs what ./build.ps1 Build makes, and Go for the fake binary. The lab is the binary's own, on loopback.
.PARAMETER Measure
Which ones: Rows (50,000 rows against a loop that only parses), Import, FirstRow (two people of the lab), Input (100,000 strings).
.PARAMETER Passes
How often each is measured.
.PARAMETER Work
For the script itself: what one of its processes does.
.EXAMPLE
./ps/bench.ps1
.EXAMPLE
./ps/bench.ps1 Import -Passes 15
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0, ValueFromRemainingArguments)][ValidateSet('Rows', 'Import', 'FirstRow', 'Input')]
    [string[]]$Measure = ('Rows', 'Import', 'FirstRow', 'Input'),
    [ValidateRange(3, 99)][int]$Passes = 9,
    [string]$Work,
    [string[]]$Argument
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$root = [System.IO.Path]::GetDirectoryName($PSScriptRoot)
$module = [System.IO.Path]::Combine($root, 'out', 'UserPhotoSync')
$windows = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT
$fake = [System.IO.Path]::Combine($root, 'out', 'test', $(if ($windows) { 'fakebridge.exe' } else { 'fakebridge' }))

function Get-Median([double[]]$Value) {
    $sorted = [double[]]$Value.Clone()
    [array]::Sort($sorted)
    $middle = [int][System.Math]::Floor($sorted.Length / 2)
    if ($sorted.Length % 2) { $sorted[$middle] } else { ($sorted[$middle - 1] + $sorted[$middle]) / 2 }
}

function Measure-Second([scriptblock]$Block) {
    [System.GC]::Collect()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    . $Block
    $clock.Elapsed.TotalSeconds
}

function Invoke-Worker {
    # Does one piece of work in a fresh process and gives the lines that it writes.
    param([string]$Name, [string[]]$With = @())
    $engine = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
    $lines = @(& $engine -NoProfile -NonInteractive -File $PSCommandPath -Work $Name -Argument ($With -join ','))
    if ($LASTEXITCODE -ne 0) { throw "The process that was to measure '$Name' failed with exit code $LASTEXITCODE." }
    $lines
}

function Get-Peak {
    # The most memory that this process ever had, in MB.
    $status = '/proc/self/status'
    if ([System.IO.File]::Exists($status)) {
        foreach ($line in [System.IO.File]::ReadAllLines($status)) {
            if ($line -match '^VmHWM:\s+(\d+) kB') { return [int]$Matches[1] / 1024 }
        }
    }
    $self = [System.Diagnostics.Process]::GetCurrentProcess()
    $self.Refresh()
    $self.PeakWorkingSet64 / 1MB
}

function Set-Canned([int]$Rows) {
    $env:PHOTOSYNC_BINARY = $fake
    $env:PHOTOSYNC_FAKE = 'canned'
    $env:PHOTOSYNC_FAKE_ROWS = "$Rows"
}

function Measure-BareLoop {
    # The same child and the same lines, and nothing but the parsing of each.
    $start = [System.Diagnostics.ProcessStartInfo]::new($fake, 'bridge --protocol=1')
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $how = @{}
    if ((Get-Command -Name ConvertFrom-Json).Parameters.ContainsKey('DateKind')) { $how['DateKind'] = 'String' }
    Measure-Second {
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardInput.WriteLine('{"v":1,"type":"request","id":1,"op":"drift.get"}')
        $process.StandardInput.Flush()
        $reader = $process.StandardOutput
        while ($null -ne ($line = $reader.ReadLine())) {
            $record = ConvertFrom-Json -InputObject $line @how
            if ($record.type -eq 'end') { break }
        }
        $process.StandardInput.Close()
        $process.WaitForExit()
    }
}

function Measure-Cmdlet { Measure-Second { Get-PhotoDrift -WarningAction SilentlyContinue > $null } }

# An assignment makes the engine keep all rows until the last one has come.
function Measure-Assignment { Measure-Second { $null = Get-PhotoDrift -WarningAction SilentlyContinue } }

# What the processes do; each writes numbers, one a line.
$works = @{
    Rows     = {
        # Cmdlet first in one process, the bare loop first in another: whoever is first pays for the other's warming up.
        Import-Module -Name $module
        Set-Canned -Rows 50000
        $order = 'Measure-BareLoop', 'Measure-Cmdlet', 'Measure-Assignment'
        if ($Argument[0] -eq 'cmdlet') { $order = 'Measure-Cmdlet', 'Measure-BareLoop', 'Measure-Assignment' }
        for ($pass = 0; $pass -lt [int]$Argument[1]; $pass++) {
            foreach ($name in $order) { '{0} {1}' -f $name, (& $name).ToString([cultureinfo]::InvariantCulture) }
        }
    }
    Import   = { (Measure-Second { Import-Module -Name $Argument[0] }).ToString([cultureinfo]::InvariantCulture) }
    FirstRow = {
        Import-Module -Name $module
        for ($pass = 0; $pass -lt [int]$Argument[0]; $pass++) {
            $script:first = $null
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $count = 0
            Get-PhotoDrift -Identity $Argument[1], $Argument[2] | ForEach-Object {
                if (-not $count) { $script:first = $clock.Elapsed.TotalSeconds }
                $count++
            }
            if ($count -ne 2) { throw "Two people gave $count rows." }
            '{0} {1}' -f $script:first.ToString([cultureinfo]::InvariantCulture), $clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
        }
    }
    Input    = {
        Import-Module -Name $module
        $count = [int]$Argument[0]
        Set-Canned -Rows $count
        $seconds = 0
        if ($count) { $seconds = Measure-Second { 1..$count | ForEach-Object { "person$_@corp.example" } | Get-PhotoDrift -WarningAction SilentlyContinue | Out-Null } }
        '{0} {1}' -f $seconds.ToString([cultureinfo]::InvariantCulture), (Get-Peak).ToString([cultureinfo]::InvariantCulture)
    }
}

function ConvertTo-Number([string]$Text) { [double]::Parse($Text, [cultureinfo]::InvariantCulture) }

function Write-Figure([string]$Name, [string]$Value, [string]$Bound) {
    if ($Bound) { $Value = "$Value  (bound: $Bound)" }
    Write-Host ('  {0,-50} {1}' -f $Name, $Value)
}

function Write-RowFigure {
    Write-Host '50,000 rows of a canned child to $null, against a loop that reads the lines and parses them'
    $values = @{ 'Measure-BareLoop' = @(); 'Measure-Cmdlet' = @(); 'Measure-Assignment' = @() }
    $first = @{ 'Measure-BareLoop' = @(); 'Measure-Cmdlet' = @() }
    for ($process = 0; $process -lt 3; $process++) {
        foreach ($leader in 'bare', 'cmdlet') {
            $lines = Invoke-Worker -Name Rows -With $leader, ([int][System.Math]::Ceiling($Passes / 6) + 1)
            $name, $seconds = $lines[0].Split(' ')
            $first[$name] += ConvertTo-Number -Text $seconds
            foreach ($line in $lines | Select-Object -Skip 3) {
                $name, $seconds = $line.Split(' ')
                $values[$name] += ConvertTo-Number -Text $seconds
            }
        }
    }
    $bareFirst = Get-Median -Value $first['Measure-BareLoop']
    $cmdletFirst = Get-Median -Value $first['Measure-Cmdlet']
    $bare = Get-Median -Value $values['Measure-BareLoop']
    $cmdlet = Get-Median -Value $values['Measure-Cmdlet']
    Write-Figure 'first pass of a process, median of 3: loop, cmdlet' ('{0:0.00} s, {1:0.00} s: {2:0.00} times' -f $bareFirst, $cmdletFirst, ($cmdletFirst / $bareFirst)) '1.5 times'
    Write-Figure "later passes, median of $($values['Measure-Cmdlet'].Count): loop, cmdlet" ('{0:0.00} s, {1:0.00} s: {2:0.00} times' -f $bare, $cmdlet, ($cmdlet / $bare)) '1.5 times'
    $kept = Get-Median -Value $values['Measure-Assignment']
    Write-Figure 'the same into an assignment, which keeps all rows' ('{0:0.00} s: {1:0.00} times' -f $kept, ($kept / $bare))
}

function Write-ImportFigure {
    Write-Host 'Import, in fresh processes'
    $empty = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName(), 'Empty')
    [void][System.IO.Directory]::CreateDirectory($empty)
    try {
        [System.IO.File]::WriteAllText([System.IO.Path]::Combine($empty, 'Empty.psm1'), '')
        [System.IO.File]::WriteAllText([System.IO.Path]::Combine($empty, 'Empty.psd1'),
            "@{ RootModule = 'Empty.psm1'; ModuleVersion = '1.0'; FunctionsToExport = @(); CmdletsToExport = @(); VariablesToExport = @(); AliasesToExport = @() }")
        $values = @{ $empty = @(); $module = @() }
        for ($pass = 0; $pass -lt [System.Math]::Max(9, $Passes); $pass++) {
            foreach ($path in $empty, $module) { $values[$path] += ConvertTo-Number -Text (Invoke-Worker -Name Import -With $path) }
        }
        $nothing = 1000 * (Get-Median -Value $values[$empty])
        $all = 1000 * (Get-Median -Value $values[$module])
        Write-Figure "empty module, this module, median of $($values[$module].Count)" ('{0:0} ms, {1:0} ms: {2:0} ms more' -f $nothing, $all, ($all - $nothing)) '100 ms more'
    } finally {
        [System.IO.Directory]::Delete([System.IO.Path]::GetDirectoryName($empty), $true)
    }
}

function Start-Lab {
    # Starts the lab of the built binary, puts its environment into this process and gives the process.
    foreach ($name in 'PHOTOSYNC_BINARY', 'PHOTOSYNC_FAKE') { [System.Environment]::SetEnvironmentVariable($name, $null) }
    $binary = @(Get-ChildItem -LiteralPath ([System.IO.Path]::Combine($module, 'bin')) -Recurse -File)
    $mine = $(if ($windows) { 'win-' } elseif ($PSVersionTable.OS -like 'Darwin*') { 'osx-' } else { 'linux-' })
    $binary = @($binary | Where-Object { $_.Directory.Name.StartsWith($mine) })[0].FullName
    $start = [System.Diagnostics.ProcessStartInfo]::new($binary, 'demo --serve')
    $start.UseShellExecute = $false
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardInput = $true
    $lab = [System.Diagnostics.Process]::Start($start)
    try {
        # It says all of it at once; then there is a pause, which is no end.
        $line = $lab.StandardOutput.ReadLineAsync()
        while ($line.Wait(20000) -and $line.Result) {
            $key, $value = $line.Result.Split([char[]]'=', 2)
            [System.Environment]::SetEnvironmentVariable($key, $value.Trim("'"))
            $line = $lab.StandardOutput.ReadLineAsync()
            if (-not $line.Wait(1000)) { break }
        }
    } catch {
        $lab.Kill()
        throw
    }
    $lab
}

function Write-FirstRowFigure {
    Write-Host 'First row of a run for two people, against the lab'
    $before = [System.Environment]::GetEnvironmentVariables()
    $lab = Start-Lab
    try {
        Import-Module -Name $module
        $people = @(Get-PhotoDrift -All -WarningAction SilentlyContinue | Where-Object { $_.Status -in 'InSync', 'Drifted' } |
                Select-Object -First 2 | ForEach-Object { $_.UserPrincipalName })
        $cold = @()
        $coldAll = @()
        $warm = @()
        $warmAll = @()
        for ($pass = 0; $pass -lt [System.Math]::Ceiling($Passes / 2); $pass++) {
            $lines = Invoke-Worker -Name FirstRow -With (@('6') + $people)
            for ($i = 0; $i -lt $lines.Count; $i++) {
                $row, $end = $lines[$i].Split(' ')
                if ($i) {
                    $warm += ConvertTo-Number -Text $row
                    $warmAll += ConvertTo-Number -Text $end
                } else {
                    $cold += ConvertTo-Number -Text $row
                    $coldAll += ConvertTo-Number -Text $end
                }
            }
        }
        Write-Figure "first call of a process, median of $($cold.Count)" ('{0:0} ms, at the end after {1:0} ms' -f (1000 * (Get-Median -Value $cold)), (1000 * (Get-Median -Value $coldAll))) '400 ms'
        Write-Figure "later calls, median of $($warm.Count)" ('{0:0} ms, at the end after {1:0} ms' -f (1000 * (Get-Median -Value $warm)), (1000 * (Get-Median -Value $warmAll))) '400 ms'
    } finally {
        # Asked to end it takes its folders along; Windows knows no way to ask.
        if (-not $windows) {
            & /bin/kill -INT $lab.Id
            [void]$lab.WaitForExit(5000)
        }
        if (-not $lab.HasExited) { $lab.Kill() }
        foreach ($name in @([System.Environment]::GetEnvironmentVariables().Keys)) {
            if ($name -like 'PHOTOSYNC_*' -or $name -like 'AZURE_*') { [System.Environment]::SetEnvironmentVariable($name, $before[$name]) }
        }
    }
}

function Write-InputFigure {
    Write-Host 'Piped strings into Get-PhotoDrift, a row for each, in fresh processes'
    $last = 0
    foreach ($count in 0, 25000, 50000, 100000) {
        $seconds = @()
        $peaks = @()
        for ($pass = 0; $pass -lt 3; $pass++) {
            $second, $peak = (Invoke-Worker -Name Input -With "$count").Split(' ')
            $seconds += ConvertTo-Number -Text $second
            $peaks += ConvertTo-Number -Text $peak
        }
        $second = Get-Median -Value $seconds
        $peak = '{0:0} MB' -f (Get-Median -Value $peaks)
        if (-not $count) {
            Write-Figure 'none: the engine with the module' $peak
            continue
        }
        $step = ''
        if ($last) { $step = ', {0:0.00} times the half' -f ($second / $last) }
        $last = $second
        Write-Figure ('{0:N0}' -f $count) ('{0:0.00} s, {1:0} us each{2}; {3} at most' -f $second, (1e6 * $second / $count), $step, $peak) $(if ($count -eq 100000) { '250 MB' })
    }
}

if ($Work) {
    $Argument = @("$Argument".Split(','))
    . $works[$Work]
    exit 0
}
if (-not [System.IO.Directory]::Exists($module)) { throw "There is no $module. Run ./build.ps1 first." }
Push-Location -LiteralPath $root
try { & go build -o $fake ./bridge/fakebridge } finally { Pop-Location }
if ($LASTEXITCODE -ne 0) { throw 'The fake binary could not be built.' }

Write-Host ('PowerShell {0} {1}, {2} processors' -f $PSVersionTable.PSVersion, $PSVersionTable.PSEdition, [System.Environment]::ProcessorCount)
if ($Measure -contains 'Rows') { Write-RowFigure }
if ($Measure -contains 'Import') { Write-ImportFigure }
if ($Measure -contains 'FirstRow') { Write-FirstRowFigure }
if ($Measure -contains 'Input') { Write-InputFigure }
