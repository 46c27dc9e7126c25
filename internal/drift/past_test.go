package drift_test

import (
	"testing"
	"time"

	"photosync/internal/drift"
	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// A placeholder never replaces a photo, whatever changed and whatever was asked for.
func TestPlaceholderNeverReplacesAPhoto(t *testing.T) {
	for _, w := range worlds() {
		f := w.facts()
		if w.verdict == "" || w.verdict == "same" {
			continue
		}
		f.OnPremises.Kind, f.Cloud.Kind = photo.Initials, photo.Photo
		r := drift.Judge(f, w.policy())
		if r.Action == record.Upload {
			t.Fatalf("%+v: %s", w, told(r))
		}
		if would := drift.Judge(w.facts(), w.policy()); would.Action == record.Upload && (r.Action != record.Review || r.Reason != record.PlaceholderPhoto || r.ChangedSide != would.ChangedSide) {
			t.Fatalf("%+v: got %s instead of %s", w, told(r), told(would))
		}
		f.Cloud.Kind = photo.Silhouette // one placeholder in another's place
		if got, want := drift.Judge(f, w.policy()), drift.Judge(w.facts(), w.policy()); told(got) != told(want) {
			t.Fatalf("%+v: got %s instead of %s", w, told(got), told(want))
		}
	}
}

func TestAllowDowngrade(t *testing.T) {
	measured, sharp := onPrem, inCloud
	measured.Detail = 96
	sharp.Width, sharp.Height, sharp.Detail = 648, 648, 400
	initials, shown := measured, sharp
	initials.Kind, shown.Kind = photo.Initials, photo.Photo
	same := func(on drift.OnPremises, cloud drift.Cloud, past drift.Past) drift.Facts {
		return drift.Facts{Match: found, OnPremises: on, Cloud: cloud, Comparison: compared(photo.Same, 0.01), Past: past}
	}
	other := onPrem
	other.Width, other.Height = 900, 900
	other.Detail = 800
	for name, c := range map[string]struct {
		facts drift.Facts
		allow bool
		want  string
	}{
		"better in the cloud":              {same(measured, sharp, drift.Past{}), false, "InSync/CloudBetter/None/"},
		"better, allowed":                  {same(measured, sharp, drift.Past{}), true, "Drifted/CloudBetter/Upload/"},
		"better and agreed, allowed":       {same(measured, sharp, agreed(drift.Seen, "e1")), true, "Drifted/CloudBetter/Upload/"},
		"better, accepted, allowed":        {same(measured, sharp, agreed(drift.Accepted, "e1")), true, "Drifted/CloudBetter/Upload/"},
		"as it was written: not again":     {same(measured, sharp, agreed(drift.Written, "e1")), true, "InSync/CloudBetter/None/"},
		"written, and changed since":       {same(measured, sharp, agreed(drift.Written, "e0")), true, "InSync/CloudBetter/None/"}, // somebody chose it
		"no better, allowed":               {same(onPrem, inCloud, drift.Past{}), true, "InSync/Reencoded/None/"},
		"better on-premises, allowed":      {same(other, inCloud, drift.Past{}), true, "InSync/OnPremisesBetter/None/"},
		"a placeholder for a photo":        {same(initials, shown, drift.Past{}), true, "Drifted/PlaceholderPhoto/Review/"},
		"a placeholder, and nothing asked": {same(initials, shown, drift.Past{}), false, "InSync/CloudBetter/None/"},
	} {
		p := drift.Policy{AllowDowngrade: c.allow, Now: today}
		if got := told(drift.Judge(c.facts, p)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestTextSaysSoUnlessMoreIsAtStake(t *testing.T) {
	text := onPrem
	text.Text = true
	past := agreed(drift.Written, "e1")
	past.OrphanSince = today.Add(-grace)
	pending := drift.Past{Pending: &drift.Pending{Action: record.Upload, OnPremisesSHA256: "aa", CloudID: "c1", At: today}}
	for name, c := range map[string]struct {
		facts drift.Facts
		want  string
		kind  drift.AgreementKind
	}{
		"removed in the cloud": {drift.Facts{Match: found, OnPremises: text, Past: past}, "MissingInCloud/CloudRemoved/Review/Cloud", ""},
		"accepted":             {drift.Facts{Match: found, OnPremises: text, Past: agreed(drift.Accepted, "")}, "InSync/Base64Text/None/", drift.Accepted},
		"written":              {drift.Facts{Match: found, OnPremises: text, Cloud: inCloud, Comparison: compared(photo.Unsure, 0.2), Past: past}, "InSync/Base64Text/None/", drift.Written},
		"not visible yet":      {drift.Facts{Match: found, OnPremises: text, Past: pending}, "MissingInCloud/NotVisibleYet/None/", ""},
		"disabled": {
			drift.Facts{Person: match.Person{AccountControl: disabledUser}, Match: found, OnPremises: text, Cloud: inCloud, Comparison: compared(photo.Same, 0), Past: past},
			"InSync/AccountDisabled/Remove/", drift.Written,
		},
	} {
		r := drift.Judge(c.facts, drift.Policy{RemoveOrphans: true, Grace: grace, Now: today})
		if got := told(r); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		if kind, ok := drift.Agrees(c.facts, r); kind != c.kind || ok != (c.kind != "") {
			t.Errorf("%s: kept as %q", name, kind)
		}
	}
}

func TestPendingWrite(t *testing.T) {
	changed := agreed(drift.Written, "e1")
	changed.Agreement.OnPremisesSHA256 = "00" // AD changed from there, and that was written
	differ := drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Different, 0.6), Past: changed}
	missing := drift.Facts{Match: found, OnPremises: onPrem}
	orphan := drift.Facts{Match: found, Cloud: inCloud, Past: agreed(drift.Written, "e1")}
	orphan.Past.OrphanSince = today.Add(-grace)
	disabled := differ
	disabled.Person.AccountControl, disabled.Past.OrphanSince = disabledUser, today.Add(-grace)
	downgrade := drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Same, 0.01)}
	downgrade.OnPremises.Detail, downgrade.Cloud.Detail, downgrade.Cloud.Width, downgrade.Cloud.Height = 96, 400, 648, 648

	upload := drift.Pending{Action: record.Upload, OnPremisesSHA256: "aa", CloudID: "c1", ETagBefore: "e1", At: today.Add(-time.Hour)}
	first := upload
	first.ETagBefore = ""
	remove := drift.Pending{Action: record.Remove, CloudID: "c1", ETagBefore: "e1", At: today.Add(-time.Hour)}
	removeDisabled := remove
	removeDisabled.OnPremisesSHA256 = "aa"
	with := func(w drift.Pending, edit func(*drift.Pending)) drift.Pending {
		edit(&w)
		return w
	}
	cloud := func(f drift.Facts, etag string, v photo.Verdict) drift.Facts {
		f.Cloud, f.Comparison = inCloud, compared(v, 0.3)
		f.Cloud.ETag = etag
		return f
	}
	other := differ
	other.OnPremises.SHA256 = "cc"

	for name, c := range map[string]struct {
		facts   drift.Facts
		pending drift.Pending
		want    string
	}{
		"not shown yet":                {differ, upload, "Drifted/NotVisibleYet/None/OnPremises"},
		"a first photo, not shown yet": {missing, first, "MissingInCloud/NotVisibleYet/None/"},
		"by baseline, not shown yet":   {cloud(missing, "e1", photo.Different), upload, "Drifted/NotVisibleYet/None/"},
		"a better photo replaced":      {downgrade, upload, "Drifted/NotVisibleYet/None/"},
		"a removal, not shown yet":     {orphan, remove, "MissingOnPremises/NotVisibleYet/None/OnPremises"},
		"of a disabled account":        {disabled, removeDisabled, "Drifted/NotVisibleYet/None/OnPremises"},
		"just under three days":        {differ, with(upload, func(w *drift.Pending) { w.At = today.Add(time.Second - 72*time.Hour) }), "Drifted/NotVisibleYet/None/OnPremises"},
		"by a clock a bit ahead":       {differ, with(upload, func(w *drift.Pending) { w.At = today.Add(time.Minute) }), "Drifted/NotVisibleYet/None/OnPremises"},

		"three days":                  {differ, with(upload, func(w *drift.Pending) { w.At = today.Add(-72 * time.Hour) }), "Drifted/OnPremisesChanged/Upload/OnPremises"},
		"in three days":               {differ, with(upload, func(w *drift.Pending) { w.At = today.Add(72 * time.Hour) }), "Drifted/OnPremisesChanged/Upload/OnPremises"},
		"nobody knows when":           {differ, with(upload, func(w *drift.Pending) { w.At = time.Time{} }), "Drifted/OnPremisesChanged/Upload/OnPremises"},
		"of another cloud user":       {differ, with(upload, func(w *drift.Pending) { w.CloudID = "c2" }), "Drifted/OnPremisesChanged/Upload/OnPremises"},
		"of another picture":          {other, upload, "Drifted/OnPremisesChanged/Upload/OnPremises"},
		"a removal before an upload":  {differ, removeDisabled, "Drifted/OnPremisesChanged/Upload/OnPremises"},
		"an upload before a removal":  {orphan, with(upload, func(w *drift.Pending) { w.OnPremisesSHA256 = "" }), "MissingOnPremises/OnPremisesRemoved/Remove/OnPremises"},
		"and shown by now":            {cloud(differ, "e2", photo.Same), upload, "InSync/Reencoded/None/"},
		"a first photo, shown by now": {cloud(missing, "e2", photo.Same), first, "InSync/Reencoded/None/"},
		"another picture shown":       {cloud(differ, "e2", photo.Different), upload, "Drifted/BothChanged/None/Both"},
		"first, and another picture":  {cloud(missing, "e2", photo.Different), first, "Drifted/BaselineOnPremises/Upload/"},
		"and taken away since":        {drift.Facts{Match: found, OnPremises: onPrem, Past: changed}, upload, "MissingInCloud/CloudRemoved/Review/Both"},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.facts
			f.Past.Pending = &c.pending
			p := drift.Policy{Baseline: record.BaselineAD, AllowDowngrade: true, RemoveOrphans: true, Grace: grace, Now: today}
			if got := told(drift.Judge(f, p)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestPendingWriteOfNobodyKnowsWhenIsOldWhateverTheTimeIs(t *testing.T) {
	f := drift.Facts{Match: found, OnPremises: onPrem, Past: drift.Past{Pending: &drift.Pending{Action: record.Upload, OnPremisesSHA256: "aa", CloudID: "c1"}}}
	if got := told(drift.Judge(f, drift.Policy{})); got != "MissingInCloud/NeverSynced/Upload/" {
		t.Errorf("got %s", got)
	}
}

// A removal that was not seen when it was made counts once the photo is gone:
// nobody else took it away.
func TestRemovalThatIsSeenLater(t *testing.T) {
	past := agreed(drift.Written, "e1")
	past.Pending = &drift.Pending{Action: record.Remove, OnPremisesSHA256: "aa", CloudID: "c1", ETagBefore: "e1", At: today.Add(-100 * time.Hour)}
	foreign := past
	foreign.Pending = &drift.Pending{Action: record.Remove, OnPremisesSHA256: "aa", CloudID: "c2", ETagBefore: "e1", At: today}
	gone := past
	gone.Gone = true
	off := match.Person{AccountControl: disabledUser}
	for name, c := range map[string]struct {
		facts drift.Facts
		want  string
		kept  bool
	}{
		"still disabled":        {drift.Facts{Person: off, Match: found, OnPremises: onPrem, Past: past}, "MissingInCloud/OrphanRemoved/None/", true},
		"enabled again":         {drift.Facts{Match: found, OnPremises: onPrem, Past: past}, "MissingInCloud/NeverSynced/Upload/", true},
		"without a photo":       {drift.Facts{Match: found, Past: past}, "NoPhoto//None/", true},
		"gone":                  {drift.Facts{Match: found, Past: gone}, "NoPhoto//None/", false},
		"of another cloud user": {drift.Facts{Person: off, Match: found, OnPremises: onPrem, Past: foreign}, "MissingInCloud/CloudRemoved/Review/Cloud", false},
		"not read": {
			drift.Facts{Person: off, Match: found, OnPremises: onPrem, Past: past, Err: record.Errorf(record.GraphFailed, "read")}, "Unknown/ReadFailed/None/", false,
		},
		"and it is there": {
			drift.Facts{Person: off, Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Different, 0.6), Past: past}, "InSync/Reencoded/None/", false,
		},
	} {
		r := drift.Judge(c.facts, drift.Policy{Now: today})
		if got := told(r); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		if kind, ok := drift.Agrees(c.facts, r); (ok && kind == drift.Removed) != c.kept {
			t.Errorf("%s: kept as %q", name, kind)
		}
	}
}
