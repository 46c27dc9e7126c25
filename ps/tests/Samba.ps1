# Helpers of the tests against Samba: they start a real domain controller with 250 people and two equal tenants for them.
# Dot-sourced after Lab.ps1.

function Start-Samba {
    # The program is TestSambaForModule of cmd/photosync; -Folder gets what it leaves.
    param([Parameter(Mandatory)][string]$Folder)
    $program = [System.IO.Path]::Combine($Folder, 'samba.test')
    Invoke-Go -Argument 'test', '-c', '-o', $program, './cmd/photosync'
    $before = $env:PHOTOSYNC_SAMBA_FOLDER, $env:PHOTOSYNC_REAL
    $env:PHOTOSYNC_SAMBA_FOLDER, $env:PHOTOSYNC_REAL = $Folder, '1'
    try {
        $place = [System.IO.Path]::Combine($repository, 'cmd', 'photosync')
        Start-Lab -File $program -Arguments '-test.run=^TestSambaForModule$ -test.timeout=30m' -Folder $place -Seconds 300
    } finally {
        $env:PHOTOSYNC_SAMBA_FOLDER, $env:PHOTOSYNC_REAL = $before
    }
}

function Get-ADUser {
    # What the directory holds, as objects of Get-ADUser -Properties thumbnailPhoto, mail, mS-DS-ConsistencyGuid. The module
    # ActiveDirectory is for Windows.
    foreach ($entry in ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($env:LAB_PEOPLE))) {
        $photo = $anchor = $null
        if ($entry.ThumbnailPhoto) { $photo = [System.Convert]::FromBase64String($entry.ThumbnailPhoto) }
        if ($entry.ConsistencyGUID) { $anchor = [System.Convert]::FromBase64String($entry.ConsistencyGUID) }
        $user = [pscustomobject][ordered]@{
            DistinguishedName       = $entry.DistinguishedName
            DisplayName             = $entry.DisplayName
            Enabled                 = $entry.Enabled
            ObjectClass             = 'user'
            ObjectGUID              = [guid]$entry.ObjectGUID
            SamAccountName          = $entry.SamAccountName
            SID                     = $entry.SID
            UserPrincipalName       = $entry.UserPrincipalName
            mail                    = $entry.Mail
            'mS-DS-ConsistencyGuid' = $anchor
            thumbnailPhoto          = $photo
        }
        $user.PSObject.TypeNames.Insert(0, 'Microsoft.ActiveDirectory.Management.ADUser')
        $user
    }
}
