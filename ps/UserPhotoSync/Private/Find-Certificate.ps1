function Find-Certificate {
    # Gives the certificate with this thumbprint whose private key is there: of the account, else of the machine. Not
    # through the drive Cert:, which only Windows has. Whether it is in force is for the binary to say.
    param(
        [Parameter(Mandatory)][string]$Thumbprint,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $keyless = ''
    $unread = ''
    $taken = $null
    foreach ($location in 'CurrentUser', 'LocalMachine') {
        $store = [System.Security.Cryptography.X509Certificates.X509Store]::new('My', $location)
        $all = @()
        $found = @()
        try {
            $store.Open('ReadOnly, OpenExistingOnly')
            $all = $store.Certificates
            $found = $all.Find('FindByThumbprint', $Thumbprint, $false)
            foreach ($certificate in $found) {
                if ($certificate.HasPrivateKey) {
                    $taken = $certificate
                    break
                }
                $keyless = "Cert:\$location\My"
            }
        } catch [System.Management.Automation.MethodInvocationException] {
            Clear-CaughtError -ErrorRecord $_
            $unread += " Cert:\$location\My cannot be read: $($_.Exception.InnerException.Message)"
        } finally {
            foreach ($certificate in @($found) + @($all)) {
                if (-not [object]::ReferenceEquals($certificate, $taken)) { $certificate.Dispose() }
            }
            $store.Close()
        }
        if ($taken) { return $taken }
    }
    $message = "There is no certificate with the thumbprint $Thumbprint in Cert:\CurrentUser\My or " +
        'Cert:\LocalMachine\My.'
    if ($keyless) {
        $message = "The certificate with the thumbprint $Thumbprint is in $keyless without its private key, and " +
            'with it neither in Cert:\CurrentUser\My nor in Cert:\LocalMachine\My.'
    }
    $problem = @{ Code = 'CertificateNotFound'; Message = "$message$unread"; Target = $Thumbprint }
    $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
}
