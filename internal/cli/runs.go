package cli

import (
	"errors"
	"fmt"
	"strings"

	"photosync/internal/record"
	"photosync/internal/run"
)

var _ run.RunSink = (*view)(nil)

// Run implements [run.RunSink].
func (v *view) Run(r record.Run) error {
	v.runs++
	return v.wrote(v.rows.run(r))
}

func (j *jsonRows) run(r record.Run) error { return j.write(r) }
func (c *csvRows) run(r record.Run) error  { return c.write(r) }

// runWidths are those of the columns but the last.
var (
	runWidths = []int{20, 7, 9, 7, 7, 7, 30, 36}
	runNames  = []string{"STARTED", "COMMAND", "OUTCOME", "DONE", "PENDING", "FAILED", "BY", "RUN", "NOTES"}
)

// run writes what a person wants of a run to find the one to undo. The id is
// whole, to be copied.
func (t *textRows) run(r record.Run) error {
	outcome := string(r.Outcome)
	if outcome == "" {
		outcome = "not ended"
	}
	var notes []string
	if r.Unfinished > 0 {
		notes = append(notes, fmt.Sprintf("%d unfinished", r.Unfinished))
	}
	if r.Restores != "" {
		notes = append(notes, "undoes "+plain(r.Restores))
	}
	by := r.User
	if r.Host != "" {
		by += " on " + r.Host
	}
	count := func(n int64) string { return fmt.Sprint(n) }
	return errors.Join(t.head(runWidths, runNames),
		t.line(runWidths, r.StartedAt.UTC().Format("2006-01-02 15:04:05Z"), plain(r.Command), outcome, count(r.Done), count(r.Pending), count(r.Failed),
			plain(firstOf(by)), plain(r.RunId), strings.Join(notes, ", ")))
}
