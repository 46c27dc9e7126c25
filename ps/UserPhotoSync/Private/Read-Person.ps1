function Read-Person {
    # Reads one object: gives a text that names a person, or the keys of the protocol; or 'Reason', why it names
    # nobody; or $null.
    param([AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object]$InputObject)

    if ($null -eq $InputObject) { return $null }
    $isPlain = $InputObject -is [System.Collections.IDictionary] -or
        $InputObject.PSObject.BaseObject -is [System.Management.Automation.PSCustomObject]
    if (-not $isPlain) {
        if ($InputObject -is [string]) {
            if ([string]::IsNullOrWhiteSpace($InputObject)) { return @{ Reason = 'which is empty' } }
            return [string]$InputObject
        }
        if ($InputObject -is [mailaddress]) { return $InputObject.Address }
        if ($InputObject -is [guid] -or $InputObject -is [System.Security.Principal.SecurityIdentifier]) {
            return $InputObject.ToString()
        }
    }
    $kind = Get-PersonKind -InputObject $InputObject
    if ($kind -eq 'NoPerson' -or (-not $kind -and -not $isPlain)) { return $null }

    # Only names that are listed are there: asking an object of Get-ADUser for one that was not loaded may give an
    # empty one.
    $values = @{}
    $wanted = $script:PersonProperty
    if ($InputObject -is [System.Collections.IDictionary]) {
        foreach ($entry in $InputObject.GetEnumerator()) {
            if ($wanted.Contains("$($entry.Key)")) { $values["$($entry.Key)"] = $entry.Value }
        }
    } else {
        foreach ($property in $InputObject.PSObject.Properties) {
            if ($wanted.Contains($property.Name)) { $values[$property.Name] = $property.Value }
        }
    }
    if (-not $kind) {
        foreach ($shape in $script:PersonShape) {
            $fits = $true
            foreach ($name in $shape.Has) { if (-not $values.ContainsKey($name)) { $fits = $false } }
            if ($fits) {
                $kind = $shape.Kind
                break
            }
        }
    }
    $recipient = Get-PersonText -Value $values['RecipientTypeDetails']
    if ($kind -eq 'Mailbox' -and $recipient -match 'Group|Contact|PublicFolder') {
        return @{ Reason = "which is a $recipient and no person" }
    }
    if ($kind -eq 'Directory') { return Read-DirectoryObject -Values $values }

    $person = @{}
    foreach ($key in $script:PersonKind[$kind].CloudKey) {
        $id = [guid]::Empty
        $text = Get-PersonText -Value $values[$key]
        if ([guid]::TryParse($text, [ref]$id) -and $id -ne [guid]::Empty) {
            $person['CloudId'] = $id.ToString()
            break
        }
    }
    if ($person.Count -eq 0) {
        foreach ($key in $script:PersonKind[$kind].NameKey) {
            $text = Get-PersonText -Value $values[$key]
            if ($text) {
                $person['Name'] = $text
                break
            }
        }
    }
    if ($person.Count -eq 0) { return $null }
    if ($kind -eq 'PhotoDrift') {
        $seen = [ordered]@{ status = $null; cloudId = $null; onPremisesSha256 = $null; cloudETag = $null }
        foreach ($key in 'status', 'cloudId', 'onPremisesSha256', 'cloudETag') {
            # Without it nobody could tell whether the row still holds.
            if (-not $values.ContainsKey($key)) { $person['Lacks'] = $key }
            $text = Get-PersonText -Value $values[$key]
            if ($text) { $seen[$key] = $text }
        }
        $person['Seen'] = $seen
    } elseif ($person['Name']) {
        return $person.Name
    }
    $person
}
