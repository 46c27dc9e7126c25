package run_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"photosync/internal/auth"
	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// many is a company that is large enough for shares to mean something.
var many = sync.OnceValue(func() *lab.Company { return lab.LargeCompany(240) })

// brake is something that must stop a run before its first write.
type brake struct {
	company func() *lab.Company // nil: few
	before  func(d *day)        // what happens before the run that is stopped; nil for nothing
	edit    func(*run.Options)
	code    record.Code
	says    []string // in message or remedy
	pass    func(*run.Options)
	writes  int // of the run that is let pass
}

func (b brake) play(t *testing.T) {
	company := b.company
	if company == nil {
		company = few
	}
	d := begin(t, company())
	if b.before != nil {
		b.before(d)
	}
	for name, edit := range map[string]func(*run.Options){"a run": func(*run.Options) {}, "a dry run": dry} {
		r := d.of(func(o run.Options, out *listener) (record.Summary, error) {
			return run.Sync(t.Context(), o, nobody{t}, out)
		}, b.edit, edit)
		if e := record.From(r.err); e == nil || e.Code != b.code || r.summary.ExitCode != int(record.ExitBrake) || r.summary.Outcome != record.OutcomeBraked {
			t.Fatalf("%s: %v, %+v", name, r.err, r.summary)
		}
		text := r.summary.ErrorMessage + "\n" + r.summary.Remedy
		for _, want := range b.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q: %s", name, want, text)
			}
		}
		if len(r.wrote) != 0 {
			t.Errorf("%s: the lab saw %d writes", name, len(r.wrote))
		}
	}
	if r := d.sync(b.edit, b.pass); len(r.wrote) != b.writes {
		t.Errorf("let pass: %d writes, want %d", len(r.wrote), b.writes)
	}
}

// removals makes two orphans that may be removed.
func removals(d *day) {
	d.sync()
	for i := range 2 {
		d.directoryHas(d.one(lab.CaseInSync, i), nil)
	}
	if r := d.sync(orphans); len(r.wrote) > 0 {
		d.Fatal("orphans were removed at first sight")
	}
}

func TestEveryBrake(t *testing.T) {
	limits := func(change, percent, remove, shrink int) func(*run.Options) {
		return func(o *run.Options) {
			o.Limits.MaxChange, o.Limits.MaxChangePercent, o.Limits.MaxRemove, o.Limits.MaxShrinkPercent = change, percent, remove, shrink
		}
	}
	canary := func(upn string) func(*run.Options) { return func(o *run.Options) { o.Canary = upn } }
	leaving := func(d *day) {
		d.sync()
		d.leave(d.all(lab.CaseInSync)[:8]...)
	}
	in, drifted := few().Cases()[lab.CaseInSync][0], few().Cases()[lab.CaseDrifted][0]
	for name, b := range map[string]brake{
		"by number": {edit: limits(4, 10, 0, 30), pass: limits(5, 10, 0, 30), code: record.TooManyChanges, says: []string{" 5 ", "--max-change allows 4"}, writes: 5},
		"by share": {
			company: many, edit: limits(500, 24, 0, 30), pass: limits(500, 25, 0, 30), code: record.TooManyChanges,
			says: []string{"59 of 240", "24.6 %", "--max-change-percent allows 24"}, writes: 59,
		},
		"removals": {
			before: removals, edit: func(o *run.Options) { o.RemoveOrphans, o.Limits.MaxRemove = true, 1 }, pass: orphans, code: record.TooManyRemovals,
			says: []string{"2 photos", "--max-remove allows 1"}, writes: 2,
		},
		"an empty source": {
			edit: func(o *run.Options) { o.Scope.Filter = "(department=There is none)" }, pass: limits(500, 10, 0, 100), code: record.SourceEmpty,
			says: []string{"nobody", "--max-shrink-percent 100"},
		},
		"a smaller source": {
			before: leaving, edit: func(*run.Options) {}, pass: limits(500, 10, 0, 40), code: record.SourceShrunk,
			says: []string{"16 people", "24 people", "--max-shrink-percent allows 30"},
		},
		"a source without photos": {
			before: func(d *day) { d.sync(); d.lab.Directory().SetPhotoOfAll(nil) }, edit: func(*run.Options) {}, pass: limits(500, 10, 0, 100),
			code: record.SourceShrunk, says: []string{"of whom 0 have a photo", "22 photos", "--max-shrink-percent"},
		},
		"an uncertain removal": {
			before: func(d *day) { removals(d); d.lab.Graph().Trouble(d.cloudID(drifted), lab.StoreFault) },
			edit:   orphans, pass: func(o *run.Options) { o.RemoveOrphans = false; o.People = run.Names(in) }, code: record.RemovalsUncertain,
			says: []string{"photos (2)", "read (1)", "--remove-orphans"},
		},
		"the tenant's policy": {
			before: func(d *day) {
				d.lab.Graph().SetPhotoPolicy(lab.PhotoPolicy{Source: "onPremises"})
				d.options.Auth = auth.Settings{Environment: "global", AccessToken: auth.Secret(d.lab.Graph().IssueToken(time.Hour,
					"User.Read.All", "ProfilePhoto.ReadWrite.All", "PeopleSettings.Read.All"))}
			},
			edit: func(*run.Options) {}, pass: func(o *run.Options) { o.IgnorePolicy = true }, code: record.PolicyRefusesWrites,
			says: []string{"on-premises", "--ignore-policy"}, writes: 5,
		},
		"a canary that drifted": {
			edit: canary(drifted), pass: canary(in), code: record.CanaryNotInSync, says: []string{drifted, "Drifted", "--canary"}, writes: 5,
		},
		"a canary who does not exist": {
			edit: canary("nobody@corp.example"), pass: canary(""), code: record.CanaryNotInSync, says: []string{"nobody@corp.example", "UserNotFound", "--canary"}, writes: 5,
		},
	} {
		t.Run(name, b.play)
	}
}

// What holds no run up: the last run of another scope, a policy that cannot be
// read, a few who left.
func TestWhatIsNoBrake(t *testing.T) {
	t.Run("another scope was larger", func(t *testing.T) {
		d := begin(t, few())
		d.sync()
		d.leave(d.all(lab.CaseInSync)[:8]...)
		d.sync(func(o *run.Options) { o.Scope.Filter = "(department=IT)" })
		d.sync(func(o *run.Options) { o.Scope.Base = d.lab.Directory().BaseDN(); o.Scope.Filter = "(objectClass=user)" })
	})
	t.Run("four people left", func(t *testing.T) {
		d := begin(t, few())
		here := func(o *run.Options) { o.Scope.Filter = "(|(department=IT)(department=Legal))" } // 6 people
		d.sync(here)
		var them []string
		for _, p := range d.company.People {
			if p.Department == "IT" || p.Department == "Legal" {
				them = append(them, p.UserPrincipalName)
			}
		}
		d.leave(them[:4]...)
		d.sync(here)
	})
	t.Run("a policy that may not be read", func(t *testing.T) {
		d := begin(t, few(), lab.WithTokens(true))
		d.lab.Graph().SetPhotoPolicy(lab.PhotoPolicy{Source: "onPremises"})
		d.options.Auth = auth.Settings{Environment: "global", AccessToken: auth.Secret(d.lab.Graph().IssueToken(time.Hour, "User.Read.All", "ProfilePhoto.ReadWrite.All"))}
		if r := d.sync(); len(r.wrote) != 5 {
			t.Errorf("%d writes", len(r.wrote))
		}
	})
}

// A pipe of one person trips nothing, whatever is known of whole scopes.
func TestPipeOfOnePersonTripsNoBrake(t *testing.T) {
	d := begin(t, many())
	who := d.one(lab.CaseDrifted, 0)
	d.sync(only, func(o *run.Options) { o.Limits.MaxChangePercent = 100 })
	o := d.options
	d.options = alone(d.options, d.person(who))
	d.options.Limits.MaxChangePercent, d.options.Limits.MaxShrinkPercent = 1, 1
	d.writes(d.sync(), who)

	d.options = o
	d.directoryHas(d.one(lab.CaseInSync, 0), nil)
	r := d.sync(naming(d.one(lab.CaseDrifted, 1)), func(o *run.Options) { o.Limits.MaxChangePercent, o.Limits.MaxShrinkPercent = 1, 1 })
	d.writes(r, d.one(lab.CaseDrifted, 1))
}

// The brakes count what is left of a plan that is cut down to its first changes.
func TestFirst(t *testing.T) {
	d := begin(t, few())
	r := d.sync(func(o *run.Options) { o.First, o.Limits.MaxChange = 2, 2 })
	if len(r.wrote) != 2 || r.summary.Changes[record.Done] != 2 || r.summary.Changes[record.Skipped] != 3 || len(r.changes) != 5 {
		t.Errorf("%d writes, %+v", len(r.wrote), r.changes)
	}
	for _, c := range r.changes {
		if c.Status != record.Done && (c.Status != record.Skipped || c.Reason != record.BeyondFirst || c.Action != record.Upload) {
			t.Errorf("got %+v", c)
		}
	}
	if r := d.try(func(o *run.Options) { o.First, o.Limits.MaxChange = 2, 1 }); record.CodeOf(r.err) != record.TooManyChanges || len(r.wrote) > 0 {
		t.Errorf("%v, %d writes", r.err, len(r.wrote))
	}
	if r := d.sync(func(o *run.Options) { o.First = 10 }); len(r.wrote) != 3 {
		t.Errorf("%d writes of the three that are left", len(r.wrote))
	}
}

// Who is in a group that is left out, also through another group, is not written.
func TestExcludedGroups(t *testing.T) {
	d := begin(t, few())
	direct, nested := d.one(lab.CaseDrifted, 0), d.one(lab.CaseMissingInCloud, 0)
	const inner, outer = "CN=Inner,OU=Groups,DC=corp,DC=example", "CN=Outer,OU=Groups,DC=corp,DC=example"
	if !d.lab.Directory().SetGroup(inner, nested) || !d.lab.Directory().SetGroup(outer, direct, inner, d.one(lab.CaseInSync, 0)) {
		t.Fatal("there are no groups")
	}
	excluding := func(groups ...string) func(*run.Options) { return func(o *run.Options) { o.ExcludeGroups = groups } }
	unknown := d.try(excluding(outer, "CN=None,OU=Groups,DC=corp,DC=example"))
	if record.CodeOf(unknown.err) != record.ExcludedGroupNotFound || unknown.summary.ExitCode != int(record.ExitConfiguration) || len(unknown.wrote) > 0 {
		t.Errorf("%v, %d writes", unknown.err, len(unknown.wrote))
	}
	r := d.sync(excluding(outer), func(o *run.Options) { o.Limits.MaxChange = 3 })
	d.writes(r, d.one(lab.CaseDrifted, 1), d.one(lab.CaseDrifted, 2), d.one(lab.CaseMissingInCloud, 1))
	d.change(r, direct, "None/Skipped/Excluded")
	d.change(r, nested, "None/Skipped/Excluded")
	if len(r.changes) != 5 {
		t.Errorf("got %+v", r.changes)
	}
	// Named people and people who are handed over, too.
	r = d.sync(excluding(outer), naming(direct, nested))
	d.writes(r)
	d.change(r, direct, "None/Skipped/Excluded")
	server := d.options.Directory
	d.options = alone(d.options, d.person(direct))
	d.options.Directory = server
	r = d.sync(excluding(outer))
	d.writes(r)
	d.change(r, direct, "None/Skipped/Excluded")
}
