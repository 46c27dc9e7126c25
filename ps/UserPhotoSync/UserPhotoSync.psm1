# The module for development: loads the functions from their files. build.ps1 merges them into the psm1 that is shipped.
foreach ($folder in 'Private', 'Public') {
    $files = [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($PSScriptRoot, $folder), '*.ps1')
    [array]::Sort($files, [System.StringComparer]::Ordinal)
    foreach ($file in $files) { . $file }
}

$bridge = [System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'bridge')
$script:ModuleVersion = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($bridge, 'version.txt')).Trim()
$contract = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($bridge, 'contract.json'))
$script:ErrorCatalogue = @{}
foreach ($entry in (ConvertFrom-Json -InputObject $contract).errors) {
    $script:ErrorCatalogue[$entry.code] = @{ Category = $entry.category; Remedy = $entry.remedy }
}
Remove-Variable -Name folder, files, file, bridge, contract, entry

Export-ModuleMember -Function Get-PhotoDrift, Sync-UserPhoto, Restore-UserPhoto, Get-PhotoSyncRun,
    Test-PhotoSyncReadiness, Connect-PhotoSync, Disconnect-PhotoSync
