package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"photosync/internal/drift"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

func (c *command) drift() *urfave.Command {
	return &urfave.Command{
		Name:  "drift",
		Usage: "find out whose photos have drifted apart; writes nothing",
		Description: `Compares the photo of everybody in scope, in the directory and in
Microsoft 365, as pictures and not as bytes, and prints a row for everybody who
needs attention: all but InSync and NoPhoto, or every named person.

  photosync drift --server dc1.corp.example --user anna@corp.example
  photosync drift --server dc1.corp.example --search-base "OU=Staff,DC=corp,DC=example"
  photosync drift --server dc1.corp.example --output csv --all > photos.csv

Statuses: InSync, Drifted, MissingInCloud, MissingOnPremises, NoPhoto,
NotInCloud, Ambiguous, Unreadable, Unknown (a read failed).
Needs the roles User.Read.All and ProfilePhoto.Read.All in Microsoft 365, and an
account that may read the directory.`,
		Flags: driftFlags(),
		Action: func(u *urfave.Context) error {
			return c.carryOut(u, func(o run.Options, v *view) (record.Summary, error) {
				return run.Drift(u.Context, o, v)
			})
		},
	}
}

func (c *command) sync() *urfave.Command {
	return &urfave.Command{
		Name:  "sync",
		Usage: "bring the photos in Microsoft 365 up to date with the directory",
		Description: `Compares as drift does, makes a plan, checks the brakes, asks, and then
writes: people without a photo in the cloud get theirs, and with --baseline
onpremises also those whose photos differ. What is in the cloud is backed up
first; every write is read back.

  photosync sync --server dc1.corp.example --dry-run
  photosync sync --server dc1.corp.example --dry-run --baseline onpremises
  photosync sync --server dc1.corp.example --user anna@corp.example --baseline onpremises --yes

Prints a row for everybody who was to be changed: Done, Pending (accepted, not
visible yet), Skipped, Failed, or WouldChange in a dry run. A dry run ends with
the brake that would stop the run.
Needs the roles User.Read.All and ProfilePhoto.ReadWrite.All in Microsoft 365,
and an account that may read the directory.`,
		Flags: syncFlags(),
		Action: func(u *urfave.Context) error {
			asker := &asker{std: c.std, yes: u.Bool(flagYes)}
			if !u.Bool(flagDryRun) && !asker.yes && !asker.canAsk() {
				return record.Errorf(record.ConfirmationRequired, "sync has no terminal to ask on")
			}
			return c.carryOut(u, func(o run.Options, v *view) (record.Summary, error) {
				asker.hide = v.progress.hide
				return run.Sync(u.Context, o, asker, v)
			})
		},
	}
}

// carryOut reads the options, runs a use case with a view, and writes the summary.
func (c *command) carryOut(u *urfave.Context, use func(run.Options, *view) (record.Summary, error)) error {
	c.started = true
	format, err := choice(u, flagOutput, "text", "json", "csv")
	if err != nil {
		return err
	}
	o, err := c.options(u)
	if err != nil {
		return err
	}
	v := newView(c.std, format, u.Bool(flagQuiet), u.Bool(flagVerbose))
	o.Directory.Verbose = v.Verbose
	s, runErr := use(o, v)
	c.exit = s.ExitCode
	closeErr := v.close()
	if runErr == nil && closeErr != nil {
		s.SetError(closeErr)
		s.ExitCode, s.Outcome = int(record.ExitFailed), record.OutcomeFailed
	}
	if !v.quiet {
		v.sayCounts(s)
		v.sayNext(s, o.Baseline)
	}
	var fileErr error
	if file := u.String(flagSummary); file != "" {
		fileErr = writeSummary(file, s)
	}
	err = errors.Join(runErr, closeErr, fileErr)
	if c.exit == int(record.ExitOk) && err != nil {
		c.exit = int(record.CodeOf(err).Entry().Exit)
	}
	return err
}

// sayNext tells people what they would want to do after a run that left
// something undecided.
func (v *view) sayNext(s record.Summary, b drift.Baseline) {
	drifted := s.Statuses[record.Drifted]
	switch {
	case s.Outcome != record.OutcomeOk:
	case s.Command == "drift" && drifted+s.Statuses[record.MissingInCloud] > 0:
		v.say("next: photosync sync --dry-run shows what would be written; --baseline onpremises takes the directory's photo where the two differ")
	case s.Command == "sync" && b == drift.BaselineReview && drifted > 0:
		v.say(fmt.Sprintf("next: %d people have two different photos and were left alone; --baseline onpremises takes the directory's", drifted))
	}
}

// asker is the [run.Approver] of the command line.
type asker struct {
	std  Stdio
	yes  bool
	hide func()
}

var _ run.Approver = (*asker)(nil)

func (a *asker) canAsk() bool { return isTerminal(a.std.In) && isTerminal(a.std.Err) }

// Approve implements [run.Approver]: it asks on the terminal, and takes only
// the whole word for an answer, as terraform taught its users.
func (a *asker) Approve(ctx context.Context, p *plan.Plan) (bool, error) {
	if a.yes {
		return true, nil
	}
	a.hide()
	_, _ = fmt.Fprintf(a.std.Err, "Upload %d photos and remove %d, of %d people. What is there now is backed up first.\nType yes to go on: ", p.Uploads, p.Removes, p.People)
	answer := make(chan string, 1)
	go func() { // a read of a terminal cannot be cancelled; it ends with the program
		text, err := bufio.NewReader(a.std.In).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			text = ""
		}
		answer <- strings.TrimSpace(text)
	}()
	select {
	case text := <-answer:
		return text == "yes", nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
