# What an administrator does around a run, with the real binary against "photosync demo --serve": plan, review, carry out, be
# stopped by a brake, look at the runs, and take it all back.

BeforeDiscovery {
    $canBeAsked = [System.Environment]::GetCommandLineArgs() -notcontains '-NonInteractive'
}

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'Lab.ps1'))
    Import-Module -Name $modulePath -Force
    $contract = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText([System.IO.Path]::Combine($repository, 'bridge', 'contract.json')))
    # What is wrong in the small company; see internal/lab/staff.go and small.go.
    $missing = 'chloe.dubois', 'elif.yilmaz', 'grace.mwangi', 'henrik.sorensen', 'karin.lindqvist', 'reception', 'wei.wang' | ForEach-Object { "$_@corp.example" }
    $drifted = 'juergen.gross', 'laura.jensen', 'malgorzata.zielinska', 'priya.raman', 'tom.bakker' | ForEach-Object { "$_@corp.example" }
    $everybody = @($missing + $drifted | Sort-Object)
    $optOut = 'CN=Photo Opt-Out,OU=Groups,DC=corp,DC=example'

    $cloudId = @{}
    function Get-Picture {
        # What the cloud holds of everybody who is to be changed, byte for byte. By id: some have another UPN there. The ids
        # are the same in every lab.
        if (-not $cloudId.Count) { foreach ($row in Get-PhotoDrift -Identity $everybody) { $cloudId[$row.UserPrincipalName] = $row.CloudId } }
        $lines = @(foreach ($name in $everybody) {
                $bytes = Get-CloudPhoto -Id $cloudId[$name]
                if ($null -eq $bytes) { "$name none" } else { "$name $([System.Convert]::ToBase64String($bytes))" }
            })
        $lines -join "`n"
    }
    function Get-Id {
        # The error with which a call ends, '' for none.
        param([scriptblock]$Call)
        try { $null = & $Call } catch { return $_.FullyQualifiedErrorId }
        ''
    }
    function Get-Sorted { param([object[]]$Object, [string]$Name) @($Object | ForEach-Object { "$($_.$Name)" } | Sort-Object) -join ' ' }
}

Describe 'A run' {
    BeforeAll {
        $lab = Start-Demo
        $start = Get-Picture
        $none = @(Get-PhotoSyncRun)
        $changes = @(Sync-UserPhoto -Baseline OnPremises -Confirm:$false)
        $after = Get-Picture
        $run = $changes[0].RunId
    }
    AfterAll { Stop-Lab -Lab $lab }

    It 'is in the list with what came of it, and before it the list was empty' {
        $none.Count | Should -Be 0
        # The seventh, reception, is answered with a single pixel that stands for none.
        @($start.Split("`n") -like '* none').Count | Should -Be 6
        @($after.Split("`n") -like '* none').Count | Should -Be 0
        Get-Sorted $changes UserPrincipalName | Should -BeExactly ($everybody -join ' ')
        $runs = @(Get-PhotoSyncRun)
        $runs.Count | Should -Be 1
        $runs[0].PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.PhotoSyncRun'
        Join-Property -Object @($runs[0].PSObject.Properties) -Name Name | Should -BeExactly (Join-Property -Object $contract.types.Run -Name name)
        $runs[0].RunId | Should -BeExactly $run
        $runs[0].Command | Should -BeExactly 'sync'
        $runs[0].Outcome | Should -BeExactly 'Ok'
        $runs[0].Uploads | Should -Be 12
        $runs[0].Done + $runs[0].Pending | Should -Be 12
        $runs[0].Backups | Should -Be 5
        $runs[0].Failed + $runs[0].Unfinished + $runs[0].Removals | Should -Be 0
        foreach ($name in 'User', 'Host', 'Version', 'GraphUrl') { $runs[0].$name | Should -Not -BeNullOrEmpty -Because $name }
        foreach ($name in 'StartedAt', 'EndedAt') {
            $runs[0].$name | Should -BeOfType [datetime]
            $runs[0].$name.Kind | Should -Be 'Utc'
        }
        ($runs[0] | Out-String -Width 120) | Should -Match "(?m)^= \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ sync +Ok +\d+ .* $run\s*$"
    }

    It 'is listed without a sign-in and without a domain controller' {
        $state = $env:PHOTOSYNC_STATE_DIR
        foreach ($name in $lab.Values.Keys) { [System.Environment]::SetEnvironmentVariable($name, $null) }
        try {
            @(Get-PhotoSyncRun -StatePath $state).Count | Should -Be 1
            $connection = Connect-PhotoSync -StatePath $state -PassThru
            Disconnect-PhotoSync
            @(Get-PhotoSyncRun -RunId $run -Connection $connection).Count | Should -Be 1
        } finally {
            foreach ($name in $lab.Values.Keys) { [System.Environment]::SetEnvironmentVariable($name, $lab.Values[$name]) }
        }
        Get-PhotoSyncRun -RunId nonsense -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeExactly 'RunNotFound,Get-PhotoSyncRun'
    }

    It 'with -WhatIf is put back in words only' {
        $rows = @(Restore-UserPhoto -RunId $run -WhatIf)
        Get-Sorted $rows UserPrincipalName | Should -BeExactly ($everybody -join ' ')
        Join-Property -Object @($rows | Select-Object -Property Status -Unique) -Name Status | Should -BeExactly 'WouldChange'
        Get-Sorted @($rows | Where-Object { $_.Action -eq 'Remove' }) UserPrincipalName | Should -BeExactly ($missing -join ' ')
        Get-Picture | Should -BeExactly $after
        @(Get-PhotoSyncRun).Count | Should -Be 1
    }

    It 'is said with -WhatIf line by line' {
        $child = Invoke-Child -Script @"
Import-Module -Name '$($modulePath.Replace("'", "''"))'
`$null = Get-PhotoSyncRun | Select-Object -First 1 | Restore-UserPhoto -WhatIf
"@
        $child.Errors | Should -BeNullOrEmpty
        $lines = @($child.Output -split '\r?\n' | Where-Object { $_ -like 'What if:*' })
        $lines.Count | Should -Be 12
        @($lines | Where-Object { $_ -match 'Put back the earlier photo of .*tom\.bakker@corp\.example.* in Microsoft 365; the photo there is backed up first' }).Count | Should -Be 1
        @($lines | Where-Object { $_ -match 'Remove the photo of .*wei\.wang@corp\.example.* from Microsoft 365, where there was none before; it is backed up first' }).Count | Should -Be 1
    }

    It 'is put back byte for byte, without the directory, and that is a run of its own' {
        $rows = @(Invoke-WithoutDirectory { Restore-UserPhoto -RunId $run })
        Get-Sorted $rows UserPrincipalName | Should -BeExactly ($everybody -join ' ')
        @($rows | Where-Object { $_.Status -notin 'Done', 'Pending' }).Count | Should -Be 0
        Join-Property -Object @($rows | Select-Object -Property Reason -Unique) -Name Reason | Should -BeExactly 'Restored'
        $rows[0].PSObject.TypeNames[0] | Should -BeExactly 'UserPhotoSync.PhotoChange'
        Get-Picture | Should -BeExactly $start
        $runs = @(Get-PhotoSyncRun)
        $runs.Count | Should -Be 2
        $runs[0].Command | Should -BeExactly 'restore'
        $runs[0].RunId | Should -BeExactly $rows[0].RunId
        $runs[0].Restores | Should -BeExactly $run
        $runs[0].Backups | Should -Be 12
    }

    It 'that put back can be taken back, too' {
        $rows = @(Get-PhotoSyncRun | Select-Object -First 1 | Restore-UserPhoto)
        $rows.Count | Should -Be 12
        Get-Picture | Should -BeExactly $after
    }

    It 'of which there is none ends the call, and nothing is written' {
        Get-Id { Restore-UserPhoto -RunId nonsense -ErrorAction SilentlyContinue } | Should -BeExactly 'RunNotFound,Restore-UserPhoto'
        Get-Id { Restore-UserPhoto -RunId 018f0000-0000-7000-8000-000000000000 } | Should -BeExactly 'RunNotFound,Restore-UserPhoto'
        Get-Picture | Should -BeExactly $after
    }
}

Describe 'One person' {
    BeforeEach {
        $lab = Start-Demo
        $tom = Get-CloudPhoto -Id tom.bakker@corp.example
        $changes = @(Sync-UserPhoto -Identity tom.bakker@corp.example, wei.wang@corp.example, chloe.dubois@corp.example -Baseline OnPremises -Confirm:$false)
    }
    AfterEach { Stop-Lab -Lab $lab }

    It 'gets back what was there, by any name that the journal has, and nobody else does' {
        $row = @($changes | Where-Object { $_.UserPrincipalName -eq 'tom.bakker@corp.example' })[0]
        foreach ($name in $row.UserPrincipalName, $row.SamAccountName, $row.ObjectGuid, $row.CloudId) {
            $rows = @(Restore-UserPhoto $name -WhatIf)
            $rows.Count | Should -Be 1 -Because "$name names one person"
            $rows[0].UserPrincipalName | Should -BeExactly 'tom.bakker@corp.example'
        }
        $rows = @(Restore-UserPhoto tom.bakker@corp.example)
        Join-Property -Object $rows -Name Status | Should -Match '^(Done|Pending)$'
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id tom.bakker@corp.example)) | Should -BeExactly ([System.Convert]::ToBase64String($tom))
        $null -eq (Get-CloudPhoto -Id wei.wang@corp.example) | Should -BeFalse
    }

    It 'of a run comes by rows, by name and run, and by an object of Get-ADUser' {
        @($changes | Where-Object { $_.UserPrincipalName -eq 'wei.wang@corp.example' } | Restore-UserPhoto).Count | Should -Be 1
        $null -eq (Get-CloudPhoto -Id wei.wang@corp.example) | Should -BeTrue
        $null -eq (Get-CloudPhoto -Id chloe.dubois@corp.example) | Should -BeFalse
        @(Restore-UserPhoto -RunId $changes[0].RunId -Identity chloe.dubois@corp.example).Count | Should -Be 1
        $null -eq (Get-CloudPhoto -Id chloe.dubois@corp.example) | Should -BeTrue
        $guid = @($changes | Where-Object { $_.UserPrincipalName -eq 'tom.bakker@corp.example' })[0].ObjectGuid
        @(New-AdUser -UserPrincipalName tom.bakker@corp.example -ObjectGuid $guid -Photo $tom | Restore-UserPhoto).Count | Should -Be 1
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id tom.bakker@corp.example)) | Should -BeExactly ([System.Convert]::ToBase64String($tom))
    }

    It 'whom nobody wrote is an error, and nothing is put back' {
        Get-Id { Restore-UserPhoto -Identity na.li@corp.example -ErrorAction Stop } | Should -BeExactly 'WriteNotFound,Restore-UserPhoto'
        Get-Id { Restore-UserPhoto -Identity na.li@corp.example -RunId $changes[0].RunId -ErrorAction Stop } | Should -BeExactly 'WriteNotFound,Restore-UserPhoto'
        @(Get-PhotoSyncRun).Count | Should -Be 1
    }

    It 'who chose another photo since keeps it, unless -Force is given' {
        $own = Get-CloudPhoto -Id anna.mueller@corp.example
        Set-CloudPhoto -Id tom.bakker@corp.example -Photo $own
        $rows = @(Restore-UserPhoto -RunId $changes[0].RunId)
        $rows.Count | Should -Be 3
        $left = @($rows | Where-Object { $_.Status -eq 'Skipped' })
        Join-Property -Object $left -Name UserPrincipalName | Should -BeExactly 'tom.bakker@corp.example'
        $left[0].Reason | Should -BeExactly 'CloudChanged'
        $left[0].ErrorCode | Should -BeExactly 'PhotoChangedSince'
        $left[0].Remedy | Should -Match '(^|\s)-Force\b'
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id tom.bakker@corp.example)) | Should -BeExactly ([System.Convert]::ToBase64String($own))
        $null -eq (Get-CloudPhoto -Id wei.wang@corp.example) | Should -BeTrue -Because 'the others got theirs back'

        @(Restore-UserPhoto tom.bakker@corp.example -RunId $changes[0].RunId -Force).Count | Should -Be 1
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id tom.bakker@corp.example)) | Should -BeExactly ([System.Convert]::ToBase64String($tom))
    }

    It 'is not touched where nobody can be asked and somebody has to be' -Skip:$canBeAsked {
        Get-Id { Restore-UserPhoto tom.bakker@corp.example -Confirm } | Should -BeExactly 'ConfirmationUnavailable,Restore-UserPhoto'
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id tom.bakker@corp.example)) | Should -Not -BeExactly ([System.Convert]::ToBase64String($tom))
    }

    It 'asked for, a no is a no' {
        $child = Invoke-Child -Line 'n' -Script @"
Import-Module -Name '$($modulePath.Replace("'", "''"))'
Restore-UserPhoto tom.bakker@corp.example -Confirm | ForEach-Object { "row `$(`$_.Status) `$(`$_.Reason)" }
"@
        $child.Output | Should -Match 'Put back the earlier photo of .+ in Microsoft 365\? The photo there is backed up first\.'
        $child.Output | Should -Match 'row Skipped Declined'
    }
}

Describe 'Backups that are encrypted' {
    BeforeAll {
        $lab = Start-Demo
        $key = [System.IO.Path]::Combine($TestDrive, 'key.txt')
        [System.IO.File]::WriteAllText($key, "AGE-SECRET-KEY-1QX2UPE5D0Q5GH78WUX580KE55SU00HVEHZYR5CERTTXMHGPA7A5Q8CSNN0`n")
        $tom = Get-CloudPhoto -Id tom.bakker@corp.example
    }
    AfterAll { Stop-Lab -Lab $lab }

    It 'come back with the identity only' {
        $recipient = 'age14rdz4anz4p5etjh6dhw0nkae2lj2sraykajk64azryhppahrc97sc8kfxk'
        Get-Id { Sync-UserPhoto -Identity tom.bakker@corp.example -Baseline OnPremises -BackupRecipient age1nonsense -Confirm:$false } | Should -BeExactly 'BackupKeyUnusable,Sync-UserPhoto'
        $changes = @(Sync-UserPhoto -Identity tom.bakker@corp.example -Baseline OnPremises -BackupRecipient $recipient -Confirm:$false)
        Join-Property -Object $changes -Name Status | Should -Match '^(Done|Pending)$'
        $caught = $null
        try { $changes | Restore-UserPhoto } catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -BeExactly 'BackupEncrypted,Restore-UserPhoto'
        $caught.ErrorDetails.RecommendedAction | Should -Match '-IdentityFilePath\b'
        Push-Location -LiteralPath $TestDrive
        try { @($changes | Restore-UserPhoto -IdentityFilePath ./key.txt).Count | Should -Be 1 } finally { Pop-Location }
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id tom.bakker@corp.example)) | Should -BeExactly ([System.Convert]::ToBase64String($tom))
    }
}

Describe 'A plan' {
    BeforeEach {
        $lab = Start-Demo
        $start = Get-Picture
        $file = [System.IO.Path]::Combine($TestDrive, [System.IO.Path]::GetRandomFileName())
    }
    AfterEach { Stop-Lab -Lab $lab }

    It 'is written, reviewed by deleting a line, and carried out as it is' {
        Push-Location -LiteralPath $TestDrive
        try {
            $planned = @(Sync-UserPhoto -WhatIf -Baseline OnPremises -PlanPath ./plan.jsonl)
            Get-Sorted $planned UserPrincipalName | Should -BeExactly ($everybody -join ' ')
            Get-Picture | Should -BeExactly $start
            @(Get-StateFile).Count | Should -Be 0
            $lines = Get-Content -Path ./plan.jsonl
            @($lines).Count | Should -Be 13
            foreach ($line in $lines) { $null = ConvertFrom-Json -InputObject $line }
            $lines | Where-Object { $_ -notmatch 'laura\.jensen' } | Set-Content -Path ./plan.jsonl
            $changes = @(Sync-UserPhoto -PlanPath ./plan.jsonl -MaxAge 1.00:00:00 -Confirm:$false)
        } finally {
            Pop-Location
        }
        Get-Sorted $changes UserPrincipalName | Should -BeExactly (@($everybody | Where-Object { $_ -ne 'laura.jensen@corp.example' }) -join ' ')
        @($changes | Where-Object { $_.Status -notin 'Done', 'Pending' }).Count | Should -Be 0
        @(Get-PhotoDrift laura.jensen@corp.example)[0].Status | Should -BeExactly 'Drifted'
        # All of it is as undoable as any other run.
        $null = Restore-UserPhoto -RunId $changes[0].RunId
        Get-Picture | Should -BeExactly $start
    }

    It 'is read in the encodings that PowerShell writes: <_>' -TestCases 'ASCII', 'UTF8', 'Unicode' {
        $null = Sync-UserPhoto -WhatIf -Baseline OnPremises -PlanPath $file
        $lines = Get-Content -LiteralPath $file | Select-Object -First 3
        $lines | Set-Content -LiteralPath $file -Encoding $_
        [System.IO.File]::WriteAllText($file, [System.IO.File]::ReadAllText($file).Replace("`r`n", "`n").Replace("`n", "`r`n"), [System.Text.Encoding]::$_)
        @(Sync-UserPhoto -PlanPath $file -Confirm:$false).Count | Should -Be 2
    }

    It 'that was altered is refused whole' {
        $null = Sync-UserPhoto -WhatIf -Baseline OnPremises -PlanPath $file
        $lines = Get-Content -LiteralPath $file
        $lines | ForEach-Object { $_ -replace 'tom\.bakker@', 'anna.mueller@' } | Set-Content -LiteralPath $file -Encoding ASCII
        Get-Id { Sync-UserPhoto -PlanPath $file -Confirm:$false } | Should -BeExactly 'PlanAltered,Sync-UserPhoto'
        @($lines) + @($lines)[3] | Set-Content -LiteralPath $file -Encoding ASCII
        Get-Id { Sync-UserPhoto -PlanPath $file -Confirm:$false } | Should -BeExactly 'PlanAltered,Sync-UserPhoto'
        Get-Id { Sync-UserPhoto -PlanPath ([System.IO.Path]::Combine($TestDrive, 'none')) -Confirm:$false } | Should -BeExactly 'PlanUnusable,Sync-UserPhoto'
        Get-Picture | Should -BeExactly $start
    }

    It 'writes nothing for a person who moved meanwhile' {
        $null = Sync-UserPhoto -WhatIf -Baseline OnPremises -PlanPath $file
        Set-CloudPhoto -Id tom.bakker@corp.example -Photo (Get-CloudPhoto -Id anna.mueller@corp.example)
        $changes = @(Sync-UserPhoto -PlanPath $file -Confirm:$false)
        $skipped = @($changes | Where-Object { $_.Status -eq 'Skipped' })
        Join-Property -Object $skipped -Name UserPrincipalName | Should -BeExactly 'tom.bakker@corp.example'
        Join-Property -Object $skipped -Name Reason | Should -BeExactly 'ChangedMeanwhile'
        $changes.Count | Should -Be 12
    }

    It 'of people holds these' {
        $null = 'tom.bakker@corp.example', 'wei.wang@corp.example' | Sync-UserPhoto -WhatIf -Baseline OnPremises -PlanPath $file
        Get-Sorted @(Sync-UserPhoto -PlanPath $file -Confirm:$false) UserPrincipalName | Should -BeExactly 'tom.bakker@corp.example wei.wang@corp.example'
    }
}

Describe 'A brake' {
    BeforeAll {
        $lab = Start-Demo
        $start = Get-Picture
    }
    AfterAll { Stop-Lab -Lab $lab }

    It 'is one terminating error that says what would let it pass, and nothing is written: <Id>' -TestCases @(
        @{ Id = 'TooManyChanges'; Arguments = @{ MaxChange = 11 }; Advice = '-MaxChange' }
        @{ Id = 'CanaryNotInSync'; Arguments = @{ Canary = 'tom.bakker@corp.example' }; Advice = '-Canary' }
        @{ Id = 'ExcludedGroupNotFound'; Arguments = @{ ExcludeGroup = 'CN=Nobody,DC=corp,DC=example' }; Advice = '-ExcludeGroup' }
        @{ Id = 'SourceEmpty'; Arguments = @{ LDAPFilter = '(department=Nowhere)' }; Advice = '-MaxShrinkPercent' }
    ) {
        param($Id, $Arguments, $Advice)
        $global:Error.Clear()
        $caught = $null
        try { $null = Sync-UserPhoto -Baseline OnPremises -Confirm:$false -ErrorAction SilentlyContinue @Arguments } catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -BeExactly "$Id,Sync-UserPhoto"
        $global:Error.Count | Should -Be 1
        $caught.ErrorDetails.RecommendedAction | Should -Match "$Advice\b"
        "$caught $($caught.ErrorDetails.RecommendedAction)" | Should -Not -Match '(^|\s)--\w'
        Get-Picture | Should -BeExactly $start
        @(Get-PhotoSyncRun | Where-Object { $_.Uploads + $_.Removals }).Count | Should -Be 0
    }

    It 'that is let off lets the run pass, and its undo is the start again' {
        $changes = @(Sync-UserPhoto -Baseline OnPremises -MaxChange 12 -Canary anna.mueller@corp.example -Confirm:$false)
        $changes.Count | Should -Be 12
        $null = $changes | Restore-UserPhoto
        Get-Picture | Should -BeExactly $start
    }
}

Describe 'A pilot' {
    BeforeEach { $lab = Start-Demo }
    AfterEach { Stop-Lab -Lab $lab }

    It '-First writes so many, and says of the others that they were beyond' {
        $changes = @(Sync-UserPhoto -Baseline OnPremises -First 2 -Confirm:$false)
        @($changes | Where-Object { $_.Status -in 'Done', 'Pending' }).Count | Should -Be 2
        Join-Property -Object @($changes | Where-Object { $_.Status -eq 'Skipped' } | Select-Object -Property Reason -Unique) -Name Reason | Should -BeExactly 'BeyondFirst'
        # Rows that wrote nothing are no trouble for an undo.
        $rows = @($changes | Restore-UserPhoto -WarningVariable warnings -WarningAction SilentlyContinue)
        $rows.Count | Should -Be 2
        "$warnings" | Should -Match '^10 rows were left out'
    }

    It '-ExcludeGroup leaves out its members, those of groups in it, too' {
        $out = 'juergen.gross@corp.example', 'priya.raman@corp.example', 'tom.bakker@corp.example'
        $changes = @(Sync-UserPhoto -Baseline OnPremises -ExcludeGroup $optOut -Confirm:$false)
        Get-Sorted @($changes | Where-Object { $_.Status -in 'Done', 'Pending' }) UserPrincipalName | Should -BeExactly (@($everybody | Where-Object { $_ -notin $out }) -join ' ')
        foreach ($name in $out) { @(Get-PhotoDrift $name)[0].Status | Should -BeExactly 'Drifted' }
    }
}

Describe 'A photo that somebody chose' {
    BeforeEach {
        $lab = Start-Demo
        $null = Sync-UserPhoto -Identity tom.bakker@corp.example -Baseline OnPremises -Confirm:$false
        # What both sides agree on is known when it was looked at.
        $null = Get-PhotoDrift tom.bakker@corp.example
        $own = Get-CloudPhoto -Id anna.mueller@corp.example
        Set-CloudPhoto -Id tom.bakker@corp.example -Photo $own
    }
    AfterEach { Stop-Lab -Lab $lab }

    It 'is left alone, whatever -Baseline says, and the row says so' {
        $row = @(Get-PhotoDrift tom.bakker@corp.example)[0]
        $row.Reason | Should -BeExactly 'CloudChanged'
        $row.ChangedSide | Should -BeExactly 'Cloud'
        @(Sync-UserPhoto -Identity tom.bakker@corp.example -Baseline OnPremises -Confirm:$false | Where-Object { $_.Status -ne 'Skipped' }).Count | Should -Be 0
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id tom.bakker@corp.example)) | Should -BeExactly ([System.Convert]::ToBase64String($own))
    }

    It 'is replaced with -OnConflict OnPremises, and can be had back' {
        $changes = @(Sync-UserPhoto -Identity tom.bakker@corp.example -OnConflict OnPremises -Confirm:$false)
        Join-Property -Object $changes -Name Status | Should -Match '^(Done|Pending)$'
        $changes[0].Reason | Should -BeExactly 'CloudChanged'
        @($changes | Restore-UserPhoto).Count | Should -Be 1
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id tom.bakker@corp.example)) | Should -BeExactly ([System.Convert]::ToBase64String($own))
    }

    It 'is accepted with -OnConflict Cloud' {
        $null = Sync-UserPhoto -Identity tom.bakker@corp.example -OnConflict Cloud -Confirm:$false
        [System.Convert]::ToBase64String((Get-CloudPhoto -Id tom.bakker@corp.example)) | Should -BeExactly ([System.Convert]::ToBase64String($own))
        $row = @(Get-PhotoDrift tom.bakker@corp.example)[0]
        $row.Reason | Should -BeExactly 'Accepted'
        $row.Action | Should -BeExactly 'None'
    }
}
