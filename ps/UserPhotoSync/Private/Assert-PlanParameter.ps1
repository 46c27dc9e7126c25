function Assert-PlanParameter {
    # Ends a call that carries out a plan and says, too, what is to be changed: the plan says it. One that writes a plan
    # has no age to look at, and does not replace by chance one that somebody has reviewed.
    param(
        [Parameter(Mandatory)][System.Collections.IDictionary]$Bound,
        [Parameter(Mandatory)][bool]$DryRun,
        [Parameter(Mandatory)][System.Management.Automation.PSCmdlet]$Cmdlet
    )
    if (-not $Bound.ContainsKey('PlanPath')) { return }
    $message = ''
    if ($DryRun) {
        $file = Resolve-FilePath -Path $Bound['PlanPath'] -Name PlanPath -Cmdlet $Cmdlet
        $exists = [System.IO.File]::Exists($file)
        if ($Bound.ContainsKey('MaxAge')) {
            $message = 'With -WhatIf a plan is written to -PlanPath, and -MaxAge is for one that is carried out.'
        } elseif ($exists -and -not $Bound.ContainsKey('WhatIf')) {
            # Whoever has the preference on may want to see what the plan would do.
            $message = "With `$WhatIfPreference a plan would be written to -PlanPath, and there is one already: $file"
        } elseif ($exists) {
            Write-Warning -Message ("The file $file is replaced by a new plan: with -WhatIf a plan is written, and " +
                'the one that was there is not looked at.')
        }
    } elseif ($Cmdlet.MyInvocation.ExpectingInput) {
        $message = 'Without -WhatIf the plan of -PlanPath is carried out, and takes nobody from the pipe.'
    } else {
        $wrong = foreach ($name in $script:BeforePlan) { if ($Bound.ContainsKey($name)) { "-$name" } }
        if ($wrong) {
            $message = 'Without -WhatIf the plan of -PlanPath is carried out, and does not go with ' +
                "$(@($wrong) -join ', '): these are for making a plan."
        }
    }
    if (-not $message) { return }
    $problem = @{
        Code    = 'SettingInvalid'
        Message = $message
        Target  = $Bound['PlanPath']
        Remedy  = 'Add -WhatIf to write a plan; to carry one out give -PlanPath without people, scope and what decides.'
    }
    $Cmdlet.ThrowTerminatingError((New-BridgeError @problem))
}
