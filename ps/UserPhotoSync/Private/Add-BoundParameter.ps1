function Add-BoundParameter {
    # Adds what the call says of the parameters that go to the binary under a name of its own: paths absolute, times as
    # seconds, switches only when they are on.
    param(
        [Parameter(Mandatory)][System.Collections.IDictionary]$Parameters,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Bound,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    foreach ($name in $script:WireName.Keys) {
        if (-not $Bound.ContainsKey($name)) { continue }
        $value = $Bound[$name]
        if ($value -is [switch]) {
            if (-not $value) { continue }
            $value = $true
        } elseif ($value -is [timespan]) {
            $value = [long]$value.TotalSeconds
        } elseif ($name -in 'PlanPath', 'IdentityFilePath') {
            $value = Resolve-FilePath -Path $value -Name $name -Cmdlet $Cmdlet
        }
        $Parameters[$script:WireName[$name]] = $value
    }
}
