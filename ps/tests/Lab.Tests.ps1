# The module with its real binary against the labs: "photosync demo --serve", and one whose Microsoft Graph refuses some people.

BeforeDiscovery {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'Lab.ps1'))
    Import-Module -Name $modulePath -Force
    $examples = foreach ($command in Get-Command -Module UserPhotoSync | Sort-Object -Property Name) {
        $number = 0
        foreach ($example in (Get-Help -Name $command.Name -Full).examples.example) {
            $number++
            @{ Command = $command.Name; Number = $number; Code = ([string]$example.code).Trim() }
        }
    }
}

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'Lab.ps1'))
    Import-Module -Name $modulePath -Force
    $contract = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText([System.IO.Path]::Combine($repository, 'bridge', 'contract.json')))
    # What is wrong in the small company; see internal/lab/staff.go.
    $missing = 'elif.yilmaz', 'henrik.sorensen', 'chloe.dubois', 'wei.wang', 'karin.lindqvist', 'reception', 'grace.mwangi' | ForEach-Object { "$_@corp.example" }
    $drifted = 'juergen.gross', 'priya.raman', 'malgorzata.zielinska', 'tom.bakker', 'laura.jensen' | ForEach-Object { "$_@corp.example" }
    $toChange = @($missing + $drifted | Sort-Object)

    function Get-CloudState {
        # What the cloud shows of everybody, to be compared with what it shows later.
        @(Get-PhotoDrift -All | ForEach-Object { "$($_.UserPrincipalName) $($_.CloudETag)" }) -join "`n"
    }

    function Test-Value {
        # Whether a value is null or of the type that contract.json says.
        param([AllowNull()][object]$Value, [string]$Type)
        if ($null -eq $Value) { return $true }
        switch ($Type) {
            'string' { return $Value -is [string] }
            'integer' { return $Value -is [long] }
            'number' { return $Value -is [double] }
            'dateTime' { return $Value -is [datetime] -and $Value.Kind -eq 'Utc' }
        }
        throw "contract.json has a new type, $Type"
    }
}

Describe 'Rows' {
    BeforeAll {
        $lab = Start-Demo
        $all = @(Get-PhotoDrift -All)
    }
    AfterAll { Stop-Lab -Lab $lab }

    It 'have exactly the properties of the contract, in its order, and their types' {
        $all.Count | Should -Be 31
        foreach ($row in $all) {
            $row.PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.PhotoDrift'
            Join-Property -Object @($row.PSObject.Properties) -Name Name | Should -BeExactly (Join-Property -Object $contract.types.Row -Name name)
            foreach ($field in $contract.types.Row) {
                Test-Value -Value $row.($field.name) -Type $field.type | Should -BeTrue -Because "$($field.name) of $($row.UserPrincipalName) is '$($row.($field.name))'"
                if ($null -ne $row.($field.name) -and $field.PSObject.Properties['list'] -and $field.list -in 'Status', 'Action', 'MatchKey', 'Side') {
                    @($contract.lists.($field.list).values) -ccontains $row.($field.name) | Should -BeTrue
                }
            }
        }
        # Every type was really seen.
        @($all | Where-Object { $_.Distance -is [double] }).Count | Should -BeGreaterThan 10
        @($all | Where-Object { $_.OnPremisesBytes -is [long] -and $_.CloudWidth -is [long] }).Count | Should -BeGreaterThan 10
    }

    It 'come only for those who need attention, unless all are wanted' {
        $some = @(Get-PhotoDrift)
        @($some | Where-Object { $_.Status -in 'InSync', 'NoPhoto' }).Count | Should -Be 0
        $some.Count | Should -Be @($all | Where-Object { $_.Status -notin 'InSync', 'NoPhoto' }).Count
        Join-Property -Object @($all | Where-Object { $_.Status -eq 'Drifted' } | Sort-Object -Property UserPrincipalName) -Name UserPrincipalName |
            Should -BeExactly (@($drifted | Sort-Object) -join ' ')
        Join-Property -Object @($all | Where-Object { $_.Status -eq 'MissingInCloud' } | Sort-Object -Property UserPrincipalName) -Name UserPrincipalName |
            Should -BeExactly (@($missing | Sort-Object) -join ' ')
    }

    It '-Status gives these only, also such that need no attention' {
        @(Get-PhotoDrift -Status InSync, noPhoto | ForEach-Object { $_.Status } | Select-Object -Unique | Sort-Object) -join ' ' | Should -BeExactly 'InSync NoPhoto'
        { Get-PhotoDrift -Status Nonsense } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Get-PhotoDrift'
    }

    It 'come for everybody who is named, by whatever name' {
        $anna = @($all | Where-Object { $_.UserPrincipalName -eq 'anna.mueller@corp.example' })[0]
        $anna.Status | Should -Be 'InSync'
        foreach ($name in $anna.UserPrincipalName, $anna.SamAccountName, $anna.ObjectGuid, $anna.DistinguishedName) {
            $rows = @(Get-PhotoDrift $name)
            $rows.Count | Should -Be 1 -Because "$name names one person"
            $rows[0].ObjectGuid | Should -Be $anna.ObjectGuid
        }
        @('anna.mueller@corp.example', 'na.li@corp.example' | Get-PhotoDrift).Count | Should -Be 2
        @($all | Get-PhotoDrift).Count | Should -Be $all.Count
    }

    It 'come for a scope' {
        @(Get-PhotoDrift -All -LDAPFilter '(department=Sales)').Count | Should -Be 5
        @(Get-PhotoDrift -All -SearchBase 'OU=Legal,OU=Staff,DC=corp,DC=example' -SearchScope OneLevel).Count | Should -Be 3
        @(Get-PhotoDrift -All -SearchBase 'OU=Staff,DC=corp,DC=example' -SearchScope One).Count | Should -Be 0
        @(Get-PhotoDrift -All -SearchBase 'OU=Staff,DC=corp,DC=example' -SearchScope Subtree).Count | Should -Be 30
        @(Get-PhotoDrift -All -SearchBase $all[0].DistinguishedName -SearchScope Base).Count | Should -Be 1
    }

    It 'a scope that cannot be read is one terminating error: <Id>' -TestCases @(
        @{ Id = 'LdapFilterInvalid'; Category = 'InvalidArgument'; Arguments = @{ LDAPFilter = '(department=Sales' } }
        @{ Id = 'SearchBaseInvalid'; Category = 'InvalidArgument'; Arguments = @{ SearchBase = 'Staff' } }
        @{ Id = 'SearchBaseNotFound'; Category = 'ObjectNotFound'; Arguments = @{ SearchBase = 'OU=Nowhere,DC=corp,DC=example' } }
    ) {
        param($Id, $Category, $Arguments)
        $global:Error.Clear()
        $caught = $null
        try { Get-PhotoDrift @Arguments -ErrorAction SilentlyContinue } catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -BeExactly "$Id,Get-PhotoDrift"
        $caught.CategoryInfo.Category | Should -Be $Category
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        "$caught $($caught.ErrorDetails.RecommendedAction)" | Should -Not -Match '(^|\s)--\w' -Because 'a cmdlet has no flags of the command line'
        $global:Error.Count | Should -Be 1
    }

    It 'a name that does not exist is an error, and the others get their rows' {
        $rows = @(Get-PhotoDrift -Identity 'nobody@corp.example', 'anna.mueller@corp.example', 'S-1-5-21-1-2-3-4', 'na.li@corp.example' -ErrorAction SilentlyContinue -ErrorVariable problems -WarningVariable warnings)
        Join-Property -Object @($rows | Sort-Object -Property UserPrincipalName) -Name UserPrincipalName | Should -BeExactly 'anna.mueller@corp.example na.li@corp.example'
        Join-Property -Object $problems -Name FullyQualifiedErrorId | Should -BeExactly 'UserNotFound,Get-PhotoDrift UserNotFound,Get-PhotoDrift'
        Join-Property -Object @($problems | Sort-Object -Property TargetObject) -Name TargetObject | Should -BeExactly 'nobody@corp.example S-1-5-21-1-2-3-4'
        $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        @($warnings).Count | Should -Be 0 -Because 'they are not people in trouble'
    }

    It '$? says whether everybody was found' {
        $null = Get-PhotoDrift anna.mueller@corp.example
        $? | Should -BeTrue
        $null = Get-PhotoDrift nobody@corp.example -ErrorAction SilentlyContinue
        $? | Should -BeFalse
    }

    It '-ErrorAction Stop makes of the first one a terminating error' {
        { Get-PhotoDrift -Identity nobody@corp.example -ErrorAction Stop } | Should -Throw -ErrorId 'UserNotFound,Get-PhotoDrift'
    }

    It 'an empty pipe, and one with nobody in it, never mean everybody' {
        @() | Get-PhotoDrift | Should -BeNullOrEmpty
        @() | Sync-UserPhoto -Baseline OnPremises -Confirm:$false | Should -BeNullOrEmpty
        , @() | Get-PhotoDrift -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $null | Get-PhotoDrift -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeExactly 'InputInvalid,Get-PhotoDrift'
        $null | Sync-UserPhoto -Baseline OnPremises -Confirm:$false -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'what names nobody is an error after the last row' {
        $order = @(& { 'anna.mueller@corp.example'; 42; [System.IO.DirectoryInfo]::new('.'); 'na.li@corp.example' } | Get-PhotoDrift 2>&1 | ForEach-Object {
                if ($_ -is [System.Management.Automation.ErrorRecord]) { $_.FullyQualifiedErrorId } else { 'row' }
            })
        $order -join ' ' | Should -BeExactly 'row row InputInvalid,Get-PhotoDrift InputInvalid,Get-PhotoDrift'
    }

    It 'of people whose photo in the directory is broken are rows without an error or a warning' {
        $rows = @(Get-PhotoDrift -Status Unreadable -ErrorVariable problems -WarningVariable warnings)
        Join-Property -Object @($rows | Sort-Object -Property ErrorCode) -Name ErrorCode | Should -BeExactly 'PhotoNotAnImage PhotoTruncated'
        foreach ($row in $rows) { $row.Remedy | Should -Not -BeNullOrEmpty }
        @($problems).Count + @($warnings).Count | Should -Be 0
    }

    It 'go through Export-Csv and come back' {
        $file = [System.IO.Path]::Combine($TestDrive, 'drift.csv')
        $all | Export-Csv -LiteralPath $file -NoTypeInformation -Encoding UTF8
        $header = [System.IO.File]::ReadAllLines($file)[0]
        $header | Should -BeExactly ('"' + (@($contract.types.Row | ForEach-Object { $_.name }) -join '","') + '"')
        [System.IO.File]::ReadAllText($file) | Should -Not -Match 'System\.(Object|Collections|Management)' -Because 'rows are flat'
        $back = @(Import-Csv -LiteralPath $file -Encoding UTF8)
        Join-Property -Object @($back | Get-PhotoDrift) -Name UserPrincipalName | Should -BeExactly (Join-Property -Object $all -Name UserPrincipalName)
        Join-Property -Object @($back | Get-PhotoDrift) -Name Status | Should -BeExactly (Join-Property -Object $all -Name Status)
        $changes = @($back | Sync-UserPhoto -WhatIf -Baseline OnPremises | Sort-Object -Property UserPrincipalName)
        Join-Property -Object $changes -Name UserPrincipalName | Should -BeExactly ($toChange -join ' ')
        Join-Property -Object $changes -Name Status | Should -BeExactly ((@('WouldChange') * 12) -join ' ')
        $name = @($back | Where-Object { $_.UserPrincipalName -eq 'wei.wang@corp.example' })[0].DisplayName
        $name | Should -BeExactly @($all | Where-Object { $_.UserPrincipalName -eq 'wei.wang@corp.example' })[0].DisplayName
    }

    It 'go through Export-Clixml, Select-Object and a hashtable, and come back' {
        $file = [System.IO.Path]::Combine($TestDrive, 'drift.xml')
        $three = @($all | Where-Object { $_.Status -eq 'MissingInCloud' } | Select-Object -First 3)
        $three | Export-Clixml -LiteralPath $file
        $expected = Join-Property -Object $three -Name UserPrincipalName
        Join-Property -Object @(Import-Clixml -LiteralPath $file | Get-PhotoDrift) -Name UserPrincipalName | Should -BeExactly $expected
        Join-Property -Object @($three | Select-Object -Property UserPrincipalName, DisplayName | Get-PhotoDrift) -Name UserPrincipalName | Should -BeExactly $expected
        Join-Property -Object @($three | ForEach-Object { @{ UserPrincipalName = $_.UserPrincipalName } } | Get-PhotoDrift) -Name UserPrincipalName | Should -BeExactly $expected
    }

    It 'are shown as a table with a mark, and as a list with everything' {
        $table = $all | Out-String -Width 200
        $table | Should -Match '(?m)^! Drifted +NoBaseline +Review +\d[.,]\d{3} juergen\.gross@corp\.example'
        $table | Should -Match '(?m)^= InSync '
        $list = $all[0] | Format-List | Out-String -Width 500
        foreach ($field in $contract.types.Row) { $list | Should -Match "(?m)^$($field.name) +:" }
    }

    It 'first ones are enough: Select-Object -First leaves no process behind' {
        $before = @([System.Diagnostics.Process]::GetProcessesByName('photosync') | ForEach-Object { $_.Id })
        # While rows come there is one, or the test would see nothing.
        $during = @(Get-PhotoDrift -All | Select-Object -First 1 | ForEach-Object { Get-NewBinary -Before $before })
        $during.Count | Should -BeGreaterThan 0
        $rows = @(Get-PhotoDrift -All | Select-Object -First 2)
        $rows.Count | Should -Be 2
        @(Get-NewBinary -Before $before).Count | Should -Be 0
    }
}

Describe 'A sync' {
    BeforeAll {
        $lab = Start-Demo
        $before = Get-CloudState
    }
    AfterAll { Stop-Lab -Lab $lab }

    It 'with -WhatIf writes nothing, in the cloud or in the state folder' {
        $changes = @(Get-PhotoDrift | Sync-UserPhoto -WhatIf)
        Join-Property -Object @($changes | Sort-Object -Property UserPrincipalName) -Name UserPrincipalName | Should -BeExactly (@($missing | Sort-Object) -join ' ')
        @($changes | Where-Object { $_.Status -ne 'WouldChange' }).Count | Should -Be 0
        @(Sync-UserPhoto -WhatIf -Baseline OnPremises).Count | Should -Be 12
        Get-CloudState | Should -BeExactly $before
        Get-CloudPhoto -Id elif.yilmaz@corp.example | Should -BeNullOrEmpty
        @(Get-StateFile).Count | Should -Be 0
    }

    It 'with -WhatIf says a line for each change, to the host' {
        $child = Invoke-Child -Script "Import-Module -Name '$($modulePath.Replace("'", "''"))'; Get-PhotoDrift | Sync-UserPhoto -WhatIf -Baseline OnPremises | Out-Null"
        $child.Errors | Should -BeNullOrEmpty
        $lines = @($child.Output -split '\r?\n' | Where-Object { $_ })
        $lines.Count | Should -Be 12
        @($lines | Where-Object { $_ -notmatch '^What if: Upload the on-premises photo of .+ \(.+@corp\.example\) to Microsoft 365' }).Count | Should -Be 0
        @($lines | Where-Object { $_ -match 'the photo there is backed up first' }).Count | Should -Be 5
    }

    It 'honours the WhatIf of a calling function, of one of another module, and of the script' {
        function Invoke-Own {
            [CmdletBinding(SupportsShouldProcess)] param()
            Get-PhotoDrift | Sync-UserPhoto -Baseline OnPremises
        }
        $other = New-Module -ScriptBlock {
            function Invoke-Other {
                [CmdletBinding(SupportsShouldProcess)] param()
                Get-PhotoDrift | Sync-UserPhoto -Baseline OnPremises
            }
            function Invoke-Preference {
                $WhatIfPreference = $true
                Get-PhotoDrift | ForEach-Object { $_ | Sync-UserPhoto -Baseline OnPremises }
            }
        }
        foreach ($block in { Invoke-Own -WhatIf }, { & $other { Invoke-Other -WhatIf } }, { & $other { Invoke-Preference } }) {
            $changes = @(& $block)
            $changes.Count | Should -Be 12 -Because "$block"
            @($changes | Where-Object { $_.Status -ne 'WouldChange' }).Count | Should -Be 0 -Because "$block"
        }
        Get-CloudState | Should -BeExactly $before
    }

    It 'with too many changes writes nothing, and says TooManyChanges' {
        { Sync-UserPhoto -Baseline OnPremises -MaxChange 3 -Confirm:$false } | Should -Throw -ErrorId 'TooManyChanges,Sync-UserPhoto'
        $caught = $null
        try { Sync-UserPhoto -MaxChange 0 -Confirm:$false } catch { $caught = $_ }
        $caught.CategoryInfo.Category | Should -Be 'LimitsExceeded'
        "$caught $($caught.ErrorDetails.RecommendedAction)" | Should -Match '-MaxChange\b'
        "$caught $($caught.ErrorDetails.RecommendedAction)" | Should -Not -Match '--\w'
        Get-CloudState | Should -BeExactly $before
    }

    It 'of a row that is no longer true skips the person' {
        $row = @(Get-PhotoDrift tom.bakker@corp.example)[0]
        Set-CloudPhoto -Id tom.bakker@corp.example -Photo (Get-CloudPhoto -Id anna.mueller@corp.example)
        $change = @($row | Sync-UserPhoto -Baseline OnPremises -Confirm:$false)
        $change.Count | Should -Be 1
        $change[0].Status | Should -Be 'Skipped'
        $change[0].Reason | Should -Be 'ChangedMeanwhile'
        @(Get-PhotoDrift tom.bakker@corp.example)[0].Status | Should -Be 'Drifted'
    }

    It 'takes no row that lacks what it holds by' {
        $rows = @(Get-PhotoDrift tom.bakker@corp.example | Select-Object -Property * -ExcludeProperty CloudETag)
        foreach ($row in $rows[0], ($rows | ConvertTo-Csv -NoTypeInformation | ConvertFrom-Csv)) {
            $changes = @($row | Sync-UserPhoto -Baseline OnPremises -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable refused)
            $changes.Count | Should -Be 0
            $refused[0].FullyQualifiedErrorId | Should -Be 'InputInvalid,Sync-UserPhoto'
            "$($refused[0])" | Should -Match 'CloudETag'
        }
        @($rows[0] | Get-PhotoDrift)[0].UserPrincipalName | Should -Be 'tom.bakker@corp.example'
    }

    It 'leaves to review what nobody has decided, and writes the rest' {
        $changes = @(Get-PhotoDrift | Sync-UserPhoto -Confirm:$false)
        Join-Property -Object @($changes | Sort-Object -Property UserPrincipalName) -Name UserPrincipalName | Should -BeExactly (@($missing | Sort-Object) -join ' ')
        Join-Property -Object $changes -Name Status | Should -BeExactly ((@('Done') * 7) -join ' ')
        foreach ($name in $missing) { (Get-CloudPhoto -Id $name).Length | Should -BeGreaterThan 1000 }
        foreach ($change in $changes) {
            $change.PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.PhotoChange'
            Join-Property -Object @($change.PSObject.Properties) -Name Name | Should -BeExactly (Join-Property -Object $contract.types.Change -Name name)
            foreach ($field in $contract.types.Change) { Test-Value -Value $change.($field.name) -Type $field.type | Should -BeTrue -Because $field.name }
            $change.At | Should -BeOfType [datetime]
            $change.Bytes | Should -BeOfType [long]
        }
    }

    It 'with -Baseline OnPremises writes them too, with a backup, and then nothing is left to do' {
        $old = Get-CloudPhoto -Id priya.raman@corp.example
        $changes = @(Get-PhotoDrift | Sync-UserPhoto -Baseline OnPremises -Confirm:$false)
        Join-Property -Object @($changes | Sort-Object -Property UserPrincipalName) -Name UserPrincipalName | Should -BeExactly (@($drifted | Sort-Object) -join ' ')
        Join-Property -Object $changes -Name Status | Should -BeExactly ((@('Done') * 5) -join ' ')
        $priya = @($changes | Where-Object { $_.UserPrincipalName -eq 'priya.raman@corp.example' })[0]
        $sha = [System.Security.Cryptography.SHA256]::Create()
        $priya.BackupSha256 | Should -Be ([System.BitConverter]::ToString($sha.ComputeHash($old)).Replace('-', ''))
        $sha.Dispose()
        $priya.ETagBefore | Should -Not -Be $priya.ETagAfter

        foreach ($row in $toChange | Get-PhotoDrift) { $row.Status | Should -Be 'InSync' -Because $row.UserPrincipalName }
        @(Get-PhotoDrift | Where-Object { $_.Action -eq 'Upload' -or $_.Status -in 'Drifted', 'MissingInCloud' }).Count | Should -Be 0
        Get-PhotoDrift | Sync-UserPhoto -Baseline OnPremises -Confirm:$false | Should -BeNullOrEmpty
        # An account that is disabled is said to be an orphan, and left alone.
        Sync-UserPhoto -Baseline OnPremises -Confirm:$false | Where-Object { $_.Action -ne 'None' } | Should -BeNullOrEmpty
    }

    It '-PassThru gives also those who need nothing' {
        $changes = @(Sync-UserPhoto -PassThru -Confirm:$false)
        $changes.Count | Should -Be 31
        @($changes | Where-Object { $_.Status -eq 'Done' }).Count | Should -Be 0
    }
}

Describe 'A sync that asks' {
    BeforeAll {
        function Invoke-Asked {
            # Runs a sync with -Confirm in a process of its own and gives its changes.
            param([string[]]$Answer, [string]$Arguments = '-NoProfile')
            $file = [System.IO.Path]::Combine($TestDrive, [System.IO.Path]::GetRandomFileName())
            $child = Invoke-Child -Line $Answer -Arguments $Arguments -Script @"
Import-Module -Name '$($modulePath.Replace("'", "''"))'
try {
    Sync-UserPhoto -Baseline OnPremises -Confirm | Select-Object -Property UserPrincipalName, Status, Reason | Export-Csv -LiteralPath '$file' -NoTypeInformation
} catch {
    "caught `$(`$_.FullyQualifiedErrorId)"
    "advice `$(`$_.ErrorDetails.RecommendedAction)"
    "errors `$(`$Error.Count)"
}
"@
            $changes = @()
            if ([System.IO.File]::Exists($file)) { $changes = @(Import-Csv -LiteralPath $file) }
            [pscustomobject]@{ Output = $child.Output; Errors = $child.Errors; Changes = $changes }
        }
    }
    BeforeEach {
        $lab = Start-Demo
        $before = Get-CloudState
    }
    AfterEach { Stop-Lab -Lab $lab }

    It 'takes yes and no for each person, and no to all' {
        $seen = Invoke-Asked -Answer 'y', 'n', 'y', 'l'
        $seen.Output | Should -Match 'Change a photo in Microsoft 365'
        $seen.Output | Should -Match 'Upload the on-premises photo of .+ to Microsoft 365\? The photo there is backed up first\.'
        $seen.Changes.Count | Should -Be 12
        @($seen.Changes | Where-Object { $_.Status -eq 'Done' }).Count | Should -Be 2
        @($seen.Changes | Where-Object { $_.Status -eq 'Skipped' -and $_.Reason -eq 'Declined' }).Count | Should -Be 10
        @(Compare-Object -ReferenceObject $before.Split("`n") -DifferenceObject (Get-CloudState).Split("`n") | Where-Object { $_.SideIndicator -eq '=>' }).Count | Should -Be 2
    }

    It 'takes yes to all' {
        $seen = Invoke-Asked -Answer 'n', 'a'
        @($seen.Changes | Where-Object { $_.Status -eq 'Done' }).Count | Should -Be 11
        @($seen.Changes | Where-Object { $_.Status -eq 'Skipped' }).Count | Should -Be 1
    }

    It 'writes nothing when the answers end before the questions do' {
        $seen = Invoke-Asked -Answer 'y', 'y'
        $seen.Output | Should -Match 'caught ConfirmationUnavailable,Sync-UserPhoto'
        $seen.Output | Should -Match 'advice .*-Confirm:\$false'
        $seen.Output | Should -Match 'errors 1\b'
        Get-CloudState | Should -BeExactly $before
    }

    It 'writes nothing where nobody may be asked' {
        $seen = Invoke-Asked -Arguments '-NoProfile -NonInteractive'
        $seen.Output | Should -Match 'caught ConfirmationUnavailable,Sync-UserPhoto'
        Get-CloudState | Should -BeExactly $before
    }
}

Describe 'People in trouble' {
    BeforeAll {
        $file = [System.IO.Path]::Combine($TestDrive, $(if ($windows) { 'troubled.exe' } else { 'troubled' }))
        Invoke-Go -Argument 'build', '-o', $file, './internal/lab/troubled'
        $refused = 'elif.yilmaz@corp.example', 'tom.bakker@corp.example'
        $unknown = 'juergen.gross@corp.example', 'priya.raman@corp.example'
    }
    BeforeEach { $lab = Start-Lab -File $file }
    AfterEach { Stop-Lab -Lab $lab }

    It 'are rows and one warning at the end, not errors' {
        $items = @(Get-PhotoDrift *>&1)
        $rows = @($items | Where-Object { $_ -isnot [System.Management.Automation.WarningRecord] })
        @($rows | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }).Count | Should -Be 0
        $items.Count - $rows.Count | Should -Be 1
        $items[$items.Count - 1] | Should -BeOfType [System.Management.Automation.WarningRecord]
        "$($items[$items.Count - 1])" | Should -Match '\b2 people\b'
        $troubled = @($rows | Where-Object { $_.Status -eq 'Unknown' } | Sort-Object -Property UserPrincipalName)
        Join-Property -Object $troubled -Name UserPrincipalName | Should -BeExactly ($unknown -join ' ')
        foreach ($row in $troubled) {
            foreach ($name in 'ErrorCode', 'ErrorMessage', 'Remedy', 'RequestId') { $row.$name | Should -Not -BeNullOrEmpty -Because $name }
        }
        { Get-PhotoDrift -ErrorAction Stop -WarningAction SilentlyContinue } | Should -Not -Throw
    }

    It 'keep nobody from having theirs back' {
        $id = @(Get-PhotoDrift laura.jensen@corp.example)[0].CloudId   # her UPN is another one there
        $start = Get-CloudPhoto -Id $id
        $changes = @(Sync-UserPhoto -Baseline OnPremises -Confirm:$false -WarningAction SilentlyContinue -ErrorAction SilentlyContinue)
        $rows = @($changes | Restore-UserPhoto -ErrorAction Stop -WarningAction SilentlyContinue -WarningVariable warnings)
        Join-Property -Object @($rows | Sort-Object -Property UserPrincipalName) -Name UserPrincipalName |
            Should -BeExactly (Join-Property -Object @($changes | Where-Object { $_.Status -ne 'Failed' } | Sort-Object -Property UserPrincipalName) -Name UserPrincipalName)
        Join-Property -Object @($rows | Select-Object -Property Reason -Unique) -Name Reason | Should -BeExactly 'Restored'
        "$warnings" | Should -Match '^4 rows were left out'
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id $id)) | Should -BeExactly ([System.Convert]::ToBase64String($start))
    }

    It 'in a sync are errors after the last row' {
        $items = @(Sync-UserPhoto -Baseline OnPremises -Confirm:$false -WarningAction SilentlyContinue 2>&1)
        $kinds = @($items | ForEach-Object { if ($_ -is [System.Management.Automation.ErrorRecord]) { 'error' } else { 'row' } })
        $kinds -join ' ' | Should -BeExactly ((@('row') * 12 + @('error') * 4) -join ' ')
        $rows = @($items | Select-Object -First 12)
        @($rows | Where-Object { $_.Status -eq 'Done' }).Count | Should -Be 8
        $failed = @($rows | Where-Object { $_.Status -eq 'Failed' } | Sort-Object -Property UserPrincipalName)
        Join-Property -Object $failed -Name UserPrincipalName | Should -BeExactly (@($refused + $unknown | Sort-Object) -join ' ')
        $errors = @($items | Select-Object -Last 4 | Sort-Object -Property TargetObject)
        Join-Property -Object $errors -Name TargetObject | Should -BeExactly (@($refused + $unknown | Sort-Object) -join ' ')
        Join-Property -Object $errors -Name FullyQualifiedErrorId | Should -BeExactly 'PhotoRefused,Sync-UserPhoto GraphRefused,Sync-UserPhoto GraphRefused,Sync-UserPhoto PhotoRefused,Sync-UserPhoto'
        foreach ($problem in $errors) {
            $problem.CategoryInfo.Category | Should -Be 'InvalidArgument'
            $problem.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            $problem.Exception.Data['RequestId'] | Should -Not -BeNullOrEmpty
        }
    }

    It 'do not cut a run in half under -ErrorAction Stop' {
        $list = [System.Collections.Generic.List[object]]::new()
        $caught = $null
        try {
            Sync-UserPhoto -Baseline OnPremises -Confirm:$false -ErrorAction Stop -WarningAction SilentlyContinue | ForEach-Object { $list.Add($_) }
        } catch {
            $caught = $_
        }
        $caught.FullyQualifiedErrorId | Should -Match '^(Graph|Photo)Refused,Sync-UserPhoto$'
        $list.Count | Should -Be 12
        $done = @($list | Where-Object { $_.Status -eq 'Done' })
        $done.Count | Should -Be 8
        foreach ($change in $done) { (Get-CloudPhoto -Id $change.CloudId).Length | Should -BeGreaterThan 1000 }
        Get-CloudPhoto -Id elif.yilmaz@corp.example | Should -BeNullOrEmpty
    }
}

Describe 'Objects' {
    BeforeAll {
        $lab = Start-Demo
        $rows = @{}
        foreach ($row in Get-PhotoDrift -All) { $rows[$row.UserPrincipalName] = $row }
        $anna = $rows['anna.mueller@corp.example']
        $elif = $rows['elif.yilmaz@corp.example']
        $picture = Get-CloudPhoto -Id anna.mueller@corp.example

        function New-LabUser {
            # An object with what the directory knows of the person, and other bytes.
            param([object]$Row, [AllowNull()][AllowEmptyCollection()][byte[]]$Photo)
            New-AdUser -UserPrincipalName $Row.UserPrincipalName -ObjectGuid $Row.ObjectGuid -DisplayName $Row.DisplayName -Photo $Photo
        }
    }
    AfterAll { Stop-Lab -Lab $lab }

    It 'with thumbnailPhoto are compared without a domain controller' {
        $objects = @((New-LabUser -Row $anna -Photo $picture), (New-LabUser -Row $rows['tom.bakker@corp.example'] -Photo $picture), (New-LabUser -Row $elif -Photo $picture))
        $seen = @(Invoke-WithoutDirectory { $objects | Get-PhotoDrift })
        Join-Property -Object $seen -Name Status | Should -BeExactly 'InSync Drifted MissingInCloud'
        $seen[0].OnPremisesBytes | Should -Be $picture.Length
        $seen[0].DisplayName | Should -BeExactly $anna.DisplayName
        $seen[0].Distance | Should -BeLessThan 0.02
        $seen[1].Distance | Should -BeGreaterThan 0.5
    }

    It 'with one picture on two people are named in a warning at the end' {
        $objects = @((New-LabUser -Row $anna -Photo $picture), (New-LabUser -Row $elif -Photo $picture))
        $items = @(Invoke-WithoutDirectory { $objects | Get-PhotoDrift *>&1 })
        $items.Count | Should -Be 3
        "$($items[0].Findings)$($items[1].Findings)" | Should -Match '^[^S]*SharedPicture$'
        $items[2] | Should -BeOfType [System.Management.Automation.WarningRecord]
        "$($items[2])" | Should -BeLike '1 person has the same on-premises picture*: elif.yilmaz@corp.example as anna.mueller@corp.example'
    }

    It 'without one, objects that lack the bytes need a directory, and say so' {
        { Invoke-WithoutDirectory { [pscustomobject]@{ UserPrincipalName = 'anna.mueller@corp.example' } | Get-PhotoDrift } } | Should -Throw -ErrorId 'ServerMissing,Get-PhotoDrift'
        { Invoke-WithoutDirectory { Get-PhotoDrift } } | Should -Throw -ErrorId 'ServerMissing,Get-PhotoDrift'
    }

    It 'with an empty property have no photo' {
        $mateus = $rows['mateus.silva@corp.example']
        $seen = @(Invoke-WithoutDirectory { (New-LabUser -Row $mateus -Photo $null), (New-LabUser -Row $elif -Photo @()) | Get-PhotoDrift })
        Join-Property -Object $seen -Name Status | Should -BeExactly 'MissingOnPremises NoPhoto'
    }

    It 'with bytes that are no picture are Unreadable' {
        $seen = @(Invoke-WithoutDirectory { New-LabUser -Row $elif -Photo ([System.Text.Encoding]::ASCII.GetBytes('no picture, whatever it is')) | Get-PhotoDrift })
        $seen[0].Status | Should -Be 'Unreadable'
        $seen[0].ErrorCode | Should -Be 'PhotoNotAnImage'
    }

    It 'of Get-ADUser without thumbnailPhoto name their people, by GUID' {
        $object = New-AdUser -UserPrincipalName renamed@corp.example -ObjectGuid $anna.ObjectGuid
        $object.PSObject.Properties.Remove('thumbnailPhoto')
        $seen = @($object | Get-PhotoDrift)
        $seen.Count | Should -Be 1
        $seen[0].UserPrincipalName | Should -Be 'anna.mueller@corp.example'
    }

    It 'of Get-Mailbox count by ExternalDirectoryObjectId and address, never by Identity, Guid or DistinguishedName' {
        $lukasz = $rows['lukasz.wojcik@corp.example']
        $mailbox = [pscustomobject]@{
            PSTypeName = 'Deserialized.Microsoft.Exchange.Data.Directory.Management.Mailbox'; Identity = 'lukaszwojcik'; Guid = [guid]$lukasz.ObjectGuid
            DistinguishedName = $lukasz.DistinguishedName; ExternalDirectoryObjectId = $anna.CloudId; PrimarySmtpAddress = $anna.UserPrincipalName
            RecipientTypeDetails = 'UserMailbox'
        }
        Join-Property -Object @($mailbox | Get-PhotoDrift) -Name UserPrincipalName | Should -BeExactly 'anna.mueller@corp.example'
        $mailbox.ExternalDirectoryObjectId = ''
        Join-Property -Object @($mailbox | Get-PhotoDrift) -Name UserPrincipalName | Should -BeExactly 'anna.mueller@corp.example'
    }

    It 'of Get-MgUser count by Id' {
        $user = [pscustomobject]@{ PSTypeName = 'Microsoft.Graph.PowerShell.Models.MicrosoftGraphUser'; Id = $anna.CloudId; UserPrincipalName = 'somebody.else@corp.example' }
        Join-Property -Object @($user | Get-PhotoDrift) -Name UserPrincipalName | Should -BeExactly 'anna.mueller@corp.example'
        $user.Id = '11111111-2222-3333-4444-555555555555'
        $seen = @($user | Get-PhotoDrift -ErrorAction SilentlyContinue -ErrorVariable problems)
        $seen.Count | Should -Be 0
        $problems[0].FullyQualifiedErrorId | Should -BeExactly 'CloudUserNotFound,Get-PhotoDrift'
        $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'are synced without a domain controller: first -WhatIf, then in earnest, then nothing is left to do' {
        $objects = @((New-LabUser -Row $elif -Photo $picture), (New-LabUser -Row $anna -Photo $picture))
        $dry = @(Invoke-WithoutDirectory { $objects | Sync-UserPhoto -WhatIf })
        Join-Property -Object $dry -Name Status | Should -BeExactly 'WouldChange'
        Get-CloudPhoto -Id elif.yilmaz@corp.example | Should -BeNullOrEmpty
        $done = @(Invoke-WithoutDirectory { $objects | Sync-UserPhoto -Confirm:$false })
        Join-Property -Object $done -Name Status | Should -BeExactly 'Done'
        $done[0].UserPrincipalName | Should -Be 'elif.yilmaz@corp.example'
        (Get-CloudPhoto -Id elif.yilmaz@corp.example).Length | Should -BeGreaterThan 1000
        Invoke-WithoutDirectory { $objects | Sync-UserPhoto -Confirm:$false } | Should -BeNullOrEmpty
        Join-Property -Object @(Invoke-WithoutDirectory { $objects | Get-PhotoDrift }) -Name Status | Should -BeExactly 'InSync InSync'
    }
}

Describe 'Settings' {
    BeforeAll {
        $lab = Start-Demo
        $good = @{
            Server = $env:PHOTOSYNC_SERVER; CACertificatePath = $env:PHOTOSYNC_CA_FILE; GraphUrl = $env:PHOTOSYNC_GRAPH_URL; AccessToken = $env:PHOTOSYNC_ACCESS_TOKEN
            Credential = [pscredential]::new($env:PHOTOSYNC_LDAP_USER, (ConvertTo-SecureString -String $env:PHOTOSYNC_LDAP_PASSWORD -AsPlainText -Force))
            StatePath = $env:PHOTOSYNC_STATE_DIR
        }
        # A port that nobody listens on.
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $nowhere = "ldaps://127.0.0.1:$($listener.LocalEndpoint.Port)"
        $listener.Stop()

        function Get-Outcome {
            # 'rows', or the id of the error.
            param([hashtable]$Arguments = @{})
            try {
                if (@(Get-PhotoDrift -Identity anna.mueller@corp.example @Arguments).Count -eq 1) { 'rows' } else { 'nothing' }
            } catch {
                $_.FullyQualifiedErrorId -replace ',Get-PhotoDrift$', ''
            }
        }
    }
    AfterAll { Stop-Lab -Lab $lab }
    BeforeEach {
        $saved = @{}
        foreach ($name in $lab.Values.Keys) { $saved[$name] = [System.Environment]::GetEnvironmentVariable($name) }
    }
    AfterEach {
        Disconnect-PhotoSync
        foreach ($name in $saved.Keys) { [System.Environment]::SetEnvironmentVariable($name, $saved[$name]) }
    }

    It 'come from the environment' {
        Get-Outcome | Should -BeExactly 'rows'
        $env:PHOTOSYNC_SERVER = $nowhere
        Get-Outcome | Should -BeExactly 'DirectoryUnreachable'
        $env:PHOTOSYNC_SERVER = $null
        Get-Outcome | Should -BeExactly 'ServerMissing'
    }

    It 'of a call need no environment at all' {
        foreach ($name in $lab.Values.Keys) { [System.Environment]::SetEnvironmentVariable($name, $null) }
        Get-Outcome -Arguments $good | Should -BeExactly 'rows'
        $less = $good.Clone()
        $less.Remove('Credential')
        Get-Outcome -Arguments $less | Should -BeExactly 'LdapCredentialsMissing'
        $less.Remove('AccessToken')
        $less.Remove('GraphUrl')
        Get-Outcome -Arguments $less | Should -BeExactly 'CredentialsMissing'
    }

    It 'of a call go before -Connection, these before Connect-PhotoSync, these before the environment' {
        $env:PHOTOSYNC_SERVER = $null
        Connect-PhotoSync -Server $good.Server | Should -BeNullOrEmpty
        Get-Outcome | Should -BeExactly 'rows'
        $env:PHOTOSYNC_SERVER = $nowhere
        Get-Outcome | Should -BeExactly 'rows' -Because 'the session goes before the environment'
        $bad = Connect-PhotoSync -Server $nowhere -PassThru
        Connect-PhotoSync -Server $good.Server
        Get-Outcome -Arguments @{ Connection = $bad } | Should -BeExactly 'DirectoryUnreachable' -Because '-Connection goes before the session'
        Get-Outcome -Arguments @{ Connection = $bad; Server = $good.Server } | Should -BeExactly 'rows' -Because 'the call goes before -Connection'
        Connect-PhotoSync -Server $nowhere
        Get-Outcome -Arguments @{ Server = $good.Server } | Should -BeExactly 'rows' -Because 'the call goes before the session'
    }

    It 'that -Connection lacks come from the session, and then from the environment' {
        $env:PHOTOSYNC_SERVER = $null
        $connection = Connect-PhotoSync -StatePath $good.StatePath -PassThru
        Connect-PhotoSync -Server $good.Server
        Get-Outcome -Arguments @{ Connection = $connection } | Should -BeExactly 'rows'
    }

    It 'are forgotten by Disconnect-PhotoSync and by the next Connect-PhotoSync, and an object keeps them' {
        $env:PHOTOSYNC_SERVER = $null
        $connection = Connect-PhotoSync -Server $good.Server -PassThru
        Disconnect-PhotoSync
        Get-Outcome | Should -BeExactly 'ServerMissing'
        Get-Outcome -Arguments @{ Connection = $connection } | Should -BeExactly 'rows'
        Connect-PhotoSync -Server $good.Server
        Connect-PhotoSync -StatePath $good.StatePath
        Get-Outcome | Should -BeExactly 'ServerMissing'
        { Disconnect-PhotoSync; Disconnect-PhotoSync } | Should -Not -Throw
    }

    It 'a wrong password, a missing file and an authority that nobody trusts are told apart' {
        $wrong = [pscredential]::new($good.Credential.UserName, (ConvertTo-SecureString -String 'wrong' -AsPlainText -Force))
        Get-Outcome -Arguments @{ Credential = $wrong } | Should -BeExactly 'LdapBindFailed'
        $env:PHOTOSYNC_CA_FILE = $null
        Get-Outcome | Should -BeExactly 'DirectoryNotTrusted'
        Get-Outcome -Arguments @{ CACertificatePath = [System.IO.Path]::Combine($TestDrive, 'no.pem') } | Should -BeExactly 'CaFileUnusable'
    }

    It 'an access token is taken as text and as SecureString' {
        $env:PHOTOSYNC_ACCESS_TOKEN = $null
        Get-Outcome -Arguments @{ AccessToken = $good.AccessToken } | Should -BeExactly 'rows'
        Get-Outcome -Arguments @{ AccessToken = (ConvertTo-SecureString -String $good.AccessToken -AsPlainText -Force) } | Should -BeExactly 'rows'
        { Connect-PhotoSync -AccessToken 42 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Connect-PhotoSync'
    }

    It 'two ways to sign in are refused at once: <_>' -TestCases 'Connect-PhotoSync', 'Get-PhotoDrift', 'Sync-UserPhoto' {
        $command = $_
        { & $command -ManagedIdentity -AccessToken abc } | Should -Throw -ErrorId "SettingInvalid,$command"
        { & $command -ClientId other -ClientSecretCredential $good.Credential } | Should -Throw -ErrorId "SettingInvalid,$command"
    }

    It 'aliases are those of Exchange Online' {
        $connection = Connect-PhotoSync -Organization corp.example -AppId 11111111-2222-3333-4444-555555555555 -PassThru
        $connection.TenantId | Should -BeExactly 'corp.example'
        $connection.ClientId | Should -BeExactly '11111111-2222-3333-4444-555555555555'
        $connection.PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.Connection'
    }

    It 'show no secret' {
        $connection = Connect-PhotoSync @good -PassThru
        $password = $good.Credential.GetNetworkCredential().Password
        foreach ($text in ($connection | Format-List -Property * | Out-String -Width 500), ($connection | Out-String), "$connection", ($connection | ConvertTo-Csv | Out-String)) {
            $text.Contains($password) | Should -BeFalse
            $text.Contains($good.AccessToken) | Should -BeFalse
        }
    }

    It 'only a connection is one' {
        { Get-PhotoDrift -Connection 'dc1' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Get-PhotoDrift'
    }

    It 'paths are the caller''s' {
        Push-Location -LiteralPath $TestDrive
        try {
            Connect-PhotoSync -StatePath ./own-state
        } finally {
            Pop-Location
        }
        @(Sync-UserPhoto -Identity chloe.dubois@corp.example -Confirm:$false)[0].Status | Should -Be 'Done'
        [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($TestDrive, 'own-state'), '*', 'AllDirectories').Count | Should -BeGreaterThan 0
        { Connect-PhotoSync -StatePath Env:/state } | Should -Throw -ErrorId 'SettingInvalid,Connect-PhotoSync'
    }
}

Describe 'The examples of the help' {
    BeforeAll {
        $lab = Start-Demo
        $picture = Get-CloudPhoto -Id anna.mueller@corp.example
        $secret = ConvertTo-SecureString -String 'secret' -AsPlainText -Force
        Push-Location -LiteralPath $TestDrive
        # The write that the examples of Restore-UserPhoto and Get-PhotoSyncRun look back at.
        $null = Sync-UserPhoto -Identity chloe.dubois@corp.example -Confirm:$false

        # What an administrator has and this machine has not.
        function Get-ADUser { param([string]$Filter, [string[]]$Properties) $null = $Filter, $Properties; New-AdUser -UserPrincipalName anna.mueller@corp.example -Photo $picture }
        function Get-Credential { param([string]$Message) $null = $Message; [pscredential]::new('11111111-2222-3333-4444-555555555555', $secret) }
        function Get-AutomationPSCredential { param([string]$Name) $null = $Name; [pscredential]::new('reader@corp.example', $secret) }
    }
    AfterAll {
        Pop-Location
        Stop-Lab -Lab $lab
    }
    AfterEach { Disconnect-PhotoSync }

    It '<Command>, example <Number>' -TestCases $examples {
        param($Code)
        $Code | Should -Not -BeNullOrEmpty
        $global:Error.Clear()
        $items = @(. ([scriptblock]::Create($Code)) *>&1)
        @($items | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] -or $_ -is [System.Management.Automation.WarningRecord] }) | Should -BeNullOrEmpty
        @($global:Error | ForEach-Object { "$_" }) -join '; ' | Should -BeNullOrEmpty
        # What follows in the text of an example.
        if ($Code -match 'Export-Csv -Path (\S+)') { @(Import-Csv -Path $Matches[1] | Sync-UserPhoto -WhatIf).Count | Should -BeGreaterThan 0 }
    }
}
