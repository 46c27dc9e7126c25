package plan

import "photosync/internal/record"

// Limits are the bounds of the brakes.
type Limits struct {
	MaxChange        int // changes of any kind
	MaxChangePercent int // changes as a share of a whole scope of more than smallScope people
	MaxRemove        int // removals
	MaxShrinkPercent int // how much less than at the last run over the same scope the directory may give
}

// DefaultLimits are the bounds that hold unless somebody raises them.
var DefaultLimits = Limits{MaxChange: 500, MaxChangePercent: 10, MaxRemove: 0, MaxShrinkPercent: 30}

// smallScope is the number of people up to which a share says little: three of
// twenty is 15 %, and no mistake.
const smallScope = 200

// smallShrink is the number up to which it says little that fewer are there than
// at the last run: four people left a team of ten.
const smallShrink = 4

// Brake gives an error when the plan must not be carried out. It says what it
// saw and what is allowed, and its remedy which switch would let the plan pass;
// nothing was written.
func (p *Plan) Brake(l Limits) error {
	for _, brake := range []func(Limits) error{p.empty, p.shrunk, p.uncertain, p.removals, p.changes} {
		if err := brake(l); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) empty(l Limits) error {
	if !p.WholeScope || p.People > 0 || l.MaxShrinkPercent >= 100 {
		return nil
	}
	return record.Errorf(record.SourceEmpty, "the directory gave nobody in the whole scope; nothing was written")
}

func (p *Plan) shrunk(l Limits) error {
	last := p.Last
	if !p.WholeScope || !fell(last.People, p.People, l.MaxShrinkPercent) && !fell(last.Photos, p.Photos, l.MaxShrinkPercent) {
		return nil
	}
	return record.Errorf(record.SourceShrunk,
		"the directory gave %d people, of whom %d have a photo, after %d people and %d photos at the last run over the same scope, "+
			"and --max-shrink-percent allows %d %% less; nothing was written",
		p.People, p.Photos, last.People, last.Photos, l.MaxShrinkPercent)
}

// fell reports whether a number fell by more than a share allows, and by more than a few.
func fell(from, to int64, percent int) bool {
	by := from - to
	return by > smallShrink && float64(by)*100 > float64(percent)*float64(from)
}

func (p *Plan) uncertain(Limits) error {
	if p.Removes == 0 || p.Unread == 0 {
		return nil
	}
	return record.Errorf(record.RemovalsUncertain, "the plan removes photos (%d) and people could not be read (%d), which --remove-orphans does not allow; nothing was written",
		p.Removes, p.Unread)
}

func (p *Plan) removals(l Limits) error {
	if p.Removes <= l.MaxRemove {
		return nil
	}
	return record.Errorf(record.TooManyRemovals, "the plan removes %d photos and --max-remove allows %d; nothing was written", p.Removes, l.MaxRemove)
}

func (p *Plan) changes(l Limits) error {
	n := int64(len(p.Changes))
	switch {
	case n > int64(l.MaxChange):
		return record.Errorf(record.TooManyChanges, "the plan changes %d people and --max-change allows %d; nothing was written", n, l.MaxChange)
	case p.WholeScope && p.People > smallScope && float64(n)*100 > float64(l.MaxChangePercent)*float64(p.People):
		return record.Errorf(record.TooManyChanges, "the plan changes %d of %d people (%.1f %%) and --max-change-percent allows %d %%; nothing was written",
			n, p.People, 100*float64(n)/float64(p.People), l.MaxChangePercent)
	}
	return nil
}
