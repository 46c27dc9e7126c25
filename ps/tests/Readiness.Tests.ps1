# Test-PhotoSyncReadiness: what it makes of the binary's answers, and the real ones of "photosync demo --serve".

BeforeDiscovery {
    $canBeAsked = [System.Environment]::GetCommandLineArgs() -notcontains '-NonInteractive'
    $onLinux = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Unix -and [System.IO.Directory]::Exists('/proc')
}

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'Lab.ps1'))
    . ([System.IO.Path]::Combine($PSScriptRoot, 'FakeBridge.ps1'))
    Import-TestModule
    $contract = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText([System.IO.Path]::Combine($repository, 'bridge', 'contract.json')))
    $columns = @($contract.types.Check | ForEach-Object { $_.name }) -join ' '
}

AfterAll {
    Clear-Fake
    Remove-Module -Name UserPhotoSync -ErrorAction SilentlyContinue
}

Describe 'Checks' {
    AfterEach { Stop-Leftover }

    It 'are rows with every property of the contract in its order, null where nothing is known' {
        $seen = Invoke-Fake -Scenario check -Call { Test-PhotoSyncReadiness }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Rows.Count | Should -Be 2
        foreach ($row in $seen.Rows) {
            $row.PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.PhotoSyncCheck'
            @($row.PSObject.Properties | ForEach-Object { $_.Name }) -join ' ' | Should -BeExactly $columns
        }
        $null -eq $seen.Rows[0].Remedy | Should -BeTrue
        $null -eq $seen.Rows[0].RequestId | Should -BeTrue
        $seen.Rows[1].Status | Should -BeExactly 'Warn'
    }

    It 'that failed are rows and no error, though the binary ends with one: <_>' -TestCases 'check-failed', 'check-single' {
        $scenario = $_
        $seen = Invoke-Fake -Scenario $scenario -Call { Test-PhotoSyncReadiness -ErrorAction Stop }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Kept.Count | Should -Be 0
        @($seen.Rows | ForEach-Object { $_.Status }) -join ' ' | Should -BeExactly 'Pass Fail Unknown'
        Set-Fake -Scenario $scenario
        $null = Test-PhotoSyncReadiness
        $? | Should -BeTrue
    }

    It 'that did not come to their end are an error, after the rows that came: <Scenario>' -TestCases @(
        @{ Scenario = 'check-broken'; Id = 'InternalError'; Count = 3 }
        @{ Scenario = 'check-refused'; Id = 'SettingInvalid'; Count = 0 }
        @{ Scenario = 'check-unsaid'; Id = 'InternalError'; Count = 3 }
        @{ Scenario = 'check-stopped'; Id = 'Cancelled'; Count = 3 }
        @{ Scenario = 'check-odd'; Id = 'BridgeProtocol'; Count = 0 }
        @{ Scenario = 'good'; Id = 'BridgeProtocol'; Count = 0 }
        @{ Scenario = 'sync'; Id = 'BridgeProtocol'; Count = 0 }
    ) {
        param($Scenario, $Id, $Count)
        $seen = Invoke-Fake -Scenario $Scenario -Call { Test-PhotoSyncReadiness -ErrorAction SilentlyContinue }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly "$Id,Test-PhotoSyncReadiness"
        $seen.Kept.Count | Should -Be 1
        $seen.Rows.Count | Should -Be $Count
        $seen.Left | Should -BeNullOrEmpty
    }
}

Describe 'What the binary is asked' {
    BeforeAll {
        function Get-Request {
            param([scriptblock]$Call)
            Set-Fake -Scenario check
            $null = & $Call
            @(Get-FakeLog | Where-Object { $_.type -eq 'request' })[0]
        }
        function Get-ParameterText { param([scriptblock]$Call) ConvertTo-Json -InputObject (Get-Request $Call).params -Compress }
    }

    It 'nothing that nobody gave' {
        $request = Get-Request { Test-PhotoSyncReadiness }
        $request.op | Should -BeExactly 'readiness.check'
        @($request.params.PSObject.Properties).Count | Should -Be 0
        $request.dryRun | Should -BeFalse
    }
    It 'a person and a test user' {
        Get-ParameterText { Test-PhotoSyncReadiness anna -WriteProbe probe@corp.example } | Should -BeExactly '{"canary":"anna","writeProbe":"probe@corp.example"}'
        Get-ParameterText { Test-PhotoSyncReadiness -Identity 'CN=a' } | Should -BeExactly '{"canary":"CN=a"}'
    }
    It 'with -WhatIf no test user, and the rest' {
        foreach ($call in { Test-PhotoSyncReadiness anna -WriteProbe probe@corp.example -WhatIf }, { $WhatIfPreference = $true; Test-PhotoSyncReadiness anna -WriteProbe probe@corp.example }) {
            $request = Get-Request $call
            ConvertTo-Json -InputObject $request.params -Compress | Should -BeExactly '{"canary":"anna"}'
            $request.dryRun | Should -BeTrue
        }
        $rows = @(Test-PhotoSyncReadiness -WriteProbe probe@corp.example -WhatIf -Verbose 4>&1)
        @($rows | Where-Object { "$_" -match 'probe@corp\.example is left out' }).Count | Should -Be 1
    }
    It 'the WhatIf of a calling function of another module holds' {
        $caller = New-Module -ScriptBlock {
            function Invoke-Caller {
                [CmdletBinding(SupportsShouldProcess)] param()
                Test-PhotoSyncReadiness -WriteProbe probe@corp.example
            }
        }
        (Get-Request { & $caller { Invoke-Caller -WhatIf } }).params.PSObject.Properties['writeProbe'] | Should -BeNullOrEmpty
        (Get-Request { & $caller { Invoke-Caller } }).params.writeProbe | Should -BeExactly 'probe@corp.example'
    }
    It 'nobody is asked without -Confirm, or without a test user' {
        foreach ($call in { Test-PhotoSyncReadiness -WriteProbe probe@corp.example }, { Test-PhotoSyncReadiness -Confirm }) {
            (Invoke-Fake -Scenario check -Call $call).Rows.Count | Should -Be 2
        }
    }
    It 'nobody there to ask: ConfirmationUnavailable, and nothing is started' -Skip:$canBeAsked {
        foreach ($call in { Test-PhotoSyncReadiness -WriteProbe probe@corp.example -Confirm }, { $ConfirmPreference = 'Medium'; Test-PhotoSyncReadiness -WriteProbe probe@corp.example }) {
            $seen = Invoke-Fake -Scenario check -Call $call
            $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'ConfirmationUnavailable,Test-PhotoSyncReadiness'
            $seen.Error.TargetObject | Should -BeExactly 'probe@corp.example'
            $seen.Started | Should -Be 0
        }
    }
}

Describe 'A write probe that is stopped' {
    AfterEach { Stop-Leftover }

    It 'leaves the binary the time to put the photo back' {
        $module = Get-Module -Name UserPhotoSync
        $patience = & $module { $script:BridgePatience }
        try {
            & $module { $script:BridgePatience = $script:BridgePatience.Clone(); $script:BridgePatience.AfterCancel = 0.2; $script:BridgePatience.AfterProbe = 1.2 }
            $call = { Test-PhotoSyncReadiness -WriteProbe probe@corp.example -ErrorAction SilentlyContinue }
            $seen = Invoke-Fake -Scenario deaf -Call $call
            $seen.Left | Should -BeNullOrEmpty
            $seen.Seconds | Should -BeGreaterThan 1.1
            $seen = Invoke-Fake -Scenario deaf -Call { Test-PhotoSyncReadiness -ErrorAction SilentlyContinue }
            $seen.Seconds | Should -BeLessThan 1.1 -Because 'without a write there is nothing to wait for'
        } finally {
            & $module { param($Patience) $script:BridgePatience = $Patience } $patience
        }
    }

    It 'shows after Ctrl+C what the binary warns of' -Skip:(-not $onLinux) {
        $binary = [System.IO.Path]::Combine($fakeFolder, 'photosync-slow')
        $version = (Get-Module -Name UserPhotoSync).Version
        $hello = '{"v":1,"type":"hello","id":0,"protocol":{"min":1,"max":1},"build":{"version":"' + $version +
            '","commit":"","os":"","arch":""},"features":["readiness.check"]}'
        $row = '{"v":1,"type":"result","id":1,"kind":"check","items":[{"Check":"SignIn","Status":"Pass","Evidence":"x",' +
            '"Remedy":null,"ErrorCode":null,"RequestId":null}]}'
        $end = '{"v":1,"type":"end","id":1,"status":"cancelled","exitCode":130,' +
            '"counts":{"result":1,"error":0,"proposed":0,"done":0,"skipped":0},"summary":null}'
        [System.IO.File]::WriteAllText($binary, @"
#!/bin/bash
trap '' INT
echo '$hello'
read line
echo '$row'
while read line; do case "`$line" in *'"cancel"'*) break;; esac; done
sleep 0.8
echo '{"v":1,"type":"warning","id":1,"message":"THE PHOTO WAS NOT PUT BACK"}'
echo '$end'
"@)
        & /bin/chmod +x $binary
        $script = [System.IO.Path]::Combine($fakeFolder, 'stopped.ps1')
        [System.IO.File]::WriteAllText($script, @'
param($Path)
Import-Module -Name $Path
& (Get-Module -Name UserPhotoSync) { $script:BridgePatience.AfterCancel = 0.3; $script:BridgePatience.AfterProbe = 10 }
Test-PhotoSyncReadiness -WriteProbe probe@corp.example | ForEach-Object { [System.Console]::Out.WriteLine('row') }
'@)
        $start = [System.Diagnostics.ProcessStartInfo]::new('/usr/bin/env')
        $engine = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
        $start.Arguments = "--default-signal=INT `"$engine`" -NoProfile -File `"$script`" `"$modulePath`""
        $start.UseShellExecute = $false
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardInput = $true
        $start.EnvironmentVariables['PHOTOSYNC_BINARY'] = $binary
        $shell = [System.Diagnostics.Process]::Start($start)
        try {
            do { $line = $shell.StandardOutput.ReadLine() } until ($null -eq $line -or $line -eq 'row')
            $line | Should -BeExactly 'row'
            & /bin/kill -INT $shell.Id
            $rest = $shell.StandardOutput.ReadToEnd()
            $shell.WaitForExit(10000) | Should -BeTrue
            $rest | Should -Match 'THE PHOTO WAS NOT PUT BACK'
        } finally {
            if (-not $shell.HasExited) { $shell.Kill() }
            $shell.Dispose()
        }
    }
}

Describe 'The real answers' {
    BeforeAll {
        Clear-Fake
        [void][System.IO.Directory]::CreateDirectory($fakeFolder)   # which AfterAll deletes
        Import-Module -Name $modulePath -Force
        $lab = Start-Demo
        $tom = 'tom.bakker@corp.example'

        function Get-CloudMark {
            # Changes with every write.
            (Get-PhotoDrift -Identity $tom).CloudETag
        }
        function Get-StatusOf {
            param([object[]]$Check, [string]$Name)
            @($Check | Where-Object { $_.Check -eq $Name } | ForEach-Object { $_.Status }) -join ' '
        }
    }
    AfterAll { Stop-Lab -Lab $lab }

    It 'come typed, of the lists of the contract, and nothing fails in the lab' {
        $global:Error.Clear()
        $checks = @(Test-PhotoSyncReadiness)
        $checks.Count | Should -BeGreaterThan 8
        foreach ($check in $checks) {
            $check.PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.PhotoSyncCheck'
            @($check.PSObject.Properties | ForEach-Object { $_.Name }) -join ' ' | Should -BeExactly $columns
            foreach ($property in $check.PSObject.Properties) { $null -eq $property.Value -or $property.Value -is [string] | Should -BeTrue -Because $property.Name }
            @($contract.lists.CheckStatus.values) -ccontains $check.Status | Should -BeTrue
            $check.Status | Should -Not -Be 'Fail' -Because "$($check.Check): $($check.Evidence)"
            $check.Evidence | Should -Not -BeNullOrEmpty
            if ($check.Status -ne 'Pass') { $check.Remedy | Should -Not -BeNullOrEmpty }
            "$($check.Evidence) $($check.Remedy)" | Should -Not -Match '(^|\s)--\w' -Because 'a cmdlet has no flags of the command line'
        }
        @($checks | Select-Object -ExpandProperty Check -Unique).Count | Should -Be $checks.Count
        Get-StatusOf -Check $checks -Name WriteProbe | Should -BeExactly ''
        $global:Error.Count | Should -Be 0
        @(Get-StateFile).Count | Should -Be 0
    }

    It 'are shown as a table' {
        $table = Test-PhotoSyncReadiness | Out-String -Width 200
        $table | Should -Match '(?m)^= SignIn +Pass '
    }

    It 'name the person who was read' {
        $canary = @(Test-PhotoSyncReadiness -Identity na.li@corp.example | Where-Object { $_.Evidence -match 'na\.li@corp\.example' })
        $canary.Count | Should -BeGreaterThan 0
    }

    It 'with -WriteProbe -WhatIf write nothing' {
        $before = Get-CloudMark
        $checks = @(Test-PhotoSyncReadiness -WriteProbe $tom -WhatIf)
        $checks.Count | Should -BeGreaterThan 8
        Get-StatusOf -Check $checks -Name WriteProbe | Should -BeExactly ''
        Get-CloudMark | Should -BeExactly $before
        @(Get-StateFile).Count | Should -Be 0
    }

    It 'with -WriteProbe write, and put back what was there' {
        $before = Get-CloudMark
        $row = Get-PhotoDrift -Identity $tom
        $checks = @(Test-PhotoSyncReadiness -WriteProbe $tom)
        Get-StatusOf -Check $checks -Name WriteProbe | Should -BeExactly 'Pass'
        Get-CloudMark | Should -Not -Be $before -Because 'there were two writes'
        $now = Get-PhotoDrift -Identity $tom
        $now.Status | Should -Be $row.Status
        @(Get-StateFile | Where-Object { $_ -match 'backups' }).Count | Should -BeGreaterThan 0
        [System.Math]::Abs($now.Distance - $row.Distance) | Should -BeLessThan 0.01 -Because 'the photo is the one that was there'
    }

    It 'of a test user who is not there are a row' {
        $checks = @(Test-PhotoSyncReadiness -WriteProbe nobody@corp.example -ErrorAction Stop)
        $probe = @($checks | Where-Object { $_.Check -eq 'WriteProbe' })
        $probe.Count | Should -Be 1
        $probe[0].Status | Should -Be 'Fail'
        $probe[0].ErrorCode | Should -Not -BeNullOrEmpty
        { Test-PhotoSyncReadiness -WriteProbe tom } | Should -Throw -ErrorId 'SettingInvalid,Test-PhotoSyncReadiness' -ExpectedMessage '*-WriteProbe*'
    }

    It 'without a domain controller: a row says so, and the other side is looked at all the same' {
        $checks = @(Invoke-WithoutDirectory { Test-PhotoSyncReadiness -ErrorAction Stop })
        $failed = @($checks | Where-Object { $_.Status -eq 'Fail' })
        $failed.Count | Should -Be 1
        $failed[0].ErrorCode | Should -BeExactly 'ServerMissing'
        $failed[0].Remedy | Should -Match '-Server\b'
        Get-StatusOf -Check $checks -Name SignIn | Should -BeExactly 'Pass'
        @($checks | Where-Object { $_.Status -eq 'Unknown' }).Count | Should -BeGreaterThan 0
    }

    It 'with a folder that cannot be are a row, and no token is ever shown' {
        $file = [System.IO.Path]::Combine($TestDrive, 'file')
        [System.IO.File]::WriteAllText($file, 'no folder')
        $checks = @(Test-PhotoSyncReadiness -AccessToken nonsense -StatePath ([System.IO.Path]::Combine($file, 'state')))
        Get-StatusOf -Check $checks -Name State | Should -BeExactly 'Fail'
        @($checks | Where-Object { $_.Check -eq 'State' })[0].ErrorCode | Should -BeExactly 'StateDirUnusable'
        "$($checks | ForEach-Object { "$($_.Evidence) $($_.Remedy)" })" | Should -Not -Match 'nonsense'
    }

    It 'take a relative path of an environment variable from the location, as the binary would' {
        $state = $env:PHOTOSYNC_STATE_DIR
        $file = $env:PHOTOSYNC_CA_FILE
        [System.IO.File]::Copy($file, [System.IO.Path]::Combine($TestDrive, 'ca.pem'))
        Push-Location -LiteralPath $TestDrive
        try {
            $env:PHOTOSYNC_STATE_DIR = [System.IO.Path]::Combine('some', 'state')
            $env:PHOTOSYNC_CA_FILE = 'ca.pem'
            $checks = @(Test-PhotoSyncReadiness)
            $env:PHOTOSYNC_STATE_DIR | Should -BeExactly ([System.IO.Path]::Combine('some', 'state'))
        } finally {
            Pop-Location
            $env:PHOTOSYNC_STATE_DIR = $state
            $env:PHOTOSYNC_CA_FILE = $file
        }
        Get-StatusOf -Check $checks -Name DirectoryTrusted | Should -BeExactly 'Pass'
        $row = @($checks | Where-Object { $_.Check -eq 'State' })[0]
        $row.Status | Should -BeExactly 'Pass'
        $row.Evidence | Should -Match ([regex]::Escape([System.IO.Path]::Combine($TestDrive, 'some', 'state')))
    }

    It 'settings that no check can use are an error' {
        { Test-PhotoSyncReadiness -GraphUrl http://graph.example } | Should -Throw -ErrorId 'GraphUrlNotAllowed,Test-PhotoSyncReadiness'
        { Test-PhotoSyncReadiness -CACertificatePath ([System.IO.Path]::Combine($TestDrive, 'no.pem')) } | Should -Throw -ErrorId 'CaFileUnusable,Test-PhotoSyncReadiness'
    }

    It 'stop when enough were seen' {
        $before = @([System.Diagnostics.Process]::GetProcessesByName('photosync') | ForEach-Object { $_.Id })
        @(Test-PhotoSyncReadiness | Select-Object -First 1).Count | Should -Be 1
        @(Get-NewBinary -Before $before).Count | Should -Be 0
    }
}
