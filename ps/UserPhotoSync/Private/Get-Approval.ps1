function Get-Approval {
    # Asks whether something may be written, and says yes or no. Where nobody can be asked it ends the call.
    param(
        [Parameter(Mandatory)][string]$Description,
        [Parameter(Mandatory)][string]$Question,
        [object]$Target,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    try {
        $proceed = $Cmdlet.ShouldProcess($Description, $Question, 'Change a photo in Microsoft 365')
    } catch [System.Management.Automation.MethodInvocationException] {
        Clear-CaughtError -ErrorRecord $_
        $problem = @{
            Code           = 'ConfirmationUnavailable'
            Message        = "Nobody can be asked in this session: $Question"
            Target         = $Target
            InnerException = $_.Exception.InnerException
        }
        $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
    }
    # After Ctrl+C at the prompt the next Enter answers "Yes".
    $proceed -and -not $Cmdlet.Stopping
}
