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

// shownBeforeAsking is the number of changes that are listed before the question.
const shownBeforeAsking = 20

// asker is the [run.Approver] of the command line.
type asker struct {
	std      Stdio
	yes      bool
	hide     func()                    // takes the progress away
	question func(p *plan.Plan) string // what is about to happen
}

var _ run.Approver = (*asker)(nil)

func (a *asker) canAsk() bool { return isTerminal(a.std.In) && isTerminal(a.std.Err) }

// confirmed refuses a command that changes something when nobody has said yes
// and nobody can be asked.
func (c *command) confirmed(u *urfave.Context, _ *run.Options) error {
	if u.Bool(flagDryRun) || u.Bool(flagYes) || (&asker{std: c.std}).canAsk() {
		return nil
	}
	return record.Errorf(record.ConfirmationRequired, "%s has no terminal to ask on", useCase(u))
}

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
		_, _ = fmt.Fprintf(a.std.Err, "  %s %s (%s)\n", c.Action, plain(firstOf(c.UserPrincipalName, c.SamAccountName, c.ObjectGUID, c.CloudID)), c.Reason)
	}
	yes, err := a.ask(ctx, a.question(p))
	if err != nil || !yes {
		return nil, err
	}
	return p.Approved(), nil
}

// writeQuestion is asked before a sync writes.
func writeQuestion(p *plan.Plan) string {
	of := ""
	if p.People > 0 { // not when a plan is carried out
		of = fmt.Sprintf(", of %d people", p.People)
	}
	return fmt.Sprintf("Upload %s and remove %d%s. What is there now is backed up first.", counted(p.Uploads, "photo"), p.Removes, of)
}

// restoreQuestion is asked before a restore writes.
func restoreQuestion(p *plan.Plan) string {
	return fmt.Sprintf("Put back %s and take away %d. What is there now is backed up first.", counted(p.Uploads, "photo"), p.Removes)
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

// may asks whether something that is no plan may be done, and gives an error
// when it may not.
func (a *asker) may(ctx context.Context, question, declined string) error {
	if a.yes {
		return nil
	}
	a.hide()
	yes, err := a.ask(ctx, question)
	switch {
	case err != nil:
		return err
	case !yes:
		return record.Errorf(record.Cancelled, "%s", declined).Advise("Run it again when it is wanted.")
	}
	return nil
}

// counted gives a number with its noun.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
