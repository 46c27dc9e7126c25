# The module against the public contract: what it is called, what it takes, what it says of itself. No lab is needed.

BeforeDiscovery {
    $commands = @('Connect-PhotoSync', 'Disconnect-PhotoSync', 'Get-PhotoDrift', 'Get-PhotoSyncRun', 'Restore-UserPhoto', 'Sync-UserPhoto', 'Test-PhotoSyncReadiness')

    # Name, type, and then only what differs from a named, optional parameter of all sets: set, position, mandatory, pipe.
    $connection = @(
        'Server String', 'Credential PSCredential', 'AuthType String', 'CACertificatePath String', 'TenantId=Organization String',
        'ClientId=AppId String', 'CertificateThumbprint String', 'CertificateFilePath String', 'CertificatePassword SecureString',
        'ClientSecretCredential PSCredential', 'ManagedIdentity SwitchParameter', 'ManagedIdentityAccountId String', 'AccessToken Object',
        'UseDeviceCode SwitchParameter', 'Environment String', 'GraphUrl String', 'StatePath String'
    )
    $people = @(
        'Identity String[] Identity position 0 mandatory', 'InputObject Object InputObject mandatory pipe',
        'SearchBase String Scope', 'SearchScope String Scope', 'LDAPFilter String Scope'
    )
    $sync = @(
        'Baseline String', 'OnConflict String', 'AllowDowngrade SwitchParameter', 'RemoveOrphan SwitchParameter', 'Grace TimeSpan', 'ExcludeGroup String[]',
        'First Int32', 'PlanPath String Identity', 'PlanPath String InputObject', 'PlanPath String Scope', 'PlanPath String Plan mandatory', 'MaxAge TimeSpan Plan',
        'MaxChange Int32', 'MaxChangePercent Int32', 'MaxRemove Int32', 'MaxShrinkPercent Int32', 'Canary String', 'IgnorePolicy SwitchParameter',
        'VerifyTimeout TimeSpan', 'RetentionDays Int32', 'BackupRecipient String', 'PassThru SwitchParameter', 'ThrottleLimit Int32', 'Connection Object'
    )
    $restore = @(
        'Identity String[] Identity position 0 mandatory', 'Identity String[] Run position 0', 'InputObject Object InputObject mandatory pipe',
        'RunId String Run mandatory', 'RunId String InputObject', 'Force SwitchParameter', 'IdentityFilePath String', 'VerifyTimeout TimeSpan',
        'BackupRecipient String', 'ThrottleLimit Int32', 'Connection Object'
    )
    $signatures = @(
        @{ Command = 'Connect-PhotoSync'; Default = ''; WhatIf = $false; Expected = $connection + 'PassThru SwitchParameter' }
        @{ Command = 'Disconnect-PhotoSync'; Default = ''; WhatIf = $false; Expected = @() }
        @{ Command = 'Get-PhotoDrift'; Default = 'Scope'; WhatIf = $false
            Expected = $people + 'All SwitchParameter' + 'Status String[]' + 'ThrottleLimit Int32' + 'Connection Object' + $connection }
        @{ Command = 'Sync-UserPhoto'; Default = 'Scope'; WhatIf = $true
            Expected = $people + $sync + $connection }
        @{ Command = 'Restore-UserPhoto'; Default = 'Identity'; WhatIf = $true; Expected = $restore + $connection }
        @{ Command = 'Get-PhotoSyncRun'; Default = ''; WhatIf = $false; Expected = @('RunId String[] position 0', 'Connection Object', 'StatePath String') }
        @{ Command = 'Test-PhotoSyncReadiness'; Default = ''; WhatIf = $true
            Expected = @('Identity String position 0', 'WriteProbe String', 'ThrottleLimit Int32', 'Connection Object') + $connection }
    )
}

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'Lab.ps1'))
    Import-Module -Name $modulePath -Force
    $contract = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText([System.IO.Path]::Combine($repository, 'bridge', 'contract.json')))
    $version = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($repository, 'bridge', 'version.txt')).Trim()
    $manifestPath = [System.IO.Path]::Combine($modulePath, 'UserPhotoSync.psd1')
    $manifest = Import-PowerShellDataFile -Path $manifestPath
    $exported = @(Get-Command -Module UserPhotoSync | Sort-Object -Property Name)
    $names = 'Connect-PhotoSync', 'Disconnect-PhotoSync', 'Get-PhotoDrift', 'Get-PhotoSyncRun', 'Restore-UserPhoto', 'Sync-UserPhoto', 'Test-PhotoSyncReadiness'

    # What every advanced function has; -ProgressAction is newer than 5.1.
    $common = @([System.Management.Automation.Cmdlet]::CommonParameters) + @([System.Management.Automation.Cmdlet]::OptionalCommonParameters) + 'ProgressAction'

    function Get-OwnParameter {
        param([string]$Command)
        @((Get-Command -Name $Command -Module UserPhotoSync).Parameters.Values | Where-Object { $_.Name -notin $common })
    }

    function Get-Signature {
        # A parameter in the words of the table above, once for each set.
        param([System.Management.Automation.ParameterMetadata]$Parameter)
        $name = (@($Parameter.Name) + $Parameter.Aliases) -join '='
        foreach ($set in $Parameter.ParameterSets.Keys) {
            $in = $Parameter.ParameterSets[$set]
            $words = @($name, $Parameter.ParameterType.Name)
            if ($set -ne '__AllParameterSets') { $words += $set }
            if ($in.Position -ge 0) { $words += "position $($in.Position)" }
            if ($in.IsMandatory) { $words += 'mandatory' }
            if ($in.ValueFromPipeline) { $words += 'pipe' }
            if ($in.ValueFromPipelineByPropertyName) { $words += 'property' }
            if ($in.ValueFromRemainingArguments) { $words += 'rest' }
            $words -join ' '
        }
    }

    function Get-ValueSet {
        param([string]$Command, [string]$Name)
        foreach ($attribute in (Get-Command -Name $Command -Module UserPhotoSync).Parameters[$Name].Attributes) {
            if ($attribute -is [System.Management.Automation.ValidateSetAttribute]) { $attribute.ValidValues }
        }
    }

    function Get-List {
        param([string]$Name)
        @($contract.lists.$Name.values)
    }

    # Which parameters of a cmdlet a parameter of the protocol comes from.
    $cmdletOf = @{
        'drift.get' = 'Get-PhotoDrift'; 'photo.sync' = 'Sync-UserPhoto'; 'photo.restore' = 'Restore-UserPhoto'; 'runs.list' = 'Get-PhotoSyncRun'
        'readiness.check' = 'Test-PhotoSyncReadiness'
    }
    $fromCmdlet = @{
        server = 'Server'; ldapAuth = 'AuthType'; ldapUser = 'Credential'; caFile = 'CACertificatePath'; tenant = 'TenantId'; clientId = 'ClientId'
        auth = 'ClientSecretCredential', 'CertificateThumbprint', 'CertificateFilePath', 'ManagedIdentity', 'AccessToken', 'UseDeviceCode'
        certificateFile = 'CertificateFilePath'; certificate = 'CertificateThumbprint'; concurrency = 'ThrottleLimit'
        writeProbe = 'WriteProbe'
        environment = 'Environment'; graphUrl = 'GraphUrl'; stateDir = 'StatePath'; people = 'Identity', 'InputObject'
        searchBase = 'SearchBase'; searchScope = 'SearchScope'; ldapFilter = 'LDAPFilter'; all = 'All'; statuses = 'Status'
        passThru = 'PassThru'; baseline = 'Baseline'; maxChange = 'MaxChange'; maxChangePercent = 'MaxChangePercent'
        onConflict = 'OnConflict'; maxRemove = 'MaxRemove'; maxShrinkPercent = 'MaxShrinkPercent'; canary = 'Canary'; ignorePolicy = 'IgnorePolicy'
        first = 'First'; excludeGroups = 'ExcludeGroup'; removeOrphans = 'RemoveOrphan'; graceSeconds = 'Grace'; allowDowngrade = 'AllowDowngrade'
        planPath = 'PlanPath'; maxAgeSeconds = 'MaxAge'; verifySeconds = 'VerifyTimeout'; retentionDays = 'RetentionDays'; backupRecipient = 'BackupRecipient'
        runId = 'RunId'; force = 'Force'; identityFile = 'IdentityFilePath'
        'readiness.check canary' = 'Identity'
    }

    function Get-CmdletParameter {
        # The parameters of its cmdlet that a parameter of an operation comes from.
        param([string]$Operation, [string]$Parameter)
        if ($fromCmdlet.ContainsKey("$Operation $Parameter")) { return $fromCmdlet["$Operation $Parameter"] }
        $fromCmdlet[$Parameter]
    }
}

Describe 'Commands' {
    It 'are these, and all of them functions' {
        ($exported | ForEach-Object { "$($_.CommandType) $($_.Name)" }) -join ', ' |
            Should -BeExactly (@($names | ForEach-Object { "Function $_" }) -join ', ')
    }

    It '<Command> takes exactly what the contract says' -TestCases $signatures {
        param($Command, $Default, $WhatIf, $Expected)
        $seen = @(Get-OwnParameter -Command $Command | ForEach-Object { Get-Signature -Parameter $_ } | Sort-Object)
        $seen -join "`n" | Should -BeExactly (@($Expected | Sort-Object) -join "`n")
        $found = Get-Command -Name $Command -Module UserPhotoSync
        $found.CmdletBinding | Should -BeTrue
        "$($found.DefaultParameterSet)" | Should -BeExactly $Default
        $found.Parameters.ContainsKey('WhatIf') | Should -Be $WhatIf
        $found.Parameters.ContainsKey('Confirm') | Should -Be $WhatIf
    }

    It '<_> says its output type' -TestCases 'Get-PhotoDrift', 'Get-PhotoSyncRun', 'Restore-UserPhoto', 'Sync-UserPhoto', 'Test-PhotoSyncReadiness' {
        $expected = @{
            'Get-PhotoDrift' = 'UserPhotoSync.PhotoDrift'; 'Sync-UserPhoto' = 'UserPhotoSync.PhotoChange'; 'Restore-UserPhoto' = 'UserPhotoSync.PhotoChange'
            'Get-PhotoSyncRun' = 'UserPhotoSync.PhotoSyncRun'
            'Test-PhotoSyncReadiness' = 'UserPhotoSync.PhotoSyncCheck'
        }
        @((Get-Command -Name $_ -Module UserPhotoSync).OutputType | ForEach-Object { $_.Name }) -join ' ' | Should -BeExactly $expected[$_]
    }

    It 'every operation of contract.json has a cmdlet, and every parameter of it one of the cmdlet' {
        foreach ($operation in $contract.operations) {
            $cmdletOf.Keys | Should -Contain $operation.name
            $own = @(Get-OwnParameter -Command $cmdletOf[$operation.name] | ForEach-Object { $_.Name })
            foreach ($parameter in $operation.parameters) {
                $fromCmdlet.Keys | Should -Contain $parameter.name -Because "$($operation.name) has it"
                $sources = Get-CmdletParameter -Operation $operation.name -Parameter $parameter.name
                foreach ($name in $sources) { $own | Should -Contain $name -Because "$($operation.name) has $($parameter.name)" }
                if ($parameter.PSObject.Properties['values'] -and $parameter.values) {
                    @(Get-ValueSet -Command $cmdletOf[$operation.name] -Name $sources) -join ' ' | Should -BeExactly (@($parameter.values) -join ' ')
                }
            }
        }
    }

    It 'every parameter of a cmdlet comes from one of the operation' {
        $local = 'Connection', 'CertificatePassword', 'ManagedIdentityAccountId'   # settings, a secret, a clientId
        foreach ($operation in $contract.operations) {
            $reached = @($operation.parameters | ForEach-Object { Get-CmdletParameter -Operation $operation.name -Parameter $_.name }) + $local
            foreach ($parameter in Get-OwnParameter -Command $cmdletOf[$operation.name]) { $reached | Should -Contain $parameter.Name }
        }
    }

    It 'every parameter in the words for cmdlets is one' {
        $known = @('WhatIf', 'Confirm') + @($exported | ForEach-Object { Get-OwnParameter -Command $_.Name } | ForEach-Object { $_.Name })
        foreach ($word in $contract.words) {
            foreach ($match in [regex]::Matches($word.cmdlet, '(?<![\w-])-([A-Za-z]\w*)')) {
                $known | Should -Contain $match.Groups[1].Value -Because "$($word.flag) is said as $($word.cmdlet)"
            }
        }
    }

    It 'remedies name no parameter that is not there' {
        # A remedy is said in the words of the cmdlets; "-SearchBase" in one must exist then.
        $known = @('WhatIf', 'Confirm', 'LDAPFilter') + @($exported | ForEach-Object { Get-OwnParameter -Command $_.Name } | ForEach-Object { $_.Name })
        foreach ($entry in $contract.errors) {
            foreach ($match in [regex]::Matches($entry.remedy, '(?<![\w-])-([A-Z]\w*)')) { $known | Should -Contain $match.Groups[1].Value -Because $entry.code }
        }
    }

    It 'closed lists in ValidateSet are those of contract.json' {
        @(Get-ValueSet -Command Get-PhotoDrift -Name Status) -join ' ' | Should -BeExactly ((Get-List -Name Status) -join ' ')
        @(Get-ValueSet -Command Sync-UserPhoto -Name Baseline) -join ' ' | Should -BeExactly ((Get-List -Name Baseline) -join ' ')
        @(Get-ValueSet -Command Sync-UserPhoto -Name OnConflict) -join ' ' | Should -BeExactly ((Get-List -Name OnConflict) -join ' ')
        foreach ($command in 'Connect-PhotoSync', 'Get-PhotoDrift', 'Restore-UserPhoto', 'Sync-UserPhoto', 'Test-PhotoSyncReadiness') {
            @(Get-ValueSet -Command $command -Name Environment) -join ' ' | Should -BeExactly 'Global USGov USGovDoD China'
            @(Get-ValueSet -Command $command -Name AuthType) -join ' ' | Should -BeExactly 'Basic Negotiate'
        }
        foreach ($command in 'Get-PhotoDrift', 'Sync-UserPhoto') {
            $scopes = @(Get-ValueSet -Command $command -Name SearchScope)
            foreach ($scope in 'Base', 'One', 'Sub') { $scopes | Should -Contain $scope }
        }
    }
}

Describe 'Errors' {
    It 'every category of contract.json has one of PowerShell, and there is no other' {
        $table = & (Get-Module -Name UserPhotoSync) { $script:CategoryTable }
        @($table.Keys | Sort-Object) -join ' ' | Should -BeExactly (@($contract.categories | Sort-Object) -join ' ')
        foreach ($category in $table.Values) { [System.Enum]::GetNames([System.Management.Automation.ErrorCategory]) | Should -Contain $category }
    }

    It 'every code that the module raises itself is in contract.json, and it knows category and remedy' {
        $tokens = $problems = $null
        $ast = [System.Management.Automation.Language.Parser]::ParseFile([System.IO.Path]::Combine($modulePath, 'UserPhotoSync.psm1'), [ref]$tokens, [ref]$problems)
        $codes = [System.Collections.Generic.HashSet[string]]::new()
        foreach ($call in $ast.FindAll({ param($node) $node -is [System.Management.Automation.Language.CommandAst] -and $node.GetCommandName() -eq 'New-BridgeError' }, $true)) {
            for ($i = 1; $i -lt $call.CommandElements.Count - 1; $i++) {
                $element = $call.CommandElements[$i]
                if ($element -isnot [System.Management.Automation.Language.CommandParameterAst] -or $element.ParameterName -ne 'Code') { continue }
                $call.CommandElements[$i + 1] | Should -BeOfType [System.Management.Automation.Language.StringConstantExpressionAst]
                [void]$codes.Add($call.CommandElements[$i + 1].Value)
            }
        }
        foreach ($table in $ast.FindAll({ param($node) $node -is [System.Management.Automation.Language.HashtableAst] }, $true)) {
            foreach ($pair in $table.KeyValuePairs) {
                if ($pair.Item1.Extent.Text -ne 'Code') { continue }
                $text = $pair.Item2.Extent.Text
                if ($text -match "^'(\w+)'$") { [void]$codes.Add($Matches[1]) }
            }
        }
        $codes.Count | Should -BeGreaterThan 8
        $catalogue = & (Get-Module -Name UserPhotoSync) { $script:ErrorCatalogue }
        foreach ($code in $codes) {
            $entry = @($contract.errors | Where-Object { $_.code -ceq $code })
            $entry.Count | Should -Be 1 -Because "the module raises $code"
            $catalogue.Keys | Should -Contain $code
            $catalogue[$code].Category | Should -BeExactly $entry[0].category
            $catalogue[$code].Remedy | Should -BeExactly $entry[0].remedy
        }
    }
}

Describe 'The folder of the module' {
    It 'has one version: of module and binary' {
        $said = $manifest.ModuleVersion
        if ($manifest.PrivateData.PSData['Prerelease']) { $said += "-$($manifest.PrivateData.PSData.Prerelease)" }
        $said | Should -BeExactly $version
        $lines = & (Get-ModuleBinary) version
        "$lines" | Should -Match "(^|\s)v?$([regex]::Escape($version))(\s|$)"
    }

    It 'has a valid manifest' {
        $info = Test-ModuleManifest -Path $manifestPath
        $info.Name | Should -BeExactly 'UserPhotoSync'
        $info.PowerShellVersion.ToString() | Should -BeExactly '5.1'
        @($manifest.CompatiblePSEditions) -join ' ' | Should -BeExactly 'Desktop Core'
        foreach ($key in 'GUID', 'Author', 'Description', 'Copyright') { $manifest[$key] | Should -Not -BeNullOrEmpty }
    }

    It 'exports by name, without wildcards' {
        @($manifest.FunctionsToExport | Sort-Object) -join ' ' | Should -BeExactly (@($exported | ForEach-Object { $_.Name }) -join ' ')
        foreach ($key in 'CmdletsToExport', 'VariablesToExport', 'AliasesToExport') {
            $manifest.ContainsKey($key) | Should -BeTrue -Because "without $key everything is exported"
            @($manifest[$key]).Count | Should -Be 0
        }
        [System.IO.File]::ReadAllText($manifestPath) | Should -Not -Match '\*'
    }

    It 'names the hash of every binary, and of no other' {
        $names = @()
        foreach ($file in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($modulePath, 'bin'), '*', 'AllDirectories')) {
            $platform = [System.IO.Path]::GetFileName([System.IO.Path]::GetDirectoryName($file))
            $names += $platform
            $manifest.PrivateData.NativeHashes[$platform] | Should -Be (Get-FileHash -LiteralPath $file -Algorithm SHA256).Hash
        }
        @($manifest.PrivateData.NativeHashes.Keys | Sort-Object) -join ' ' | Should -BeExactly (@($names | Sort-Object) -join ' ')
    }

    It 'has no path of 140 characters or more, for the systems that have a limit' {
        foreach ($file in [System.IO.Directory]::GetFiles($modulePath, '*', 'AllDirectories')) {
            "UserPhotoSync/$version/$($file.Substring($modulePath.Length + 1))".Length | Should -BeLessThan 140
        }
    }

    It 'has script files in pure ASCII' {
        foreach ($file in [System.IO.Directory]::GetFiles($modulePath, '*.ps*1*')) { [System.IO.File]::ReadAllText($file) -match '[^\x00-\x7f]' | Should -BeFalse -Because $file }
    }
}

Describe 'Import' {
    It 'has no effect but its functions' {
        $script = @"
Set-StrictMode -Version Latest
`$null = (Get-Module), (Get-Alias), (Get-Command -CommandType Function)
function Get-State {
    @(Get-Variable -Scope Global | Where-Object { `$_.Name -notin 'before', 'after', 'output', '?', '^', '`$', 'Error', 'StackTrace', 'PWD' } | ForEach-Object { "variable `$(`$_.Name)=`$(if (`$_.Name -like '*Preference') { `$_.Value })" }) +
        @(Get-Alias | ForEach-Object { "alias `$(`$_.Name)" }) +
        @(Get-Command -CommandType Function | ForEach-Object { "function `$(`$_.Name)" }) +
        @([System.Environment]::GetEnvironmentVariables().GetEnumerator() | ForEach-Object { "environment `$(`$_.Key)=`$(`$_.Value)" }) +
        @(Get-Location | ForEach-Object { "location `$_" })
}
`$before = `$after = `$null
`$before = Get-State
`$output = @(Import-Module -Name '$($modulePath.Replace("'", "''"))' *>&1)
`$after = Get-State
"errors `$(`$Error.Count)"
"output `$(`$output.Count)"
`$known = [System.Collections.Generic.HashSet[string]]::new([string[]]`$before)
`$after | Where-Object { -not `$known.Contains(`$_) -and `$_ -notlike 'environment PSModulePath=*' } | Sort-Object
`$now = [System.Collections.Generic.HashSet[string]]::new([string[]]`$after)
`$before | Where-Object { -not `$now.Contains(`$_) } | ForEach-Object { "gone `$_" }
"@
        $child = Invoke-Child -Script $script
        $child.Errors | Should -BeNullOrEmpty
        @($child.Output -split '\r?\n' | Where-Object { $_ }) -join '; ' | Should -BeExactly (
            "errors 0; output 0; $(@($names | ForEach-Object { "function $_" }) -join '; ')")
    }
}

Describe 'Help' {
    It '<_> is complete' -TestCases $commands {
        $help = Get-Help -Name $_ -Full
        "$($help.Synopsis)".Trim() | Should -Not -BeNullOrEmpty
        "$($help.Synopsis)" | Should -Not -Match "^\s*$_ \[" -Because 'that would be the syntax, for want of a synopsis'
        (@($help.description | ForEach-Object { $_.Text }) -join "`n").Trim() | Should -Not -BeNullOrEmpty
        $examples = @($help.examples.example)
        $examples.Count | Should -BeGreaterThan 0
        foreach ($example in $examples) {
            $tokens = $problems = $null
            $null = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref]$tokens, [ref]$problems)
            $problems | Should -BeNullOrEmpty -Because $example.code
            $example.code | Should -Match '\S'
            (@($example.remarks | ForEach-Object { $_.Text }) -join '').Trim() | Should -Not -BeNullOrEmpty -Because $example.code
        }
        foreach ($parameter in Get-OwnParameter -Command $_) {
            $text = @($help.parameters.parameter | Where-Object { $_.name -eq $parameter.Name } | ForEach-Object { $_.description } | ForEach-Object { $_.Text }) -join ''
            $text.Trim() | Should -Not -BeNullOrEmpty -Because "-$($parameter.Name) has to be described"
        }
        @($help.returnValues).Count | Should -BeGreaterThan 0
    }

    It 'says the same of the same parameter everywhere' {
        # Connection parameters are described many times; a copy that was forgotten would lie.
        $texts = @{}
        # Of a cmdlet that means something else by the name: who is read as a trial, what is to be undone, which are listed.
        $special = 'Test-PhotoSyncReadiness Identity', 'Restore-UserPhoto Identity', 'Restore-UserPhoto InputObject', 'Get-PhotoSyncRun RunId'
        foreach ($command in $exported) {
            foreach ($parameter in (Get-Help -Name $command.Name -Full).parameters.parameter) {
                if ($parameter.name -in 'PassThru', 'WhatIf', 'Confirm') { continue }
                if ("$($command.Name) $($parameter.name)" -in $special) { continue }
                $text = @($parameter.description | ForEach-Object { $_.Text }) -join ''
                if (-not $texts.ContainsKey($parameter.name)) { $texts[$parameter.name] = $text }
                $text | Should -BeExactly $texts[$parameter.name] -Because "-$($parameter.name) of $($command.Name) is that of the others"
            }
        }
        $texts.Count | Should -BeGreaterThan 20
    }

    It '<Command> names every value of the closed list <List>' -TestCases @(
        @{ Command = 'Get-PhotoDrift'; List = 'Status' }
        @{ Command = 'Get-PhotoDrift'; List = 'Action' }
        @{ Command = 'Sync-UserPhoto'; List = 'Baseline' }
        @{ Command = 'Sync-UserPhoto'; List = 'OnConflict' }
        @{ Command = 'Sync-UserPhoto'; List = 'ChangeStatus' }
        @{ Command = 'Restore-UserPhoto'; List = 'ChangeStatus' }
        @{ Command = 'Get-PhotoSyncRun'; List = 'Outcome' }
        @{ Command = 'Test-PhotoSyncReadiness'; List = 'CheckStatus' }
    ) {
        param($Command, $List)
        $text = Get-Help -Name $Command -Full | Out-String -Width 4000
        foreach ($value in Get-List -Name $List) { $text | Should -Match "\b$value\b" }
    }
}

Describe 'Views' {
    BeforeAll {
        $views = [xml][System.IO.File]::ReadAllText([System.IO.Path]::Combine($modulePath, 'UserPhotoSync.Format.ps1xml'))
        $recordOf = @{ 'UserPhotoSync.PhotoDrift' = 'Row'; 'UserPhotoSync.PhotoChange' = 'Change'; 'UserPhotoSync.PhotoSyncCheck' = 'Check'; 'UserPhotoSync.PhotoSyncRun' = 'Run' }
        $statusOf = @{ 'UserPhotoSync.PhotoDrift' = 'Status'; 'UserPhotoSync.PhotoChange' = 'ChangeStatus'; 'UserPhotoSync.PhotoSyncCheck' = 'CheckStatus'; 'UserPhotoSync.PhotoSyncRun' = 'Outcome' }
        $found = @($views.SelectNodes('//View'))
    }

    It 'there is one for each type' {
        @($found | ForEach-Object { $_.ViewSelectedBy.TypeName } | Select-Object -Unique | Sort-Object) -join ' ' | Should -BeExactly 'UserPhotoSync.PhotoChange UserPhotoSync.PhotoDrift UserPhotoSync.PhotoSyncCheck UserPhotoSync.PhotoSyncRun'
    }

    It 'show properties that exist' {
        foreach ($view in $found) {
            $names = @($contract.types.($recordOf[$view.ViewSelectedBy.TypeName]) | ForEach-Object { $_.name })
            $used = @($view.SelectNodes('.//PropertyName') | ForEach-Object { $_.InnerText })
            foreach ($block in $view.SelectNodes('.//ScriptBlock')) { $used += @([regex]::Matches($block.InnerText, '\$_\.(\w+)') | ForEach-Object { $_.Groups[1].Value }) }
            $used.Count | Should -BeGreaterThan 3
            foreach ($name in $used) { $names -ccontains $name | Should -BeTrue -Because "$name is a column" }
        }
    }

    It 'have a mark for every status' {
        foreach ($view in $found) {
            $text = @($view.SelectNodes('.//ScriptBlock') | ForEach-Object { $_.InnerText }) -join "`n"
            if (-not $text) { continue }
            foreach ($status in Get-List -Name $statusOf[$view.ViewSelectedBy.TypeName]) { $text | Should -Match "\b$status\b" }
        }
    }
}
