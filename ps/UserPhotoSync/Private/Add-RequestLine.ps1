function Add-RequestLine {
    # Queues the request and, where there are any, its secrets. People follow when these are written.
    param(
        [Parameter(Mandatory)][hashtable]$Session,
        [Parameter(Mandatory)][hashtable]$Request
    )
    $hasSecrets = $Request.Secrets.Count -gt 0
    $line = [ordered]@{
        v        = 1
        type     = 'request'
        id       = 1
        op       = $Request.Operation
        params   = $Request.Parameters
        dryRun   = [bool]$Request.DryRun
        confirm  = $Request.Confirm
        log      = $Request.Log
        progress = [bool]$Request.Progress
        secrets  = $hasSecrets
        client   = [ordered]@{
            ps      = $PSVersionTable.PSVersion.ToString()
            edition = $PSVersionTable.PSEdition
            module  = Get-ModuleVersion
            pid     = $PID
        }
    }
    $Session.Queue.Enqueue([System.Text.Encoding]::ASCII.GetBytes((ConvertTo-JsonText -Value $line) + "`n"))
    if ($hasSecrets) { Add-SecretLine -Session $Session -Secrets $Request.Secrets }
    if ($Request.Parameters['people']) { $Session.People = $Request.People }
    $Session.Sending = $true
}
