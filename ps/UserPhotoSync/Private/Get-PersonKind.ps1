function Get-PersonKind {
    # Gives the kind of an object whose type is in the table, also after Select-Object, Export-Clixml or Export-Csv;
    # else ''.
    param([Parameter(Mandatory)][object]$InputObject)
    $names = $InputObject.PSObject.TypeNames
    $all = [string]::Join('|', $names)
    if ($script:KindOfType.ContainsKey($all)) { return $script:KindOfType[$all] }
    $kind = ''
    foreach ($name in $names) {
        $bare = $name -creplace '^((Deserialized|Selected)\.|CSV:)+', ''
        # A group, a computer and an OU are directory objects, too, and no people.
        if ($bare -cmatch '^Microsoft\.ActiveDirectory\.Management\.AD' -and
            $bare -cnotmatch '\.AD(User|Account|Principal|Object|Entity|PropertyCollection)$') {
            $kind = 'NoPerson'
            break
        }
        foreach ($type in $script:PersonType) {
            if ($bare -cmatch $type.Pattern) {
                $kind = $type.Kind
                break
            }
        }
        if ($kind) { break }
    }
    if ($script:KindOfType.Count -lt 1000) { $script:KindOfType[$all] = $kind }
    $kind
}
