function Show-SignInPrompt {
    # Shows what a person must read and do now to sign in: where to go, and the code to enter there.
    #
    # As a warning that no preference silences. Connect-MgGraph -UseDeviceCode writes the code to the output: there it
    # is among the rows, and in "$rows = ..." nobody sees it before it has expired, which its users complain of.
    # Write-Host and the information stream are not kept by Azure Automation. Warnings are shown at once everywhere,
    # go into the job history of runbooks and through remoting, and it is how Connect-AzAccount shows its code.
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Message)
    Write-Warning -Message $Message -WarningAction Continue
}
