package apply_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/photo"
	"photosync/internal/record"
)

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
		"answer lost, shown later": {
			func(w *world) { w.delay = 20 * time.Second; w.put = func(string) error { return uncertain } }, record.Done, record.BaselineOnPremises, "",
		},
		"answer lost, another picture": {
			func(w *world) { w.shows = picture(t, 4); w.put = func(string) error { return uncertain } },
			record.Failed, record.BaselineOnPremises, record.PhotoOutcomeUncertain,
		},
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

// A write is looked for until it is shown, at growing distances.
func TestPhotoThatBecomesVisibleIsWaitedFor(t *testing.T) {
	w, changes := newWorld(t, 1)
	w.delay = 12 * time.Second
	e := carriedOut(t, w.applier(), changes, nil)
	if e.err != nil || e.ends[0].Status != record.Done || e.ends[0].ETagAfter != "c0-1" || w.outcomes[0].Status != record.Done {
		t.Errorf("got %+v, %v", e.ends[0], e.err)
	}
	if want := 13 * time.Second; e.took != want { // 0, 0.3, 1, 2, 4, 8, 13
		t.Errorf("it took %s, not %s", e.took, want)
	}
	if len(w.asked) != 7 {
		t.Errorf("%d looks", len(w.asked))
	}
}

// What is not shown in time is pending, after a look at the very end.
func TestPendingAfterTheTimeout(t *testing.T) {
	for timeout, looks := range map[time.Duration]int{0: 11, 10 * time.Second: 7, time.Minute: 17, time.Millisecond: 2} {
		w, changes := newWorld(t, 1)
		w.lagging = true
		a := w.applier()
		a.VerifyTimeout = timeout
		e := carriedOut(t, a, changes, nil)
		if timeout == 0 {
			timeout = 30 * time.Second
		}
		if end := e.ends[0]; e.err != nil || end.Status != record.Pending || end.Reason != record.NotVisibleYet || end.ErrorCode != "" {
			t.Errorf("%s: got %+v, %v", timeout, end, e.err)
		}
		if least := 300 * time.Millisecond; e.took != max(timeout, least) || len(w.asked) != looks {
			t.Errorf("%s: it took %s and %d looks", timeout, e.took, len(w.asked))
		}
		if o := w.outcomes[0]; o.Status != record.Pending || o.Reason != record.NotVisibleYet {
			t.Errorf("the journal has %+v", o)
		}
	}
}

// A read-back that fails says why the change is pending, and holds nobody up for
// longer than there is time.
func TestReadBackThatFails(t *testing.T) {
	gone := record.Errorf(record.CloudUserNotFound, "read the photo of c0: 404").On("c0")
	for name, c := range map[string]struct {
		set  func(*world)
		code record.Code
		text string
	}{
		"for everybody":     {func(w *world) { w.broken["etags"] = record.Errorf(record.GraphFailed, "500") }, record.GraphFailed, "500"},
		"for this person":   {func(w *world) { w.broken["etags of c0"] = gone }, record.CloudUserNotFound, "read the photo of p0@corp.example: 404"},
		"without an answer": {func(w *world) { w.stalls["etags"] = true }, record.GraphTimeout, "read back the photo of p0@corp.example: no answer in time"},
		"for the picture": {func(w *world) {
			w.before = func(step string) {
				if step == "etags" {
					w.broken["download"] = record.Errorf(record.GraphTimeout, "no picture")
				}
			}
		}, record.GraphTimeout, "no picture"},
		"without the picture": {func(w *world) {
			w.before = func(step string) { w.stalls["download"] = w.stalls["download"] || step == "etags" }
		}, record.GraphTimeout, "read back the photo of p0@corp.example: no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			w, changes := newWorld(t, 1)
			c.set(w)
			e := carriedOut(t, w.applier(), changes, nil)
			if end := e.ends[0]; e.err != nil || end.Status != record.Pending || end.ErrorCode != c.code || end.ErrorMessage != c.text {
				t.Errorf("got %+v, %v", end, e.err)
			}
			if e.took != 30*time.Second || w.outcomes[0].Status != record.Pending {
				t.Errorf("it took %s, the journal has %+v", e.took, w.outcomes[0])
			}
		})
	}
}

// The service may give the new etag before the new bytes.
func TestOldBytesUnderTheNewETag(t *testing.T) {
	w, changes := newWorld(t, 1)
	old, looks := w.cloud["c0"], 0
	w.before = func(step string) {
		switch {
		case step != "download" || len(w.outcomes) > 0:
		case looks < 3: // the backup, and two looks
			if looks++; looks > 1 {
				w.cloud["c0"] = old
			}
		default:
			w.cloud["c0"] = w.onPrem[guid(0)]
		}
	}
	e := carriedOut(t, w.applier(), changes, nil)
	if e.err != nil || e.ends[0].Status != record.Done || e.took != time.Second {
		t.Errorf("got %+v, %v after %s", e.ends[0], e.err, e.took)
	}
}

// Another picture is believed in after some looks, not after all the time.
func TestAnotherPictureIsToldSoon(t *testing.T) {
	w, changes := newWorld(t, 1)
	w.shows = picture(t, 4)
	e := carriedOut(t, w.applier(), changes, nil)
	if e.ends[0].ErrorCode != record.PhotoVerifyMismatch || e.took != time.Second {
		t.Errorf("got %+v after %s", e.ends[0], e.took)
	}
}

// Only a look at one person alone is certain that there is no photo.
func TestRemovalIsConfirmedSingly(t *testing.T) {
	for name, still := range map[string]bool{"there is none": false, "there is one": true} {
		t.Run(name, func(t *testing.T) {
			w, changes := newWorld(t, 1)
			w.onPrem, w.noneInMany, w.lagging = nil, true, still
			changes[0].Action, changes[0].OnPremisesSHA256 = record.Remove, ""
			ends, err := applied(t, w.applier(), changes)
			want, singly := record.Done, []string{"etags", "etag", "outcome"}
			if still {
				want = record.Pending
			}
			if err != nil || ends[0].Status != want || w.outcomes[0].Status != want {
				t.Errorf("got %+v, %v", ends[0], err)
			}
			if diff := cmp.Diff(singly, w.log[len(w.log)-3:]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An upload is not taken for gone because looks at many find nothing: after two
// of them it is looked at alone.
func TestUploadThatManyDoNotShow(t *testing.T) {
	w, changes := newWorld(t, 1)
	w.noneInMany = true
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Done || ends[0].ETagAfter == "" || ends[0].ETagAfter == changes[0].ETag {
		t.Errorf("got %+v, %v", ends[0], err)
	}
	if diff := cmp.Diff([]string{"etags", "etags", "etags", "etag", "download", "outcome"}, w.log[len(w.log)-6:]); diff != "" {
		t.Error(diff)
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
