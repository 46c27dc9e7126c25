package cli

import (
	"strings"
	"testing"

	"photosync/internal/lab"
	"photosync/internal/record"
)

// answered runs a command on a terminal, types the answer to its question, and
// gives what the terminal showed up to there.
func (s *terminal) answered(answer string, args ...string) (code int, out, asked string) {
	s.t.Helper()
	const prompt = "Type yes to go on: "
	var text strings.Builder
	typed := make(chan error, 1)
	ended := make(chan int, 1)
	var rows words
	go func() {
		ended <- Run(s.t.Context(), append([]string{"photosync"}, args...), Stdio{In: s.tty, Out: &rows, Err: s.tty})
	}()
	for !strings.HasSuffix(text.String(), prompt) {
		select {
		case b := <-s.read:
			text.WriteByte(b)
		case code := <-ended:
			s.t.Fatalf("%v ended with %d and asked nothing: %s", args, code, text.String())
		}
	}
	go func() {
		_, err := s.master.WriteString(answer + "\n")
		typed <- err
	}()
	code = <-ended
	if err := <-typed; err != nil {
		s.t.Fatal(err)
	}
	s.look() // the rest is the next question's
	return code, rows.String(), text.String()
}

// Each command that takes something away, or puts something back, says on a
// terminal what will happen, and does it after the whole word alone.
func TestUndoAsks(t *testing.T) {
	l := inLab(t)
	who := smallCompany().Cases()[lab.CaseDrifted][0]
	_, said := inJSON[record.Change](t, "sync", "--baseline", "onpremises", "--user", who, "--yes")
	id := undoLine.FindStringSubmatch(said)
	if id == nil {
		t.Fatal(said)
	}
	s := openTerminal(t)
	writes := l.Graph().Writes()
	// The restore that was declined is the third run in the end.
	for _, step := range []struct {
		args     []string
		question string
		done     string // that is in the rows or left in the journal after yes
	}{
		{[]string{"restore", "--run", id[1]}, "  Upload " + who + " (Restored)\r\nPut back 1 photo and take away 0. What is there now is backed up first.\r\n", "Done"},
		{[]string{"journal", "forget", "--user", who}, "of " + who + "? They cannot be put back any more.\r\n", ""},
		{[]string{"journal", "prune", "--retention", "1ns"}, "Take away 3 runs older than 1ns, and the backups that no other run needs? They cannot be undone any more.\r\n", id[1]},
	} {
		code, out, asked := s.answered("no", step.args...)
		if code != 130 || !strings.Contains(asked, step.question) || strings.Contains(out, " Done ") || l.Graph().Writes() != writes {
			t.Errorf("%v, no: exit code %d, %d writes, asked %q, rows %q", step.args, code, l.Graph().Writes()-writes, asked, out)
		}
		code, out, asked = s.answered("yes", step.args...)
		if code != 0 || !strings.Contains(asked, step.question) || !strings.Contains(out, step.done) {
			t.Errorf("%v, yes: exit code %d, asked %q, rows %q", step.args, code, asked, out)
		}
		if step.args[0] == "restore" {
			writes++
		}
	}
	if runs, _ := inJSON[record.Run](t, "restore", "--list"); len(runs) != 0 || l.Graph().Writes() != writes {
		t.Errorf("%d writes, the journal has %+v", l.Graph().Writes(), runs)
	}
	if code, out, said := runCLI(t.Context(), "journal", "prune", "--yes"); code != 0 || out != "" || said != "taken away: 0 runs older than 90d\n" {
		t.Errorf("exit code %d, output %q, %s", code, out, said)
	}
}
