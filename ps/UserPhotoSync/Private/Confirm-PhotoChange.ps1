function Confirm-PhotoChange {
    # Asks whether a proposed change may be made, in words for an administrator, and says yes or no.
    param(
        [Parameter(Mandatory)][object]$Proposal,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $who = [string]$Proposal.target
    if ($Proposal.displayName) { $who = "$($Proposal.displayName) ($who)" }
    $who = $who -replace '\p{C}', ' '
    switch ([string]$Proposal.action) {
        'Upload' {
            $what = "Upload the on-premises photo of $who to Microsoft 365"
            $backup = 'the photo there is backed up first'
        }
        'Remove' {
            $what = "Remove the photo of $who from Microsoft 365"
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
    try {
        $proceed = $Cmdlet.ShouldProcess($description, $question, 'Change a photo in Microsoft 365')
    } catch [System.Management.Automation.MethodInvocationException] {
        Clear-CaughtError -ErrorRecord $_
        $problem = @{
            Code           = 'ConfirmationUnavailable'
            Message        = "Nobody can be asked in this session: $question"
            Target         = $Proposal.target
            InnerException = $_.Exception.InnerException
        }
        $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
    }
    # After Ctrl+C at the prompt the next Enter answers "Yes".
    $proceed -and -not $Cmdlet.Stopping
}
