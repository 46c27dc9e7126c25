function New-PersonSelection {
    # Gives the empty list of the people that one call is about.
    @{
        People     = [System.Collections.Generic.List[object]]::new()
        Invalid    = [System.Collections.Generic.List[object]]::new()
        # Of the directory, without the property thumbnailPhoto.
        Photoless  = [System.Collections.Generic.List[object]]::new()
        HandedOver = 0
        PhotoBytes = [long]0
    }
}
