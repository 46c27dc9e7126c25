// Package cli is the command line of photosync: flags and environment become
// options of a use case, and what the use case gives becomes text, JSON Lines
// or CSV. Standard output carries data only; people read standard error.
//
// Start with [Run].
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"photosync/bridge"
	"photosync/internal/record"
)

// Stdio is where a command reads and writes.
type Stdio struct {
	In  io.Reader
	Out io.Writer // data
	Err io.Writer // people
}

// Run carries out a command line, program name first, and gives the exit code.
// On failure the last line on standard error is `CODE: message. What to do.`
func Run(ctx context.Context, args []string, std Stdio) int {
	c := &command{std: std}
	if len(args) == 2 && args[1] == "--version" {
		args = []string{args[0], "version"}
	}
	if err := c.run(ctx, args); err != nil {
		_, _ = fmt.Fprintln(std.Err, record.From(err).Line()) // where else could a failure to say so be said
	}
	return c.exit
}

// run carries out a command line and settles the exit code.
func (c *command) run(ctx context.Context, args []string) error {
	err := c.app().RunContext(ctx, args)
	var coded *record.Error
	if err != nil && !errors.As(err, &coded) && ctx.Err() == nil && !c.started {
		err = record.Errorf(record.Usage, "%w", err)
	}
	if err != nil && c.exit == int(record.ExitOk) {
		c.exit = int(record.CodeOf(err).Entry().Exit)
	}
	return err
}

// command is one call of the program.
type command struct {
	std     Stdio
	exit    int  // set by a command that knows better than its error
	started bool // the command line was understood
}

func (c *command) app() *urfave.App {
	usage := func(_ *urfave.Context, err error, _ bool) error {
		return record.Errorf(record.Usage, "%w", err)
	}
	app := &urfave.App{
		Name:        "photosync",
		Usage:       "find out whose on-premises photo and Microsoft 365 photo have drifted apart, and make it right",
		Description: appDescription,
		Writer:      c.std.Err,
		ErrWriter:   c.std.Err,
		Reader:      c.std.In,
		HideVersion: true,
		Commands:    []*urfave.Command{c.demo(), c.check(), c.drift(), c.sync(), c.restore(), c.journal(), c.bridge(), c.version()},

		DisableSliceFlagSeparator: true, // DNs contain commas
		ExitErrHandler:            func(*urfave.Context, error) {},
		OnUsageError:              usage,
		Action: func(u *urfave.Context) error {
			if u.Args().Present() {
				return record.Errorf(record.Usage, "there is no command %q", u.Args().First()).Advise("Run photosync --help to see the commands.")
			}
			_ = urfave.ShowAppHelp(u)
			return record.Errorf(record.Usage, "no command was given").Advise("Try photosync demo.")
		},
	}
	for _, sub := range leaves(app.Commands) {
		sub.Before = c.noArguments
	}
	for _, sub := range slices.Concat(app.Commands, leaves(app.Commands)) {
		sub.OnUsageError = usage
		sub.HideHelpCommand = true
	}
	return app
}

// leaves gives the commands that have none below them.
func leaves(commands []*urfave.Command) (all []*urfave.Command) {
	for _, c := range commands {
		if len(c.Subcommands) == 0 {
			all = append(all, c)
		}
		all = append(all, leaves(c.Subcommands)...)
	}
	return all
}

// noArguments refuses what is left of the command line after the flags: a
// forgotten flag name would otherwise widen the scope to everybody.
func (c *command) noArguments(u *urfave.Context) error {
	if !u.Args().Present() {
		return nil
	}
	e := record.Errorf(record.Usage, "unexpected argument %q", u.Args().First())
	switch u.Command.Name {
	case "drift", "sync", "forget":
		return c.refuse(u, e.Advise("Name people with --user or --users-file; run the command with --help to see its flags."))
	case "restore":
		return c.refuse(u, e.Advise("Name a run with --run, people with --user or --users-file; run the command with --help to see its flags."))
	case "prune":
		return c.refuse(u, e.Advise("Say how old with --retention; run the command with --help to see its flags."))
	case "check":
		return c.refuse(u, e.Advise("Name the person to read with --user; run the command with --help to see its flags."))
	}
	return e
}

const appDescription = `Start with "photosync demo", which needs nothing: it shows a small company
in a lab of its own. Against your own directory and tenant:

  photosync check --server dc1.corp.example
  photosync drift --server dc1.corp.example
  photosync sync  --server dc1.corp.example --dry-run --baseline onpremises
  photosync restore --list

Exit codes: 0 fine, 1 failed, 3 some people failed, 4 drift found (only with
--drift-exit-code), 5 a brake, 10 configuration, 11 credentials, 12 directory,
13 Microsoft Graph, 14 state or journal, 64 usage, 130 cancelled.`

func (c *command) version() *urfave.Command {
	return &urfave.Command{
		Name:  "version",
		Usage: "print the version",
		Action: func(*urfave.Context) error {
			_, err := fmt.Fprintf(c.std.Out, "photosync %s %s/%s %s\n", bridge.Version(), runtime.GOOS, runtime.GOARCH, runtime.Version())
			if err != nil {
				return record.Errorf(record.OutputFailed, "print the version: %w", err)
			}
			return nil
		},
	}
}
