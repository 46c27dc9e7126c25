function Disconnect-PhotoSync {
    <#
    .SYNOPSIS
    Forgets the settings and secrets that Connect-PhotoSync keeps for this session.

    .DESCRIPTION
    Afterwards the cmdlets use the parameters of the call and the environment variables only. Without settings it does
    nothing. Objects that Connect-PhotoSync -PassThru gave stay usable.

    .INPUTS
    None.

    .OUTPUTS
    None.

    .EXAMPLE
    Disconnect-PhotoSync

    Forgets the settings.

    .EXAMPLE
    Connect-PhotoSync -StatePath ./photosync-state
    try { Get-PhotoDrift } finally { Disconnect-PhotoSync }

    Keeps the settings for one piece of work only.

    .NOTES
    Other sessions and jobs keep theirs.

    .LINK
    Connect-PhotoSync
    #>
    [CmdletBinding()]
    [OutputType([void])]
    param()

    $script:PhotoSyncConnection = $null
}
