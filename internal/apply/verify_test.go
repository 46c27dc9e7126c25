package apply_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/apply"
	"photosync/internal/record"
)

// Writes go on while none of them is seen, and what they wait for is their own.
func TestNoWriteWaitsForAnothersReadBack(t *testing.T) {
	const people, workers = 96, 16
	w, changes := newCrowd(t, people)
	w.takesTime, w.delay = 50*time.Millisecond, 2*time.Second
	a := w.applier()
	a.Workers = workers
	e := carriedOut(t, a, changes, nil)
	for _, end := range e.ends {
		if end.Status != record.Done || end.ETagAfter != end.CloudId+"-1" {
			t.Fatalf("got %+v", end)
		}
	}
	written := (people + workers - 1) / workers * w.takesTime
	if e.err != nil || e.took < written+w.delay || e.took > written+w.delay+2*time.Second {
		t.Errorf("%v after %s, of which the writes take %s", e.err, e.took, written)
	}
	first := slices.Index(w.log, "outcome")
	if puts := count(w.log[:first], "put"); puts != people {
		t.Errorf("%d of %d people were written before the first was seen", puts, people)
	}
	if looks := len(w.asked); looks > 15 {
		t.Errorf("%d looks at many", looks)
	}
}

func count(log []string, step string) (n int) {
	for _, s := range log {
		if s == step {
			n++
		}
	}
	return n
}

// Looks at many are looks at all who wait, 100 at a time.
func TestLooksAreBatched(t *testing.T) {
	const people = 210
	w, changes := newCrowd(t, people)
	w.takesTime, w.lagging = time.Second, true
	a := w.applier()
	a.Workers, a.VerifyTimeout = people, time.Second
	e := carriedOut(t, a, changes, nil)
	if e.err != nil || e.ends[people-1].Status != record.Pending {
		t.Fatalf("got %+v, %v", e.ends[people-1], e.err)
	}
	most, all := 0, map[string]int{}
	for _, ids := range w.asked {
		most = max(most, len(ids))
		for _, id := range ids {
			all[id]++
		}
	}
	for id, n := range all {
		if n != 3 { // at once, after 0.3 s, and when time is up
			t.Errorf("%s was looked at %d times", id, n)
		}
	}
	if most != 100 || len(all) != people || len(w.asked) > 12 {
		t.Errorf("%d people in %d looks, at most %d in one", len(all), len(w.asked), most)
	}
}

// Ends are handed over as they come, not in the order of the plan.
func TestWhoIsSeenFirstEndsFirst(t *testing.T) {
	w, changes := newWorld(t, 3)
	w.delay = 3 * time.Second
	w.put = func(id string) error {
		if id == "c1" {
			return record.Errorf(record.PhotoRefused, "no")
		}
		return nil
	}
	changes[2].ETag = "another"
	e := carriedOut(t, w.applier(), changes, nil)
	var order []string
	for _, end := range e.emitted {
		order = append(order, end.CloudId+" "+string(end.Status))
	}
	if diff := cmp.Diff([]string{"c1 Failed", "c2 Skipped", "c0 Done"}, order); diff != "" {
		t.Error(diff)
	}
}

// gallery is a cloud that counts what is looked at alone at once.
type gallery struct {
	cloud
	mu        sync.Mutex
	now, most int
}

func (g *gallery) Photo(ctx context.Context, id string) ([]byte, error) {
	g.mu.Lock()
	g.now++
	g.most = max(g.most, g.now)
	g.mu.Unlock()
	time.Sleep(time.Second)
	g.mu.Lock()
	g.now--
	g.mu.Unlock()
	return g.cloud.Photo(ctx, id)
}

// A few photos are downloaded at once, not one and not all.
func TestDownloadsAreBounded(t *testing.T) {
	w, changes := newWorld(t, 40)
	for i := range changes {
		changes[i].ETag = ""
		delete(w.cloud, changes[i].CloudID)
	}
	g := &gallery{cloud: cloud{w}}
	a := w.applier()
	a.Cloud, a.Workers = g, 40
	e := carriedOut(t, a, changes, nil)
	if e.err != nil || g.most != 8 || e.took < 5*time.Second || e.took > 6*time.Second {
		t.Errorf("%v, %d downloads at once, %s", e.err, g.most, e.took)
	}
}

// Writers wait when a thousand writes wait to be seen.
func TestWritesThatWaitAreBounded(t *testing.T) {
	const most, people = 1000, 1016
	w, changes := newCrowd(t, people)
	w.lagging, w.onPrem = true, nil
	for i := range changes {
		changes[i].Action, changes[i].OnPremisesSHA256 = record.Remove, ""
	}
	open, worst := 0, 0
	w.before = func(step string) {
		switch step {
		case "intent":
			open++
			worst = max(worst, open)
		case "outcome":
			open--
		}
	}
	a := w.applier()
	a.Workers = 16
	e := carriedOut(t, a, changes, nil)
	if e.err != nil || worst != most || len(w.outcomes) != people || e.took != time.Minute {
		t.Errorf("%v, %d writes waited at once, %d outcomes after %s", e.err, worst, len(w.outcomes), e.took)
	}
}

// A run that is cancelled while writers wait for room begins no other write.
func TestCancelWhileThereIsNoRoom(t *testing.T) {
	const most, people = 1000, 1010
	w, changes := newCrowd(t, people)
	w.lagging, w.onPrem = true, nil
	for i := range changes {
		changes[i].Action, changes[i].OnPremisesSHA256 = record.Remove, ""
	}
	e := carriedOut(t, w.applier(), changes, func(cancel func()) { time.AfterFunc(10*time.Second, cancel) })
	ends := map[record.Reason]int{}
	for _, end := range e.ends {
		ends[end.Reason]++
	}
	if diff := cmp.Diff(map[record.Reason]int{record.NotVisibleYet: most, record.RunStopped: people - most}, ends); diff != "" {
		t.Error(diff)
	}
	if len(w.intents) != most || len(w.outcomes) != most || e.took != 10*time.Second {
		t.Errorf("%d intents, %d outcomes after %s", len(w.intents), len(w.outcomes), e.took)
	}
}

// forgetful is a writer that sees which uploads are still held.
type forgetful struct {
	cloud
	held []weak.Pointer[byte]
}

func (f *forgetful) PutPhoto(ctx context.Context, id string, b []byte, requestID string) error {
	f.mu.Lock()
	f.held = append(f.held, weak.Make(&b[0]))
	f.mu.Unlock()
	return f.cloud.PutPhoto(ctx, id, slices.Clone(b), requestID)
}

// What waits to be seen keeps no upload.
func TestUploadsAreNotKept(t *testing.T) {
	const people = 50
	w, changes := newCrowd(t, people)
	w.lagging = true
	f := &forgetful{cloud: cloud{w}}
	a := w.applier()
	a.Writer, a.Workers = f, 4
	left := -1
	carriedOut(t, a, changes, func(func()) {
		time.AfterFunc(10*time.Second, func() {
			runtime.GC()
			left = 0
			for _, p := range f.held {
				if p.Value() != nil {
					left++
				}
			}
		})
	})
	if len(f.held) != people || left < 0 || left > a.Workers {
		t.Errorf("of %d uploads %d are held", len(f.held), left)
	}
}

// A change passes its points in their order.
func TestPoints(t *testing.T) {
	t.Run("upload", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		w.delay = time.Second
		if _, err := applied(t, w.applier(), changes); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(apply.Points, w.points); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("put off", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		tries := 0
		w.put = func(string) error {
			if tries++; tries == 1 {
				return record.Errorf(record.GraphThrottled, "429")
			}
			return nil
		}
		if _, err := applied(t, w.applier(), changes); err != nil {
			t.Error(err)
		}
		want := slices.Concat(apply.Points[:5], apply.Points[3:])
		if diff := cmp.Diff(want, w.points); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("refused", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		w.put = func(string) error { return record.Errorf(record.PhotoRefused, "no") }
		if _, err := applied(t, w.applier(), changes); err != nil {
			t.Error(err)
		}
		want := slices.Concat(apply.Points[:5], []string{apply.PointRecorded})
		if diff := cmp.Diff(want, w.points); diff != "" {
			t.Error(diff)
		}
	})
}

// Each point is passed after what it names, and before what follows.
func TestPointsAreWhereTheySay(t *testing.T) {
	w, changes := newWorld(t, 1)
	a := w.applier()
	after := map[string]string{}
	a.At = func(point apply.Point) {
		w.mu.Lock()
		defer w.mu.Unlock()
		after[point] = w.log[len(w.log)-1]
	}
	if _, err := applied(t, a, changes); err != nil {
		t.Error(err)
	}
	want := map[string]string{
		apply.PointPrepared: "read", apply.PointBackedUp: "backup", apply.PointIntended: "intent", apply.PointLookedAgain: "etag",
		apply.PointSent: "put", apply.PointSeen: "download", apply.PointRecorded: "outcome",
	}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Error(diff)
	}
}

// Nobody needs to wait for points.
func TestNobodyAtThePoints(t *testing.T) {
	w, changes := newWorld(t, 1)
	a := w.applier()
	a.At = nil
	if ends, err := applied(t, a, changes); err != nil || ends[0].Status != record.Done {
		t.Errorf("got %+v, %v", ends[0], err)
	}
}
