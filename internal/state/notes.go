package state

import (
	"fmt"
	"time"

	"photosync/internal/match"
)

// batchFull is how many people are written together: a write waits for the disk
// twice. While one batch is being written another gathers, of up to twice as many
// people; then who notes more waits.
const batchFull = 1000

// lag is how long something that was noted waits to be written, if nothing else
// has it written before. With a second for the write, it is on the disk within two.
const lag = time.Second

// Note keeps a comparison of a person, in place of an earlier one. It is written
// some time later, within about two seconds, and at the latest by [Store.Flush];
// so is everything that is noted. What is known already is not written again. A
// person without an objectGUID is not kept. Nothing must be noted after Close.
func (s *Store) Note(id match.GUID, c Compared) {
	if _, ok := c.encode(s.scope, id); !ok {
		return // what cannot be compared again is compared anew
	}
	s.note(id, func(of *change) { of.compared = &c })
}

// Agree keeps an agreement of a person in place of an earlier one, and ends what
// was pending and that the person was an orphan. One that says nothing new, save
// another time, or that an agreement of another kind was seen again, leaves the
// earlier one as it is. One that has no place in the state, as with a hash that is
// none, is an error that [Store.Flush] gives.
func (s *Store) Agree(id match.GUID, a Agreement) {
	a.At = kept(a.At)
	a.Whom = a.Whom.cut()
	_, ok := a.encode(s.seal(agreedBucket, id[:]))
	s.noteWhole(id, ok, "the agreement", func(of *change) { of.agree(a) })
}

// Await keeps that a write was sent and is not seen yet, in place of an earlier
// one. The agreement stays.
func (s *Store) Await(id match.GUID, p Pending) {
	p.At = kept(p.At)
	_, ok := p.encode(s.seal(pendingBucket, id[:]))
	s.noteWhole(id, ok, "the pending write", func(of *change) { of.pending = becomes(&p) })
}

// Settle keeps that no write is waited for any more. The agreement stays.
func (s *Store) Settle(id match.GUID) {
	s.note(id, func(of *change) { of.pending = becomes[Pending](nil) })
}

// Orphan keeps since when a person is seen as an orphan. An earlier time stays.
func (s *Store) Orphan(id match.GUID, since time.Time) {
	since = kept(since)
	s.noteWhole(id, !since.IsZero(), "the time of an orphan", func(of *change) { of.sight(since) })
}

// NotOrphan forgets that a person was seen as an orphan.
func (s *Store) NotOrphan(id match.GUID) {
	s.note(id, func(of *change) { of.orphan = becomes[time.Time](nil) })
}

// Drop forgets the agreement of a person, what is pending, and that the person was
// seen as an orphan. What was compared stays: it is of photos.
func (s *Store) Drop(id match.GUID) {
	s.note(id, func(of *change) {
		of.agreement, of.pending, of.orphan = becomes[Agreement](nil), becomes[Pending](nil), becomes[time.Time](nil)
	})
}

// NoteSize keeps how large a scope was, by its key, in place of what was known.
func (s *Store) NoteSize(key string, z Size) {
	z.At = kept(z.At)
	if _, ok := z.encode(s.seal(sizesBucket, []byte(key))); !ok {
		s.refuse(fmt.Errorf("the size of a scope has no place in the state: %d people and %d photos", z.People, z.Photos))
		return
	}
	s.add(func(b *batch) { b.sizes[key] = z })
}

// noteWhole notes what must not get lost, and what is an error when it has no place.
func (s *Store) noteWhole(id match.GUID, ok bool, what string, do func(*change)) {
	if !ok && !id.IsZero() {
		s.refuse(fmt.Errorf("%s of %v has no place in the state", what, id))
		return
	}
	s.note(id, do)
}

func (s *Store) note(id match.GUID, do func(*change)) {
	if id.IsZero() {
		return
	}
	s.add(func(b *batch) {
		c := b.people[id]
		if c == nil {
			c = new(change)
			b.people[id] = c
		}
		do(c)
	})
}

// add puts something into the open batch and sees to it that this is written. When
// writing has failed it does nothing: there is no end to what would gather.
func (s *Store) add(do func(*batch)) {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return
	}
	before := s.open.len()
	do(s.open)
	after := s.open.len()
	if before == 0 {
		s.timer.Reset(s.lag)
	}
	s.mu.Unlock()
	switch {
	case before == after:
	case after == batchFull:
		s.behind.Go(s.flush)
	case after >= 2*batchFull:
		s.flush() // the disk is slower than the cloud
	}
}

// refuse keeps that something has no place in the state. All else goes on.
func (s *Store) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unfit == nil {
		s.unfit = err
	}
}
