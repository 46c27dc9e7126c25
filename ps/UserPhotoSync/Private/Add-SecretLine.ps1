function Add-SecretLine {
    # Queues the line with the secrets. Their text exists only here, in arrays that are wiped; no cmdlet and no
    # function ever gets it as a parameter, because module logging and transcripts write parameters down.
    param(
        [Parameter(Mandatory)][hashtable]$Session,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Secrets
    )
    $ascii = [System.Text.Encoding]::ASCII
    $capacity = 256
    foreach ($secret in $Secrets.Values) { $capacity += 4 * $secret.Length + 64 }
    $line = [System.IO.MemoryStream]::new($capacity)
    $part = $ascii.GetBytes('{"v":1,"type":"secrets","id":1,"items":{')
    $line.Write($part, 0, $part.Length)
    $separator = '"'
    foreach ($name in $Secrets.Keys) {
        $part = $ascii.GetBytes($separator + $name + '":"')
        $line.Write($part, 0, $part.Length)
        $separator = ',"'

        $length = $Secrets[$name].Length
        $characters = [char[]]::new($length)
        $pointer = [System.Runtime.InteropServices.Marshal]::SecureStringToGlobalAllocUnicode($Secrets[$name])
        try {
            [System.Runtime.InteropServices.Marshal]::Copy($pointer, $characters, 0, $length)
        } finally {
            [System.Runtime.InteropServices.Marshal]::ZeroFreeGlobalAllocUnicode($pointer)
        }
        $bytes = [System.Text.Encoding]::UTF8.GetBytes($characters)
        $base64 = [char[]]::new(4 * [int][System.Math]::Ceiling($bytes.Length / 3))
        $used = [System.Convert]::ToBase64CharArray($bytes, 0, $bytes.Length, $base64, 0)
        $part = $ascii.GetBytes($base64, 0, $used)
        $line.Write($part, 0, $part.Length)
        $line.WriteByte(0x22)
        [array]::Clear($characters, 0, $characters.Length)
        [array]::Clear($bytes, 0, $bytes.Length)
        [array]::Clear($base64, 0, $base64.Length)
        [array]::Clear($part, 0, $part.Length)
    }
    $part = $ascii.GetBytes("}}`n")
    $line.Write($part, 0, $part.Length)
    $Session.Secret = $line.ToArray()
    [array]::Clear($line.GetBuffer(), 0, $line.GetBuffer().Length)
    $line.Dispose()
    $Session.Queue.Enqueue($Session.Secret)
}
