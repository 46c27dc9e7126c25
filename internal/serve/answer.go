package serve

import (
	"context"
	"fmt"
	"strings"
	"time"

	"photosync/bridge"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// answer is what becomes of one request: the sink and the approver of its run.
type answer struct {
	request *bridge.Request
	getenv  func(string) string

	statuses map[record.Status]bool // rows wanted; nil: as the run gives them
	named    bool                   // the run is over named people

	troubled int64 // people who could not be compared
	failures []bridge.Error
	unsaid   int64 // failures beyond maxFailures
	stage    run.Stage
	began    time.Time
}

var (
	_ run.Sink      = (*answer)(nil)
	_ run.CheckSink = (*answer)(nil)
	_ run.RunSink   = (*answer)(nil)
	_ run.Approver  = (*answer)(nil)
)

// maxFailures bounds the errors that are kept until the last change is out.
const maxFailures = 10_000

// Row implements [run.Sink]. A name that fits nobody is an error and no row:
// there is no person whom the row could be about.
func (a *answer) Row(r record.Row) error {
	if a.named && r.Status == record.Unknown && unresolved(r.ErrorCode, r.MatchedBy, r.SamAccountName, r.DistinguishedName) {
		return a.request.Error(a.worded(bridge.Error{
			Code: string(r.ErrorCode), Category: string(r.ErrorCode.Entry().Category), Message: r.ErrorMessage,
			Target: nameOf(r.UserPrincipalName, r.SamAccountName, r.DistinguishedName, r.ObjectGuid, r.CloudId),
			Remedy: r.Remedy, RequestID: r.RequestId,
		}))
	}
	if r.Status == record.Unknown {
		a.troubled++
	}
	if a.statuses != nil && !a.statuses[r.Status] {
		return nil
	}
	if a.cmdlet() {
		r.ErrorMessage, r.Remedy = record.ForCmdlets(r.ErrorMessage), record.ForCmdlets(r.Remedy)
	}
	return a.request.Result(bridge.KindDrift, record.AppendJSON(nil, r))
}

// unresolved reports whether an error says that a name names nobody. A cloud
// user can also be gone that belonged to somebody, of whom more is known then.
func unresolved(code record.Code, by record.MatchKey, account, dn string) bool {
	switch code {
	case record.UserNotFound, record.IdentityAmbiguous, record.IdentityInvalid:
		return by == ""
	case record.CloudUserNotFound:
		return by == "" && account == "" && dn == ""
	}
	return false
}

// Change implements [run.Sink].
func (a *answer) Change(c record.Change) error {
	if c.Status == record.WouldChange {
		err := a.request.Announce(bridge.Proposal{
			Action: string(c.Action), Target: nameOf(c.UserPrincipalName, c.SamAccountName, c.ObjectGuid, c.CloudId),
			DisplayName: c.DisplayName, Reason: string(c.Reason), Replaces: c.ETagBefore != "",
		})
		if err != nil {
			return err
		}
	}
	if c.Status == record.Failed {
		a.failed(c)
		if a.named && c.Reason == record.ReadFailed && unresolved(c.ErrorCode, "", c.SamAccountName, "") {
			return nil // there is nobody who was to be changed
		}
	}
	if a.cmdlet() {
		c.ErrorMessage, c.Remedy = record.ForCmdlets(c.ErrorMessage), record.ForCmdlets(c.Remedy)
	}
	return a.request.Result(bridge.KindChange, record.AppendJSON(nil, c))
}

// failed keeps the error of a person for the time after the last change: a host
// that stops at an error must not cut a run in half.
func (a *answer) failed(c record.Change) {
	if len(a.failures) == maxFailures {
		a.unsaid++
		return
	}
	a.failures = append(a.failures, a.worded(bridge.Error{
		Code: string(c.ErrorCode), Category: string(c.ErrorCode.Entry().Category), Message: c.ErrorMessage,
		Target: nameOf(c.UserPrincipalName, c.SamAccountName, c.ObjectGuid, c.CloudId), Remedy: c.Remedy, RequestID: c.RequestId,
	}))
}

// close says what was kept until the last row or change was out.
func (a *answer) close() {
	for _, e := range a.failures {
		_ = a.request.Error(e) // broken output ends the session; there is nobody else to tell
	}
	if a.unsaid > 0 {
		e := record.Errorf(record.PeopleFailed, "%d more people failed", a.unsaid)
		_ = a.request.Error(a.worded(lineOf(e)))
	}
	if a.troubled > 0 {
		_ = a.request.Warning(fmt.Sprintf("could not compare the photos of %d people; ErrorCode, ErrorMessage and Remedy on their rows (Status Unknown) say why", a.troubled))
	}
}

// Check implements [run.CheckSink]. A check that fails is a row.
func (a *answer) Check(c record.Check) error {
	if a.cmdlet() {
		c.Evidence, c.Remedy = record.ForCmdlets(c.Evidence), record.ForCmdlets(c.Remedy)
	}
	return a.request.Result(bridge.KindCheck, record.AppendJSON(nil, c))
}

// Run implements [run.RunSink].
func (a *answer) Run(r record.Run) error {
	return a.request.Result(bridge.KindRun, record.AppendJSON(nil, r))
}

// Progress implements [run.Sink].
func (a *answer) Progress(p run.Progress) {
	if p.Stage != a.stage {
		a.stage, a.began = p.Stage, time.Now()
	}
	line := bridge.Progress{Activity: string(p.Stage), Done: p.Done, Total: p.Total}
	if took := time.Since(a.began); took > time.Second && p.Done > 0 && p.Total > p.Done {
		left := int64(took.Seconds() * float64(p.Total-p.Done) / float64(p.Done))
		line.SecondsLeft = &left
	}
	a.request.Progress(line)
}

// Warn implements [run.Sink].
func (a *answer) Warn(text string) {
	if a.cmdlet() {
		text = record.ForCmdlets(text)
	}
	_ = a.request.Warning(text) // broken output ends the session by itself
}

// Verbose implements [run.Sink].
func (a *answer) Verbose(text string) { a.request.Verbose(text) }

// proposalsOpen is how many proposals wait for their answers where nobody is
// asked. A person is asked one after another.
const proposalsOpen = 64

// Approve implements [run.Approver]: each change is proposed to the host.
func (a *answer) Approve(ctx context.Context, p *plan.Plan) ([]bool, error) {
	window := proposalsOpen
	if a.request.Confirm == "ask" {
		window = 1
	}
	proposals := make([]bridge.Proposal, len(p.Changes))
	for i, c := range p.Changes {
		proposals[i] = bridge.Proposal{
			Action: string(c.Action), Target: nameOf(c.UserPrincipalName, c.SamAccountName, c.ObjectGUID, c.CloudID),
			DisplayName: c.DisplayName, Reason: string(c.Reason), Replaces: c.ETag != "",
		}
	}
	return a.request.Ask(ctx, proposals, window)
}

// cmdlet reports whether the host is PowerShell, whose people know parameters
// and not flags.
func (a *answer) cmdlet() bool { return a.request.Client.PS != "" }

// worded gives the error in the words of the host's people.
func (a *answer) worded(e bridge.Error) bridge.Error {
	if a.cmdlet() {
		e.Message, e.Remedy = record.ForCmdlets(e.Message), record.ForCmdlets(e.Remedy)
	}
	return e
}

func nameOf(texts ...string) string {
	for _, s := range texts {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}
