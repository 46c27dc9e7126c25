function Get-SigningKey {
    # Gives the private key of a certificate, to sign with, whoever keeps it and whether it may be exported or not.
    param([Parameter(Mandatory)][System.Security.Cryptography.X509Certificates.X509Certificate2]$Certificate)
    $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
    if ($null -eq $key) { throw [System.InvalidOperationException]::new('it is no RSA key') }
    if ($key -isnot [System.Security.Cryptography.RSACryptoServiceProvider]) { return $key }
    # The cryptographic providers of the types 1 and 12 know no SHA-256. The one of type 24 does, and reaches the keys
    # of Microsoft's older ones; Microsoft's libraries for sign-in do the same on .NET Framework.
    $info = $key.CspKeyContainerInfo
    if ($info.ProviderType -notin 1, 12 -or $info.HardwareDevice) { return $key }
    $parameters = [System.Security.Cryptography.CspParameters]::new(24)
    $parameters.KeyContainerName = $info.KeyContainerName
    $parameters.KeyNumber = [int]$info.KeyNumber
    # Without UseExistingKey a key that is not there would be made.
    $parameters.Flags = 'UseExistingKey'
    if ($info.MachineKeyStore) { $parameters.Flags = 'UseExistingKey, UseMachineKeyStore' }
    $key.Dispose()
    [System.Security.Cryptography.RSACryptoServiceProvider]::new($parameters)
}
