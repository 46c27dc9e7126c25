package apply_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/apply"
	"photosync/internal/record"
)

func TestUploadGoesThroughItsStepsInOrder(t *testing.T) {
	w, changes := newWorld(t, 1)
	before := w.cloud["c0"]
	ends, err := applied(t, w.applier(), changes)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"read", "download", "backup", "intent", "etag", "put", "etags", "download", "outcome"}, w.log); diff != "" {
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

// What is not a photo is no backup of one.
func TestNoWriteWhereTheBackupIsNoPhoto(t *testing.T) {
	w, changes := newWorld(t, 1)
	w.cloud["c0"] = []byte("<html>sign in</html>")
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Failed || ends[0].ErrorCode != record.CloudPhotoUnreadable || slices.Contains(w.log, "put") || slices.Contains(w.log, "backup") {
		t.Errorf("got %+v, %v after %v", ends[0], err, w.log)
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

func TestPhotoThatCannotBePrepared(t *testing.T) {
	w, changes := newWorld(t, 1)
	w.onPrem[guid(0)] = []byte("no picture")
	changes[0].OnPremisesSHA256 = sha(w.onPrem[guid(0)])
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Failed || ends[0].ErrorCode != record.PhotoNotPreparable {
		t.Errorf("got %+v, %v", ends[0], err)
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

func TestPreviewHasAnEndForEachChange(t *testing.T) {
	_, changes := newWorld(t, 2)
	var ends []record.Change
	apply.Preview(changes, "run1", func() time.Time { return time.Unix(1e9, 0).UTC() }, func(c record.Change) { ends = append(ends, c) })
	if len(ends) != 2 || ends[0].Status != record.WouldChange || ends[0].RunId != "run1" || ends[1].UserPrincipalName != "p1@corp.example" {
		t.Errorf("got %+v", ends)
	}
}
