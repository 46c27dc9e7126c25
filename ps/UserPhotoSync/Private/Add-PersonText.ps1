function Add-PersonText {
    # Appends the JSON of one person that was read from an object: keys and photo of one that was handed over, else a
    # name.
    param(
        [Parameter(Mandatory)][System.Text.StringBuilder]$Json,
        [Parameter(Mandatory)][hashtable]$Person
    )
    $photo = $Person['Photo']
    if ($null -ne $photo) {
        [void]$Json.Append('{"person":')
        $separator = '{'
        foreach ($field in $script:PersonField) {
            $value = $Person[$field]
            if ($null -eq $value) { continue }
            [void]$Json.Append($separator).Append('"').Append($field).Append('":')
            if ($value -is [long]) {
                [void]$Json.Append([long]$value)
            } elseif ($script:PlainText.IsMatch($value)) {
                [void]$Json.Append('"').Append([string]$value).Append('"')
            } else {
                [void]$Json.Append((ConvertTo-JsonText -Value $value))
            }
            $separator = ','
        }
        [void]$Json.Append('},"photo":"').Append([System.Convert]::ToBase64String($photo)).Append('"')
    } elseif ($Person['CloudId']) {
        [void]$Json.Append('{"cloudId":').Append((ConvertTo-JsonText -Value $Person.CloudId))
    } else {
        [void]$Json.Append('{"name":').Append((ConvertTo-JsonText -Value $Person.Name))
    }
    if ($Person['Seen']) { [void]$Json.Append(',"seen":').Append((ConvertTo-JsonText -Value $Person.Seen)) }
    [void]$Json.Append('}')
}
