package apply_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/photo"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// large gives a JPEG of over 100 KB.
func large(t testing.TB) []byte {
	t.Helper()
	b := drawLarge()
	if len(b) <= photo.MaxUploadWithoutMailbox {
		t.Fatalf("it has %d bytes", len(b))
	}
	return b
}

var drawLarge = sync.OnceValue(func() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 600, 600))
	noise := rand.New(rand.NewPCG(1, 2))
	for y := range 600 {
		for x := range 600 {
			v := 40 + 40*((x/75*2+y/75*4)%5) + noise.IntN(30)
			img.Set(x, y, color.RGBA{uint8(v), uint8(x / 3), uint8(60), 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}) // into memory
	return b.Bytes()
})

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
		steps := []string{"read", "download", "backup", "intent", "etag", "put", "read", "read", "etag", "put", "etags", "download", "outcome"}
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
