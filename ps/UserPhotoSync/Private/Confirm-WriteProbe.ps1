function Confirm-WriteProbe {
    # Asks whether the photo of a test user may be written and put back, and says yes or no.
    param(
        [Parameter(Mandatory)][string]$UserPrincipalName,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $who = $UserPrincipalName -replace '\p{C}', ' '
    $what = "Write a trial photo to $who in Microsoft 365, read it back, and put back what was there"
    $answer = Get-Approval -Description $what -Question "$($what)?" -Target $UserPrincipalName -Cmdlet $Cmdlet
    if (-not $answer) { Write-Verbose -Message "The trial photo for $who is left out; everything else is checked." }
    $answer
}
