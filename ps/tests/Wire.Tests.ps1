# What Sync-UserPhoto, Restore-UserPhoto and Get-PhotoSyncRun ask of the binary, what they refuse, and what they make of its
# answers. The fake plays the binary.

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'Lab.ps1'))
    . ([System.IO.Path]::Combine($PSScriptRoot, 'FakeBridge.ps1'))
    Import-TestModule
    $contract = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText([System.IO.Path]::Combine($repository, 'bridge', 'contract.json')))
    $folder = [System.IO.Path]::GetFullPath([System.IO.Path]::GetTempPath()).TrimEnd('/', '\')

    function Get-Requests {
        # The requests that a call makes, from a known folder.
        param([scriptblock]$Call, [string]$Scenario = 'sync')
        Set-Fake -Scenario $Scenario
        Push-Location -LiteralPath $folder
        try { $null = & $Call } finally { Pop-Location }
        Get-FakeLog | Where-Object { $_.type -eq 'request' }
    }
    function Get-Parameters { param([scriptblock]$Call, [string]$Scenario = 'sync') ConvertTo-Json -InputObject @(Get-Requests $Call $Scenario)[0].params -Compress }
    function Get-Asked {
        # Requests with their people, one text each: run:person,person.
        param([scriptblock]$Call)
        Set-Fake -Scenario sync
        $null = & $Call
        $texts = [System.Collections.Generic.List[string]]::new()
        foreach ($line in Get-FakeLog) {
            if ($line.type -eq 'request') {
                $run = ''
                if ($line.params.PSObject.Properties['runId']) { $run = $line.params.runId }
                if (-not $line.params.PSObject.Properties['people']) { $run += ' whole' }
                $texts.Add("${run}:")
            } elseif ($line.type -eq 'input') {
                $people = foreach ($item in $line.items) { if ($item -is [string]) { $item } else { ConvertTo-Json -InputObject $item -Compress } }
                $texts[$texts.Count - 1] += @($people) -join ','
            }
        }
        $texts -join ' | '
    }
    function Set-Transcript {
        # The next processes of the module play these lines after hello and request.
        param([string[]]$Line)
        Set-Fake -Scenario good
        $file = [System.IO.Path]::Combine($fakeFolder, [System.IO.Path]::GetRandomFileName())
        $hello = '< {"v":1,"type":"hello","id":0,"protocol":{"min":1,"max":1},"build":{"version":"$VERSION","commit":"","os":"","arch":""},"features":[]}'
        [System.IO.File]::WriteAllLines($file, @($hello, '> request') + @($Line | ForEach-Object { "< $_" }))
        $env:PHOTOSYNC_FAKE_TRANSCRIPT = $file
    }
    function New-Change {
        param([string]$RunId, [string]$Guid = '3f2504e0-4f89-11d3-9a0c-000000000001', [string]$Status = 'Done')
        $values = [ordered]@{ PSTypeName = 'UserPhotoSync.PhotoChange' }
        foreach ($field in $contract.types.Change) { $values[$field.name] = $null }
        $values.UserPrincipalName = 'anna@corp.example'
        $values.ObjectGuid = $Guid
        $values.CloudId = '8a0e1b52-6c1d-4a57-b0e7-000000000001'
        $values.Status = $Status
        $values.RunId = $RunId
        [pscustomobject]$values
    }
    function New-Run {
        param([string]$RunId)
        $values = [ordered]@{ PSTypeName = 'UserPhotoSync.PhotoSyncRun' }
        foreach ($field in $contract.types.Run) { $values[$field.name] = $null }
        $values.RunId = $RunId
        $values.StartedAt = [datetime]::UtcNow
        [pscustomobject]$values
    }
}

AfterAll {
    Clear-Fake
    Remove-Module -Name UserPhotoSync -ErrorAction SilentlyContinue
}

Describe 'Sync-UserPhoto asks for' {
    It 'nothing that nobody gave' {
        Get-Parameters { Sync-UserPhoto } | Should -BeExactly '{}'
        Get-Parameters { Sync-UserPhoto -RemoveOrphan:$false -AllowDowngrade:$false -IgnorePolicy:$false -PassThru:$false } | Should -BeExactly '{}'
    }
    It 'everything that was given, a zero too' {
        $given = @{
            Baseline = 'OnPremises'; OnConflict = 'Cloud'; MaxChange = 0; MaxChangePercent = 100; MaxRemove = 0; MaxShrinkPercent = 0; Canary = 'anna'
            IgnorePolicy = $true; First = 3; ExcludeGroup = 'CN=a,DC=b', 'CN=c'; RemoveOrphan = $true; Grace = [timespan]::Zero; AllowDowngrade = $true
            VerifyTimeout = [timespan]'0:01'; RetentionDays = 0; BackupRecipient = 'age1x'
        }
        Get-Parameters { Sync-UserPhoto @given -Confirm:$false } | Should -BeExactly (
            '{"baseline":"OnPremises","onConflict":"Cloud","maxChange":0,"maxChangePercent":100,"maxRemove":0,"maxShrinkPercent":0,"canary":"anna",' +
            '"ignorePolicy":true,"first":3,"excludeGroups":["CN=a,DC=b","CN=c"],"removeOrphans":true,"graceSeconds":0,"allowDowngrade":true,' +
            '"verifySeconds":60,"retentionDays":0,"backupRecipient":"age1x"}')
    }
    It 'times as New-TimeSpan, [timespan] and text say them' {
        Get-Parameters { Sync-UserPhoto -Grace (New-TimeSpan -Days 14) } | Should -BeExactly '{"graceSeconds":1209600}'
        Get-Parameters { Sync-UserPhoto -Grace 1.12:00:01 } | Should -BeExactly '{"graceSeconds":129601}'
        Get-Parameters { Sync-UserPhoto -VerifyTimeout '00:02:00' } | Should -BeExactly '{"verifySeconds":120}'
    }
    It 'a bare number is no time, and nothing below a second or above ten years: <_>' -TestCases '-Grace 7', '-Grace -1.00:00:00', '-Grace 4000.00:00:00',
        '-VerifyTimeout 30', '-VerifyTimeout 0:0:0', '-PlanPath x -MaxAge 7', '-PlanPath x -MaxAge 0:0:0' {
        $call = [scriptblock]::Create("Sync-UserPhoto $_")
        $seen = Invoke-Fake -Scenario sync -Call $call
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'ParameterArgumentValidationError,Sync-UserPhoto'
        "$($seen.Error)" | Should -Match 'whole seconds.*7\.00:00:00'
        $seen.Started | Should -Be 0
    }
    It 'out of bounds is refused: <_>' -TestCases '-First 0', '-MaxRemove -1', '-MaxShrinkPercent 101', '-RetentionDays -1', '-OnConflict Ask', '-Canary ""', '-ExcludeGroup @()',
        '-BackupRecipient ""', '-PlanPath ""' {
        $seen = Invoke-Fake -Scenario sync -Call ([scriptblock]::Create("Sync-UserPhoto $_"))
        $seen.Error.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError*,Sync-UserPhoto'
        $seen.Started | Should -Be 0
    }
}

Describe 'A plan' {
    BeforeAll { $file = [System.IO.Path]::Combine($folder, 'plan.jsonl') }

    It 'is written with -WhatIf, of people or of a scope' {
        $request = @(Get-Requests { Sync-UserPhoto -Identity anna -Baseline OnPremises -PlanPath ./plan.jsonl -WhatIf })[0]
        $request.dryRun | Should -BeTrue
        $request.params.people | Should -BeTrue
        $request.params.planPath | Should -BeExactly $file
        $request = @(Get-Requests { $WhatIfPreference = $true; Sync-UserPhoto -LDAPFilter '(a=b)' -PlanPath plan.jsonl })[0]
        $request.dryRun | Should -BeTrue
        $request.params.planPath | Should -BeExactly $file
        $request.params.ldapFilter | Should -BeExactly '(a=b)'
        @(Get-Requests { 'anna' | Sync-UserPhoto -PlanPath plan.jsonl -WhatIf })[0].params.people | Should -BeTrue
    }
    It 'is carried out without -WhatIf, with brakes and nobody else' {
        $request = @(Get-Requests { Sync-UserPhoto -PlanPath plan.jsonl -MaxChange 5 -VerifyTimeout 0:1 -Canary anna -Confirm:$false })[0]
        $request.dryRun | Should -BeFalse
        ConvertTo-Json -InputObject $request.params.planPath | Should -BeExactly (ConvertTo-Json -InputObject $file)
        @($request.params.PSObject.Properties | ForEach-Object { $_.Name } | Sort-Object) -join ' ' | Should -BeExactly 'canary maxChange planPath verifySeconds'
        $request = @(Get-Requests { Sync-UserPhoto -PlanPath plan.jsonl -MaxAge 1.00:00:00 })[0]
        @($request.params.PSObject.Properties | ForEach-Object { $_.Name } | Sort-Object) -join ' ' | Should -BeExactly 'maxAgeSeconds planPath'
        $request.params.maxAgeSeconds | Should -Be 86400
        @(Get-Requests { Sync-UserPhoto -PlanPath plan.jsonl -WhatIf:$false })[0].dryRun | Should -BeFalse
    }
    It 'that is carried out does not go with what makes a plan: <_>' -TestCases '-Identity anna', '-SearchBase DC=a', '-SearchScope One', '-LDAPFilter (a=b)', '-Baseline Cloud',
        '-OnConflict Skip', '-RemoveOrphan', '-Grace 1.0:0:0', '-ExcludeGroup CN=a', '-AllowDowngrade', '-First 2', '-PassThru' {
        $seen = Invoke-Fake -Scenario sync -Call ([scriptblock]::Create("Sync-UserPhoto -PlanPath plan.jsonl $($_.Replace('(a=b)', "'(a=b)'").Replace('DC=a', "'DC=a'"))"))
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'SettingInvalid,Sync-UserPhoto'
        "$($seen.Error)" | Should -Match "$($_.Split(' ')[0])\b"
        $seen.Error.ErrorDetails.RecommendedAction | Should -Match '-WhatIf'
        $seen.Started | Should -Be 0
    }
    It 'that is carried out takes nobody from a pipe, not even from an empty one' {
        foreach ($call in { 'anna' | Sync-UserPhoto -PlanPath plan.jsonl }, { @() | Sync-UserPhoto -PlanPath plan.jsonl }, { 'anna' | Sync-UserPhoto -PlanPath plan.jsonl -MaxAge 1.0:0:0 }) {
            $seen = Invoke-Fake -Scenario sync -Call $call
            $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'SettingInvalid,Sync-UserPhoto'
            $seen.Started | Should -Be 0
        }
    }
    It '-MaxAge is PowerShell''s to refuse without a plan and with people' {
        { Sync-UserPhoto -PlanPath x -MaxAge 1.0:0:0 -Identity anna } | Should -Throw -ErrorId 'AmbiguousParameterSet,Sync-UserPhoto'
        { Sync-UserPhoto -PlanPath x -MaxAge 1.0:0:0 -SearchBase 'DC=a' } | Should -Throw -ErrorId 'AmbiguousParameterSet,Sync-UserPhoto'
        (Get-Command -Name Sync-UserPhoto).Parameters['PlanPath'].ParameterSets['Plan'].IsMandatory | Should -BeTrue
    }
    It '-MaxAge does not go with writing one' {
        $seen = Invoke-Fake -Scenario sync -Call { Sync-UserPhoto -PlanPath x -MaxAge 1.0:0:0 -WhatIf }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'SettingInvalid,Sync-UserPhoto'
        $seen.Started | Should -Be 0
    }
    It 'that is there is replaced by one that is written with a warning, and not because of a preference' {
        $there = [System.IO.Path]::Combine($TestDrive, 'there.jsonl')
        [System.IO.File]::WriteAllText($there, 'reviewed')
        $seen = Invoke-Fake -Scenario sync -Call { $WhatIfPreference = $true; Sync-UserPhoto -PlanPath $there }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'SettingInvalid,Sync-UserPhoto'
        $seen.Started | Should -Be 0
        $null = Sync-UserPhoto -PlanPath $there -WhatIf -WarningVariable warnings -WarningAction SilentlyContinue
        @($warnings).Count | Should -Be 1
        $null = Sync-UserPhoto -PlanPath $there -WarningVariable warnings
        @($warnings).Count | Should -Be 0
    }
    It 'is a path in the file system' {
        { Sync-UserPhoto -PlanPath Env:/plan -WhatIf } | Should -Throw -ErrorId 'SettingInvalid,Sync-UserPhoto'
    }
    It 'of a caller in another module with -WhatIf is not carried out' {
        $caller = New-Module -ScriptBlock { function Invoke-Caller { [CmdletBinding(SupportsShouldProcess)] param() Sync-UserPhoto -PlanPath plan.jsonl } }
        @(Get-Requests { & $caller { Invoke-Caller -WhatIf } })[0].dryRun | Should -BeTrue
    }
}

Describe 'Restore-UserPhoto asks for' {
    It 'the last write of people' {
        Get-Asked { Restore-UserPhoto anna } | Should -BeExactly ':anna'
        Get-Asked { Restore-UserPhoto -Identity anna, tom } | Should -BeExactly ':anna,tom'
        Get-Asked { 'anna', 'tom' | Restore-UserPhoto } | Should -BeExactly ':anna,tom'
        Get-Asked { , @('anna', 'tom') | Restore-UserPhoto } | Should -BeExactly ':anna,tom'
    }
    It 'a run, and people of a run' {
        Get-Asked { Restore-UserPhoto -RunId r1 } | Should -BeExactly 'r1 whole:'
        Get-Asked { Restore-UserPhoto anna -RunId r1 } | Should -BeExactly 'r1:anna'
        Get-Asked { 'anna', 'tom' | Restore-UserPhoto -RunId r1 } | Should -BeExactly 'r1:anna,tom'
    }
    It 'runs, one request each, in the order of the pipe' {
        Get-Asked { (New-Run r2), (New-Run r1) | Restore-UserPhoto } | Should -BeExactly 'r2 whole: | r1 whole:'
        Get-Asked { (New-Run r2), (New-Run r2) | Restore-UserPhoto } | Should -BeExactly 'r2 whole:'
        Get-Asked { New-Run r1 | Restore-UserPhoto -RunId R1 } | Should -BeExactly 'r1 whole:'
    }
    It 'the writes of rows of Sync-UserPhoto, each in its run' {
        $first = New-Change r1
        $second = New-Change r2 -Guid '3f2504e0-4f89-11d3-9a0c-000000000002'
        $third = New-Change r1 -Guid '3f2504e0-4f89-11d3-9a0c-000000000003'
        $one, $two, $three = $first.ObjectGuid, $second.ObjectGuid, $third.ObjectGuid
        Get-Asked { $first, $second, $third | Restore-UserPhoto } | Should -BeExactly "r1:$one,$three | r2:$two"
        Get-Asked { $first | Select-Object -Property UserPrincipalName, RunId | Restore-UserPhoto } | Should -BeExactly 'r1:anna@corp.example'
        Get-Asked { 'tom', $first | Restore-UserPhoto } | Should -BeExactly ":tom | r1:$one"
        Get-Asked { $first, (New-Run r1), $third | Restore-UserPhoto } | Should -BeExactly 'r1 whole:'
        $first.ObjectGuid = $null
        $first.UserPrincipalName = $null
        Get-Asked { $first | Restore-UserPhoto } | Should -BeExactly 'r1:{"cloudId":"8a0e1b52-6c1d-4a57-b0e7-000000000001"}'
    }
    It 'rows that went through a file' {
        $file = [System.IO.Path]::Combine($TestDrive, 'rows')
        $change = New-Change r1
        $change, (New-Run r2) | Export-Clixml -LiteralPath "$file.xml"
        Get-Asked { Import-Clixml -LiteralPath "$file.xml" | Restore-UserPhoto } | Should -BeExactly "r1:$($change.ObjectGuid) | r2 whole:"
        $change | Export-Csv -LiteralPath "$file.csv" -NoTypeInformation -Encoding UTF8
        Get-Asked { Import-Csv -LiteralPath "$file.csv" -Encoding UTF8 | Restore-UserPhoto } | Should -BeExactly "r1:$($change.ObjectGuid)"
        New-Run r2 | Export-Csv -LiteralPath "$file.csv" -NoTypeInformation -Encoding UTF8
        Get-Asked { Import-Csv -LiteralPath "$file.csv" -Encoding UTF8 | Restore-UserPhoto } | Should -BeExactly 'r2 whole:'
        Get-Asked { @{ UserPrincipalName = 'tom@corp.example'; RunId = 'r3' } | Restore-UserPhoto } | Should -BeExactly 'r3:tom@corp.example'
    }
    It 'people as objects, by who they are and without their photos' {
        $user = New-AdUser -UserPrincipalName anna@corp.example -Photo ([byte[]](1, 2, 3)) -ObjectGuid '3f2504e0-4f89-11d3-9a0c-000000000009'
        Get-Asked { $user | Restore-UserPhoto } | Should -BeExactly ':3f2504e0-4f89-11d3-9a0c-000000000009'
        $drift = [pscustomobject]@{ PSTypeName = 'UserPhotoSync.PhotoDrift'; ObjectGuid = 'g'; Status = 'Drifted'; CloudId = $null; OnPremisesSha256 = 'a'; CloudETag = 'b' }
        Get-Asked { $drift | Restore-UserPhoto } | Should -BeExactly ':g'
        $cloud = [pscustomobject]@{ Id = '8a0e1b52-6c1d-4a57-b0e7-000000000001'; UserPrincipalName = 'a@b' }
        Get-Asked { $cloud | Restore-UserPhoto } | Should -BeExactly ':{"cloudId":"8a0e1b52-6c1d-4a57-b0e7-000000000001"}'
    }
    It 'nothing for rows that say that nothing was written, and says how many' {
        $refused = New-Change r1 -Status Failed
        $refused.ErrorCode = 'PhotoRefused'
        $accepted = New-Change r1
        $accepted.Action = 'None'
        $rows = (New-Change r1 -Status WouldChange), (New-Change r1 -Status Skipped), $refused, $accepted
        Get-Asked { $rows | Restore-UserPhoto -WarningVariable warnings -WarningAction SilentlyContinue } | Should -BeExactly ''
        Get-Asked { $rows + (New-Change r1) | Restore-UserPhoto -WarningVariable warnings -WarningAction SilentlyContinue; $script:said = @($warnings) } |
            Should -BeExactly 'r1:3f2504e0-4f89-11d3-9a0c-000000000001'
        $script:said.Count | Should -Be 1
        "$($script:said[0])" | Should -Match '^4 rows were left out'
        # What may have been written is the journal's to say.
        foreach ($code in 'PhotoOutcomeUncertain', 'PhotoVerifyMismatch') {
            $refused.ErrorCode = $code
            Get-Asked { $refused | Restore-UserPhoto } | Should -BeExactly 'r1:3f2504e0-4f89-11d3-9a0c-000000000001'
        }
    }
    It 'nothing for an empty pipe, not even the whole run' {
        Get-Asked { @() | Restore-UserPhoto } | Should -BeExactly ''
        Get-Asked { @() | Restore-UserPhoto -RunId r1 } | Should -BeExactly ''
    }
    It 'its settings' {
        Get-Parameters { Restore-UserPhoto -RunId r1 -Force -IdentityFilePath key.txt -VerifyTimeout 0:1 -BackupRecipient age1x -ThrottleLimit 2 } | Should -BeExactly (
            '{"runId":"r1","force":true,"identityFile":' + (ConvertTo-Json -InputObject ([System.IO.Path]::Combine($folder, 'key.txt'))) + ',"verifySeconds":60,"backupRecipient":"age1x","concurrency":2}')
        Get-Parameters { Restore-UserPhoto -RunId r1 -Server dc1 -TenantId t -StatePath state } | Should -BeExactly (
            '{"server":"dc1","tenant":"t","stateDir":' + (ConvertTo-Json -InputObject ([System.IO.Path]::Combine($folder, 'state'))) + ',"runId":"r1"}')
        foreach ($request in Get-Requests { (New-Run r2), (New-Run r1) | Restore-UserPhoto -Force -AccessToken secret }) {
            $request.op | Should -BeExactly 'photo.restore'
            $request.params.force | Should -BeTrue
            $request.params.auth | Should -BeExactly 'token'
            $request.secrets | Should -BeTrue
        }
    }
    It 'a dry run with -WhatIf, of every run, also when a caller in another module says it' {
        $requests = @(Get-Requests { (New-Run r2), (New-Run r1) | Restore-UserPhoto -WhatIf })
        @($requests | ForEach-Object { $_.dryRun }) -join ' ' | Should -BeExactly 'True True'
        $caller = New-Module -ScriptBlock { function Invoke-Caller { [CmdletBinding(SupportsShouldProcess)] param() Restore-UserPhoto anna } }
        @(Get-Requests { & $caller { Invoke-Caller -WhatIf } })[0].dryRun | Should -BeTrue
        @(Get-Requests { & $caller { Invoke-Caller } })[0].dryRun | Should -BeFalse
    }
    It 'an answer to each change where somebody wants to be asked' {
        @(Get-Requests { Restore-UserPhoto anna })[0].confirm | Should -BeExactly 'never'
        @(Get-Requests { Restore-UserPhoto anna -Confirm:$false })[0].confirm | Should -BeExactly 'never'
        Set-Fake -Scenario sync
        try { $null = Restore-UserPhoto anna -Confirm } catch { $_.FullyQualifiedErrorId | Should -BeExactly 'ConfirmationUnavailable,Restore-UserPhoto' }
        @(Get-FakeLog | Where-Object { $_.type -eq 'request' })[0].confirm | Should -BeExactly 'ask'
    }
}

Describe 'Restore-UserPhoto refuses' {
    It 'what names nothing, after the last row: <Case>' -TestCases @(
        @{ Case = '$null'; Input = $null; Text = 'Nothing \(\$null\)' }
        @{ Case = 'a number'; Input = 42; Text = 'System\.Int32' }
        @{ Case = 'an empty text'; Input = ''; Text = 'empty' }
        @{ Case = 'a folder'; Input = [System.IO.DirectoryInfo]::new('.'); Text = 'DirectoryInfo' }
    ) {
        param($Input, $Text)
        $what = $PSBoundParameters['Input']
        Set-Fake -Scenario sync -Rows 1
        $seen = @(& { $what; 'anna' } | Restore-UserPhoto 2>&1)
        $seen.Count | Should -Be 2
        $seen[0].Status | Should -BeExactly 'Done'
        $seen[1].FullyQualifiedErrorId | Should -BeExactly 'InputInvalid,Restore-UserPhoto'
        "$($seen[1])" | Should -Match $Text
    }
    It 'a row without its run, one of another run, and half a run' {
        $row = New-Change r1
        $cut = New-Change r1
        $cut.PSObject.Properties.Remove('RunId')
        foreach ($case in @(
                @{ Call = { $cut | Restore-UserPhoto -ErrorAction Stop }; Text = 'without the column RunId' }
                @{ Call = { New-Run r1 | Select-Object -Property RunId, User | Restore-UserPhoto -ErrorAction Stop }; Text = 'keep StartedAt' }
                @{ Call = { New-Run '' | Restore-UserPhoto -ErrorAction Stop }; Text = 'without the column RunId' }
                @{ Call = { $row | Restore-UserPhoto -RunId r2 -ErrorAction Stop }; Text = 'belongs to the run r1' }
                @{ Call = { New-Run r1 | Restore-UserPhoto -RunId r2 -ErrorAction Stop }; Text = 'belongs to the run r1' })) {
            $seen = Invoke-Fake -Scenario sync -Call $case.Call
            $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'InputInvalid,Restore-UserPhoto'
            "$($seen.Error)" | Should -Match $case.Text
            $seen.Started | Should -Be 0
        }
    }
    It 'nobody and nothing' {
        { Restore-UserPhoto -Identity @() } | Should -Throw -ErrorId 'ParameterArgumentValidationError*,Restore-UserPhoto'
        (Get-Command -Name Restore-UserPhoto).ParameterSets | Where-Object { $_.IsDefault } | ForEach-Object { $_.Name } | Should -BeExactly 'Identity'
        { Restore-UserPhoto -RunId r1 -VerifyTimeout 30 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Restore-UserPhoto'
    }
}

Describe 'What Restore-UserPhoto makes of answers' {
    BeforeAll {
        $row = ConvertTo-Json -InputObject (New-Change r1) -Compress
        $failed = '{"v":1,"type":"error","id":$ID,"code":"PhotoChangedSince","category":"invalid","message":"changed","target":"anna@corp.example","fatal":false,"remedy":"Look.","requestId":""}'
        function New-End { param([int]$Errors, [string]$Status = 'partial') '{"v":1,"type":"end","id":$ID,"status":"' + $Status + '","exitCode":3,"counts":{"result":1,"error":' + $Errors + ',"proposed":0,"done":0,"skipped":0},"summary":null}' }
        $result = '{"v":1,"type":"result","id":$ID,"kind":"change","items":[' + $row + ']}'
    }
    It 'rows are changes, and the failures of several runs come after the last row' {
        Set-Transcript -Line $result, $failed, (New-End 1)
        $seen = @((New-Run r2), (New-Run r1) | Restore-UserPhoto 2>&1)
        @($seen | ForEach-Object { if ($_ -is [System.Management.Automation.ErrorRecord]) { $_.FullyQualifiedErrorId } else { $_.PSObject.TypeNames[0] } }) -join ' ' | Should -BeExactly (
            'UserPhotoSync.PhotoChange UserPhotoSync.PhotoChange PhotoChangedSince,Restore-UserPhoto PhotoChangedSince,Restore-UserPhoto')
        @($seen[0].PSObject.Properties | ForEach-Object { $_.Name }) -join ' ' | Should -BeExactly (@($contract.types.Change | ForEach-Object { $_.name }) -join ' ')
        # Stop cuts neither a run nor what comes after it.
        $rows = [System.Collections.Generic.List[object]]::new()
        { (New-Run r2), (New-Run r1) | Restore-UserPhoto -ErrorAction Stop | ForEach-Object { $rows.Add($_) } } | Should -Throw -ErrorId 'PhotoChangedSince,Restore-UserPhoto'
        $rows.Count | Should -Be 2
    }
    It 'what ends the call ends it before the next run, and the failures are said all the same' {
        $fatal = '{"v":1,"type":"error","id":$ID,"code":"RunNotFound","category":"notFound","message":"no such run","target":"r2","fatal":true,"remedy":"See.","requestId":""}'
        Set-Transcript -Line $result, $failed, $fatal, (New-End 2 failed)
        $caught = $null
        try { $null = (New-Run r2), (New-Run r1) | Restore-UserPhoto -ErrorAction SilentlyContinue -ErrorVariable problems } catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -BeExactly 'RunNotFound,Restore-UserPhoto'
        $caught.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        @($problems | Where-Object { $_.FullyQualifiedErrorId -eq 'PhotoChangedSince,Restore-UserPhoto' }).Count | Should -Be 1
        @(Get-FakeProcess).Count | Should -Be 1
    }
    It 'Select-Object -First stops it before the next run' {
        Set-Fake -Scenario sync
        @((New-Run r2), (New-Run r1) | Restore-UserPhoto | Select-Object -First 1).Count | Should -Be 1
        @(Get-FakeProcess).Count | Should -Be 1
        @(Get-FakeProcess | Where-Object { $_.Runs }).Count | Should -Be 0
    }
}

Describe 'Get-PhotoSyncRun' {
    BeforeAll {
        function New-RunText {
            param([string]$RunId, [string]$Ended = '"2026-01-31T23:59:59.123Z"')
            '{"RunId":"' + $RunId + '","Command":"sync","StartedAt":"2026-01-31T23:58:00.000Z","EndedAt":' + $Ended + ',"Outcome":' + $(if ($Ended -eq 'null') { 'null' } else { '"Ok"' }) +
                ',"User":"CORP\\admin","Host":"h","Version":"0","Tenant":"t","Directory":"d","GraphUrl":"g","Uploads":3,"Removals":0,"Done":3,"Pending":0,"Failed":0,"Unfinished":0,"Backups":2,"Restores":null}'
        }
        $result = '{"v":1,"type":"result","id":$ID,"kind":"run","items":[' + (New-RunText r2 null) + ',' + (New-RunText r1) + ']}'
        $end = '{"v":1,"type":"end","id":$ID,"status":"ok","exitCode":0,"counts":{"result":2,"error":0,"proposed":0,"done":0,"skipped":0},"summary":null}'
    }
    BeforeEach { Set-Transcript -Line $result, $end }
    AfterEach { Disconnect-PhotoSync }

    It 'gives rows with every property of the contract, of their types, in the order in which they come' {
        $runs = @(Get-PhotoSyncRun)
        @($runs | ForEach-Object { $_.RunId }) -join ' ' | Should -BeExactly 'r2 r1'
        foreach ($run in $runs) {
            $run.PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.PhotoSyncRun'
            @($run.PSObject.Properties | ForEach-Object { $_.Name }) -join ' ' | Should -BeExactly (@($contract.types.Run | ForEach-Object { $_.name }) -join ' ')
            foreach ($field in $contract.types.Run) { if ($field.type -eq 'integer') { $run.($field.name) | Should -BeOfType [long] } }
        }
        $runs[1].EndedAt | Should -BeOfType [datetime]
        $runs[1].StartedAt.Kind | Should -Be 'Utc'
        $runs[1].StartedAt.ToString('o') | Should -BeExactly '2026-01-31T23:58:00.0000000Z'
        $null -eq $runs[0].EndedAt | Should -BeTrue
        $null -eq $runs[0].Outcome | Should -BeTrue
    }
    It 'asks for nothing but the state folder, and signs in nowhere' {
        Connect-PhotoSync -Server dc1 -AccessToken secret -StatePath $folder
        $null = Get-PhotoSyncRun
        $request = @(Get-FakeLog | Where-Object { $_.type -eq 'request' })[0]
        $request.op | Should -BeExactly 'runs.list'
        $request.secrets | Should -BeFalse
        ConvertTo-Json -InputObject $request.params -Compress | Should -BeExactly ('{"stateDir":' + (ConvertTo-Json -InputObject $folder) + '}')
        # A certificate that is not there keeps nobody from the journal.
        Connect-PhotoSync -CertificateThumbprint 0123456789ABCDEF0123456789ABCDEF01234567
        @(Get-PhotoSyncRun).Count | Should -Be 2
    }
    It 'takes the state folder of the call before -Connection, and that before the session' {
        $own, $other, $session = 'own', 'other', 'session' | ForEach-Object { [System.IO.Path]::Combine($folder, $_) }
        $connection = Connect-PhotoSync -StatePath $other -PassThru
        Connect-PhotoSync -StatePath $session
        foreach ($case in @(@{ Path = $own; Arguments = @{ StatePath = $own; Connection = $connection } }, @{ Path = $other; Arguments = @{ Connection = $connection } }, @{ Path = $session; Arguments = @{} })) {
            $arguments = $case.Arguments
            Set-Transcript -Line $result, $end
            $null = Get-PhotoSyncRun @arguments
            @(Get-FakeLog | Where-Object { $_.type -eq 'request' })[0].params.stateDir | Should -BeExactly $case.Path
        }
    }
    It '-RunId gives these, and an error for each that is not there' {
        $seen = @(Get-PhotoSyncRun -RunId R1, r9 2>&1)
        $seen[0].RunId | Should -BeExactly 'r1'
        $seen[1].FullyQualifiedErrorId | Should -BeExactly 'RunNotFound,Get-PhotoSyncRun'
        $seen[1].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $seen[1].TargetObject | Should -BeExactly 'r9'
        $seen[1].ErrorDetails.RecommendedAction | Should -Match 'Get-PhotoSyncRun'
        $seen.Count | Should -Be 2
        @(Get-PhotoSyncRun r2).Count | Should -Be 1
    }
    It 'an empty journal is nothing at all' {
        Set-Transcript -Line ($end -replace '"result":2', '"result":0')
        Get-PhotoSyncRun -ErrorVariable problems | Should -BeNullOrEmpty
        @($problems).Count | Should -Be 0
    }
    It 'rows of another kind are a fault' {
        Set-Fake -Scenario good
        { Get-PhotoSyncRun } | Should -Throw -ErrorId 'BridgeProtocol,Get-PhotoSyncRun'
        Set-Transcript -Line ($result -replace '"Uploads":3,', ''), $end
        { Get-PhotoSyncRun } | Should -Throw -ErrorId 'BridgeProtocol,Get-PhotoSyncRun'
    }
}
