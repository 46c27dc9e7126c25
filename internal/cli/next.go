package cli

import (
	"fmt"

	"photosync/internal/record"
	"photosync/internal/run"
)

// next gathers from the changes of a run what people would want to do after it.
type next struct {
	changed   int64 // rows of people whose cloud photo somebody changed or removed since both sides agreed
	conflicts int64 // people left alone because somebody changed or removed their cloud photo
	decided   int64 // people whose two photos differ, and of whom something is decided: they are in the plan, or conflicts
}

func (n *next) row(r record.Row) {
	if r.Reason == record.CloudChanged || r.Reason == record.BothChanged || r.Reason == record.CloudRemoved {
		n.changed++
	}
}

func (n *next) change(c record.Change) {
	conflict := c.Status == record.Skipped && c.OnPremisesSha256 != "" && (c.Reason == record.CloudChanged || c.Reason == record.BothChanged || c.Reason == record.CloudRemoved)
	if conflict {
		n.conflicts++
	}
	differ := c.OnPremisesSha256 != "" && c.ETagBefore != ""
	if differ && (conflict || c.Action == record.Upload) {
		n.decided++
	}
}

// sayNext tells people what they would want to do after a run that left
// something undecided, or that wrote.
func (v *view) sayNext(s record.Summary, o run.Options) {
	if s.Command == "sync" && o.DryRun && o.PlanFile != "" && (s.Outcome == record.OutcomeOk || s.Outcome == record.OutcomePartial || s.Outcome == record.OutcomeBraked) {
		v.say(fmt.Sprintf("plan: %d changes are in %s; delete the lines that are not wanted, and carry it out with photosync sync --plan", s.Changes[record.WouldChange], o.PlanFile))
	}
	if s.Outcome == record.OutcomeOk {
		switch s.Command {
		case "drift":
			if s.Statuses[record.Drifted]+s.Statuses[record.MissingInCloud] > v.next.changed {
				v.say("next: photosync sync --dry-run shows what would be written; --baseline onpremises takes the directory's photo where the two differ")
			}
			if n := v.next.changed; n > 0 {
				v.say(fmt.Sprintf("next: somebody changed or removed the photo in Microsoft 365: %d; "+
					"sync leaves them alone, --on-conflict onpremises takes the directory's, --on-conflict cloud accepts what is there", n))
			}
		case "sync":
			if left := s.Statuses[record.Drifted] - v.next.decided; left > 0 && o.Baseline == record.BaselineReview {
				v.say(fmt.Sprintf("next: two different photos, left alone: %d; --baseline onpremises takes the directory's where the pictures surely differ", left))
			}
			if n := v.next.conflicts; n > 0 {
				v.say(fmt.Sprintf("next: somebody changed or removed the photo in Microsoft 365, left alone: %d; "+
					"--on-conflict onpremises takes the directory's, --on-conflict cloud accepts what is there", n))
			}
		}
	}
	if s.Changes[record.Done]+s.Changes[record.Pending] > 0 && s.Requests.Put+s.Requests.Delete > 0 && (s.Command == "sync" || s.Command == "restore") {
		v.say("undo: photosync restore --run " + s.RunId)
	}
}
