package apply_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"photosync/internal/apply"
	"photosync/internal/record"
)

// slowCloud takes a while for a write, and shows it later still.
type slowCloud struct {
	mu       sync.Mutex
	photo    map[string][]byte
	shown    map[string]time.Time // when the last write is seen
	before   []byte
	requests atomic.Int64
	batched  atomic.Int64 // of the requests, those that ask for up to 20 people
}

const (
	slowWrite = 50 * time.Millisecond
	slowShow  = 2 * time.Second
)

func (s *slowCloud) now(id string) (etag string, shown []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.shown[id]; ok && !time.Now().Before(at) {
		return id + "-1", s.photo[id]
	}
	return id + "-0", s.before
}

func (s *slowCloud) ETag(_ context.Context, id string) (string, error) {
	s.requests.Add(1)
	etag, _ := s.now(id)
	return etag, nil
}

func (s *slowCloud) ETags(_ context.Context, ids []string) ([]apply.Seen, error) {
	batches := int64((len(ids) + 19) / 20)
	s.requests.Add(batches)
	s.batched.Add(batches)
	seen := make([]apply.Seen, len(ids))
	for i, id := range ids {
		seen[i].ETag, _ = s.now(id)
	}
	return seen, nil
}

func (s *slowCloud) Photo(_ context.Context, id string) ([]byte, error) {
	s.requests.Add(1)
	_, shown := s.now(id)
	return shown, nil
}

func (s *slowCloud) PhotoOf(ctx context.Context, id, _ string) ([]byte, error) {
	return s.Photo(ctx, id)
}

func (s *slowCloud) PutPhoto(_ context.Context, id string, b []byte, _ string) error {
	s.requests.Add(1)
	time.Sleep(slowWrite)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.photo[id], s.shown[id] = b, time.Now().Add(slowShow)
	return nil
}

func (s *slowCloud) DeletePhoto(context.Context, string, string) error { return nil }

// BenchmarkApply carries out 200 changes with 16 workers in a cloud that takes
// 50 ms for a write and shows it 2 s later.
func BenchmarkApply(b *testing.B) {
	const people = 200
	for b.Loop() {
		w, changes := newWorld(b, people)
		s := &slowCloud{photo: map[string][]byte{}, shown: map[string]time.Time{}, before: picture(b, 2)}
		for i := range changes {
			changes[i].ETag = changes[i].CloudID + "-0"
		}
		a := w.applier()
		a.Cloud, a.Writer, a.Workers, a.Sleep = s, s, 16, nil
		ends := map[record.ChangeStatus]int{}
		err := a.Apply(b.Context(), changes, func(c record.Change) { ends[c.Status]++ })
		if err != nil || ends[record.Done]+ends[record.Pending] != people {
			b.Fatalf("%v, %v", ends, err)
		}
		b.ReportMetric(float64(s.requests.Load()), "requests")
		b.ReportMetric(float64(s.batched.Load()), "batches")
		b.ReportMetric(float64(ends[record.Pending]), "pending")
	}
}
