function Get-StateFolder {
    # Gives -StatePath of the call, of -Connection or of Connect-PhotoSync, in this order; '' when none of them has it.
    # For what needs no sign-in: no certificate is looked for.
    param(
        [Parameter(Mandatory)][hashtable]$Own,
        [AllowNull()][object]$Connection
    )
    if ($Own['StatePath']) { return $Own.StatePath }
    foreach ($object in $Connection, $script:PhotoSyncConnection) {
        if ($null -eq $object) { continue }
        $property = $object.PSObject.Properties['StatePath']
        if ($property -and $property.Value) { return [string]$property.Value }
    }
    ''
}
