package run_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"testing"

	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// bomb gives a PNG of 60 million pixels in less than 90 KB.
func bomb(t *testing.T) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, 10_000, 6_000), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 90<<10 {
		t.Fatalf("the bomb has %d bytes", b.Len())
	}
	return b.Bytes()
}

// People may write their own thumbnailPhoto. Whatever they put there is a row
// of theirs, and their photo in the cloud stays as it is.
func TestValuesThatAreNoPhoto(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseDrifted][0]
	person, _ := company.Person(who)
	good := person.Photo
	l, o := start(t, company)
	o.Baseline, o.People = record.BaselineAD, run.Names(who)
	for name, c := range map[string]struct {
		value  []byte
		reason record.Reason
	}{
		"text":      {[]byte("see the intranet"), record.NotAnImage},
		"empty":     {[]byte{}, record.NotAnImage},
		"cut text":  {[]byte(base64.StdEncoding.EncodeToString(good[:len(good)/2])), record.Truncated},
		"truncated": {good[:len(good)/2], record.Truncated},
		"a bomb":    {bomb(t), record.TooManyPixels},
		"a page":    {[]byte("<html><img src=x></html>"), record.NotAnImage},
		"a phone's": {append([]byte("\x00\x00\x00\x18ftypheic"), make([]byte, 12_400)...), record.UnsupportedFormat},
	} {
		t.Run(name, func(t *testing.T) {
			if !l.Directory().SetPhoto(who, c.value) {
				t.Fatal("the lab does not know the person")
			}
			out := &sink{}
			s, err := run.Drift(t.Context(), o, out)
			if err != nil || s.ExitCode != 0 || len(out.rows) != 1 {
				t.Fatalf("got %v, exit %d, %d rows", err, s.ExitCode, len(out.rows))
			}
			r := out.rows[0]
			if r.Status != record.Unreadable || r.Reason != c.reason || r.Action != record.Review || r.OnPremisesBytes == nil || *r.OnPremisesBytes != int64(len(c.value)) {
				t.Errorf("got %s/%s/%s, %v bytes, want Unreadable/%s/Review, %d", r.Status, r.Reason, r.Action, r.OnPremisesBytes, c.reason, len(c.value))
			}
			if _, err := run.Sync(t.Context(), o, nobody{t}, &sink{}); err != nil || l.Graph().Writes() != 0 {
				t.Errorf("sync: %v, %d writes", err, l.Graph().Writes())
			}
		})
	}
}

// A photo that turns into rubbish between the plan and the write is not written.
func TestPhotoThatTurnsBadAfterThePlan(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseDrifted][0]
	l, o := start(t, company)
	o.Baseline, o.People, o.All = record.BaselineAD, run.Names(who), false
	out := &sink{progress: func(p run.Progress) {
		if p.Stage == run.StageCompare {
			l.Directory().SetPhoto(who, []byte("rubbish"))
		}
	}}
	s, err := run.Sync(t.Context(), o, answer(true), out)
	if err != nil || s.Changes[record.Skipped] != 1 || out.changes[0].Reason != record.ChangedMeanwhile || l.Graph().Writes() != 0 {
		t.Errorf("got %v, %+v, %d writes", err, out.changes, l.Graph().Writes())
	}
}

// Where the service lies in a batch about a missing photo, nobody's photo is
// overwritten: the single look before the write sees it.
func TestFalseNoPhotoInABatch(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseDrifted][0]
	l, o := start(t, company)
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if !r.InBatch {
			return nil
		}
		return &lab.Fault{Status: 404, Code: "ImageNotFound"}
	})
	o.People, o.All = run.Names(who), false
	out := &sink{}
	s, err := run.Sync(t.Context(), o, answer(true), out)
	if err != nil || s.Changes[record.Skipped] != 1 || out.changes[0].Reason != record.ChangedMeanwhile || l.Graph().Writes() != 0 {
		t.Errorf("got %v, %+v, %d writes", err, out.changes, l.Graph().Writes())
	}
}
