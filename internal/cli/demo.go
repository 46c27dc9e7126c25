package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"photosync/internal/lab"
	"photosync/internal/record"
)

func (c *command) demo() *urfave.Command {
	return &urfave.Command{
		Name:  "demo",
		Usage: "show drift and sync on a small company in a lab; needs nothing",
		Description: `Starts a directory and a Microsoft Graph of its own on loopback, with a small
company in them, and runs drift, a dry run, the sync, and drift again. Nothing
outside the lab is read or written.

With --serve the lab stays up until Ctrl+C; the environment that points
photosync at it is printed as KEY=VALUE lines:

  photosync demo --serve > lab.env &
  set -a; . ./lab.env; set +a
  photosync drift`,
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "serve", Usage: "keep the lab up and print how to reach it"},
		},
		Action: func(u *urfave.Context) (err error) {
			c.started = true
			l, err := lab.Start(lab.SmallCompany())
			if err != nil {
				return record.Errorf(record.InternalError, "start the lab: %w", err)
			}
			state, err := os.MkdirTemp("", "photosync-demo-*")
			if err != nil {
				return errors.Join(record.Errorf(record.StateDirUnusable, "make a folder for the demo: %w", err), l.Close())
			}
			defer func() { err = errors.Join(err, l.Close(), os.RemoveAll(state)) }()
			if u.Bool("serve") {
				return c.serveLab(u.Context, l, state)
			}
			return c.showLab(u.Context, l, state)
		},
	}
}

// tokenLife is how long the lab's token lasts: longer than anybody's lab is up.
const tokenLife = 30 * 24 * time.Hour

// labRoles are those that a person would grant: enough for drift and sync, and
// for the questions of check.
var labRoles = []string{"User.Read.All", "ProfilePhoto.ReadWrite.All", "PeopleSettings.Read.All", "Organization.Read.All"}

// labEnvironment points photosync at the lab.
func labEnvironment(l *lab.Lab, state string) [][2]string {
	d := l.Directory()
	return [][2]string{
		{"PHOTOSYNC_SERVER", d.LDAPSURL()},
		{"PHOTOSYNC_CA_FILE", d.CAFile()},
		{"PHOTOSYNC_LDAP_USER", d.BindUser()},
		{"PHOTOSYNC_LDAP_PASSWORD", d.BindPassword()},
		{"PHOTOSYNC_GRAPH_URL", l.Graph().URL()},
		{"PHOTOSYNC_STATE_DIR", state},
		// The rest keeps a lab from signing in with what the environment held before.
		{"PHOTOSYNC_LDAP_AUTH", "basic"},
		{"PHOTOSYNC_ENVIRONMENT", "global"},
		{"PHOTOSYNC_ACCESS_TOKEN", l.Graph().IssueToken(tokenLife, labRoles...)},
	}
}

func (c *command) serveLab(ctx context.Context, l *lab.Lab, state string) error {
	for _, e := range labEnvironment(l, state) {
		if _, err := fmt.Fprintf(c.std.Out, "%s=%s\n", e[0], e[1]); err != nil {
			return record.Errorf(record.OutputFailed, "print the lab's environment: %w", err)
		}
	}
	_, _ = fmt.Fprintln(c.std.Err, "The lab is up; Ctrl+C ends it and forgets everything in it.")
	<-ctx.Done()
	return record.Errorf(record.Cancelled, "the lab was ended").Advise("Start it again with photosync demo --serve.")
}

// showLab runs the commands that a person would type, in their order.
func (c *command) showLab(ctx context.Context, l *lab.Lab, state string) error {
	d := l.Directory()
	at := []string{
		"--server", d.LDAPSURL(), "--ca-file", d.CAFile(), "--ldap-user", d.BindUser(), "--ldap-password-stdin", "--graph-url", l.Graph().URL(),
		// Whatever the environment says: a demo signs in nowhere else.
		"--ldap-auth", "basic", "--environment", "global", "--auth", "token", "--access-token-stdin",
	}
	steps := []struct {
		says string
		args []string
	}{
		{"A small company, in a directory and in Microsoft 365. Who has drifted?", []string{"drift"}},
		{"What would be done if the directory is right? A dry run has no writer.", []string{"sync", "--dry-run", "--baseline", "onpremises"}},
		{"Do it: back up, write, read back.", []string{"sync", "--baseline", "onpremises", "--yes"}},
		{"And now? What is left needs a person to decide.", []string{"drift"}},
	}
	for _, s := range steps {
		c.narrate("\n%s\n$ photosync %s\n", s.says, strings.Join(s.args, " "))
		args := append([]string{"photosync"}, s.args...)
		args = append(args, at...)
		args = append(args, "--state-dir", state)
		inner := &command{std: c.std}
		inner.std.In = strings.NewReader(d.BindPassword() + "\n" + l.Graph().IssueToken(tokenLife, labRoles...) + "\n")
		if err := inner.run(ctx, args); err != nil {
			c.exit = inner.exit
			return err
		}
	}
	c.narrate(`
That was the lab. Next:
  photosync demo --serve                           keep the lab up and try things on it
  photosync check --server dc1.corp.example        is everything there that runs need?
  photosync drift --help                           every flag
  photosync drift --server dc1.corp.example        your own directory and tenant; README.md says which roles it needs
`)
	return nil
}

func (c *command) narrate(format string, args ...any) {
	_, _ = fmt.Fprintf(c.std.Err, format, args...) // the demo goes on without its words
}
