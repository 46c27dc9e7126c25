function ConvertTo-Thumbprint {
    # Gives a thumbprint as the stores have it. People copy it from a dialog, which puts an invisible mark (U+200E)
    # before it and spaces into it, or from a tool that puts colons or hyphens there.
    param(
        [Parameter(Mandatory)][string]$Text,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $thumbprint = ($Text -replace '[\s:\p{Cf}-]', '').ToUpperInvariant()
    if ($thumbprint -match '\A[0-9A-F]{40}\z') { return $thumbprint }
    $problem = @{
        Code    = 'SettingInvalid'
        Message = "-CertificateThumbprint '$Text' is no thumbprint: 40 hexadecimal digits, the SHA-1 of a certificate."
        Target  = $Text
        Remedy  = 'Copy the thumbprint from the details of the certificate, or from Get-ChildItem Cert:\CurrentUser\My.'
    }
    $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
}
