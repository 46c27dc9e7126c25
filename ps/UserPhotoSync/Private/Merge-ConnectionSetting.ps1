function Merge-ConnectionSetting {
    # Joins the settings of the call, of -Connection and of Connect-PhotoSync, in this order of precedence, to
    # parameters and secrets of a request, and the certificate that signs for it. A way to sign in is taken whole, from
    # the first of them that names one. What none of them has is not sent: the binary reads the environment itself.
    # -Alone looks at the settings of the call only, and into no store.
    param(
        [Parameter(Mandatory)][hashtable]$Own,
        [AllowNull()][object]$Connection,
        [switch]$Alone,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $layers = [System.Collections.Generic.List[hashtable]]::new()
    $layers.Add($Own)
    foreach ($object in $Connection, $script:PhotoSyncConnection) {
        if ($null -eq $object -or $Alone) { continue }
        $layer = @{}
        foreach ($property in $object.PSObject.Properties) {
            if ($null -ne $property.Value) { $layer[$property.Name] = $property.Value }
        }
        $layers.Add($layer)
    }
    $first = @{}
    foreach ($layer in $layers) {
        foreach ($name in $layer.Keys) { if (-not $first.ContainsKey($name)) { $first[$name] = $layer[$name] } }
    }
    $methodLayer = @{}
    $clientId = $null
    foreach ($layer in $layers) {
        if (-not $clientId) { $clientId = $layer['ClientId'] }
        if ($layer['Method']) {
            $methodLayer = $layer
            break
        }
    }

    $parameters = [ordered]@{}
    $secrets = [ordered]@{}
    $certificate = $null
    if ($first['Server']) { $parameters['server'] = $first.Server }
    if ($first['AuthType']) { $parameters['ldapAuth'] = "$($first.AuthType)".ToLowerInvariant() }
    if ($first['Credential'] -and $first.Credential.UserName) {
        $parameters['ldapUser'] = $first.Credential.UserName.TrimStart('\')
        $secrets['ldapPassword'] = $first.Credential.Password
    }
    if ($first['CACertificatePath']) { $parameters['caFile'] = $first.CACertificatePath }
    if ($first['TenantId']) { $parameters['tenant'] = $first.TenantId }

    $method = $methodLayer['Method']
    if ($method) { $parameters['auth'] = $method }
    if ($method -eq 'client-secret') {
        $user = $methodLayer.ClientSecretCredential.UserName.TrimStart('\')
        if ($clientId -and $clientId -ne $user) {
            $problem = @{
                Code    = 'SettingInvalid'
                Message = "-ClientId is '$clientId', the user name of -ClientSecretCredential '$user'."
                Target  = $clientId
                Remedy  = 'The user name of -ClientSecretCredential is the client id: leave -ClientId out.'
            }
            $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
        }
        $parameters['clientId'] = $user
        $secrets['clientSecret'] = $methodLayer.ClientSecretCredential.Password
    } elseif ($method -eq 'managed-identity') {
        $account = $methodLayer['ManagedIdentityAccountId']
        if ($account) { $parameters['clientId'] = $account }
    } elseif ($method -eq 'token') {
        $secrets['accessToken'] = $methodLayer.AccessToken
    } else {
        if ($first['ClientId']) { $parameters['clientId'] = $first.ClientId }
        $file = $methodLayer['CertificateFilePath']
        if ($file) { $parameters['certificateFile'] = $file }
        # The password goes with the file: one of a call that names no file is for the file that comes from elsewhere.
        foreach ($layer in $layers) {
            if ($method -and -not $file) { break }
            if ($layer['CertificatePassword']) {
                $secrets['certificatePassword'] = $layer.CertificatePassword
                break
            }
            if ($layer['Method']) { break }
        }
        if ($methodLayer['CertificateThumbprint'] -and -not $Alone) {
            $certificate = Find-Certificate -Thumbprint $methodLayer.CertificateThumbprint -Cmdlet $Cmdlet
            $parameters['certificate'] = [System.Convert]::ToBase64String($certificate.RawData)
        }
    }
    if ($first['Environment']) { $parameters['environment'] = "$($first.Environment)".ToLowerInvariant() }
    if ($first['GraphUrl']) { $parameters['graphUrl'] = $first.GraphUrl }
    if ($first['StatePath']) { $parameters['stateDir'] = $first.StatePath }
    @{ Parameters = $parameters; Secrets = $secrets; Certificate = $certificate }
}
