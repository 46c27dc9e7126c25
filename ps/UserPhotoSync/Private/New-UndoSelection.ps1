function New-UndoSelection {
    # Gives the empty list of what one call is to undo. Under Runs stand the people by the id of their run, in the order
    # in which the runs came; '' is the last run that wrote each of them, and $null for people is the whole run.
    @{
        Runs    = [ordered]@{}
        Count   = 0
        LeftOut = 0
        Invalid = [System.Collections.Generic.List[object]]::new()
    }
}
