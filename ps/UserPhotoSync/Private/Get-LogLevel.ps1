function Get-LogLevel {
    # Gives what the binary is asked to tell, by the preferences of the cmdlet that calls this: nothing that nobody
    # would see.
    $quiet = 'SilentlyContinue', 'Ignore', ''
    if ("$DebugPreference" -notin $quiet) { return 'debug' }
    if ("$VerbosePreference" -notin $quiet) { return 'verbose' }
    'warning'
}
