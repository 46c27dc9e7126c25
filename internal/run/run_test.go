package run_test

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"photosync/internal/auth"
	"photosync/internal/directory"
	"photosync/internal/lab"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// victimHere runs the child process of a test that kills one; nil where there are no such tests.
var victimHere func() bool

func TestMain(m *testing.M) {
	if victimHere != nil && victimHere() {
		return
	}
	goleak.VerifyTestMain(m)
}

// small draws the small company once: its pictures take longer than most tests.
// A lab copies what it changes.
var small = sync.OnceValue(lab.SmallCompany)

// sink keeps what a run gives.
type sink struct {
	rows     []record.Row
	changes  []record.Change
	stages   []run.Stage
	warnings []string
	fail     error                 // of the next row or change
	onRow    func(record.Row)      // called for every row
	onChange func(c record.Change) // called for every change
	progress func(p run.Progress)  // called for every progress
}

func (s *sink) Row(r record.Row) error {
	s.rows = append(s.rows, r)
	if s.onRow != nil {
		s.onRow(r)
	}
	return s.fail
}

func (s *sink) Change(c record.Change) error {
	s.changes = append(s.changes, c)
	if s.onChange != nil {
		s.onChange(c)
	}
	return s.fail
}

func (s *sink) Progress(p run.Progress) {
	if n := len(s.stages); n == 0 || s.stages[n-1] != p.Stage {
		s.stages = append(s.stages, p.Stage)
	}
	if s.progress != nil {
		s.progress(p)
	}
}

func (s *sink) Warn(text string) {
	s.warnings = append(s.warnings, text)
}

func (*sink) Verbose(string) {}

func (s *sink) row(t *testing.T, upn string) record.Row {
	t.Helper()
	for _, r := range s.rows {
		if strings.EqualFold(r.UserPrincipalName, upn) {
			return r
		}
	}
	t.Fatalf("there is no row for %s", upn)
	return record.Row{}
}

func (s *sink) change(t *testing.T, upn string) record.Change {
	t.Helper()
	for _, c := range s.changes {
		if strings.EqualFold(c.UserPrincipalName, upn) {
			return c
		}
	}
	t.Fatalf("there is no change for %s", upn)
	return record.Change{}
}

// answer is an approver that always says the same.
type answer bool

func (a answer) Approve(_ context.Context, p *plan.Plan) ([]bool, error) {
	if !a {
		return nil, nil
	}
	return p.Approved(), nil
}

// nobody is an approver for runs that must not ask.
type nobody struct{ t *testing.T }

func (n nobody) Approve(context.Context, *plan.Plan) ([]bool, error) {
	n.t.Error("somebody was asked")
	return nil, nil
}

func start(t *testing.T, c *lab.Company, o ...lab.Option) (*lab.Lab, run.Options) {
	t.Helper()
	l, err := lab.Start(c, o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	d := l.Directory()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(d.CAPEM()) {
		t.Fatal("the lab's CA does not load")
	}
	return l, run.Options{
		Directory: directory.Settings{Server: d.LDAPSURL(), User: d.BindUser(), Password: directory.NewSecret(d.BindPassword()), RootCAs: roots},
		GraphRoot: l.Graph().URL(), Auth: auth.Settings{Environment: "global"},
		Limits: plan.DefaultLimits, StateDir: filepath.Join(t.TempDir(), "state"), All: true,
	}
}

// cases says which status and reason each case of the small company has.
var cases = map[string]struct {
	status  record.Status
	reason  record.Reason
	finding record.Finding
}{
	lab.CaseInSync:             {record.InSync, "", ""},
	lab.CaseCropped:            {record.InSync, "", ""},
	lab.CaseDrifted:            {record.Drifted, record.NoBaseline, ""},
	lab.CaseMissingInCloud:     {record.MissingInCloud, record.NeverSynced, ""},
	lab.CaseNeverArrived:       {record.MissingInCloud, record.NeverSynced, record.OverExchangeImportLimit},
	lab.CaseOverAttributeLimit: {record.MissingInCloud, record.NeverSynced, record.OverAttributeLimit},
	lab.CaseOverImportLimit:    {"", "", record.OverExchangeImportLimit},
	lab.CaseNotAnImage:         {record.Unreadable, record.NotAnImage, ""},
	lab.CaseBase64Text:         {record.MissingInCloud, record.Base64Text, ""},
	lab.CaseTruncated:          {record.Unreadable, record.Truncated, ""},
	lab.CaseDisabledAccount:    {"", "", record.DisabledAccount},
	lab.CaseSharedMailbox:      {"", "", record.SharedMailbox},
	lab.CaseGuest:              {record.NotInCloud, "", ""},
	lab.CaseUnmatched:          {record.NotInCloud, "", ""},
	lab.CaseTwoPeople:          {record.Ambiguous, record.TwoPeople, ""},
	lab.CaseTwoCloudUsers:      {record.Ambiguous, record.TwoCloudUsers, ""},
	lab.CaseAnchorMismatch:     {record.Ambiguous, record.AnchorMismatch, ""},
	lab.CaseCloudBetter:        {record.InSync, record.CloudBetter, ""},
	lab.CaseOnPremisesBetter:   {record.InSync, record.OnPremisesBetter, ""},
	lab.CaseNoPhoto:            {record.NoPhoto, "", ""},
	lab.CaseCloudOnly:          {record.MissingOnPremises, "", ""},
	lab.CaseConsistencyGUID:    {"", "", ""},
	lab.CaseMatchedByUPN:       {"", "", ""},
	lab.CaseMatchedByMail:      {"", "", ""},
}

func TestDriftOfEveryCase(t *testing.T) {
	company := small()
	_, o := start(t, company)
	for _, named := range []bool{false, true} {
		t.Run(map[bool]string{false: "whole scope", true: "named people"}[named], func(t *testing.T) {
			o, out := o, &sink{}
			if named {
				for _, p := range company.People {
					o.People = append(o.People, run.Named{Name: p.UserPrincipalName})
				}
			}
			s, err := run.Drift(t.Context(), o, out)
			if err != nil {
				t.Fatal(err)
			}
			if s.ExitCode != 0 || s.Outcome != record.OutcomeOk || s.People != int64(len(company.People)) || len(out.rows) != len(company.People) {
				t.Errorf("summary %+v, %d rows, %d people", s, len(out.rows), len(company.People))
			}
			for name, upns := range company.Cases() {
				want, known := cases[name]
				if !known || len(upns) == 0 {
					t.Errorf("case %q: known is %v, people %v", name, known, upns)
				}
				for _, upn := range upns {
					r := out.row(t, upn)
					if want.status != "" && r.Status != want.status || want.reason != "" && r.Reason != want.reason {
						t.Errorf("%s: %s is %s/%s, want %s/%s (%s)", name, upn, r.Status, r.Reason, want.status, want.reason, r.ErrorMessage)
					}
					if want.finding != "" && !slices.Contains(strings.Split(r.Findings, ","), string(want.finding)) {
						t.Errorf("%s: %s has the findings %q", name, upn, r.Findings)
					}
				}
			}
		})
	}
}

func TestMatchedBy(t *testing.T) {
	company := small()
	_, o := start(t, company)
	out := &sink{}
	if _, err := run.Drift(t.Context(), o, out); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]record.MatchKey{
		lab.CaseConsistencyGUID: record.ByImmutableID,
		lab.CaseMatchedByUPN:    record.ByUserPrincipalName, lab.CaseMatchedByMail: record.ByMail,
	} {
		for _, upn := range company.Cases()[name] {
			if r := out.row(t, upn); r.MatchedBy != want {
				t.Errorf("%s: %s was matched by %q, want %q", name, upn, r.MatchedBy, want)
			}
		}
	}
}

func TestRowsThatNeedNoAttentionAreLeftOut(t *testing.T) {
	_, o := start(t, small())
	o.All = false
	out := &sink{}
	s, err := run.Drift(t.Context(), o, out)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range out.rows {
		if !r.Status.NeedsAttention() {
			t.Errorf("%s is %s", r.UserPrincipalName, r.Status)
		}
	}
	if want := s.People - s.Statuses[record.InSync] - s.Statuses[record.NoPhoto]; int64(len(out.rows)) != want {
		t.Errorf("%d rows, want %d", len(out.rows), want)
	}
}

// A first sync without a baseline overwrites nobody's photo: it gives one to
// people who have none.
func TestFirstSyncOverwritesNobody(t *testing.T) {
	company := small()
	l, o := start(t, company)
	o.All = false
	before := photos(l, company)
	out := &sink{}
	s, err := run.Sync(t.Context(), o, answer(true), out)
	if err != nil {
		t.Fatal(err)
	}
	if s.Changes[record.Done] == 0 || s.Changes[record.Done] != int64(len(out.changes)) {
		t.Errorf("changes %v, %d rows", s.Changes, len(out.changes))
	}
	for _, c := range out.changes {
		if c.Reason != record.NeverSynced && c.Reason != record.Base64Text || c.BackupSha256 != "" || before[c.CloudId] != "" {
			t.Errorf("%+v", c)
		}
	}
	for id, etag := range photos(l, company) {
		if before[id] != "" && before[id] != etag {
			t.Errorf("the photo of %s was touched", id)
		}
	}
}

func photos(l *lab.Lab, c *lab.Company) map[string]string {
	etags := map[string]string{}
	for _, u := range c.CloudUsers {
		_, etags[u.ID] = l.Graph().Photo(u.ID)
	}
	return etags
}

func TestSyncConvergesAndBacksUp(t *testing.T) {
	company := small()
	l, o := start(t, company)
	o.Baseline, o.All = record.BaselineAD, false

	o.DryRun = true
	dry := &sink{}
	s, err := run.Sync(t.Context(), o, nobody{t}, dry)
	if err != nil {
		t.Fatal(err)
	}
	if l.Graph().Writes() != 0 || s.Requests.Put != 0 {
		t.Fatal("a dry run wrote")
	}
	for _, folder := range []string{"journal", "backups"} {
		if _, err := os.Stat(filepath.Join(o.StateDir, folder)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a dry run made the folder %s: %v", folder, err)
		}
	}
	for _, c := range dry.changes {
		if c.Status != record.WouldChange || c.RunId != s.RunId {
			t.Errorf("%+v", c)
		}
	}

	o.DryRun = false
	wet := &sink{}
	s, err = run.Sync(t.Context(), o, answer(true), wet)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whom(dry.changes), whom(wet.changes)); diff != "" {
		t.Errorf("the dry run said otherwise: %s", diff)
	}
	if int(s.Changes[record.Done]) != len(wet.changes) || l.Graph().Writes() != len(wet.changes) || int(s.Requests.Put) != len(wet.changes) {
		t.Errorf("changes %v, %d rows, %d writes, %d puts", s.Changes, len(wet.changes), l.Graph().Writes(), s.Requests.Put)
	}
	for _, upn := range company.Cases()[lab.CaseDrifted] {
		c := wet.change(t, upn)
		if _, err := os.Stat(filepath.Join(o.StateDir, "backups", c.BackupSha256[:2], c.BackupSha256)); err != nil {
			t.Errorf("%s has no backup: %v", upn, err)
		}
	}

	again := &sink{}
	s, err = run.Sync(t.Context(), o, nobody{t}, again)
	if err != nil || len(again.changes) != 0 {
		t.Errorf("there is something left to do: %v, %+v", err, again.changes)
	}
	if s.Statuses[record.Drifted] != 0 || s.Statuses[record.MissingInCloud] != 0 {
		t.Errorf("statuses %v", s.Statuses)
	}
}

func whom(changes []record.Change) []string {
	var who []string
	for _, c := range changes {
		who = append(who, c.UserPrincipalName)
	}
	slices.Sort(who)
	return who
}

func TestBaselineCloudWritesNothing(t *testing.T) {
	company := small()
	l, o := start(t, company)
	o.Baseline = record.BaselineCloud
	out := &sink{}
	if _, err := run.Sync(t.Context(), o, answer(true), out); err != nil {
		t.Fatal(err)
	}
	for _, upn := range company.Cases()[lab.CaseDrifted] {
		if c := out.change(t, upn); c.Status != record.Skipped || c.Reason != record.Accepted || c.Action != record.None {
			t.Errorf("%+v", c)
		}
	}
	if missing := len(out.changes) - int(countOf(out.changes, record.Skipped)); l.Graph().Writes() != missing {
		t.Errorf("%d writes, %d people without a photo", l.Graph().Writes(), missing)
	}
}

func countOf(changes []record.Change, s record.ChangeStatus) (n int64) {
	for _, c := range changes {
		if c.Status == s {
			n++
		}
	}
	return n
}

func TestBrakesWriteNothing(t *testing.T) {
	big := lab.LargeCompany(300)
	for name, c := range map[string]struct {
		company *lab.Company
		limits  plan.Limits
		filter  string
		code    record.Code
	}{
		"by number":      {small(), plan.Limits{MaxChange: 1, MaxChangePercent: 100}, "", record.TooManyChanges},
		"by share":       {big, plan.Limits{MaxChange: 1000, MaxChangePercent: 1}, "", record.TooManyChanges},
		"an empty scope": {small(), plan.DefaultLimits, "(department=There is none)", record.SourceEmpty},
	} {
		for _, dry := range []bool{false, true} {
			t.Run(name+map[bool]string{false: "", true: ", dry run"}[dry], func(t *testing.T) {
				l, o := start(t, c.company)
				o.Baseline, o.Limits, o.Scope.Filter, o.DryRun = record.BaselineAD, c.limits, c.filter, dry
				s, err := run.Sync(t.Context(), o, nobody{t}, &sink{})
				if record.CodeOf(err) != c.code || s.ExitCode != int(record.ExitBrake) || s.Outcome != record.OutcomeBraked || s.ErrorCode != c.code {
					t.Errorf("got %v, %+v", err, s)
				}
				if l.Graph().Writes() != 0 {
					t.Error("it wrote")
				}
			})
		}
	}
}

func TestDeclinedPlanWritesNothing(t *testing.T) {
	l, o := start(t, small())
	o.All = false
	out := &sink{}
	s, err := run.Sync(t.Context(), o, answer(false), out)
	if record.CodeOf(err) != record.Cancelled || s.Outcome != record.OutcomeCancelled || l.Graph().Writes() != 0 {
		t.Errorf("got %v, %+v, %d writes", err, s, l.Graph().Writes())
	}
	if len(out.changes) == 0 || countOf(out.changes, record.Skipped) != int64(len(out.changes)) || out.changes[0].Reason != record.Declined {
		t.Errorf("got %+v", out.changes)
	}
}

func TestCancelBetweenWrites(t *testing.T) {
	l, o := start(t, small())
	o.Baseline, o.All, o.Concurrency = record.BaselineAD, false, 2
	ctx, cancel := context.WithCancel(t.Context())
	out := &sink{onChange: func(record.Change) { cancel() }}
	s, err := run.Sync(ctx, o, answer(true), out)
	if record.CodeOf(err) != record.Cancelled || s.ExitCode != int(record.ExitCancelled) {
		t.Errorf("got %v, %+v", err, s)
	}
	if done := countOf(out.changes, record.Done); done == 0 || done > 4 || int(done) != l.Graph().Writes() {
		t.Errorf("%d done, %d writes", done, l.Graph().Writes())
	}
	if countOf(out.changes, record.Done)+countOf(out.changes, record.Skipped) != int64(len(out.changes)) {
		t.Errorf("got %+v", out.changes)
	}
}

func TestSinkThatFailsEndsTheRun(t *testing.T) {
	l, o := start(t, small())
	broken := record.Errorf(record.OutputFailed, "broken pipe")
	if s, err := run.Drift(t.Context(), o, &sink{fail: broken}); !errors.Is(err, broken) || s.ExitCode != int(record.ExitFailed) {
		t.Errorf("drift: %v, %+v", err, s)
	}
	o.Baseline, o.All, o.Concurrency = record.BaselineAD, false, 2
	if _, err := run.Sync(t.Context(), o, answer(true), &sink{fail: broken}); !errors.Is(err, broken) {
		t.Errorf("sync: %v", err)
	}
	if n := l.Graph().Writes(); n == 0 || n > 8 {
		t.Errorf("%d writes after the output broke at the first", n)
	}
}

func TestNamedPeople(t *testing.T) {
	company := small()
	_, o := start(t, company)
	in := company.Cases()[lab.CaseInSync][0]
	p, _ := company.Person(in)
	o.All = false
	o.People = run.Names(in, "nobody@corp.example", p.SamAccountName, p.DN)
	out := &sink{}
	s, err := run.Drift(t.Context(), o, out)
	if s.People != 2 || s.Statuses[record.InSync] != 1 || s.Statuses[record.Unknown] != 1 || s.ExitCode != int(record.ExitPartial) {
		t.Errorf("summary %+v", s)
	}
	if record.CodeOf(err) != record.UserNotFound {
		t.Errorf("got %v", err)
	}
	r := out.row(t, "nobody@corp.example")
	if r.ErrorCode != record.UserNotFound || r.Remedy == "" || !strings.Contains(r.ErrorMessage, "nobody@corp.example") {
		t.Errorf("got %+v", r)
	}

	o.People = run.Names("nobody@corp.example")
	if s, _ := run.Drift(t.Context(), o, &sink{}); s.ExitCode != int(record.ExitFailed) {
		t.Errorf("a run over nobody who exists ended with %d", s.ExitCode)
	}
}

func TestDriftExitCode(t *testing.T) {
	company := small()
	_, o := start(t, company)
	o.DriftExitCode = true
	for name, want := range map[string]record.ExitCode{
		lab.CaseDrifted: record.ExitDrift, lab.CaseMissingInCloud: record.ExitDrift, lab.CaseInSync: record.ExitOk, lab.CaseCloudOnly: record.ExitOk,
	} {
		o.People = run.Names(company.Cases()[name][:1]...)
		if s, err := run.Drift(t.Context(), o, &sink{}); err != nil || s.ExitCode != int(want) || s.Outcome != record.OutcomeOk {
			t.Errorf("%s: %v, exit %d, %s", name, err, s.ExitCode, s.Outcome)
		}
	}
}

func TestStagesComeInOrder(t *testing.T) {
	_, o := start(t, small())
	out := &sink{}
	if _, err := run.Sync(t.Context(), o, answer(true), out); err != nil {
		t.Fatal(err)
	}
	want := []run.Stage{run.StageRoster, run.StageKeys, run.StageCompare, run.StageWrite}
	if diff := cmp.Diff(want, out.stages); diff != "" {
		t.Error(diff)
	}
}

// An error that concerns everybody ends the run, wherever it comes up, and
// nobody gets a row that rests on it.
func TestErrorsThatConcernEverybodyEndTheRun(t *testing.T) {
	_, o := start(t, small())
	named := o
	named.People = run.Names(small().Cases()[lab.CaseDrifted]...)
	rejected := &lab.Fault{Status: 401, Code: "InvalidAuthenticationToken"}
	for name, c := range map[string]struct {
		options run.Options
		path    string
		fault   *lab.Fault
		code    record.Code
		exit    record.ExitCode
	}{
		"the token, in a batch":       {o, "/$batch", rejected, record.GraphTokenRejected, record.ExitCredentials},
		"the token, in a download":    {o, "$value", rejected, record.GraphTokenRejected, record.ExitCredentials},
		"the right to look people up": {named, "/users", &lab.Fault{Status: 403, Code: "Authorization_RequestDenied"}, record.GraphForbidden, record.ExitGraph},
		"the right, on everybody":     {o, "/photo", &lab.Fault{Status: 403, Code: "ErrorAccessDenied"}, record.GraphForbidden, record.ExitGraph},
	} {
		t.Run(name, func(t *testing.T) {
			l, fresh := start(t, small())
			l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
				if strings.HasSuffix(r.Path, c.path) {
					return c.fault
				}
				return nil
			})
			fresh.People = c.options.People
			out := &sink{}
			s, err := run.Drift(t.Context(), fresh, out)
			if record.CodeOf(err) != c.code || s.ExitCode != int(c.exit) || len(out.rows) != 0 {
				t.Errorf("got %v, exit %d, %d rows", err, s.ExitCode, len(out.rows))
			}
		})
	}
}

// Whether two people name one cloud user is asked of the whole directory, also
// when the scope has only one of them.
func TestScopeDoesNotHideAnAmbiguity(t *testing.T) {
	_, o := start(t, small())
	who := small().Cases()[lab.CaseTwoPeople][0]
	o.Scope.Filter = "(userPrincipalName=" + who + ")"
	out := &sink{}
	s, err := run.Drift(t.Context(), o, out)
	if err != nil || s.People != 1 || out.rows[0].Reason != record.TwoPeople {
		t.Errorf("got %v, %+v", err, out.rows)
	}
}

// Throttled downloads warn from several goroutines at once; the race detector
// sees whether the sink is called one at a time.
func TestThrottlingIsSaidAndSurvived(t *testing.T) {
	l, o := start(t, small())
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if r.Attempt > 1 {
			return nil
		}
		return &lab.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "1"}
	})
	out := &sink{}
	s, err := run.Drift(t.Context(), o, out)
	if err != nil || s.Requests.Throttled == 0 || s.Statuses[record.Unknown] != 0 || s.Statuses[record.InSync] == 0 {
		t.Errorf("got %v, %+v", err, s)
	}
	if len(out.warnings) == 0 {
		t.Error("nobody was told")
	}
}

// A cloud that keeps asking to wait ends the run in an error, not in a row for
// each of 300,000 people.
func TestCloudThatAnswersNobodyEndsTheRun(t *testing.T) {
	l, o := start(t, lab.LargeCompany(100))
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if strings.HasSuffix(r.Path, "$value") {
			return &lab.Fault{Status: 503, RetryAfter: "3600"}
		}
		return nil
	})
	s, err := run.Drift(t.Context(), o, &sink{})
	if record.CodeOf(err) != record.GraphThrottled || s.ExitCode != int(record.ExitGraph) {
		t.Errorf("got %v, exit %d", err, s.ExitCode)
	}
}

func TestJournalNamesBothSides(t *testing.T) {
	l, o := start(t, small())
	s, err := run.Sync(t.Context(), o, answer(true), &sink{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(o.StateDir, "journal", s.RunId+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{l.Graph().URL(), l.Directory().LDAPSURL(), `"user":"`, `"host":"`, `"version":"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the journal does not say %s", want)
		}
	}
	if lines := strings.Count(string(text), "\n"); lines != 2+3*int(s.Changes[record.Done]) { // intent, answer and outcome, and the header and the end
		t.Errorf("%d lines for %d changes", lines, s.Changes[record.Done])
	}
	if strings.Contains(string(text), l.Directory().BindPassword()) {
		t.Error("the journal has the password")
	}
}

// One person whose photo breaks the connection every time is a row.
func TestBrokenConnectionOfOnePersonIsARow(t *testing.T) {
	l, o := start(t, small())
	who := small().Cases()[lab.CaseDrifted][0]
	u, _ := small().CloudUser(who)
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if strings.Contains(r.Path, u.ID) && strings.HasSuffix(r.Path, "$value") {
			return &lab.Fault{Drop: true}
		}
		return nil
	})
	out := &sink{}
	s, err := run.Drift(t.Context(), o, out)
	if record.CodeOf(err) != record.GraphConnectionLost || s.ExitCode != int(record.ExitPartial) || s.Statuses[record.Unknown] != 1 || len(out.rows) != len(small().People) {
		t.Errorf("got %v, %+v, %d rows", err, s, len(out.rows))
	}
}

// A cloud that answers nobody ends a run over named people as well.
func TestCloudThatAnswersNoNamedPersonEndsTheRun(t *testing.T) {
	company := lab.LargeCompany(100)
	l, o := start(t, company)
	for _, p := range company.People {
		o.People = append(o.People, run.Named{Name: p.UserPrincipalName})
	}
	l.Graph().Fail(func(lab.FaultRequest) *lab.Fault { return &lab.Fault{Status: 503, RetryAfter: "3600"} })
	s, err := run.Drift(t.Context(), o, &sink{})
	if record.CodeOf(err) != record.GraphThrottled || s.ExitCode != int(record.ExitGraph) {
		t.Errorf("got %v, exit %d", err, s.ExitCode)
	}
}
