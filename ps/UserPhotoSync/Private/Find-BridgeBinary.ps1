function Find-BridgeBinary {
    # Gives the binary that belongs to this module and system, once its hash was found to be the manifest's; or the
    # one that PHOTOSYNC_BINARY names, unchecked.
    param([Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet)

    $override = [System.Environment]::GetEnvironmentVariable('PHOTOSYNC_BINARY')
    if ($override) {
        if (-not [System.IO.Path]::IsPathRooted($override)) {
            $problem = @{
                Code    = 'SettingInvalid'
                Message = "PHOTOSYNC_BINARY is '$override', which is no absolute path."
                Target  = $override
                Remedy  = 'Set PHOTOSYNC_BINARY to the absolute path of a photosync binary, or remove it.'
            }
            $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
        }
        if (-not $script:OverrideAnnounced) {
            $script:OverrideAnnounced = $true
            Write-Warning -Message "The binary is $override, because PHOTOSYNC_BINARY says so; its hash is not checked."
        }
        Write-Verbose -Message "Binary: $override (PHOTOSYNC_BINARY)"
    }

    $platform = Get-BinaryPlatform
    $path = $override
    if (-not $override) {
        $name = 'photosync'
        if ($platform.StartsWith('win-')) { $name = 'photosync.exe' }
        $path = [System.IO.Path]::Combine($ExecutionContext.SessionState.Module.ModuleBase, 'bin', $platform, $name)
    }
    if (-not [System.IO.File]::Exists($path)) {
        $message = "There is no file $path, the binary for $platform."
        if ($override) { $message = "There is no file $path, which PHOTOSYNC_BINARY names." }
        $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeNotFound -Message $message -Target $path))
    }
    if (-not $override) { Confirm-BinaryHash -Cmdlet $Cmdlet -Path $path -Platform $platform }
    @{ Path = $path; Own = -not $override }
}
