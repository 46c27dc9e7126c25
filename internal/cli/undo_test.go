package cli

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"

	"photosync/internal/lab"
	"photosync/internal/record"
)

// inJSON runs a command that is to end well, and gives its rows and what people read.
func inJSON[T any](t *testing.T, args ...string) (rows []T, said string) {
	t.Helper()
	code, out, said := runCLI(t.Context(), append(args, "--output", "json")...)
	if code != 0 {
		t.Fatalf("%v: exit code %d\n%s\n%s", args, code, out, said)
	}
	for line := range strings.Lines(out) {
		var row T
		if err := json.Unmarshal([]byte(line), &row); err != nil && !strings.Contains(err.Error(), "Time") {
			t.Fatalf("%v in %s", err, line)
		}
		rows = append(rows, row)
	}
	return rows, said
}

// ends counts changes by how they ended and why.
func ends(changes []record.Change) map[string]int {
	all := make(map[string]int)
	for _, c := range changes {
		all[string(c.Status)+"/"+string(c.Reason)]++
	}
	return all
}

var undoLine = regexp.MustCompile(`(?m)^undo: photosync restore --run ([0-9a-f-]{36})$`)

func samePhotos(a, b map[string][]byte) bool { return maps.EqualFunc(a, b, bytes.Equal) }

// TestUndo: a sync says how it is undone, the list has the run, and restoring it
// puts back what was there, byte for byte; then that is undone, too.
func TestUndo(t *testing.T) {
	l := inLab(t)
	before := l.Graph().Photos()
	changes, said := inJSON[record.Change](t, "sync", "--baseline", "onpremises", "--yes")
	undo := undoLine.FindStringSubmatch(said)
	if len(changes) < 2 || undo == nil || strings.Count(said, "undo: ") != 1 {
		t.Fatalf("%d changes, and it says\n%s", len(changes), said)
	}
	after := l.Graph().Photos()
	if samePhotos(before, after) {
		t.Fatal("the sync changed nothing")
	}

	runs, said := inJSON[record.Run](t, "restore", "--list")
	if len(runs) != 1 || runs[0].RunId != undo[1] || runs[0].Command != "sync" || runs[0].Outcome != record.OutcomeOk || runs[0].Done != int64(len(changes)) {
		t.Fatalf("got %+v", runs)
	}
	if said != "" {
		t.Errorf("a list says %q", said)
	}

	writes := l.Graph().Writes()
	would, said := inJSON[record.Change](t, "restore", "--run", undo[1], "--dry-run")
	if want := map[string]int{"WouldChange/Restored": len(changes)}; !maps.Equal(want, ends(would)) || l.Graph().Writes() != writes || strings.Contains(said, "undo: ") {
		t.Errorf("got %v, %d writes, %s", ends(would), l.Graph().Writes()-writes, said)
	}
	summary := filepath.Join(t.TempDir(), "s.json")
	restored, said := inJSON[record.Change](t, "restore", "--run", undo[1], "--yes", "--summary", summary)
	if want := map[string]int{"Done/Restored": len(changes)}; !maps.Equal(want, ends(restored)) {
		t.Errorf("got %v", ends(restored))
	}
	if !samePhotos(before, l.Graph().Photos()) {
		t.Error("the photos are not what they were")
	}
	if text, err := os.ReadFile(summary); err != nil || !strings.Contains(string(text), `"Command": "restore"`) || !strings.Contains(string(text), `"Outcome": "Ok"`) {
		t.Errorf("%v, the summary is %s", err, text)
	}

	again := undoLine.FindStringSubmatch(said)
	if again == nil {
		t.Fatalf("it says %s", said)
	}
	runs, _ = inJSON[record.Run](t, "restore", "--list")
	if len(runs) != 2 || runs[0].RunId != again[1] || runs[0].Restores != undo[1] {
		t.Errorf("got %+v", runs)
	}
	if _, said := inJSON[record.Change](t, "restore", "--run", again[1], "--yes", "--quiet"); said != "" {
		t.Errorf("a quiet run says %q", said)
	}
	if !samePhotos(after, l.Graph().Photos()) {
		t.Error("the photos are not what the sync made them")
	}
}

// The list asks neither side, and needs no terminal; text has the id whole.
func TestListInText(t *testing.T) {
	l := inLab(t)
	who := smallCompany().Cases()[lab.CaseMissingInCloud][0]
	_, said := inJSON[record.Change](t, "sync", "--user", who, "--yes")
	id := undoLine.FindStringSubmatch(said)
	if id == nil {
		t.Fatal(said)
	}
	for _, name := range []string{"PHOTOSYNC_SERVER", "PHOTOSYNC_ACCESS_TOKEN", "PHOTOSYNC_GRAPH_URL"} {
		t.Setenv(name, "")
	}
	writes := l.Graph().Writes()
	code, out, said := runCLI(t.Context(), "restore", "--list", "--run", id[1])
	if code != 0 || said != "" || strings.Count(out, "\n") != 2 || !strings.Contains(out, " "+id[1]) || !strings.Contains(out, " sync    Ok        1       0       0 ") || l.Graph().Writes() != writes {
		t.Errorf("exit code %d, %s\n%s", code, said, out)
	}
	code, out, said = runCLI(t.Context(), "restore", "--list", "--run", "01990a2b-5c1e-7d0f-8a44-2f6f0f6f3a11")
	if code != 1 || out != "" || !strings.HasPrefix(lastLine(said), "RunNotFound: ") {
		t.Errorf("exit code %d, output %q, %s", code, out, said)
	}
}

// Somebody's own photo is not overwritten by an undo, and the row says what to do.
func TestUndoLeavesAChangedPhotoAlone(t *testing.T) {
	l := inLab(t)
	cases := smallCompany().Cases()
	who := cases[lab.CaseMissingInCloud][0]
	_, said := inJSON[record.Change](t, "sync", "--user", who, "--yes")
	other, _ := l.Graph().Photo(cases[lab.CaseInSync][0])
	if err := l.Graph().SetPhoto(who, other); err != nil {
		t.Fatal(err)
	}
	own, _ := l.Graph().Photo(who)
	id := undoLine.FindStringSubmatch(said)
	for _, how := range [][]string{{"--run", id[1]}, {"--user", who}, {"--run", id[1], "--user", who}} {
		code, out, said := runCLI(t.Context(), append([]string{"restore", "--yes"}, how...)...)
		if code != 0 || !regexp.MustCompile(`(?m)^Skipped .* PhotoChangedSince: .* --force puts back `).MatchString(out) {
			t.Errorf("%v: exit code %d, %s\n%s", how, code, said, out)
		}
	}
	if kept, _ := l.Graph().Photo(who); string(kept) != string(own) {
		t.Error("the photo was overwritten")
	}
	forced, _ := inJSON[record.Change](t, "restore", "--yes", "--user", who, "--force")
	if gone, _ := l.Graph().Photo(who); gone != nil || len(forced) != 1 || forced[0].Status != record.Done || forced[0].Action != record.Remove {
		t.Errorf("got %+v, and %d bytes are there", forced, len(gone))
	}
}

// TestPlan: what a dry run wrote to a file is carried out, all of it that a
// reviewer left, and nothing else.
func TestPlan(t *testing.T) {
	l := inLab(t)
	planned, _ := inJSON[record.Change](t, "sync", "--baseline", "onpremises", "--dry-run", "--plan", "p.jsonl")
	text, err := os.ReadFile("p.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(planned) < 3 || len(lines) != len(planned)+1 || l.Graph().Writes() != 0 {
		t.Fatalf("%d changes, %d writes, the plan is\n%s", len(planned), l.Graph().Writes(), text)
	}
	if err := os.WriteFile("p.jsonl", []byte(strings.Join(lines[:3], "")), 0o600); err != nil { // the review
		t.Fatal(err)
	}
	done, said := inJSON[record.Change](t, "sync", "--plan", "p.jsonl", "--yes")
	if len(done) != 2 || l.Graph().Writes() != 2 || undoLine.FindString(said) == "" {
		t.Errorf("got %v, %d writes, %s", ends(done), l.Graph().Writes(), said)
	}
	if err := os.WriteFile("p.jsonl", []byte(strings.Replace(lines[0]+lines[3], "Upload", "Remove", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, said := runCLI(t.Context(), "sync", "--plan", "p.jsonl", "--yes")
	if code != 10 || out != "" || !strings.HasPrefix(lastLine(said), "PlanAltered: ") || l.Graph().Writes() != 2 {
		t.Errorf("exit code %d, %d writes, output %q, %s", code, l.Graph().Writes(), out, said)
	}
}

// TestEncryptedBackups: with a recipient in the environment every backup is
// encrypted, a check's too, and it takes the identity to put one back.
func TestEncryptedBackups(t *testing.T) {
	l := inLab(t)
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("identity.txt", []byte(key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PHOTOSYNC_BACKUP_RECIPIENT", key.Recipient().String())
	who := smallCompany().Cases()[lab.CaseDrifted][0]
	before := l.Graph().Photos()
	if code, _, said := runCLI(t.Context(), "check", "--write-probe", who, "--yes"); code != 0 {
		t.Errorf("check: exit code %d, %s", code, said)
	}
	inJSON[record.Change](t, "sync", "--baseline", "onpremises", "--user", who, "--yes")
	backups := 0
	err = filepath.WalkDir(filepath.Join("state", "backups"), func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		backups++
		text, err := os.ReadFile(file)
		if !bytes.HasPrefix(text, []byte("age-encryption.org/")) {
			t.Errorf("%s is not encrypted", file)
		}
		return err
	})
	if err != nil || backups == 0 {
		t.Errorf("%d backups, %v", backups, err)
	}
	code, _, said := runCLI(t.Context(), "restore", "--user", who, "--yes")
	if code != 14 || !strings.HasPrefix(lastLine(said), "BackupEncrypted: ") || !strings.Contains(lastLine(said), "--identity-file") {
		t.Errorf("without the identity: exit code %d, %s", code, said)
	}
	inJSON[record.Change](t, "restore", "--user", who, "--yes", "--identity-file", "identity.txt")
	if !samePhotos(before, l.Graph().Photos()) {
		t.Error("the photos are not what they were")
	}
}

// TestConflict: what a person changed in the cloud since is left alone, and people
// are told how to decide.
func TestConflict(t *testing.T) {
	l := inLab(t)
	cases := smallCompany().Cases()
	who := cases[lab.CaseMissingInCloud][0]
	inJSON[record.Change](t, "sync", "--user", who, "--yes")
	other, _ := l.Graph().Photo(cases[lab.CaseInSync][0])
	if err := l.Graph().SetPhoto(who, other); err != nil {
		t.Fatal(err)
	}
	left, said := inJSON[record.Change](t, "sync", "--user", who, "--yes")
	if want := map[string]int{"Skipped/CloudChanged": 1}; !maps.Equal(want, ends(left)) || !strings.Contains(said, "left alone: 1; --on-conflict onpremises ") || strings.Contains(said, "--baseline") || strings.Contains(said, "undo:") {
		t.Errorf("got %v, %s", ends(left), said)
	}
	done, said := inJSON[record.Change](t, "sync", "--user", who, "--yes", "--on-conflict", "onpremises")
	if len(done) != 1 || done[0].Status != record.Done || strings.Contains(said, "--on-conflict") {
		t.Errorf("got %v, %s", ends(done), said)
	}
}

// TestForgetAndPrune: backups go when they are to, and it is said which.
func TestForgetAndPrune(t *testing.T) {
	inLab(t)
	who := smallCompany().Cases()[lab.CaseDrifted][0]
	_, said := inJSON[record.Change](t, "sync", "--baseline", "onpremises", "--user", who, "--yes")
	id := undoLine.FindStringSubmatch(said)
	if id == nil {
		t.Fatal(said)
	}
	const what = "1 photo, which 1 write had replaced or removed\n"
	for _, step := range []struct{ how, says string }{
		{"--dry-run", "would be taken away: " + what}, {"--yes", "taken away: " + what}, {"--yes", "taken away: 0 photos, which 0 writes had replaced or removed\n"},
	} {
		rows, said := inJSON[record.Run](t, "journal", "forget", "--user", who, step.how)
		if len(rows) != 0 || said != step.says {
			t.Errorf("%s gives %d rows and says %q, want %q", step.how, len(rows), said, step.says)
		}
	}
	code, out, said := runCLI(t.Context(), "restore", "--run", id[1], "--yes")
	if code == 0 || !strings.Contains(out, "BackupMissing: ") {
		t.Errorf("exit code %d, %s\n%s", code, out, said)
	}
	code, _, said = runCLI(t.Context(), "journal", "forget", "--user", "nobody@corp.example", "--yes")
	if code != 1 || !strings.HasPrefix(lastLine(said), "WriteNotFound: ") {
		t.Errorf("exit code %d, %s", code, said)
	}

	kept, said := inJSON[record.Run](t, "journal", "prune", "--yes")
	if len(kept) != 0 || said != "taken away: 0 runs older than 90d\n" {
		t.Errorf("got %+v, %q", kept, said)
	}
	for _, step := range []struct {
		how, says string
		left      int
	}{{"--dry-run", "would be taken away: ", 2}, {"--yes", "taken away: ", 0}} {
		pruned, said := inJSON[record.Run](t, "journal", "prune", "--retention", "1ns", step.how)
		if len(pruned) != 2 || said != step.says+"2 runs older than 1ns\n" {
			t.Errorf("%s gives %+v and says %q", step.how, pruned, said)
		}
		if runs, _ := inJSON[record.Run](t, "restore", "--list"); len(runs) != step.left {
			t.Errorf("after %s the journal has %+v", step.how, runs)
		}
	}
}
