package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	urfave "github.com/urfave/cli/v2"

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
				return c.refuse(u, record.Errorf(record.ConfirmationRequired, "sync has no terminal to ask on"))
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
	if err := checkSummary(u.String(flagSummary)); err != nil {
		return err
	}
	format, err := choice(u, flagOutput, "text", "json", "csv")
	if err != nil {
		return c.refuse(u, err)
	}
	o, err := c.options(u)
	if err != nil {
		return c.refuse(u, err)
	}
	v := newView(c.std, format, u.Bool(flagQuiet), u.Bool(flagVerbose))
	s, err := use(o, v)
	closeErr := v.close(s)
	if closeErr != nil {
		lost(&s, closeErr)
	}
	switch {
	case v.quiet:
	case s.Command == "check":
		v.sayChecks()
	case s.People > 0 || s.Requests != record.Requests{}:
		v.sayCounts(s)
		v.sayNext(s, o.Baseline)
	}
	return c.end(u, s, errors.Join(err, closeErr))
}

// refuse ends a run that cannot begin. It writes the summary all the same, so
// that whoever reads it does not find yesterday's.
func (c *command) refuse(u *urfave.Context, err error) error {
	c.started = true
	if u.Context.Err() != nil {
		err = record.Errorf(record.Cancelled, "the run was cancelled before it began")
	}
	return c.end(u, run.Refused(u.Command.Name, err), err)
}

// end writes the summary file and settles the exit code.
func (c *command) end(u *urfave.Context, s record.Summary, err error) error {
	if file := u.String(flagSummary); file != "" {
		if e := writeSummary(file, s); e != nil {
			lost(&s, e)
			err = errors.Join(err, e)
		}
	}
	c.exit = s.ExitCode
	return err
}

// lost takes into account that rows or the summary could not be written: such a
// run has failed, whatever else can be said of it that is less.
func lost(s *record.Summary, err error) {
	if s.ErrorCode == "" {
		s.SetError(err)
	}
	exit := record.Worst(record.ExitCode(s.ExitCode), record.CodeOf(err).Entry().Exit)
	if int(exit) != s.ExitCode {
		s.ExitCode, s.Outcome = int(exit), record.OutcomeFailed
	}
}

// sayNext tells people what they would want to do after a run that left
// something undecided.
func (v *view) sayNext(s record.Summary, b record.Baseline) {
	drifted := s.Statuses[record.Drifted]
	switch {
	case s.Outcome != record.OutcomeOk:
	case s.Command == "drift" && drifted+s.Statuses[record.MissingInCloud] > 0:
		v.say("next: photosync sync --dry-run shows what would be written; --baseline onpremises takes the directory's photo where the two differ")
	case s.Command == "sync" && b == record.BaselineReview && drifted > 0:
		v.say(fmt.Sprintf("next: two different photos, left alone: %d; --baseline onpremises takes the directory's where the pictures surely differ", drifted))
	}
}

// shownBeforeAsking is the number of changes that are listed before the question.
const shownBeforeAsking = 20

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
func (a *asker) Approve(ctx context.Context, p *plan.Plan) ([]bool, error) {
	if a.yes {
		return p.Approved(), nil
	}
	a.hide()
	for i, c := range p.Changes {
		if i == shownBeforeAsking {
			_, _ = fmt.Fprintf(a.std.Err, "  ... and %d more; --dry-run shows all\n", len(p.Changes)-i)
			break
		}
		_, _ = fmt.Fprintf(a.std.Err, "  %s %s (%s)\n", c.Action, plain(firstOf(c.UserPrincipalName, c.SamAccountName, c.ObjectGUID)), c.Reason)
	}
	yes, err := a.ask(ctx, fmt.Sprintf("Upload %d photos and remove %d, of %d people. What is there now is backed up first.", p.Uploads, p.Removes, p.People))
	if err != nil || !yes {
		return nil, err
	}
	return p.Approved(), nil
}

// ask asks for the whole word.
func (a *asker) ask(ctx context.Context, question string) (bool, error) {
	_, _ = fmt.Fprintf(a.std.Err, "%s\nType yes to go on: ", question)
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
