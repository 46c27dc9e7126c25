function New-BridgeError {
    # Gives the error record for a code. Category and remedy come from the catalogue, if the caller knows none that
    # are better.
    param(
        [Parameter(Mandatory)][string]$Code,
        [Parameter(Mandatory)][string]$Message,
        [object]$Target,
        [string]$Category,
        [string]$Remedy,
        [System.Exception]$InnerException,
        [string]$RequestId
    )
    $entry = $script:ErrorCatalogue[$Code]
    if (-not $Category -and $entry) { $Category = $entry.Category }
    if (-not $Remedy -and $entry) { $Remedy = $entry.Remedy }
    $errorCategory = 'NotSpecified'
    if ($Category -and $script:CategoryTable.ContainsKey($Category)) {
        $errorCategory = $script:CategoryTable[$Category]
    }

    $exception = [System.InvalidOperationException]::new($Message, $InnerException)
    if ($RequestId) { $exception.Data['RequestId'] = $RequestId }
    $record = [System.Management.Automation.ErrorRecord]::new($exception, $Code, $errorCategory, $Target)
    $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($Message)
    $record.ErrorDetails.RecommendedAction = $Remedy
    $record
}
