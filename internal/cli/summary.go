package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"photosync/internal/record"
)

// checkFile refuses a file that could not be written at the end of a run, when
// there are writes that it should tell of; "" is none.
func checkFile(flag, file string) error {
	if file == "" {
		return nil
	}
	info, err := os.Stat(filepath.Dir(file))
	if err == nil && !info.IsDir() {
		err = errors.New("it is in no folder")
	}
	if info, e := os.Stat(file); err == nil && e == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err != nil {
		return record.Errorf(record.SettingInvalid, "--%s %s cannot be written: %w", flag, file, err).On(file)
	}
	return nil
}

// writeSummary writes the summary file: whole or not at all, so that whoever
// waits for it never reads half of one. A link stays a link, and what is no
// regular file (a pipe, /dev/stderr) is written to as it is.
func writeSummary(file string, s record.Summary) (err error) {
	defer func() {
		if err != nil {
			err = record.Errorf(record.OutputFailed, "write the summary: %w", err).On(file)
		}
	}()
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	for _, std := range []*os.File{os.Stdout, os.Stderr} {
		if sameFile(file, std) { // --summary /dev/stderr: what is in there already stays
			_, err := std.Write(text)
			return err
		}
	}
	info, err := os.Stat(file)
	link, linkErr := os.Lstat(file)
	if err == nil && !info.Mode().IsRegular() || err != nil && linkErr == nil && link.Mode()&os.ModeSymlink != 0 {
		return os.WriteFile(file, text, 0o644)
	}
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".photosync-summary-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func sameFile(name string, f *os.File) bool {
	a, err := os.Stat(name)
	if err != nil {
		return false
	}
	b, err := f.Stat()
	return err == nil && os.SameFile(a, b)
}

// sayCounts tells people how a run ended, in the last lines of standard error.
func (v *view) sayCounts(s record.Summary) {
	statuses := counts(s.Statuses, record.Statuses, "")
	switch {
	case statuses != "":
		v.say(fmt.Sprintf("people: %d (%s)", s.People, statuses))
	case s.Command != "restore" && s.People == 0: // a restore and a plan compare nobody
		v.say("people: 0 (nobody was looked at)")
	}
	if s.Command == "sync" || s.Command == "restore" {
		v.say("changes: " + counts(s.Changes, record.ChangeStatuses, "none"))
	}
	q := s.Requests
	v.say(fmt.Sprintf("requests: roster %d, metadata %d (%d people), downloads %d, puts %d, deletes %d, throttled %d; %.1f s; run %s",
		q.Roster, q.Batch, q.BatchItems, q.Download, q.Put, q.Delete, q.Throttled, float64(s.DurationMs)/1000, s.RunId))
}

// counts lists what was counted, in the published order.
func counts[T ~string](c record.Counts[T], list []T, none string) string {
	var parts []string
	for _, v := range list {
		if n := c[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, ", ")
}
