package journal_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/journal"
	"photosync/internal/record"
)

func hash(photo string) string {
	sum := sha256.Sum256([]byte(photo))
	return hex.EncodeToString(sum[:])
}

const (
	annaGUID = "aaaaaaaa-2222-3333-4444-555555555555"
	bobGUID  = "bbbbbbbb-2222-3333-4444-555555555555"
)

var by = journal.By{RunID: run3, User: "CORP\\admin", Host: "srv1", Version: "1.2.3", At: time.Date(2026, 2, 1, 6, 0, 0, 0, time.UTC)}

// people writes a run in which Anna marries between her writes, Bob gets her old
// name, both had the same logo, and a test of the connection knew no objectGUID.
func people(t *testing.T, dir string) {
	t.Helper()
	j := open(t, dir)
	for _, w := range []struct{ id, guid, upn, cloud, photo string }{
		{"a1", strings.ToUpper(annaGUID), "anna@corp.example", "c-anna", "anna as a child"},
		{"a2", annaGUID, "anna.married@corp.example", "C-Anna", "logo"},
		{"a3", "", "anna.test@corp.example", "c-anna", "anna in a test"},
		{"a4", annaGUID, "anna.married@corp.example", "c-anna", ""},
		{"b1", bobGUID, "bob@corp.example", "c-bob", "logo"},
		{"b2", bobGUID, "anna@corp.example", "c-bob", "bob"},
		{"x1", "", "guest@corp.example", "c-guest", "guest"},
	} {
		sha := ""
		if w.photo != "" {
			sha = backup(t, j, []byte(w.photo))
		}
		err := j.Intend(journal.Intent{ID: w.id, ObjectGUID: w.guid, UserPrincipalName: w.upn, CloudID: w.cloud, Action: record.Upload, BackupSHA256: sha})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func forgottenIDs(t *testing.T, dir string) (ids []string) {
	t.Helper()
	for _, w := range read(t, dir, run1).Writes {
		if w.Forgotten != (w.ID != "a4" && w.BackupSHA256 == "") {
			t.Errorf("%s: forgotten %v, backup %q", w.ID, w.Forgotten, w.BackupSHA256)
		}
		if w.Forgotten {
			ids = append(ids, w.ID)
		}
	}
	return ids
}

func TestForgetAPerson(t *testing.T) {
	for _, name := range []string{"anna.married@corp.example", "{" + strings.ToUpper(annaGUID) + "}", "c-anna", "anna.test@corp.example"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			people(t, dir)
			before := tree(t, dir)
			would, err := journal.Forget(dir, []string{name}, by, true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("a dry run changed something: %s", diff)
			}
			got, err := journal.Forget(dir, []string{name, name}, by, false)
			if want := (journal.Forgotten{Writes: 3, Backups: 2, Kept: 1}); err != nil || got != want || would != want {
				t.Errorf("forgot %+v, would %+v, %v", got, would, err)
			}
			if diff := cmp.Diff([]string{"a1", "a2", "a3"}, forgottenIDs(t, dir)); diff != "" {
				t.Error(diff)
			}
			for photo, want := range map[string]bool{"anna as a child": false, "anna in a test": false, "logo": true, "bob": true, "guest": true} {
				if has(t, dir, photo) != want {
					t.Errorf("backup %q is there: %v", photo, !want)
				}
			}
			text, err := os.ReadFile(filepath.Join(dir, "journal", "forgotten.jsonl"))
			want := `{"forgotten":{"runId":"` + run3 + `","user":"CORP\\admin","host":"srv1","version":"1.2.3","at":"2026-02-01T06:00:00Z",` +
				`"objectGuid":"` + annaGUID + `","cloudIds":["c-anna","C-Anna"],"writes":["a1","a2","a3"]}}` + "\n"
			if diff := cmp.Diff(want, string(text)); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
			// Once more is no error, and nothing.
			if got, err := journal.Forget(dir, []string{name}, by, false); err != nil || got != (journal.Forgotten{}) {
				t.Errorf("the second time %+v, %v", got, err)
			}
			// When Bob is forgotten too, nobody keeps the logo.
			if got, err := journal.Forget(dir, []string{bobGUID}, by, false); err != nil || got != (journal.Forgotten{Writes: 2, Backups: 2}) {
				t.Errorf("Bob: %+v, %v", got, err)
			}
			if has(t, dir, "logo") || !has(t, dir, "guest") {
				t.Errorf("left %v", tree(t, dir))
			}
		})
	}
}

func TestForgetWhomNobodyIs(t *testing.T) {
	for name, c := range map[string]struct {
		names []string
		code  record.Code
		says  []string
	}{
		"nobody":             {[]string{"nobody@corp.example"}, record.WriteNotFound, []string{"nobody@corp.example"}},
		"one of two":         {[]string{annaGUID, "nobody@corp.example"}, record.WriteNotFound, []string{"nobody@corp.example"}},
		"no name":            {[]string{""}, record.WriteNotFound, nil},
		"a name of two":      {[]string{"anna@corp.example"}, record.IdentityAmbiguous, []string{annaGUID, bobGUID}},
		"a name of two more": {[]string{bobGUID, "ANNA@corp.example"}, record.IdentityAmbiguous, []string{annaGUID, bobGUID}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			people(t, dir)
			before := tree(t, dir)
			_, err := journal.Forget(dir, c.names, by, false)
			if record.CodeOf(err) != c.code {
				t.Fatalf("got %v", err)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("it does not say %s: %v", s, err)
				}
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := journal.Forget(dir, []string{annaGUID}, by, false); record.CodeOf(err) != record.WriteNotFound || there(dir) {
		t.Errorf("got %v", err)
	}
}

// A cloud user that two objects of the directory had in turn: a write that knows
// only the cloud user is neither's, and can be named by that.
func TestForgetAWriteThatIsOfNobodyInTheDirectory(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, run1+".jsonl", `{"intent":{"id":"1","objectGuid":"`+annaGUID+`","cloudId":"c","backupSha256":"`+hash("1")+`"}}
{"intent":{"id":"2","objectGuid":"`+bobGUID+`","cloudId":"c","backupSha256":"`+hash("2")+`"}}
{"intent":{"id":"3","cloudId":"c","backupSha256":"`+hash("3")+`"}}
{"intent":{"id":"4","userPrincipalName":"d@corp.example","backupSha256":"`+hash("4")+`"}}
`)
	for _, name := range []string{annaGUID, "C", "d@corp.example"} {
		if got, err := journal.Forget(dir, []string{name}, by, false); err != nil || got.Writes != 1 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if diff := cmp.Diff([]string{"1", "3", "4"}, forgottenIDs(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// A kill after the record and before the removal: whoever comes next removes.
func TestForgetThatWasCutOff(t *testing.T) {
	for _, next := range []string{"forget", "prune"} {
		t.Run(next, func(t *testing.T) {
			dir := t.TempDir()
			people(t, dir)
			// The second line is torn: it was never said that it is done.
			put(t, dir, "forgotten.jsonl", `{"forgotten":{"writes":["a1","a2"]}}`+"\n"+`{"forgotten":{"writes":["b2"],"at`)
			if !has(t, dir, "anna as a child") {
				t.Fatal("it is gone already")
			}
			if diff := cmp.Diff([]string{"a1", "a2"}, forgottenIDs(t, dir)); diff != "" {
				t.Error(diff)
			}
			if next == "prune" {
				if _, p := prune(t, dir, 9000*day, false); p.Backups != 1 {
					t.Errorf("took %+v", p)
				}
			} else if got, err := journal.Forget(dir, []string{"guest@corp.example"}, by, false); err != nil || got != (journal.Forgotten{Writes: 1, Backups: 2}) {
				t.Errorf("got %+v, %v", got, err)
			}
			if has(t, dir, "anna as a child") || !has(t, dir, "logo") || !has(t, dir, "bob") {
				t.Errorf("left %v", tree(t, dir))
			}
			want := []string{"a1", "a2"}
			if next == "forget" {
				want = append(want, "x1") // after half a line
			}
			if diff := cmp.Diff(want, forgottenIDs(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What cannot be recorded is not done.
func TestForgetThatCannotBeRecorded(t *testing.T) {
	dir := t.TempDir()
	people(t, dir)
	if err := os.Symlink(filepath.Join(dir, "none", "file"), filepath.Join(dir, "journal", "forgotten.jsonl")); err != nil {
		t.Skip(err)
	}
	before := tree(t, dir)
	if _, err := journal.Forget(dir, []string{annaGUID}, by, false); record.CodeOf(err) != record.JournalFailed {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// What killed runs left may be anybody's.
func TestForgetTakesWhatKilledRunsLeft(t *testing.T) {
	dir := t.TempDir()
	people(t, dir)
	stray := blob(dir, backup(t, openRun(t, dir, journal.Run{RunID: run2}, journal.Options{}), []byte("stray")))
	part := filepath.Join(filepath.Dir(stray), "part-1")
	torn := blob(dir, backup(t, openRun(t, dir, journal.Run{RunID: run3}, journal.Options{}), []byte("torn")))
	put(t, dir, run3+".jsonl", `{"intent":{"id":"t1","backupSha256":"`+hash("torn")+`","act`+"\n")
	foreign := filepath.Join(filepath.Dir(torn), "README")
	for _, file := range []string{part, foreign} {
		if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dryRun := range []bool{true, false} {
		if got, err := journal.Forget(dir, []string{"c-anna"}, by, dryRun); err != nil || got != (journal.Forgotten{Writes: 3, Backups: 3, Kept: 1}) {
			t.Errorf("forgot %+v, %v", got, err)
		}
		if there(stray) != dryRun || there(part) != dryRun || !there(torn) || !there(foreign) || !has(t, dir, "bob") || !has(t, dir, "guest") {
			t.Errorf("dry run %v left %v", dryRun, tree(t, dir))
		}
	}
}

func TestForgetEncryptedBackups(t *testing.T) {
	dir := t.TempDir()
	recipient, _ := key(t, false)
	j := openRun(t, dir, journal.Run{RunID: run1}, journal.Options{Recipient: recipient})
	sha := backup(t, j, []byte("face"))
	if err := j.Intend(journal.Intent{ID: "w1", ObjectGUID: annaGUID, BackupSHA256: sha}); err != nil {
		t.Fatal(err)
	}
	if got, err := journal.Forget(dir, []string{annaGUID}, by, false); err != nil || got != (journal.Forgotten{Writes: 1, Backups: 1}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if there(filepath.Dir(blob(dir, sha))) {
		t.Errorf("left %v", tree(t, dir))
	}
}
