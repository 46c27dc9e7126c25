function Add-InputLine {
    # Queues the next line of people, or the line that says that there are no more.
    param([Parameter(Mandatory)][hashtable]$Session)
    $people = $Session.People
    $plain = $script:PlainText
    $textLimit = $script:InputLimit.LineText
    if ($Session.Next -ge $people.Count) {
        $Session.People = $null
        $Session.Queue.Enqueue([System.Text.Encoding]::ASCII.GetBytes('{"v":1,"type":"inputEnd","id":1}' + "`n"))
        return
    }
    $json = [System.Text.StringBuilder]::new(32768)
    [void]$json.Append('{"v":1,"type":"input","id":1,"items":[')
    $last = [System.Math]::Min($people.Count, $Session.Next + $script:InputLimit.LinePeople)
    $separator = ''
    for ($i = $Session.Next; $i -lt $last -and $json.Length -lt $textLimit; $i++) {
        $person = $people[$i]
        # Photos of a thousand people are memory that nobody needs twice.
        $people[$i] = $null
        [void]$json.Append($separator)
        $separator = ','
        if ($person -isnot [string]) {
            Add-PersonText -Json $json -Person $person
        } elseif ($plain.IsMatch($person)) {
            [void]$json.Append('"').Append($person).Append('"')
        } else {
            [void]$json.Append((ConvertTo-JsonText -Value $person))
        }
    }
    $Session.Next = $i
    [void]$json.Append("]}`n")
    $Session.Queue.Enqueue([System.Text.Encoding]::ASCII.GetBytes($json.ToString()))
}
