package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/plan"
	"photosync/internal/record"
)

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

func TestAddCountsPhotosAndWhoWasNotRead(t *testing.T) {
	p := &plan.Plan{}
	for _, r := range []record.Row{
		{Status: record.InSync, OnPremisesSha256: "aa"},
		{Status: record.Unreadable, OnPremisesSha256: "bb"}, // there is something
		{Status: record.Unknown, OnPremisesSha256: "cc"},    // the cloud could not be read
		{Status: record.Unknown},
		{Status: record.NoPhoto},
		{Status: record.MissingOnPremises, CloudETag: "e"},
	} {
		p.Add(r)
	}
	if p.People != 6 || p.Photos != 3 || p.Unread != 2 {
		t.Errorf("people %d, photos %d, unread %d", p.People, p.Photos, p.Unread)
	}
}

// mixed gives a plan of six: one removal for two uploads.
func mixed() *plan.Plan {
	p := &plan.Plan{WholeScope: true}
	for i, name := range []string{"a", "b", "c", "d", "e", "f"} {
		action := record.Upload
		if i%3 == 1 {
			action = record.Remove
		}
		p.Add(record.Row{UserPrincipalName: name, Action: action})
	}
	return p
}

func names(changes []plan.Change) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.UserPrincipalName)
	}
	return strings.Join(all, "")
}

func TestFirst(t *testing.T) {
	for n, want := range map[int]struct {
		kept, dropped    string
		uploads, removes int
	}{
		-1: {"abcdef", "", 4, 2},
		0:  {"abcdef", "", 4, 2},
		1:  {"a", "bcdef", 1, 0},
		2:  {"ab", "cdef", 1, 1},
		5:  {"abcde", "f", 3, 2},
		6:  {"abcdef", "", 4, 2},
		7:  {"abcdef", "", 4, 2},
	} {
		p := mixed()
		dropped := p.First(n)
		if names(p.Changes) != want.kept || names(dropped) != want.dropped || p.Uploads != want.uploads || p.Removes != want.removes || p.People != 6 {
			t.Errorf("%d: kept %s, dropped %s, uploads %d, removes %d, people %d", n, names(p.Changes), names(dropped), p.Uploads, p.Removes, p.People)
		}
	}
}

func TestWithout(t *testing.T) {
	p := mixed()
	dropped := p.Without(func(c plan.Change) bool { return strings.Contains("bc", c.UserPrincipalName) })
	if names(p.Changes) != "adef" || names(dropped) != "bc" || p.Uploads != 3 || p.Removes != 1 || p.People != 6 {
		t.Errorf("kept %s, dropped %s, uploads %d, removes %d, people %d", names(p.Changes), names(dropped), p.Uploads, p.Removes, p.People)
	}
	if yes := p.Approved(); len(yes) != 4 || slices.Contains(yes, false) {
		t.Errorf("approved: %v", yes)
	}
}
