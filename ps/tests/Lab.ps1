# Helpers of the tests with real parts: they start a lab and stop it, and look at its cloud past the module. Dot-sourced in
# BeforeAll.

$repository = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, '..', '..'))
$windows = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT
$modulePath = [System.IO.Path]::Combine($repository, 'out', 'UserPhotoSync')
$enginePath = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
if (-not [System.IO.File]::Exists([System.IO.Path]::Combine($modulePath, 'UserPhotoSync.psd1'))) {
    throw "There is no module in ${modulePath}: run ./build.ps1 Test, which builds it."
}

function Get-ModuleBinary {
    # The binary of this machine in the built module.
    foreach ($file in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($modulePath, 'bin'), 'photosync*', 'AllDirectories')) {
        $platform = [System.IO.Path]::GetFileName([System.IO.Path]::GetDirectoryName($file))
        if ($platform -eq (& (Get-Module -Name UserPhotoSync) { Get-BinaryPlatform })) { return $file }
    }
}

function Get-NewBinary {
    # The running binaries that were not among these ids.
    param([int[]]$Before)
    [System.Diagnostics.Process]::GetProcessesByName('photosync') | Where-Object { $_.Id -notin $Before -and -not $_.HasExited }
}

function Invoke-Go {
    # Runs go in the repository.
    param([string[]]$Argument)
    Push-Location -LiteralPath $repository
    try { $said = & go $Argument 2>&1 } finally { Pop-Location }
    if ($LASTEXITCODE -ne 0) { throw "go $Argument failed: $($said -join "`n")" }
}

function Start-Lab {
    # Starts a program that prints KEY=VALUE lines, PHOTOSYNC_ACCESS_TOKEN the last, and serves until it is stopped. The
    # environment of this process points at it until then; what else could sign in or lead elsewhere is taken out.
    param(
        [Parameter(Mandatory)][string]$File,
        [string]$Arguments = '',
        [string]$Folder = $repository,
        [int]$Seconds = 60
    )
    $start = [System.Diagnostics.ProcessStartInfo]::new($File, $Arguments)
    $start.UseShellExecute = $false
    $start.WorkingDirectory = $Folder
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $lab = @{ Process = $process; Errors = $process.StandardError.ReadToEndAsync(); Values = [ordered]@{}; Saved = @{} }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $other = ''
    while (-not $lab.Values['PHOTOSYNC_ACCESS_TOKEN']) {
        $read = $process.StandardOutput.ReadLineAsync()
        $left = [int](1000 * $Seconds - $clock.ElapsedMilliseconds)
        if ($left -le 0 -or -not $read.Wait($left)) {
            Stop-LabProcess -Lab $lab
            throw "$File did not come up in $Seconds seconds. It said: $other"
        }
        if ($null -eq $read.Result) {
            $process.WaitForExit()
            throw "$File ended with exit code $($process.ExitCode). It said: $other $($lab.Errors.Result)"
        }
        $name, $value = $read.Result -split '=', 2
        if ($null -ne $value -and $name -cmatch '^[A-Z0-9_]+$') { $lab.Values[$name] = $value } else { $other += "$($read.Result)`n" }
    }
    # Nobody would read what comes later, and a full pipe would stop it.
    $lab.Rest = $process.StandardOutput.ReadToEndAsync()

    foreach ($name in @([System.Environment]::GetEnvironmentVariables().Keys)) {
        if ($name -match '^(PHOTOSYNC|AZURE|IDENTITY|MSI)_' -and $name -notmatch '^PHOTOSYNC_(REAL|SHARED)$') {
            $lab.Saved[$name] = [System.Environment]::GetEnvironmentVariable($name)
            [System.Environment]::SetEnvironmentVariable($name, $null)
        }
    }
    foreach ($name in $lab.Values.Keys) { [System.Environment]::SetEnvironmentVariable($name, $lab.Values[$name]) }
    $lab
}

function Start-Demo {
    # The small company of "photosync demo --serve".
    Start-Lab -File (Get-ModuleBinary) -Arguments 'demo --serve'
}

function Stop-LabProcess {
    param([Parameter(Mandatory)][hashtable]$Lab)
    $process = $Lab.Process
    $process.StandardInput.Dispose()
    # The demo does not listen to its input.
    if (-not $windows -and $process.StartInfo.Arguments -like 'demo*') { & kill -TERM $process.Id }
    $patience = 30000
    if ($windows -and $process.StartInfo.Arguments -like 'demo*') { $patience = 0 }
    if (-not $process.WaitForExit($patience)) {
        $process.Kill()
        [void]$process.WaitForExit(5000)
    }
    $process.Dispose()
    # What one that had to be killed left.
    $folders = @($Lab.Values['PHOTOSYNC_STATE_DIR'])
    if ("$($Lab.Values['PHOTOSYNC_CA_FILE'])" -match 'photosync-lab-') { $folders += [System.IO.Path]::GetDirectoryName($Lab.Values['PHOTOSYNC_CA_FILE']) }
    foreach ($folder in $folders) { if ($folder -and [System.IO.Directory]::Exists($folder)) { [System.IO.Directory]::Delete($folder, $true) } }
}

function Stop-Lab {
    # Ends the lab, waits until it is gone, and gives this process its environment back.
    param([AllowNull()][hashtable]$Lab)
    if (-not $Lab) { return }
    Stop-LabProcess -Lab $Lab
    foreach ($name in $Lab.Values.Keys) { [System.Environment]::SetEnvironmentVariable($name, $null) }
    foreach ($name in $Lab.Saved.Keys) { [System.Environment]::SetEnvironmentVariable($name, $Lab.Saved[$name]) }
}

function Invoke-WithoutDirectory {
    # Runs a block while the environment names no domain controller and no account on one.
    param([Parameter(Mandatory)][scriptblock]$Block)
    $names = 'PHOTOSYNC_SERVER', 'PHOTOSYNC_CA_FILE', 'PHOTOSYNC_LDAP_USER', 'PHOTOSYNC_LDAP_PASSWORD', 'PHOTOSYNC_LDAP_AUTH'
    $before = @{}
    foreach ($name in $names) {
        $before[$name] = [System.Environment]::GetEnvironmentVariable($name)
        [System.Environment]::SetEnvironmentVariable($name, $null)
    }
    try { & $Block } finally {
        foreach ($name in $names) { [System.Environment]::SetEnvironmentVariable($name, $before[$name]) }
    }
}

function Get-StateFile {
    # The files that a write left in the state folder: journal and backups, not what comparisons remember.
    [System.IO.Directory]::GetFiles($env:PHOTOSYNC_STATE_DIR, '*', 'AllDirectories') |
        Where-Object { [System.IO.Path]::GetFileName($_) -notlike 'state.db*' }
}

function Get-CloudPhoto {
    # The bytes that the lab's cloud holds for a person, asked past the module; $null for none.
    param([Parameter(Mandatory)][string]$Id)
    $client = [System.Net.WebClient]::new()
    $client.Headers['Authorization'] = "Bearer $env:PHOTOSYNC_ACCESS_TOKEN"
    try {
        , $client.DownloadData("$env:PHOTOSYNC_GRAPH_URL/v1.0/users/$([uri]::EscapeDataString($Id))/photo/`$value")
    } catch [System.Net.WebException] {
        $null
    } finally {
        $client.Dispose()
    }
}

function Set-CloudPhoto {
    # Does what a person does who changes the own photo in the cloud.
    param([Parameter(Mandatory)][string]$Id, [Parameter(Mandatory)][byte[]]$Photo)
    $client = [System.Net.WebClient]::new()
    $client.Headers['Authorization'] = "Bearer $env:PHOTOSYNC_ACCESS_TOKEN"
    $client.Headers['Content-Type'] = 'image/jpeg'
    try {
        $null = $client.UploadData("$env:PHOTOSYNC_GRAPH_URL/v1.0/users/$([uri]::EscapeDataString($Id))/photo/`$value", 'PUT', $Photo)
    } finally {
        $client.Dispose()
    }
}

function New-AdUser {
    # An object as Get-ADUser -Properties thumbnailPhoto, mail, mS-DS-ConsistencyGuid gives it.
    param(
        [Parameter(Mandatory)][string]$UserPrincipalName,
        [AllowNull()][AllowEmptyCollection()][byte[]]$Photo,
        [string]$ObjectGuid = [guid]::NewGuid().ToString(),
        [string]$Sid,
        [string]$Mail = $UserPrincipalName,
        [string]$DisplayName,
        [AllowNull()][byte[]]$ConsistencyGuid,
        [bool]$Enabled = $true
    )
    $name = $UserPrincipalName.Split('@')[0]
    $user = [pscustomobject][ordered]@{
        DistinguishedName       = "CN=$name,OU=Staff,DC=corp,DC=example"
        Enabled                 = $Enabled
        Name                    = $name
        ObjectClass             = 'user'
        ObjectGUID              = [guid]$ObjectGuid
        SamAccountName          = $name.Replace('.', '')
        SID                     = $Sid
        UserPrincipalName       = $UserPrincipalName
        mail                    = $Mail
        'mS-DS-ConsistencyGuid' = $ConsistencyGuid
        thumbnailPhoto          = $Photo
    }
    if ($DisplayName) { $user | Add-Member -MemberType NoteProperty -Name DisplayName -Value $DisplayName }
    $user.PSObject.TypeNames.Insert(0, 'Microsoft.ActiveDirectory.Management.ADUser')
    $user
}

function Invoke-Child {
    # Runs a script in a PowerShell of its own, with these lines as its input, and gives exit code and output.
    param([Parameter(Mandatory)][string]$Script, [string[]]$Line = @(), [string]$Arguments = '-NoProfile', [int]$Seconds = 60)
    $file = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName() + '.ps1')
    [System.IO.File]::WriteAllText($file, $Script)
    $start = [System.Diagnostics.ProcessStartInfo]::new($enginePath, "$Arguments -File `"$file`"")
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    try {
        $output = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        foreach ($text in $Line) { $process.StandardInput.WriteLine($text) }
        $process.StandardInput.Dispose()
        if (-not $process.WaitForExit(1000 * $Seconds)) { throw "The child did not end in $Seconds seconds." }
        [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output.Result; Errors = $errors.Result }
    } finally {
        if (-not $process.HasExited) { $process.Kill() }
        $process.Dispose()
        [System.IO.File]::Delete($file)
    }
}

function Join-Property {
    # The values of a property of many objects as one text.
    param([AllowNull()][AllowEmptyCollection()][object[]]$Object, [Parameter(Mandatory)][string]$Name)
    @($Object | ForEach-Object { "$($_.$Name)" }) -join ' '
}
