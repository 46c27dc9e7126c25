function Confirm-PhotoChange {
    # Asks whether a proposed change may be made, in words for an administrator, and says yes or no.
    param(
        [Parameter(Mandatory)][object]$Proposal,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $who = [string]$Proposal.target
    if ($Proposal.displayName) { $who = "$($Proposal.displayName) ($who)" }
    $who = $who -replace '\p{C}', ' '
    $restores = $Cmdlet.MyInvocation.MyCommand.Name -eq 'Restore-UserPhoto'
    switch ([string]$Proposal.action) {
        'Upload' {
            $what = "Upload the on-premises photo of $who to Microsoft 365"
            if ($restores) { $what = "Put back the earlier photo of $who in Microsoft 365" }
            $backup = 'the photo there is backed up first'
        }
        'Remove' {
            $what = "Remove the photo of $who from Microsoft 365"
            if ($restores) { $what += ', where there was none before' }
            $backup = 'it is backed up first'
        }
        default {
            $what = "$_ the photo of $who" -replace '\p{C}', ' '
            $backup = 'the photo in Microsoft 365 is backed up first'
        }
    }
    $description = $what
    $question = "$($what)?"
    if ($Proposal.replaces) {
        $description = "$what; $backup"
        $question = "$($what)? $($backup.Substring(0, 1).ToUpperInvariant())$($backup.Substring(1))."
    }
    Get-Approval -Description $description -Question $question -Target $Proposal.target -Cmdlet $Cmdlet
}
