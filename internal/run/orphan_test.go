package run_test

import (
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"photosync/internal/drift"
	"photosync/internal/journal"
	"photosync/internal/lab"
	"photosync/internal/match"
	"photosync/internal/record"
	"photosync/internal/run"
)

// waiting is the grace of a run that removes orphans only after an hour.
func waiting(o *run.Options) { o.Grace = time.Hour }

// Reported is who once agreed and has no photo any more, is gone or is disabled,
// and nobody else.
func TestWhoIsAnOrphan(t *testing.T) {
	d := begin(t, few())
	noPhoto, left, disabledOne, never := d.one(lab.CaseInSync, 0), d.one(lab.CaseInSync, 1), d.one(lab.CaseInSync, 2), d.one(lab.CaseDrifted, 0)
	neverLeft := d.one(lab.CaseDrifted, 1)
	written := d.one(lab.CaseMissingInCloud, 0)
	d.sync(only, naming(written)) // of whom a named run knows alone
	d.sync(only)
	d.directoryHas(noPhoto, nil)
	d.directoryHas(written, nil)
	d.directoryHas(never, nil)
	d.leave(left, neverLeft)
	d.update(disabledOne, disabled)
	exempt := []int64{4, 16, 32, 2, 8589934592, 17179869184, 34359738368}
	for i, kind := range exempt {
		d.update(d.one(lab.CaseInSync, 3+i), func(p *lab.Person) { disabled(p); p.RecipientTypeDetails = kind })
	}
	r := d.drift(only)
	d.row(r, noPhoto, "MissingOnPremises/OnPremisesRemoved/None/OnPremises")
	d.row(r, written, "MissingOnPremises/OnPremisesRemoved/None/OnPremises")
	d.row(r, left, "MissingOnPremises/PersonGone/None/OnPremises")
	d.row(r, disabledOne, "InSync/Reencoded/None/")
	d.row(r, never, "MissingOnPremises//None/")
	want := []string{noPhoto, written, left, disabledOne}
	var got []string
	for _, row := range r.rows {
		if drift.IsOrphan(row) {
			got = append(got, row.UserPrincipalName)
		}
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("orphans are %v, want %v", got, want)
	}
	if len(r.rows) != len(d.company.People)-1 {
		t.Errorf("%d rows", len(r.rows))
	}
	gone := r.listener.row(t, left)
	if p := d.person(left); gone.DisplayName != p.DisplayName || gone.DistinguishedName != p.DN || gone.CloudId != d.cloudID(left) || gone.CloudETag == "" {
		t.Errorf("the one who is gone: %+v", gone)
	}
	// Nothing is removed unless somebody asks for it.
	for range 2 {
		d.writes(d.sync(only))
	}
}

// An orphan's photo is removed when it was one on two runs at least the grace
// apart, with a backup, and comes back with the person.
func TestOrphansAreRemoved(t *testing.T) {
	d := begin(t, few())
	d.sync()
	noPhoto, left, off := d.one(lab.CaseInSync, 0), d.one(lab.CaseDrifted, 0), d.one(lab.CaseInSync, 2)
	own, ownGone := d.one(lab.CaseInSync, 3), d.one(lab.CaseInSync, 4)
	d.directoryHas(noPhoto, nil)
	d.directoryHas(own, nil)
	d.update(off, disabled)
	d.leave(left, ownGone)
	d.cloudHas(own, d.picture(0))
	d.cloudHas(ownGone, d.picture(1))
	theirs := []string{noPhoto, left, off}
	for _, r := range []ran{d.sync(orphans), d.sync(orphans, waiting)} { // the first is the first sighting, whatever the grace
		d.writes(r)
		for _, upn := range theirs {
			d.change(r, upn, "None/Skipped/WithinGrace")
		}
		d.change(r, own, "None/Skipped/CloudChanged")
		d.change(r, ownGone, "None/Skipped/CloudChanged")
	}
	before := d.lab.Graph().Photos()
	r := d.sync(orphans)
	d.writes(r, theirs...)
	d.change(r, noPhoto, "Remove/Done/OnPremisesRemoved")
	d.change(r, left, "Remove/Done/PersonGone")
	d.change(r, off, "Remove/Done/AccountDisabled")
	d.change(r, own, "None/Skipped/CloudChanged")
	j, err := journal.Read(d.options.StateDir, r.summary.RunId)
	if err != nil || len(j.Writes) != 3 {
		t.Fatalf("%v, %+v", err, j.Writes)
	}
	for _, w := range j.Writes {
		kept, err := journal.Photo(d.options.StateDir, w.BackupSHA256, nil)
		if err != nil || string(kept) != string(before[w.CloudID]) || w.Action != record.Remove || w.Outcome.Status != record.Done {
			t.Errorf("%+v: %v, %d bytes kept", w, err, len(kept))
		}
		if now, _ := d.lab.Graph().Photo(w.CloudID); now != nil {
			t.Errorf("%s has a photo", w.UserPrincipalName)
		}
	}

	// Nobody plays ping-pong, and who comes back gets the photo again.
	for range 2 {
		d.writes(d.sync(orphans))
	}
	rows := d.drift()
	d.row(rows, off, "MissingInCloud/OrphanRemoved/None/")
	d.row(rows, noPhoto, "NoPhoto//None/")
	if slices.ContainsFunc(rows.rows, func(r record.Row) bool { return r.UserPrincipalName == left }) {
		t.Error("who is gone, without a photo, has a row")
	}
	d.update(off, enabled)
	d.directoryHas(noPhoto, d.person(noPhoto).Photo)
	r = d.sync(orphans)
	d.writes(r, off, noPhoto)
	d.change(r, off, "Upload/Done/NeverSynced")
	d.change(r, noPhoto, "Upload/Done/NeverSynced")
	d.writes(d.sync(orphans))
}

// Who is no orphan any more has to be one for the whole grace again.
func TestGraceBeginsAnew(t *testing.T) {
	d := begin(t, few())
	d.sync()
	who := d.one(lab.CaseInSync, 0)
	d.directoryHas(who, nil)
	d.sync(orphans)
	d.directoryHas(who, d.person(who).Photo)
	d.writes(d.sync(orphans))
	d.directoryHas(who, nil)
	r := d.sync(orphans)
	d.writes(r)
	d.change(r, who, "None/Skipped/WithinGrace")
}

// Nor does the grace of a disabled account, which is in sync all the while, begin
// anew with each run.
func TestGraceOfADisabledAccount(t *testing.T) {
	d := begin(t, few())
	d.sync(only)
	who := d.one(lab.CaseInSync, 0)
	d.update(who, disabled)
	d.sync(only)
	since := d.known()[who].OrphanSince
	for range 2 {
		d.sync(only, orphans, waiting)
		if now := d.known()[who].OrphanSince; since.IsZero() || !now.Equal(since) {
			t.Errorf("an orphan since %s, and now since %s", since, now)
		}
	}
}

// The photo of a cloud user who was given to somebody else is nobody's orphan.
func TestUserOfSomebodyElseIsNoOrphan(t *testing.T) {
	d := begin(t, few())
	d.sync()
	here, elsewhere := d.one(lab.CaseInSync, 0), d.one(lab.CaseInSync, 1)
	heir := d.person(d.one(lab.CaseUnmatched, 0))
	d.leave(here, elsewhere)
	anchor := func(upn string, guid [16]byte, sid, now string) {
		if !d.lab.Graph().Update(d.cloudID(upn), func(u *lab.CloudUser) {
			u.ImmutableID, u.SID, u.UserPrincipalName, u.Mail = base64.StdEncoding.EncodeToString(guid[:]), sid, now, now
		}) {
			t.Fatal("there is no such user")
		}
	}
	anchor(here, heir.ObjectGUID, heir.SID, heir.UserPrincipalName)
	anchor(elsewhere, [16]byte{1, 2, 3}, "S-1-5-21-9-9-9-9", "somebody@corp.example") // of another forest
	r := d.drift(only)
	d.row(r, heir.UserPrincipalName, "Drifted/NoBaseline/Review/")
	if slices.ContainsFunc(r.rows, func(r record.Row) bool { return r.UserPrincipalName == here }) {
		t.Error("who is gone has a row for a user who is somebody else's")
	}
	for range 3 {
		for _, w := range d.sync(only, orphans).wrote {
			if w.UserID == d.cloudID(here) {
				t.Error("the photo of somebody else was removed")
			}
		}
	}
	t.Run("in another directory", func(t *testing.T) {
		if slices.ContainsFunc(r.rows, func(r record.Row) bool { return r.UserPrincipalName == elsewhere }) {
			t.Error("who is gone has a row for a user who is somebody else's")
		}
		if now, _ := d.lab.Graph().Photo(d.cloudID(elsewhere)); now == nil {
			t.Error("the photo of somebody else was removed")
		}
	})
}

// Who is gone is looked for in the scope that had them, and in the whole directory.
func TestGonePeopleBelongToTheirScope(t *testing.T) {
	d := begin(t, few())
	department := func(name string) func(*run.Options) {
		return func(o *run.Options) { o.Scope.Filter = "(department=" + name + ")" }
	}
	who := d.one(lab.CaseInSync, 0)
	mine := d.person(who).Department
	d.sync(department(mine))
	d.leave(who)
	sees := func(name string, want bool, edit func(*run.Options)) {
		t.Helper()
		if got := slices.ContainsFunc(d.drift(edit).rows, func(r record.Row) bool { return r.Reason == record.PersonGone }); got != want {
			t.Errorf("%s sees who is gone: %v", name, got)
		}
	}
	sees("the own scope", true, department(mine))
	sees("another scope", false, department("There is none"))
	sees("the whole directory", true, func(*run.Options) {})
	sees("a run over somebody else", false, naming(d.one(lab.CaseInSync, 1)))
	sees("a run over people who were handed over", false, func(o *run.Options) { *o = alone(*o, d.person(d.one(lab.CaseInSync, 1))) })
	for range 3 {
		d.writes(d.sync(only, orphans, naming(d.one(lab.CaseInSync, 1))))
		d.writes(d.sync(only, orphans, func(o *run.Options) { o.Scope.Filter = "(!(department=" + mine + "))" }, func(o *run.Options) { o.First = 0; o.DryRun = true }))
	}
	if now, _ := d.lab.Graph().Photo(d.cloudID(who)); now == nil {
		t.Error("a run over others removed the photo")
	}
}

// A removal that is not seen yet is not made again, and is known once it shows.
func TestPendingRemoval(t *testing.T) {
	clock := &times{}
	d := begin(t, few(), lab.WithVisibilityDelay(time.Hour), lab.WithClock(clock.now))
	d.options.VerifyTimeout = time.Millisecond
	who := d.one(lab.CaseInSync, 0)
	d.sync(only, naming(who))
	d.update(who, disabled)
	d.sync(only, orphans, naming(who))
	r := d.sync(only, orphans, naming(who))
	d.change(r, who, "Remove/Pending/NotVisibleYet")
	d.writes(r, who)
	again := d.sync(only, orphans, naming(who))
	d.change(again, who, "None/Pending/NotVisibleYet")
	d.writes(again)
	clock.pass(2 * time.Hour)
	d.writes(d.sync(only, orphans, naming(who)))
	d.row(d.drift(naming(who)), who, "MissingInCloud/OrphanRemoved/None/")
	if j, err := journal.Read(d.options.StateDir, r.summary.RunId); err != nil || j.Writes[0].Outcome.Status != record.Done {
		t.Errorf("%v, %+v", err, j.Writes)
	}
}

// Two who left, one after the other, and had one cloud user, leave one orphan: the
// later one's, whichever objectGUID sorts first.
func TestTwoWhoLeftOneUser(t *testing.T) {
	for name, first := range map[string]byte{"the later sorts first": 0x00, "the later sorts last": 0xff} {
		t.Run(name, func(t *testing.T) { twoWhoLeft(begin(t, few()), first) })
	}
}

func twoWhoLeft(d *day, first byte) {
	d.sync(only)
	who := d.one(lab.CaseInSync, 0)
	p := d.person(who)
	d.leave(who)
	for i := range 4 { // Active Directory turns the first four bytes around
		p.ObjectGUID[i] = first
	}
	p.ConsistencyGUID = []byte("an anchor of 16b") // which is not the objectGUID
	if !d.lab.Directory().Add(p) || !d.lab.Graph().Update(d.cloudID(who), func(u *lab.CloudUser) {
		u.ImmutableID = base64.StdEncoding.EncodeToString(p.ConsistencyGUID)
	}) {
		d.Fatal("nobody came back")
	}
	d.sync(only)
	d.leave(who)
	rows := 0
	for _, r := range d.drift(only).rows {
		if r.CloudId == d.cloudID(who) {
			rows++
			if r.Reason != record.PersonGone || r.ObjectGuid != match.GUID(p.ObjectGUID).String() {
				d.Errorf("got %+v", r)
			}
		}
	}
	if rows != 1 {
		d.Errorf("%d rows for one cloud user", rows)
	}
	d.sync(only, orphans)
	file, lines := d.planned(only, orphans)
	if len(lines) != 2 {
		d.Errorf("got %s", lines)
	}
	d.sync(only, orphans, carrying(file))
	if now, _ := d.lab.Graph().Photo(d.cloudID(who)); now != nil {
		d.Error("the orphan is there")
	}
}
