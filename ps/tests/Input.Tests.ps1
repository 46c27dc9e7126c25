# Who is meant by what comes in: as the binary is told.

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'FakeBridge.ps1'))
    Import-TestModule
    $guid = '5f0f4a0e-1111-4222-8333-000000000001'

    function Get-Told {
        param([AllowNull()][AllowEmptyCollection()][object[]]$InputObject)
        Set-Fake -Scenario good
        $null = $InputObject | Get-PhotoDrift -ErrorAction SilentlyContinue -ErrorVariable problems
        $script:problems = @($problems)
        foreach ($line in Get-FakeLog) {
            if ($line.type -eq 'input') { foreach ($person in $line.items) { ConvertTo-Json -InputObject $person -Compress } }
        }
    }

    function New-Typed {
        param([string]$TypeName, [System.Collections.IDictionary]$Property)
        $object = [pscustomobject]$Property
        $object.PSObject.TypeNames.Insert(0, $TypeName)
        $object
    }
    $adUser = 'Microsoft.ActiveDirectory.Management.ADUser'
}

AfterAll {
    Clear-Fake
    Remove-Module -Name UserPhotoSync -ErrorAction SilentlyContinue
}

Describe 'Objects by pipe' {
    It 'a text, and one that carries properties as those of Get-Content do' {
        $file = [System.IO.Path]::Combine($fakeFolder, 'people.txt')
        [System.IO.File]::WriteAllText($file, "anna`nb`"\`n")
        Get-Told (Get-Content -LiteralPath $file) | Should -Be '"anna"', '"b\"\\"'
        $problems | Should -BeNullOrEmpty
    }
    It 'a GUID and a mail address' {
        Get-Told ([guid]$guid), ([mailaddress]'Anna <anna@corp.example>') | Should -Be "`"$guid`"", '"anna@corp.example"'
    }
    It 'text beyond ASCII arrives as it was' {
        $name = [string][char]0xE4 + [char]0xD83D + [char]0xDE00 + [char]0x2028 + "`t"
        Set-Fake -Scenario good
        $null = $name | Get-PhotoDrift
        @(Get-FakeLog | Where-Object { $_.type -eq 'input' })[0].items[0] | Should -BeExactly $name
    }
    It 'a directory user without photo: by GUID, before SID, DN and UPN' {
        $property = [ordered]@{ DistinguishedName = 'CN=A'; ObjectGUID = [guid]$guid; SID = 'S-1-5-21-1'; UserPrincipalName = 'a@b' }
        Get-Told (New-Typed $adUser $property) | Should -Be "{`"name`":`"$guid`"}"
        $property.Remove('ObjectGUID')
        Get-Told (New-Typed $adUser $property) | Should -Be '{"name":"S-1-5-21-1"}'
        $property.Remove('SID')
        Get-Told (New-Typed $adUser $property) | Should -Be '{"name":"CN=A"}'
    }
    It 'a directory user with photo: all keys and the bytes' {
        $property = [ordered]@{
            DistinguishedName = 'CN=A'; ObjectGUID = [guid]$guid; SID = 'S-1-5-21-1'; UserPrincipalName = 'a@b'; Name = 'no display name'
            EmailAddress = 'm@b'; SamAccountName = 'a'; 'mS-DS-ConsistencyGuid' = [byte[]](1, 2, 3); Enabled = $false
            msExchRecipientTypeDetails = 4; thumbnailPhoto = [byte[]](255, 216, 1); ObjectClass = 'user'
        }
        $told = Get-Told (New-Typed $adUser $property) | ConvertFrom-Json
        $told.photo | Should -Be '/9gB'
        $told.PSObject.Properties.Name | Should -Be 'person', 'photo'
        $told.person.PSObject.Properties.Name | Should -Be 'objectGuid', 'sid', 'distinguishedName', 'userPrincipalName', 'mail',
            'samAccountName', 'consistencyGuid', 'accountControl', 'recipientType'
        $told.person.consistencyGuid | Should -Be 'AQID'
        $told.person.accountControl | Should -Be 2
        $told.person.recipientType | Should -Be 4
        $told.person.mail | Should -Be 'm@b'
    }
    It 'a photo in the shape <Shape>' -ForEach @(
        @{ Shape = 'object[]'; Photo = { [object[]](1, 2, 3) } }
        @{ Shape = 'collection of one byte[]'; Photo = { $list = [System.Collections.ArrayList]::new(); [void]$list.Add([byte[]](1, 2, 3)); , $list } }
        @{ Shape = 'PSObject'; Photo = { , [psobject]::new([byte[]](1, 2, 3)) } }
    ) {
        $property = @{ ObjectGUID = $guid; thumbnailPhoto = (& $Photo) }
        (Get-Told (New-Typed $adUser $property) | ConvertFrom-Json).photo | Should -Be 'AQID'
    }
    It 'an empty thumbnailPhoto is handed over as none' {
        foreach ($empty in $null, @(), [byte[]]::new(0)) {
            (Get-Told (New-Typed $adUser @{ ObjectGUID = $guid; thumbnailPhoto = $empty }) | ConvertFrom-Json).photo | Should -Be ''
        }
    }
    It 'a photo that became text is no photo, and not none either' {
        Get-Told (New-Typed $adUser @{ ObjectGUID = $guid; thumbnailPhoto = 'System.Byte[]' }) | Should -Be "`"$guid`""
    }
    It 'those without the property have no photo when others of the call carry it' {
        $with = New-Typed $adUser @{ ObjectGUID = $guid; thumbnailPhoto = [byte[]](1, 2, 3) }
        $without = New-Typed $adUser @{ ObjectGUID = $guid; SamAccountName = 'b' }
        $told = @(Get-Told $without, $with, 'c')
        ($told[0] | ConvertFrom-Json).photo | Should -Be ''
        ($told[0] | ConvertFrom-Json).person.samAccountName | Should -Be 'b'
        $told[2] | Should -Be '"c"'
    }
    It 'mS-DS-ConsistencyGuid: "" when it is known to be unset, left out when it is not known' {
        $base = @{ ObjectGUID = $guid; thumbnailPhoto = $null }
        (Get-Told (New-Typed $adUser $base) | ConvertFrom-Json).person.PSObject.Properties.Name | Should -Not -Contain 'consistencyGuid'
        $base['mS-DS-ConsistencyGuid'] = $null
        (Get-Told (New-Typed $adUser $base) | ConvertFrom-Json).person.consistencyGuid | Should -Be ''
    }
    It 'the type <Type> is read as a directory user' -ForEach @(
        @{ Type = 'Deserialized.Microsoft.ActiveDirectory.Management.ADUser' }
        @{ Type = 'Selected.Microsoft.ActiveDirectory.Management.ADUser' }
        @{ Type = 'Microsoft.ActiveDirectory.Management.ADPrincipal' }
    ) {
        Get-Told (New-Typed $Type ([ordered]@{ UserPrincipalName = 'a@b'; SID = 'S-1-5-21-1' })) | Should -Be '{"name":"S-1-5-21-1"}'
    }
    It 'a mailbox counts by its directory object id, never by Identity, Guid or DistinguishedName' -ForEach @(
        @{ Type = 'Deserialized.Microsoft.Exchange.Data.Directory.Management.Mailbox' }
        @{ Type = 'Microsoft.Exchange.Management.RestApiClient.GetExoMailbox' }
        @{ Type = 'Whatever' }
    ) {
        $property = [ordered]@{
            Identity = 'Anna'; Guid = [guid]::NewGuid(); ExchangeGuid = [guid]::NewGuid(); DistinguishedName = 'CN=x'; Name = 'Anna'; Alias = 'anna'
            SamAccountName = '$X'; ExternalDirectoryObjectId = $guid; UserPrincipalName = 'a@b'; PrimarySmtpAddress = 's@b'
            RecipientTypeDetails = 'UserMailbox'
        }
        Get-Told (New-Typed $Type $property) | Should -Be "{`"cloudId`":`"$guid`"}"
        $property['ExternalDirectoryObjectId'] = ''
        Get-Told (New-Typed $Type $property) | Should -Be '"a@b"'
        $property.Remove('UserPrincipalName')
        Get-Told (New-Typed $Type $property) | Should -Be '"s@b"'
        $property.Remove('PrimarySmtpAddress')
        if ($Type -ne 'Whatever') {
            @(Get-Told (New-Typed $Type $property)) | Should -BeNullOrEmpty
            $problems[0].FullyQualifiedErrorId | Should -Be 'InputInvalid,Get-PhotoDrift'
        }
    }
    It 'a Graph user counts by Id' {
        Get-Told (New-Typed 'Microsoft.Graph.PowerShell.Models.MicrosoftGraphUser1' @{ Id = $guid; Mail = 'm@b' }) |
            Should -Be "{`"cloudId`":`"$guid`"}"
        Get-Told ([pscustomobject]@{ Id = $guid; UserPrincipalName = 'a@b' }) | Should -Be "{`"cloudId`":`"$guid`"}"
        Get-Told ([pscustomobject]@{ ObjectId = $guid; UserPrincipalName = 'a@b' }) | Should -Be "{`"cloudId`":`"$guid`"}"
    }
    It 'an Id that is no GUID is somebody else''s number' {
        Get-Told ([pscustomobject]@{ Id = '4711'; UserPrincipalName = 'a@b' }) | Should -Be '"a@b"'
    }
    It 'a row that comes back is a name and a condition, also by way of CSV' {
        Set-Fake -Scenario good
        $row = @(Get-PhotoDrift)[0]
        $file = [System.IO.Path]::Combine($fakeFolder, 'rows.csv')
        $row | Export-Csv -LiteralPath $file -NoTypeInformation -Encoding UTF8
        foreach ($given in $row, ($row | Select-Object -Property *), (Import-Csv -LiteralPath $file)) {
            $told = Get-Told $given | ConvertFrom-Json
            $told.name | Should -Be $row.ObjectGuid
            $told.seen.status | Should -Be $row.Status
            $told.seen.onPremisesSha256 | Should -Be $row.OnPremisesSha256
            $told.seen.cloudETag | Should -Be $row.CloudETag
        }
    }
    It 'a row without values has a condition of nulls' {
        $told = Get-Told ([pscustomobject]@{ ObjectGuid = $guid; Status = 'NoPhoto'; CloudETag = ''; OnPremisesSha256 = '' }) | ConvertFrom-Json
        $told.seen.cloudETag | Should -Be $null
        $told.seen.onPremisesSha256 | Should -Be $null
    }
    It 'a plain object and a hashtable by their keys, whatever the case' {
        Get-Told ([pscustomobject]@{ userprincipalname = 'a@b'; SAMACCOUNTNAME = 'x' }) | Should -Be '"a@b"'
        Get-Told @{ mail = 'm@b'; samAccountName = 'x' } | Should -Be '"m@b"'
    }
    It 'arrays in the pipe and -InputObject are taken apart' {
        Get-Told @(, @('a', 'b')) | Should -Be '"a"', '"b"'
        Set-Fake -Scenario good
        $null = Get-PhotoDrift -InputObject 'c', 'd'
        @(Get-FakeLog | Where-Object { $_.type -eq 'input' })[0].items | Should -Be 'c', 'd'
    }
}

Describe 'What names nobody' {
    It '<Name> is an error of its own, and nothing is run' -ForEach @(
        @{ Name = 'null'; Value = { , $null } }
        @{ Name = 'a number'; Value = { , 42 } }
        @{ Name = 'an empty text'; Value = { , '' } }
        @{ Name = 'a blank text'; Value = { , '  ' } }
        @{ Name = 'an empty array'; Value = { , @(, @()) } }
        @{ Name = 'a file'; Value = { , [System.IO.FileInfo]::new('x') } }
        @{ Name = 'an object without keys'; Value = { , [pscustomobject]@{ Title = 'Dr' } } }
        @{ Name = 'a group'; Value = { , (New-Typed 'Microsoft.ActiveDirectory.Management.ADGroup' @{ ObjectGUID = [guid]::NewGuid() }) } }
        @{ Name = 'a computer'; Value = { , (New-Typed $adUser @{ ObjectGUID = [guid]::NewGuid(); ObjectClass = 'computer' }) } }
    ) {
        Set-Fake -Scenario good
        $rows = & $Value | Sync-UserPhoto -ErrorAction SilentlyContinue -ErrorVariable problems
        $rows | Should -BeNullOrEmpty
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'InputInvalid,Sync-UserPhoto'
        $problems[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        $problems[0].ErrorDetails.RecommendedAction | Should -Match 'Get-ADUser'
        @(Get-FakeProcess).Count | Should -Be 0
    }
    It 'the others of the call are run, and the error comes after the rows' {
        Set-Fake -Scenario good
        $all = @('anna', 42, 'bob' | Get-PhotoDrift 2>&1)
        $all[-1] | Should -BeOfType ([System.Management.Automation.ErrorRecord])
        $all[-1].TargetObject | Should -Be 42
        $all.Count | Should -BeGreaterThan 1
        @(Get-FakeLog | Where-Object { $_.type -eq 'input' })[0].items | Should -Be 'anna', 'bob'
    }
    It 'an empty pipe does nothing' {
        foreach ($cmdlet in 'Get-PhotoDrift', 'Sync-UserPhoto') {
            Set-Fake -Scenario good
            @() | & $cmdlet | Should -BeNullOrEmpty
            & { } | & $cmdlet | Should -BeNullOrEmpty
            @(Get-FakeProcess).Count | Should -Be 0
        }
    }
    It 'a pipe with a scope is an error of binding, and nothing is run' {
        Set-Fake -Scenario good
        $all = @('anna' | Sync-UserPhoto -SearchBase 'DC=x' 2>&1)
        $all.Count | Should -Be 1
        $all[0].FullyQualifiedErrorId | Should -Be 'InputObjectNotBound,Sync-UserPhoto'
        @() | Sync-UserPhoto -LDAPFilter '(a=b)' | Should -BeNullOrEmpty
        @(Get-FakeProcess).Count | Should -Be 0
    }
    It 'too many people and photos that are too large end the call before it began' {
        Set-Fake -Scenario good
        $module = Get-Module -Name UserPhotoSync
        $before = & $module { $script:InputLimit.Clone() }
        try {
            & $module { $script:InputLimit.People = 2; $script:InputLimit.OnePhoto = 3; $script:InputLimit.PhotoBytes = 5 }
            { 'a', 'b', 'c' | Get-PhotoDrift } | Should -Throw -ErrorId 'InputTooLarge,Get-PhotoDrift'
            $photo = { param($size) [pscustomobject]@{ UserPrincipalName = 'a@b'; thumbnailPhoto = [byte[]]::new($size) } }
            & $photo 4 | Get-PhotoDrift -ErrorAction SilentlyContinue -ErrorVariable tooLarge
            $tooLarge.FullyQualifiedErrorId | Should -Be 'PhotoTooLarge,Get-PhotoDrift'
            { (& $photo 3), (& $photo 3) | Get-PhotoDrift } | Should -Throw -ErrorId 'InputTooLarge,Get-PhotoDrift'
        } finally {
            & $module { param($limit) $script:InputLimit = $limit } $before
        }
        @(Get-FakeProcess).Count | Should -Be 0
    }
}

Describe 'Scope and names' {
    BeforeAll {
        function Get-Request {
            param([scriptblock]$Call, [string]$Scenario = 'good')
            Set-Fake -Scenario $Scenario
            $null = & $Call
            @(Get-FakeLog | Where-Object { $_.type -eq 'request' })[0]
        }
    }
    It 'without parameters the scope is read' {
        $request = Get-Request { Get-PhotoDrift }
        $request.op | Should -Be 'drift.get'
        @($request.params.PSObject.Properties).Count | Should -Be 0
        @(Get-FakeLog | Where-Object { $_.type -like 'input*' }).Count | Should -Be 0
    }
    It 'SearchScope <Given> is told as <Told>' -ForEach @(
        @{ Given = 'Base'; Told = 'base' }, @{ Given = 'One'; Told = 'one' }, @{ Given = 'OneLevel'; Told = 'one' }
        @{ Given = 'Sub'; Told = 'sub' }, @{ Given = 'Subtree'; Told = 'sub' }
    ) {
        (Get-Request { Get-PhotoDrift -SearchScope $Given }).params.searchScope | Should -BeExactly $Told
    }
    It 'SearchBase, LDAPFilter, All, Status' {
        $request = Get-Request { Get-PhotoDrift -SearchBase 'OU=a' -LDAPFilter '(b=c)' -All -Status InSync, Drifted }
        ConvertTo-Json -InputObject $request.params -Compress |
            Should -Be '{"searchBase":"OU=a","ldapFilter":"(b=c)","all":true,"statuses":["InSync","Drifted"]}'
    }
    It 'Identity: names in their order' {
        $request = Get-Request { Get-PhotoDrift anna, bob }
        $request.params.people | Should -Be $true
        @(Get-FakeLog | Where-Object { $_.type -eq 'input' })[0].items | Should -Be 'anna', 'bob'
        @(Get-FakeLog | Where-Object { $_.type -eq 'inputEnd' }).Count | Should -Be 1
    }
    It 'what Sync-UserPhoto is told' {
        $request = Get-Request { Sync-UserPhoto -Baseline OnPremises -MaxChange 0 -MaxChangePercent 50 -PassThru -Confirm:$false } sync
        $request.op | Should -Be 'photo.sync'
        ConvertTo-Json -InputObject $request.params -Compress |
            Should -Be '{"passThru":true,"baseline":"OnPremises","maxChange":0,"maxChangePercent":50}'
        $request.confirm | Should -Be 'never'
        $request.dryRun | Should -Be $false
    }
    It '-WhatIf is a dry run' {
        (Get-Request { Sync-UserPhoto -WhatIf } sync).dryRun | Should -Be $true
    }
    It 'nobody needs more than 500 people or about 256 KiB a line' {
        Set-Fake -Scenario good
        $null = 1..1201 | ForEach-Object { "user$_" } | Get-PhotoDrift
        @(Get-FakeLog | Where-Object { $_.type -eq 'input' } | ForEach-Object { $_.items.Count }) | Should -Be 500, 500, 201
        Set-Fake -Scenario good
        $null = 1..4 | ForEach-Object { @{ UserPrincipalName = "u$_"; thumbnailPhoto = [byte[]]::new(150000) } } | Get-PhotoDrift
        @(Get-FakeLog | Where-Object { $_.type -eq 'input' } | ForEach-Object { $_.items.Count }) | Should -Be 2, 2
    }
}
