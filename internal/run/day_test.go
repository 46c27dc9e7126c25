package run_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"photosync/internal/lab"
	"photosync/internal/match"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
	"photosync/internal/state"
)

// few draws a company of 24 once: 16 are in sync, 3 drifted, 2 missing in the
// cloud, 2 without a photo and 1 without a cloud user. No two share a picture.
var few = sync.OnceValue(func() *lab.Company { return lab.LargeCompany(24) })

// day is a company in the lab on which runs follow each other.
type day struct {
	*testing.T
	company *lab.Company
	lab     *lab.Lab
	options run.Options
}

// begin starts the lab. The options take AD's photos, and write little rows.
func begin(t *testing.T, c *lab.Company, o ...lab.Option) *day {
	t.Helper()
	l, options := start(t, c, o...)
	options.Baseline, options.All = record.BaselineAD, false
	return &day{t, c, l, options}
}

// ran is what came of a run.
type ran struct {
	*listener
	summary record.Summary
	err     error
	wrote   []lab.Written
}

// of runs something on the day's options, changed for this once.
func (d *day) of(do func(run.Options, *listener) (record.Summary, error), edit ...func(*run.Options)) ran {
	o := d.options
	for _, e := range edit {
		e(&o)
	}
	before := len(d.lab.Graph().WriteLog())
	r := ran{listener: &listener{}}
	r.summary, r.err = do(o, r.listener)
	r.wrote = d.lab.Graph().WriteLog()[before:]
	return r
}

// try is a sync, whatever comes of it.
func (d *day) try(edit ...func(*run.Options)) ran {
	return d.of(func(o run.Options, out *listener) (record.Summary, error) {
		return run.Sync(d.Context(), o, answer(true), out)
	}, edit...)
}

// sync is a sync that ends well.
func (d *day) sync(edit ...func(*run.Options)) ran {
	d.Helper()
	r := d.try(edit...)
	if r.err != nil {
		d.Fatalf("sync: %v", r.err)
	}
	return r
}

// drift is a report that ends well, with everybody in it.
func (d *day) drift(edit ...func(*run.Options)) ran {
	d.Helper()
	r := d.of(func(o run.Options, out *listener) (record.Summary, error) {
		o.All = true
		return run.Drift(d.Context(), o, out)
	}, edit...)
	if r.err != nil || len(r.wrote) > 0 {
		d.Fatalf("drift: %v, %d writes", r.err, len(r.wrote))
	}
	return r
}

// preview is a dry run that ends well.
func (d *day) preview(edit ...func(*run.Options)) ran {
	d.Helper()
	r := d.try(append(edit, dry)...)
	if r.err != nil || len(r.wrote) > 0 {
		d.Fatalf("dry run: %v, %d writes", r.err, len(r.wrote))
	}
	return r
}

func dry(o *run.Options)     { o.DryRun = true }
func only(o *run.Options)    { o.Baseline = "" } // nothing of whom nothing is agreed is overwritten
func orphans(o *run.Options) { o.RemoveOrphans, o.Limits.MaxRemove = true, 100 }
func limitless(o *run.Options) {
	o.Limits = plan.Limits{MaxChange: 10_000, MaxChangePercent: 100, MaxRemove: 10_000, MaxShrinkPercent: 100}
}

func onConflict(c record.OnConflict) func(*run.Options) {
	return func(o *run.Options) { o.OnConflict = c }
}

func naming(names ...string) func(*run.Options) {
	return func(o *run.Options) { o.People = run.Names(names...) }
}

// one gives the UPN of somebody of a case.
func (d *day) one(name string, i int) string { return d.company.Cases()[name][i] }

func (d *day) person(upn string) lab.Person {
	d.Helper()
	p, ok := d.company.Person(upn)
	if !ok {
		d.Fatalf("there is no %s", upn)
	}
	return p
}

func (d *day) cloudID(upn string) string {
	d.Helper()
	u, ok := d.company.CloudUser(upn)
	if !ok {
		d.Fatalf("%s has no cloud user", upn)
	}
	return u.ID
}

// picture gives the photo of somebody in sync, who is nobody of the others.
func (d *day) picture(i int) []byte {
	in := d.company.Cases()[lab.CaseInSync]
	return d.person(in[len(in)-1-i]).Photo
}

// directoryHas changes what the directory has; nil takes it away.
func (d *day) directoryHas(upn string, photo []byte) {
	d.Helper()
	if !d.lab.Directory().SetPhoto(upn, photo) {
		d.Fatalf("the directory has no %s", upn)
	}
}

// cloudHas does what a person does who changes the own photo; nil takes it away.
func (d *day) cloudHas(upn string, photo []byte) {
	d.Helper()
	if err := d.lab.Graph().SetPhoto(d.cloudID(upn), photo); err != nil {
		d.Fatal(err)
	}
}

// update changes somebody in the directory.
func (d *day) update(upn string, change func(*lab.Person)) {
	d.Helper()
	if !d.lab.Directory().Update(upn, change) {
		d.Fatalf("the directory has no %s", upn)
	}
}

// leaves takes people out of the directory.
func (d *day) leave(upns ...string) {
	d.Helper()
	for _, upn := range upns {
		if !d.lab.Directory().Remove(upn) {
			d.Fatalf("the directory has no %s", upn)
		}
	}
}

func disabled(p *lab.Person) { p.UserAccountControl |= 2 }
func enabled(p *lab.Person)  { p.UserAccountControl &^= 2 }

// known is what the state has of everybody, but for comparisons.
func (d *day) known() map[string]state.Known {
	d.Helper()
	s, err := state.Open(d.options.StateDir, state.Scope{Graph: strings.ToLower(d.lab.Graph().URL())}, state.Options{})
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = s.Close() }() // nothing was noted
	var ids []match.GUID
	for _, p := range d.company.People {
		ids = append(ids, p.ObjectGUID)
	}
	all, err := s.Recall(ids)
	if err != nil {
		d.Fatal(err)
	}
	known := make(map[string]state.Known)
	for _, p := range d.company.People {
		k := all[p.ObjectGUID]
		if k.Compared = nil; k != (state.Known{}) {
			known[p.UserPrincipalName] = k
		}
	}
	return known
}

// writes looks whom a run wrote, by UPN, each once.
func (d *day) writes(r ran, upns ...string) {
	d.Helper()
	var want, got []string
	for _, upn := range upns {
		want = append(want, d.cloudID(upn))
	}
	for _, w := range r.wrote {
		got = append(got, w.UserID)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		d.Errorf("the lab saw writes for %d people %v, want %d: %v", len(got), got, len(want), want)
	}
}

// row looks at the row of somebody: "Status/Reason/Action/ChangedSide".
func (d *day) row(r ran, upn, want string) {
	d.Helper()
	row := r.listener.row(d.T, upn)
	if got := strings.Join([]string{string(row.Status), string(row.Reason), string(row.Action), string(row.ChangedSide)}, "/"); got != want {
		d.Errorf("%s is %s, want %s", upn, got, want)
	}
}

// change looks at the change of somebody: "Action/Status/Reason".
func (d *day) change(r ran, upn, want string) record.Change {
	d.Helper()
	c := r.listener.change(d.T, upn)
	if got := strings.Join([]string{string(c.Action), string(c.Status), string(c.Reason)}, "/"); got != want {
		d.Errorf("%s: %s, want %s %s", upn, got, want, c.ErrorMessage)
	}
	return c
}

// nothingTold looks that a run has no change of somebody.
func (d *day) untold(r ran, upns ...string) {
	d.Helper()
	for _, c := range r.changes {
		if slices.Contains(upns, c.UserPrincipalName) {
			d.Errorf("%s: %s/%s/%s", c.UserPrincipalName, c.Action, c.Status, c.Reason)
		}
	}
}

// all gives the people of a few cases.
func (d *day) all(names ...string) (upns []string) {
	for _, name := range names {
		upns = append(upns, d.company.Cases()[name]...)
	}
	return upns
}

// times is a clock of the lab that can be put on.
type times struct {
	mu sync.Mutex
	by time.Duration
}

func (c *times) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.by)
}

func (c *times) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by += d
}

// kinds counts agreements by their kinds.
func kinds(known map[string]state.Known) map[state.Kind]int {
	n := make(map[state.Kind]int)
	for k := range maps.Values(known) {
		if k.Agreement != nil {
			n[k.Agreement.Kind]++
		}
	}
	return n
}
