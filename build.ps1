<#
.SYNOPSIS
Builds, tests and checks UserPhotoSync, on Windows PowerShell 5.1 and PowerShell 7, from any current folder.
.DESCRIPTION
Build  compiles the binary, merges the functions of ps/UserPhotoSync into one file and writes the manifest, with
       version and hashes, into out/UserPhotoSync, which Import-Module loads as it stands. The same sources give the
       same bytes.
Test   builds, and runs the tests of Go and of the module: Pester 5 or later has to be there.
Lint   formatting, go vet, staticcheck, errcheck, the direction of imports; the parser, PSScriptAnalyzer where it is
       installed, and check51.ps1 of ../shared (or below PHOTOSYNC_SHARED) where it is there.
.PARAMETER Task
What to do, in this order.
.PARAMETER All
Compile for all six platforms, not only for this machine.
.PARAMETER SkipGo
Test: leave Go's tests out.
.PARAMETER Path
Test: these Pester files or folders instead of ps/tests.
.EXAMPLE
./build.ps1 Build -All
.EXAMPLE
./build.ps1 Test Lint
.EXAMPLE
./build.ps1 Test -SkipGo -Path ps/tests/Faults.Tests.ps1
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0, ValueFromRemainingArguments)][ValidateSet('Build', 'Test', 'Lint')]
    [string[]]$Task = 'Build',
    [switch]$All,
    [switch]$SkipGo,
    [string[]]$Path
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$root = $PSScriptRoot
$source = [System.IO.Path]::Combine($root, 'ps', 'UserPhotoSync')
$target = [System.IO.Path]::Combine($root, 'out', 'UserPhotoSync')
$platforms = @{
    'win-x64'     = 'windows', 'amd64'
    'win-arm64'   = 'windows', 'arm64'
    'linux-x64'   = 'linux', 'amd64'
    'linux-arm64' = 'linux', 'arm64'
    'osx-x64'     = 'darwin', 'amd64'
    'osx-arm64'   = 'darwin', 'arm64'
}

function Write-Step([string]$Text) { Write-Host "== $Text" }

function Invoke-Native {
    # Runs a program in the repository and ends the script when it is missing or fails.
    param([Parameter(Mandatory)][string]$Command, [Parameter(Mandatory)][string[]]$Argument)
    $program = @(Get-Command -Name $Command -CommandType Application -ErrorAction SilentlyContinue)
    if (-not $program) {
        throw "There is no program '$Command' in PATH. Install it first; Go comes from https://go.dev/dl."
    }
    # On 5.1 a line on standard error would end the script when somebody redirects it.
    $ErrorActionPreference = 'Continue'
    Push-Location -LiteralPath $root
    try { & $program[0].Path $Argument } finally { Pop-Location }
    $ErrorActionPreference = 'Stop'
    if ($LASTEXITCODE -ne 0) { throw "'$Command $($Argument -join ' ')' failed with exit code $LASTEXITCODE." }
}

function Write-TextFile([string]$File, [string]$Text) {
    [void][System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($File))
    [System.IO.File]::WriteAllText($File, $Text, [System.Text.UTF8Encoding]::new($false))
}

function Read-TextFile([string]$File) {
    # LF only, whatever git made of it, and no blank line at the end.
    [System.IO.File]::ReadAllText($File).Replace("`r`n", "`n").TrimEnd()
}

function Get-SortedFile([string]$Folder, [string]$Extension, [System.IO.SearchOption]$Option = 'TopDirectoryOnly') {
    # Not by a pattern: for .NET Framework *.ps1 is *.ps1xml too.
    if (-not [System.IO.Directory]::Exists($Folder)) { return }
    $files = [System.IO.Directory]::GetFiles($Folder, '*', $Option)
    [array]::Sort($files, [System.StringComparer]::Ordinal)
    $ignoreCase = [System.StringComparison]::OrdinalIgnoreCase
    foreach ($file in $files) { if ($file.EndsWith($Extension, $ignoreCase)) { $file } }
}

function Read-Script([string]$File) {
    # Parses a file of PowerShell; a file that does not parse ends the script.
    $tokens = $problems = $null
    $ast = [System.Management.Automation.Language.Parser]::ParseFile($File, [ref]$tokens, [ref]$problems)
    if ($problems) {
        $lines = foreach ($problem in $problems) { "${File}:$($problem.Extent.StartLineNumber): $($problem.Message)" }
        throw "PowerShell does not understand it:`n$($lines -join "`n")"
    }
    $ast
}

function Get-HostPlatform {
    # By the module's own function, so that it finds what was built.
    foreach ($name in 'Clear-CaughtError', 'Get-BinaryPlatform') {
        . ([System.IO.Path]::Combine($source, 'Private', "$name.ps1"))
    }
    Get-BinaryPlatform
}

function Get-BinaryName([string]$Name, [string]$Platform) {
    if ($Platform.StartsWith('win-')) { "$Name.exe" } else { $Name }
}

function Invoke-GoBuild([string]$Package, [string]$Platform, [string]$File) {
    # All that would change the bytes: the same sources give the same binary, whatever the environment says.
    $wanted = @{
        CGO_ENABLED = '0'; GOOS = $platforms[$Platform][0]; GOARCH = $platforms[$Platform][1]
        GOFLAGS = ''; GOAMD64 = 'v1'; GOARM64 = 'v8.0'; GOEXPERIMENT = ''
    }
    $before = @{}
    foreach ($name in $wanted.Keys) {
        $before[$name] = [System.Environment]::GetEnvironmentVariable($name)
        [System.Environment]::SetEnvironmentVariable($name, $wanted[$name])
    }
    try {
        Invoke-Native -Command go -Argument 'build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', $File, $Package
    } finally {
        foreach ($name in $wanted.Keys) {
            if ($null -eq $before[$name]) { Remove-Item -LiteralPath "env:$name" -ErrorAction SilentlyContinue }
            else { [System.Environment]::SetEnvironmentVariable($name, $before[$name]) }
        }
    }
}

function Get-Hash([string]$File) {
    $algorithm = [System.Security.Cryptography.SHA256]::Create()
    try {
        $hash = $algorithm.ComputeHash([System.IO.File]::ReadAllBytes($File))
        [System.BitConverter]::ToString($hash).Replace('-', '').ToLowerInvariant()
    } finally {
        $algorithm.Dispose()
    }
}

function ConvertTo-Literal([string]$Text) { "'" + $Text.Replace("'", "''") + "'" }

function Get-ModuleText([string[]]$Public) {
    # The state first, then what the build knows, then the functions: private ones, then public ones.
    $state = [System.IO.Path]::Combine($source, 'Private', 'ModuleState.ps1')
    $parts = [System.Collections.Generic.List[string]]::new()
    $parts.Add('# Written by build.ps1 from the files of ps/UserPhotoSync: change those.')
    $parts.Add((Read-TextFile -File $state))
    $functions = foreach ($folder in 'Private', 'Public') { Get-SortedFile -Folder "$source/$folder" -Extension .ps1 }
    $bodies = [System.Collections.Generic.List[string]]::new()
    $texts = [System.Collections.Generic.HashSet[string]]::new()
    foreach ($file in $functions) {
        $ast = Read-Script -File $file
        $isText = { param($node) $node -is [System.Management.Automation.Language.StringConstantExpressionAst] }
        foreach ($constant in $ast.FindAll($isText, $true)) { [void]$texts.Add($constant.Value) }
        if ([System.IO.Path]::GetFileName($file) -eq 'ModuleState.ps1') { continue }
        $name = [System.IO.Path]::GetFileNameWithoutExtension($file)
        $statements = @($ast.EndBlock.Statements)
        if ($statements.Count -ne 1 -or $statements[0].GetType().Name -ne 'FunctionDefinitionAst' -or
            $statements[0].Name -cne $name) {
            throw "$file must hold the function $name and nothing else."
        }
        $bodies.Add((Read-TextFile -File $file))
    }
    $parts.Add((Get-CatalogueText -Texts $texts))
    $parts.AddRange($bodies)
    $parts.Add("Export-ModuleMember -Function @($((@($Public) | ForEach-Object { ConvertTo-Literal $_ }) -join ', '))")
    ($parts -join "`n`n") + "`n"
}

function Get-CatalogueText([System.Collections.Generic.HashSet[string]]$Texts) {
    # Category and remedy of the codes that the module itself names; the binary sends those of its own codes.
    $contract = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText("$root/bridge/contract.json"))
    $lines = foreach ($entry in $contract.errors) {
        if (-not $Texts.Contains($entry.code)) { continue }
        $category = ConvertTo-Literal $entry.category
        $remedy = ConvertTo-Literal $entry.remedy
        "    $($entry.code) = @{ Category = $category; Remedy = $remedy }"
    }
    if (-not $lines) { throw 'No code of bridge/contract.json is named in ps/UserPhotoSync: is it the right one?' }
    $lines = [string[]]$lines
    [array]::Sort($lines, [System.StringComparer]::Ordinal)
    "# From bridge/contract.json.`n`$script:ErrorCatalogue = @{`n$($lines -join "`n")`n}"
}

function Get-ManifestText([string[]]$Public, [hashtable]$Hashes) {
    $version, $prerelease = [System.IO.File]::ReadAllText("$root/bridge/version.txt").Trim().Split([char[]]'-', 2)
    $names = ($Public | ForEach-Object { ConvertTo-Literal $_ }) -join ', '
    $keys = [string[]]@($Hashes.Keys)
    [array]::Sort($keys, [System.StringComparer]::Ordinal)
    $hashLines = foreach ($key in $keys) { "            '$key' = '$($Hashes[$key])'" }
    $places = [ordered]@{
        "\A# A template:.*\n"                     = "# Written by build.ps1 from ps/UserPhotoSync: change that.`n"
        "(?<=ModuleVersion\s*=\s*)'0\.0\.0'"      = "'$version'"
        "(?<=FunctionsToExport\s*=\s*)@\([^)]*\)" = "@($names)"
        "(?<=NativeHashes\s*=\s*)@\{\s*\}"        = "@{`n$($hashLines -join "`n")`n        }"
        "(?<=Prerelease\s*=\s*)''"                = "'$prerelease'"
    }
    $text = Read-TextFile -File "$source/UserPhotoSync.psd1"
    foreach ($pattern in $places.Keys) {
        if ([regex]::Matches($text, $pattern).Count -ne 1) {
            throw "ps/UserPhotoSync/UserPhotoSync.psd1 must have one place for $pattern."
        }
        $text = [regex]::Replace($text, $pattern, $places[$pattern].Replace('$', '$$'))
    }
    "$text`n"
}

function Invoke-BuildTask {
    $written = [System.Collections.Generic.HashSet[string]]::new()
    $wanted = @($(if ($All) { $platforms.Keys | Sort-Object } else { Get-HostPlatform }))
    $hashes = @{}
    foreach ($platform in $wanted) {
        if (-not $platforms.ContainsKey($platform)) {
            throw "This machine is $platform, and there is no binary for that; -All compiles for those that there are."
        }
        Write-Step "photosync for $platform"
        $name = Get-BinaryName -Name photosync -Platform $platform
        $file = [System.IO.Path]::Combine($target, 'bin', $platform, $name)
        Invoke-GoBuild -Package ./cmd/photosync -Platform $platform -File $file
        $hashes[$platform] = Get-Hash -File $file
        [void]$written.Add($file)
    }

    Write-Step 'module'
    $public = @(foreach ($file in Get-SortedFile -Folder "$source/Public" -Extension .ps1) {
            [System.IO.Path]::GetFileNameWithoutExtension($file)
        })
    $texts = @{
        'UserPhotoSync.psm1' = Get-ModuleText -Public $public
        'UserPhotoSync.psd1' = Get-ManifestText -Public $public -Hashes $hashes
    }
    foreach ($name in $texts.Keys) {
        $file = [System.IO.Path]::Combine($target, $name)
        Write-TextFile -File $file -Text $texts[$name]
        $null = Read-Script -File $file
        [void]$written.Add($file)
    }
    $copies = @(
        Get-SortedFile -Folder $source -Extension .ps1xml
        Get-SortedFile -Folder "$source/en-US" -Extension ''
    )
    foreach ($from in $copies) {
        $file = [System.IO.Path]::Combine($target, $from.Substring($source.Length + 1))
        [void][System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($file))
        [System.IO.File]::Copy($from, $file, $true)
        [void]$written.Add($file)
    }
    # What an earlier build left, such as the binaries of -All, has no hash in the manifest.
    foreach ($file in Get-SortedFile -Folder $target -Extension '' -Option AllDirectories) {
        if (-not $written.Contains($file)) { [System.IO.File]::Delete($file) }
    }
    foreach ($folder in [System.IO.Directory]::GetDirectories([System.IO.Path]::Combine($target, 'bin'))) {
        if (-not [System.IO.Directory]::GetFileSystemEntries($folder).Length) { [System.IO.Directory]::Delete($folder) }
    }
    $null = Test-ModuleManifest -Path ([System.IO.Path]::Combine($target, 'UserPhotoSync.psd1'))
    Write-Host "Import-Module $target"
}

function Invoke-TestTask {
    $platform = Get-HostPlatform
    Write-Step 'fake binary'
    $fake = [System.IO.Path]::Combine($root, 'out', 'test', (Get-BinaryName -Name fakebridge -Platform $platform))
    Invoke-GoBuild -Package ./bridge/fakebridge -Platform $platform -File $fake

    if (-not $SkipGo) {
        Write-Step 'go test'
        Invoke-Native -Command go -Argument 'test', './...'
    }

    Write-Step 'Pester'
    $pester = @(Get-Module -Name Pester -ListAvailable | Where-Object { $_.Version.Major -ge 5 })
    if (-not $pester) {
        throw ('Pester 5 or later is not installed. Install it first: ' +
            'Install-Module Pester -MinimumVersion 5.0 -Scope CurrentUser -SkipPublisherCheck')
    }
    $files = @([System.IO.Path]::Combine($root, 'ps', 'tests'))
    if ($Path) { $files = @($Path | ForEach-Object { (Resolve-Path -LiteralPath $_).ProviderPath }) }
    # A process of its own: nobody's session gets the module under test, and none has an older one.
    $command = 'Import-Module Pester -MinimumVersion 5.0; $configuration = New-PesterConfiguration; ' +
        "`$configuration.Run.Path = @($(($files | ForEach-Object { ConvertTo-Literal $_ }) -join ', ')); " +
        '$configuration.Run.PassThru = $true; $configuration.Output.Verbosity = ''Detailed''; ' +
        '$result = Invoke-Pester -Configuration $configuration; if ($result.Result -ne ''Passed'') { exit 1 }'
    Invoke-Engine -Command $command -Failure 'Tests of the module failed; see above.'
}

function Invoke-Engine([string]$Command, [string]$Failure) {
    # Runs a command in a fresh process of this PowerShell. Encoded: 5.1 does not quote what it hands to a program.
    $engine = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
    $encoded = [System.Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes($Command))
    $ErrorActionPreference = 'Continue'
    Push-Location -LiteralPath $root
    try { & $engine -NoProfile -NonInteractive -EncodedCommand $encoded } finally { Pop-Location }
    $ErrorActionPreference = 'Stop'
    if ($LASTEXITCODE -ne 0) { throw $Failure }
}

function Invoke-LintTask {
    Write-Step 'gofmt'
    $unformatted = @(Invoke-Native -Command gofmt -Argument '-l', '.')
    if ($unformatted) { throw "gofmt would change: $($unformatted -join ', ')" }
    Write-Step 'go vet, staticcheck, errcheck'
    Invoke-Native -Command go -Argument 'vet', './...'
    Invoke-Native -Command go -Argument 'run', 'honnef.co/go/tools/cmd/staticcheck@v0.8.2', './...'
    Invoke-Native -Command go -Argument 'run', 'github.com/kisielk/errcheck@v1.30.0', '-ignoretests', './...'
    Write-Step 'imports go one way'
    Invoke-Native -Command go -Argument 'run', 'github.com/OpenPeeDeeP/depguard/v2/cmd/depguard@v2.3.0', './...'

    Write-Step 'PowerShell files'
    $scripts = @([System.IO.Path]::Combine($root, 'build.ps1'))
    foreach ($extension in '.ps1', '.psm1', '.psd1') {
        $scripts += @(Get-SortedFile -Folder "$root/ps" -Extension $extension -Option AllDirectories)
    }
    foreach ($script in $scripts) {
        $null = Read-Script -File $script
        if ([System.IO.File]::ReadAllText($script) -match '[^\x00-\x7f]') {
            throw "$script has a character beyond ASCII: 5.1 reads it in the machine's code page."
        }
    }
    if (Get-Module -Name PSScriptAnalyzer -ListAvailable) {
        Write-Step 'PSScriptAnalyzer'
        $findings = @(foreach ($place in "$root/build.ps1", "$root/ps") {
            Invoke-ScriptAnalyzer -Path $place -Recurse -Severity Error, Warning -ExcludeRule PSAvoidUsingWriteHost
        })
        $findings | Out-Host
        if ($findings) { throw "PSScriptAnalyzer has $($findings.Count) findings." }
    }
    $shared = $env:PHOTOSYNC_SHARED
    if (-not $shared) { $shared = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($root), 'shared') }
    $check = [System.IO.Path]::Combine($shared, 'pwsh', 'check51.ps1')
    if ([System.IO.File]::Exists($check) -and $PSVersionTable.PSVersion.Major -ge 7) {
        Write-Step 'check51'
        # In a process of its own, without the strict mode of this one.
        $command = "& $(ConvertTo-Literal $check) build.ps1 ps; exit `$LASTEXITCODE"
        Invoke-Engine -Command $command -Failure 'Windows PowerShell 5.1 would not understand all of it; see above.'
    }
}

try {
    if ($Task -contains 'Build' -or $Task -contains 'Test') { Invoke-BuildTask }
    if ($Task -contains 'Test') { Invoke-TestTask }
    if ($Task -contains 'Lint') { Invoke-LintTask }
} catch {
    [System.Console]::Error.WriteLine("build.ps1: $($_.Exception.Message)")
    if ($_.FullyQualifiedErrorId -ne $_.Exception.Message) {
        # Not one of the sentences above.
        [System.Console]::Error.WriteLine($_.ScriptStackTrace)
    }
    exit 1
}
