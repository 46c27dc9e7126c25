package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/plan"
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
			a := &asker{std: Stdio{In: c.in, Err: &err}, yes: c.yes, hide: func() { hidden = true }}
			got, failed := a.Approve(t.Context(), &plan.Plan{Uploads: 3, Removes: 1, People: 7})
			if got != c.want || failed != nil {
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

// Ctrl+C at the question is no answer, and waits for none.
func TestAskerIsCancelled(t *testing.T) {
	in, keyboard := io.Pipe()
	defer keyboard.Close() // ends the read that cannot be cancelled
	ctx, cancel := context.WithCancel(t.Context())
	a := &asker{std: Stdio{In: in, Err: &words{wrote: func(string) { cancel() }}}, hide: func() {}}
	if yes, err := a.Approve(ctx, &plan.Plan{}); yes || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", yes, err)
	}
}
