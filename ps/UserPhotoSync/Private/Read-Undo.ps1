function Read-Undo {
    # Reads one object as something to undo: RunId and Person, of which a whole run has no Person; or 'LeftOut' for a
    # row that says that nothing was written; or 'Reason', why it cannot be.
    param([AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object]$InputObject)

    if ($null -eq $InputObject) { return @{ Reason = 'which names nobody' } }
    $columns = @{}
    $wanted = 'RunId', 'StartedAt', 'Action', 'Status', 'ErrorCode', 'CloudId'
    if ($InputObject -is [System.Collections.IDictionary]) {
        foreach ($key in $InputObject.Keys) { if ("$key" -in $wanted) { $columns["$key"] = "$($InputObject[$key])" } }
    } elseif ($InputObject.PSObject.BaseObject -is [System.Management.Automation.PSCustomObject]) {
        foreach ($name in $wanted) {
            $property = $InputObject.PSObject.Properties[$name]
            if ($property) { $columns[$name] = "$($property.Value)" }
        }
    }
    $types = $InputObject.PSObject.TypeNames -creplace '^((Deserialized|Selected)\.|CSV:)+', ''
    $isRun = $types -ccontains 'UserPhotoSync.PhotoSyncRun'
    $isChange = $types -ccontains 'UserPhotoSync.PhotoChange'
    # Of a row that went through a file, without its type.
    if (-not $isChange -and $columns.ContainsKey('RunId') -and $columns.ContainsKey('StartedAt')) { $isRun = $true }
    if ($isRun) {
        if ($columns['RunId']) { return @{ RunId = $columns.RunId; Person = $null } }
        return @{ Reason = 'which is a row of Get-PhotoSyncRun without the column RunId' }
    }
    if ($isChange -or $columns.ContainsKey('RunId')) {
        $wrote = $columns['Status'] -notin 'WouldChange', 'Skipped' -and $columns['Action'] -notin 'None', 'Review'
        # Of the writes that failed these may have been made all the same; the journal knows.
        if ($columns['Status'] -eq 'Failed') { $wrote = $columns['ErrorCode'] -in $script:MayHaveWritten }
        if (-not $wrote) { return @{ LeftOut = $true } }
        if (-not $columns['RunId']) {
            $reason = 'which is a row of Sync-UserPhoto without the column RunId: keep it, or name the person alone'
            return @{ Reason = $reason }
        }
    }

    $person = Read-Person -InputObject $InputObject
    if ($person -is [hashtable] -and $person['Reason']) { return @{ Reason = $person.Reason } }
    # Only who it is counts, and not what both sides showed.
    if ($person -is [hashtable] -and $person['CloudId']) {
        $person = @{ CloudId = $person.CloudId }
    } elseif ($person -is [hashtable]) {
        $person = $person.Name
    } elseif ($null -eq $person -and $columns['CloudId']) {
        $person = @{ CloudId = $columns.CloudId }
    }
    if ($null -eq $person -and $columns['RunId']) {
        return @{ Reason = 'which has a RunId, and names neither a person nor a run: of runs keep StartedAt, too' }
    }
    if ($null -eq $person) { return @{ Reason = 'which names nobody' } }
    @{ RunId = "$($columns['RunId'])"; Person = $person }
}
