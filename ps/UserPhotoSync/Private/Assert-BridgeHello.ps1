function Assert-BridgeHello {
    # Ends the call unless the binary speaks protocol 1 and has the module's version.
    param(
        [Parameter(Mandatory)][hashtable]$Session,
        [Parameter(Mandatory)][object]$Hello,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $range = @{}
    foreach ($name in 'min', 'max') {
        $property = $null
        if ($null -ne $Hello.protocol) { $property = $Hello.protocol.PSObject.Properties[$name] }
        $range[$name] = $null
        if ($property) { $range[$name] = $property.Value -as [int] }
    }
    $theirs = ''
    if ($null -ne $Hello.build -and $Hello.build.PSObject.Properties['version']) {
        $theirs = [string]$Hello.build.version
    }
    $ours = Get-ModuleVersion
    $speaks = $null -ne $range.min -and $null -ne $range.max -and $range.min -le 1 -and $range.max -ge 1
    if ($speaks -and $theirs -eq $ours) {
        $Session.Hello = $Hello
        return
    }
    $message = "The module has version $ours, the binary $($Session.Process.StartInfo.FileName) version $theirs."
    if (-not $speaks) {
        $message = "The module (version $ours) speaks protocol 1, the binary $($Session.Process.StartInfo.FileName) " +
            "(version $theirs) speaks $($range.min) to $($range.max)."
    }
    $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeVersionMismatch -Message $message))
}
