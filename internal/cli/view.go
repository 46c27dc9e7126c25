package cli

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"

	"photosync/internal/record"
	"photosync/internal/run"
)

// view shows a run: its rows on standard output in the chosen format, and the
// rest on standard error. It is the [run.Sink] of the command line.
type view struct {
	rows     rowWriter
	out      *bufio.Writer
	err      io.Writer
	progress progress
	quiet    bool
	verbose  bool
	everyRow bool // flush after every row: somebody watches
	checks   record.Counts[record.CheckStatus]
	runs     int
	next     next
}

// rowWriter writes rows in one format.
type rowWriter interface {
	row(r record.Row) error
	change(c record.Change) error
	check(c record.Check) error
	run(r record.Run) error
	end(command string) error // after a run that did not fail
}

func newView(std Stdio, format string, quiet, verbose bool) *view {
	out := bufio.NewWriterSize(std.Out, 32<<10)
	v := &view{out: out, err: std.Err, quiet: quiet, verbose: verbose, progress: newProgress(std.Err, quiet), everyRow: isTerminal(std.Out),
		checks: record.NewCounts(record.CheckStatuses)}
	switch format {
	case "json":
		v.rows = &jsonRows{out: out}
	case "csv":
		// Hidden, or csv takes the view's buffer for its own and empties it at every row.
		v.rows = &csvRows{out: csv.NewWriter(struct{ io.Writer }{out})}
	default:
		v.rows = &textRows{out: out}
	}
	return v
}

var _ run.Sink = (*view)(nil)

// Row implements [run.Sink].
func (v *view) Row(r record.Row) error {
	v.next.row(r)
	return v.wrote(v.rows.row(r))
}

// Change implements [run.Sink].
func (v *view) Change(c record.Change) error {
	v.next.change(c)
	return v.wrote(v.rows.change(c))
}

func (v *view) wrote(err error) error {
	if err == nil && v.everyRow {
		v.progress.hide()
		err = v.out.Flush()
	}
	if err != nil {
		return record.Errorf(record.OutputFailed, "write a row: %w", err)
	}
	return nil
}

// Progress implements [run.Sink]. Rows are handed on whenever the run moves on.
// The rows of a check are its progress.
func (v *view) Progress(p run.Progress) {
	_ = v.out.Flush() // bufio keeps the error for the next row and for close
	if p.Stage != run.StageCheck {
		v.progress.show(p)
	}
}

// Warn implements [run.Sink].
func (v *view) Warn(text string) { v.say("warning: " + text) }

// Verbose implements [run.Sink].
func (v *view) Verbose(text string) {
	if v.verbose {
		v.say(text)
	}
}

// say writes a line for people.
func (v *view) say(text string) {
	v.progress.hide()
	_, _ = fmt.Fprintln(v.err, text) // there is nobody else to tell
}

// tell writes a line for people who want to hear how a run ended.
func (v *view) tell(text string) {
	if !v.quiet {
		v.say(text)
	}
}

// close ends the rows of a run, hands on the last of them and takes the
// progress away.
func (v *view) close(s record.Summary) error {
	v.progress.hide()
	var err error
	if s.Outcome == record.OutcomeOk {
		err = v.rows.end(s.Command)
	}
	if err = errors.Join(err, v.out.Flush()); err != nil {
		return record.Errorf(record.OutputFailed, "write the last rows: %w", err)
	}
	return nil
}

// jsonRows writes JSON Lines.
type jsonRows struct {
	out io.Writer
	buf []byte
}

func (j *jsonRows) row(r record.Row) error       { return j.write(r) }
func (j *jsonRows) change(c record.Change) error { return j.write(c) }
func (*jsonRows) end(string) error               { return nil }

func (j *jsonRows) write(row any) error {
	j.buf = append(record.AppendJSON(j.buf[:0], row), '\n')
	_, err := j.out.Write(j.buf)
	return err
}

// csvRows writes CSV with a header, in the published order; null is empty.
type csvRows struct {
	out    *csv.Writer
	header bool
}

func (c *csvRows) row(r record.Row) error        { return c.write(r) }
func (c *csvRows) change(ch record.Change) error { return c.write(ch) }

func (c *csvRows) write(row any) error {
	var values []string
	for _, f := range record.Fields(row) {
		values = append(values, f.Text)
	}
	err := errors.Join(c.head(row), c.out.Write(values))
	c.out.Flush() // into the buffer of the view
	return errors.Join(err, c.out.Error())
}

func (c *csvRows) head(row any) error {
	if c.header {
		return nil
	}
	c.header = true
	var names []string
	for _, f := range record.Fields(row) {
		names = append(names, f.Name)
	}
	return c.out.Write(names)
}

// end writes the header of a run without rows: a table that is empty is one all the same.
func (c *csvRows) end(command string) error {
	var row any = record.Row{}
	switch command {
	case "sync", "restore":
		row = record.Change{}
	case "check":
		row = record.Check{}
	case "runs", "prune":
		row = record.Run{}
	case "forget":
		return nil
	}
	err := c.head(row)
	c.out.Flush()
	return errors.Join(err, c.out.Error())
}

// textRows writes a table for people. Columns have fixed widths, so that the
// first row need not wait for the last.
type textRows struct {
	out    io.Writer
	header bool
}

// widths of the columns but the last.
var (
	rowWidths    = []int{18, 19, 7, 34, 22}
	changeWidths = []int{12, 19, 7, 34, 22}
)

// line writes one line, the columns padded to their widths as a terminal shows
// them: a Chinese character takes two cells.
func (t *textRows) line(widths []int, columns ...string) error {
	var b strings.Builder
	for i, c := range columns {
		b.WriteString(c)
		if i < len(widths) {
			b.WriteString(strings.Repeat(" ", max(0, widths[i]-uniseg.StringWidth(c))+1))
		}
	}
	_, err := fmt.Fprintln(t.out, strings.TrimRight(b.String(), " "))
	return err
}

func (t *textRows) head(widths []int, names []string) error {
	if t.header {
		return nil
	}
	t.header = true
	return t.line(widths, names...)
}

var personNames = []string{"STATUS", "REASON", "ACTION", "PERSON", "NAME", "NOTES"}

func (t *textRows) row(r record.Row) error {
	notes := strings.ReplaceAll(r.Findings, ",", " ")
	if r.Distance != nil {
		notes = fmt.Sprintf("distance %.3f %s", *r.Distance, notes)
	}
	if r.ErrorCode != "" {
		notes = string(r.ErrorCode) + ": " + r.ErrorMessage
	}
	who := firstOf(r.UserPrincipalName, r.SamAccountName, r.DistinguishedName, r.ObjectGuid)
	return errors.Join(t.head(rowWidths, personNames),
		t.line(rowWidths, string(r.Status), firstOf(string(r.Reason)), string(r.Action), plain(who), plain(r.DisplayName), plain(notes)))
}

func (t *textRows) change(c record.Change) error {
	notes := ""
	if c.BackupSha256 != "" {
		notes = "backup " + c.BackupSha256[:12]
	}
	if c.ErrorCode != "" {
		notes = string(c.ErrorCode) + ": " + c.ErrorMessage
		if c.Status == record.Skipped { // no error ends the run and says what to do
			notes += ". " + c.Remedy
		}
	}
	who := firstOf(c.UserPrincipalName, c.SamAccountName, c.ObjectGuid, c.CloudId)
	return errors.Join(t.head(changeWidths, personNames),
		t.line(changeWidths, string(c.Status), firstOf(string(c.Reason)), string(c.Action), plain(who), plain(c.DisplayName), plain(notes)))
}

func (*textRows) end(string) error { return nil }

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return "-"
}

// plain makes text from the directory harmless for a terminal: what is not
// printable is shown as a replacement character.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
