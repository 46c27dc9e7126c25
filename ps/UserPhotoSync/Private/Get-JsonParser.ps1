function Get-JsonParser {
    # Gives what this session's ConvertFrom-Json must be told, and whether its whole numbers are [int] (on 5.1).
    if ($script:JsonParser) { return $script:JsonParser }
    $arguments = @{}
    # Before 7.5 nothing keeps 7 from making a date of every text that looks like one. Asking the command for its
    # parameters instead of the version costs a fifth of the first call.
    $version = $PSVersionTable.PSVersion
    if ($version.Major -gt 7 -or ($version.Major -eq 7 -and $version.Minor -ge 5)) { $arguments['DateKind'] = 'String' }
    $script:JsonParser = @{
        Arguments   = $arguments
        CastNumbers = (ConvertFrom-Json -InputObject '{"n":1}').n -isnot [long]
    }
    $script:JsonParser
}
