package journal

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A backup is whole on the disk before it has its name, and its name before it is
// said to be kept; an intent is on the disk before it is said to be recorded.
func TestStepsInTheirOrder(t *testing.T) {
	var passed []string
	watched := false
	j := openForPoints(t, func(p Point) {
		if watched {
			passed = append(passed, p)
		}
	})
	watched = true
	name := func(path string) string {
		if ok, _ := filepath.Match(partPrefix+"*", filepath.Base(path)); ok {
			return "a part"
		}
		name, err := filepath.Rel(j.dir, path)
		if err != nil {
			t.Error(err)
		}
		return filepath.ToSlash(name)
	}
	j.do = steps{
		write: func(f *os.File, content []byte) error {
			passed = append(passed, "write "+name(f.Name()))
			return onDisk.write(f, content)
		},
		sync: func(f *os.File) error {
			passed = append(passed, "sync "+name(f.Name()))
			return onDisk.sync(f)
		},
		rename: func(from, to string) error {
			passed = append(passed, "rename "+name(from)+" to "+name(to))
			return onDisk.rename(from, to)
		},
		syncFolder: func(dir string) error {
			passed = append(passed, "sync folder "+name(dir))
			return onDisk.syncFolder(dir)
		},
	}
	sha, err := j.Backup([]byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"sync folder backups",
		"write a part", PointBackupWritten, "sync a part", PointBackupSynced,
		"rename a part to backups/ba/" + sha, PointBackupRenamed, "sync folder backups/ba", PointBackupKept,
	}
	if diff := cmp.Diff(want, passed); diff != "" {
		t.Error(diff)
	}
	passed = nil
	if err := j.Intend(Intent{ID: "w1", BackupSHA256: sha}); err != nil {
		t.Fatal(err)
	}
	file := "journal/019b7000-0000-7000-8000-000000000001.jsonl"
	if diff := cmp.Diff([]string{"write " + file, PointIntentWritten, "sync " + file, PointIntentRecorded}, passed); diff != "" {
		t.Error(diff)
	}
}

// A name that a killed run has not synced is synced by the next that relies on it.
func TestNameOfAnEarlierRunIsSynced(t *testing.T) {
	j := openForPoints(t, nil)
	if _, err := j.Backup([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	j.folders[0xba].synced = false // as in another process
	synced := ""
	j.do.syncFolder = func(dir string) error {
		synced = dir
		return nil
	}
	if _, err := j.Backup([]byte("abc")); err != nil || filepath.Base(synced) != "ba" {
		t.Errorf("synced %q, %v", synced, err)
	}
}
