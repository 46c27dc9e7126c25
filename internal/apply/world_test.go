package apply_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"photosync/internal/apply"
	"photosync/internal/journal"
	"photosync/internal/match"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// picture draws a distinct 96x96 JPEG for each n.
func picture(t testing.TB, n int) []byte { return drawn(t, n, 96) }

// drawn draws a distinct JPEG for each n, of a side in pixels.
func drawn(t testing.TB, n, side int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			v := uint8(40 + 40*((x/12*(n+1)+y/12*(n+3))%5))
			img.Set(x, y, color.RGBA{v, uint8(x * 2), uint8(60 * n), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sha(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func guid(n int) match.GUID { return match.GUID{byte(n), byte(n >> 8), 1} }

// world is both sides and the journal, in memory. It writes down, in order,
// what reached it.
type world struct {
	mu       sync.Mutex
	onPrem   map[match.GUID][]byte
	backups  map[string][]byte // by SHA-256
	cloud    map[string][]byte
	version  map[string]int
	log      []string
	asked    [][]string // the people of each look at many
	intents  []journal.Intent
	answered []string // ids of writes
	outcomes []journal.Outcome
	points   []string

	waits      []time.Duration
	put        func(id string) error // nil: the write goes well
	takes      func(b []byte) error  // of an upload, nil: the service takes it
	takesTime  time.Duration         // of each write
	delay      time.Duration         // until a write is shown
	lagging    bool                  // writes are accepted and never seen
	noneInMany bool                  // looks at many find nobody's photo
	shows      []byte                // what the service makes of every upload, nil: what was sent
	before     func(step string)     // called at each step, to change things in between
	broken     map[string]error      // steps that fail
	stalls     map[string]bool       // steps that are never answered
}

func (w *world) step(ctx context.Context, name string) error {
	w.mu.Lock()
	if w.before != nil {
		w.before(name)
	}
	w.log = append(w.log, name)
	err, stalls := w.broken[name], w.stalls[name]
	w.mu.Unlock()
	if stalls {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

type onPremises struct{ *world }

func (o onPremises) Photo(ctx context.Context, c plan.Change) ([]byte, error) {
	err := o.step(ctx, "read")
	o.mu.Lock()
	defer o.mu.Unlock()
	id, _ := match.ParseGUID(c.ObjectGUID) // a wrong one is nobody's
	return o.onPrem[id], err
}

type backups struct{ *world }

func (b backups) Photo(ctx context.Context, sha256 string) ([]byte, error) {
	return b.backups[sha256], b.step(ctx, "read backup")
}

type cloud struct{ *world }

func (c cloud) ETag(ctx context.Context, id string) (string, error) {
	err := c.step(ctx, "etag")
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || c.cloud[id] == nil {
		return "", err
	}
	return c.etag(id), nil
}

func (c cloud) ETags(ctx context.Context, ids []string) ([]apply.Seen, error) {
	err := c.step(ctx, "etags")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, slices.Clone(ids))
	if err != nil {
		return nil, err
	}
	seen := make([]apply.Seen, len(ids))
	for i, id := range ids {
		seen[i].Err = c.broken["etags of "+id]
		if c.cloud[id] != nil && !c.noneInMany {
			seen[i].ETag = c.etag(id)
		}
	}
	return seen, nil
}

func (w *world) etag(id string) string { return fmt.Sprintf("%s-%d", id, w.version[id]) }

func (c cloud) Photo(ctx context.Context, id string) ([]byte, error) {
	err := c.step(ctx, "download")
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cloud[id], err
}

func (c cloud) PhotoOf(ctx context.Context, id, etag string) ([]byte, error) {
	err := c.step(ctx, "download")
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.etag(id) != etag {
		return nil, err
	}
	return c.cloud[id], err
}

func (c cloud) PutPhoto(ctx context.Context, id string, b []byte, requestID string) error {
	if requestID == "" || ctx.Err() != nil {
		return errors.New("a write without an id, or one that can be cut off")
	}
	if err := c.step(ctx, "put"); err != nil {
		return err
	}
	time.Sleep(c.takesTime)
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	if c.put != nil {
		err = c.put(id)
	}
	if c.takes != nil {
		err = c.takes(b)
	}
	if c.lagging || err != nil && record.CodeOf(err) != record.PhotoOutcomeUncertain {
		return err
	}
	if c.shows != nil {
		b = c.shows
	}
	c.show(func() {
		c.cloud[id] = b
		c.version[id]++
	})
	return err
}

func (c cloud) DeletePhoto(ctx context.Context, id, _ string) error {
	if err := c.step(ctx, "delete"); err != nil {
		return err
	}
	time.Sleep(c.takesTime)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.lagging {
		c.show(func() { delete(c.cloud, id) })
	}
	return nil
}

// show carries a write out, now or after the delay.
func (w *world) show(write func()) {
	if w.delay == 0 {
		write()
		return
	}
	time.AfterFunc(w.delay, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		write()
	})
}

type book struct{ *world }

func (b book) Backup(photo []byte) (string, error) {
	return sha(photo), b.step(context.Background(), "backup")
}

func (b book) Intend(i journal.Intent) error {
	err := b.step(context.Background(), "intent")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.intents = append(b.intents, i)
	return err
}

func (b book) Answered(id string, _ time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answered = append(b.answered, id)
	return nil
}

func (b book) Finish(o journal.Outcome) error {
	err := b.step(context.Background(), "outcome")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.outcomes = append(b.outcomes, o)
	return err
}

// newWorld has n people; each has a photo on-premises and another in the cloud.
func newWorld(t testing.TB, n int) (*world, []plan.Change) {
	return newWorldOf(n, picture(t, 1), picture(t, 2))
}

// newCrowd is a world whose photos are small, for many people.
func newCrowd(t testing.TB, n int) (*world, []plan.Change) {
	return newWorldOf(n, drawn(t, 1, 48), drawn(t, 2, 48))
}

func newWorldOf(n int, mine, theirs []byte) (*world, []plan.Change) {
	w := &world{
		onPrem: map[match.GUID][]byte{}, backups: map[string][]byte{}, cloud: map[string][]byte{}, version: map[string]int{},
		broken: map[string]error{}, stalls: map[string]bool{},
	}
	var changes []plan.Change
	for i := range n {
		id := fmt.Sprintf("c%d", i)
		w.onPrem[guid(i)], w.cloud[id] = mine, theirs
		changes = append(changes, plan.Change{
			UserPrincipalName: fmt.Sprintf("p%d@corp.example", i), ObjectGUID: guid(i).String(), CloudID: id,
			Action: record.Upload, Reason: record.BaselineOnPremises, OnPremisesSHA256: sha(mine), ETag: w.etag(id),
		})
	}
	return w, changes
}

func (w *world) applier() *apply.Applier {
	ids := 0
	return &apply.Applier{
		OnPremises: onPremises{w}, Cloud: cloud{w}, Writer: cloud{w}, Journal: book{w}, Backups: backups{w}, RunID: "run1",
		NewID:   func() string { w.mu.Lock(); defer w.mu.Unlock(); ids++; return fmt.Sprintf("w%d", ids) },
		Now:     func() time.Time { return time.Unix(1e9, 0).UTC() },
		Workers: 1,
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.mu.Lock()
			w.waits = append(w.waits, d)
			w.mu.Unlock()
			return ctx.Err()
		},
		At: func(point apply.Point) {
			w.mu.Lock()
			w.points = append(w.points, point)
			w.mu.Unlock()
		},
	}
}

// ended is how Apply ended: what it emitted, in that order and in the order of
// the changes, and how long it took, by a clock that goes on only while all wait.
type ended struct {
	emitted []record.Change
	at      []time.Duration // when each was emitted
	ends    []record.Change // by change
	err     error
	took    time.Duration
}

// applied carries out changes and gives their ends, in the order of the changes.
func applied(t *testing.T, a *apply.Applier, changes []plan.Change) ([]record.Change, error) {
	t.Helper()
	e := carriedOut(t, a, changes, nil)
	return e.ends, e.err
}

// carriedOut carries out changes. Whoever is told how may cancel that.
func carriedOut(t *testing.T, a *apply.Applier, changes []plan.Change, begin func(cancel func())) (e ended) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if begin != nil {
			begin(cancel)
		}
		began := time.Now()
		e.err = a.Apply(ctx, changes, func(c record.Change) {
			e.emitted, e.at = append(e.emitted, c), append(e.at, time.Since(began))
		})
		e.took = time.Since(began)
	})
	e.ends = make([]record.Change, len(changes))
	for i, c := range changes {
		for _, end := range e.emitted {
			if end.CloudId == c.CloudID {
				e.ends[i] = end
			}
		}
	}
	if len(e.emitted) != len(changes) || slices.ContainsFunc(e.ends, func(c record.Change) bool { return c.Status == "" }) {
		t.Fatalf("%d ends for %d changes: %+v", len(e.emitted), len(changes), e.ends)
	}
	return e
}
