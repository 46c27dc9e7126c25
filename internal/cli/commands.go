package cli

import (
	"errors"

	urfave "github.com/urfave/cli/v2"

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
writes: people without a photo in the cloud get theirs, those whose photo changed
in the directory since both sides agreed get the new one, and with --baseline
onpremises also those whose photos differ and on whom nobody has decided. What is
in the cloud is backed up first; every write is read back; photosync restore
undoes it.

  photosync sync --server dc1.corp.example --dry-run
  photosync sync --server dc1.corp.example --dry-run --baseline onpremises
  photosync sync --server dc1.corp.example --user anna@corp.example --baseline onpremises --yes
  photosync sync --server dc1.corp.example --dry-run --plan friday.jsonl
  photosync sync --server dc1.corp.example --plan friday.jsonl --yes

Prints a row for everybody who was to be changed: Done, Pending (accepted, not
visible yet), Skipped, Failed, or WouldChange in a dry run. A dry run ends with
the brake that would stop the run. A plan may be reviewed by deleting whole lines
after its first; each write is checked against what the plan was made on.
Needs the roles User.Read.All and ProfilePhoto.ReadWrite.All in Microsoft 365,
and an account that may read the directory.`,
		Flags: syncFlags(),
		Action: func(u *urfave.Context) error {
			if err := c.confirmed(u, nil); err != nil {
				return c.refuse(u, err)
			}
			asker := &asker{std: c.std, yes: u.Bool(flagYes), question: writeQuestion}
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
	if err := checkFile(flagSummary, u.String(flagSummary)); err != nil {
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
		v.sayNext(s, o)
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
	return c.end(u, run.Refused(useCase(u), err), err)
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
