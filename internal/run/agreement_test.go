package run_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/auth"
	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
	"photosync/internal/state"
)

// A first sync agrees with whom it finds in sync and whom it writes, and the
// second has nothing to do.
func TestAgreementsOfAFirstSync(t *testing.T) {
	d := begin(t, few())
	first := d.sync()
	written := d.all(lab.CaseDrifted, lab.CaseMissingInCloud)
	d.writes(first, written...)
	known := d.known()
	if diff := cmp.Diff(map[state.Kind]int{state.Seen: 16, state.Written: 5}, kinds(known)); diff != "" {
		t.Error(diff)
	}
	for upn, k := range known {
		if _, etag := d.lab.Graph().Photo(d.cloudID(upn)); k.Agreement.CloudETag != etag || k.Pending != nil {
			t.Errorf("%s: %+v, the cloud has %s", upn, k.Agreement, etag)
		}
	}
	for range 2 { // the first of which sees what was written, and compares it
		known = d.known()
		again := d.sync()
		if d.writes(again); len(again.changes) > 0 {
			t.Errorf("the next sync says %+v", again.changes)
		}
	}
	if diff := cmp.Diff(known, d.known()); diff != "" {
		t.Errorf("the next sync agreed on something else: %s", diff)
	}
}

// moves changes one or both sides of people who agreed, seen in sync and written.
type moves struct{ ad, cloud, both, removed, removedToo []string }

func move(d *day) moves {
	who := func(i int) []string { return []string{d.one(lab.CaseInSync, i), d.one(lab.CaseDrifted, min(i, 2))} }
	m := moves{ad: who(0), cloud: who(1), both: who(2), removed: d.all(lab.CaseMissingInCloud)[:1], removedToo: []string{d.one(lab.CaseInSync, 3)}}
	for i, upn := range m.ad {
		d.directoryHas(upn, d.picture(i))
	}
	for i, upn := range m.cloud {
		d.cloudHas(upn, d.picture(i))
	}
	for i, upn := range m.both {
		d.directoryHas(upn, d.picture(i))
		d.cloudHas(upn, d.picture(i+2))
	}
	for _, upn := range append(m.removed, m.removedToo...) {
		d.cloudHas(upn, nil)
	}
	d.directoryHas(m.removedToo[0], d.picture(4))
	return m
}

// rows looks at the rows of everybody who moved, nothing decided.
func (m moves) rows(d *day, r ran) {
	d.Helper()
	for _, upn := range m.ad {
		d.row(r, upn, "Drifted/OnPremisesChanged/Upload/OnPremises")
	}
	for _, upn := range m.cloud {
		d.row(r, upn, "Drifted/CloudChanged/None/Cloud")
	}
	for _, upn := range m.both {
		d.row(r, upn, "Drifted/BothChanged/None/Both")
	}
	d.row(r, m.removed[0], "MissingInCloud/CloudRemoved/Review/Cloud")
	d.row(r, m.removedToo[0], "MissingInCloud/CloudRemoved/Review/Both")
}

// With an agreement a run knows which side changed, and what somebody chose is
// left alone unless --on-conflict says otherwise.
func TestConflicts(t *testing.T) {
	for _, c := range []record.OnConflict{"", record.ConflictSkip, record.ConflictAD, record.ConflictCloud} {
		t.Run("on conflict "+string(c), func(t *testing.T) {
			d := begin(t, few())
			d.sync()
			m := move(d)
			before := d.known()
			m.rows(d, d.drift())
			d.drift(onConflict(c))
			if p := d.preview(onConflict(c)); len(p.changes) != 8 {
				t.Errorf("the dry run says %+v", p.changes)
			}
			if diff := cmp.Diff(before, d.known()); diff != "" {
				t.Errorf("a report or a dry run kept something: %s", diff)
			}
			r := d.sync(onConflict(c))
			for _, upn := range m.ad {
				d.change(r, upn, "Upload/Done/OnPremisesChanged")
			}
			kept := [][]string{m.cloud, m.both, m.removed, m.removedToo}
			reasons := []string{"CloudChanged", "BothChanged", "CloudRemoved", "CloudRemoved"}
			switch c {
			case record.ConflictAD:
				d.writes(r, slicesOf(m.ad, m.cloud, m.both, m.removed, m.removedToo)...)
				for i, upns := range kept {
					for _, upn := range upns {
						if end := d.change(r, upn, "Upload/Done/"+reasons[i]); (end.BackupSha256 != "") != (end.ETagBefore != "") {
							t.Errorf("the backup of %s is %q", upn, end.BackupSha256)
						}
					}
				}
			case record.ConflictCloud:
				d.writes(r, m.ad...)
				for _, upn := range slicesOf(kept...) {
					d.change(r, upn, "None/Skipped/Accepted")
				}
				accepted(d, m)
				return
			default:
				d.writes(r, m.ad...)
				for i, upns := range kept {
					for _, upn := range upns {
						action := "None"
						if reasons[i] == "CloudRemoved" {
							action = "Review"
						}
						d.change(r, upn, action+"/Skipped/"+reasons[i])
					}
				}
			}
			if again := d.sync(onConflict(c)); len(again.wrote) > 0 {
				t.Errorf("the next sync wrote %+v", again.changes)
			}
		})
	}
}

func slicesOf(some ...[]string) (all []string) {
	for _, s := range some {
		all = append(all, s...)
	}
	return all
}

// accepted looks that what was accepted stays so until a side moves again.
func accepted(d *day, m moves) {
	d.Helper()
	people := slicesOf(m.cloud, m.both, m.removed, m.removedToo)
	for _, c := range []record.OnConflict{"", record.ConflictAD} {
		r := d.sync(onConflict(c))
		if d.writes(r); len(r.changes) > 0 {
			d.Errorf("what was accepted is not: %+v", r.changes)
		}
		rows := d.drift(onConflict(c))
		for _, upn := range people {
			d.row(rows, upn, "InSync/Accepted/None/")
		}
	}
	d.directoryHas(m.cloud[0], d.picture(5))
	d.cloudHas(m.cloud[1], d.picture(6))
	d.directoryHas(m.removed[0], d.picture(6))
	r := d.sync()
	d.change(r, m.cloud[0], "Upload/Done/OnPremisesChanged")
	d.change(r, m.cloud[1], "None/Skipped/CloudChanged")
	d.change(r, m.removed[0], "Upload/Done/OnPremisesChanged")
	d.writes(r, m.cloud[0], m.removed[0])
	if len(r.changes) != 3 {
		d.Errorf("got %+v", r.changes)
	}
}

// The same picture in other bytes and under another etag is no change.
func TestReencodedPhotoIsNoChange(t *testing.T) {
	d := begin(t, few())
	d.sync()
	seen, written := d.one(lab.CaseInSync, 0), d.one(lab.CaseDrifted, 0)
	for _, upn := range []string{seen, written} {
		_, before := d.lab.Graph().Photo(d.cloudID(upn))
		d.cloudHas(upn, scaled(t, d.person(upn).Photo, 88))
		if _, etag := d.lab.Graph().Photo(d.cloudID(upn)); etag == before {
			t.Fatal("the etag is the same")
		}
	}
	if r := d.sync(); len(r.changes)+len(r.wrote) > 0 {
		t.Errorf("got %+v", r.changes)
	}
	for _, upn := range []string{seen, written} {
		if _, etag := d.lab.Graph().Photo(d.cloudID(upn)); d.known()[upn].Agreement.CloudETag != etag {
			t.Errorf("the agreement of %s is about another photo", upn)
		}
		d.directoryHas(upn, d.picture(0))
		d.row(d.drift(), upn, "Drifted/OnPremisesChanged/Upload/OnPremises")
	}
}

// Who is renamed keeps the history.
func TestRenamedPersonKeepsTheHistory(t *testing.T) {
	d := begin(t, few())
	d.sync()
	mine, theirs := d.one(lab.CaseInSync, 0), d.one(lab.CaseInSync, 1)
	for i, upn := range []string{mine, theirs} {
		now := "new." + upn
		d.update(upn, func(p *lab.Person) { p.UserPrincipalName, p.Mail, p.SamAccountName = now, now, "new"+p.SamAccountName })
		if i == 0 {
			d.directoryHas(now, d.picture(i))
		} else {
			d.cloudHas(upn, d.picture(i))
		}
	}
	r := d.drift()
	d.row(r, "new."+mine, "Drifted/OnPremisesChanged/Upload/OnPremises")
	d.row(r, "new."+theirs, "Drifted/CloudChanged/None/Cloud")
	r = d.sync()
	d.writes(r, mine)
	d.change(r, "new."+theirs, "None/Skipped/CloudChanged")
}

// Who comes back as another object inherits nothing, with the old cloud user or a
// new one, and whoever it was is not gone.
func TestRehireInheritsNothing(t *testing.T) {
	for name, anew := range map[string]bool{"re-anchored": false, "a new cloud user": true} {
		t.Run(name, func(t *testing.T) {
			d := begin(t, few())
			d.sync()
			who := d.one(lab.CaseDrifted, 0) // whose agreement is one that was written
			p := d.person(who)
			u, _ := d.company.CloudUser(who)
			d.leave(who)
			p.ObjectGUID[3], p.ObjectGUID[9] = ^p.ObjectGUID[3], ^p.ObjectGUID[9]
			p.ConsistencyGUID, p.SID, p.Photo = nil, p.SID+"77", d.picture(0)
			if !d.lab.Directory().Add(p) {
				t.Fatal("nobody came")
			}
			anchor := base64.StdEncoding.EncodeToString(p.ObjectGUID[:])
			want := "Drifted/NoBaseline/Review/"
			if anew {
				if !d.lab.Graph().RemoveUser(u.ID) {
					t.Fatal("there is no cloud user")
				}
				u.ID, u.ImmutableID, u.SID, u.Photo = "99999999-1111-2222-3333-444444444444", anchor, p.SID, nil
				if !d.lab.Graph().AddUser(u) {
					t.Fatal("there is no new cloud user")
				}
				want = "MissingInCloud/NeverSynced/Upload/"
			} else if !d.lab.Graph().Update(u.ID, func(u *lab.CloudUser) { u.ImmutableID, u.SID = anchor, p.SID }) {
				t.Fatal("there is no cloud user")
			}
			r := d.drift(only)
			d.row(r, who, want)
			if len(r.rows) != len(d.company.People) {
				t.Errorf("%d rows", len(r.rows))
			}
			if done := d.sync(only); len(done.wrote) != int(done.summary.Changes[record.Done]) || anew != (len(done.wrote) == 1) {
				t.Errorf("%d writes, %+v", len(done.wrote), done.changes)
			}
		})
	}
}

// Two tenants, and two roots of Microsoft Graph, in one folder do not mix.
func TestTenantsDoNotMixAgreements(t *testing.T) {
	d := begin(t, few())
	signedIn := func(tenant string) func(*run.Options) {
		return func(o *run.Options) {
			o.Auth = auth.Settings{Environment: "global", AccessToken: auth.Secret(d.lab.Graph().IssueTokenFor(lab.TokenSpec{
				TTL: time.Hour, Roles: []string{"User.Read.All", "ProfilePhoto.ReadWrite.All"}, Tenant: tenant,
			}))}
		}
	}
	other := begin(t, few())
	other.options.StateDir = d.options.StateDir
	d.sync(signedIn(""))
	who := d.one(lab.CaseInSync, 0)
	for _, d := range []*day{d, other} {
		d.cloudHas(who, d.picture(0))
	}
	d.row(d.drift(only, signedIn("")), who, "Drifted/CloudChanged/None/Cloud")
	d.row(d.drift(only, signedIn("99999999-0000-0000-0000-000000000000")), who, "Drifted/NoBaseline/Review/")
	other.row(other.drift(only), who, "Drifted/NoBaseline/Review/")
	// What the other agrees on is the other's, too.
	if r := other.sync(); len(r.wrote) != 6 {
		t.Errorf("%d writes", len(r.wrote))
	}
	d.row(d.drift(only, signedIn("")), who, "Drifted/CloudChanged/None/Cloud")
}

// The same picture with more detail in the cloud stays, unless somebody says
// otherwise, and then it is replaced once.
func TestDowngradeIsMadeOnce(t *testing.T) {
	d := begin(t, small())
	who := d.one(lab.CaseCloudBetter, 0)
	allow := func(o *run.Options) { o.AllowDowngrade = true }
	d.writes(d.sync(naming(who)))
	d.writes(d.preview(naming(who), allow))
	r := d.sync(naming(who), allow)
	d.writes(r, who)
	if c := d.change(r, who, "Upload/Done/CloudBetter"); c.BackupSha256 == "" {
		t.Error("there is no backup")
	}
	d.writes(d.sync(naming(who), allow))
	// What somebody puts there after it is not replaced unasked.
	d.cloudHas(who, d.picture(0))
	d.change(d.sync(naming(who), allow), who, "None/Skipped/CloudChanged")
}
