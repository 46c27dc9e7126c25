function Get-PhotoByte {
    # Gives the bytes in a property of a directory object as one array, the same one where it can be; $null when it
    # holds something else, such as the text that Export-Csv made of them.
    param([AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object]$Value)
    if ($null -eq $Value) { return , [byte[]]::new(0) }
    if ($Value -is [byte[]]) { return , [byte[]]$Value }
    if ($Value -is [string]) {
        if ($Value.Length -eq 0) { return , [byte[]]::new(0) }
        return $null
    }
    if ($Value -isnot [System.Collections.IEnumerable] -or $Value -is [System.Collections.IDictionary]) { return $null }
    $entries = @($Value)
    if ($entries.Count -eq 0) { return , [byte[]]::new(0) }
    if ($entries[0] -is [System.Collections.IEnumerable]) { return , (Get-PhotoByte -Value $entries[0]) }
    $bytes = $entries -as [byte[]]
    if ($null -eq $bytes) { return $null }
    , $bytes
}
