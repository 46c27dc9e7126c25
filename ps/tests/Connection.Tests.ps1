# Whose settings hold, and what the binary is told of them.

BeforeAll {
    . ([System.IO.Path]::Combine($PSScriptRoot, 'FakeBridge.ps1'))
    Import-TestModule
    # The fake writes no secret down; so the line is read where it is made.
    & (Get-Module -Name UserPhotoSync) {
        $script:MakeSecretLine = ${function:Add-SecretLine}
        $script:SecretLine = ''
        function script:Add-SecretLine {
            param([hashtable]$Session, [System.Collections.IDictionary]$Secrets)
            & $script:MakeSecretLine -Session $Session -Secrets $Secrets
            $script:SecretLine = [System.Text.Encoding]::ASCII.GetString($Session.Secret)
        }
    }

    function Get-Params {
        # What the binary was told, as one line; the secrets decoded.
        param([scriptblock]$Call, [string]$Scenario = 'good')
        Set-Fake -Scenario $Scenario
        $null = & $Call
        $told = [ordered]@{}
        foreach ($line in Get-FakeLog) {
            if ($line.type -eq 'request') {
                foreach ($property in $line.params.PSObject.Properties) { $told[$property.Name] = $property.Value }
            } elseif ($line.type -eq 'secrets') {
                $sent = & (Get-Module -Name UserPhotoSync) { $script:SecretLine } | ConvertFrom-Json
                foreach ($property in $sent.items.PSObject.Properties) {
                    $bytes = [System.Convert]::FromBase64String($property.Value)
                    $told[$property.Name] = [System.Text.Encoding]::UTF8.GetString($bytes)
                }
            }
        }
        @(foreach ($name in $told.Keys) { "$name=$($told[$name])" }) -join ' '
    }

    function New-Secret([string]$Text) {
        $secret = [securestring]::new()
        foreach ($character in $Text.ToCharArray()) { $secret.AppendChar($character) }
        $secret
    }

    function New-Account([string]$Name, [string]$Text) { [pscredential]::new($Name, (New-Secret $Text)) }
    $odd = 'p"\' + [char]0xE4 + [char]0xD83D + [char]0xDE00
}

AfterAll {
    Clear-Fake
    Remove-Module -Name UserPhotoSync -ErrorAction SilentlyContinue
}

Describe 'Parameters of the call' {
    AfterEach { Disconnect-PhotoSync }

    It 'nothing is sent that nobody gave' {
        Get-Params { Get-PhotoDrift } | Should -Be ''
    }
    It 'the directory' {
        Get-Params { Get-PhotoDrift -Server dc1 -Credential (New-Account 'corp\reader' $odd) -AuthType Basic } |
            Should -Be "server=dc1 ldapAuth=basic ldapUser=corp\reader ldapPassword=$odd"
    }
    It 'a secret of one character, and one of 1,000' {
        foreach ($text in 'x', ('ab' * 500)) {
            Get-Params { Get-PhotoDrift -ClientSecretCredential (New-Account app $text) } |
                Should -Be "auth=client-secret clientId=app clientSecret=$text"
        }
    }
    It 'a certificate' {
        Get-Params { Get-PhotoDrift -CertificateFilePath /c.pfx -CertificatePassword (New-Secret pw) -Organization t -AppId a } |
            Should -Match '^tenant=t auth=certificate clientId=a certificateFile=\S*c\.pfx certificatePassword=pw$'
    }
    It 'a managed identity' {
        Get-Params { Get-PhotoDrift -ManagedIdentity } | Should -Be 'auth=managed-identity'
        Get-Params { Get-PhotoDrift -ManagedIdentity -ManagedIdentityAccountId m } | Should -Be 'auth=managed-identity clientId=m'
        Get-Params { Get-PhotoDrift -ManagedIdentity:$false } | Should -Be ''
    }
    It 'a token, as SecureString and as text' {
        Get-Params { Get-PhotoDrift -AccessToken (New-Secret tok) } | Should -Be 'auth=token accessToken=tok'
        Get-Params { Get-PhotoDrift -AccessToken tok } | Should -Be 'auth=token accessToken=tok'
    }
    It 'a code for a person' {
        Get-Params { Get-PhotoDrift -UseDeviceCode -TenantId t -ClientId a } | Should -Be 'tenant=t auth=device-code clientId=a'
        Get-Params { Get-PhotoDrift -UseDeviceCode:$false } | Should -Be ''
    }
    It 'how many requests at once' {
        Get-Params { Get-PhotoDrift -ThrottleLimit 4 } | Should -Be 'concurrency=4'
        Get-Params { Sync-UserPhoto -WhatIf -ThrottleLimit 1 } sync | Should -Be 'concurrency=1'
        Get-Params { Test-PhotoSyncReadiness -ThrottleLimit 2147483647 } check | Should -Be 'concurrency=2147483647'
        foreach ($none in 0, -1) { { Get-PhotoDrift -ThrottleLimit $none } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Get-PhotoDrift' }
    }
    It 'something else is no token, and is not shown' {
        $caught = $null
        try { Get-PhotoDrift -AccessToken @{ Token = 'hidden' } } catch { $caught = $_ }
        "$caught" | Should -Match 'SecureString'
        "$caught" | Should -Not -Match 'hidden'
    }
    It 'cloud and Graph root' {
        Get-Params { Get-PhotoDrift -Environment USGovDoD -GraphUrl http://127.0.0.1:1 } |
            Should -Be 'environment=usgovdod graphUrl=http://127.0.0.1:1'
    }
    It 'paths are the caller''s' {
        Push-Location -LiteralPath $fakeFolder
        try {
            $expected = "caFile=$([System.IO.Path]::Combine($fakeFolder, 'ca.pem')) stateDir=$([System.IO.Path]::Combine($fakeFolder, 'state'))"
            Get-Params { Get-PhotoDrift -CACertificatePath ca.pem -StatePath ./state } | Should -Be $expected
            Connect-PhotoSync -CACertificatePath ca.pem -StatePath state
        } finally {
            Pop-Location
        }
        Get-Params { Get-PhotoDrift } | Should -Be $expected
    }
    It 'a path that is none of the file system is refused' {
        { Get-PhotoDrift -StatePath Env:x } | Should -Throw -ErrorId 'SettingInvalid,Get-PhotoDrift'
        { Connect-PhotoSync -CACertificatePath Nowhere:x } | Should -Throw -ErrorId 'SettingInvalid,Connect-PhotoSync'
    }
    It 'two ways to sign in are refused: <With>' -ForEach @(
        @{ With = @{ AccessToken = 't'; ManagedIdentity = $true } }
        @{ With = @{ CertificateFilePath = '/c'; ManagedIdentityAccountId = 'm' } }
        @{ With = @{ AccessToken = 't'; CertificateFilePath = '/c' } }
        @{ With = @{ CertificateThumbprint = 'A' * 40; CertificateFilePath = '/c' } }
        @{ With = @{ CertificateThumbprint = 'A' * 40; UseDeviceCode = $true } }
        @{ With = @{ UseDeviceCode = $true; AccessToken = 't' } }
    ) {
        foreach ($cmdlet in 'Get-PhotoDrift', 'Sync-UserPhoto', 'Connect-PhotoSync', 'Test-PhotoSyncReadiness') {
            $caught = $null
            try { & $cmdlet @With } catch { $caught = $_ }
            $caught.FullyQualifiedErrorId | Should -BeExactly "SettingInvalid,$cmdlet"
            foreach ($name in $With.Keys) { "$caught" | Should -Match "-$name\b" }
            $methods = & (Get-Module -Name UserPhotoSync) { $script:MethodOfParameter }
            foreach ($name in $methods.Keys) {
                if ($name -ne 'ManagedIdentityAccountId') { $caught.ErrorDetails.RecommendedAction | Should -Match "-$name\b" }
            }
        }
    }
    It 'a password goes with a file only: <With>' -ForEach @(
        @{ With = @{ CertificateThumbprint = 'A' * 40 } }
        @{ With = @{ UseDeviceCode = $true } }
        @{ With = @{ ManagedIdentity = $true } }
    ) {
        { Connect-PhotoSync @With -CertificatePassword (New-Secret x) } | Should -Throw -ErrorId 'SettingInvalid,Connect-PhotoSync'
    }
    It 'a client id that is not the credential''s is refused' {
        { Get-PhotoDrift -ClientId a -ClientSecretCredential (New-Account b x) } | Should -Throw -ErrorId 'SettingInvalid,Get-PhotoDrift'
    }
}

Describe 'Precedence' {
    AfterEach { Disconnect-PhotoSync }

    It 'call before -Connection before Connect-PhotoSync' {
        $connection = Connect-PhotoSync -Server two -TenantId two -PassThru
        Connect-PhotoSync -Server three -TenantId three -ClientId three
        Get-Params { Get-PhotoDrift -Server one -Connection $connection } | Should -Be 'server=one tenant=two clientId=three'
        Get-Params { Get-PhotoDrift } | Should -Be 'server=three tenant=three clientId=three'
        Get-Params { Sync-UserPhoto -WhatIf -Connection $connection } sync | Should -Be 'server=two tenant=two clientId=three'
    }
    It 'a way to sign in is taken whole' {
        Connect-PhotoSync -TenantId t -ClientSecretCredential (New-Account app secret)
        Get-Params { Get-PhotoDrift } | Should -Be 'tenant=t auth=client-secret clientId=app clientSecret=secret'
        Get-Params { Get-PhotoDrift -AccessToken tok } | Should -Be 'tenant=t auth=token accessToken=tok'
        Get-Params { Get-PhotoDrift -ManagedIdentity } | Should -Be 'tenant=t auth=managed-identity'
        Get-Params { Get-PhotoDrift -UseDeviceCode -ClientId other } | Should -Be 'tenant=t auth=device-code clientId=other'
        Get-Params { Get-PhotoDrift -CertificateFilePath /c -ClientId other } |
            Should -Match '^tenant=t auth=certificate clientId=other certificateFile=\S+$'
    }
    It 'the password of a certificate does not go with another one' {
        Connect-PhotoSync -CertificateFilePath /old -CertificatePassword (New-Secret old)
        Get-Params { Get-PhotoDrift -CertificateFilePath /new } | Should -Match '^auth=certificate certificateFile=\S*new$'
        Get-Params { Get-PhotoDrift -CertificatePassword (New-Secret new) } | Should -Match 'old certificatePassword=new$'
        Get-Params { Get-PhotoDrift -UseDeviceCode } | Should -Be 'auth=device-code'
        Connect-PhotoSync -UseDeviceCode
        Get-Params { Get-PhotoDrift -CertificatePassword (New-Secret new) } | Should -Be 'auth=device-code'
    }
    It 'a later Connect-PhotoSync replaces an earlier one, and Disconnect-PhotoSync forgets' {
        Connect-PhotoSync -Server a -TenantId a | Should -BeNullOrEmpty
        Connect-PhotoSync -Server b
        Get-Params { Get-PhotoDrift } | Should -Be 'server=b'
        Disconnect-PhotoSync
        Disconnect-PhotoSync
        Get-Params { Get-PhotoDrift } | Should -Be ''
    }
    It 'the object of -PassThru keeps secrets as SecureString, and nothing else is one' {
        $connection = Connect-PhotoSync -AccessToken hidden -PassThru
        $connection.PSObject.TypeNames[0] | Should -Be 'UserPhotoSync.Connection'
        $connection.AccessToken | Should -BeOfType ([securestring])
        ($connection | Out-String) | Should -Not -Match 'hidden'
        { Get-PhotoDrift -Connection ([pscustomobject]@{ Server = 'x' }) } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Get-PhotoDrift'
    }
}

Describe 'The binary' {
    AfterEach { $env:PHOTOSYNC_BINARY = $fakePath }

    It 'a relative PHOTOSYNC_BINARY is refused' {
        $env:PHOTOSYNC_BINARY = 'photosync'
        { Get-PhotoDrift } | Should -Throw -ErrorId 'SettingInvalid,Get-PhotoDrift'
    }
    It 'a missing one is named' {
        $env:PHOTOSYNC_BINARY = [System.IO.Path]::Combine($fakeFolder, 'none')
        { Get-PhotoDrift } | Should -Throw -ErrorId 'BridgeNotFound,Get-PhotoDrift' -ExpectedMessage '*none*'
    }
}
