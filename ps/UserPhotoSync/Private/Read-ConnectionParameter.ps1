function Read-ConnectionParameter {
    # Gives the connection settings among the parameters of a call: checked, paths made absolute, an access token as
    # SecureString, a thumbprint without what people copy with it, and under Method the way to sign in that the call
    # names.
    param(
        [Parameter(Mandatory)][System.Collections.IDictionary]$Bound,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $settings = @{}
    foreach ($name in $script:ConnectionName) { if ($null -ne $Bound[$name]) { $settings[$name] = $Bound[$name] } }
    foreach ($name in 'CACertificatePath', 'CertificateFilePath', 'StatePath') {
        if (-not $settings.ContainsKey($name)) { continue }
        $settings[$name] = Resolve-FilePath -Path $settings[$name] -Name $name -Cmdlet $Cmdlet
    }
    if ($settings['AccessToken'] -is [string]) {
        $secure = [securestring]::new()
        foreach ($character in $settings['AccessToken'].ToCharArray()) { $secure.AppendChar($character) }
        $secure.MakeReadOnly()
        $settings['AccessToken'] = $secure
    }
    if ($settings.ContainsKey('CertificateThumbprint')) {
        $text = $settings['CertificateThumbprint']
        $settings['CertificateThumbprint'] = ConvertTo-Thumbprint -Text $text -Cmdlet $Cmdlet
    }
    foreach ($name in 'ManagedIdentity', 'UseDeviceCode') { if (-not $settings[$name]) { $settings.Remove($name) } }

    $ways = [System.Collections.Generic.List[string]]::new()
    foreach ($name in $script:ConnectionName) {
        if (-not $script:MethodOfParameter.ContainsKey($name) -or -not $settings.ContainsKey($name)) { continue }
        # An account says which managed identity.
        if ($name -eq 'ManagedIdentityAccountId' -and $settings.ContainsKey('ManagedIdentity')) { continue }
        $ways.Add($name)
    }
    $problem = ''
    if ($ways.Count -gt 1) {
        $problem = "More than one way to sign in was named: -$($ways -join ', -')."
    } elseif ($settings.ContainsKey('CertificatePassword') -and $ways.Count -and $ways[0] -ne 'CertificateFilePath') {
        $problem = "-CertificatePassword does not go with -$($ways[0])."
    }
    if ($problem) {
        $remedy = 'Name one of -CertificateThumbprint, -CertificateFilePath, -ClientSecretCredential, ' +
            '-ManagedIdentity, -AccessToken and -UseDeviceCode.'
        $Cmdlet.ThrowTerminatingError((New-BridgeError -Code SettingInvalid -Message $problem -Remedy $remedy))
    }
    if ($ways.Count) { $settings['Method'] = $script:MethodOfParameter[$ways[0]] }
    $settings
}
