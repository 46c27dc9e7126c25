function Add-Undo {
    # Takes what an object says of writes to undo into the selection: a run, a person of a run, or a person's last
    # write. What names neither becomes an error, after the last row.
    param(
        [Parameter(Mandatory)][hashtable]$Selection,
        [AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object]$InputObject,
        [AllowEmptyString()][string]$RunId,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $isList = $InputObject -is [System.Collections.IList] -and $InputObject -isnot [byte[]]
    if ($isList -and $InputObject.Count -gt 0) {
        foreach ($entry in $InputObject) {
            Add-Undo -Selection $Selection -InputObject $entry -RunId $RunId -Cmdlet $Cmdlet
        }
        return
    }
    try {
        $undo = Read-Undo -InputObject $InputObject
    } catch {
        Clear-CaughtError -ErrorRecord $_
        $undo = @{ Reason = "which cannot be read: $($_.Exception.Message)" }
    }
    if ($undo['LeftOut']) {
        $Selection.LeftOut++
        return
    }
    if (-not $undo['Reason'] -and $RunId -and $undo.RunId -and $undo.RunId -ne $RunId) {
        $undo.Reason = "which belongs to the run $($undo.RunId), and -RunId is $RunId"
    }
    if ($undo['Reason']) {
        $what = 'Nothing ($null) was handed over,'
        if ($null -ne $InputObject) {
            $what = "An object of the type $($InputObject.PSObject.TypeNames[0]) was handed over,"
        }
        $problem = @{ Code = 'InputInvalid'; Message = "$what $($undo.Reason)."; Target = $InputObject }
        $Selection.Invalid.Add((New-BridgeError @problem))
        return
    }

    $run = $undo.RunId
    if (-not $run) { $run = $RunId }
    $Selection.Count++
    if ($Selection.Count -gt $script:InputLimit.People) {
        $message = "Nothing was done: more than $($script:InputLimit.People) people were handed over."
        $problem = @{ Code = 'InputTooLarge'; Message = $message; Target = $InputObject }
        $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
    }
    if ($null -eq $undo.Person) {
        $Selection.Runs[$run] = $null
        return
    }
    if (-not $Selection.Runs.Contains($run)) {
        $Selection.Runs[$run] = [System.Collections.Generic.List[object]]::new()
    }
    # A run that is undone as a whole has everybody of it.
    if ($null -ne $Selection.Runs[$run]) { $Selection.Runs[$run].Add($undo.Person) }
}
