package cli

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"photosync/internal/lab"
)

// rowsShown is how many rows of a command a transcript of a day shows.
const rowsShown = 7

// diary is a transcript of commands, one after another.
type diary struct {
	*testing.T
	lab  *lab.Lab
	text bytes.Buffer
	runs []string // ids of runs that wrote
}

// remark says what happens between two commands.
func (d *diary) remark(format string, args ...any) {
	fmt.Fprintf(&d.text, "\n# "+format+"\n\n", args...)
}

// run runs a command and notes what it wrote, the rows in order and not all.
func (d *diary) run(want int, args ...string) {
	d.Helper()
	before := d.lab.Graph().Writes()
	code, out, said := runCLI(d.Context(), args...)
	if code != want {
		d.Fatalf("%v: exit code %d: %s", args, code, said)
	}
	fmt.Fprintf(&d.text, "$ photosync %s\n", strings.Join(args, " "))
	rows := slices.Collect(strings.Lines(out))
	if !slices.Contains(args, "--list") { // writes end in any order
		slices.Sort(rows)
	}
	for i, row := range rows {
		if i == rowsShown {
			fmt.Fprintf(&d.text, "... and %d more rows\n", len(rows)-i)
			break
		}
		d.text.WriteString(row)
	}
	d.text.WriteString(said)
	fmt.Fprintf(&d.text, "exit code %d; Microsoft Graph took %d writes\n", code, d.lab.Graph().Writes()-before)
	if id := undoLine.FindStringSubmatch(said); id != nil {
		d.runs = append(d.runs, id[1])
	}
}

// always gives the transcript without what is another each time.
func (d *diary) always() string {
	text := d.text.String()
	for i, id := range d.runs {
		text = strings.ReplaceAll(text, id, fmt.Sprintf("RUN-%d", i+1))
	}
	for _, c := range changing {
		text = c.what.ReplaceAllString(text, c.as)
	}
	for _, c := range changingOfDay {
		text = c.what.ReplaceAllString(text, c.as)
	}
	return text
}

// changingOfDay is what is another in each transcript of a day.
var changingOfDay = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`(?m)^(Reading|Comparing|Writing) .*\n`), ""}, // progress, where the machine is slow
	{regexp.MustCompile(`(?m)^requests: .*; run (.*)$`), "requests: ...; run $1"},
	{regexp.MustCompile(`YYYY-MM-DD \d\d:\d\d:\d\dZ`), "YYYY-MM-DD HH:MM:SSZ"},
	{regexp.MustCompile(`(?m)^(YYYY-MM-DD HH.* )\S+ on \S+ +`), "${1}WHO on WHERE  "},
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "A-RUN"},
}

// TestADay is what an admin sees on a day on which everything happens: the
// transcript is testdata/day.txt, and docs/undo.md shows it.
func TestADay(t *testing.T) {
	file, err := filepath.Abs("testdata/day.txt")
	if err != nil {
		t.Fatal(err)
	}
	company := lab.LargeCompany(220)
	l, err := lab.Start(company, lab.WithTokens(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	for _, e := range labEnvironment(l, "state") {
		t.Setenv(e[0], e[1])
	}
	t.Chdir(t.TempDir())
	g, ad := l.Graph(), l.Directory()
	same := company.Cases()[lab.CaseInSync]
	chose, hired, both := same[0], same[1], same[2]
	// Pictures of people that these three do not have.
	picture := func(upn string) []byte {
		p, _ := company.Person(upn)
		return p.Photo
	}
	start := g.Photos()
	d := &diary{T: t, lab: l}

	d.remark("The first run: nobody knows anything, and nobody's photo is overwritten by accident.")
	d.run(0, "sync", "--yes")
	d.remark("The admin decides that the directory is right where two photos differ.")
	d.run(5, "sync", "--yes", "--baseline", "onpremises")
	d.run(0, "sync", "--yes", "--baseline", "onpremises", "--max-change-percent", "20")

	d.remark("%s chooses another photo in Microsoft 365; HR replaces that of %s in the directory; of %s both change.", chose, hired, both)
	if err := g.SetPhoto(userOf(t, company, chose), picture(same[5])); err != nil {
		t.Fatal(err)
	}
	ad.SetPhoto(hired, picture(same[6]))
	if err := g.SetPhoto(userOf(t, company, both), picture(same[7])); err != nil {
		t.Fatal(err)
	}
	ad.SetPhoto(both, picture(same[8]))
	d.run(0, "sync", "--yes")

	evening := g.Photos()
	d.remark("Somebody writes the company's logo over everybody's photo in the directory.")
	ad.SetPhotoOfAll(lab.Logo())
	d.run(5, "sync", "--yes")
	d.remark("The same with the brake off.")
	d.run(0, "sync", "--yes", "--max-change", "1000", "--max-change-percent", "100")
	d.run(0, "restore", "--list")
	d.remark("And back.")
	d.run(0, "restore", "--run", d.runs[len(d.runs)-1], "--yes")
	if !samePhotos(evening, g.Photos()) {
		t.Error("the photos are not those of before the logo")
	}
	fmt.Fprintf(&d.text, "Photos in Microsoft 365 that differ from those of before the logo, byte for byte: %d of %d\n", differing(evening, g.Photos()), len(evening))
	d.remark("The logo is still in the directory: the next run leaves alone what was put back.")
	d.run(0, "sync", "--yes", "--quiet")

	d.remark("All of it back to the start: the two runs before that, the latest first.")
	for _, id := range []string{d.runs[2], d.runs[1], d.runs[0]} {
		d.run(0, "restore", "--run", id, "--yes", "--quiet", "--force")
	}
	for _, upn := range []string{chose, both} { // their own choices are nobody's to undo
		id := userOf(t, company, upn)
		if err := g.SetPhoto(id, start[id]); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(&d.text, "Photos in Microsoft 365 that differ from those of the morning, byte for byte: %d of %d\n", differing(start, g.Photos()), len(start))

	wantTranscript(t, file, 0, d.always(), "")
}

func userOf(t *testing.T, c *lab.Company, upn string) string {
	t.Helper()
	u, ok := c.CloudUser(upn)
	if !ok {
		t.Fatalf("%s has no cloud user", upn)
	}
	return u.ID
}

// differing counts the people whose photos are not the same on both lists.
func differing(a, b map[string][]byte) int {
	n := 0
	for id := range maps.Keys(a) {
		if !bytes.Equal(a[id], b[id]) {
			n++
		}
	}
	for id := range b {
		if _, there := a[id]; !there {
			n++
		}
	}
	return n
}
