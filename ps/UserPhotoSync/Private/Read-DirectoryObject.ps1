function Read-DirectoryObject {
    # Reads an object of Active Directory. With the property thumbnailPhoto, filled or empty, it is handed over with
    # all its keys and the directory is not asked; without it, it is a name, and keeps its keys until the others of
    # the call are known.
    param([Parameter(Mandatory)][hashtable]$Values)

    if ($Values.ContainsKey('ObjectClass')) {
        $class = Get-PersonText -Value $Values['ObjectClass']
        if ($Values['ObjectClass'] -is [System.Collections.IList]) { $class = [string]$Values['ObjectClass'][-1] }
        if ($class -and $class -ne 'user' -and $class -ne 'inetOrgPerson') {
            return @{ Reason = "which is a $class and no person" }
        }
    }
    $person = @{}
    foreach ($key in $script:PersonKind.Directory.NameKey) {
        $value = $Values[$key]
        if ($null -eq $value) { continue }
        $text = Get-PersonText -Value $value
        if (-not $text) { continue }
        if (-not $person.ContainsKey('Name')) { $person['Name'] = $text }
        $field = $script:FieldOfProperty[$key]
        if (-not $person.ContainsKey($field)) { $person[$field] = $text }
    }
    if (-not $person.ContainsKey('Name')) { return $null }

    # Name, which is always loaded, is no display name.
    $text = Get-PersonText -Value $Values['DisplayName']
    if ($text) { $person['displayName'] = $text }
    if ($Values.ContainsKey('mS-DS-ConsistencyGuid')) {
        $bytes = Get-PhotoByte -Value $Values['mS-DS-ConsistencyGuid']
        if ($null -ne $bytes) { $person['consistencyGuid'] = [System.Convert]::ToBase64String($bytes) }
    }
    $number = $Values['userAccountControl'] -as [long]
    if ($number) {
        $person['accountControl'] = $number
    } elseif ($Values.ContainsKey('Enabled') -and "$($Values['Enabled'])" -eq 'False') {
        $person['accountControl'] = [long]2
    }
    $number = "$($Values['msExchRecipientTypeDetails'])" -as [long]
    if ($number) { $person['recipientType'] = $number }

    if ($Values.ContainsKey('thumbnailPhoto')) {
        $bytes = Get-PhotoByte -Value $Values['thumbnailPhoto']
        if ($null -ne $bytes) {
            $person['Photo'] = $bytes
            return $person
        }
        # Bytes that became text on their way are no photo, and not "no photo" either: the directory is asked.
        return $person.Name
    }
    $person['Photoless'] = $true
    $person
}
