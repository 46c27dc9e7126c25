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
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/apply"
	"photosync/internal/journal"
	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// picture draws a distinct 96x96 JPEG for each n.
func picture(t testing.TB, n int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 96, 96))
	for y := range 96 {
		for x := range 96 {
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

func guid(n int) match.GUID { return match.GUID{byte(n), 1} }

// world is both sides and the journal, in memory. It writes down, in order,
// what reached it.
type world struct {
	mu       sync.Mutex
	onPrem   map[match.GUID][]byte
	cloud    map[string][]byte
	version  map[string]int
	log      []string
	intents  []journal.Intent
	outcomes []journal.Outcome

	waits   []time.Duration
	put     func(id string) error // nil: the write goes well
	takes   func(b []byte) error  // of an upload, nil: the service takes it
	lagging bool                  // writes are accepted and never seen
	shows   []byte                // what the service makes of every upload, nil: what was sent
	before  func(step string)     // called at each step, to change things in between
	broken  map[string]error      // steps that fail
}

func (w *world) step(name string) error {
	if w.before != nil {
		w.before(name)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, name)
	return w.broken[name]
}

type onPremises struct{ *world }

func (o onPremises) Photo(_ context.Context, c plan.Change) ([]byte, error) {
	err := o.step("read")
	id, _ := match.ParseGUID(c.ObjectGUID) // a wrong one is nobody's
	return o.onPrem[id], err
}

type cloud struct{ *world }

func (c cloud) ETag(_ context.Context, id string) (string, error) {
	err := c.step("etag")
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || c.cloud[id] == nil {
		return "", err
	}
	return c.etag(id), nil
}

func (w *world) etag(id string) string { return fmt.Sprintf("%s-%d", id, w.version[id]) }

func (c cloud) Photo(_ context.Context, id string) ([]byte, error) {
	err := c.step("download")
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cloud[id], err
}

func (c cloud) PutPhoto(ctx context.Context, id string, b []byte, requestID string) error {
	if requestID == "" || ctx.Err() != nil {
		return errors.New("a write without an id, or one that can be cut off")
	}
	if err := c.step("put"); err != nil {
		return err
	}
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
	c.cloud[id] = b
	c.version[id]++
	return err
}

func (c cloud) DeletePhoto(_ context.Context, id, _ string) error {
	if err := c.step("delete"); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.lagging {
		delete(c.cloud, id)
	}
	return nil
}

type book struct{ *world }

func (b book) Backup(photo []byte) (string, error) { return sha(photo), b.step("backup") }

func (b book) Intend(i journal.Intent) error {
	err := b.step("intent")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.intents = append(b.intents, i)
	return err
}

func (b book) Finish(o journal.Outcome) error {
	err := b.step("outcome")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.outcomes = append(b.outcomes, o)
	return err
}

// newWorld has n people; each has a photo on-premises and another in the cloud.
func newWorld(t testing.TB, n int) (*world, []plan.Change) {
	w := &world{onPrem: map[match.GUID][]byte{}, cloud: map[string][]byte{}, version: map[string]int{}, broken: map[string]error{}}
	var changes []plan.Change
	mine, theirs := picture(t, 1), picture(t, 2)
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
		OnPremises: onPremises{w}, Cloud: cloud{w}, Writer: cloud{w}, Journal: book{w}, RunID: "run1",
		NewID:   func() string { w.mu.Lock(); defer w.mu.Unlock(); ids++; return fmt.Sprintf("w%d", ids) },
		Now:     func() time.Time { return time.Unix(1e9, 0).UTC() },
		Workers: 1,
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.mu.Lock()
			w.waits = append(w.waits, d)
			w.mu.Unlock()
			return ctx.Err()
		},
	}
}

func applied(t *testing.T, a *apply.Applier, changes []plan.Change) ([]record.Change, error) {
	t.Helper()
	var ends []record.Change
	err := a.Apply(t.Context(), changes, func(c record.Change) { ends = append(ends, c) })
	if len(ends) != len(changes) {
		t.Fatalf("%d ends for %d changes", len(ends), len(changes))
	}
	return ends, err
}

func TestUploadGoesThroughItsStepsInOrder(t *testing.T) {
	w, changes := newWorld(t, 1)
	before := w.cloud["c0"]
	ends, err := applied(t, w.applier(), changes)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"read", "download", "backup", "intent", "etag", "put", "etag", "download", "outcome"}, w.log); diff != "" {
		t.Error(diff)
	}
	want := record.Change{
		UserPrincipalName: "p0@corp.example", ObjectGuid: guid(0).String(), CloudId: "c0",
		Action: record.Upload, Status: record.Done, Reason: record.BaselineOnPremises,
		OnPremisesSha256: changes[0].OnPremisesSHA256, ETagBefore: "c0-0", ETagAfter: "c0-1", BackupSha256: sha(before),
		Bytes: record.Ptr(int64(len(w.cloud["c0"]))), RunId: "run1", At: time.Unix(1e9, 0).UTC(), RequestId: "w1",
	}
	if diff := cmp.Diff(want, ends[0]); diff != "" {
		t.Error(diff)
	}
	if w.intents[0].ID != "w1" || w.intents[0].BackupSHA256 != sha(before) || w.outcomes[0].ID != "w1" || w.outcomes[0].Status != record.Done {
		t.Errorf("intent %+v, outcome %+v", w.intents[0], w.outcomes[0])
	}
}

func TestFirstPhotoNeedsNoBackup(t *testing.T) {
	w, changes := newWorld(t, 1)
	delete(w.cloud, "c0")
	changes[0].ETag = ""
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Done || ends[0].BackupSha256 != "" {
		t.Fatalf("got %+v, %v", ends[0], err)
	}
	if slices.Contains(w.log, "backup") {
		t.Errorf("steps %v", w.log)
	}
}

func TestRemoval(t *testing.T) {
	for name, lagging := range map[string]bool{"seen": false, "not seen yet": true} {
		t.Run(name, func(t *testing.T) {
			w, changes := newWorld(t, 1)
			w.lagging = lagging
			w.onPrem = nil
			changes[0].Action, changes[0].OnPremisesSHA256 = record.Remove, ""
			before := sha(w.cloud["c0"])
			ends, err := applied(t, w.applier(), changes)
			if err != nil {
				t.Fatal(err)
			}
			want := record.Done
			if lagging {
				want = record.Pending
			}
			if ends[0].Status != want || ends[0].BackupSha256 != before || !slices.Contains(w.log, "delete") {
				t.Errorf("got %+v after %v", ends[0], w.log)
			}
		})
	}
}

// Whatever moves between the plan and the write, nothing is written.
func TestStalePlanWritesNothing(t *testing.T) {
	for name, move := range map[string]func(w *world) func(string){
		"on-premises": func(w *world) func(string) {
			w.onPrem[guid(0)] = picture(t, 3)
			return nil
		},
		"on-premises photo gone": func(w *world) func(string) {
			delete(w.onPrem, guid(0))
			return nil
		},
		"cloud photo gone": func(w *world) func(string) {
			delete(w.cloud, "c0")
			return nil
		},
		"cloud, before the plan is carried out": func(w *world) func(string) {
			w.version["c0"]++
			return nil
		},
		"cloud, after the backup": func(w *world) func(string) {
			return func(step string) {
				if step == "intent" {
					w.version["c0"]++
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, changes := newWorld(t, 1)
			w.before = move(w)
			ends, err := applied(t, w.applier(), changes)
			if err != nil || ends[0].Status != record.Skipped || ends[0].Reason != record.ChangedMeanwhile {
				t.Errorf("got %+v, %v", ends[0], err)
			}
			if slices.Contains(w.log, "put") {
				t.Errorf("it wrote: %v", w.log)
			}
			if len(w.intents) != len(w.outcomes) {
				t.Errorf("%d intents, %d outcomes", len(w.intents), len(w.outcomes))
			}
		})
	}
}

// A photo that appeared where the plan saw none is somebody's own.
func TestPhotoThatAppearedIsNotOverwritten(t *testing.T) {
	w, changes := newWorld(t, 1)
	changes[0].ETag = ""
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Reason != record.ChangedMeanwhile || slices.Contains(w.log, "put") {
		t.Errorf("got %+v, %v after %v", ends[0], err, w.log)
	}
}

func TestReadBack(t *testing.T) {
	uncertain := record.Errorf(record.PhotoOutcomeUncertain, "the connection broke")
	for name, c := range map[string]struct {
		set    func(*world)
		status record.ChangeStatus
		reason record.Reason
		code   record.Code
	}{
		"not visible yet":        {func(w *world) { w.lagging = true }, record.Pending, record.NotVisibleYet, ""},
		"another picture":        {func(w *world) { w.shows = picture(t, 4) }, record.Failed, record.BaselineOnPremises, record.PhotoVerifyMismatch},
		"not a picture":          {func(w *world) { w.shows = []byte("<html>") }, record.Failed, record.BaselineOnPremises, record.PhotoVerifyMismatch},
		"answer lost, written":   {func(w *world) { w.put = func(string) error { return uncertain } }, record.Done, record.BaselineOnPremises, ""},
		"answer lost, not there": {func(w *world) { w.lagging = true; w.put = func(string) error { return uncertain } }, record.Failed, record.BaselineOnPremises, record.PhotoOutcomeUncertain},
		"refused": {
			func(w *world) { w.put = func(string) error { return record.Errorf(record.PhotoRefused, "too small") } },
			record.Failed, record.BaselineOnPremises, record.PhotoRefused,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, changes := newWorld(t, 1)
			c.set(w)
			ends, err := applied(t, w.applier(), changes)
			if err != nil {
				t.Fatal(err)
			}
			e := ends[0]
			if e.Status != c.status || e.Reason != c.reason || e.ErrorCode != c.code || e.RequestId != "w1" {
				t.Errorf("got %+v", e)
			}
			if o := w.outcomes[0]; o.Status != c.status || o.ErrorCode != c.code {
				t.Errorf("the journal has %+v", o)
			}
		})
	}
}

func TestPhotoThatBecomesVisibleIsWaitedFor(t *testing.T) {
	w, changes := newWorld(t, 1)
	looks := 0
	sent := w.onPrem[guid(0)]
	w.lagging = true
	w.before = func(step string) {
		if step == "etag" {
			if looks++; looks == 5 { // the look before the write, three looks in vain, the last
				w.cloud["c0"] = sent
				w.version["c0"]++
			}
		}
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Done {
		t.Errorf("got %+v, %v", ends[0], err)
	}
}

// Nothing is written without a backup on disk and an intent in the journal,
// and such a failure ends the run.
func TestNoWriteWithoutBackupAndIntent(t *testing.T) {
	for step, code := range map[string]record.Code{"backup": record.BackupFailed, "intent": record.JournalFailed} {
		t.Run(step, func(t *testing.T) {
			w, changes := newWorld(t, 3)
			w.broken[step] = record.Errorf(code, "no room")
			ends, err := applied(t, w.applier(), changes)
			if record.CodeOf(err) != code {
				t.Errorf("the run ended with %v", err)
			}
			if slices.Contains(w.log, "put") {
				t.Errorf("it wrote: %v", w.log)
			}
			if ends[0].Status != record.Failed || ends[0].ErrorCode != code || ends[2].Reason != record.RunStopped {
				t.Errorf("got %+v", ends)
			}
		})
	}
}

func TestOutcomeThatCannotBeRecordedEndsTheRun(t *testing.T) {
	w, changes := newWorld(t, 3)
	w.broken["outcome"] = record.Errorf(record.JournalFailed, "no room")
	ends, err := applied(t, w.applier(), changes)
	if record.CodeOf(err) != record.JournalFailed {
		t.Errorf("the run ended with %v", err)
	}
	if ends[0].Status != record.Done || ends[0].ErrorCode != record.JournalFailed || ends[2].Reason != record.RunStopped {
		t.Errorf("got %+v", ends)
	}
}

func TestOnePersonsTroubleIsNotTheRuns(t *testing.T) {
	w, changes := newWorld(t, 3)
	w.put = func(id string) error {
		if id == "c1" {
			return record.Errorf(record.PhotoRefused, "no")
		}
		return nil
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Done || ends[1].Status != record.Failed || ends[2].Status != record.Done {
		t.Errorf("got %+v, %v", ends, err)
	}
}

// Microsoft Graph's client knows people by their ids; whoever reads an error
// knows them by their names.
func TestErrorsNameThePerson(t *testing.T) {
	w, changes := newWorld(t, 1)
	changes[0].CloudID = "8e1c5b1f-7b0a-4c39-b6a0-0b6f0a2f4d11"
	w.cloud[changes[0].CloudID] = w.cloud["c0"]
	changes[0].ETag = w.etag(changes[0].CloudID)
	w.put = func(id string) error {
		return record.Errorf(record.PhotoRefused, "write the photo of %s: no", id).On(id)
	}
	ends, err := applied(t, w.applier(), changes)
	if want := "write the photo of p0@corp.example: no"; err != nil || ends[0].ErrorMessage != want || ends[0].ErrorCode != record.PhotoRefused {
		t.Errorf("got %+v, %v", ends[0], err)
	}
}

func TestRefusalOfEverybodyStopsTheRun(t *testing.T) {
	w, changes := newWorld(t, 20)
	w.put = func(string) error { return record.Errorf(record.PhotoWriteForbidden, "no role") }
	ends, err := applied(t, w.applier(), changes)
	if record.CodeOf(err) != record.PhotoWriteForbidden {
		t.Errorf("the run ended with %v", err)
	}
	failed := 0
	for _, e := range ends {
		if e.Status == record.Failed {
			failed++
		}
	}
	if failed != 4 || ends[19].Reason != record.RunStopped {
		t.Errorf("%d people were tried, the last ended with %s", failed, ends[19].Reason)
	}
}

func TestRefusalOfSomeDoesNotStopTheRun(t *testing.T) {
	w, changes := newWorld(t, 12)
	w.put = func(id string) error {
		if id != "c0" {
			return record.Errorf(record.PhotoWriteForbidden, "an administrator's photo")
		}
		return nil
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[11].Status != record.Failed {
		t.Errorf("got %+v, %v", ends[11], err)
	}
}

// A cancelled run finishes the write that is under way and begins no other.
func TestCancelFinishesWhatIsUnderWay(t *testing.T) {
	w, changes := newWorld(t, 5)
	ctx, cancel := context.WithCancel(t.Context())
	w.before = func(step string) {
		if step == "put" {
			cancel()
		}
	}
	var ends []record.Change
	err := w.applier().Apply(ctx, changes, func(c record.Change) { ends = append(ends, c) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the run ended with %v", err)
	}
	if len(ends) != 5 || ends[0].Status != record.Done {
		t.Fatalf("got %+v", ends)
	}
	for _, e := range ends[1:] {
		if e.Status != record.Skipped || e.Reason != record.RunStopped {
			t.Errorf("got %+v", e)
		}
	}
	if len(w.intents) != 1 || len(w.outcomes) != 1 {
		t.Errorf("%d intents, %d outcomes", len(w.intents), len(w.outcomes))
	}
}

func TestPhotoThatCannotBePrepared(t *testing.T) {
	w, changes := newWorld(t, 1)
	w.onPrem[guid(0)] = []byte("no picture")
	changes[0].OnPremisesSHA256 = sha(w.onPrem[guid(0)])
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Failed || ends[0].ErrorCode != record.PhotoNotPreparable {
		t.Errorf("got %+v, %v", ends[0], err)
	}
}

func TestPreviewHasAnEndForEachChange(t *testing.T) {
	_, changes := newWorld(t, 2)
	var ends []record.Change
	apply.Preview(changes, "run1", func() time.Time { return time.Unix(1e9, 0).UTC() }, func(c record.Change) { ends = append(ends, c) })
	if len(ends) != 2 || ends[0].Status != record.WouldChange || ends[0].RunId != "run1" || ends[1].UserPrincipalName != "p1@corp.example" {
		t.Errorf("got %+v", ends)
	}
}

// A write that the service put off is tried again only after a new look at both
// sides: what a person chose meanwhile is not overwritten.
func TestThrottledWriteLooksAgain(t *testing.T) {
	throttled := func() error {
		e := record.Errorf(record.GraphThrottled, "429")
		e.RetryAfter = 7 * time.Second
		return e
	}
	t.Run("nothing moved", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		tries := 0
		w.put = func(string) error {
			if tries++; tries < 3 {
				return throttled()
			}
			return nil
		}
		ends, err := applied(t, w.applier(), changes)
		if err != nil || ends[0].Status != record.Done || len(w.intents) != 1 {
			t.Errorf("got %+v, %v", ends[0], err)
		}
		if diff := cmp.Diff([]time.Duration{7 * time.Second, 7 * time.Second}, w.waits); diff != "" {
			t.Error(diff)
		}
	})
	for name, move := range map[string]func(*world){
		"the person chose another": func(w *world) { w.version["c0"]++ },
		"AD changed":               func(w *world) { w.onPrem[guid(0)] = picture(t, 5) },
	} {
		t.Run(name, func(t *testing.T) {
			w, changes := newWorld(t, 1)
			w.put = func(string) error {
				move(w)
				return throttled()
			}
			ends, err := applied(t, w.applier(), changes)
			if err != nil || ends[0].Reason != record.ChangedMeanwhile || len(w.waits) != 1 {
				t.Errorf("got %+v, %v after waits %v", ends[0], err, w.waits)
			}
		})
	}
	t.Run("carried out all the same", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		sent := w.onPrem[guid(0)]
		w.put = func(string) error {
			w.cloud["c0"] = sent
			w.version["c0"]++
			return throttled()
		}
		ends, err := applied(t, w.applier(), changes)
		if err != nil || ends[0].Status != record.Done || ends[0].ETagAfter != "c0-1" || w.outcomes[0].Status != record.Done {
			t.Errorf("got %+v, %v", ends[0], err)
		}
	})
	t.Run("for ever", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		w.put = func(string) error { return throttled() }
		ends, err := applied(t, w.applier(), changes)
		if err != nil || ends[0].ErrorCode != record.GraphThrottled || len(w.waits) != 19 {
			t.Errorf("got %+v, %v after %d waits", ends[0], err, len(w.waits))
		}
	})
	t.Run("cancelled while it waits", func(t *testing.T) {
		w, changes := newWorld(t, 1)
		ctx, cancel := context.WithCancel(t.Context())
		w.put = func(string) error {
			cancel()
			return throttled()
		}
		var ends []record.Change
		err := w.applier().Apply(ctx, changes, func(c record.Change) { ends = append(ends, c) })
		if !errors.Is(err, context.Canceled) || ends[0].Reason != record.RunStopped || w.outcomes[0].Status != record.Skipped {
			t.Errorf("got %+v, %v", ends, err)
		}
	})
}

// What is not a photo is no backup of one.
func TestNoWriteWhereTheBackupIsNoPhoto(t *testing.T) {
	w, changes := newWorld(t, 1)
	w.cloud["c0"] = []byte("<html>sign in</html>")
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Failed || ends[0].ErrorCode != record.CloudPhotoUnreadable || slices.Contains(w.log, "put") || slices.Contains(w.log, "backup") {
		t.Errorf("got %+v, %v after %v", ends[0], err, w.log)
	}
}

// When a side answers nobody any more, the run ends instead of asking everybody.
func TestSideThatNoLongerAnswersEndsTheRun(t *testing.T) {
	for _, code := range []record.Code{record.GraphTimeout, record.DirectoryTimeout} {
		w, changes := newWorld(t, 30)
		w.broken["read"] = record.Errorf(code, "no answer")
		ends, err := applied(t, w.applier(), changes)
		if record.CodeOf(err) != code {
			t.Errorf("the run ended with %v", err)
		}
		if ends[7].Status != record.Failed || ends[29].Reason != record.RunStopped {
			t.Errorf("%s: got %+v", code, ends)
		}
	}
}

// Metadata without bytes, for a moment: there is nothing to back up, and nothing is written.
func TestNoWriteWithoutBytesToBackUp(t *testing.T) {
	w, changes := newWorld(t, 1)
	there := w.cloud["c0"]
	w.before = func(step string) {
		switch step {
		case "download":
			delete(w.cloud, "c0")
		case "intent", "etag":
			w.cloud["c0"] = there
		}
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Reason != record.ChangedMeanwhile || slices.Contains(w.log, "put") {
		t.Errorf("got %+v, %v after %v", ends[0], err, w.log)
	}
}

// A missing right stops the run however the people before fared who were never
// written to.
func TestRefusalOfEverybodyIsSeenBehindOtherTrouble(t *testing.T) {
	w, changes := newWorld(t, 20)
	w.onPrem[guid(0)] = []byte("no picture")
	changes[0].OnPremisesSHA256 = sha(w.onPrem[guid(0)])
	w.put = func(string) error { return record.Errorf(record.PhotoWriteForbidden, "no role") }
	ends, err := applied(t, w.applier(), changes)
	if record.CodeOf(err) != record.PhotoWriteForbidden || ends[19].Reason != record.RunStopped {
		t.Errorf("the run ended with %v, the last with %+v", err, ends[19])
	}
}

// People whose writes the service fails do not starve those behind them.
func TestWritesThatFailForSomeDoNotStopTheRun(t *testing.T) {
	w, changes := newWorld(t, 14)
	failing := map[string]bool{}
	for _, c := range changes[:12] {
		failing[c.CloudID] = true
	}
	w.put = func(id string) error {
		if failing[id] {
			delete(w.cloud, id) // so that the look afterwards does not see it
			return record.Errorf(record.PhotoOutcomeUncertain, "500")
		}
		return nil
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[13].Status != record.Done {
		t.Errorf("got %+v, %v", ends[13], err)
	}
}

// large draws a JPEG of over 100 KB.
func large(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 600, 600))
	noise := rand.New(rand.NewPCG(1, 2))
	for y := range 600 {
		for x := range 600 {
			v := 40 + 40*((x/75*2+y/75*4)%5) + noise.IntN(30)
			img.Set(x, y, color.RGBA{uint8(v), uint8(x / 3), uint8(60), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	if b.Len() <= photo.MaxUploadWithoutMailbox {
		t.Fatalf("it has %d bytes", b.Len())
	}
	return b.Bytes()
}

// newLargeWorld has one person with a photo of over 100 KB on-premises.
func newLargeWorld(t testing.TB) (*world, []plan.Change) {
	w, changes := newWorld(t, 1)
	w.onPrem[guid(0)] = large(t)
	changes[0].OnPremisesSHA256 = sha(w.onPrem[guid(0)])
	return w, changes
}

// The service may answer 404 to a large photo of somebody without a mailbox.
// A smaller one is tried, once, by the same intent.
func TestLargePhotoOfSomebodyWithoutAMailbox(t *testing.T) {
	for _, code := range []record.Code{record.PhotoRefused, record.CloudUserNotFound} {
		w, changes := newLargeWorld(t)
		before := w.cloud["c0"]
		w.takes = func(b []byte) error {
			if len(b) > photo.MaxUploadWithoutMailbox {
				return record.Errorf(code, "404")
			}
			return nil
		}
		ends, err := applied(t, w.applier(), changes)
		e := ends[0]
		if err != nil || e.Status != record.Done || e.ErrorCode != "" || e.ETagAfter != "c0-1" || *e.Bytes != int64(len(w.cloud["c0"])) {
			t.Errorf("%s: got %+v, %v", code, e, err)
		}
		if len(w.intents) != 1 || len(w.outcomes) != 1 || w.outcomes[0].Status != record.Done || e.BackupSha256 != sha(before) || e.OnPremisesSha256 != sha(w.onPrem[guid(0)]) {
			t.Errorf("%s: intents %+v, outcomes %+v, end %+v", code, w.intents, w.outcomes, e)
		}
		steps := []string{"read", "download", "backup", "intent", "etag", "put", "read", "read", "etag", "put", "etag", "download", "outcome"}
		if diff := cmp.Diff(steps, w.log); diff != "" {
			t.Errorf("%s: %s", code, diff)
		}
	}
}

func TestLargePhotoThatIsRefusedOtherwise(t *testing.T) {
	for name, c := range map[string]struct {
		code record.Code
		puts int
	}{
		"in any size":    {record.PhotoRefused, 2},
		"without rights": {record.PhotoWriteForbidden, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, changes := newLargeWorld(t)
			puts := 0
			w.takes = func([]byte) error { puts++; return record.Errorf(c.code, "no") }
			ends, err := applied(t, w.applier(), changes)
			if err != nil || ends[0].Status != record.Failed || ends[0].ErrorCode != c.code || puts != c.puts {
				t.Errorf("got %+v, %v after %d writes", ends[0], err, puts)
			}
		})
	}
}

// What moved between the two tries is not overwritten.
func TestLargePhotoLooksAgain(t *testing.T) {
	for name, move := range map[string]func(*world){
		"the person chose another": func(w *world) { w.cloud["c0"] = picture(t, 3); w.version["c0"]++ },
		"AD changed":               func(w *world) { w.onPrem[guid(0)] = picture(t, 5) },
	} {
		t.Run(name, func(t *testing.T) {
			w, changes := newLargeWorld(t)
			puts := 0
			w.takes = func([]byte) error {
				puts++
				move(w)
				return record.Errorf(record.PhotoRefused, "404")
			}
			ends, err := applied(t, w.applier(), changes)
			if err != nil || ends[0].Reason != record.ChangedMeanwhile || puts != 1 || w.outcomes[0].Status != record.Skipped {
				t.Errorf("got %+v, %v after %d writes", ends[0], err, puts)
			}
		})
	}
}

// mixed gives a picture that is partly another one, so much that a comparison
// with it cannot tell.
func mixed(t testing.TB, value, other []byte) []byte {
	t.Helper()
	read := func(b []byte) image.Image {
		m, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	want, err := photo.Decode(value)
	if err != nil {
		t.Fatal(err)
	}
	a, b := read(value), read(other)
	out := image.NewRGBA(a.Bounds())
	for share := 1; share < 200; share++ {
		draw.Draw(out, out.Rect, a, image.Point{}, draw.Src)
		draw.DrawMask(out, out.Rect, b, image.Point{}, image.NewUniform(color.Alpha{uint8(share)}), image.Point{}, draw.Over)
		var body bytes.Buffer
		if err := jpeg.Encode(&body, out, nil); err != nil {
			t.Fatal(err)
		}
		got, err := photo.Decode(body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if photo.Compare(want, got).Verdict == photo.Unsure {
			return body.Bytes()
		}
	}
	t.Fatal("a comparison could always tell")
	return nil
}

// The service may crop what was sent and shrink it so far that nobody can tell.
func TestPictureThatCannotBeToldCountsAsSeen(t *testing.T) {
	w, changes := newWorld(t, 1)
	w.shows = mixed(t, w.onPrem[guid(0)], picture(t, 4))
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Done || ends[0].ETagAfter != "c0-1" {
		t.Errorf("got %+v, %v", ends[0], err)
	}
}
