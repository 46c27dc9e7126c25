function Read-ConnectionParameter {
    # Gives the connection settings among the parameters of a call: checked, paths made absolute, an access token as
    # SecureString, and under Method the way to sign in that the call names.
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
    if (-not $settings['ManagedIdentity']) { $settings.Remove('ManagedIdentity') }

    $methods = [ordered]@{}
    foreach ($name in $script:ConnectionName) {
        if (-not $script:MethodOfParameter.ContainsKey($name) -or -not $settings.ContainsKey($name)) { continue }
        $methods[$script:MethodOfParameter[$name]] = $name
    }
    $problem = ''
    if ($methods.Count -gt 1) {
        $problem = "More than one way to sign in was named: -$(@($methods.Values) -join ', -')."
    } elseif ($settings.ContainsKey('CertificatePassword') -and $methods.Count -and -not $methods['certificate']) {
        $problem = "-CertificatePassword does not go with -$(@($methods.Values)[0])."
    }
    if ($problem) {
        $remedy = 'Name one of -AccessToken, -ManagedIdentity, -CertificateFilePath and -ClientSecretCredential.'
        $Cmdlet.ThrowTerminatingError((New-BridgeError -Code SettingInvalid -Message $problem -Remedy $remedy))
    }
    foreach ($method in $methods.Keys) { $settings['Method'] = $method }
    $settings
}
