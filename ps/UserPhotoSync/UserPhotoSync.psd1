# A template: build.ps1 writes version, exported functions and hashes of the binaries into the manifest that is shipped.
@{
    RootModule           = 'UserPhotoSync.psm1'
    ModuleVersion        = '0.0.0'
    GUID                 = 'b0f6a6d2-5f5c-4c0e-9c57-3a4f0f1f7d9e'
    Author               = 'The UserPhotoSync authors'
    CompanyName          = 'UserPhotoSync'
    Copyright            = '(c) The UserPhotoSync authors. All rights reserved.'
    Description          = 'Finds people whose photo in Active Directory and in Microsoft 365 differ, and syncs it.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FormatsToProcess     = @('UserPhotoSync.Format.ps1xml')
    FunctionsToExport    = @('Connect-PhotoSync', 'Disconnect-PhotoSync', 'Get-PhotoDrift', 'Get-PhotoSyncRun',
        'Restore-UserPhoto', 'Sync-UserPhoto', 'Test-PhotoSyncReadiness')
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        NativeHashes = @{}
        PSData       = @{
            Tags       = @('UserPhoto', 'ProfilePhoto', 'thumbnailPhoto', 'ActiveDirectory', 'Microsoft365', 'Graph',
                'Windows', 'Linux', 'MacOS', 'PSEdition_Desktop', 'PSEdition_Core')
            Prerelease = ''
        }
    }
}
