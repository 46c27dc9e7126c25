function Add-ScopeParameter {
    # Adds whom the request is about: people that follow, or a scope of the directory; a plan says itself.
    param(
        [Parameter(Mandatory)][System.Collections.IDictionary]$Parameters,
        [Parameter(Mandatory)][System.Collections.IDictionary]$Bound,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    if ($Cmdlet.ParameterSetName -eq 'Plan') { return }
    if ($Cmdlet.ParameterSetName -ne 'Scope') {
        $Parameters['people'] = $true
        return
    }
    if ($Bound.ContainsKey('SearchBase')) { $Parameters['searchBase'] = $Bound['SearchBase'] }
    if ($Bound.ContainsKey('SearchScope')) {
        $scope = $Bound['SearchScope'].ToLowerInvariant()
        $Parameters['searchScope'] = $scope.Replace('onelevel', 'one').Replace('subtree', 'sub')
    }
    if ($Bound.ContainsKey('LDAPFilter')) { $Parameters['ldapFilter'] = $Bound['LDAPFilter'] }
}
