function Get-PersonText {
    # Gives the value of a property as the text that names a person: the first of several, a GUID from its bytes; ''
    # for none.
    param([AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object]$Value)
    if ($null -eq $Value) { return '' }
    if ($Value -is [string]) { return ([string]$Value).Trim() }
    if ($Value -is [byte[]]) {
        if ($Value.Length -eq 16) { return [guid]::new([byte[]]$Value).ToString() }
        return ''
    }
    if ($Value -is [System.Collections.IDictionary]) { return '' }
    if ($Value -is [System.Collections.IEnumerable]) {
        foreach ($entry in $Value) { return Get-PersonText -Value $entry }
        return ''
    }
    $Value.ToString().Trim()
}
