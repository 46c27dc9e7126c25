function Get-ModuleVersion {
    # Gives the version that module and binary must share, such as 0.1.0 or 0.2.0-beta1.
    if ($script:ModuleVersion) { return $script:ModuleVersion }
    $module = $ExecutionContext.SessionState.Module
    $version = $module.Version.ToString()
    $private = $module.PrivateData
    if ($private -is [hashtable] -and $private['PSData'] -is [hashtable] -and $private.PSData['Prerelease']) {
        $version = "$version-$($private.PSData.Prerelease)"
    }
    $script:ModuleVersion = $version
    $version
}
