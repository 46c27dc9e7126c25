package plan_test

import (
	"strings"
	"testing"

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

// after gives a plan over a whole scope that had another size at the last run.
func after(lastPeople, lastPhotos, people, photos int64) *plan.Plan {
	return &plan.Plan{WholeScope: true, People: people, Photos: photos, Last: plan.Size{People: lastPeople, Photos: lastPhotos}}
}

// unread gives a plan in which somebody could not be read.
func unread(p *plan.Plan) *plan.Plan {
	p.Add(record.Row{Status: record.Unknown, Action: record.None})
	return p
}

func named(p *plan.Plan) *plan.Plan {
	p.WholeScope = false
	return p
}

func TestBrake(t *testing.T) {
	def := plan.DefaultLimits
	shrink := func(percent int) plan.Limits {
		l := def
		l.MaxShrinkPercent = percent
		return l
	}
	removing := plan.Limits{MaxChange: 500, MaxChangePercent: 100, MaxRemove: 10, MaxShrinkPercent: 30}
	everything := after(100, 80, 0, 0) // trips every brake
	everything.Removes, everything.Unread = 1, 1
	everything.Changes = make([]plan.Change, 501)
	but := func(edit func(*plan.Plan)) *plan.Plan {
		p := *everything
		edit(&p)
		return &p
	}

	for name, c := range map[string]struct {
		plan   *plan.Plan
		limits plan.Limits
		want   record.Code
		says   string
	}{
		"nothing to do":                         {planOf(1000, 0, 0, true), def, "", ""},
		"an empty source":                       {planOf(0, 0, 0, true), def, record.SourceEmpty, "nobody"},
		"an empty source, let pass":             {planOf(0, 0, 0, true), shrink(100), "", ""},
		"an empty source, not quite let pass":   {planOf(0, 0, 0, true), shrink(99), record.SourceEmpty, "nobody"},
		"an empty source after a full one":      {after(100, 80, 0, 0), def, record.SourceEmpty, "nobody"},
		"emptied, and let pass":                 {after(100, 80, 0, 0), shrink(100), "", ""},
		"nobody named":                          {planOf(0, 0, 0, false), def, "", ""},
		"nothing is known of the last run":      {after(0, 0, 3, 2), def, "", ""},
		"30 % fewer people":                     {after(100, 0, 70, 0), def, "", ""},
		"31 % fewer people":                     {after(100, 80, 69, 80), def, record.SourceShrunk, "gave 69 people, of whom 80 have a photo, after 100 people and 80 photos"},
		"31 % fewer people, let pass":           {after(100, 80, 69, 80), shrink(31), "", ""},
		"fewer photos alone":                    {after(100, 80, 100, 55), def, record.SourceShrunk, "55 have a photo, after 100 people and 80 photos"},
		"70 % of the photos":                    {after(100, 80, 100, 56), def, "", ""},
		"four of four gone":                     {after(4, 4, 1, 0), def, "", ""},
		"four fewer of ten":                     {after(10, 10, 6, 6), def, "", ""},
		"five fewer of ten":                     {after(10, 10, 5, 5), def, record.SourceShrunk, "--max-shrink-percent allows 30 %"},
		"five fewer of ten named people":        {named(after(10, 10, 5, 5)), def, "", ""},
		"nothing less is allowed":               {after(100, 80, 95, 80), shrink(0), record.SourceShrunk, "allows 0 %"},
		"grown":                                 {after(10, 10, 1000, 900), shrink(0), "", ""},
		"500 of 5,000":                          {planOf(5000, 500, 0, true), def, "", ""},
		"501 of 10,000":                         {planOf(10000, 501, 0, true), def, record.TooManyChanges, "changes 501 people and --max-change allows 500"},
		"10 % of 210":                           {planOf(210, 21, 0, true), def, "", ""},
		"more than 10 % of 210":                 {planOf(210, 22, 0, true), def, record.TooManyChanges, "22 of 210 people (10.5 %)"},
		"everybody of 200: a share says little": {planOf(200, 200, 0, true), def, "", ""},
		"everybody of 300 named people":         {planOf(300, 300, 0, false), def, "", ""},
		"one removal":                           {planOf(10, 0, 1, false), def, record.TooManyRemovals, "removes 1 photos and --max-remove allows 0"},
		"one removal, allowed":                  {planOf(10, 0, 1, false), plan.Limits{MaxChange: 1, MaxRemove: 1}, "", ""},
		"ten removals, allowed":                 {planOf(300, 0, 10, true), removing, "", ""},
		"eleven removals":                       {planOf(300, 0, 11, true), removing, record.TooManyRemovals, "removes 11 photos and --max-remove allows 10"},
		"a removal, and somebody not read":      {unread(planOf(10, 3, 1, false)), removing, record.RemovalsUncertain, "removes photos (1) and people could not be read (1), which --remove-orphans"},
		"the same, with every switch":           {unread(planOf(10, 3, 1, true)), plan.Limits{MaxChange: 1 << 30, MaxChangePercent: 100, MaxRemove: 1 << 30, MaxShrinkPercent: 100}, record.RemovalsUncertain, "--remove-orphans"},
		"uploads, and somebody not read":        {unread(planOf(10, 3, 0, true)), def, "", ""},
		"no change allowed":                     {planOf(1, 1, 0, false), plan.Limits{}, record.TooManyChanges, "allows 0"},
		"the share raised":                      {planOf(300, 300, 0, true), plan.Limits{MaxChange: 300, MaxChangePercent: 100}, "", ""},

		"first of all, nobody":          {everything, def, record.SourceEmpty, ""},
		"then, fewer":                   {but(func(p *plan.Plan) { p.People = 10 }), def, record.SourceShrunk, ""},
		"then, who could not be read":   {but(func(p *plan.Plan) { p.People, p.Photos = 100, 80 }), def, record.RemovalsUncertain, ""},
		"then, removals":                {but(func(p *plan.Plan) { p.People, p.Photos, p.Unread = 100, 80, 0 }), def, record.TooManyRemovals, ""},
		"and last the number of people": {but(func(p *plan.Plan) { p.People, p.Photos, p.Removes = 100, 80, 0 }), def, record.TooManyChanges, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.plan.Brake(c.limits)
			if got := record.CodeOf(err); got != c.want {
				t.Fatalf("got %q (%v), want %q", got, err, c.want)
			}
			if err == nil {
				return
			}
			if !strings.Contains(err.Error(), c.says) || !strings.HasSuffix(err.Error(), "; nothing was written") {
				t.Errorf("it says %q", err)
			}
			if record.From(err).Code.Entry().Exit != record.ExitBrake {
				t.Errorf("%s does not exit with a brake's code", c.want)
			}
			if line := record.From(err).Line(); !strings.Contains(line, "--") {
				t.Errorf("no switch is named: %q", line)
			}
		})
	}
}

// A pipe of one person trips nothing, whatever the last run over a scope gave.
func TestOnePersonTripsNothing(t *testing.T) {
	for _, r := range []record.Row{
		{Action: record.Upload, Status: record.Drifted, OnPremisesSha256: "aa"},
		{Action: record.None, Status: record.InSync, OnPremisesSha256: "aa"},
		{Action: record.None, Status: record.Unknown},
		{Action: record.Review, Status: record.Ambiguous},
	} {
		p := &plan.Plan{Last: plan.Size{People: 50_000, Photos: 40_000}}
		p.Add(r)
		if err := p.Brake(plan.DefaultLimits); err != nil {
			t.Errorf("%s/%s: %v", r.Status, r.Action, err)
		}
	}
}
