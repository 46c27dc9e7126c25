function Complete-PersonSelection {
    # Says, when all objects are there, whether there is something to do: people, or a scope or a plan that nobody
    # narrowed by a pipe.
    param(
        [Parameter(Mandatory)][hashtable]$Selection,
        [AllowNull()][string[]]$Identity,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    if ($Cmdlet.ParameterSetName -eq 'Identity') {
        foreach ($name in $Identity) { Add-Person -Selection $Selection -InputObject $name -Cmdlet $Cmdlet }
    } elseif ($Cmdlet.ParameterSetName -in 'Scope', 'Plan') {
        # With a pipe the people come from it; one that is empty, or does not go with the parameters, never means
        # everybody.
        if (-not $Cmdlet.MyInvocation.ExpectingInput) { return $true }
    }
    if ($Selection.HandedOver -gt 0 -and $Selection.Photoless.Count -gt 0) {
        # Whether Get-ADUser gives people without a photo an empty property or none could not be confirmed.
        foreach ($person in $Selection.Photoless) { $person['Photo'] = [byte[]]::new(0) }
        Write-Warning -Message ("$($Selection.HandedOver) objects carry thumbnailPhoto; " +
            "$($Selection.Photoless.Count) of the same call lack it, and are taken as people without a photo. " +
            'Pipe in objects of one kind if some were read without -Properties thumbnailPhoto.')
    }
    $Selection.Photoless.Clear()
    if ($Selection.People.Count -gt 0) { return $true }
    if ($Selection.Invalid.Count -eq 0) { Write-Verbose -Message 'Nobody came by the pipe; nothing is done.' }
    foreach ($invalid in $Selection.Invalid) { $Cmdlet.WriteError($invalid) }
    $false
}
