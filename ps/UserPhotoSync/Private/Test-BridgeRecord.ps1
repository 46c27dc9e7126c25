function Test-BridgeRecord {
    # Says what is wrong with a line of the binary: '' for nothing.
    param(
        [Parameter(Mandatory)][hashtable]$Session,
        [Parameter(Mandatory)][object]$Record
    )
    $properties = $Record.PSObject.Properties
    foreach ($name in 'v', 'type', 'id') {
        if (-not $properties[$name]) { return "The binary sent a line without '$name'." }
    }
    if ("$($Record.v)" -ne '1') { return "The binary sent a line of protocol '$($Record.v)'." }
    $type = [string]$Record.type
    if (-not $script:BridgeField.ContainsKey($type)) { return '' }
    if ($type -eq 'hello') {
        if ($Session.Hello) { return 'The binary said hello twice.' }
    } elseif (-not $Session.Hello) {
        return "The binary sent '$type' before it said hello."
    }
    foreach ($name in $script:BridgeField[$type]) {
        if (-not $properties[$name]) { return "The binary sent '$type' without '$name'." }
    }
    $id = [string]$Record.id
    $ofRequest = $type -in 'result', 'propose', 'sign', 'end'
    if ($id -ne '1' -and ($ofRequest -or $id -ne '0')) {
        return "The binary sent '$type' for request $id, and request 1 was asked."
    }
    if ($Session.End -and ($ofRequest -or $type -eq 'error')) {
        return "The binary sent '$type' after the end of the request."
    }
    ''
}
