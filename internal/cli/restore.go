package cli

import (
	"time"

	urfave "github.com/urfave/cli/v2"

	"photosync/internal/record"
	"photosync/internal/run"
)

func (c *command) restore() *urfave.Command {
	return &urfave.Command{
		Name:  "restore",
		Usage: "put back what was there before a run wrote",
		Description: `Undoes a run, what it wrote for some people, or the last write for each of some
people: the photo that was there before is put back from its backup, and where
there was none, the one that is there now is taken away. What is in the cloud now
is backed up first; a restore is a run like any other and can be undone itself.

  photosync restore --list
  photosync restore --run 01990a2b-5c1e-7d0f-8a44-2f6f0f6f3a11 --dry-run
  photosync restore --run 01990a2b-5c1e-7d0f-8a44-2f6f0f6f3a11
  photosync restore --user anna@corp.example --yes

Prints a row for each write that is to be undone: Done, Pending, Skipped (the
cloud photo changed since, and without --force it stays), Failed, or WouldChange
in a dry run. --list prints the runs that the state folder knows, the latest
first, and needs no sign-in. The directory is not asked.
Needs the roles User.Read.All and ProfilePhoto.ReadWrite.All in Microsoft 365.`,
		Flags: restoreFlags(),
		Action: func(u *urfave.Context) error {
			asker := &asker{std: c.std, yes: u.Bool(flagYes), question: restoreQuestion}
			return c.carryOut(u, func(o run.Options, v *view) (record.Summary, error) {
				if useCase(u) == "runs" {
					return run.Runs(u.Context, o, v)
				}
				asker.hide = v.progress.hide
				return run.Restore(u.Context, o, asker, v)
			})
		},
	}
}

// undoing reads what is to be undone, and how.
func (c *command) undoing(u *urfave.Context, o *run.Options) error {
	if !u.IsSet(flagRun) && !named(u) {
		return record.Errorf(record.Usage, "restore was not told what to undo").
			Advise("Name a run with --run, people with --user or --users-file, or both; photosync restore --list shows the runs.")
	}
	o.RestoreRun, o.Force = u.String(flagRun), u.Bool(flagForce)
	if err := periods(u, map[string]*time.Duration{flagVerifyTimeout: &o.VerifyTimeout}); err != nil {
		return err
	}
	return notZero(u, map[string]time.Duration{flagVerifyTimeout: o.VerifyTimeout})
}

// listing reads which runs are wanted.
func (c *command) listing(u *urfave.Context, o *run.Options) error {
	if named(u) {
		return record.Errorf(record.Usage, "--list lists runs, and people are named").Advise("Leave out --list to restore them, or list one run with --run.")
	}
	o.RestoreRun = u.String(flagRun)
	return nil
}

// named reports whether people are named.
func named(u *urfave.Context) bool { return u.IsSet(flagUser) || u.IsSet(flagUsersFile) }
