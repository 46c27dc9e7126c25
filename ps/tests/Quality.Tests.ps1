# What the module promises as a whole: parameters, help, view, manifest, and what an import leaves behind.

BeforeDiscovery {
    $cmdlets = 'Connect-PhotoSync', 'Disconnect-PhotoSync', 'Get-PhotoDrift', 'Get-PhotoSyncRun', 'Restore-UserPhoto', 'Sync-UserPhoto', 'Test-PhotoSyncReadiness'
    $syncNames = 'Baseline', 'OnConflict', 'AllowDowngrade', 'RemoveOrphan', 'Grace', 'ExcludeGroup', 'First', 'PlanPath', 'MaxChange', 'MaxChangePercent', 'MaxRemove',
        'MaxShrinkPercent', 'Canary', 'IgnorePolicy', 'VerifyTimeout', 'RetentionDays', 'BackupRecipient', 'PassThru'
    $restoreNames = 'Force', 'IdentityFilePath', 'VerifyTimeout', 'BackupRecipient'
}

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'FakeBridge.ps1'))
    Import-TestModule
    $contractPath = [System.IO.Path]::Combine($repository, 'bridge', 'contract.json')
    $contract = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($contractPath))
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters

    function Get-ParameterName([string]$Cmdlet, [string]$Set) {
        $command = Get-Command -Name $Cmdlet
        foreach ($parameter in $command.Parameters.Values) {
            if ($parameter.Name -in $common) { continue }
            if ($Set -and -not $parameter.ParameterSets.ContainsKey($Set)) { continue }
            $parameter.Name
        }
    }
    $connectionNames = 'Server', 'Credential', 'AuthType', 'CACertificatePath', 'TenantId', 'ClientId', 'CertificateThumbprint',
        'CertificateFilePath', 'CertificatePassword', 'ClientSecretCredential', 'ManagedIdentity', 'ManagedIdentityAccountId', 'AccessToken',
        'UseDeviceCode', 'Environment', 'GraphUrl', 'StatePath'
}

AfterAll {
    Clear-Fake
    Remove-Module -Name UserPhotoSync -ErrorAction SilentlyContinue
}

Describe 'The module' {
    It 'exports its functions and nothing else' {
        $module = Get-Module -Name UserPhotoSync
        @($module.ExportedCommands.Keys | Sort-Object) | Should -Be 'Connect-PhotoSync', 'Disconnect-PhotoSync', 'Get-PhotoDrift', 'Get-PhotoSyncRun', 'Restore-UserPhoto', 'Sync-UserPhoto', 'Test-PhotoSyncReadiness'
        $module.ExportedVariables.Count | Should -Be 0
        $module.ExportedAliases.Count | Should -Be 0
    }
    It 'an import says nothing, leaves no error, starts nothing' {
        Set-Fake -Scenario good
        Remove-Module -Name UserPhotoSync
        $global:Error.Clear()
        @(Import-Module -Name $modulePath *>&1).Count | Should -Be 0
        $global:Error.Count | Should -Be 0
        @(Get-FakeProcess).Count | Should -Be 0
        Import-TestModule
    }
    It 'a constrained session is told why it cannot have it' {
        $shell = [powershell]::Create()
        try {
            $shell.Runspace.SessionStateProxy.LanguageMode = 'ConstrainedLanguage'
            [void]$shell.AddCommand('Import-Module').AddParameter('Name', $modulePath)
            $text = ''
            try { [void]$shell.Invoke() } catch { $text = "$_" }
            "$text $($shell.Streams.Error)" | Should -Match 'FullLanguage'
        } finally {
            $shell.Dispose()
        }
    }
    It 'has files of ASCII only, and short paths' {
        foreach ($file in [System.IO.Directory]::GetFiles($modulePath)) {
            [System.IO.File]::ReadAllText($file) | Should -Not -Match '[^\x00-\x7F]'
        }
        foreach ($file in [System.IO.Directory]::GetFiles($modulePath, '*', 'AllDirectories')) {
            ($file.Length - $modulePath.Length) | Should -BeLessThan 120
        }
    }
    It 'knows every category of the contract' {
        $table = & (Get-Module -Name UserPhotoSync) { $script:CategoryTable }
        @($table.Keys | Sort-Object) | Should -Be @($contract.categories | Sort-Object)
        foreach ($category in $table.Values) { { [System.Management.Automation.ErrorCategory]$category } | Should -Not -Throw }
    }
}

Describe 'Parameters' {
    It '<_> takes the settings of a connection, by these names and aliases' -ForEach 'Connect-PhotoSync', 'Get-PhotoDrift', 'Restore-UserPhoto', 'Sync-UserPhoto', 'Test-PhotoSyncReadiness' {
        $names = Get-ParameterName $_
        foreach ($name in $connectionNames) { $names | Should -Contain $name }
        (Get-Command -Name $_).Parameters['TenantId'].Aliases | Should -Contain 'Organization'
        (Get-Command -Name $_).Parameters['ClientId'].Aliases | Should -Contain 'AppId'
    }
    It 'Connect-PhotoSync and Disconnect-PhotoSync have no others' {
        @(Get-ParameterName Connect-PhotoSync | Sort-Object) | Should -Be @($connectionNames + 'PassThru' | Sort-Object)
        Get-ParameterName Disconnect-PhotoSync | Should -BeNullOrEmpty
    }
    It '<Cmdlet>, set <Set>' -ForEach @(
        @{ Cmdlet = 'Get-PhotoDrift'; Set = 'Scope'; Own = 'SearchBase', 'SearchScope', 'LDAPFilter', 'All', 'Status' }
        @{ Cmdlet = 'Get-PhotoDrift'; Set = 'Identity'; Own = 'Identity', 'All', 'Status' }
        @{ Cmdlet = 'Get-PhotoDrift'; Set = 'InputObject'; Own = 'InputObject', 'All', 'Status' }
        @{ Cmdlet = 'Sync-UserPhoto'; Set = 'Scope'; Own = @('SearchBase', 'SearchScope', 'LDAPFilter') + $syncNames }
        @{ Cmdlet = 'Sync-UserPhoto'; Set = 'Identity'; Own = @('Identity') + $syncNames }
        @{ Cmdlet = 'Sync-UserPhoto'; Set = 'InputObject'; Own = @('InputObject') + $syncNames }
        @{ Cmdlet = 'Sync-UserPhoto'; Set = 'Plan'; Own = @('MaxAge') + $syncNames }
        @{ Cmdlet = 'Restore-UserPhoto'; Set = 'Identity'; Own = @('Identity') + $restoreNames }
        @{ Cmdlet = 'Restore-UserPhoto'; Set = 'Run'; Own = @('Identity', 'RunId') + $restoreNames }
        @{ Cmdlet = 'Restore-UserPhoto'; Set = 'InputObject'; Own = @('InputObject', 'RunId') + $restoreNames }
        @{ Cmdlet = 'Test-PhotoSyncReadiness'; Set = '__AllParameterSets'; Own = 'Identity', 'WriteProbe' }
    ) {
        $names = foreach ($parameter in (Get-Command -Name $Cmdlet).ParameterSets) {
            if ($parameter.Name -eq $Set) { $parameter.Parameters | ForEach-Object Name | Where-Object { $_ -notin $common } }
        }
        @($names | Sort-Object) | Should -Be @($connectionNames + $Own + 'ThrottleLimit', 'Connection' | Sort-Object)
    }
    It '-Status, -Baseline and -OnConflict take the closed lists of the contract' {
        $attribute = { param($cmdlet, $name) (Get-Command -Name $cmdlet).Parameters[$name].Attributes | Where-Object { $_ -is [ValidateSet] } }
        (& $attribute Get-PhotoDrift Status).ValidValues | Should -Be $contract.lists.Status.values
        (& $attribute Sync-UserPhoto Baseline).ValidValues | Should -Be $contract.lists.Baseline.values
        (& $attribute Sync-UserPhoto OnConflict).ValidValues | Should -Be $contract.lists.OnConflict.values
    }
    It 'every parameter that is sent is one of the operation' {
        Set-Fake -Scenario good
        $null = Get-PhotoDrift -SearchBase a -SearchScope One -LDAPFilter b -All -Status InSync -Server s -AuthType Basic -TenantId t -ClientId c -Environment Global -GraphUrl u -ThrottleLimit 3
        $sent = @(Get-FakeLog | Where-Object { $_.type -eq 'request' })[0].params.PSObject.Properties.Name
        $known = ($contract.operations | Where-Object { $_.name -eq 'drift.get' }).parameters.name
        foreach ($name in $sent) { $known | Should -Contain $name }
        $sent.Count | Should -Be 12

        Set-Fake -Scenario sync
        $null = Sync-UserPhoto -Server s -StatePath . -PassThru -Baseline Cloud -MaxChange 1 -MaxChangePercent 2 -Confirm:$false
        $sent = @(Get-FakeLog | Where-Object { $_.type -eq 'request' })[-1].params.PSObject.Properties.Name
        $known = ($contract.operations | Where-Object { $_.name -eq 'photo.sync' }).parameters.name
        foreach ($name in $sent) { $known | Should -Contain $name }
        $sent.Count | Should -Be 6

        $null = Restore-UserPhoto -RunId r anna -Force -IdentityFilePath i -VerifyTimeout 0:1 -BackupRecipient age1x -Server s -StatePath . -ThrottleLimit 2
        $sent = @(Get-FakeLog | Where-Object { $_.type -eq 'request' })[-1].params.PSObject.Properties.Name
        $known = ($contract.operations | Where-Object { $_.name -eq 'photo.restore' }).parameters.name
        foreach ($name in $sent) { $known | Should -Contain $name }
        $sent.Count | Should -Be 9

        Set-Fake -Scenario check
        $null = Test-PhotoSyncReadiness anna -WriteProbe probe@corp.example -Server s -UseDeviceCode -ThrottleLimit 2
        $sent = @(Get-FakeLog | Where-Object { $_.type -eq 'request' })[-1].params.PSObject.Properties.Name
        $known = ($contract.operations | Where-Object { $_.name -eq 'readiness.check' }).parameters.name
        foreach ($name in $sent) { $known | Should -Contain $name }
        $sent.Count | Should -Be 5
    }
    It 'an empty name is refused' {
        { Get-PhotoDrift -Identity '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        { Sync-UserPhoto -Identity $null } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        { Test-PhotoSyncReadiness -Identity '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        { Test-PhotoSyncReadiness -WriteProbe '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        { Restore-UserPhoto -Identity '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        { Restore-UserPhoto -RunId '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        { Get-PhotoSyncRun -RunId '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        { Sync-UserPhoto -MaxChange -1 } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }
}

Describe 'Help of <_>' -ForEach $cmdlets {
    BeforeAll {
        $name = $_
        $help = Get-Help -Name $name -Full
    }
    It 'says what it does' {
        $help.Synopsis | Should -Match '^[A-Z].+\.$'
        ($help.description | Out-String).Trim().Length | Should -BeGreaterThan 100
    }
    It 'describes every parameter' {
        $described = @{}
        if ($help.parameters -and $help.parameters.PSObject.Properties['parameter']) {
            foreach ($parameter in $help.parameters.parameter) {
                if ($parameter.PSObject.Properties['description']) { $described[$parameter.name] = ($parameter.description | Out-String).Trim() }
            }
        }
        foreach ($parameter in Get-ParameterName $name) { $described[$parameter] | Should -Not -BeNullOrEmpty -Because "-$parameter needs a text" }
    }
    It 'has examples that parse and that name only parameters there are' {
        $examples = @($help.examples.example)
        $examples.Count | Should -BeGreaterThan 1
        foreach ($example in $examples) {
            $problems = $null
            $ast = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref]$null, [ref]$problems)
            $problems | Should -BeNullOrEmpty
            foreach ($command in $ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                $known = Get-Command -Name $command.GetCommandName() -Module UserPhotoSync -ErrorAction SilentlyContinue
                if (-not $known) { continue }
                foreach ($element in $command.CommandElements) {
                    if ($element -isnot [System.Management.Automation.Language.CommandParameterAst]) { continue }
                    $known.Parameters.Keys | Should -Contain $element.ParameterName
                }
            }
        }
    }
}

Describe 'What is shown' {
    BeforeAll {
        Set-Fake -Scenario good
        $rows = @(Get-PhotoDrift)
    }
    It 'a row has every property of the contract in its order, and its type' {
        $rows[0].PSObject.Properties.Name | Should -Be $contract.types.Row.name
        $rows[0].PSObject.TypeNames[0] | Should -Be 'UserPhotoSync.PhotoDrift'
    }
    It 'the table has a mark for every status' {
        $marks = foreach ($status in $contract.lists.Status.values) {
            $row = $rows[0].PSObject.Copy()
            $row.Status = $status
            $line = @(($row | Format-Table | Out-String -Width 120).Split("`n") | Where-Object { $_ -match $status })
            $line.Count | Should -Be 1
            # ? stands for what the view does not know, too.
            if ($status -notin 'Ambiguous', 'Unknown') { $line[0].Substring(0, 1) | Should -Match '[=!+.ox-]' }
            $line[0].Substring(0, 1)
        }
        $marks.Count | Should -Be $contract.lists.Status.values.Count
        foreach ($mark in $marks) { $mark | Should -Match '[=!+.o?x-]' }
    }
    It 'the list shows every property' {
        $text = $rows[0] | Format-List | Out-String -Width 300
        foreach ($name in $contract.types.Row.name) { $text | Should -Match "(?m)^$name\s*:" }
    }
    It 'the table of changes has a mark for every status' {
        foreach ($status in $contract.lists.ChangeStatus.values) {
            $row = [pscustomobject]@{ PSTypeName = 'UserPhotoSync.PhotoChange'; Status = $status; Action = 'Upload'; Reason = $null
                UserPrincipalName = 'a@b'; ErrorCode = $null }
            ($row | Format-Table | Out-String -Width 120) | Should -Match "(?m)^[=~x+-] $status +Upload"
        }
    }
    It 'the table of changes cuts no reason and no action off' {
        foreach ($reason in $contract.lists.Reason.values) {
            $row = [pscustomobject]@{ PSTypeName = 'UserPhotoSync.PhotoChange'; Status = 'WouldChange'; Action = 'Remove'; Reason = $reason
                UserPrincipalName = 'anna.mueller@corp.example'; ErrorCode = 'PhotoChangedSince' }
            ($row | Format-Table | Out-String -Width 120) | Should -Match "(?m)^\+ WouldChange +Remove +$reason +anna\.mueller@corp\.example +PhotoChangedSince"
        }
    }
    It 'the table of runs has a mark for every outcome, and one for none' {
        foreach ($outcome in @($contract.lists.Outcome.values) + $null) {
            $row = [pscustomobject]@{ PSTypeName = 'UserPhotoSync.PhotoSyncRun'; RunId = '019c15e3-7a40-7b3e-9d52-4f0c8a1e6b77'; Command = 'restore'
                StartedAt = [datetime]::new(2026, 1, 31, 23, 59, 59, [System.DateTimeKind]::Utc); Outcome = $outcome; Done = 12; Pending = 0; Failed = 3; User = 'CORP\svc-photosync' }
            $text = $row | Out-String -Width 120
            $mark = if ($outcome) { '[=!x-]' } else { '\?' }
            $text | Should -Match "(?m)^$mark 2026-01-31 23:59:59Z restore +$outcome +12 +0 +3 CORP\\svc-photosync +019c15e3-7a40-7b3e-9d52-4f0c8a1e6b77"
        }
    }
    It 'the table of checks has a mark for every status, all of the evidence, and the remedy below it where there is one' {
        foreach ($status in $contract.lists.CheckStatus.values) {
            $row = [pscustomobject]@{ PSTypeName = 'UserPhotoSync.PhotoSyncCheck'; Check = 'SignIn'; Status = $status; Evidence = ('seen ' * 30) + 'end'
                Remedy = $null; ErrorCode = $null; RequestId = $null }
            $text = $row | Out-String -Width 80
            $text | Should -Match "(?m)^[=!x?] SignIn +$status +seen seen"
            $text | Should -Match '\bend\b'
            $text | Should -Not -Match '->'
            $row.Remedy = 'Do it.'
            ($row | Out-String -Width 80) | Should -Match '(?m)^ +-> Do it\.'
        }
    }
}
