package run_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"photosync/internal/auth"
	"photosync/internal/directory"
	"photosync/internal/lab"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// planned makes a plan in a dry run, and gives the file and its lines.
func (d *day) planned(edit ...func(*run.Options)) (file string, lines []string) {
	d.Helper()
	file = filepath.Join(d.TempDir(), "plan.jsonl")
	d.preview(append(edit, func(o *run.Options) { o.PlanFile = file })...)
	return file, linesOf(d, file)
}

func linesOf(d *day, file string) []string {
	d.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		d.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func (d *day) rewrite(file string, lines []string) {
	d.Helper()
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		d.Fatal(err)
	}
}

func carrying(file string) func(*run.Options) { return func(o *run.Options) { o.PlanFile = file } }

// A plan is carried out as it is: who drifted since is not touched, whose line was
// deleted neither, and of whom a side moved since is told.
func TestPlanIsCarriedOut(t *testing.T) {
	d := begin(t, few())
	file, lines := d.planned()
	if len(lines) != 6 || !strings.Contains(lines[0], `"Uploads":5`) {
		t.Fatalf("the plan has %d lines, %s", len(lines), lines[0])
	}
	at := func(upn string) int {
		return slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, `"UserPrincipalName":"`+upn+`"`) })
	}
	since, deleted := d.one(lab.CaseInSync, 0), d.one(lab.CaseDrifted, 0)
	adMoved, cloudMoved, missing := d.one(lab.CaseDrifted, 1), d.one(lab.CaseDrifted, 2), d.all(lab.CaseMissingInCloud)
	d.directoryHas(since, d.picture(0))
	d.directoryHas(adMoved, d.picture(1))
	d.cloudHas(cloudMoved, d.picture(2))
	d.rewrite(file, slices.Delete(lines, at(deleted), at(deleted)+1))

	r := d.sync(carrying(file))
	d.writes(r, missing...)
	d.change(r, missing[0], "Upload/Done/NeverSynced")
	d.change(r, adMoved, "Upload/Skipped/ChangedMeanwhile")
	d.change(r, cloudMoved, "Upload/Skipped/ChangedMeanwhile")
	d.untold(r, since, deleted)
	if len(r.changes) != 4 || r.summary.People != 4 {
		t.Errorf("%d people, %+v", r.summary.People, r.changes)
	}
	// Carried out again, it does nothing.
	r = d.sync(carrying(file))
	d.writes(r)
	d.change(r, missing[0], "Upload/Skipped/ChangedMeanwhile")
	// What was written is agreed on.
	d.cloudHas(missing[0], d.picture(3))
	d.row(d.drift(only), missing[0], "Drifted/CloudChanged/None/Cloud")
}

// Who is known through a plan alone is gone when the directory has nobody any more.
func TestPlanAgreesWithinItsDirectory(t *testing.T) {
	d := begin(t, few())
	file, _ := d.planned()
	d.sync(carrying(file))
	who := d.one(lab.CaseDrifted, 0)
	if k := d.known()[who]; k.Agreement == nil || k.Agreement.Directory != directory.DomainOf(d.person(who).DN) {
		t.Errorf("agreed: %+v", k.Agreement)
	}
	d.leave(who)
	if r := d.drift(only); !slices.ContainsFunc(r.rows, func(row record.Row) bool { return row.Reason == record.PersonGone }) {
		t.Error("nobody is gone")
	}
}

// Removals are planned and carried out like anything else.
func TestPlanOfRemovals(t *testing.T) {
	d := begin(t, few())
	removals(d)
	left := d.one(lab.CaseInSync, 2)
	d.leave(left)
	d.sync(orphans, waiting)
	off := func(o *run.Options) { o.Limits.MaxRemove = 3 }
	file, lines := d.planned(orphans)
	if len(lines) != 4 || !strings.Contains(lines[0], `"Removes":3`) {
		t.Fatalf("got %s", lines)
	}
	if r := d.try(carrying(file)); record.CodeOf(r.err) != record.TooManyRemovals || len(r.wrote) > 0 {
		t.Errorf("%v, %d writes", r.err, len(r.wrote))
	}
	back := d.one(lab.CaseInSync, 0)
	d.directoryHas(back, d.person(back).Photo)
	r := d.sync(off, carrying(file))
	d.writes(r, d.one(lab.CaseInSync, 1), left)
	d.change(r, left, "Remove/Done/PersonGone")
	d.change(r, back, "Remove/Skipped/ChangedMeanwhile")
}

// What is not the plan as it was made, here and lately, is refused whole.
func TestPlanThatIsRefused(t *testing.T) {
	d := begin(t, few())
	d.options.Version = "1.2.3"
	file, lines := d.planned()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	domain := directory.DomainOf(d.lab.Directory().BaseDN())
	p, made, err := plan.Read(bytes.NewReader(text), plan.Expected{Version: "1.2.3", Graph: d.lab.Graph().URL(), Directory: domain, MaxAge: time.Hour, Now: time.Now()})
	if err != nil || len(p.Changes) != 5 {
		t.Fatalf("the plan does not read: %v", err)
	}
	header := func(edit func(*plan.Header)) func() []byte {
		return func() []byte {
			h := made
			edit(&h)
			var out bytes.Buffer
			if err := p.Write(&out, h); err != nil {
				t.Fatal(err)
			}
			return out.Bytes()
		}
	}
	joined := func(lines ...string) func() []byte { return func() []byte { return []byte(strings.Join(lines, "\n")) } }
	nothing := func(*run.Options) {}
	for name, c := range map[string]struct {
		file func() []byte
		edit func(*run.Options)
		code record.Code
	}{
		"altered":              {joined(append(slices.Clone(lines[:5]), strings.Replace(lines[5], "Upload", "Remove", 1))...), nothing, record.PlanAltered},
		"altered by a letter":  {joined(append(slices.Clone(lines[:5]), strings.Replace(lines[5], `"DisplayName":"`, `"DisplayName":"x`, 1))...), nothing, record.PlanAltered},
		"a line twice":         {joined(append(slices.Clone(lines), lines[3])...), nothing, record.PlanAltered},
		"its header altered":   {joined(append([]string{strings.Replace(lines[0], `"People":24`, `"People":240`, 1)}, lines[1:]...)...), nothing, record.PlanAltered},
		"without its header":   {joined(lines[1:]...), nothing, record.PlanUnusable},
		"empty":                {joined(""), nothing, record.PlanUnusable},
		"of another Graph":     {header(func(h *plan.Header) { h.Graph = "https://graph.microsoft.com" }), nothing, record.PlanForeign},
		"of another directory": {header(func(h *plan.Header) { h.Directory = "dc=other,dc=example" }), nothing, record.PlanForeign},
		"of another tenant": {header(func(h *plan.Header) { h.Tenant = "99999999-0000-0000-0000-000000000000" }), func(o *run.Options) {
			o.Auth = auth.Settings{Environment: "global", AccessToken: auth.Secret(d.lab.Graph().IssueToken(time.Hour, "User.Read.All", "ProfilePhoto.ReadWrite.All"))}
		}, record.PlanForeign},
		"of a newer version":    {header(func(h *plan.Header) { h.Version = "1.3.0" }), nothing, record.PlanNewer},
		"older than by default": {header(func(h *plan.Header) { h.CreatedAt = time.Now().Add(-8 * 24 * time.Hour) }), nothing, record.PlanTooOld},
		"older than it may be": {header(func(h *plan.Header) { h.CreatedAt = time.Now().Add(-2 * time.Hour) }), func(o *run.Options) { o.MaxPlanAge = time.Hour },
			record.PlanTooOld},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, c.file(), 0o600); err != nil {
				t.Fatal(err)
			}
			r := d.of(func(o run.Options, out *listener) (record.Summary, error) {
				return run.Sync(t.Context(), o, nobody{t}, out)
			}, carrying(file), c.edit)
			if record.CodeOf(r.err) != c.code || r.summary.ExitCode != int(record.ExitConfiguration) || len(r.wrote)+len(r.changes) > 0 {
				t.Errorf("%v, exit %d, %d writes, %+v", r.err, r.summary.ExitCode, len(r.wrote), r.changes)
			}
		})
	}
	t.Run("a file that is not there", func(t *testing.T) {
		if r := d.try(carrying(filepath.Join(t.TempDir(), "none"))); record.CodeOf(r.err) != record.PlanUnusable || r.summary.ExitCode != int(record.ExitConfiguration) {
			t.Errorf("got %v", r.err)
		}
	})
	d.rewrite(file, lines)
	if r := d.sync(carrying(file)); len(r.wrote) != 5 {
		t.Errorf("%d writes of the plan as it was", len(r.wrote))
	}
}

// The brakes hold on a plan's own numbers, and one is written although its dry run
// ended in a brake.
func TestPlanAndBrakes(t *testing.T) {
	d := begin(t, many())
	file := filepath.Join(t.TempDir(), "plan.jsonl")
	dryRun := d.try(dry, carrying(file))
	if record.CodeOf(dryRun.err) != record.TooManyChanges || len(dryRun.changes) != 59 {
		t.Fatalf("%v, %d changes", dryRun.err, len(dryRun.changes))
	}
	lines := linesOf(d, file)
	if len(lines) != 60 {
		t.Fatalf("%d lines", len(lines))
	}
	if r := d.try(carrying(file)); record.CodeOf(r.err) != record.TooManyChanges || r.summary.ExitCode != int(record.ExitBrake) || len(r.wrote) > 0 {
		t.Errorf("%v, %d writes", r.err, len(r.wrote))
	}
	d.rewrite(file, lines[:25]) // 24 of 240 people, which is as many as may be
	if r := d.try(carrying(file), func(o *run.Options) { o.Canary = d.one(lab.CaseDrifted, 0) }); record.CodeOf(r.err) != record.CanaryNotInSync || len(r.wrote) > 0 {
		t.Errorf("the canary: %v, %d writes", r.err, len(r.wrote))
	}
	if r := d.sync(carrying(file)); len(r.wrote) != 24 {
		t.Errorf("%d writes", len(r.wrote))
	}
}
