<#
.SYNOPSIS
Prints a transcript of the module against a real directory: Samba with 250 people, and the lab's Microsoft Graph.
.DESCRIPTION
Each command runs in a PowerShell of its own, as it is shown, with the built module. Needs what Samba.Tests.ps1 needs.
.PARAMETER Lines
How many lines of a kind are shown: of "What if", and of a long output.
.EXAMPLE
pwsh -NoProfile -File ps/tests/show-samba.ps1
#>
param([int]$Lines = 5)
$ErrorActionPreference = 'Stop'
foreach ($name in 'Lab.ps1', 'Samba.ps1') { . ([System.IO.Path]::Combine($PSScriptRoot, $name)) }
Import-Module -Name $modulePath -Force
$env:NO_COLOR = '1'

function Show-Command {
    # A command and what it prints, without the middle of what is long.
    param([string]$Command, [string]$Setup = '')
    Write-Output "PS> $Command"
    $child = Invoke-Child -Seconds 300 -Script @"
foreach (`$name in 'Lab.ps1', 'Samba.ps1') { . ([System.IO.Path]::Combine('$($PSScriptRoot.Replace("'", "''"))', `$name)) }
Import-Module -Name '$($modulePath.Replace("'", "''"))'
$Setup
$Command
"@
    $said = 0
    $left = 0
    foreach ($line in ($child.Output + $child.Errors) -split '\r?\n') {
        if ($line -like 'What if:*') {
            $said++
            if ($said -gt $Lines) {
                $left++
                continue
            }
        } elseif ($left) {
            Write-Output "   ... and $left more lines of What if"
            $left = 0
        }
        $line.TrimEnd()
    }
}

$folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName())
[void][System.IO.Directory]::CreateDirectory($folder)
$lab = $null
try {
    $lab = Start-Samba -Folder $folder
    Show-Command '"PowerShell $($PSVersionTable.PSVersion), $env:LAB_EVERYBODY people on $env:PHOTOSYNC_SERVER"'
    Show-Command 'Get-PhotoDrift | Group-Object -Property Status -NoElement'
    Show-Command "Get-PhotoDrift | Select-Object -First $Lines"
    Show-Command 'Get-PhotoDrift | Sync-UserPhoto -WhatIf -Baseline OnPremises | Group-Object -Property Status, Reason -NoElement | Format-Table -AutoSize'
    Show-Command 'Get-PhotoDrift | Sync-UserPhoto -Baseline OnPremises -Confirm:$false | Group-Object -Property Status, Reason -NoElement | Format-Table -AutoSize'
    Show-Command 'Get-PhotoDrift'
    Show-Command 'Get-PhotoDrift | Sync-UserPhoto -Baseline OnPremises -Confirm:$false'
    Show-Command 'Get-PhotoDrift -All | Group-Object -Property Status -NoElement'

    Write-Output '# The same from objects with bytes, for a tenant that is as the first one was; no directory is named.'
    $env:PHOTOSYNC_GRAPH_URL = $env:LAB_OTHER_GRAPH_URL
    $env:PHOTOSYNC_STATE_DIR = [System.IO.Path]::Combine($folder, 'other-state')
    Invoke-WithoutDirectory {
        Show-Command 'Get-PhotoDrift'
        Show-Command 'Get-ADUser | Select-Object -First 3 -Property UserPrincipalName, ObjectGUID, @{ Name = ''Photo''; Expression = { "$($_.thumbnailPhoto.Length) bytes" } }'
        Show-Command 'Get-ADUser | Get-PhotoDrift | Group-Object -Property Status -NoElement'
        Show-Command 'Get-ADUser | Sync-UserPhoto -WhatIf -Baseline OnPremises | Group-Object -Property Status -NoElement'
        Show-Command 'Get-ADUser | Sync-UserPhoto -Baseline OnPremises -Confirm:$false | Group-Object -Property Status -NoElement'
        Show-Command 'Get-ADUser | Get-PhotoDrift | Group-Object -Property Status -NoElement'
    }
} finally {
    Stop-Lab -Lab $lab
    [System.IO.Directory]::Delete($folder, $true)
}
