// Package state keeps what a run must know of earlier ones: on what both sides
// of a person last agreed, which writes were not seen yet, who was seen as an
// orphan and since when, how large a scope was, and what photos were compared and
// what came of it, so that a pair of photos that is known need not be downloaded
// again. No photo is in it, and no secret.
//
// A person is known by objectGUID: somebody who is renamed keeps what was agreed,
// and somebody who comes back as another object does not inherit it. What is lost
// leads to a run that knows nothing, never to one that knows something wrong.
//
// Start with [Open]. A run that writes to the cloud takes [Lock] first. The
// folder has these files:
//
//	state.db   a bbolt database, open for moments only, so that nobody waits for a run
//	run.lock   locked while a run writes to the cloud
//	run.json   who that is
//
// and this is the layout of the database:
//
//	about / schema                   the version of this layout
//	GRAPH TENANT / compared N        by objectGUID: what version N of the comparison found out
//	GRAPH TENANT / agreed            by objectGUID: agreements, each with the directory it is of
//	GRAPH TENANT / pending           by objectGUID: writes that were not seen yet
//	GRAPH TENANT / orphans           by objectGUID: since when somebody is an orphan
//	GRAPH TENANT / sizes             by the SHA-256 of a scope's key: how large it was
//
// A bucket for each scope has one for each kind of knowledge in it. Every entry
// begins with a checksum over what it says, of whom, and where: one that is
// damaged is as if it were not there. A comparison is about 150 bytes and an
// agreement about 300. They stay: a day on which somebody was last seen would
// have to be written by every run, also by one that has found nothing new.
//
// Schema 1 had only the comparisons. It is read as it is, and the first write
// makes it schema 2.
package state

import (
	"bytes"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// comparison is the version of what entries were found out with, and of what is
// in them. Raise it when Compare, Detail or Kind of package photo change in what
// they answer, of which TestAnswersOfPackagePhoto tells, when internal/run asks
// them of something else, and when entries get another form: what other versions
// found out is not used, and is dropped at the first write. Version 1 did not
// tell what was confirmed.
const comparison = 2

// Scope says within what people are known: a tenant of Microsoft 365, behind a
// root of Microsoft Graph. One person may be in two tenants, and the cloud of a
// lab is not that of the company. Neither how somebody signs in nor which domain
// controller answers is part of it, nor the directory itself: an objectGUID is
// one object's in any directory, and people who are handed over with their photos
// come from none that could be named. So an [Agreement] names its directory.
type Scope struct {
	Graph  string // root of Microsoft Graph
	Tenant string // id of the tenant, or what is known in its place
}

// bucket gives the name of the scope's bucket.
func (s Scope) bucket() []byte { return []byte(s.Graph + " " + s.Tenant) }

// Point names a moment at which a test may end the process, see [Options].
type Point = string

// The points of a write of the state.
const (
	PointBeforeCommit Point = "state: before commit" // everything is changed, and nothing is on the disk yet
	PointAfterCommit  Point = "state: after commit"
)

// Options are how a store behaves. The zero value is a good one.
type Options struct {
	// At is called at each [Point], nil for nobody. It must not use the store.
	At func(point string)

	// Patience is how long a look waits for another process that has the file
	// for a moment; 0 is a second. Writes wait 10 seconds.
	Patience time.Duration
}

// Store is the state of one [Scope]. It may be used by several goroutines at once,
// and several processes may have one of the same folder.
type Store struct {
	path     string
	scope    []byte
	comparer []byte // the bucket of comparisons, within that of the scope
	at       func(string)
	patience time.Duration

	broken atomic.Bool  // bbolt is not asked again
	file   sync.RWMutex // one goroutine that writes, or several that read: bbolt's own lock would have them poll

	writing sync.Mutex     // held while a batch is written
	behind  sync.WaitGroup // batches that are written while others note more
	lag     time.Duration
	timer   *time.Timer // writes what is open, when it was open for the lag

	mu    sync.Mutex // guards what follows
	open  *batch     // not written yet
	moved *batch     // being written, or could not be; nil for none
	err   error      // of the first write that failed: there is no other after it
	unfit error      // the first thing that could not be noted
}

func newStore(path string, scope Scope, version int, o Options) *Store {
	s := &Store{
		path: path, scope: scope.bucket(), comparer: strconv.AppendInt(bytes.Clone(comparedBucket), int64(version), 10),
		at: o.At, patience: o.Patience, lag: lag, open: newBatch(),
	}
	if s.at == nil {
		s.at = func(string) {}
	}
	if s.patience <= 0 {
		s.patience = patience
	}
	s.timer = time.AfterFunc(lag, s.flush)
	s.timer.Stop()
	return s
}

// Err gives what [Store.Flush] would give of what has been written so far. It
// waits for nothing.
func (s *Store) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.err, s.unfit)
}

// Flush writes what was noted so far: when it returns nil, that is on the disk.
// Else it gives the error of the first write that failed, after which nothing is
// written any more, and says what first had no place in the state. What was there
// before is there still.
func (s *Store) Flush() error {
	s.flush()
	return s.Err()
}

// Close writes what was not written yet. Its error is that of [Store.Flush].
// Nobody may note anything any more.
func (s *Store) Close() error {
	s.timer.Stop()
	s.behind.Wait()
	err := s.Flush()
	if s.broken.Load() {
		err = errors.Join(err, errBroken)
	}
	return err
}
