function ConvertTo-JsonText {
    # Gives JSON in pure ASCII for null, text, truth, whole numbers, dictionaries and lists of these.
    # Not ConvertTo-Json: on 5.1 it makes an object of a text that carries properties, as those of Get-Content do.
    param([AllowNull()][object]$Value)
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [bool]) { if ($Value) { return 'true' } else { return 'false' } }
    if ($Value -is [int] -or $Value -is [long]) { return ([long]$Value).ToString([cultureinfo]::InvariantCulture) }
    if ($Value -is [System.Collections.IDictionary]) {
        $parts = foreach ($key in $Value.Keys) { '"{0}":{1}' -f $key, (ConvertTo-JsonText -Value $Value[$key]) }
        return '{' + ($parts -join ',') + '}'
    }
    if ($Value -is [System.Collections.IList]) {
        $parts = foreach ($item in $Value) { ConvertTo-JsonText -Value $item }
        return '[' + ($parts -join ',') + ']'
    }
    $text = [string]$Value
    if ($script:PlainText.IsMatch($text)) { return '"' + $text + '"' }
    $json = [System.Text.StringBuilder]::new($text.Length + 16)
    [void]$json.Append('"')
    foreach ($character in $text.ToCharArray()) {
        $number = [int]$character
        if ($number -lt 0x20 -or $number -gt 0x7E -or $number -eq 0x22 -or $number -eq 0x5C) {
            [void]$json.Append('\u').Append($number.ToString('x4'))
        } else {
            [void]$json.Append($character)
        }
    }
    [void]$json.Append('"')
    $json.ToString()
}
