function Get-JsonParser {
    # Gives what this session's ConvertFrom-Json must be told, and whether its whole numbers are [int] (on 5.1).
    if ($script:JsonParser) { return $script:JsonParser }
    $arguments = @{}
    # Before 7.5 nothing keeps 7 from making a date of every text that looks like one.
    $command = $ExecutionContext.InvokeCommand.GetCommand('ConvertFrom-Json', 'Cmdlet')
    if ($command -and $command.Parameters.ContainsKey('DateKind')) { $arguments['DateKind'] = 'String' }
    $script:JsonParser = @{
        Arguments   = $arguments
        CastNumbers = (ConvertFrom-Json -InputObject '{"n":1}').n -isnot [long]
    }
    $script:JsonParser
}
