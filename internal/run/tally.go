package run

import (
	"errors"
	"fmt"
	"time"

	"photosync/internal/record"
)

// ErrPeople is in the error of a run that went to its end although people failed.
var ErrPeople = errors.New("people failed")

// tally is one run: its options, and what it counts on the way to its summary.
type tally struct {
	options  Options
	summary  record.Summary
	requests func() record.Requests // nil before the cloud is known
	handed   map[string][]byte      // photos of people who were handed over, to be uploaded; by cloud id
	planned  map[string]planned     // who is in the plan, by objectGUID
	again    map[string][]Seen      // see lookup
	damage   int                    // lines of the journal to restore from that cannot be read
	troubles int64                  // people who failed
	trouble  error                  // of the last of them
}

func newTally(command string, o Options) *tally {
	return &tally{options: o, summary: record.Summary{
		Command: command, RunId: newID(), StartedAt: time.Now().UTC(),
		Statuses: record.NewCounts(record.Statuses), Changes: record.NewCounts(record.ChangeStatuses),
	}}
}

// row counts a row.
func (t *tally) row(r record.Row) {
	t.summary.People++
	t.summary.Statuses[r.Status]++
	if r.Status == record.Unknown {
		t.failed(r.UserPrincipalName, r.ErrorCode, r.ErrorMessage, r.Remedy, r.RequestId)
	}
}

// change counts a change. People whose photos could not be read have been
// counted by their row.
func (t *tally) change(c record.Change) {
	t.summary.Changes[c.Status]++
	if c.Status == record.Failed && c.Reason != record.ReadFailed {
		t.failed(c.UserPrincipalName, c.ErrorCode, c.ErrorMessage, c.Remedy, "") // whose message has the request id
	}
}

func (t *tally) failed(who string, code record.Code, message, remedy, requestID string) {
	t.troubles++
	t.trouble = (&record.Error{Code: code, Text: message, Target: who, RequestID: requestID}).Advise(remedy)
}

// finish completes the summary from what was counted and from the error that
// ended the run, and gives the error that the summary tells of.
func (t *tally) finish(err error) (record.Summary, error) {
	s := &t.summary
	codes := []record.ExitCode{record.ExitOk}
	if err == nil {
		if err = t.peopleError(); err != nil {
			err = fmt.Errorf("%w: %w", ErrPeople, err)
		}
		codes = append(codes, t.peopleExit())
		if t.options.DriftExitCode && t.drifted() {
			codes = append(codes, record.ExitDrift)
		}
	} else {
		codes = append(codes, record.CodeOf(err).Entry().Exit)
	}
	exit := record.Worst(codes...)
	s.ExitCode, s.Outcome = int(exit), outcome(exit)
	if err != nil {
		s.SetError(err)
	}
	if t.requests != nil {
		s.Requests = t.requests()
	}
	s.DurationMs = time.Since(s.StartedAt).Milliseconds()
	return *s, err
}

// peopleExit is the exit code of a run that went to its end.
func (t *tally) peopleExit() record.ExitCode {
	switch t.troubles {
	case 0:
		return record.ExitOk
	case t.summary.People:
		return record.ExitFailed
	}
	return record.ExitPartial
}

// peopleError tells of the people who failed: of one in full, of more by their number.
func (t *tally) peopleError() error {
	switch t.troubles {
	case 0:
		return nil
	case 1:
		return t.trouble
	}
	return record.Errorf(record.PeopleFailed, "%d of %d people failed; the last: %w", t.troubles, t.summary.People, t.trouble)
}

// outcomeOf is how the run ends that err ended, or that went to its end.
func (t *tally) outcomeOf(err error) record.Outcome {
	if err == nil {
		return outcome(t.peopleExit())
	}
	return outcome(record.CodeOf(err).Entry().Exit)
}

func (t *tally) drifted() bool {
	for status, n := range t.summary.Statuses {
		if n > 0 && status.IsDrift() {
			return true
		}
	}
	return false
}

func outcome(exit record.ExitCode) record.Outcome {
	switch exit {
	case record.ExitOk, record.ExitDrift:
		return record.OutcomeOk
	case record.ExitPartial:
		return record.OutcomePartial
	case record.ExitBrake:
		return record.OutcomeBraked
	case record.ExitCancelled:
		return record.OutcomeCancelled
	}
	return record.OutcomeFailed
}
