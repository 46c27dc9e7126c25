package state

import (
	"maps"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"photosync/internal/match"
)

// Recall gives what is known of people, with what was noted and is not written
// yet. Those of whom nothing is known are left out. It looks once, for a
// few milliseconds, at what is on the disk then: call it for many people at a time.
// ErrLocked says that somebody had the file for longer than the patience.
func (s *Store) Recall(ids []match.GUID) (map[match.GUID]Known, error) {
	noted := s.noted(ids)
	all := make(map[match.GUID]Known, len(ids))
	err := s.view(s.patience, func(tx *bbolt.Tx) error {
		shelf := s.shelf(tx)
		for _, id := range ids {
			all[id] = shelf.known(id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		k := all[id]
		for _, c := range noted[id] {
			k = c.on(k)
		}
		if all[id] = k; k.nothing() {
			delete(all, id)
		}
	}
	return all, nil
}

// noted gives what was noted of people and is not written, or was not a moment
// ago: over what is on the disk by then it is the same.
func (s *Store) noted(ids []match.GUID) map[match.GUID][]change {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[match.GUID][]change)
	for _, b := range s.batches() {
		for _, id := range ids {
			if c := b.people[id]; c != nil {
				all[id] = append(all[id], *c)
			}
		}
	}
	return all
}

// batches gives what is not written, the older one first. The caller holds mu.
func (s *Store) batches() []*batch {
	if s.moved == nil {
		return []*batch{s.open}
	}
	return []*batch{s.moved, s.open}
}

// Agreed gives every agreement of a directory, with what was noted and is not
// written yet, mostly in the order of the objectGUIDs. It looks at 1000 people at a
// time and lets go of the file between: whoever changes meanwhile is given as
// before or as after. yield may use the store; its error ends it and is given back.
func (s *Store) Agreed(directory string, yield func(match.GUID, Agreement) error) error {
	const atOnce = 1000
	give := func(ids []match.GUID) error {
		known, err := s.Recall(ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if a := known[id].Agreement; a != nil && a.Directory == directory {
				if err := yield(id, *a); err != nil {
					return err
				}
			}
		}
		return nil
	}
	unwritten := s.notedAgreements()
	for after := (match.GUID{}); ; {
		ids, err := s.agreedAfter(after, atOnce)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		after = ids[len(ids)-1]
		for _, id := range ids {
			delete(unwritten, id)
		}
		if err := give(ids); err != nil {
			return err
		}
	}
	return give(slices.SortedFunc(maps.Keys(unwritten), compareIDs))
}

// notedAgreements gives the people whose agreements are not written yet.
func (s *Store) notedAgreements() map[match.GUID]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[match.GUID]bool)
	for _, b := range s.batches() {
		for id, c := range b.people {
			if c.agreement.to != nil {
				all[id] = true
			}
		}
	}
	return all
}

// agreedAfter gives those people with an entry of an agreement who come next.
func (s *Store) agreedAfter(after match.GUID, most int) ([]match.GUID, error) {
	var ids []match.GUID
	err := s.view(s.patience, func(tx *bbolt.Tx) error {
		in := s.shelf(tx).agreed
		if in == nil {
			return nil
		}
		c := in.Cursor()
		for key, _ := c.Seek(after[:]); key != nil && len(ids) < most; key, _ = c.Next() {
			var id match.GUID
			if len(key) != len(id) {
				continue
			}
			if copy(id[:], key); id != after {
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}

// Size gives how large the scope with this key was, with what was noted and is not
// written yet. It gives false when that is not known.
func (s *Store) Size(key string) (z Size, ok bool, err error) {
	s.mu.Lock()
	for _, b := range slices.Backward(s.batches()) {
		if z, ok = b.sizes[key]; ok {
			break
		}
	}
	s.mu.Unlock()
	if ok {
		return z, true, nil
	}
	err = s.view(s.patience, func(tx *bbolt.Tx) error {
		if in := s.shelf(tx).sizes; in != nil {
			z, ok = decodeSize(in.Get(sizeKey(key)), s.seal(sizesBucket, []byte(key)))
		}
		return nil
	})
	return z, ok, err
}

// shelf is the buckets of a scope, nil for one that is not there.
type shelf struct {
	store                                     *Store
	compared, agreed, pending, orphans, sizes *bbolt.Bucket
}

func (s *Store) shelf(tx *bbolt.Tx) shelf {
	is := shelf{store: s}
	if scope := tx.Bucket(s.scope); scope != nil {
		is.compared, is.sizes = scope.Bucket(s.comparer), scope.Bucket(sizesBucket)
		is.agreed, is.pending, is.orphans = scope.Bucket(agreedBucket), scope.Bucket(pendingBucket), scope.Bucket(orphansBucket)
	}
	return is
}

// known reads what is known of a person. What is damaged is not there.
func (h shelf) known(id match.GUID) (k Known) {
	s := h.store
	if h.compared != nil {
		if c, ok := decode(h.compared.Get(id[:]), s.scope, id); ok {
			k.Compared = &c
		}
	}
	if h.agreed != nil {
		if a, ok := decodeAgreement(h.agreed.Get(id[:]), s.seal(agreedBucket, id[:])); ok {
			k.Agreement = &a
		}
	}
	if h.pending != nil {
		if p, ok := decodePending(h.pending.Get(id[:]), s.seal(pendingBucket, id[:])); ok {
			k.Pending = &p
		}
	}
	if h.orphans != nil {
		if t, ok := decodeSighting(h.orphans.Get(id[:]), s.seal(orphansBucket, id[:])); ok {
			k.OrphanSince = time.Time(t)
		}
	}
	return k
}
