// Package state remembers from one run to the next what the photos of people
// were compared, and what came of it, so that a pair of photos that is known
// need not be downloaded again. No photo is in it, and no secret.
//
// It is a memory of comparisons and no agreement: it changes no decision, and
// without it a run comes to the same rows, only at the cost of downloads.
//
// Start with [Open]. The file is state.db in the state folder, a bbolt database:
//
//	about / schema                   the version of this layout
//	GRAPH TENANT / compared N        by objectGUID: entries of version N of the comparison
//
// A bucket for each scope has one for each kind of knowledge in it. An entry is
// about 150 bytes and stays until the comparison gets another version: a day
// on which somebody was last seen would have to be written by every run, also
// by one that has found nothing new, and people who left cost next to nothing.
package state

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"photosync/internal/match"
)

// comparison is the version of what entries were found out with, and of what is
// in them. Raise it when Compare, Detail or Kind of package photo change in what
// they answer, of which TestAnswersOfPackagePhoto tells, when internal/run asks
// them of something else, and when entries get another form: what other versions
// found out is not used, and is dropped at the first write. Version 1 did not
// tell what was confirmed.
const comparison = 2

// Scope says within what people are remembered: a tenant of Microsoft 365,
// behind a root of Microsoft Graph. One person may be in two tenants, and the
// cloud of a lab is not that of the company. Neither how somebody signs in nor
// which domain controller answers is part of it, nor the directory itself: an
// objectGUID is one object's in any directory, and people who are handed over
// with their photos come from none that could be named.
type Scope struct {
	Graph  string // root of Microsoft Graph
	Tenant string // id of the tenant, or what is known in its place
}

// bucket gives the name of the scope's bucket.
func (s Scope) bucket() []byte { return []byte(s.Graph + " " + s.Tenant) }

// Store is an open memory. Until it is closed no other process has it. It may
// be used by several goroutines at once.
type Store struct {
	db     *bbolt.DB
	scope  []byte
	kind   []byte      // the bucket of comparisons, within that of the scope
	broken atomic.Bool // bbolt is not asked again, not even to close

	mu   sync.Mutex // guards open
	open batch
	full chan batch
	done chan struct{} // closed when the last batch is written
	err  error         // of the first write that failed; read it after done
}

// Compared gives what was remembered of a person when the store was opened.
// What was noted since may be there or not.
func (s *Store) Compared(id match.GUID) (c Compared, ok bool) {
	_ = s.view(id, func(value []byte) { c, ok = decode(value, s.scope, id) }) // a memory that fails knows nothing
	return c, ok
}

// view shows f the entry of a person, nil when there is none. It is valid until
// f returns: no transaction stays open, which would keep old pages in the file.
func (s *Store) view(id match.GUID, f func(value []byte)) error {
	return s.guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			var value []byte
			if scope := tx.Bucket(s.scope); scope != nil {
				if entries := scope.Bucket(s.kind); entries != nil {
					value = entries.Get(id[:])
				}
			}
			f(value)
			return nil
		})
	})
}

var errBroken = errors.New("the memory is broken")

// guarded runs f, which asks bbolt. Damage that [examine] did not see, or that
// came since, is a panic or a fault in mapped memory there: it ends the memory
// and not the run.
func (s *Store) guarded(f func() error) (err error) {
	if s.broken.Load() {
		return errBroken
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			s.broken.Store(true)
			err = fmt.Errorf("%w: %v", errBroken, p)
		}
	}()
	return f()
}

// Close writes what is not written yet and gives the file back. Its error says
// that not everything could be kept; what was there before is there still.
func (s *Store) Close() error {
	s.full <- s.open // nobody notes anything any more
	close(s.full)
	<-s.done
	return errors.Join(s.err, s.close())
}

func (s *Store) close() error {
	if s.broken.Load() { // bbolt may hold its own locks for ever: the file stays locked until the process ends
		return errBroken
	}
	return s.db.Close()
}
