package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/plan"
	"photosync/internal/record"
)

// planOf gives a plan over people of whom some get a photo and some lose one.
func planOf(people, uploads, removes int, whole bool) *plan.Plan {
	p := &plan.Plan{WholeScope: whole}
	for i := range people {
		r := record.Row{Action: record.None}
		if i < uploads {
			r.Action = record.Upload
		} else if i < uploads+removes {
			r.Action = record.Remove
		}
		p.Add(r)
	}
	return p
}

func TestBrake(t *testing.T) {
	def := plan.DefaultLimits
	for name, c := range map[string]struct {
		plan   *plan.Plan
		limits plan.Limits
		want   record.Code
		says   string
	}{
		"nothing to do":                         {planOf(1000, 0, 0, true), def, "", ""},
		"an empty source":                       {planOf(0, 0, 0, true), def, record.SourceEmpty, "nobody"},
		"nobody named":                          {planOf(0, 0, 0, false), def, "", ""},
		"500 of 5,000":                          {planOf(5000, 500, 0, true), def, "", ""},
		"501 of 10,000":                         {planOf(10000, 501, 0, true), def, record.TooManyChanges, "changes 501 people and --max-change allows 500"},
		"10 % of 210":                           {planOf(210, 21, 0, true), def, "", ""},
		"more than 10 % of 210":                 {planOf(210, 22, 0, true), def, record.TooManyChanges, "22 of 210 people (10.5 %)"},
		"everybody of 200: a share says little": {planOf(200, 200, 0, true), def, "", ""},
		"everybody of 300 named people":         {planOf(300, 300, 0, false), def, "", ""},
		"one removal":                           {planOf(10, 0, 1, false), def, record.TooManyRemovals, "removes 1 photos and 0 are allowed"},
		"one removal, allowed":                  {planOf(10, 0, 1, false), plan.Limits{MaxChange: 1, MaxRemove: 1}, "", ""},
		"no change allowed":                     {planOf(1, 1, 0, false), plan.Limits{}, record.TooManyChanges, "allows 0"},
		"the share raised":                      {planOf(300, 300, 0, true), plan.Limits{MaxChange: 300, MaxChangePercent: 100}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.plan.Brake(c.limits)
			if got := record.CodeOf(err); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			if err != nil && (!strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "nothing was written")) {
				t.Errorf("it says %q", err)
			}
		})
	}
}

func TestAddTakesWritesOnly(t *testing.T) {
	p := &plan.Plan{}
	row := record.Row{
		UserPrincipalName: "a@corp.example", DisplayName: "A", SamAccountName: "a", ObjectGuid: "g", CloudId: "c",
		Action: record.Upload, Reason: record.NeverSynced, OnPremisesSha256: "aa", CloudETag: "e",
	}
	for _, action := range record.Actions {
		r := row
		r.Action = action
		if took := p.Add(r); took != (action == record.Upload || action == record.Remove) {
			t.Errorf("%s: taken is %v", action, took)
		}
	}
	want := plan.Change{
		UserPrincipalName: "a@corp.example", DisplayName: "A", SamAccountName: "a", ObjectGUID: "g", CloudID: "c",
		Action: record.Upload, Reason: record.NeverSynced, OnPremisesSHA256: "aa", ETag: "e",
	}
	remove := want
	remove.Action = record.Remove
	if diff := cmp.Diff([]plan.Change{want, remove}, p.Changes); diff != "" {
		t.Error(diff)
	}
	if p.People != 4 || p.Uploads != 1 || p.Removes != 1 {
		t.Errorf("people %d, uploads %d, removes %d", p.People, p.Uploads, p.Removes)
	}
}
