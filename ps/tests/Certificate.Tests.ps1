# Sign-in with a certificate of a store: the module finds it, and signs for the binary, which never sees the private key.

BeforeDiscovery {
    # There the store is a keychain, which asks the person at the screen.
    $onMac = $PSVersionTable.PSEdition -eq 'Core' -and $PSVersionTable.OS -like 'Darwin*'
}

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'FakeBridge.ps1'))
    Import-TestModule
    # Elsewhere than on Windows the store of the account is a folder below HOME, looked up at its first use.
    $homeBefore = $env:HOME
    if (-not $windows) { $env:HOME = $fakeFolder }
    $added = [System.Collections.Generic.List[object]]::new()

    function Use-Store {
        param([scriptblock]$Block)
        $store = [System.Security.Cryptography.X509Certificates.X509Store]::new('My', 'CurrentUser')
        $store.Open('ReadWrite')
        try { & $Block $store } finally { $store.Close() }
    }

    function New-TestCertificate {
        # Puts a new certificate into the store of the account and gives it.
        param(
            [switch]$Ecdsa,
            [switch]$WithoutKey,
            [System.DateTimeOffset]$Until = [System.DateTimeOffset]::UtcNow.AddHours(1)
        )
        $sha = [System.Security.Cryptography.HashAlgorithmName]::SHA256
        $name = [System.Security.Cryptography.X509Certificates.X500DistinguishedName]::new('CN=UserPhotoSync test')
        if ($Ecdsa) {
            $key = [System.Security.Cryptography.ECDsa]::Create()
            $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new($name, $key, $sha)
        } else {
            $key = [System.Security.Cryptography.RSA]::Create(2048)
            $padding = [System.Security.Cryptography.RSASignaturePadding]::Pkcs1
            $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new($name, $key, $sha, $padding)
        }
        $certificate = $request.CreateSelfSigned($Until.AddDays(-30), $Until)
        if ($WithoutKey) {
            $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($certificate.RawData)
        } elseif ($windows) {
            # Or the store would keep the certificate alone. Not exportable, as an administrator would have it.
            $pfx = $certificate.Export('Pfx', 'x')
            $flags = [System.Security.Cryptography.X509Certificates.X509KeyStorageFlags]'UserKeySet, PersistKeySet'
            $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($pfx, 'x', $flags)
        }
        $added.Add($certificate)
        Use-Store { $args[0].Add($certificate) }
        $certificate
    }

    function Get-Told {
        # The lines of one type that the binary was told.
        param([string]$Type)
        @(Get-FakeLog | Where-Object { $_.type -eq $Type })
    }

    function Set-Transcript {
        # The next process replays a transcript of bridge/testdata.
        param([string]$Name)
        Set-Fake -Scenario good
        $file = [System.IO.Path]::Combine($repository, 'bridge', 'testdata', "$Name.transcript")
        $text = [System.IO.File]::ReadAllText($file) -replace '"version":"[^"]+"', '"version":"$VERSION"'
        $env:PHOTOSYNC_FAKE_TRANSCRIPT = [System.IO.Path]::Combine($fakeFolder, "$Name.transcript")
        [System.IO.File]::WriteAllText($env:PHOTOSYNC_FAKE_TRANSCRIPT, $text)
    }
}

AfterAll {
    if ($added.Count) { Use-Store { foreach ($certificate in $added) { $args[0].Remove($certificate) } } }
    foreach ($certificate in $added) {
        if (-not $windows -or -not $certificate.HasPrivateKey) { continue }
        $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate)
        if ($key -is [System.Security.Cryptography.RSACryptoServiceProvider]) { $key.PersistKeyInCsp = $false; $key.Clear() }
        elseif ($key) { $key.Key.Delete() }
    }
    $env:HOME = $homeBefore
    Clear-Fake
    Remove-Module -Name UserPhotoSync -ErrorAction SilentlyContinue
}

Describe 'A certificate of a store' -Skip:$onMac {
    BeforeAll {
        $certificate = New-TestCertificate
        $thumbprint = $certificate.Thumbprint
    }
    AfterEach {
        Stop-Leftover
        Disconnect-PhotoSync
    }

    It 'signs what the binary asks to be signed' {
        $seen = Invoke-Fake -Scenario sign -Call { Get-PhotoDrift -CertificateThumbprint $thumbprint -AppId a -Organization t }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Rows.Count | Should -Be 1 -Because 'the fake gives a row when both signatures are right'
        $seen.Kept.Count | Should -Be 0
        $parameters = (Get-Told request)[0].params
        @($parameters.PSObject.Properties | ForEach-Object { $_.Name }) -join ' ' | Should -BeExactly 'tenant auth clientId certificate'
        $parameters.auth | Should -BeExactly 'certificate'
        $parameters.certificate | Should -BeExactly ([System.Convert]::ToBase64String($certificate.RawData))
        $answers = Get-Told signature
        @($answers | ForEach-Object { $_.ref }) -join ' ' | Should -Be '1 2'
        foreach ($answer in $answers) {
            @($answer.PSObject.Properties | ForEach-Object { $_.Name }) -join ' ' | Should -BeExactly 'v type id ref data'
        }
    }

    It 'is found by a thumbprint as people copy it: <Form>' -TestCases @(
        @{ Form = 'the mark of the dialog and spaces'; Make = { [char]0x200E + (($args[0] -replace '(..)', '$1 ').ToLowerInvariant()) } }
        @{ Form = 'colons'; Make = { ($args[0] -replace '(..)(?=.)', '$1:') } }
        @{ Form = 'hyphens'; Make = { ($args[0] -replace '(..)(?=.)', '$1-') } }
        @{ Form = 'a line end'; Make = { "$($args[0])`r`n" } }
    ) {
        param($Make)
        $seen = Invoke-Fake -Scenario sign -Call { Get-PhotoDrift -CertificateThumbprint (& $Make $thumbprint) }
        $seen.Error | Should -BeNullOrEmpty
        $seen.Rows.Count | Should -Be 1
    }

    It 'is that of Connect-PhotoSync, of -Connection, or of the call' {
        $connection = Connect-PhotoSync -CertificateThumbprint $thumbprint.ToLowerInvariant() -PassThru
        $connection.CertificateThumbprint | Should -BeExactly $thumbprint
        foreach ($call in { Get-PhotoDrift }, { Test-PhotoSyncReadiness }) {
            $seen = Invoke-Fake -Scenario sign -Call $call
            $seen.Error | Should -BeNullOrEmpty
            $seen.Rows.Count | Should -Be 1
        }
        Connect-PhotoSync -ManagedIdentity
        (Invoke-Fake -Scenario sign -Call { Get-PhotoDrift -Connection $connection }).Rows.Count | Should -Be 1
        $seen = Invoke-Fake -Scenario good -Call { Get-PhotoDrift -Connection $connection -AccessToken x }
        (Get-Told request)[0].params.PSObject.Properties['certificate'] | Should -BeNullOrEmpty
        $null = Invoke-Fake -Scenario sync -Call { Sync-UserPhoto -WhatIf -CertificateThumbprint $thumbprint }
        (Get-Told request)[0].params.certificate | Should -Not -BeNullOrEmpty
    }

    It 'that has expired is the binary''s to judge' {
        $expired = New-TestCertificate -Until ([System.DateTimeOffset]::UtcNow.AddDays(-1))
        (Invoke-Fake -Scenario sign -Call { Get-PhotoDrift -CertificateThumbprint $expired.Thumbprint }).Rows.Count | Should -Be 1
    }

    It 'without its private key is none' {
        $keyless = New-TestCertificate -WithoutKey
        $seen = Invoke-Fake -Scenario sign -Call { Get-PhotoDrift -CertificateThumbprint $keyless.Thumbprint }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'CertificateNotFound,Get-PhotoDrift'
        "$($seen.Error)" | Should -Match "$($keyless.Thumbprint) is in Cert:\\CurrentUser\\My without its private key"
        $seen.Started | Should -Be 0
    }

    It 'with a key that cannot sign: the binary is told why' {
        $other = New-TestCertificate -Ecdsa
        $seen = Invoke-Fake -Scenario sign -Call { Get-PhotoDrift -CertificateThumbprint $other.Thumbprint }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'SignatureUnavailable,Get-PhotoDrift'
        $seen.Kept.Count | Should -Be 1
        $answer = Get-Told signature
        @($answer[0].PSObject.Properties | ForEach-Object { $_.Name }) -join ' ' | Should -BeExactly 'v type id ref error'
        $answer[0].error | Should -BeExactly "the private key of the certificate $($other.Thumbprint) cannot be used: it is no RSA key"
    }

    It 'is asked twice for the same: BridgeProtocol, and no second answer' {
        $seen = Invoke-Fake -Scenario sign-twice -Call { Get-PhotoDrift -CertificateThumbprint $thumbprint }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'BridgeProtocol,Get-PhotoDrift'
        "$($seen.Error)" | Should -Match 'ref 1'
        $seen.Left | Should -BeNullOrEmpty
        (Get-Told signature).Count | Should -BeLessOrEqual 1
    }

    It 'is judged by the real binary, before anybody is asked' {
        # The file of the environment is not looked at: the call names a certificate.
        $saved = $env:AZURE_CLIENT_CERTIFICATE_PATH
        $nowhere = @{ Server = 'ldaps://127.0.0.1:9'; GraphUrl = 'http://127.0.0.1:9'; TenantId = 'corp.example'; ClientId = 'a' }
        $expired = New-TestCertificate -Until ([System.DateTimeOffset]::UtcNow.AddDays(-1))
        $other = New-TestCertificate -Ecdsa
        try {
            $env:PHOTOSYNC_BINARY = $null
            $env:AZURE_CLIENT_CERTIFICATE_PATH = '/none.pem'
            { Get-PhotoDrift @nowhere -CertificateThumbprint $expired.Thumbprint } | Should -Throw -ErrorId 'CertificateExpired,Get-PhotoDrift'
            { Get-PhotoDrift @nowhere -CertificateThumbprint $other.Thumbprint } | Should -Throw -ErrorId 'CertificateUnusable,Get-PhotoDrift' -ExpectedMessage '*RSA*'
        } finally {
            $env:AZURE_CLIENT_CERTIFICATE_PATH = $saved
        }
    }

    It 'replays the transcript <Name>: <Status>' -TestCases @(
        @{ Name = 'sign'; Status = 'Pass' }
        @{ Name = 'unsigned'; Status = 'Fail' }
    ) {
        param($Name, $Status)
        Set-Transcript -Name $Name
        $checks = @(Test-PhotoSyncReadiness -CertificateThumbprint $thumbprint)
        @($checks | ForEach-Object { "$($_.Check) $($_.Status)" }) -join ' ' | Should -BeExactly "SignIn $Status"
    }
}

Describe 'No certificate of a store' {
    AfterEach {
        Stop-Leftover
        Disconnect-PhotoSync
    }

    It 'CertificateNotFound names the thumbprint and the stores, and nothing is started' -Skip:$onMac {
        $missing = '00112233445566778899AABBCCDDEEFF00112233'
        $seen = Invoke-Fake -Scenario good -Call { Get-PhotoDrift -CertificateThumbprint $missing -ErrorAction SilentlyContinue }
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'CertificateNotFound,Get-PhotoDrift'
        "$($seen.Error)" | Should -Match "$missing in Cert:\\CurrentUser\\My or Cert:\\LocalMachine\\My\."
        $seen.Error.CategoryInfo.Category | Should -Be 'AuthenticationError'
        $seen.Error.TargetObject | Should -BeExactly $missing
        $seen.Error.ErrorDetails.RecommendedAction | Should -Match 'Cert:'
        $seen.Kept.Count | Should -Be 1
        $seen.Started | Should -Be 0
        # Settings are kept as they are given; a store is opened when a cmdlet needs it.
        { Connect-PhotoSync -CertificateThumbprint $missing } | Should -Not -Throw
        { Test-PhotoSyncReadiness } | Should -Throw -ErrorId 'CertificateNotFound,Test-PhotoSyncReadiness'
    }

    It 'what is no thumbprint is refused at once: <_>' -TestCases '0011', 'CN=UserPhotoSync', ('A' * 64), ('G' * 40) {
        $text = $_
        { Connect-PhotoSync -CertificateThumbprint $text } | Should -Throw -ErrorId 'SettingInvalid,Connect-PhotoSync' -ExpectedMessage '*40 hexadecimal*'
        { Get-PhotoDrift -CertificateThumbprint $text } | Should -Throw -ErrorId 'SettingInvalid,Get-PhotoDrift'
    }

    It 'is kept open when the binary is missing' {
        Set-Fake -Scenario good
        $env:PHOTOSYNC_BINARY = [System.IO.Path]::Combine($fakeFolder, 'no such binary')
        $certificate = [pscustomobject]@{ Disposed = 0 }
        $certificate | Add-Member -MemberType ScriptMethod -Name Dispose -Value { $this.Disposed++ }
        $call = {
            param($Certificate)
            function Invoke-It {
                [CmdletBinding()] param($Certificate)
                $request = @{ Kind = 'drift'; TypeName = 'x'; Certificate = $Certificate; Parameters = @{}; DryRun = $false }
                Invoke-BridgeRequest -Request $request -Cmdlet $PSCmdlet
            }
            Invoke-It -Certificate $Certificate
        }
        { & (Get-Module -Name UserPhotoSync) $call $certificate } | Should -Throw -ErrorId 'BridgeNotFound*'
        $certificate.Disposed | Should -Be 1
    }

    It 'the binary may not ask who has named none' {
        $seen = Invoke-Fake -Scenario sign
        $seen.Error.FullyQualifiedErrorId | Should -BeExactly 'BridgeProtocol,Get-PhotoDrift'
        $seen.Left | Should -BeNullOrEmpty
        (Get-Told signature).Count | Should -Be 0
    }
}

Describe 'A code for a person' {
    AfterEach { Stop-Leftover }

    It 'is shown at once and no preference hides it, not even a variable that takes the rows' {
        Set-Fake -Scenario prompt
        $text = 'To sign in, open https://microsoft.com/devicelogin and enter the code FAKE123.'
        foreach ($quiet in 'SilentlyContinue', 'Ignore', 'Continue') {
            $streams = @(& { $WarningPreference = $quiet; $rows = Get-PhotoDrift -UseDeviceCode; "$(@($rows).Count) row" } 3>&1)
            "$($streams[0])" | Should -BeExactly $text
            $streams[0] | Should -BeOfType ([System.Management.Automation.WarningRecord])
            $streams[1] | Should -BeExactly '1 row'
        }
        @(Get-PhotoDrift -UseDeviceCode -WarningAction SilentlyContinue 3>&1)[0].Message | Should -BeExactly $text
        # Under Stop it ends nothing, and with -Debug nobody is asked.
        @(& { $WarningPreference = 'Stop'; Get-PhotoDrift -UseDeviceCode -Debug } 3>&1 5>&1 | Where-Object { $_ -is [System.Management.Automation.WarningRecord] }).Count | Should -Be 1
        @(Get-Told request | ForEach-Object { $_.params.auth }) -join ' ' | Should -Be 'device-code device-code device-code device-code device-code'
    }

    It 'replays the transcript prompt' {
        Set-Transcript -Name prompt
        $items = @(Test-PhotoSyncReadiness -UseDeviceCode 3>&1)
        "$($items[0])" | Should -Match 'enter the code ABC123'
        $items[1].Check | Should -Be 'SignIn'
        $items.Count | Should -Be 2
    }
}
