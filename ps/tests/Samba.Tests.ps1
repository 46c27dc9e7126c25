# The module with its real binary against a real directory: Samba, with 250 people. It needs what the Go tests against Samba
# need: root on Debian, or whatever else ../shared/lab/samba-ad can start on.

BeforeDiscovery {
    $real = $env:PHOTOSYNC_REAL -eq '1'
    $title = 'Samba'
    if (-not $real) { $title = 'Samba (left out: set PHOTOSYNC_REAL=1 to run it)' }
}

Describe $title -Skip:(-not $real) {
    BeforeAll {
        if ($env:PHOTOSYNC_REAL -ne '1') { return }
        foreach ($name in 'Lab.ps1', 'Samba.ps1') { . ([System.IO.Path]::Combine($PSScriptRoot, $name)) }
        Import-Module -Name $modulePath -Force
        # Not TestDrive: it is looked through before and after every test.
        $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName())
        [void][System.IO.Directory]::CreateDirectory($folder)
        $lab = Start-Samba -Folder $folder
        $inSync, $drifted, $missing, $people = [int]$env:LAB_IN_SYNC, [int]$env:LAB_DRIFTED, [int]$env:LAB_MISSING, [int]$env:LAB_EVERYBODY
        $toDo = $drifted + $missing
        $everything = @{ Baseline = 'OnPremises'; MaxChange = 1000; MaxChangePercent = 100 }

        function Get-Count {
            # How many objects have each value of a property: 'Done=3 Failed=1'.
            param([AllowNull()][AllowEmptyCollection()][object[]]$Object, [string]$Name)
            @($Object | Group-Object -Property $Name -NoElement | Sort-Object -Property Name | ForEach-Object { "$($_.Name)=$($_.Count)" }) -join ' '
        }

        function Invoke-Quiet {
            # Runs a script in a runspace without a host, where 200 "What if" lines go nowhere.
            param([string]$Script)
            $shell = [powershell]::Create()
            try {
                [void]$shell.AddScript("Import-Module -Name '$($modulePath.Replace("'", "''"))'; $Script")
                $shell.Invoke()
                foreach ($problem in $shell.Streams.Error) { throw $problem }
            } finally {
                $shell.Dispose()
            }
        }
    }

    AfterAll {
        if ($env:PHOTOSYNC_REAL -ne '1') { return }
        Stop-Lab -Lab $lab
        [System.IO.Directory]::Delete($folder, $true)
    }

    It 'has at least 200 people, of whom many have another picture in the cloud, or none' {
        $people | Should -BeGreaterOrEqual 250
        $inSync + $toDo | Should -BeGreaterThan 200
        $drifted | Should -BeGreaterThan 50
        $missing | Should -BeGreaterThan 50
    }

    It 'Get-PhotoDrift finds what was made' {
        $rows = @(Get-PhotoDrift -All)
        $rows.Count | Should -Be $people
        $statuses = Get-Count -Object $rows -Name Status
        foreach ($expected in "InSync=$inSync", "Drifted=$drifted", "MissingInCloud=$missing") { $statuses | Should -Match "(^| )$expected( |$)" }
        @(Get-PhotoDrift).Count | Should -Be @($rows | Where-Object { $_.Status -notin 'InSync', 'NoPhoto' }).Count
        $dated = @($rows | Where-Object { $null -ne $_.OnPremisesChangedAt })
        foreach ($row in $dated) { "$($row.OnPremisesChangedAt.GetType().Name) $($row.OnPremisesChangedAt.Kind)" | Should -BeExactly 'DateTime Utc' }
        @($rows | Where-Object { $null -ne $_.ErrorCode }).Count | Should -Be 0
    }

    It 'Sync-UserPhoto -WhatIf says what it would do, and does not' {
        $changes = @(Invoke-Quiet 'Get-PhotoDrift | Sync-UserPhoto -WhatIf -Baseline OnPremises -MaxChange 1000 -MaxChangePercent 100')
        Get-Count -Object $changes -Name Status | Should -BeExactly "WouldChange=$toDo"
        Get-Count -Object @(Invoke-Quiet 'Get-PhotoDrift | Sync-UserPhoto -WhatIf') -Name Status | Should -BeExactly "WouldChange=$missing"
        Get-Count -Object @(Get-PhotoDrift -Status Drifted, MissingInCloud) -Name Status | Should -BeExactly "Drifted=$drifted MissingInCloud=$missing"
        $new = @($changes | Where-Object { -not $_.ETagBefore })
        $new.Count | Should -Be $missing
        foreach ($change in $new | Select-Object -First 5) { Get-CloudPhoto -Id $change.CloudId | Should -BeNullOrEmpty }
    }

    It 'Sync-UserPhoto of the whole domain is braked' {
        { Sync-UserPhoto -Baseline OnPremises -Confirm:$false } | Should -Throw -ErrorId 'TooManyChanges,Sync-UserPhoto'
        @(Get-PhotoDrift -Status Drifted).Count | Should -Be $drifted
    }

    It 'Get-PhotoDrift | Sync-UserPhoto writes, and then nothing is left to do' {
        $changes = @(Get-PhotoDrift | Sync-UserPhoto @everything -Confirm:$false)
        Get-Count -Object $changes -Name Status | Should -BeExactly "Done=$toDo"
        Get-Count -Object $changes -Name Action | Should -BeExactly "Upload=$toDo"
        @($changes | Where-Object { $_.BackupSha256 }).Count | Should -Be $drifted -Because 'what was replaced has a backup'
        foreach ($change in $changes | Select-Object -First 5) { (Get-CloudPhoto -Id $change.CloudId).Length | Should -BeGreaterThan 1000 }

        Get-Count -Object @(Get-PhotoDrift -Status Drifted, MissingInCloud, InSync, Unknown, Unreadable) -Name Status | Should -BeExactly "InSync=$($inSync + $toDo)"
        @(Get-PhotoDrift | Where-Object { $_.Action -ne 'None' }).Count | Should -Be 0
        Get-PhotoDrift | Sync-UserPhoto @everything -Confirm:$false | Should -BeNullOrEmpty
    }

    It 'the same from objects with bytes, without a connection to the directory' {
        $env:PHOTOSYNC_GRAPH_URL = $env:LAB_OTHER_GRAPH_URL
        $env:PHOTOSYNC_STATE_DIR = [System.IO.Path]::Combine($folder, 'other-state')
        Invoke-WithoutDirectory {
            { Get-PhotoDrift } | Should -Throw -ErrorId 'ServerMissing,Get-PhotoDrift'
            $users = @(Get-ADUser)
            $users.Count | Should -Be $people
            $rows = @($users | Get-PhotoDrift)
            $rows.Count | Should -Be $people -Because 'for people who are named every row comes'
            $statuses = Get-Count -Object $rows -Name Status
            foreach ($expected in "InSync=$inSync", "Drifted=$drifted", "MissingInCloud=$missing") { $statuses | Should -Match "(^| )$expected( |$)" }

            $few = @($users | Select-Object -First 20 | Sync-UserPhoto -Baseline OnPremises -WhatIf)
            @($few | Where-Object { $_.Status -ne 'WouldChange' }).Count | Should -Be 0
            Get-Count -Object @($users | Get-PhotoDrift -Status Drifted, MissingInCloud) -Name Status | Should -BeExactly "Drifted=$drifted MissingInCloud=$missing"

            $changes = @($users | Sync-UserPhoto @everything -Confirm:$false)
            Get-Count -Object $changes -Name Status | Should -BeExactly "Done=$toDo"
            @($users | Get-PhotoDrift | Where-Object { $_.Action -ne 'None' }).Count | Should -Be 0
            Get-Count -Object @($users | Get-PhotoDrift -Status Drifted, MissingInCloud, InSync) -Name Status | Should -BeExactly "InSync=$($inSync + $toDo)"
            $users | Sync-UserPhoto @everything -Confirm:$false | Should -BeNullOrEmpty
        }
    }

    It 'both ways give the same rows' {
        $fields = 'UserPrincipalName', 'DisplayName', 'SamAccountName', 'ObjectGuid', 'DistinguishedName', 'CloudId', 'MatchedBy', 'Status', 'OnPremisesSha256', 'OnPremisesWidth', 'Findings'
        $ofDirectory = @(Get-PhotoDrift -All | Sort-Object -Property ObjectGuid)
        $ofObjects = @(Get-ADUser | Get-PhotoDrift | Sort-Object -Property ObjectGuid)
        foreach ($field in $fields) {
            # Who is handed over is nobody's orphan.
            $expected = (Join-Property -Object $ofDirectory -Name $field) -replace ',Orphan'
            Join-Property -Object $ofObjects -Name $field | Should -BeExactly $expected -Because $field
        }
    }
}
