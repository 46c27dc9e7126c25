package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"photosync/internal/record"
)

// partPrefix begins the names of backups that are being written.
const partPrefix = "part-"

var (
	hexHash    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	backupName = regexp.MustCompile(`^([0-9a-f]{64})(\.[0-9a-f]{8}\.age)?$`)
	folderName = regexp.MustCompile(`^[0-9a-f]{2}$`)
)

// removeBackups removes the backups that are to go, or with dryRun counts them,
// and removes folders that are left empty; parts of backups are asked for by the
// hash "". Files and folders that are none of these stay. The error is
// JournalUnusable or JournalFailed.
func removeBackups(dir string, dryRun bool, goes func(hash string, info fs.FileInfo) bool) (Pruned, error) {
	var all Pruned
	root := backupsIn(dir)
	folders, err := readFolder(root)
	if err != nil {
		return all, err
	}
	emptied := false
	for _, f := range folders {
		if !f.IsDir() || !folderName.MatchString(f.Name()) {
			continue
		}
		path := filepath.Join(root, f.Name())
		removed, empty, err := removeFrom(path, dryRun, goes)
		all.Backups += removed.Backups
		all.Bytes += removed.Bytes
		if err == nil && empty && !dryRun {
			emptied = true
			err = os.Remove(path)
		}
		if err != nil {
			return all, notRemoved(path, err)
		}
	}
	if emptied {
		if err := syncFolder(root); err != nil {
			return all, notRemoved(root, err)
		}
	}
	return all, nil
}

// removeFrom does so in one folder, and reports whether nothing is left in it.
func removeFrom(folder string, dryRun bool, goes func(hash string, info fs.FileInfo) bool) (removed Pruned, empty bool, err error) {
	files, err := readFolder(folder)
	if err != nil {
		return removed, false, err
	}
	gone := 0
	for _, file := range files {
		hash, ok := hashIn(file.Name())
		if !ok || !file.Type().IsRegular() {
			continue
		}
		info, err := file.Info()
		if err != nil {
			return removed, false, err
		}
		if !goes(hash, info) {
			continue
		}
		if !dryRun {
			if err := os.Remove(filepath.Join(folder, file.Name())); err != nil {
				return removed, false, err
			}
		}
		gone++
		removed.Bytes += info.Size()
		if hash != "" {
			removed.Backups++
		}
	}
	if gone > 0 && !dryRun {
		err = syncFolder(folder)
	}
	return removed, gone == len(files), err
}

// hashIn gives the hash that a backup's name has, plain or encrypted for anybody,
// "" for a part of one, and false for any other file.
func hashIn(name string) (hash string, ok bool) {
	if strings.HasPrefix(name, partPrefix) {
		return "", true
	}
	parts := backupName.FindStringSubmatch(name)
	if parts == nil {
		return "", false
	}
	return parts[1], true
}

// readFolder gives what is in a folder, nothing when it is not there.
func readFolder(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, record.Errorf(record.JournalUnusable, "read the backups: %w", err).On(dir)
	}
	return entries, nil
}

// notRemoved says what could not be removed, unless the error says so already.
func notRemoved(path string, err error) error {
	if _, ok := errors.AsType[*record.Error](err); ok {
		return err
	}
	return record.Errorf(record.JournalFailed, "remove %s: %w", path, err).On(path)
}
