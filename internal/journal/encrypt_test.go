package journal_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"photosync/internal/journal"
	"photosync/internal/record"
)

// key makes a pair of keys: the public one, and the private one as a file has it.
func key(t *testing.T, hybrid bool) (recipient, identity string) {
	t.Helper()
	if hybrid {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			t.Fatal(err)
		}
		return id.Recipient().String(), id.String()
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id.Recipient().String(), id.String()
}

func keys(t *testing.T, identities ...string) *journal.Keys {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.txt")
	text := "# created: 2026-01-01T06:00:00Z\n\n" + strings.Join(identities, "\n") + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := journal.ReadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func backup(t *testing.T, j *journal.Journal, photo []byte) string {
	t.Helper()
	sha, err := j.Backup(photo)
	if err != nil {
		t.Fatal(err)
	}
	return sha
}

// blob gives where a backup lies.
func blob(dir, sha string) string { return filepath.Join(dir, "backups", sha[:2], sha) }

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestEncryptedBackups(t *testing.T) {
	for _, hybrid := range []bool{false, true} {
		recipient, identity := key(t, hybrid)
		_, other := key(t, hybrid)
		for _, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 200_000} {
			t.Run(fmt.Sprintf("hybrid %v, %d bytes", hybrid, size), func(t *testing.T) {
				dir := t.TempDir()
				photo := bytes.Repeat([]byte("face"), size/4+1)[:size]
				// No plain byte is on the disk at any moment.
				renamed := 0
				lookForPlain := func(point string) {
					if point == journal.PointBackupRenamed {
						renamed++
					}
					err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
						if err == nil && d.Type().IsRegular() {
							content, err := os.ReadFile(path)
							if err != nil || bytes.Contains(content, []byte("facefaceface")) {
								t.Errorf("plain bytes in %s: %v", path, err)
							}
						}
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
				j := openRun(t, dir, journal.Run{RunID: run1}, journal.Options{Recipient: recipient + "\n", At: lookForPlain})
				sha := backup(t, j, photo)
				if backup(t, j, photo); renamed != 1 {
					t.Errorf("it was written %d times", renamed)
				}
				if got := read(t, dir, run1).Run.Recipient; got != recipient {
					t.Errorf("the header has %q", got)
				}
				path := blob(dir, sha)
				if there(path) || !there(journal.BackupFile(dir, sha, recipient)) {
					t.Error("it lies elsewhere")
				}
				if _, err := journal.Photo(dir, sha, nil); record.CodeOf(err) != record.BackupEncrypted {
					t.Errorf("without keys: %v", err)
				}
				if _, err := journal.Photo(dir, sha, keys(t, other)); record.CodeOf(err) != record.BackupEncrypted {
					t.Errorf("with somebody else's keys: %v", err)
				}
				if got, err := journal.Photo(dir, sha, keys(t, other, identity)); err != nil || !bytes.Equal(got, photo) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			})
		}
	}
}

// What is there in any form that can be trusted is not written again.
func TestBackupThatIsThereAlready(t *testing.T) {
	recipient, identity := key(t, false)
	rotated, newIdentity := key(t, false)
	photo := bytes.Repeat([]byte("face"), 30_000)
	for name, c := range map[string]struct {
		first, second string // recipients
		damage        func(content []byte) []byte
		again         bool // it is written again
		names         string
	}{
		"plain, then encrypted":            {"", recipient, nil, false, "plain"},
		"damaged plain, then encrypted":    {"", recipient, func(b []byte) []byte { b[7]++; return b }, true, "plain .age"},
		"encrypted, then plain":            {recipient, "", nil, true, "plain .age"},
		"encrypted twice":                  {recipient, recipient, nil, false, ".age"},
		"encrypted, a byte short":          {recipient, recipient, func(b []byte) []byte { return b[:len(b)-1] }, true, ".age"},
		"encrypted, a byte long":           {recipient, recipient, func(b []byte) []byte { return append(b, 0) }, true, ".age"},
		"encrypted, empty":                 {recipient, recipient, func([]byte) []byte { return nil }, true, ".age"},
		"encrypted, header gone":           {recipient, recipient, func(b []byte) []byte { return bytes.Repeat([]byte{0}, len(b)) }, true, ".age"},
		"half an encrypted one, and plain": {recipient, "", func(b []byte) []byte { return b[:len(b)/2] }, true, "plain .age"},
		"encrypted, then for another":      {recipient, rotated, nil, true, ".age new"},
		"damaged, then for another":        {recipient, rotated, func(b []byte) []byte { b[len(b)-1]++; return b }, true, ".age new"},
		"the same recipient with blanks":   {recipient, " " + recipient + "\r\n", nil, false, ".age"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			sha := backup(t, openRun(t, dir, journal.Run{RunID: run1}, journal.Options{Recipient: c.first}), photo)
			path := journal.BackupFile(dir, sha, c.first)
			if c.damage != nil {
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, c.damage(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			renamed := false
			o := journal.Options{Recipient: c.second, At: func(p string) { renamed = renamed || p == journal.PointBackupRenamed }}
			backup(t, openRun(t, dir, journal.Run{RunID: run2}, o), photo)
			if renamed != c.again {
				t.Errorf("written again: %v", renamed)
			}
			names := ""
			if there(blob(dir, sha)) {
				names += "plain "
			}
			if there(journal.BackupFile(dir, sha, recipient)) {
				names += ".age "
			}
			if there(journal.BackupFile(dir, sha, rotated)) {
				names += "new"
			}
			if strings.TrimSpace(names) != c.names {
				t.Errorf("there are %s", names)
			}
			k := keys(t, identity)
			if c.second == rotated { // the old one is lost
				k = keys(t, newIdentity)
			}
			if got, err := journal.Photo(dir, sha, k); err != nil || !bytes.Equal(got, photo) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
}

// Of copies for several keys each is tried, and all go together.
func TestCopiesForSeveralKeys(t *testing.T) {
	dir := t.TempDir()
	var recipients, identities [3]string
	var sha string
	for i, run := range []string{run1, run2, run3} {
		recipients[i], identities[i] = key(t, false)
		j := openRun(t, dir, journal.Run{RunID: run}, journal.Options{Recipient: recipients[i]})
		sha = backup(t, j, []byte("face"))
		if err := j.Intend(journal.Intent{ID: run, ObjectGUID: annaGUID, BackupSHA256: sha}); err != nil {
			t.Fatal(err)
		}
	}
	files := slices.Sorted(func(yield func(string) bool) {
		for _, r := range recipients {
			if !yield(journal.BackupFile(dir, sha, r)) {
				return
			}
		}
	})
	if got, err := filepath.Glob(blob(dir, sha) + "*"); err != nil || !slices.Equal(got, files) {
		t.Fatalf("there are %v, not %v", got, files)
	}
	if !regexp.MustCompile(`[/\\]` + sha + `\.[0-9a-f]{8}\.age$`).MatchString(files[0]) {
		t.Errorf("a copy lies in %s", files[0])
	}
	for _, identity := range identities {
		if got, err := journal.Photo(dir, sha, keys(t, identity)); err != nil || string(got) != "face" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	_, stranger := key(t, false)
	for _, k := range []*journal.Keys{nil, keys(t, stranger)} {
		if _, err := journal.Photo(dir, sha, k); record.CodeOf(err) != record.BackupEncrypted {
			t.Errorf("got %v", err)
		}
	}
	// A damaged copy hides none that another key opens, nor that there is one.
	if err := os.WriteFile(files[0], []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := journal.Photo(dir, sha, keys(t, identities[:]...)); err != nil || string(got) != "face" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := journal.Photo(dir, sha, keys(t, stranger)); record.CodeOf(err) != record.BackupEncrypted {
		t.Errorf("got %v", err)
	}
	for _, file := range files[1:] {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := journal.Photo(dir, sha, keys(t, stranger)); record.CodeOf(err) != record.BackupDamaged {
		t.Errorf("got %v", err)
	}
	for _, file := range append(files, blob(dir, sha)) {
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := journal.Forget(dir, []string{annaGUID}, by, false); err != nil || got != (journal.Forgotten{Writes: 3, Backups: 4}) || there(filepath.Dir(blob(dir, sha))) {
		t.Errorf("forgot %+v, %v", got, err)
	}
}

func TestWhereABackupLies(t *testing.T) {
	recipient, _ := key(t, false)
	sha := hash("face")
	if got := journal.BackupFile("d", sha, " \n"); got != blob("d", sha) {
		t.Errorf("plain in %s", got)
	}
	if got, want := journal.BackupFile("d", sha, recipient+"\n"), blob("d", sha)+"."+hash(recipient)[:8]+".age"; got != want {
		t.Errorf("encrypted in %s, not %s", got, want)
	}
	for _, sha := range []string{"", "a", "../x", strings.ToUpper(sha)} {
		if got := journal.BackupFile("d", sha, recipient); got != "" {
			t.Errorf("%q in %s", sha, got)
		}
	}
}

func TestPhotoThatIsNotWhatItsNameSays(t *testing.T) {
	recipient, identity := key(t, false)
	dir := t.TempDir()
	plain := backup(t, open(t, dir), []byte("abc"))
	sealed := backup(t, openRun(t, dir, journal.Run{RunID: run2}, journal.Options{Recipient: recipient}), []byte("def"))
	other := backup(t, openRun(t, dir, journal.Run{RunID: run3}, journal.Options{Recipient: recipient}), []byte("ghi"))
	k := keys(t, identity)
	change := func(path string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := journal.Photo(dir, plain, k); err != nil || string(got) != "abc" {
		t.Errorf("got %q, %v", got, err)
	}
	change(blob(dir, plain), []byte("ab"))
	if _, err := journal.Photo(dir, plain, k); record.CodeOf(err) != record.BackupDamaged || record.From(err).Target != blob(dir, plain) {
		t.Errorf("plain: %v", err)
	}
	content, err := os.ReadFile(journal.BackupFile(dir, sealed, recipient))
	if err != nil {
		t.Fatal(err)
	}
	change(journal.BackupFile(dir, other, recipient), content) // whole, and another photo
	if _, err := journal.Photo(dir, other, k); record.CodeOf(err) != record.BackupDamaged {
		t.Errorf("another photo: %v", err)
	}
	content[len(content)-1]++
	change(journal.BackupFile(dir, sealed, recipient), content)
	if _, err := journal.Photo(dir, sealed, k); record.CodeOf(err) != record.BackupDamaged {
		t.Errorf("encrypted: %v", err)
	}
	for _, sha := range []string{"", "../../journal/x", strings.Repeat("0", 64), strings.Repeat("A", 64), plain[:63]} {
		if _, err := journal.Photo(dir, sha, k); record.CodeOf(err) != record.BackupMissing {
			t.Errorf("%q: %v", sha, err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "backups", "00"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(blob(dir, strings.Repeat("0", 64)), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Photo(dir, strings.Repeat("0", 64), k); record.CodeOf(err) != record.JournalUnusable {
		t.Errorf("a folder: %v", err)
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	recipient, identity := key(t, false)
	for _, text := range []string{"nonsense", identity, recipient + "x", "# only a comment", recipient + "\nnonsense"} {
		dir := filepath.Join(t.TempDir(), "state")
		_, err := journal.Open(dir, journal.Run{RunID: run1}, journal.Options{Recipient: text})
		if record.CodeOf(err) != record.BackupKeyUnusable || strings.Contains(err.Error(), text) || there(dir) {
			t.Errorf("got %v", err)
		}
		if err := journal.CheckRecipient(text); record.CodeOf(err) != record.BackupKeyUnusable || strings.Contains(err.Error(), text) {
			t.Errorf("checked: %v", err)
		}
	}
	for _, text := range []string{"", " ", recipient, "\t" + recipient + "\r\n"} {
		if err := journal.CheckRecipient(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "public": recipient, "damaged": identity[:len(identity)-1], "more": identity + "\nnonsense"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := journal.ReadKeys(file)
		if record.CodeOf(err) != record.BackupKeyUnusable || record.From(err).Target != file || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := journal.ReadKeys(filepath.Join(dir, "none")); record.CodeOf(err) != record.BackupKeyUnusable {
		t.Errorf("got %v", err)
	}
}
