package drift_test

import (
	"testing"
	"time"

	"photosync/internal/drift"
	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
)

func agreed(kind drift.AgreementKind, etag string) drift.Past {
	return drift.Past{Agreement: &drift.Agreement{Kind: kind, OnPremisesSHA256: "aa", CloudID: "c1", CloudETag: etag}}
}

func TestGrace(t *testing.T) {
	for name, c := range map[string]struct {
		since time.Time
		grace time.Duration
		want  record.Action
	}{
		"never seen before":           {time.Time{}, grace, record.None},
		"never seen, no grace":        {time.Time{}, 0, record.None},
		"seen this moment, no grace":  {today, 0, record.Remove},
		"seen this moment":            {today, grace, record.None},
		"a moment short":              {today.Add(time.Nanosecond - grace), grace, record.None},
		"for as long as the grace":    {today.Add(-grace), grace, record.Remove},
		"seen in the future":          {today.Add(time.Hour), 0, record.None},
		"seen in the future, below 0": {today.Add(time.Hour), -grace, record.None},
	} {
		f := drift.Facts{Match: found, Cloud: inCloud, Past: agreed(drift.Written, "e1")}
		f.Past.OrphanSince = c.since
		p := drift.Policy{RemoveOrphans: true, Grace: c.grace, Now: today}
		if got := drift.Judge(f, p).Action; got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestAccountsThatAreDisabledByDesign(t *testing.T) {
	f := drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Same, 0), Past: agreed(drift.Seen, "e1")}
	f.Past.OrphanSince = today.Add(-grace)
	p := drift.Policy{RemoveOrphans: true, Grace: grace, Now: today}
	for _, c := range []struct {
		kind     int64
		findings string
		want     record.Action
	}{
		{0, "DisabledAccount,Orphan", record.Remove},
		{1, "DisabledAccount,MailboxOnPremises,Orphan", record.Remove},
		{2147483648, "DisabledAccount,Orphan", record.Remove}, // a remote user's mailbox
		{2, "DisabledAccount", record.None},
		{4, "SharedMailbox,MailboxOnPremises", record.None},
		{16, "SharedMailbox,MailboxOnPremises", record.None},
		{32, "SharedMailbox,MailboxOnPremises", record.None},
		{8589934592, "SharedMailbox", record.None},
		{17179869184, "SharedMailbox", record.None},
		{34359738368, "SharedMailbox", record.None},
	} {
		f.Person = match.Person{AccountControl: disabledUser, RecipientType: c.kind}
		if r := drift.Judge(f, p); r.Action != c.want || r.Findings != c.findings {
			t.Errorf("%d: got %s, findings %q", c.kind, told(r), r.Findings)
		}
		f.Person.AccountControl = 0x200
		if r := drift.Judge(f, p); r.Action != record.None || drift.IsOrphan(r) {
			t.Errorf("%d, enabled: got %s, findings %q", c.kind, told(r), r.Findings)
		}
	}
}

func TestIsOrphan(t *testing.T) {
	for findings, want := range map[string]bool{"": false, "Orphan": true, "DisabledAccount,Orphan": true, "OrphanOfOldTime": false, "DisabledAccount": false} {
		if got := drift.IsOrphan(record.Row{Findings: findings}); got != want {
			t.Errorf("%q: got %v", findings, got)
		}
	}
}

// A cloud photo without an etag is never known to be the one of before.
func TestPhotoWithoutETagIsNeverOurs(t *testing.T) {
	bare := inCloud
	bare.ETag = ""
	old := today.Add(-grace)
	p := drift.Policy{RemoveOrphans: true, Now: today}
	for name, c := range map[string]struct {
		facts drift.Facts
		want  string
	}{
		"accepted that there is none": {drift.Facts{Match: found, OnPremises: onPrem, Cloud: bare, Comparison: compared(photo.Different, 0.6), Past: agreed(drift.Accepted, "")}, "Drifted/CloudChanged/None/Cloud"},
		"written":                     {drift.Facts{Match: found, OnPremises: onPrem, Cloud: bare, Comparison: compared(photo.Different, 0.6), Past: agreed(drift.Written, "e1")}, "Drifted/CloudChanged/None/Cloud"},
		"an orphan":                   {drift.Facts{Match: found, Cloud: bare, Past: agreed(drift.Written, "e1")}, "MissingOnPremises/OnPremisesRemoved/None/Both"},
	} {
		c.facts.Past.OrphanSince = old
		if got := told(drift.Judge(c.facts, p)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// Of people who were handed over nobody is an orphan: that an object has no photo,
// or no recipient type, says nothing of the directory.
func TestHandedPeopleAreNoOrphans(t *testing.T) {
	for name, f := range map[string]drift.Facts{
		"without a photo": {Match: found, Cloud: inCloud, Past: agreed(drift.Seen, "e1")},
		"disabled": {Person: match.Person{AccountControl: disabledUser}, Match: found, OnPremises: onPrem, Cloud: inCloud,
			Comparison: compared(photo.Same, 0), Past: agreed(drift.Seen, "e1")},
	} {
		f.Past.OrphanSince = today.Add(-2 * grace)
		p := drift.Policy{RemoveOrphans: true, Grace: grace, Now: today}
		if r := drift.Judge(f, p); !drift.IsOrphan(r) || r.Action != record.Remove {
			t.Errorf("%s, not handed over: %+v", name, r)
		}
		f.Handed = true
		if r := drift.Judge(f, p); drift.IsOrphan(r) || r.Action != record.None {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
