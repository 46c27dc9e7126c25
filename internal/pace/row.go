package pace

const (
	// stubborn is from how many refusals in a row on a call, or a kind of calls,
	// is taken to be refused for what it is.
	stubborn = 3
	// against is how many units of others must have been served meanwhile for
	// each of theirs that was refused.
	against = 10
	// slight is the part of a call's units that may be refused for what they are
	// while the service is picky.
	slight = 0.25
)

// tally counts the units of all calls.
type tally struct {
	served, refused float64
}

// row is of refusals of one call, or of one kind of calls, with nothing served
// in between. One that goes on while the others are served says nothing of the
// rate: a service that allows too little refuses now this one, now that one.
type row struct {
	refusals int
	units    float64 // refused in it
	from     tally   // of all calls when it began
}

// take takes in an answer. all is before it.
func (r *row) take(all tally, served, refused int) {
	switch {
	case served > 0:
		*r = row{}
	case refused > 0:
		if r.refusals == 0 {
			r.from = all
		}
		r.refusals++
		r.units += float64(refused)
	}
}

// own reports whether the row says nothing of the rate. all is after its last.
func (r *row) own(all tally) bool {
	others := all.refused - r.from.refused - r.units
	return r.refusals >= stubborn && all.served-r.from.served >= against*max(1, others)
}

// tell counts what was served and refused, and reports whether it was refused
// for what it is.
func (t *tempo) tell(load Load, mine *row, served, refused int) bool {
	kind := t.kinds[load.Kind]
	if kind == nil {
		kind = new(row)
		t.kinds[load.Kind] = kind
	}
	mine.take(t.all, served, refused)
	kind.take(t.all, served, refused)
	t.all.served += float64(served)
	t.all.refused += float64(refused)
	switch {
	case refused == 0:
		t.picky = t.picky && load.Again == nil
		return false
	case mine.own(t.all):
		t.picky = true
		return true
	}
	return kind.own(t.all) || t.picky && load.slightly(refused)
}

// split gives how many of a call's units were served, and how many refused. Of
// one that failed, none were either.
func (o Outcome) split(units int) (served, refused int) {
	refused = min(max(0, o.Refused), units)
	switch {
	case o.Ask == Nothing:
		return units - refused, refused
	case o.Ask == Fewer && refused == 0:
		return 0, units
	case o.Ask == Fewer:
		return units - refused, refused
	}
	return 0, refused
}

// slightly reports whether a refusal is of a small part of a call, or of what was
// refused before and is tried again apart. Of a picky service it says nothing of
// the rate until such a try is served: then it was the rate after all. The work
// itself waits in any case.
func (l Load) slightly(refused int) bool {
	return refused > 0 && (l.Again != nil || float64(refused) <= slight*float64(l.Units))
}

// hopeless reports whether work was refused for what it is, often enough.
func (t *tempo) hopeless(r *row) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return r.refusals >= maxOwn && r.own(t.all)
}
