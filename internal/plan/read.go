package plan

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"photosync/internal/record"
)

// Expected is what a plan file has to be of, to be carried out here and now.
type Expected struct {
	Version   string // of this photosync: an older one may have made the plan
	Tenant    string
	Graph     string
	Directory string
	MaxAge    time.Duration
	Now       time.Time
}

// future is how far the clock of who made the plan may be ahead.
const future = 5 * time.Minute

// Read reads a plan file whole, or refuses it whole: with PlanUnusable what is no
// plan file, with PlanAltered what is not as it was written, with PlanForeign,
// PlanNewer and PlanTooOld what is not expected. Lines may have been deleted. What
// editors and shells do to a text file does no harm: a byte order mark, UTF-16,
// other line ends, blank lines, spaces. The file has at most 256 MiB.
//
// The plan that it gives counts the people that the run looked at which made it,
// so that the brakes mean the same.
func Read(r io.Reader, e Expected) (*Plan, Header, error) {
	// Without a byte order mark it is UTF-8.
	text := transform.NewReader(&bounded{r, maxFile}, unicode.BOMOverride(transform.Nop))
	f := &file{lines: bufio.NewScanner(text), expected: e, seen: make(people)}
	f.lines.Buffer(nil, maxLine+len("\r\n")+1)
	if err := f.read(); err != nil {
		return nil, Header{}, err
	}
	return &f.plan, f.header, nil
}

// file is a plan file that is being read.
type file struct {
	lines    *bufio.Scanner
	number   int // of the line
	expected Expected
	header   Header
	plan     Plan
	seen     people
}

func (f *file) read() error {
	line, err := f.next()
	if err == nil && line == nil {
		err = record.Errorf(record.PlanUnusable, "read the plan: it is empty")
	}
	if err == nil {
		err = f.readHeader(line)
	}
	if err != nil {
		return err
	}
	h := f.header
	f.plan = Plan{People: h.People, Photos: h.Photos, Unread: h.Unread, Last: h.Last, WholeScope: h.WholeScope}
	for {
		line, err := f.next()
		if err == nil && line != nil {
			err = f.readChange(line)
		}
		if err != nil || line == nil {
			return err
		}
	}
}

// next gives the next line that is not blank, nil after the last.
func (f *file) next() ([]byte, error) {
	for f.lines.Scan() {
		f.number++
		line := bytes.TrimSpace(f.lines.Bytes())
		if len(line) > maxLine {
			return nil, tooLong(f.number)
		}
		if len(line) > 0 {
			return line, nil
		}
	}
	err := f.lines.Err()
	switch {
	case err == nil:
		return nil, nil
	case errors.Is(err, bufio.ErrTooLong):
		return nil, tooLong(f.number + 1)
	}
	return nil, record.Errorf(record.PlanUnusable, "read the plan after line %d: %w", f.number, err)
}

func tooLong(line int) error {
	return record.Errorf(record.PlanUnusable, "read line %d of the plan: it has more than %d bytes", line, maxLine)
}

func (f *file) readHeader(line []byte) error {
	where := fmt.Sprintf("line %d of the plan", f.number)
	values, err := parse(line)
	if errors.Is(err, errNotObject) {
		return record.Errorf(record.PlanUnusable, "read %s: %w", where, err)
	}
	format, ok := values[formatKey].(json.Number)
	if !ok {
		return record.Errorf(record.PlanUnusable, "read %s: it does not say of what plan it is; the first line of a plan has to stay", where)
	}
	version, _ := values["Version"].(string) // "" for anything else
	switch n, wrong := format.Int64(); {
	case wrong != nil || n < 1:
		return record.Errorf(record.PlanUnusable, "read %s: there is no format %s of plans", where, format)
	case n > formatVersion:
		return record.Errorf(record.PlanNewer, "the plan has the format %d, made by photosync %s, and this is photosync %s, which knows format %d",
			n, version, f.expected.Version, formatVersion)
	case newer(version, f.expected.Version):
		return record.Errorf(record.PlanNewer, "photosync %s made the plan, and this is photosync %s", version, f.expected.Version)
	}
	if err == nil {
		err = f.header.object().open(values, "")
	}
	if err != nil {
		return record.Errorf(record.PlanAltered, "%s, of the whole plan, is not as it was written: %w", where, err)
	}
	return f.expected.check(f.header)
}

func (f *file) readChange(line []byte) error {
	where := fmt.Sprintf("line %d of the plan", f.number)
	values, err := parse(line)
	if errors.Is(err, errNotObject) {
		return record.Errorf(record.PlanUnusable, "read %s: %w", where, err)
	}
	var c Change
	if err == nil {
		err = c.object().open(values, f.header.RunID)
	}
	if err != nil {
		c.UserPrincipalName, _ = values["UserPrincipalName"].(string) // "" for anything else
		c.CloudID, _ = values["CloudId"].(string)
		return record.Errorf(record.PlanAltered, "%s, of %s, is not as it was written: %w", where, c.name(), err).On(record.OneLine(c.name()))
	}
	if why := c.unfit(); why != "" {
		return record.Errorf(record.PlanUnusable, "%s, of %s, cannot be carried out: %s", where, c.name(), why).On(record.OneLine(c.name()))
	}
	if first, added := f.seen.add(c, f.number); !added {
		return record.Errorf(record.PlanAltered, "%s, of %s, repeats line %d: a plan has a person once", where, c.name(), first).On(record.OneLine(c.name()))
	}
	f.plan.Changes = append(f.plan.Changes, c)
	f.plan.count(c.Action, 1)
	return nil
}

// check gives an error for a plan that is not to be carried out here and now.
func (e Expected) check(h Header) error {
	for _, is := range []struct{ what, made, here string }{
		{"tenant", h.Tenant, e.Tenant}, {"Microsoft Graph at", h.Graph, e.Graph}, {"directory", h.Directory, e.Directory},
	} {
		if !strings.EqualFold(strings.TrimRight(is.made, "/"), strings.TrimRight(is.here, "/")) {
			return record.Errorf(record.PlanForeign, "the plan was made for the %s %s, and this is the %s %s", is.what, known(is.made), is.what, known(is.here))
		}
	}
	made := h.CreatedAt.UTC().Format(record.TimeFormat)
	switch age := e.Now.Sub(h.CreatedAt); {
	case age < -future:
		return record.Errorf(record.PlanUnusable, "the plan was made at %s, which has not come yet: one of two clocks is wrong", made)
	case age > e.MaxAge:
		return record.Errorf(record.PlanTooOld, "the plan was made at %s, %s ago, and --max-age allows %s", made, age.Round(time.Second), e.MaxAge)
	}
	return nil
}

func known(name string) string {
	if name == "" {
		return "(unknown)"
	}
	return name
}

// bounded gives errTooLarge instead of what is beyond a number of bytes.
type bounded struct {
	io.Reader
	left int64
}

var errTooLarge = fmt.Errorf("the file has more than %d MiB", maxFile>>20)

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
