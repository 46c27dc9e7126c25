# What the module does when the binary misbehaves, and when somebody stops it. The fake binary is bridge/fakebridge.

BeforeDiscovery {
    $onWindows = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT
    $onLinux = $PSVersionTable.PSEdition -eq 'Core' -and $PSVersionTable.OS -notlike 'Darwin*' -and -not $onWindows

    # PowerShell 7 before 7.5 makes dates of texts that look like one, and cannot be told otherwise.
    $makesDates = $PSVersionTable.PSEdition -eq 'Core' -and
        -not (Get-Command -Name ConvertFrom-Json).Parameters.ContainsKey('DateKind')
    $canBeAsked = [System.Environment]::GetCommandLineArgs() -notcontains '-NonInteractive'

    # Scenario, error id, rows before the fault, and what the sentence must say.
    $faults = @(
        'no-hello          BridgeSilent             0 hello .*2 seconds'
        'no-hello-deaf     BridgeSilent             0 hello .*2 seconds'
        'exit-at-once      BridgeTruncated          0 exit code 0'
        'panic-at-once     BridgeTruncated          0 exit code 2'
        'wrong-protocol    BridgeVersionMismatch    0 speaks protocol 1.* 9 to 9'
        'wrong-version     BridgeVersionMismatch    0 version 9\.9\.9'
        'garbage-at-once   BridgeProtocol           0 not of the protocol'
        'no-hello-but-row  BridgeProtocol           0 before it said hello'
        'garbage           BridgeProtocol           1 not of the protocol'
        'array             BridgeProtocol           1 not of the protocol'
        'broken-json       BridgeProtocol           1 not of the protocol'
        'no-type           BridgeProtocol           1 not of the protocol|without ''type'''
        'row-not-object    BridgeProtocol           1 row'
        'half-line         BridgeTruncated          1 exit code 0'
        'half-line-hang    BridgeSilent             1 said nothing for 2 seconds'
        'endless-line      BridgeProtocol           1 longer than 8 MiB'
        'long-line         BridgeProtocol           1 line'
        'silence           BridgeSilent             1 said nothing for 2 seconds'
        'silence-deaf      BridgeSilent             1 said nothing for 2 seconds'
        'exit-0            BridgeTruncated          1 exit code 0'
        'exit-3            BridgeTruncated          1 exit code 3'
        'panic             BridgeTruncated          1 exit code 2'
        'killed            BridgeTruncated          1 exit code'
        'closed-stdout     BridgeTruncated          1 exit code unknown'
        'no-counts         BridgeProtocol           1 ''end'' without ''counts'''
        'null-counts       BridgeTruncated          1 counted nothing under ''result'''
        'wrong-counts      BridgeTruncated          1 sent 1 and counted 2 under ''result'''
        'wrong-errors      BridgeTruncated          1 sent 0 and counted 1 under ''error'''
        'wrong-proposed    BridgeTruncated          1 sent 0 and counted 1 under ''proposed'''
        'wrong-id          BridgeProtocol           1 for request 99'
        'wrong-v           BridgeProtocol           1 protocol ''2'''
        'fatal             DirectoryConnectionLost  1 the fake says DirectoryConnectionLost'
        'fatal-no-end      DirectoryConnectionLost  1 the fake says DirectoryConnectionLost'
        'odd-category      TomorrowsError           1 the fake says TomorrowsError'
        'odd-status        BridgeProtocol           1 ''splendid'''
        'failed            InternalError            1 failed.*exit code 1'
        'cancelled         Cancelled                1 cancelled from outside'
        'heir              BridgeTruncated          1 exit code 0'
    )
    if ($PSVersionTable.PSEdition -eq 'Core') { $faults += 'case-keys BridgeProtocol 1 not of the protocol' }
    $faults = foreach ($fault in $faults) {
        $part = $fault -split '\s+', 4
        @{ Scenario = $part[0]; Id = $part[1]; Count = [int]$part[2]; Says = $part[3] }
    }
}

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'FakeBridge.ps1'))
    Import-TestModule
}

AfterAll {
    Clear-Fake
}

Describe 'A binary that misbehaves' {
    AfterEach { Stop-Leftover }

    It '<Scenario>: <Id>' -TestCases $faults {
        param($Scenario, $Id, $Count, $Says)
        $seen = Invoke-Fake -Scenario $Scenario

        $seen.Error | Should -Not -BeNullOrEmpty
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly "$Id,Get-PhotoDrift"
        $seen.Error.Exception.Message | Should -Match $Says
        $seen.Error.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $seen.Kept.Count | Should -Be 1 -Because 'one thing went wrong'
        $seen.Kept[0].FullyQualifiedErrorId | Should -BeExactly "$Id,Get-PhotoDrift"
        $seen.Rows.Count | Should -Be $Count
        $seen.Child.Runs | Should -BeFalse -Because 'the binary must be gone when the call returns'
        $seen.Seconds | Should -BeLessThan 8

        $next = Invoke-Fake -Scenario good
        $next.Error | Should -BeNullOrEmpty
        $next.Rows.Count | Should -Be 1
    }

    It 'propose-twice: BridgeProtocol, and no second answer' {
        $seen = Invoke-Fake -Scenario propose-twice -Call { Sync-UserPhoto -Identity anna@corp.example -Confirm:$false }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'BridgeProtocol,Sync-UserPhoto'
        $seen.Error.Exception.Message | Should -Match 'ref 1'
        $seen.Kept.Count | Should -Be 1
        $seen.Left | Should -BeNullOrEmpty
        @(Get-FakeLog | Where-Object { $_.type -eq 'decision' }).Count | Should -BeLessOrEqual 1
    }

    It 'a proposal of a run that only reads: BridgeProtocol, and no answer' {
        $seen = Invoke-Fake -Scenario sync
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'BridgeProtocol,Get-PhotoDrift'
        $seen.Left | Should -BeNullOrEmpty
        @(Get-FakeLog | Where-Object { $_.type -eq 'decision' }).Count | Should -Be 0
    }

    It 'keeps the text of a crash as the inner exception' {
        $seen = Invoke-Fake -Scenario panic
        $seen.Error.Exception.InnerException.Message | Should -Match 'panic: the fake stumbles on purpose'
        $seen.Error.Exception.InnerException.Message | Should -Match 'goroutine 1'
        $seen.Error.Exception.Message | Should -Not -Match 'goroutine'
    }

    It 'asks politely before it kills' {
        $null = Invoke-Fake -Scenario silence-deaf
        $types = @(Get-FakeLog | ForEach-Object { $_.type })
        $types | Should -Contain 'cancel'
        $types[$types.Count - 1] | Should -Be 'EOF' -Because 'the input is closed before the kill'
    }

    It 'is not softened by -ErrorAction <_>' -TestCases 'SilentlyContinue', 'Ignore' {
        $action = $_
        $seen = Invoke-Fake -Scenario exit-3 -Call { Get-PhotoDrift -ErrorAction $action }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'BridgeTruncated,Get-PhotoDrift'
    }

    It 'a category that nobody knows is NotSpecified' {
        (Invoke-Fake -Scenario odd-category).Error.CategoryInfo.Category | Should -Be 'NotSpecified'
        (Invoke-Fake -Scenario fatal).Error.CategoryInfo.Category | Should -Be 'ConnectionError'
    }

    It 'a run that nobody reads any more is stopped when the binary floods' {
        $seen = Invoke-Fake -Scenario early -Call { Get-PhotoDrift | Select-Object -First 1 }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Rows.Count | Should -Be 1
        $seen.Left | Should -BeNullOrEmpty
    }
}

Describe 'A binary that is odd, within the protocol' {
    AfterEach { Stop-Leftover }

    It '<Scenario>: <Count> rows and no error' -TestCases @(
        @{ Scenario = 'good'; Count = 1 }
        @{ Scenario = 'bom'; Count = 1 }
        @{ Scenario = 'crlf'; Count = 1 }
        @{ Scenario = 'blank'; Count = 1 }
        @{ Scenario = 'unknown-type'; Count = 2 }
        @{ Scenario = 'unknown-field'; Count = 2 }
        @{ Scenario = 'alive'; Count = 1 }
        @{ Scenario = 'stderr-flood'; Count = 2 }
        @{ Scenario = 'hang-at-end'; Count = 1 }
        @{ Scenario = 'alive-at-end'; Count = 1 }
        @{ Scenario = 'heir-at-end'; Count = 1 }
    ) {
        param($Scenario, $Count)
        $seen = Invoke-Fake -Scenario $Scenario -Call { Get-PhotoDrift -WarningAction SilentlyContinue }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Kept.Count | Should -Be 0
        $seen.Rows.Count | Should -Be $Count
        $seen.Child.Runs | Should -BeFalse
        $seen.Seconds | Should -BeLessThan 6
    }

    It 'gives 55,000 rows of one that never reads, with 20,000 people to be sent' {
        $seen = Invoke-Fake -Scenario flood -Call {
            1..20000 | ForEach-Object { "person$_@corp.example" } | Get-PhotoDrift
        }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Rows.Count | Should -Be 55000
        $seen.Rows[54999].UserPrincipalName | Should -Be 'person55000@corp.example'
    }

    It 'sends 5,000 people to one that answers each line before it reads the next' {
        $seen = Invoke-Fake -Scenario echo -Call {
            1..5000 | ForEach-Object { "person$_@corp.example" } | Get-PhotoDrift
        }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Rows.Count | Should -Be 5000
        $log = @(Get-FakeLog)
        @($log | Where-Object { $_.type -eq 'input' } | ForEach-Object { $_.items }).Count | Should -Be 5000
        @($log | Where-Object { $_.type -eq 'input' -and @($_.items).Count -gt 500 }).Count | Should -Be 0
        @($log | Where-Object { $_.type -eq 'inputEnd' }).Count | Should -Be 1
    }

    It 'takes a row with every property of the contract, in its order' {
        $file = [System.IO.Path]::Combine($repository, 'bridge', 'contract.json')
        $contract = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($file))
        $names = @($contract.types.Row | ForEach-Object { $_.name }) -join ' '
        $row = (Invoke-Fake -Scenario good).Rows[0]
        @($row.PSObject.Properties | ForEach-Object { $_.Name }) -join ' ' | Should -BeExactly $names
        $row.PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.PhotoDrift'
    }

    It 'gives dates, numbers and texts as what they are' {
        $row = (Invoke-Fake -Scenario types).Rows[0]
        $row.OnPremisesChangedAt | Should -BeOfType [datetime]
        $row.OnPremisesChangedAt.Kind | Should -Be 'Utc'
        $row.OnPremisesChangedAt.ToString('o') | Should -BeExactly '2026-01-31T23:59:59.1230000Z'
        $row.OnPremisesBytes | Should -BeOfType [long]
        $row.OnPremisesBytes | Should -Be 3000000000
        $row.OnPremisesWidth | Should -BeOfType [long]
        $row.Distance | Should -BeOfType [double]
        $name = [string][char]0x738B + ' ' + [char]0xD83D + [char]0xDE00 + ' ' + [char]0x0142
        $row.SamAccountName.Substring(0, 6) | Should -BeExactly $name
    }

    It 'leaves a name that looks like a date alone' -Skip:$makesDates {
        $row = (Invoke-Fake -Scenario types).Rows[0]
        $row.DisplayName | Should -BeOfType [string]
        $row.DisplayName | Should -BeExactly '2026-01-31T23:59:59Z'
    }

    It 'replays a transcript' {
        Set-Fake -Scenario good
        $env:PHOTOSYNC_FAKE_TRANSCRIPT = [System.IO.Path]::Combine($fakeFolder, 'small.transcript')
        [System.IO.File]::WriteAllLines($env:PHOTOSYNC_FAKE_TRANSCRIPT, [string[]]@(
                '# a warning and nobody'
                ('< {"v":1,"type":"hello","id":0,"protocol":{"min":1,"max":1},' +
                    '"build":{"version":"$VERSION","commit":null,"os":"","arch":""},"features":[]}')
                '> {"v":1,"type":"request","id":1,"op":"drift.get"}'
                '> inputEnd'
                '< {"v":1,"type":"warning","id":$ID,"message":"nobody there"}'
                '! sleep 10'
                ('< {"v":1,"type":"end","id":$ID,"status":"ok","exitCode":0,"counts":{"result":0,"error":0,' +
                    '"proposed":0,"done":0,"skipped":0},"summary":null,"durationMs":1}')
            ))
        $quiet = @{ WarningVariable = 'warnings'; WarningAction = 'SilentlyContinue' }
        Get-PhotoDrift -Identity anna@corp.example @quiet | Should -BeNullOrEmpty
        "$warnings" | Should -BeExactly 'nobody there'
    }
}

Describe 'Stopping' {
    AfterEach { Stop-Leftover }

    It 'Select-Object -First ends the binary, without an error' {
        $seen = Invoke-Fake -Scenario dribble -Call { Get-PhotoDrift | Select-Object -First 2 }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Kept.Count | Should -Be 0
        $seen.Rows.Count | Should -Be 2
        $seen.Left | Should -BeNullOrEmpty
        $seen.Seconds | Should -BeLessThan 2
        @(Get-FakeLog | ForEach-Object { $_.type }) | Should -Contain 'cancel'
    }

    It 'kills a binary that takes no notice, within its patience' {
        $seen = Invoke-Fake -Scenario deaf -Call { Get-PhotoDrift | Select-Object -First 2 }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Rows.Count | Should -Be 2
        $seen.Left | Should -BeNullOrEmpty
        $seen.Seconds | Should -BeGreaterThan 1.5 -Because 'it is given the time to end'
        $seen.Seconds | Should -BeLessThan 6
    }

    It 'a throw downstream arrives as it was thrown' {
        $seen = Invoke-Fake -Scenario dribble -Call { Get-PhotoDrift | ForEach-Object { throw 'downstream says no' } }
        $seen.Error.Exception.Message | Should -BeExactly 'downstream says no'
        $seen.Left | Should -BeNullOrEmpty
        @(Get-FakeLog | ForEach-Object { $_.type }) | Should -Contain 'cancel'
    }

    It '-ErrorAction Stop ends the run at the first error of a person' {
        $seen = Invoke-Fake -Scenario person-error -Call { Get-PhotoDrift -ErrorAction Stop }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'UserNotFound,Get-PhotoDrift'
        $seen.Error.TargetObject | Should -Be 'nobody@corp.example'
        $seen.Error.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $seen.Rows.Count | Should -Be 1
        $seen.Kept.Count | Should -Be 1
        $seen.Left | Should -BeNullOrEmpty
    }

    It 'without it errors of people are told and the run goes on' {
        $seen = Invoke-Fake -Scenario person-error -Call {
            Get-PhotoDrift -ErrorAction SilentlyContinue -ErrorVariable global:fakeErrors
        }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Rows.Count | Should -Be 2
        $seen.Kept.Count | Should -Be 2
        @($global:fakeErrors | ForEach-Object { $_.FullyQualifiedErrorId }) -join ' ' |
            Should -BeExactly 'UserNotFound,Get-PhotoDrift IdentityAmbiguous,Get-PhotoDrift'
        Remove-Variable -Name fakeErrors -Scope Global
    }

    It 'Stop() of a runspace ends the binary: <_>' -TestCases 'dribble', 'silence' {
        Set-Fake -Scenario $_
        $shell = [powershell]::Create()
        try {
            $text = 'param($Path) Import-Module -Name $Path; Get-PhotoDrift -WarningAction SilentlyContinue'
            [void]$shell.AddScript($text).AddArgument($modulePath)
            $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $nothing.Complete()
            $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $run = $shell.BeginInvoke($nothing, $output)
            Wait-Until { $output.Count -ge 1 } | Should -BeTrue
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
            { $shell.EndInvoke($run) } | Should -Throw
            @(Get-FakeProcess | Where-Object { $_.Runs }).Count | Should -Be 0
            @(Get-FakeLog | ForEach-Object { $_.type }) | Should -Contain 'cancel'
        } finally {
            $shell.Dispose()
        }
    }

    It 'Ctrl+C of a script ends the binary: <_>' -Skip:(-not $onLinux) -TestCases 'dribble', 'silence' {
        Set-Fake -Scenario $_
        $script = [System.IO.Path]::Combine($fakeFolder, 'stopped.ps1')
        [System.IO.File]::WriteAllText($script, @'
param($Path)
Import-Module -Name $Path
try {
    Get-PhotoDrift -WarningAction SilentlyContinue | ForEach-Object { [System.Console]::Out.WriteLine('row') }
} finally {
    [System.Console]::Out.WriteLine('finally')
}
[System.Console]::Out.WriteLine('after')
'@)
        $start = [System.Diagnostics.ProcessStartInfo]::new('/usr/bin/env')
        # Whatever this process ignores: a process in the background ignores SIGINT, and its children with it.
        $engine = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
        $start.Arguments = "--default-signal=INT `"$engine`" -NoProfile -File `"$script`" `"$modulePath`""
        $start.UseShellExecute = $false
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardInput = $true
        $shell = [System.Diagnostics.Process]::Start($start)
        try {
            $shell.StandardOutput.ReadLine() | Should -BeExactly 'row'
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            & /bin/kill -INT $shell.Id
            $rest = $shell.StandardOutput.ReadToEnd()
            $shell.WaitForExit(10000) | Should -BeTrue
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 3
            $rest | Should -Match 'finally'
            $rest | Should -Not -Match 'after'
            @(Get-FakeProcess | Where-Object { $_.Runs }).Count | Should -Be 0
            @(Get-FakeLog | ForEach-Object { $_.type }) | Should -Contain 'cancel'
        } finally {
            if (-not $shell.HasExited) { $shell.Kill() }
            $shell.Dispose()
        }
    }
}

Describe 'Streams and preferences' {
    AfterEach { Stop-Leftover }

    It 'keeps the order of the binary under *>&1' {
        Set-Fake -Scenario streams
        $names = foreach ($item in (Get-PhotoDrift -Verbose -Debug *>&1)) {
            $text = "$item"
            if ($text -like '*of the fake' -or $text -like 'the fake says*') {
                $text
            } elseif ($item.PSObject.TypeNames[0] -eq 'UserPhotoSync.PhotoDrift') {
                'row'
            }
        }
        $expected = 'verbose of the fake', 'warning of the fake', 'row', 'the fake says UserNotFound', 'debug of the fake', 'row'
        $names -join '; ' | Should -BeExactly ($expected -join '; ')
    }

    It 'asks the binary for what will be shown: <Log>' -TestCases @(
        @{ Log = 'warning'; Arguments = @{} }
        @{ Log = 'verbose'; Arguments = @{ Verbose = $true } }
        @{ Log = 'debug'; Arguments = @{ Debug = $true } }
    ) {
        param($Log, $Arguments)
        Set-Fake -Scenario good
        $null = Get-PhotoDrift @Arguments 4>&1 5>&1
        $request = @(Get-FakeLog)[0]
        $request.type | Should -Be 'request'
        $said = 'warning'
        if ($request.PSObject.Properties['log']) { $said = $request.log }
        $said | Should -Be $Log
    }

    It 'the WhatIf of a calling function holds, from another module' {
        Set-Fake -Scenario sync
        $caller = New-Module -ScriptBlock {
            function Invoke-Caller {
                [CmdletBinding(SupportsShouldProcess)] param()
                Sync-UserPhoto -Identity anna@corp.example
            }
        }
        $rows = @(& $caller { Invoke-Caller -WhatIf })
        @($rows | ForEach-Object { $_.Status }) -join ' ' | Should -BeExactly 'WouldChange WouldChange WouldChange'
        $log = @(Get-FakeLog)
        $log[0].dryRun | Should -BeTrue
        @($log | Where-Object { $_.type -eq 'decision' -and $_.proceed }).Count | Should -Be 0
        @($log | Where-Object { $_.type -eq 'decision' }).Count | Should -Be 3
    }

    It 'the WhatIfPreference of another module holds, and -WhatIf:$false goes before it' {
        $caller = New-Module -ScriptBlock {
            $WhatIfPreference = $true
            function Invoke-Plain { Sync-UserPhoto -Identity anna@corp.example }
            function Invoke-Real { Sync-UserPhoto -Identity anna@corp.example -WhatIf:$false -Confirm:$false }
        }
        Set-Fake -Scenario sync
        $null = & $caller { Invoke-Plain }
        @(Get-FakeLog)[0].dryRun | Should -BeTrue
        Set-Fake -Scenario sync
        @(& $caller { Invoke-Real } | ForEach-Object { $_.Status }) -join ' ' | Should -BeExactly 'Done Done Done'
    }

    It 'makes changes without being asked about them when nobody wants to be' {
        $seen = Invoke-Fake -Scenario sync -Call { Sync-UserPhoto -Identity anna@corp.example -Confirm:$false }
        @($seen.Rows | ForEach-Object { $_.Status }) -join ' ' | Should -BeExactly 'Done Done Done'
        $seen.Rows[0].PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.PhotoChange'
        @(Get-FakeLog)[0].confirm | Should -Be 'never'
    }

    It 'nobody there to ask: ConfirmationUnavailable, and nothing is approved' -Skip:$canBeAsked {
        $seen = Invoke-Fake -Scenario sync -Call { Sync-UserPhoto -Identity anna@corp.example -Confirm }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'ConfirmationUnavailable,Sync-UserPhoto'
        $seen.Kept.Count | Should -Be 1
        $seen.Rows.Count | Should -Be 0
        $seen.Left | Should -BeNullOrEmpty
        $log = @(Get-FakeLog)
        $log[0].confirm | Should -Be 'ask'
        @($log | Where-Object { $_.type -eq 'decision' -and $_.proceed }).Count | Should -Be 0
    }

    It 'the ErrorActionPreference of another module holds' {
        $caller = New-Module -ScriptBlock {
            $ErrorActionPreference = 'Stop'
            function Invoke-Strict { Get-PhotoDrift }
        }
        $seen = Invoke-Fake -Scenario person-error -Call { & $caller { Invoke-Strict } }.GetNewClosure()
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'UserNotFound,Get-PhotoDrift'
        $seen.Rows.Count | Should -Be 1
        $seen.Left | Should -BeNullOrEmpty
    }

    It 'VerbosePreference, WarningPreference and ProgressPreference of another module hold' {
        $caller = New-Module -ScriptBlock {
            $VerbosePreference = 'Continue'
            $WarningPreference = 'SilentlyContinue'
            $ProgressPreference = 'SilentlyContinue'
            function Invoke-Loud { Get-PhotoDrift -ErrorAction SilentlyContinue *>&1 }
        }
        Set-Fake -Scenario streams
        $texts = @(& $caller { Invoke-Loud } | ForEach-Object { "$_" })
        $texts | Should -Contain 'verbose of the fake'
        $texts | Should -Not -Contain 'warning of the fake'
        $request = @(Get-FakeLog)[0]
        $request.log | Should -Be 'verbose'
        [bool]($request.PSObject.Properties['progress'] -and $request.progress) | Should -BeFalse
    }

    It 'leaves LASTEXITCODE alone' {
        Set-Fake -Scenario exit-3
        $global:LASTEXITCODE = 42
        try { $null = Get-PhotoDrift } catch { $null = $_ }
        $global:LASTEXITCODE | Should -Be 42
    }

    It 'says once in a session that the binary is another one' {
        & (Get-Module -Name UserPhotoSync) { $script:OverrideAnnounced = $false }
        Set-Fake -Scenario good
        $null = Get-PhotoDrift -WarningVariable first -WarningAction SilentlyContinue
        $null = Get-PhotoDrift -WarningVariable second -WarningAction SilentlyContinue
        "$first" | Should -Match 'PHOTOSYNC_BINARY'
        "$second" | Should -BeNullOrEmpty
    }
}
