package cli

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	urfave "github.com/urfave/cli/v2"

	"photosync/internal/record"
	"photosync/internal/run"
)

// ended is a run with a number of its own in every place.
func ended() record.Summary {
	s := record.Summary{
		Command: "sync", RunId: "0190-run", Outcome: record.OutcomePartial, ExitCode: 3,
		StartedAt: time.Date(2026, 2, 1, 0, 59, 59, 123999999, time.FixedZone("", 3600)), DurationMs: 12345, People: 45,
		Statuses: record.NewCounts(record.Statuses), Changes: record.NewCounts(record.ChangeStatuses),
		Requests: record.Requests{Roster: 1, Batch: 2, BatchItems: 3, Download: 4, Put: 5, Delete: 6, Throttled: 7},
	}
	for i, status := range record.Statuses {
		s.Statuses[status] = int64(i + 1)
	}
	s.Changes[record.Done], s.Changes[record.Failed] = 11, 2
	s.SetError(record.Errorf(record.PeopleFailed, "2 of 45 people failed; the last: <Jörg>"))
	return s
}

const summaryText = `{
  "Command": "sync",
  "RunId": "0190-run",
  "Outcome": "Partial",
  "ExitCode": 3,
  "StartedAt": "2026-01-31T23:59:59.123Z",
  "DurationMs": 12345,
  "People": 45,
  "Statuses": {
    "Ambiguous": 7,
    "Drifted": 2,
    "InSync": 1,
    "MissingInCloud": 3,
    "MissingOnPremises": 4,
    "NoPhoto": 5,
    "NotInCloud": 6,
    "Unknown": 9,
    "Unreadable": 8
  },
  "Changes": {
    "Done": 11,
    "Failed": 2,
    "Pending": 0,
    "Skipped": 0,
    "WouldChange": 0
  },
  "Requests": {
    "Roster": 1,
    "Batch": 2,
    "BatchItems": 3,
    "Download": 4,
    "Put": 5,
    "Delete": 6,
    "Throttled": 7
  },
  "ErrorCode": "PeopleFailed",
  "ErrorMessage": "2 of 45 people failed; the last: \u003cJörg\u003e",
  "Remedy": "See ErrorCode and Remedy on their rows."
}
`

// namesIn gives the names of everything in a folder.
func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestSummaryFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "s.json")
	for _, old := range []string{"", summaryText + "and more from another run"} { // a new file, and one to replace
		if old != "" {
			if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := writeSummary(file, ended()); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(summaryText, string(text)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if i, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && i.Mode() != 0o644 {
			t.Errorf("mode %v, %v; others have to read it", i.Mode(), err)
		}
		if diff := cmp.Diff([]string{"s.json"}, namesIn(t, dir)); diff != "" {
			t.Errorf("the folder: %s", diff)
		}
	}
}

// Whoever has the old file open reads it to its end: the new one is another file.
func TestSummaryFileIsReplacedWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.json")
	if err := os.WriteFile(file, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeSummary(file, ended()); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(file); err != nil || os.SameFile(before, after) {
		t.Errorf("the file was written over in place (%v)", err)
	}
}

func TestSummaryFileFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "taken", "inside"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"a folder is in the way": filepath.Join(dir, "taken"), "no folder": filepath.Join(dir, "no", "s.json")} {
		err := writeSummary(file, ended())
		wantCode(t, err, record.OutputFailed)
		if e, ok := errors.AsType[*record.Error](err); !ok || e.Target != file || errors.Unwrap(err) == nil {
			t.Errorf("%s: target or cause is lost: %v", name, err)
		}
	}
	if diff := cmp.Diff([]string{"taken"}, namesIn(t, dir)); diff != "" {
		t.Errorf("a failure left something behind: %s", diff)
	}
}

func TestLastLines(t *testing.T) {
	none := record.Summary{Command: "drift", RunId: "r", Outcome: record.OutcomeOk}
	some := ended()
	some.Command, some.Outcome = "drift", record.OutcomeOk
	missing := none
	missing.People = 1
	missing.Statuses = record.Counts[record.Status]{record.MissingInCloud: 1}
	left := ended()
	left.Outcome, left.Changes, left.Requests = record.OutcomeOk, nil, record.Requests{Roster: 1}
	planned := ended()
	planned.Statuses, planned.People = record.NewCounts(record.Statuses), 0
	restored := planned
	restored.Command = "restore"
	cloudChanged := record.Change{Status: record.Skipped, Reason: record.CloudChanged, Action: record.Review, OnPremisesSha256: "s", ETagBefore: "e"}
	bothChanged := record.Change{Status: record.Skipped, Reason: record.BothChanged, Action: record.Review, OnPremisesSha256: "s", ETagBefore: "e"}
	cloudRemoved := record.Change{Status: record.Skipped, Reason: record.CloudRemoved, Action: record.Review, OnPremisesSha256: "s"}
	replaced := record.Change{Status: record.Done, Reason: record.OnPremisesChanged, Action: record.Upload, OnPremisesSha256: "s", ETagBefore: "e"}
	missing2 := record.Change{Status: record.Done, Reason: record.NeverSynced, Action: record.Upload, OnPremisesSha256: "s"}
	const (
		people   = "people: 45 (1 InSync, 2 Drifted, 3 MissingInCloud, 4 MissingOnPremises, 5 NoPhoto, 6 NotInCloud, 7 Ambiguous, 8 Unreadable, 9 Unknown)\n"
		requests = "requests: roster 1, metadata 2 (3 people), downloads 4, puts 5, deletes 6, throttled 7; 12.3 s; run 0190-run\n"
		nothing  = "requests: roster 0, metadata 0 (0 people), downloads 0, puts 0, deletes 0, throttled 0; 0.0 s; run r\n"
		few      = "requests: roster 1, metadata 0 (0 people), downloads 0, puts 0, deletes 0, throttled 0; 12.3 s; run 0190-run\n"
		undo     = "undo: photosync restore --run 0190-run\n"
		alone    = "; --baseline onpremises takes the directory's where the pictures surely differ\n"
		conflict = "; --on-conflict onpremises takes the directory's, --on-conflict cloud accepts what is there\n"
		next     = "next: photosync sync --dry-run shows what would be written; --baseline onpremises takes the directory's photo where the two differ\n"
	)
	for name, c := range map[string]struct {
		args    []string
		s       record.Summary
		changes []record.Change
		want    string
	}{
		"drift, nobody":       {[]string{"drift"}, none, nil, ""},
		"drift":               {[]string{"drift"}, some, nil, people + requests + next},
		"drift, one missing":  {[]string{"drift"}, missing, nil, "people: 1 (1 MissingInCloud)\n" + nothing + next},
		"drift, quiet":        {[]string{"drift", "--quiet"}, some, nil, ""},
		"sync, people failed": {[]string{"sync", "--yes"}, ended(), nil, people + "changes: 11 Done, 2 Failed\n" + requests + undo},
		"sync, no baseline":   {[]string{"sync", "--yes"}, left, nil, people + "changes: none\n" + few + "next: two different photos, left alone: 2" + alone},
		"sync, a baseline":    {[]string{"sync", "--yes", "--baseline", "cloud"}, left, nil, people + "changes: none\n" + few},
		"sync, conflicts": {[]string{"sync", "--yes"}, left, []record.Change{cloudChanged, bothChanged, cloudRemoved}, people + "changes: none\n" + few +
			"next: somebody changed or removed the photo in Microsoft 365, left alone: 3" + conflict},
		"sync, one of two is decided": {[]string{"sync", "--yes"}, left, []record.Change{replaced, missing2}, people + "changes: none\n" + few +
			"next: two different photos, left alone: 1" + alone},
		"sync, quiet":     {[]string{"sync", "--yes", "--quiet"}, left, []record.Change{cloudChanged}, ""},
		"sync of a plan":  {[]string{"sync", "--yes", "--plan", "p"}, planned, nil, "people: 0 (nobody was looked at)\nchanges: 11 Done, 2 Failed\n" + requests + undo},
		"restore":         {[]string{"restore", "--yes", "--run", "r0"}, restored, nil, "changes: 11 Done, 2 Failed\n" + requests + undo},
		"restore, quiet":  {[]string{"restore", "--yes", "--run", "r0", "--quiet"}, restored, nil, ""},
		"restore, a list": {[]string{"restore", "--list"}, record.Summary{Command: "runs", Outcome: record.OutcomeOk}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PHOTOSYNC_SERVER", "dc1")
			var err words
			_, failed := inCommand(t, Stdio{Out: &words{}, Err: &err}, func(cmd *command, u *urfave.Context) error {
				return cmd.carryOut(u, func(_ run.Options, v *view) (record.Summary, error) {
					for _, change := range c.changes {
						if err := v.Change(change); err != nil {
							t.Error(err)
						}
					}
					return c.s, nil
				})
			}, c.args...)
			if failed != nil {
				t.Fatal(failed)
			}
			if diff := cmp.Diff(c.want, err.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
