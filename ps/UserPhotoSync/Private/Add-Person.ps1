function Add-Person {
    # Takes what a piped object says of one person into the selection. What names nobody becomes an error, after the
    # last row.
    param(
        [Parameter(Mandatory)][hashtable]$Selection,
        [AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object]$InputObject,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $isList = $InputObject -is [System.Collections.IList] -and $InputObject -isnot [byte[]]
    if ($isList -and $InputObject.Count -gt 0) {
        foreach ($entry in $InputObject) { Add-Person -Selection $Selection -InputObject $entry -Cmdlet $Cmdlet }
        return
    }
    $person = $null
    $reason = ''
    try {
        $person = Read-Person -InputObject $InputObject
        if ($null -eq $person) { $reason = 'which names nobody' }
        if ($person -is [hashtable] -and $person['Reason']) { $reason = $person.Reason }
        if ($person -is [hashtable] -and $person['Lacks'] -and $Cmdlet.MyInvocation.MyCommand.Name -eq 'Sync-UserPhoto') {
            $reason = "which is a row of Get-PhotoDrift without the column $($person.Lacks): keep Status, CloudId, " +
                'OnPremisesSha256 and CloudETag, or name the person alone'
        }
    } catch {
        Clear-CaughtError -ErrorRecord $_
        $reason = "which cannot be read: $($_.Exception.Message)"
    }
    if ($reason) {
        $what = 'Nothing ($null) was handed over,'
        if ($null -ne $InputObject) {
            $what = "An object of the type $($InputObject.PSObject.TypeNames[0]) was handed over,"
        }
        $problem = @{ Code = 'InputInvalid'; Message = "$what $reason."; Target = $InputObject }
        $Selection.Invalid.Add((New-BridgeError @problem))
        return
    }

    $limit = $script:InputLimit
    if ($person -is [hashtable] -and $null -ne $person['Photo'] -and $person.Photo.Length -gt 0) { $Selection.HandedOver++ }
    if ($person -is [hashtable] -and $null -ne $person['Photo'] -and $person.Photo.Length -gt $limit.OnePhoto) {
        $problem = @{
            Code    = 'PhotoTooLarge'
            Message = "The photo of $($person.Name) has $($person.Photo.Length) bytes, more than $($limit.OnePhoto)."
            Target  = $InputObject
        }
        $Selection.Invalid.Add((New-BridgeError @problem))
        return
    }
    $tooMuch = ''
    if ($Selection.People.Count -ge $limit.People) { $tooMuch = "more than $($limit.People) people were handed over." }
    if ($person -is [hashtable] -and $null -ne $person['Photo']) {
        $Selection.PhotoBytes += $person.Photo.Length
        if ($Selection.PhotoBytes -gt $limit.PhotoBytes) { $tooMuch = 'more than 1 GiB of photos was handed over.' }
    }
    if ($tooMuch) {
        $problem = @{ Code = 'InputTooLarge'; Message = "Nothing was done: $tooMuch"; Target = $InputObject }
        $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
    }
    $Selection.People.Add($person)
    if ($person -is [hashtable] -and $person['Photoless']) { $Selection.Photoless.Add($person) }
}
