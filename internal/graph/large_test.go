package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// holding is a service that keeps everybody who reads a photo in full size until
// it is let go. Renditions it gives at once.
type holding struct {
	arrived chan struct{} // one for each who is being kept

	mu               sync.Mutex
	now, most, whole int
	open             bool
	release          chan struct{}
}

func (h *holding) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/photo/$value") {
		h.mu.Lock()
		h.now++
		h.whole++
		h.most = max(h.most, h.now)
		release := h.release
		h.mu.Unlock()
		h.arrived <- struct{}{}
		<-release
		h.mu.Lock()
		h.now--
		h.mu.Unlock()
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write([]byte("\xff\xd8photo"))
}

// let lets everybody go who is there and who comes, or, closed, keeps who comes
// from now on.
func (h *holding) let(open bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case open && !h.open:
		close(h.release)
	case !open && h.open:
		h.release = make(chan struct{})
	}
	h.open = open
}

// await waits until so many are being kept, and a moment longer for more.
func (h *holding) await(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		select {
		case <-h.arrived:
		case <-time.After(10 * time.Second):
			t.Fatalf("%d of %d came", i, n)
		}
	}
	select {
	case <-h.arrived:
		t.Fatalf("more than %d came", n)
	case <-time.After(100 * time.Millisecond):
	}
}

// newHolding gives a service and a client of it that would send 40 at once.
func newHolding(t *testing.T) (*holding, *fixture) {
	t.Helper()
	h := &holding{arrived: make(chan struct{}, 1000), release: make(chan struct{})}
	f := serve(t, h.ServeHTTP)
	t.Cleanup(func() { h.let(true) }) // before the service is closed, which waits for everybody
	for range 200 {                   // the pace grows with answers
		if n, _ := f.Pace(); n >= 40 {
			return h, f
		}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { h.rendition(t, f) })
		}
		if wg.Wait(); t.Failed() {
			t.FailNow()
		}
	}
	n, _ := f.Pace()
	t.Fatalf("the client sends %d at once", n)
	return nil, nil
}

func (h *holding) rendition(t *testing.T, f *fixture) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if got, err := f.Photo(ctx, uuid.NewString(), "120x120"); err != nil || !got.Exists {
		t.Errorf("a rendition: %+v, %v", got, err)
	}
}

// Of photos in full size, each of which may take much memory, eight are read at
// once, however many callers there are. Renditions do not wait for them.
func TestLargePhotosAreFewAtOnce(t *testing.T) {
	h, f := newHolding(t)
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if got, err := f.Photo(context.Background(), uuid.NewString(), ""); err != nil || !got.Exists {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	h.await(t, 8)
	for range 10 {
		h.rendition(t, f)
	}
	h.let(true)
	wg.Wait()
	if h.most != 8 || h.whole != 30 {
		t.Errorf("%d at once, %d in all", h.most, h.whole)
	}
}

// Who gives up waiting for a place has none, and sends nothing.
func TestLargePhotoThatIsNotWaitedFor(t *testing.T) {
	h, f := newHolding(t)
	read := func(wg *sync.WaitGroup, n int) {
		for range n {
			wg.Go(func() {
				if got, err := f.Photo(context.Background(), uuid.NewString(), ""); err != nil || !got.Exists {
					t.Errorf("got %+v, %v", got, err)
				}
			})
		}
	}
	var first, impatient, second sync.WaitGroup
	read(&first, 8)
	h.await(t, 8)
	ctx, cancel := context.WithCancel(context.Background())
	for range 12 {
		impatient.Go(func() {
			if _, err := f.Photo(ctx, uuid.NewString(), ""); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
	time.Sleep(50 * time.Millisecond) // by now they wait
	cancel()
	impatient.Wait() // while the places are still taken
	h.let(true)
	first.Wait()
	h.let(false)
	read(&second, 30)
	h.await(t, 8) // and not fewer
	h.let(true)
	second.Wait()
	if h.most != 8 || h.whole != 38 || len(f.large) != 0 {
		t.Errorf("%d at once, %d in all, %d places are taken", h.most, h.whole, len(f.large))
	}
}
