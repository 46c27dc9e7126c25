package apply_test

import (
	"bytes"
	"image/jpeg"
	"image/png"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/apply"
	"photosync/internal/photo"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// newRestore has one person whose photo a run replaced by another, and the change
// that puts back what was there.
func newRestore(t testing.TB, backup []byte) (*world, []plan.Change) {
	w, changes := newWorld(t, 1)
	w.backups[sha(backup)] = backup
	c := &changes[0]
	c.Restore, c.BackupSHA256, c.Restores, c.Reason = true, sha(backup), "w0", record.Restored
	c.DisplayName, c.SamAccountName = "Ann", "ann"
	c.OnPremisesSHA256 = ""
	return w, changes
}

// withComment gives a JPEG with a comment, which an upload of a photo loses.
func withComment(value []byte) []byte {
	comment := append([]byte{0xff, 0xfe, 0, 12}, "ten bytes!"...)
	return append(append(bytes.Clone(value[:2]), comment...), value[2:]...)
}

// What was there is put back byte for byte, and nobody asks the directory.
func TestRestore(t *testing.T) {
	backup := withComment(picture(t, 3))
	w, changes := newRestore(t, backup)
	now := w.cloud["c0"]
	a := w.applier()
	a.OnPremises = nil
	ends, err := applied(t, a, changes)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(w.cloud["c0"], backup) {
		t.Error("something else is there than was")
	}
	want := record.Change{
		UserPrincipalName: "p0@corp.example", DisplayName: "Ann", SamAccountName: "ann", ObjectGuid: guid(0).String(), CloudId: "c0",
		Action: record.Upload, Status: record.Done, Reason: record.Restored, ETagBefore: "c0-0", ETagAfter: "c0-1", BackupSha256: sha(now),
		Bytes: record.Ptr(int64(len(backup))), RunId: "run1", At: time.Unix(1e9, 0).UTC(), RequestId: "w1",
	}
	if diff := cmp.Diff(want, ends[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"read backup", "download", "backup", "intent", "etag", "put", "etags", "download", "outcome"}, w.log); diff != "" {
		t.Error(diff)
	}
	if i := w.intents[0]; i.Restores != "w0" || i.Reason != record.Restored || i.DisplayName != "Ann" || i.SamAccountName != "ann" || i.OnPremisesSHA256 != "" {
		t.Errorf("the intent is %+v", i)
	}
	if o := w.outcomes[0]; o.Status != record.Done || o.Reason != record.Restored {
		t.Errorf("the outcome is %+v", o)
	}
}

// The reason of a restore that was done is that it was; any other end has its own.
func TestReasonOfARestore(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(*world)
		status record.ChangeStatus
		reason record.Reason
	}{
		"done":    {func(*world) {}, record.Done, record.Restored},
		"pending": {func(w *world) { w.lagging = true }, record.Pending, record.NotVisibleYet},
		"moved":   {func(w *world) { w.version["c0"]++ }, record.Skipped, record.ChangedMeanwhile}, // before it was intended
		"refused": {func(w *world) { w.put = func(string) error { return record.Errorf(record.PhotoRefused, "no") } }, record.Failed, record.CloudChanged},
	} {
		w, changes := newRestore(t, picture(t, 3))
		changes[0].Reason = record.CloudChanged
		c.set(w)
		ends, err := applied(t, w.applier(), changes)
		if err != nil || ends[0].Status != c.status || ends[0].Reason != c.reason || len(w.outcomes) > 0 && w.outcomes[0].Reason != c.reason {
			t.Errorf("%s: got %+v, %v", name, ends[0], err)
		}
	}
}

// There was no photo: what is there now is kept and taken away.
func TestRestoreOfARemoval(t *testing.T) {
	w, changes := newRestore(t, nil)
	c := &changes[0]
	c.Action, c.BackupSHA256 = record.Remove, ""
	now := w.cloud["c0"]
	a := w.applier()
	a.OnPremises, a.Backups = nil, nil
	ends, err := applied(t, a, changes)
	if err != nil || ends[0].Status != record.Done || ends[0].Reason != record.Restored || ends[0].BackupSha256 != sha(now) || w.cloud["c0"] != nil {
		t.Errorf("got %+v, %v", ends[0], err)
	}
	if diff := cmp.Diff([]string{"download", "backup", "intent", "etag", "delete", "etags", "etag", "outcome"}, w.log); diff != "" {
		t.Error(diff)
	}
}

// What the service does not take is made into what it does.
func TestRestoreOfWhatIsNoJPEG(t *testing.T) {
	shown, err := jpeg.Decode(bytes.NewReader(picture(t, 3)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, shown); err != nil {
		t.Fatal(err)
	}
	w, changes := newRestore(t, b.Bytes())
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Done || photo.Sniff(w.cloud["c0"]) != photo.JPEG {
		t.Errorf("got %+v, %v", ends[0], err)
	}
}

// Of somebody without a mailbox, whose photo was large.
func TestRestoreOfALargePhoto(t *testing.T) {
	w, changes := newRestore(t, large(t))
	w.takes = func(b []byte) error {
		if len(b) > photo.MaxUploadWithoutMailbox {
			return record.Errorf(record.PhotoRefused, "404")
		}
		return nil
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Done || ends[0].Reason != record.Restored || len(w.cloud["c0"]) > photo.MaxUploadWithoutMailbox {
		t.Errorf("got %+v, %v", ends[0], err)
	}
}

// Nothing is written when there is nothing to put back.
func TestRestoreWithoutItsBackup(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*world, *apply.Applier)
		code record.Code
		ends bool
	}{
		"missing": {func(w *world, _ *apply.Applier) {
			w.broken["read backup"] = record.Errorf(record.BackupMissing, "it is not there")
		}, record.BackupMissing, false},
		"encrypted": {func(w *world, _ *apply.Applier) {
			w.broken["read backup"] = record.Errorf(record.BackupEncrypted, "no identity was given")
		}, record.BackupEncrypted, true},
		"no picture": {func(w *world, _ *apply.Applier) { w.backups = map[string][]byte{sha(picture(t, 3)): []byte("text")} }, record.PhotoNotPreparable, false},
		"no backups": {func(_ *world, a *apply.Applier) { a.Backups = nil }, record.InternalError, true},
	} {
		w, changes := newRestore(t, picture(t, 3))
		a := w.applier()
		c.set(w, a)
		ends, err := applied(t, a, changes)
		if ends[0].Status != record.Failed || ends[0].ErrorCode != c.code || len(w.intents) != 0 {
			t.Errorf("%s: got %+v", name, ends[0])
		}
		if c.ends != (record.CodeOf(err) == c.code) {
			t.Errorf("%s: the run ended with %v", name, err)
		}
	}
}
