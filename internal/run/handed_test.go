package run_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/directory"
	"photosync/internal/lab"
	"photosync/internal/match"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// handOver gives a person as Get-ADUser -Properties * would.
func handOver(p lab.Person) run.Named {
	anchor := p.ConsistencyGUID
	if anchor == nil {
		anchor = []byte{}
	}
	return run.Named{Handed: &directory.Object{
		ObjectGUID: match.GUID(p.ObjectGUID).String(), SID: p.SID, DN: p.DN, UserPrincipalName: p.UserPrincipalName, Mail: p.Mail,
		SamAccountName: p.SamAccountName, DisplayName: p.DisplayName, ConsistencyGUID: anchor,
		AccountControl: p.UserAccountControl, RecipientType: p.RecipientTypeDetails, Photo: p.Photo,
	}}
}

// alone takes the directory away from the options.
func alone(o run.Options, people ...lab.Person) run.Options {
	o.Directory = directory.Settings{}
	o.People = nil
	for _, p := range people {
		o.People = append(o.People, handOver(p))
	}
	return o
}

// People who come with their photos get the rows that the directory's would,
// and no directory is asked; whether they are few or many.
func TestHandedOverPeopleNeedNoDirectory(t *testing.T) {
	for name, company := range map[string]*lab.Company{"few": small(), "many": lab.LargeCompany(150)} {
		t.Run(name, func(t *testing.T) {
			_, o := start(t, company)
			want, got := &sink{}, &sink{}
			if _, err := run.Drift(t.Context(), o, want); err != nil {
				t.Fatal(err)
			}
			s, err := run.Drift(t.Context(), alone(o, company.People...), got)
			if err != nil {
				t.Fatal(err)
			}
			if many := len(company.People) >= 100; many != (s.Requests.Roster < 5) {
				t.Errorf("%d roster requests for %d people", s.Requests.Roster, len(company.People))
			}
			rows := func(all []record.Row) map[string]record.Row {
				m := make(map[string]record.Row)
				for _, r := range all {
					m[r.ObjectGuid] = r
				}
				return m
			}
			if diff := cmp.Diff(rows(want.rows), rows(got.rows)); diff != "" {
				t.Errorf("(-directory +handed over)\n%s", diff)
			}
		})
	}
}

func TestSyncOfHandedOverPeople(t *testing.T) {
	company := small()
	l, o := start(t, company)
	who := company.Cases()[lab.CaseDrifted][0]
	person, _ := company.Person(who)
	o = alone(o, person, person) // twice is once
	o.Baseline = record.BaselineAD
	out := &sink{}
	if s, err := run.Sync(t.Context(), o, answer(true), out); err != nil || s.Changes[record.Done] != 1 || l.Graph().Writes() != 1 {
		t.Fatalf("%v, %+v, %d writes", err, s.Changes, l.Graph().Writes())
	}
	if c := out.changes[0]; c.Status != record.Done || c.BackupSha256 == "" || c.ObjectGuid != match.GUID(person.ObjectGUID).String() {
		t.Errorf("got %+v", c)
	}
	again := &sink{}
	if _, err := run.Drift(t.Context(), alone(o, person), again); err != nil || again.rows[0].Status != record.InSync {
		t.Errorf("after the sync: %v, %+v", err, again.rows)
	}
}

// An object without mS-DS-ConsistencyGuid in it says nothing about it: its
// objectGUID cannot contradict the cloud's anchor.
func TestUnreadAnchorContradictsNothing(t *testing.T) {
	company := small()
	_, o := start(t, company)
	person, _ := company.Person(company.Cases()[lab.CaseConsistencyGUID][0])
	o = alone(o, person)
	for name, c := range map[string]struct {
		anchor []byte
		status record.Status
		by     record.MatchKey
	}{
		"not read": {nil, record.InSync, record.BySID},
		"unset":    {[]byte{}, record.Ambiguous, record.BySID},
		"read":     {person.ConsistencyGUID, record.InSync, record.ByImmutableID},
	} {
		o.People[0].Handed.ConsistencyGUID, o.People[0].Handed.Photo = c.anchor, person.Photo
		out := &sink{}
		if _, err := run.Drift(t.Context(), o, out); err != nil {
			t.Fatal(err)
		}
		if r := out.rows[0]; (r.Status == record.Ambiguous) != (c.status == record.Ambiguous) || r.MatchedBy != c.by {
			t.Errorf("%s: got %s by %s", name, r.Status, r.MatchedBy)
		}
	}
}

func TestHandedOverPeopleWhoNameOneCloudUser(t *testing.T) {
	company := small()
	_, o := start(t, company)
	var pair []lab.Person
	for _, upn := range company.Cases()[lab.CaseTwoPeople] {
		p, _ := company.Person(upn)
		pair = append(pair, p)
	}
	out := &sink{}
	if _, err := run.Drift(t.Context(), alone(o, pair...), out); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.rows {
		if r.Reason != record.TwoPeople {
			t.Errorf("%s: %s/%s", r.UserPrincipalName, r.Status, r.Reason)
		}
	}
	if len(out.rows) != len(pair) || len(pair) < 2 {
		t.Errorf("%d rows for %d people", len(out.rows), len(pair))
	}
}

func TestObjectThatNamesNobody(t *testing.T) {
	_, o := start(t, small())
	for name, object := range map[string]directory.Object{
		"nothing":      {},
		"blank":        {UserPrincipalName: "  "},
		"bad GUID":     {UserPrincipalName: "a@corp.example", ObjectGUID: "17"},
		"bad SID":      {UserPrincipalName: "a@corp.example", SID: "S-1-x"},
		"control text": {UserPrincipalName: "a@corp.example\x00"},
	} {
		o := alone(o)
		o.People = []run.Named{{Handed: &object}}
		out := &sink{}
		if _, err := run.Drift(t.Context(), o, out); record.CodeOf(err) != record.IdentityInvalid || len(out.rows) != 1 {
			t.Errorf("%s: %v, %d rows", name, err, len(out.rows))
		}
	}
}

func TestNamesNeedADirectory(t *testing.T) {
	_, o := start(t, small())
	o = alone(o)
	o.People = run.Names("anna")
	if _, err := run.Drift(t.Context(), o, &sink{}); record.CodeOf(err) != record.ServerMissing {
		t.Errorf("got %v", err)
	}
	o.People = nil
	if _, err := run.Drift(t.Context(), o, &sink{}); record.CodeOf(err) != record.ServerMissing {
		t.Errorf("the whole scope: got %v", err)
	}
}

func TestPeopleNamedByTheirCloudUser(t *testing.T) {
	company := small()
	_, o := start(t, company)
	upn := company.Cases()[lab.CaseDrifted][0]
	u, _ := company.CloudUser(upn)
	o.People = []run.Named{{CloudID: u.ID}, {CloudID: "00000000-0000-0000-0000-000000000000"}}
	guest := slices.IndexFunc(company.CloudUsers, func(u lab.CloudUser) bool { return u.UserType == "Guest" })
	o.People = append(o.People, run.Named{CloudID: company.CloudUsers[guest].ID})
	out := &sink{}
	s, err := run.Drift(t.Context(), o, out)
	if err == nil || len(out.rows) != len(o.People) {
		t.Fatalf("%v, %d rows", err, len(out.rows))
	}
	if r := out.rows[0]; r.UserPrincipalName != upn || r.Status != record.Drifted || r.CloudId != u.ID {
		t.Errorf("got %+v", r)
	}
	if r := out.rows[1]; r.ErrorCode != record.CloudUserNotFound {
		t.Errorf("got %+v", r)
	}
	if r := out.rows[2]; r.ErrorCode != record.UserNotFound || r.CloudId != company.CloudUsers[guest].ID {
		t.Errorf("got %+v", r)
	}
	if s.Statuses[record.Drifted] != 1 {
		t.Errorf("got %+v", s.Statuses)
	}
}

// What somebody decided on is a precondition: when a side has moved since,
// nothing is written.
func TestDecidedRowsThatMoved(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseDrifted][0]
	l, o := start(t, company)
	o.People, o.Baseline = run.Names(who), record.BaselineAD
	rows := &sink{}
	if _, err := run.Drift(t.Context(), o, rows); err != nil {
		t.Fatal(err)
	}
	r := rows.rows[0]
	same := run.Seen{Status: r.Status, CloudID: r.CloudId, OnPremisesSHA256: r.OnPremisesSha256, CloudETag: r.CloudETag}
	for name, change := range map[string]func(*run.Seen){
		"the directory moved":  func(s *run.Seen) { s.OnPremisesSHA256 = "another" },
		"the cloud moved":      func(s *run.Seen) { s.CloudETag = "another" },
		"there was no photo":   func(s *run.Seen) { s.CloudETag = "" },
		"it was somebody else": func(s *run.Seen) { s.CloudID = "another" },
		"it was ambiguous":     func(s *run.Seen) { s.Status = record.Ambiguous },
		"it was not read":      func(s *run.Seen) { s.Status = record.Unknown },
	} {
		seen := same
		change(&seen)
		o.People = []run.Named{{Name: r.ObjectGuid, Seen: &seen}}
		out := &sink{}
		s, err := run.Sync(t.Context(), o, nobody{t}, out)
		if err != nil || s.Changes[record.Skipped] != 1 || out.changes[0].Reason != record.ChangedMeanwhile || l.Graph().Writes() != 0 {
			t.Errorf("%s: %v, %+v", name, err, out.changes)
		}
	}
	o.People = []run.Named{{Name: r.ObjectGuid, Seen: &same}}
	accepting := o
	accepting.Baseline, accepting.StateDir = record.BaselineCloud, t.TempDir() // what is accepted stays so
	if s, err := run.Sync(t.Context(), accepting, nobody{t}, &sink{}); err != nil || s.Changes[record.Skipped] != 1 {
		t.Errorf("accepted as it is: %v, %+v", err, s.Changes)
	}
	stale := same
	stale.CloudETag = "another"
	for name, people := range map[string][]run.Named{
		"by the row first":  {{Name: r.ObjectGuid, Seen: &stale}, {Name: who}},
		"by the name first": {{Name: who}, {Name: r.ObjectGuid, Seen: &stale}},
	} {
		twice := o
		twice.People, twice.Baseline, twice.DryRun = people, record.BaselineAD, true
		out := &sink{}
		if _, err := run.Sync(t.Context(), twice, nobody{t}, out); err != nil || len(out.changes) != 1 || out.changes[0].Reason != record.ChangedMeanwhile {
			t.Errorf("%s: %v, %+v", name, err, out.changes)
		}
	}
	if s, err := run.Sync(t.Context(), o, answer(true), &sink{}); err != nil || s.Changes[record.Done] != 1 {
		t.Errorf("nothing moved: %v, %+v", err, s.Changes)
	}
	late := &sink{} // done by somebody already: what was decided on is no more
	if s, err := run.Sync(t.Context(), o, nobody{t}, late); err != nil || s.Changes[record.Skipped] != 1 || late.changes[0].Reason != record.ChangedMeanwhile {
		t.Errorf("done before: %v, %+v", err, s.Changes)
	}
}

// A cloud user who carries somebody's mail address is not therefore that
// person's: the person has a user of the own.
func TestACloudUserOfNobody(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseDrifted][0]
	person, _ := company.Person(who)
	admin := lab.CloudUser{
		ID: "11111111-2222-3333-4444-555555555555", UserPrincipalName: "admin@corp.onmicrosoft.example", Mail: person.Mail, UserType: "Member", AccountEnabled: true,
	}
	more := *company
	more.CloudUsers = append(slices.Clone(company.CloudUsers), admin)
	l, o := start(t, &more)
	o.People, o.Baseline = []run.Named{{CloudID: admin.ID}}, record.BaselineAD
	out := &sink{}
	_, err := run.Sync(t.Context(), o, nobody{t}, out)
	if record.CodeOf(err) != record.UserNotFound || l.Graph().Writes() != 0 || out.changes[0].CloudId != admin.ID || out.changes[0].UserPrincipalName != "" {
		t.Errorf("got %v, %+v, %d writes", err, out.changes, l.Graph().Writes())
	}
}

// An object with another objectGUID, which says nothing of the anchor and has
// no SID, is a rehire or a second forest as far as anybody can tell.
func TestUnreadAnchorAndNoSID(t *testing.T) {
	company := small()
	person, _ := company.Person(company.Cases()[lab.CaseDrifted][0])
	l, o := start(t, company)
	o = alone(o, person)
	o.Baseline = record.BaselineAD
	o.People[0].Handed.ObjectGUID, o.People[0].Handed.SID, o.People[0].Handed.ConsistencyGUID = "11111111-2222-3333-4444-555555555555", "", nil
	out := &sink{}
	if _, err := run.Sync(t.Context(), o, nobody{t}, out); err != nil || l.Graph().Writes() != 0 || out.changes[0].Reason != record.AnchorMismatch {
		t.Errorf("got %v, %+v", err, out.changes)
	}
}

// With a directory at hand it is asked who else names a cloud user, also when
// most people were handed over.
func TestManyHandedOverAndOneNamed(t *testing.T) {
	company := lab.LargeCompany(150)
	_, o := start(t, company)
	named := company.People[0]
	full := o
	o = alone(o, company.People[1:]...)
	o.Directory = full.Directory
	twin := handOver(named)
	twin.Handed.ObjectGUID, twin.Handed.ConsistencyGUID = "11111111-2222-3333-4444-555555555555", nil
	o.People = append(o.People, run.Named{Name: named.UserPrincipalName}, twin)
	out := &sink{}
	if _, err := run.Drift(t.Context(), o, out); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.rows {
		if r.UserPrincipalName == named.UserPrincipalName && r.Status != record.Ambiguous {
			t.Errorf("%s %s: %s/%s", r.UserPrincipalName, r.ObjectGuid, r.Status, r.Reason)
		}
	}
}

// some approves every other change.
type some struct{}

func (some) Approve(_ context.Context, p *plan.Plan) ([]bool, error) {
	yes := p.Approved()
	for i := 1; i < len(yes); i += 2 {
		yes[i] = false
	}
	return yes, nil
}

func TestAnswersForSingleChanges(t *testing.T) {
	l, o := start(t, small())
	out := &sink{}
	s, err := run.Sync(t.Context(), o, some{}, out)
	if err != nil || s.Outcome != record.OutcomeOk {
		t.Fatal(err, s.Outcome)
	}
	declined := 0
	for _, c := range out.changes {
		if c.Reason == record.Declined {
			declined++
			if c.Status != record.Skipped || c.RequestId != "" {
				t.Errorf("got %+v", c)
			}
		}
	}
	done := s.Changes[record.Done] + s.Changes[record.Pending] + s.Changes[record.Failed]
	if declined == 0 || done == 0 || l.Graph().Writes() != int(done) {
		t.Errorf("%d declined, %d carried out, %d writes", declined, done, l.Graph().Writes())
	}
}
