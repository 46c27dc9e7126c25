package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
	urfave "github.com/urfave/cli/v2"

	"photosync/internal/record"
	"photosync/internal/run"
)

func (c *command) check() *urfave.Command {
	return &urfave.Command{
		Name:  "check",
		Usage: "find out whether everything that runs need is there; writes nothing",
		Description: `Asks the directory, the sign-in, the token, the tenant and the state folder, and
prints a row for each question: Pass, Warn (it works, and will surprise
somebody), Fail (runs will fail) or Unknown, with what was seen and what to do.
One question that fails does not keep the others from being asked.

  photosync check --server dc1.corp.example
  photosync check --server dc1.corp.example --user anna@corp.example --output json
  photosync check --server dc1.corp.example --write-probe test@corp.example

With --write-probe, and never without, the photo of one test user is replaced by
a test picture until that is seen, and then put back, byte for byte where the
service gives bytes back. docs/check.md has the questions and the roles.`,
		Flags: checkFlags(),
		Action: func(u *urfave.Context) error {
			asker := &asker{std: c.std, yes: u.Bool(flagYes)}
			if u.IsSet(flagWriteProbe) && !asker.yes && !asker.canAsk() {
				return c.refuse(u, record.Errorf(record.ConfirmationRequired, "check --write-probe has no terminal to ask on").
					Advise("Add --yes to write the test picture and put the photo back, or leave out --write-probe."))
			}
			return c.carryOut(u, func(o run.Options, v *view) (record.Summary, error) {
				asker.hide = v.progress.hide
				if err := asker.mayProbe(u.Context, o.WriteProbe); err != nil {
					return run.Refused("check", err), err
				}
				return run.Check(u.Context, o, v)
			})
		},
	}
}

// trial reads whom a check may touch: one person to read, and one to write.
func (c *command) trial(u *urfave.Context, o *run.Options) error {
	names := u.StringSlice(flagUser)
	if len(names) > 1 {
		return record.Errorf(record.Usage, "check takes one --%s, and %d were given", flagUser, len(names))
	}
	o.Canary = strings.Join(names, "")
	o.WriteProbe = strings.TrimSpace(u.String(flagWriteProbe))
	if o.WriteProbe != "" && !strings.Contains(o.WriteProbe, "@") {
		return record.Errorf(record.Usage, "--%s takes a UPN, and %q is none", flagWriteProbe, o.WriteProbe)
	}
	return nil
}

// mayProbe asks before the write probe, "" for none.
func (a *asker) mayProbe(ctx context.Context, upn string) error {
	if upn == "" {
		return nil
	}
	return a.may(ctx, fmt.Sprintf("Replace the photo of %s by a test picture and put it back? It is backed up first.", plain(upn)),
		"the write probe was declined; nothing was written")
}

var _ run.CheckSink = (*view)(nil)

// Check implements [run.CheckSink]. Each answer is handed on at once: the next
// question may take a while.
func (v *view) Check(c record.Check) error {
	v.checks[c.Status]++
	err := v.wrote(v.rows.check(c))
	if e := v.out.Flush(); err == nil && e != nil {
		err = record.Errorf(record.OutputFailed, "write a row: %w", e)
	}
	return err
}

// sayChecks tells people how a check ended.
func (v *view) sayChecks() {
	if text := counts(v.checks, record.CheckStatuses, ""); text != "" {
		v.say(text)
	}
}

func (j *jsonRows) check(c record.Check) error { return j.write(c) }
func (c *csvRows) check(r record.Check) error  { return c.write(r) }

// check writes the answer with what was seen below it, and what to do below
// that. The remedy is one line, however long: it may hold a command to copy.
func (t *textRows) check(c record.Check) error {
	const statusWidth, width = 7, 79
	indent := strings.Repeat(" ", statusWidth+1)
	name := c.Check
	if c.ErrorCode != "" {
		name += " (" + string(c.ErrorCode) + ")"
	}
	err := t.line([]int{statusWidth}, string(c.Status), name)
	for _, line := range wrapped(plain(c.Evidence), width-len(indent)) {
		err = errors.Join(err, write(t.out, indent+line))
	}
	if c.Remedy != "" {
		err = errors.Join(err, write(t.out, indent+"-> "+plain(c.Remedy)))
	}
	if c.RequestId != "" {
		err = errors.Join(err, write(t.out, indent+"request id "+plain(c.RequestId)))
	}
	return err
}

func write(out io.Writer, line string) error {
	_, err := fmt.Fprintln(out, line)
	return err
}

// wrapped breaks a text between words into lines of at most width cells; a
// longer word has a line of its own.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && uniseg.StringWidth(line)+1+uniseg.StringWidth(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
