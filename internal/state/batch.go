package state

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"photosync/internal/match"
)

// batch is what was noted and is not written yet.
type batch struct {
	people map[match.GUID]*change
	sizes  map[string]Size
}

func newBatch() *batch {
	return &batch{people: make(map[match.GUID]*change), sizes: make(map[string]Size)}
}

func (b *batch) len() int { return len(b.people) + len(b.sizes) }

// ids gives the people of a batch in their order.
func (b *batch) ids() []match.GUID { return slices.SortedFunc(maps.Keys(b.people), compareIDs) }

func compareIDs(x, y match.GUID) int { return bytes.Compare(x[:], y[:]) }

// change is what becomes of what is known of a person.
type change struct {
	compared  *Compared // nil: it stays
	agreement patch[Agreement]
	pending   patch[Pending]
	orphan    patch[time.Time]
	earliest  bool // a sighting that was there before orphan stays, when it was earlier
}

// patch says that something becomes what to points to, nil for nothing. The zero
// value changes nothing.
type patch[T any] struct {
	set bool
	to  *T
}

func becomes[T any](to *T) patch[T] { return patch[T]{set: true, to: to} }

// on gives what is known after the change. It is the one place that says what
// outlives what.
func (c *change) on(k Known) Known {
	if c.compared != nil {
		k.Compared = fresh(c.compared)
	}
	if c.agreement.set && (k.Agreement == nil || c.agreement.to == nil || !c.agreement.to.again(*k.Agreement)) {
		k.Agreement = fresh(c.agreement.to)
	}
	if c.pending.set {
		k.Pending = fresh(c.pending.to)
	}
	switch since := c.orphan.to; {
	case !c.orphan.set:
	case since == nil:
		k.OrphanSince = time.Time{}
	case !c.earliest || k.OrphanSince.IsZero() || since.Before(k.OrphanSince):
		k.OrphanSince = *since
	}
	return k
}

// fresh gives a copy, so that what is noted does not change in somebody's hand.
func fresh[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// agree notes an agreement over what was noted before.
func (c *change) agree(a Agreement) {
	if was := c.agreement.to; was == nil || !a.again(*was) {
		c.agreement = becomes(&a)
	}
	c.pending, c.orphan = becomes[Pending](nil), becomes[time.Time](nil)
}

// sight notes that somebody was an orphan at that time, over what was noted before.
func (c *change) sight(since time.Time) {
	switch {
	case !c.orphan.set:
		c.orphan, c.earliest = becomes(&since), true
	case c.orphan.to == nil:
		c.orphan, c.earliest = becomes(&since), false
	case since.Before(*c.orphan.to):
		c.orphan = becomes(&since)
	}
}
