package state

import (
	"bytes"
	"maps"
	"slices"
	"strconv"

	"go.etcd.io/bbolt"

	"photosync/internal/match"
)

// batch is entries that are not written yet.
type batch map[match.GUID][]byte

// batchFull is how many entries are written together: a write waits for the disk
// twice. At most four batches are in memory: one that is being written, one that
// waits, one that is full and one that is open.
const batchFull = 1000

// Note remembers a comparison of a person, in place of an earlier one. It is
// written some time later, at the latest by Close; what is remembered already
// is not written again. A person without an objectGUID is not remembered. It
// must not be called after Close.
func (s *Store) Note(id match.GUID, c Compared) {
	value, ok := c.encode(s.scope, id)
	if id.IsZero() || !ok {
		return
	}
	known := false
	if err := s.view(id, func(old []byte) { known = bytes.Equal(old, value) }); err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known {
		delete(s.open, id) // of the same person, in between
		return
	}
	s.open[id] = value
	if len(s.open) >= batchFull {
		s.full <- s.open // and who notes more waits, while the disk is slower than the cloud
		s.open = make(batch)
	}
}

// write writes batches until there are no more.
func (s *Store) write() {
	defer close(s.done)
	for b := range s.full {
		if len(b) > 0 && s.err == nil {
			s.err = s.guarded(func() error { return s.db.Update(func(tx *bbolt.Tx) error { return s.put(tx, b) }) })
		}
	}
}

// put writes one batch.
func (s *Store) put(tx *bbolt.Tx, b batch) error {
	about, err := tx.CreateBucketIfNotExists(aboutBucket)
	if err != nil {
		return err
	}
	if about.Get(schemaKey) == nil {
		if err := about.Put(schemaKey, []byte(strconv.Itoa(schema))); err != nil {
			return err
		}
	}
	scope, err := tx.CreateBucketIfNotExists(s.scope)
	if err != nil {
		return err
	}
	if err := s.drop(scope); err != nil {
		return err
	}
	entries, err := scope.CreateBucketIfNotExists(s.kind)
	if err != nil {
		return err
	}
	for _, id := range slices.SortedFunc(maps.Keys(b), func(x, y match.GUID) int { return bytes.Compare(x[:], y[:]) }) {
		if err := entries.Put(id[:], b[id]); err != nil {
			return err
		}
	}
	return nil
}

// drop forgets what other versions of the comparison found out.
func (s *Store) drop(scope *bbolt.Bucket) error {
	var old [][]byte
	err := scope.ForEachBucket(func(name []byte) error {
		if bytes.HasPrefix(name, comparedBucket) && !bytes.Equal(name, s.kind) {
			old = append(old, bytes.Clone(name))
		}
		return nil
	})
	for _, name := range old {
		if err == nil {
			err = scope.DeleteBucket(name)
		}
	}
	return err
}
