package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/plan"
	"photosync/internal/record"
)

func TestAsker(t *testing.T) {
	const question = "Upload 3 photos and remove 1, of 7 people. What is there now is backed up first.\nType yes to go on: "
	for name, c := range map[string]struct {
		in   io.Reader
		yes  bool // --yes
		want bool
		says string
	}{
		"yes":                   {strings.NewReader("yes\n"), false, true, question},
		"yes, CRLF":             {strings.NewReader("yes\r\n"), false, true, question},
		"yes and a space":       {strings.NewReader("yes \n"), false, true, question},
		"yes without an end":    {strings.NewReader("yes"), false, true, question},
		"no":                    {strings.NewReader("no\n"), false, false, question},
		"y":                     {strings.NewReader("y\n"), false, false, question},
		"YES":                   {strings.NewReader("YES\n"), false, false, question},
		"yes, but":              {strings.NewReader("yes, but\n"), false, false, question},
		"empty, then yes":       {strings.NewReader("\nyes\n"), false, false, question},
		"nobody":                {strings.NewReader(""), false, false, question},
		"a terminal that broke": {io.MultiReader(strings.NewReader("yes"), iotest.ErrReader(errors.New("broken"))), false, false, question},
		"--yes asks nobody":     {iotest.ErrReader(errors.New("it was read")), true, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var err words
			hidden := false
			a := &asker{std: Stdio{In: c.in, Err: &err}, yes: c.yes, hide: func() { hidden = true }, question: writeQuestion}
			got, failed := a.Approve(t.Context(), &plan.Plan{Uploads: 3, Removes: 1, People: 7})
			if (got != nil) != c.want || failed != nil {
				t.Errorf("got %v, %v; want %v", got, failed, c.want)
			}
			if diff := cmp.Diff(c.says, err.String()); diff != "" {
				t.Error(diff)
			}
			if hidden != (c.says != "") {
				t.Errorf("the progress is hidden: %v", hidden)
			}
		})
	}
}

func TestQuestions(t *testing.T) {
	const backed = " What is there now is backed up first."
	for want, got := range map[string]string{
		"Upload 1 photo and remove 0, of 7 people." + backed: writeQuestion(&plan.Plan{Uploads: 1, People: 7}),
		"Upload 2 photos and remove 1." + backed:             writeQuestion(&plan.Plan{Uploads: 2, Removes: 1}), // of a plan that is carried out
		"Put back 3 photos and take away 1." + backed:        restoreQuestion(&plan.Plan{Uploads: 3, Removes: 1, People: 4}),
		"Put back 1 photo and take away 0." + backed:         restoreQuestion(&plan.Plan{Uploads: 1}),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The first changes are listed before the question, harmless for the terminal.
func TestAskerListsChanges(t *testing.T) {
	p := &plan.Plan{People: 300}
	for i := range shownBeforeAsking + 2 {
		p.Add(record.Row{UserPrincipalName: fmt.Sprintf("u%02d\x1b[2J", i), SamAccountName: "sam", Action: record.Upload, Reason: record.NeverSynced})
	}
	p.Changes[1].UserPrincipalName, p.Changes[2] = "", plan.Change{ObjectGUID: "guid", Action: record.Remove}
	p.Changes[3].UserPrincipalName, p.Changes[3].SamAccountName, p.Changes[3].CloudID = "", "", "cloud" // of somebody who left
	var err words
	a := &asker{std: Stdio{In: strings.NewReader("no\n"), Err: &err}, hide: func() {}, question: writeQuestion}
	if _, failed := a.Approve(t.Context(), p); failed != nil {
		t.Fatal(failed)
	}
	want := "  Upload u00\ufffd[2J (NeverSynced)\n  Upload sam (NeverSynced)\n  Remove guid ()\n  Upload cloud (NeverSynced)\n"
	for i := 4; i < shownBeforeAsking; i++ {
		want += fmt.Sprintf("  Upload u%02d\ufffd[2J (NeverSynced)\n", i)
	}
	want += "  ... and 2 more; --dry-run shows all\n"
	got, _, _ := strings.Cut(err.String(), "Upload 22 photos")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Ctrl+C at the question is no answer, and waits for none.
func TestAskerIsCancelled(t *testing.T) {
	in, keyboard := io.Pipe()
	defer keyboard.Close() // ends the read that cannot be cancelled
	ctx, cancel := context.WithCancel(t.Context())
	a := &asker{std: Stdio{In: in, Err: &words{wrote: func(string) { cancel() }}}, hide: func() {}, question: writeQuestion}
	if yes, err := a.Approve(ctx, &plan.Plan{}); yes != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", yes, err)
	}
}
