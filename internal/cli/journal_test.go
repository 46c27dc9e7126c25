package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
	"photosync/internal/run"
)

func TestJournalRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code record.Code
		says string
	}{
		"no command":               {nil, record.Usage, "photosync journal prune or photosync journal forget"},
		"another command":          {[]string{"burn"}, record.Usage, `journal has no command "burn"`},
		"nobody to ask":            {[]string{"prune"}, record.ConfirmationRequired, "prune has no terminal to ask on"},
		"nobody to ask, forget":    {[]string{"forget", "--user", "a"}, record.ConfirmationRequired, "forget has no terminal to ask on"},
		"kept for ever":            {[]string{"prune", "--yes", "--retention", "0"}, record.Usage, "--retention 0 keeps everything"},
		"kept for ever, 0d":        {[]string{"prune", "--dry-run", "--retention", "0d"}, record.Usage, "--retention 0 keeps everything"},
		"no unit":                  {[]string{"prune", "--yes", "--retention", "90"}, record.Usage, "it has no unit"},
		"negative":                 {[]string{"prune", "--yes", "--retention=-1d"}, record.Usage, "it is negative"},
		"an argument":              {[]string{"prune", "--yes", "90d"}, record.Usage, `unexpected argument "90d". Say how old with --retention`},
		"nobody named":             {[]string{"forget", "--yes"}, record.Usage, "forget was not told whom. Name people with --user"},
		"an empty name":            {[]string{"forget", "--yes", "--user", ""}, record.Usage, "--user was given an empty name"},
		"an empty list":            {[]string{"forget", "--yes", "--users-file", ""}, record.Usage, "--users-file was given an empty value"},
		"a list of nobody":         {[]string{"forget", "--yes", "--users-file", "-"}, record.UsersFileUnusable, "- names nobody"},
		"an argument for a person": {[]string{"forget", "--yes", "anna"}, record.Usage, `unexpected argument "anna". Name people with --user`},
		"no such flag":             {[]string{"prune", "--user", "a"}, record.Usage, "flag provided but not defined"},
		"help of nothing":          {[]string{"help", "prune"}, record.Usage, `journal has no command "help"`},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, said := runCLI(t.Context(), append([]string{"journal"}, c.args...)...)
			last := lastLine(said)
			if code != int(c.code.Entry().Exit) || out != "" || !strings.HasPrefix(last, string(c.code)+": ") || !strings.Contains(last, c.says) {
				t.Errorf("exit code %d, output %q, last line\n%s\nwant %s", code, out, last, c.says)
			}
		})
	}
}

func TestQuestionOfForgetNamesPeople(t *testing.T) {
	for want, people := range map[string][]run.Named{
		"a\ufffd":                  run.Names("a\x1b"),
		"a, b, c, d, e":            run.Names("a", "b", "c", "d", "e"),
		"a, b, c, d, e and 2 more": run.Names("a", "b", "c", "d", "e", "f", "g"),
	} {
		if diff := cmp.Diff(want, listed(people)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestForgottenIsSaid(t *testing.T) {
	for want, f := range map[string]run.Forgotten{
		"3 photos, which 4 writes had replaced or removed":                                            {Writes: 4, Backups: 3},
		"1 photo, which 1 write had replaced or removed; kept, because somebody else had the same: 2": {Writes: 1, Backups: 1, Kept: 2},
	} {
		if diff := cmp.Diff(want, forgotten(f)); diff != "" {
			t.Error(diff)
		}
	}
}

// The help of the program has every command, and that of journal its own.
func TestHelpListsTheCommands(t *testing.T) {
	for line, names := range map[string][]string{
		"": {"restore", "journal", "sync"}, "journal": {"prune", "forget"}, "journal prune": {"--retention", "--dry-run"}, "restore": {"--list", "--force", "--identity-file"},
	} {
		_, _, said := runCLI(t.Context(), append(strings.Fields(line), "--help")...)
		for _, name := range names {
			if !strings.Contains(said, name) {
				t.Errorf("the help of %q lacks %s:\n%s", line, name, said)
			}
		}
	}
}
