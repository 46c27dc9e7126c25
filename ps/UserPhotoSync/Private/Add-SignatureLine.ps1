function Add-SignatureLine {
    # Queues the answer to a line that asks to sign: the signature, or why there is none. With a signature one can sign
    # in for some minutes; so, like a secret, it is never the parameter of a function, which module logging writes down.
    param(
        [Parameter(Mandatory)][hashtable]$Session,
        [Parameter(Mandatory)][object]$Question,
        [Parameter(Mandatory)][System.Security.Cryptography.X509Certificates.X509Certificate2]$Certificate
    )
    $key = $null
    try {
        $data = [System.Convert]::FromBase64String([string]$Question.data)
        $key = Get-SigningKey -Certificate $Certificate
        $hash = [System.Security.Cryptography.HashAlgorithmName]::SHA256
        $signature = $key.SignData($data, $hash, [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $answer = '"data":"' + [System.Convert]::ToBase64String($signature) + '"'
    } catch {
        Clear-CaughtError -ErrorRecord $_
        $reason = $_.Exception
        while ($reason.InnerException) { $reason = $reason.InnerException }
        $text = "the private key of the certificate $($Certificate.Thumbprint) cannot be used: $($reason.Message)"
        $answer = '"error":' + (ConvertTo-JsonText -Value $text)
    } finally {
        if ($key) { $key.Dispose() }
    }
    $line = '{"v":1,"type":"signature","id":1,"ref":' + [long]$Question.ref + ',' + $answer + "}`n"
    $Session.Queue.Enqueue([System.Text.Encoding]::ASCII.GetBytes($line))
    $Session.Sending = $true
}
