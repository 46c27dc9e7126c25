package state

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"

	"photosync/internal/match"
)

// flush writes what is noted, after what is being written. What cannot be written
// stays in memory, where [Store.Recall] finds it, and is not tried again.
func (s *Store) flush() {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	b := s.open
	if s.err != nil || b.len() == 0 {
		s.mu.Unlock()
		return
	}
	s.timer.Stop()
	s.moved, s.open = b, newBatch()
	s.mu.Unlock()
	err := s.write(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.err = fmt.Errorf("write %s: %w", s.path, err)
		return
	}
	s.moved = nil
}

// write writes one batch, unless it changes nothing.
func (s *Store) write(b *batch) error {
	changes, looked := false, false
	err := s.view(patienceToWrite, func(tx *bbolt.Tx) error {
		looked, changes = true, len(s.edits(s.shelf(tx), b)) > 0
		return nil
	})
	if !looked { // there is no file
		changes = len(s.edits(shelf{store: s}, b)) > 0
	}
	if err != nil || !changes {
		return err
	}
	if err := s.update(func(tx *bbolt.Tx) error { return s.put(tx, b) }); err != nil {
		return err
	}
	s.at(PointAfterCommit)
	return nil
}

// put changes the database as a batch says.
func (s *Store) put(tx *bbolt.Tx, b *batch) error {
	if err := upgrade(tx); err != nil {
		return err
	}
	scope, err := tx.CreateBucketIfNotExists(s.scope)
	if err != nil {
		return err
	}
	if err := s.dropOld(scope); err != nil {
		return err
	}
	for _, e := range s.edits(s.shelf(tx), b) {
		in, err := scope.CreateBucketIfNotExists(e.bucket)
		if err != nil {
			return err
		}
		if e.value == nil {
			err = in.Delete(e.key)
		} else {
			err = in.Put(e.key, e.value)
		}
		if err != nil {
			return err
		}
	}
	s.at(PointBeforeCommit)
	return nil
}

// upgrade makes a database one of this schema. One of schema 1 has nothing that is
// not as it was, and a new one has nothing.
func upgrade(tx *bbolt.Tx) error {
	about, err := tx.CreateBucketIfNotExists(aboutBucket)
	if err != nil {
		return err
	}
	now := []byte(strconv.Itoa(schema))
	if bytes.Equal(about.Get(schemaKey), now) {
		return nil
	}
	return about.Put(schemaKey, now)
}

// edit is an entry that is to be put, or, without a value, to go.
type edit struct{ bucket, key, value []byte }

// edits says what a batch changes in the database, bucket by bucket and in the
// order of the keys.
func (s *Store) edits(on shelf, b *batch) []edit {
	var compared, agreed, pending, orphans, sizes []edit
	differ := func(all *[]edit, name []byte, in *bbolt.Bucket, key, value []byte) {
		var was []byte
		if in != nil {
			was = in.Get(key)
		}
		if !bytes.Equal(was, value) {
			*all = append(*all, edit{name, key, value})
		}
	}
	for _, id := range b.ids() {
		c, key := b.people[id], id[:]
		k := c.on(on.known(id))
		if c.compared != nil {
			value, _ := k.Compared.encode(s.scope, id)
			differ(&compared, s.comparer, on.compared, key, value)
		}
		if c.agreement.set {
			differ(&agreed, agreedBucket, on.agreed, key, s.entry(agreedBucket, id, k.Agreement))
		}
		if c.pending.set {
			differ(&pending, pendingBucket, on.pending, key, s.entry(pendingBucket, id, k.Pending))
		}
		if c.orphan.set {
			differ(&orphans, orphansBucket, on.orphans, key, s.entry(orphansBucket, id, sighting(k.OrphanSince)))
		}
	}
	for name, z := range b.sizes {
		key := sizeKey(name)
		value, _ := z.encode(s.seal(sizesBucket, []byte(name)))
		differ(&sizes, sizesBucket, on.sizes, key, value)
	}
	all := compared
	for _, more := range [][]edit{agreed, pending, orphans, sizes} {
		all = append(all, more...)
	}
	return all
}

// entry gives the entry of something of a person, nil when there is nothing. It
// had its place when it was noted.
func (s *Store) entry(bucket []byte, id match.GUID, of encoder) []byte {
	value, ok := of.encode(s.seal(bucket, id[:]))
	if !ok {
		return nil
	}
	return value
}

func sizeKey(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:]
}

// dropOld forgets what other versions of the comparison found out.
func (s *Store) dropOld(scope *bbolt.Bucket) error {
	var old [][]byte
	err := scope.ForEachBucket(func(name []byte) error {
		if bytes.HasPrefix(name, comparedBucket) && !bytes.Equal(name, s.comparer) {
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
