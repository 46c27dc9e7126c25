package drift_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"photosync/internal/drift"
	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
)

var today = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

const (
	disabledUser = 0x202
	linked       = 2
	grace        = 7 * 24 * time.Hour
)

// world is one combination of everything that decides, in words.
type world struct {
	kind       string // of the agreement; "" for none, "foreign" for one about another cloud user
	agreed     string // whether the cloud had a photo then: "photo" or "none"
	onPremises string // since then: "same", "changed", "none"
	cloud      string // since then: "same", "changed", "none"
	verdict    string // of two pictures: "same", "unsure", "different"
	conflict   record.OnConflict
	baseline   record.Baseline
	account    string // "disabled", "linked", "gone", "" for a user's
	remove     string // "" without RemoveOrphans; since when it is an orphan: "new", "fresh", "old"
}

// worlds gives every combination that can be.
func worlds() []world {
	var all []world
	for _, kind := range []string{"", "foreign", "seen", "written", "accepted", "removed"} {
		for _, agreed := range []string{"photo", "none"} {
			for _, on := range []string{"same", "changed", "none"} {
				for _, cloud := range []string{"same", "changed", "none"} {
					for _, account := range []string{"", "disabled", "linked", "gone"} {
						for _, remove := range []string{"", "new", "fresh", "old"} {
							w := world{kind: kind, agreed: agreed, onPremises: on, cloud: cloud, account: account, remove: remove}
							if w.possible() {
								all = append(all, w.underEveryPolicy()...)
							}
						}
					}
				}
			}
		}
	}
	return all
}

func (w world) possible() bool {
	none := w.agreed == "none"
	return !(none && w.cloud == "same") && // the same as none is none
		!(none && (w.kind == "seen" || w.kind == "written")) && // they are of a photo
		!(!none && w.kind == "removed") && // it is of none
		!(w.account == "gone" && w.onPremises != "none")
}

func (w world) underEveryPolicy() []world {
	verdicts := []string{""}
	if w.onPremises != "none" && w.cloud != "none" {
		verdicts = []string{"same", "unsure", "different"}
	}
	var all []world
	for _, w.verdict = range verdicts {
		for _, w.conflict = range append([]record.OnConflict{""}, record.OnConflicts...) {
			for _, w.baseline = range append([]record.Baseline{""}, record.Baselines...) {
				all = append(all, w)
			}
		}
	}
	return all
}

func (w world) facts() drift.Facts {
	f := drift.Facts{Person: match.Person{UserPrincipalName: "a@corp.example"}, Match: found}
	switch w.account {
	case "disabled":
		f.Person.AccountControl = disabledUser
	case "linked":
		f.Person.AccountControl, f.Person.RecipientType = disabledUser, linked
	case "gone":
		f.Past.Gone = true
	}
	switch w.onPremises {
	case "same":
		f.OnPremises = onPrem
	case "changed":
		f.OnPremises = onPrem
		f.OnPremises.SHA256 = "bb"
	}
	switch w.cloud {
	case "same":
		f.Cloud = inCloud
	case "changed":
		f.Cloud = inCloud
		f.Cloud.ETag = "e2"
	}
	switch w.verdict {
	case "same":
		f.Comparison = compared(photo.Same, 0.01)
	case "unsure":
		f.Comparison = compared(photo.Unsure, 0.2)
	case "different":
		f.Comparison = compared(photo.Different, 0.6)
	}
	if w.kind != "" {
		a := drift.Agreement{Kind: drift.AgreementKind(w.kind), OnPremisesSHA256: onPrem.SHA256, CloudID: found.CloudID, CloudETag: inCloud.ETag}
		if w.agreed == "none" {
			a.CloudETag = ""
		}
		if w.kind == "foreign" {
			a.Kind, a.CloudID = drift.Written, "c2"
		}
		f.Past.Agreement = &a
	}
	switch w.remove {
	case "fresh":
		f.Past.OrphanSince = today.Add(time.Second - grace)
	case "old":
		f.Past.OrphanSince = today.Add(-grace)
	}
	return f
}

func (w world) policy() drift.Policy {
	return drift.Policy{Baseline: w.baseline, OnConflict: w.conflict, RemoveOrphans: w.remove != "", Grace: grace, Now: today}
}

// rule says what comes of the worlds that it fits: each field has the words that
// it allows, "" for any, "-" for the empty one. The first that fits holds.
type rule struct {
	kind, agreed, onPremises, cloud, verdict, conflict, baseline, account, remove string
	want                                                                          string // Status/Reason/Action/ChangedSide
}

func (r rule) fits(w world) bool {
	for _, f := range [][2]string{
		{r.kind, w.kind}, {r.agreed, w.agreed}, {r.onPremises, w.onPremises}, {r.cloud, w.cloud}, {r.verdict, w.verdict},
		{r.conflict, string(w.conflict)}, {r.baseline, string(w.baseline)}, {r.account, w.account}, {r.remove, w.remove},
	} {
		if f[0] != "" && !slices.Contains(strings.Fields(f[0]), cmp.Or(f[1], "-")) {
			return false
		}
	}
	return true
}

const (
	noAgreement = "- foreign"
	standing    = "seen written accepted"
	ours        = "seen written"
	skip        = "- Skip"
	unequal     = "unsure different"
)

// table is the decision table, from the particular to the general.
var table = []rule{
	{onPremises: "none", cloud: "none", want: "NoPhoto//None/"},

	// The directory has none.
	{onPremises: "none", kind: ours, agreed: "photo", cloud: "same", remove: "old", account: "gone", want: "MissingOnPremises/PersonGone/Remove/OnPremises"},
	{onPremises: "none", kind: ours, agreed: "photo", cloud: "same", remove: "old", want: "MissingOnPremises/OnPremisesRemoved/Remove/OnPremises"},
	{onPremises: "none", kind: ours, agreed: "photo", cloud: "same", account: "gone", want: "MissingOnPremises/PersonGone/None/OnPremises"},
	{onPremises: "none", kind: ours, agreed: "photo", cloud: "same", want: "MissingOnPremises/OnPremisesRemoved/None/OnPremises"},
	{onPremises: "none", kind: ours, agreed: "photo", account: "gone", want: "MissingOnPremises/PersonGone/None/Both"},
	{onPremises: "none", kind: ours, agreed: "photo", want: "MissingOnPremises/OnPremisesRemoved/None/Both"},
	{onPremises: "none", want: "MissingOnPremises//None/"},

	// The cloud has none.
	{cloud: "none", kind: noAgreement, want: "MissingInCloud/NeverSynced/Upload/"},
	{cloud: "none", kind: "removed", account: "disabled", want: "MissingInCloud/OrphanRemoved/None/"},
	{cloud: "none", kind: "removed", want: "MissingInCloud/NeverSynced/Upload/"},
	{cloud: "none", kind: "accepted", agreed: "none", onPremises: "same", want: "InSync/Accepted/None/"},
	{cloud: "none", kind: "accepted", agreed: "none", onPremises: "changed", want: "MissingInCloud/OnPremisesChanged/Upload/OnPremises"},
	{cloud: "none", onPremises: "same", conflict: skip, want: "MissingInCloud/CloudRemoved/Review/Cloud"},
	{cloud: "none", onPremises: "same", conflict: "OnPremises", want: "MissingInCloud/CloudRemoved/Upload/Cloud"},
	{cloud: "none", onPremises: "same", conflict: "Cloud", want: "InSync/Accepted/None/Cloud"},
	{cloud: "none", onPremises: "changed", conflict: skip, want: "MissingInCloud/CloudRemoved/Review/Both"},
	{cloud: "none", onPremises: "changed", conflict: "OnPremises", want: "MissingInCloud/CloudRemoved/Upload/Both"},
	{cloud: "none", onPremises: "changed", conflict: "Cloud", want: "InSync/Accepted/None/Both"},

	// Both have one, of a disabled account, and orphans are removed: gone, or left as it is.
	{account: "disabled", kind: ours, agreed: "photo", cloud: "same", remove: "old", verdict: "same", want: "InSync/AccountDisabled/Remove/"},
	{account: "disabled", kind: "written", agreed: "photo", onPremises: "same", cloud: "same", remove: "old", want: "InSync/AccountDisabled/Remove/"},
	{account: "disabled", kind: ours, agreed: "photo", onPremises: "changed", cloud: "same", remove: "old", want: "Drifted/AccountDisabled/Remove/OnPremises"},
	{account: "disabled", kind: "seen", onPremises: "same", cloud: "same", remove: "old", verdict: "different", baseline: "Cloud", want: "InSync/AccountDisabled/Remove/"},
	{account: "disabled", kind: "seen", onPremises: "same", cloud: "same", remove: "old", want: "Drifted/AccountDisabled/Remove/"},
	{account: "disabled", kind: ours, agreed: "photo", onPremises: "changed", cloud: "same", verdict: unequal, remove: "new fresh", want: "Drifted/OnPremisesChanged/None/OnPremises"},
	{account: "disabled", kind: ours, agreed: "photo", onPremises: "same", cloud: "changed", verdict: unequal, conflict: "OnPremises", remove: "new fresh old", want: "Drifted/CloudChanged/None/Cloud"},
	{account: "disabled", kind: ours, agreed: "photo", onPremises: "changed", cloud: "changed", verdict: unequal, conflict: "OnPremises", remove: "new fresh old", want: "Drifted/BothChanged/None/Both"},
	{account: "disabled", kind: "seen", onPremises: "same", cloud: "same", verdict: "unsure", remove: "new fresh", want: "Drifted/Uncertain/None/"},
	{account: "disabled", kind: "seen", onPremises: "same", cloud: "same", baseline: "OnPremises", verdict: "different", remove: "new fresh", want: "Drifted/BaselineOnPremises/None/"},
	{account: "disabled", kind: "seen", onPremises: "same", cloud: "same", baseline: "- Review", verdict: "different", remove: "new fresh", want: "Drifted/NoBaseline/None/"},

	// Both have one.
	{verdict: "same", want: "InSync/Reencoded/None/"},
	{kind: "accepted", agreed: "photo", onPremises: "same", cloud: "same", want: "InSync/Accepted/None/"},
	{kind: "written", onPremises: "same", cloud: "same", want: "InSync/Reencoded/None/"},
	{kind: standing, agreed: "photo", onPremises: "changed", cloud: "same", want: "Drifted/OnPremisesChanged/Upload/OnPremises"},
	{kind: standing, onPremises: "same", cloud: "changed", conflict: skip, want: "Drifted/CloudChanged/None/Cloud"},
	{kind: standing, onPremises: "same", cloud: "changed", conflict: "OnPremises", want: "Drifted/CloudChanged/Upload/Cloud"},
	{kind: standing, onPremises: "same", cloud: "changed", conflict: "Cloud", want: "InSync/Accepted/None/Cloud"},
	{kind: standing, onPremises: "changed", cloud: "changed", conflict: skip, want: "Drifted/BothChanged/None/Both"},
	{kind: standing, onPremises: "changed", cloud: "changed", conflict: "OnPremises", want: "Drifted/BothChanged/Upload/Both"},
	{kind: standing, onPremises: "changed", cloud: "changed", conflict: "Cloud", want: "InSync/Accepted/None/Both"},
	{verdict: "unsure", want: "Drifted/Uncertain/Review/"},
	{baseline: "- Review", want: "Drifted/NoBaseline/Review/"},
	{baseline: "OnPremises", want: "Drifted/BaselineOnPremises/Upload/"},
	{baseline: "Cloud", want: "InSync/Accepted/None/"},
}

func told(r record.Row) string {
	return fmt.Sprintf("%s/%s/%s/%s", r.Status, r.Reason, r.Action, r.ChangedSide)
}

func TestDecisionTable(t *testing.T) {
	used := make([]int, len(table))
	all := worlds()
	for _, w := range all {
		i := slices.IndexFunc(table, func(r rule) bool { return r.fits(w) })
		if i < 0 {
			t.Fatalf("%+v: no line of the table fits", w)
		}
		used[i]++
		if got := told(drift.Judge(w.facts(), w.policy())); got != table[i].want {
			t.Fatalf("%+v: got %s, want %s", w, got, table[i].want)
		}
	}
	for i, n := range used {
		if n == 0 {
			t.Errorf("nothing comes to %+v", table[i])
		}
	}
	t.Logf("%d combinations", len(all))
}

// What holds everywhere, whatever the table says.
func TestProperties(t *testing.T) {
	for _, w := range worlds() {
		f, p := w.facts(), w.policy()
		r := drift.Judge(f, p)
		says := func(format string, args ...any) { t.Errorf("%+v: %s: %s", w, told(r), fmt.Sprintf(format, args...)) }
		agreed := slices.Contains(strings.Fields(standing), w.kind) && w.agreed == "photo"
		ours := slices.Contains(strings.Fields(ours), w.kind) && w.agreed == "photo"
		if r.Action == record.Remove {
			switch {
			case !p.RemoveOrphans:
				says("removed without being asked")
			case !ours:
				says("removed what never was ours")
			case w.cloud != "same":
				says("removed somebody's own choice")
			case w.remove != "old":
				says("removed within the grace")
			case !drift.IsOrphan(r):
				says("removed what is no orphan")
			}
		}
		if (p.OnConflict == "" || p.OnConflict == record.ConflictSkip) && agreed && w.cloud != "same" && r.Action == record.Upload {
			says("uploaded over what somebody chose")
		}
		if w.kind == "removed" && (r.Reason == record.CloudRemoved || drift.IsOrphan(r)) {
			says("we took it away")
		}
		if w.kind == "foreign" {
			without := w
			without.kind = ""
			if got := told(drift.Judge(without.facts(), p)); got != told(r) {
				says("an agreement about another cloud user counts: without it %s", got)
			}
		}
		if w.account == "disabled" && drift.IsOrphan(r) && p.RemoveOrphans && r.Action == record.Upload {
			says("an orphan that is to be removed is uploaded to")
		}
		if wants := ours && w.cloud != "none" && (w.onPremises == "none" || w.account == "disabled"); drift.IsOrphan(r) != wants {
			says("orphan is %v", !wants)
		}
		f.Err = record.Errorf(record.GraphFailed, "read")
		if broken := drift.Judge(f, p); told(broken) != "Unknown/ReadFailed/None/" || drift.IsOrphan(broken) {
			says("with a failed read %s", told(broken))
		}
	}
}

// What a run keeps of a row decides the next run the same way: nothing is
// uploaded twice, and what was accepted stays so.
func TestNextRunAgrees(t *testing.T) {
	for _, w := range worlds() {
		f, p := w.facts(), w.policy()
		r := drift.Judge(f, p)
		kind, ok := drift.Agrees(f, r)
		if ok != (r.Status == record.InSync) {
			t.Fatalf("%+v: %s: agrees is %v", w, told(r), ok)
		}
		if !ok {
			continue
		}
		exact := w.kind == "written" && w.onPremises == "same" && w.cloud == "same"
		want := drift.Accepted
		switch {
		case exact:
			want = drift.Written
		case w.verdict == "same":
			want = drift.Seen
		}
		if kind != want {
			t.Fatalf("%+v: %s: kept as %s, want %s", w, told(r), kind, want)
		}
		if r.Action == record.Remove {
			continue
		}
		f.Past.Agreement = &drift.Agreement{Kind: kind, OnPremisesSHA256: f.OnPremises.SHA256, CloudID: found.CloudID, CloudETag: f.Cloud.ETag}
		if next := drift.Judge(f, drift.Policy{}); next.Status != record.InSync || next.Action != record.None || next.ChangedSide != "" {
			t.Fatalf("%+v: %s, and the run after says %s", w, told(r), told(next))
		}
	}
}

func TestRowsThatDoNotAgree(t *testing.T) {
	broken := onPrem
	broken.Defect = &photo.Defect{Reason: record.Truncated}
	agreed := drift.Past{Agreement: &drift.Agreement{Kind: drift.Seen, OnPremisesSHA256: "aa", CloudID: "c1", CloudETag: "e1"}}
	for name, f := range map[string]drift.Facts{
		"not read":     {Match: found, OnPremises: onPrem, Cloud: inCloud, Past: agreed, Err: record.Errorf(record.GraphFailed, "read")},
		"ambiguous":    {Match: match.Match{CloudID: "c1", Reason: record.AnchorMismatch}, OnPremises: onPrem, Cloud: inCloud, Past: agreed},
		"not in cloud": {OnPremises: onPrem, Past: agreed},
		"unreadable":   {Match: found, OnPremises: broken, Cloud: inCloud, Past: agreed},
		"neither":      {Match: found, Past: agreed},
	} {
		f.Person.AccountControl, f.Past.OrphanSince = disabledUser, today.Add(-grace)
		r := drift.Judge(f, drift.Policy{RemoveOrphans: true, Now: today})
		if kind, ok := drift.Agrees(f, r); ok {
			t.Errorf("%s: %s is kept as %s", name, told(r), kind)
		}
		if drift.IsOrphan(r) || r.Action == record.Remove {
			t.Errorf("%s: %s, findings %q", name, told(r), r.Findings)
		}
	}
}
