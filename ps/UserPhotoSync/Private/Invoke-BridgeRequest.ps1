function Invoke-BridgeRequest {
    # Runs one request in a binary of its own and emits its rows as they come. One read and at most one write are
    # pending, so that neither side waits for the other, and the engine sees Ctrl+C at every turn of the loop. The
    # work on a row is inline because a call for each row would cost more than all the rest. Errors that do not end the
    # request go into the list Held where the request has one, for a caller that makes several.
    param(
        [Parameter(Mandatory)][hashtable]$Request,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    $isDrift = $Request.Kind -eq 'drift'
    $isChange = $Request.Kind -eq 'change'
    $isRun = $Request.Kind -eq 'run'
    $held = $Request['Held']
    $typeName = $Request.TypeName
    # Under failed the codes with which the request may end because of checks that failed.
    $seen = @{ result = 0; error = 0; proposed = 0; failed = [System.Collections.Generic.HashSet[string]]::new() }
    $proposals = [System.Collections.Generic.HashSet[string]]::new()
    $signatures = [System.Collections.Generic.HashSet[string]]::new()
    $fatal = $null
    $progressShown = $false
    $culture = [cultureinfo]::InvariantCulture
    $roundtrip = [System.Globalization.DateTimeStyles]::RoundtripKind
    $blanks = [char[]](0xFEFF, 0x20, 0x0D, 0x09)
    $parser = Get-JsonParser
    $parserArguments = $parser.Arguments
    $castNumbers = $parser.CastNumbers

    $session = $null
    try {
        $session = Start-BridgeSession -Cmdlet $Cmdlet
        $session.Probe = $Request.Parameters.Contains('writeProbe') -and -not $Request.DryRun
        while ($true) {
            if ($session.Sending) { Send-BridgeLine -Session $session }
            if ($session.Lines.Count -eq 0) {
                if ($session.Eof) { break }
                Receive-BridgeLine -Session $session
                if ($session.Lines.Count -eq 0) {
                    Test-BridgePatience -Session $session -Cmdlet $Cmdlet
                    continue
                }
            }

            $line = $session.Lines.Dequeue().Trim($blanks)
            if ($line.Length -eq 0) { continue }
            $record = $null
            $type = ''
            $fault = ''
            if ($session.Bad) {
                $fault = 'The binary sent a line that is not of the protocol, and went on.'
            } elseif ($line.Length -gt $script:BridgeLineLimit) {
                $fault = "The binary sent a line of $($line.Length) characters."
            } elseif ($line[0] -eq '{' -and $line[$line.Length - 1] -eq '}') {
                try {
                    $record = ConvertFrom-Json -InputObject $line @parserArguments
                    $type = [string]$record.type
                } catch {
                    Clear-CaughtError -ErrorRecord $_
                    $record = $null
                }
            }
            if (-not $fault) {
                if ($null -eq $record) {
                    $begin = $line.Substring(0, [System.Math]::Min(200, $line.Length))
                    Write-Debug -Message "No line of the protocol: $begin"
                    # Half a line is the last one: what follows, or that nothing does, tells what it was.
                    $session.Bad = $true
                    $session.Clock.Restart()
                    continue
                }
                $fault = Test-BridgeRecord -Session $session -Record $record
            }

            if (-not $fault -and $type -eq 'result' -and $record.kind -ne $Request.Kind) {
                $fault = "The binary sent rows of the kind '$($record.kind)', and '$($Request.Kind)' was asked for."
            }

            if ($fault) {
                $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeProtocol -Message $fault))
            } elseif ($type -eq 'result') {
                $items = @($record.items)
                try {
                    foreach ($item in $items) {
                        $item.pstypenames.Insert(0, $typeName)
                        if ($isDrift) {
                            $value = $item.Distance
                            if ($null -ne $value -and $value -isnot [double]) { $item.Distance = [double]$value }
                            $value = $item.OnPremisesChangedAt
                            if ($value -is [string]) {
                                $item.OnPremisesChangedAt = [datetime]::Parse($value, $culture, $roundtrip)
                            }
                            if ($castNumbers) {
                                $value = $item.OnPremisesBytes
                                if ($null -ne $value) { $item.OnPremisesBytes = [long]$value }
                                $value = $item.OnPremisesWidth
                                if ($null -ne $value) { $item.OnPremisesWidth = [long]$value }
                                $value = $item.OnPremisesHeight
                                if ($null -ne $value) { $item.OnPremisesHeight = [long]$value }
                                $value = $item.CloudBytes
                                if ($null -ne $value) { $item.CloudBytes = [long]$value }
                                $value = $item.CloudWidth
                                if ($null -ne $value) { $item.CloudWidth = [long]$value }
                                $value = $item.CloudHeight
                                if ($null -ne $value) { $item.CloudHeight = [long]$value }
                            }
                        } elseif ($isChange) {
                            $value = $item.At
                            if ($value -is [string]) { $item.At = [datetime]::Parse($value, $culture, $roundtrip) }
                            $value = $item.Bytes
                            if ($castNumbers -and $null -ne $value) { $item.Bytes = [long]$value }
                        } elseif ($isRun) {
                            foreach ($name in 'StartedAt', 'EndedAt') {
                                $value = $item.$name
                                if ($value -isnot [string]) { continue }
                                $item.$name = [datetime]::Parse($value, $culture, $roundtrip)
                            }
                            foreach ($name in $script:RunCount) { $item.$name = [long]$item.$name }
                        } elseif ($item.Status -eq 'Fail' -or $item.Status -eq 'Unknown') {
                            [void]$seen.failed.Add('ChecksFailed')
                            [void]$seen.failed.Add([string]$item.ErrorCode)
                        }
                    }
                } catch {
                    Clear-CaughtError -ErrorRecord $_
                    $message = "The binary sent a row that lacks a value or has a wrong one: $($_.Exception.Message)"
                    $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeProtocol -Message $message))
                }
                $seen.result += $items.Count
                foreach ($item in $items) { $item }
            } elseif ($type -eq 'error') {
                $seen.error++
                $problem = @{
                    Code      = [string]$record.code
                    Category  = [string]$record.category
                    Message   = [string]$record.message
                    Target    = $record.target
                    Remedy    = [string]$record.remedy
                    RequestId = [string]$record.requestId
                }
                $errorRecord = New-BridgeError @problem
                if (-not $record.fatal) {
                    if ($null -ne $held) { $held.Add($errorRecord) } else { $Cmdlet.WriteError($errorRecord) }
                } elseif (-not $fatal) {
                    $fatal = $errorRecord
                }
            } elseif ($type -eq 'warning') {
                Write-Warning -Message ([string]$record.message)
            } elseif ($type -eq 'verbose') {
                Write-Verbose -Message ([string]$record.message)
            } elseif ($type -eq 'debug') {
                Write-Debug -Message ([string]$record.message)
            } elseif ($type -eq 'progress') {
                if ($Request.Progress) {
                    Write-BridgeProgress -Progress $record -Cmdlet $Cmdlet
                    $progressShown = $true
                }
            } elseif ($type -eq 'propose') {
                if (-not $isChange -or -not $proposals.Add([string]$record.ref)) {
                    $message = "The binary proposed a change that it may not propose (ref $($record.ref))."
                    $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeProtocol -Message $message))
                }
                $seen.proposed++
                $decision = [ordered]@{
                    v       = 1
                    type    = 'decision'
                    id      = 1
                    ref     = $record.ref
                    proceed = [bool](Confirm-PhotoChange -Proposal $record -Cmdlet $Cmdlet)
                }
                $json = (ConvertTo-JsonText -Value $decision) + "`n"
                $session.Queue.Enqueue([System.Text.Encoding]::ASCII.GetBytes($json))
                $session.Sending = $true
            } elseif ($type -eq 'sign') {
                if (-not $Request.Certificate -or -not $signatures.Add([string]$record.ref)) {
                    $message = "The binary asked for a signature that it may not have (ref $($record.ref))."
                    $Cmdlet.ThrowTerminatingError((New-BridgeError -Code BridgeProtocol -Message $message))
                }
                Add-SignatureLine -Session $session -Question $record -Certificate $Request.Certificate
            } elseif ($type -eq 'prompt') {
                Show-SignInPrompt -Message ([string]$record.message)
            } elseif ($type -eq 'end') {
                $session.End = $record
                $session.Queue.Clear()
                $session.People = $null
                $session.Sending = $true
            } elseif ($type -eq 'hello') {
                Assert-BridgeHello -Session $session -Hello $record -Cmdlet $Cmdlet
                Write-Debug -Message "Hello from version $($record.build.version), process $($session.Process.Id)"
                Add-RequestLine -Session $session -Request $Request
            }
            # From here on the binary is waited for; prompts and what the next command in the pipeline does are our
            # time. After its end it has a little time to go, whatever it says.
            if (-not $session.End -or $type -eq 'end') {
                $session.Clock.Restart()
            } else {
                Test-BridgePatience -Session $session -Cmdlet $Cmdlet
                if ($session.Eof) { $session.Lines.Clear() }
            }
        }
        if ($progressShown) { Write-BridgeProgress -Cmdlet $Cmdlet }
        if ($null -ne $held -and ($fatal -or -not $session.End -or $session.End.status -notin 'ok', 'partial')) {
            # The call ends here; nobody comes after it who would write them.
            foreach ($errorRecord in $held) { $Cmdlet.WriteError($errorRecord) }
        }
        Complete-BridgeRequest -Session $session -Seen $seen -Fatal $fatal -Cmdlet $Cmdlet
    } finally {
        if ($session) { Stop-BridgeSession -Session $session }
        if ($Request.Certificate) { $Request.Certificate.Dispose() }
    }
}
