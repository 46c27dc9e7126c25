package cli

import (
	"context"
	"fmt"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"photosync/internal/record"
	"photosync/internal/run"
)

func (c *command) journal() *urfave.Command {
	return &urfave.Command{
		Name:  "journal",
		Usage: "take away runs and backups that are not to be kept any longer",
		Description: `The state folder keeps, for each run, what it wrote and the photos that were
there before. They are faces, and are not kept for ever: sync takes away by itself
what is older than its --retention.

  photosync journal prune --retention 30d
  photosync journal forget --user anna@corp.example`,
		Subcommands: []*urfave.Command{c.prune(), c.forget()},
		Action: func(u *urfave.Context) error {
			e := record.Errorf(record.Usage, "journal was not told what to do")
			if u.Args().Present() {
				e = record.Errorf(record.Usage, "journal has no command %q", u.Args().First())
			}
			return e.Advise("Run photosync journal prune or photosync journal forget; photosync restore --list shows the runs.")
		},
	}
}

func (c *command) prune() *urfave.Command {
	return &urfave.Command{
		Name:  "prune",
		Usage: "take away the runs that are older than --retention, with their backups",
		Description: `Takes away the runs that began before that time, and the backups that no other
run needs, and prints a row for each of those runs. They cannot be undone any
more after that.

  photosync journal prune --dry-run
  photosync journal prune --retention 30d --yes`,
		Flags: pruneFlags(),
		Action: func(u *urfave.Context) error {
			asker := &asker{std: c.std, yes: u.Bool(flagYes)}
			return c.carryOut(u, func(o run.Options, v *view) (record.Summary, error) {
				asker.hide = v.progress.hide
				if err := asker.mayPrune(u.Context, o); err != nil {
					return run.Refused("prune", err), err
				}
				s, err := run.Prune(u.Context, o, v)
				if err == nil {
					v.tell(taken(o) + counted(v.runs, "run") + " older than " + inDays(o.Retention))
				}
				return s, err
			})
		},
	}
}

func (c *command) forget() *urfave.Command {
	return &urfave.Command{
		Name:  "forget",
		Usage: "take away every backup of a person, and leave a record of that",
		Description: `Takes away the backups of all photos that were replaced or removed for these
people; what was written when stays in the journal. A photo that is somebody
else's too stays for them. It prints no rows.

  photosync journal forget --user anna@corp.example --dry-run
  photosync journal forget --user anna@corp.example --yes`,
		Flags: forgetFlags(),
		Action: func(u *urfave.Context) error {
			asker := &asker{std: c.std, yes: u.Bool(flagYes)}
			return c.carryOut(u, func(o run.Options, v *view) (record.Summary, error) {
				asker.hide = v.progress.hide
				if err := asker.mayForget(u.Context, o); err != nil {
					return run.Refused("forget", err), err
				}
				f, s, err := run.Forget(u.Context, o, v)
				if err == nil {
					v.tell(taken(o) + forgotten(f))
				}
				return s, err
			})
		},
	}
}

// pruning reads how old a run must be to be taken away.
func (c *command) pruning(u *urfave.Context, o *run.Options) (err error) {
	if o.Retention, err = period(u, flagRetention); err == nil && o.Retention == 0 {
		err = record.Errorf(record.Usage, "--%s 0 keeps everything, and leaves nothing to prune", flagRetention).Advise("Say how long runs are to be kept, such as --retention 30d.")
	}
	return err
}

// forgetting refuses to forget nobody, which could be taken for everybody.
func (c *command) forgetting(u *urfave.Context, _ *run.Options) error {
	if !named(u) {
		return record.Errorf(record.Usage, "forget was not told whom").Advise("Name people with --user or --users-file.")
	}
	return nil
}

// mayPrune asks, if there is anything to take away.
func (a *asker) mayPrune(ctx context.Context, o run.Options) error {
	if o.DryRun || a.yes {
		return nil
	}
	o.DryRun = true
	found := new(counter)
	if _, err := run.Prune(ctx, o, found); err != nil || found.runs == 0 {
		return err
	}
	question := fmt.Sprintf("Take away %s older than %s, and the backups that no other run needs? They cannot be undone any more.",
		counted(found.runs, "run"), inDays(o.Retention))
	return a.may(ctx, question, "the pruning was declined; nothing was taken away")
}

// mayForget asks, if there is anything to take away.
func (a *asker) mayForget(ctx context.Context, o run.Options) error {
	if o.DryRun || a.yes {
		return nil
	}
	o.DryRun = true
	f, _, err := run.Forget(ctx, o, new(counter))
	if err != nil || f.Backups == 0 {
		return err
	}
	question := fmt.Sprintf("Take away %s of %s? They cannot be put back any more.", counted(f.Backups, "photo"), listed(o.People))
	return a.may(ctx, question, "the forgetting was declined; nothing was taken away")
}

// taken begins the line that says what was taken away.
func taken(o run.Options) string {
	if o.DryRun {
		return "would be taken away: "
	}
	return "taken away: "
}

// forgotten says what was forgotten, and what not.
func forgotten(f run.Forgotten) string {
	text := fmt.Sprintf("%s, which %s had replaced or removed", counted(f.Backups, "photo"), counted(f.Writes, "write"))
	if f.Kept > 0 {
		text += fmt.Sprintf("; kept, because somebody else had the same: %d", f.Kept)
	}
	return text
}

// listedPeople is the number of people whom a question names.
const listedPeople = 5

// listed names people in a question.
func listed(people []run.Named) string {
	var names []string
	for _, p := range people[:min(len(people), listedPeople)] {
		names = append(names, plain(p.Name))
	}
	text := strings.Join(names, ", ")
	if more := len(people) - listedPeople; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// counter counts what a dry run would take away. The run that follows warns.
type counter struct{ runs int }

var _ run.RunSink = (*counter)(nil)

// Run implements [run.RunSink].
func (c *counter) Run(record.Run) error {
	c.runs++
	return nil
}

// Warn implements [run.RunSink].
func (*counter) Warn(string) {}

// Verbose implements [run.RunSink].
func (*counter) Verbose(string) {}
