package plan_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"

	"photosync/internal/plan"
	"photosync/internal/record"
)

func TestRefusedWhole(t *testing.T) {
	lines := written(t, three(), header())
	h, a, b, c := lines[0], lines[1], lines[2], lines[3]
	other := header()
	other.RunID = "7d2f0c7e-0000-4000-8000-000000000002"
	foreign := written(t, three(), other)
	twin := three() // another person, of the same cloud user
	twin.Changes = []plan.Change{twin.Changes[1]}
	twin.Changes[0].ObjectGUID = "g-x"
	sameUser := written(t, twin, header())[1]
	twin.Changes[0].ObjectGUID, twin.Changes[0].CloudID = "g-b", "c-x"
	samePerson := written(t, twin, header())[1]
	swap := func(line, old, new string) string {
		t.Helper()
		got := strings.Replace(line, old, new, 1)
		if got == line {
			t.Fatalf("%s is not in %s", old, line)
		}
		return got
	}
	long := strings.Repeat(" ", 64<<10)

	for name, x := range map[string]struct {
		lines []string
		want  record.Code
		says  string
	}{
		"an altered action":         {[]string{h, swap(b, "Remove", "Upload")}, record.PlanAltered, "line 2 of the plan, of b@corp.example, is not"},
		"an altered hash":           {[]string{h, a, "", swap(c, shaB, shaA)}, record.PlanAltered, "line 4 of the plan, of c-c, is not"},
		"an altered etag":           {[]string{h, swap(b, "E1", "E9")}, record.PlanAltered, "b@corp.example"},
		"an etag where none was":    {[]string{h, swap(a, `"CloudETag":null`, `"CloudETag":"E"`)}, record.PlanAltered, ""},
		"an etag taken away":        {[]string{h, swap(b, `"\"E1\""`, `null`)}, record.PlanAltered, ""},
		"an altered id":             {[]string{h, swap(b, "c-b", "c-a")}, record.PlanAltered, ""},
		"an altered name":           {[]string{h, swap(b, `"b@corp`, `"x@corp`)}, record.PlanAltered, "of x@corp.example"},
		"a name of another kind":    {[]string{h, swap(b, `"b@corp.example"`, "[1]")}, record.PlanAltered, "of c-b, is not as it was written: UserPrincipalName was changed"},
		"other case":                {[]string{h, swap(b, "Remove", "remove")}, record.PlanAltered, ""},
		"another seal":              {[]string{h, swap(b, `"Sha256":"`, `"Sha256":"0`)}, record.PlanAltered, ""},
		"a seal that ends the line": {[]string{h, swap(b, `"Sha256":"`, `"Sha256":"\"}`)}, record.PlanAltered, ""},
		"no seal":                   {[]string{h, swap(b, `"Sha256"`, `"Sha"`)}, record.PlanAltered, ""},
		"a property more":           {[]string{h, swap(b, "{", `{"Note":"ok",`)}, record.PlanAltered, `property "Note"`},
		"a property of other case":  {[]string{h, swap(b, "{", `{"action":"Upload",`)}, record.PlanAltered, `property "action"`},
		"a property less":           {[]string{h, swap(b, `"DisplayName":"B",`, "")}, record.PlanAltered, "DisplayName is missing"},
		"a property twice":          {[]string{h, swap(b, "{", `{"Action":"Remove",`)}, record.PlanAltered, `"Action" is there twice`},
		"a repeated line":           {[]string{h, a, b, a}, record.PlanAltered, "line 4 of the plan, of a@corp.example, repeats line 2"},
		"a cloud user twice":        {[]string{h, b, sameUser}, record.PlanAltered, "repeats line 2"},
		"a person twice":            {[]string{h, b, samePerson}, record.PlanAltered, "repeats line 2"},
		"a line of another plan":    {[]string{h, a, foreign[2]}, record.PlanAltered, "line 3 of the plan, of b@corp.example"},
		"the header of another":     {[]string{foreign[0], a}, record.PlanAltered, "line 2"},
		"two plans":                 {append(slices.Clone(lines), foreign...), record.PlanAltered, "line 5"},
		"an altered number":         {[]string{swap(h, `"People":300`, `"People":30000`), a}, record.PlanAltered, "line 1 of the plan, of the whole plan"},
		"a number of other form":    {[]string{swap(h, `"People":300`, `"People":3e2`), a}, record.PlanAltered, "People was changed"},
		"a negative number":         {[]string{swap(h, `"Unread":2`, `"Unread":-2`), a}, record.PlanAltered, ""},
		"a number too large":        {[]string{swap(h, `"Unread":2`, `"Unread":99999999999999999999`), a}, record.PlanAltered, ""},
		"an altered scope":          {[]string{swap(h, "true", "false"), a}, record.PlanAltered, ""},
		"an altered time":           {[]string{swap(h, "2026-03-04", "2026-03-05"), a}, record.PlanAltered, ""},
		"a time of other form":      {[]string{swap(h, ".890Z", ".89Z"), a}, record.PlanAltered, "CreatedAt was changed"},
		"an altered tenant":         {[]string{swap(h, "11111111-2222", "22222222-2222"), a}, record.PlanAltered, ""},
		"an older version in it":    {[]string{swap(h, "1.4.0", "1.3.0"), a}, record.PlanAltered, ""},
		"an altered setting":        {[]string{swap(h, "Skip", "Cloud"), a}, record.PlanAltered, ""},
		"a header's property twice": {[]string{swap(h, "{", `{"People":300,`), a}, record.PlanAltered, "twice"},
		"a header's property more":  {[]string{swap(h, "{", `{"Note":"ok",`), a}, record.PlanAltered, "Note"},

		"nothing":              {[]string{""}, record.PlanUnusable, "empty"},
		"blank lines":          {[]string{"", "\t", "  "}, record.PlanUnusable, "empty"},
		"no header":            {[]string{a, b}, record.PlanUnusable, "line 1"},
		"the header not first": {[]string{a, h}, record.PlanUnusable, "line 1"},
		"a line cut in half":   {[]string{h, a, b[:len(b)/2]}, record.PlanUnusable, "line 3"},
		"a header cut in half": {[]string{h[:len(h)/2], a}, record.PlanUnusable, "line 1"},
		"a line broken in two": {[]string{h, b[:50], b[50:]}, record.PlanUnusable, "line 2"},
		"two lines in one":     {[]string{h, a + b}, record.PlanUnusable, "line 2"},
		"a comma after a line": {[]string{h, a + ","}, record.PlanUnusable, "line 2"},
		"an array":             {[]string{h, "[" + a + "]"}, record.PlanUnusable, "line 2"},
		"no JSON":              {[]string{"UserPrincipalName,Action", "a@corp.example,Upload"}, record.PlanUnusable, "line 1"},
		"a comment":            {[]string{h, "# without b", a}, record.PlanUnusable, "line 2"},
		"null":                 {[]string{"null"}, record.PlanUnusable, ""},
		"a number":             {[]string{h, "1"}, record.PlanUnusable, ""},
		"format 0":             {[]string{swap(h, `"photosyncPlan":1`, `"photosyncPlan":0`)}, record.PlanUnusable, "format 0"},
		"format 1.5":           {[]string{swap(h, `"photosyncPlan":1`, `"photosyncPlan":1.5`)}, record.PlanUnusable, "format 1.5"},
		"format as text":       {[]string{swap(h, `"photosyncPlan":1`, `"photosyncPlan":"1"`)}, record.PlanUnusable, ""},
		"a line over 64 KiB":   {[]string{h, a, swap(b, "Remove", "Remove"+long)}, record.PlanUnusable, "line 3 of the plan: it has more than 65536 bytes"},
		"a header over 64 KiB": {[]string{swap(h, "{", "{"+long)}, record.PlanUnusable, "line 1"},
		"brackets without end": {[]string{h, strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000)}, record.PlanUnusable, "line 2"},

		"format 2":             {[]string{swap(h, `"photosyncPlan":1`, `"photosyncPlan":2`)}, record.PlanNewer, "format 2"},
		"format 2, and others": {[]string{`{"photosyncPlan":2,"Version":"2.0.0","Other":[]}`, a}, record.PlanNewer, "photosync 2.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			p, _, err := read(x.lines...)
			if got := record.CodeOf(err); got != x.want {
				t.Fatalf("got %q (%v), want %q", got, err, x.want)
			}
			if p != nil {
				t.Error("there is a plan all the same")
			}
			if !strings.Contains(err.Error(), x.says) {
				t.Errorf("it says %q, not %q", err, x.says)
			}
		})
	}
}

func TestLongestLine(t *testing.T) {
	lines := written(t, three(), header())
	for more, want := range map[int]record.Code{0: "", 1: record.PlanUnusable, 2: record.PlanUnusable} {
		spaces := strings.Repeat(" ", 64<<10-len(lines[1])+more)
		_, _, err := plan.Read(strings.NewReader(lines[0]+"\r\n{"+spaces+lines[1][1:]+"\r\n"), expected())
		if got := record.CodeOf(err); got != want {
			t.Errorf("64 KiB and %d: got %v", more, err)
		}
	}
}

func TestMadeForElsewhereOrAnotherTime(t *testing.T) {
	for name, x := range map[string]struct {
		header func(*plan.Header)
		want   record.Code
		says   []string
	}{
		"as it is":                   {func(*plan.Header) {}, "", nil},
		"another tenant":             {func(h *plan.Header) { h.Tenant = "fabrikam" }, record.PlanForeign, []string{"fabrikam", "11111111-2222-3333-4444-555555555555"}},
		"no tenant":                  {func(h *plan.Header) { h.Tenant = "" }, record.PlanForeign, []string{"(unknown)"}},
		"another cloud":              {func(h *plan.Header) { h.Graph = "https://graph.microsoft.us" }, record.PlanForeign, []string{"microsoft.us", "microsoft.com"}},
		"another directory":          {func(h *plan.Header) { h.Directory = "lab.example" }, record.PlanForeign, []string{"lab.example", "corp.example"}},
		"the same in capitals":       {func(h *plan.Header) { h.Directory, h.Graph = "CORP.Example", "https://GRAPH.microsoft.com/" }, "", nil},
		"an older version":           {func(h *plan.Header) { h.Version = "1.3.9" }, "", nil},
		"a newer version":            {func(h *plan.Header) { h.Version = "1.10.0" }, record.PlanNewer, []string{"1.10.0", "1.4.0"}},
		"newer, and of elsewhere":    {func(h *plan.Header) { h.Version, h.Tenant = "1.4.1", "fabrikam" }, record.PlanNewer, nil},
		"a day old":                  {func(h *plan.Header) { h.CreatedAt = made.Add(time.Hour - 24*time.Hour) }, "", nil},
		"older than a day":           {func(h *plan.Header) { h.CreatedAt = made.Add(time.Hour - 24*time.Hour - time.Millisecond) }, record.PlanTooOld, []string{"24h0m0s"}},
		"old, and of elsewhere":      {func(h *plan.Header) { h.CreatedAt, h.Tenant = time.Time{}, "fabrikam" }, record.PlanForeign, nil},
		"of year 1":                  {func(h *plan.Header) { h.CreatedAt = time.Time{} }, record.PlanTooOld, nil},
		"by a clock that is ahead":   {func(h *plan.Header) { h.CreatedAt = made.Add(time.Hour + 5*time.Minute) }, "", nil},
		"by a clock that is wrong":   {func(h *plan.Header) { h.CreatedAt = made.Add(time.Hour + 5*time.Minute + time.Millisecond) }, record.PlanUnusable, []string{"clocks"}},
		"at a place with other time": {func(h *plan.Header) { h.CreatedAt = made.In(time.FixedZone("", 7200)) }, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := header()
			x.header(&h)
			_, _, err := read(written(t, three(), h)...)
			if got := record.CodeOf(err); got != x.want {
				t.Fatalf("got %q (%v), want %q", got, err, x.want)
			}
			for _, s := range x.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("it says %q, not %q", err, s)
				}
			}
		})
	}
}

func TestVersions(t *testing.T) {
	// From the oldest to the newest; what is on one line is the same.
	ages := [][]string{
		{"dev"}, {"0.9.0"}, {"1.0.0-alpha"}, {"1.0.0-alpha.1"}, {"1.0.0-alpha.beta"}, {"1.0.0-beta"}, {"1.0.0-beta.2"}, {"1.0.0-beta.11"}, {"1.0.0-rc.1"},
		{"1.0.0", "v1.0.0", "1.0", "1", "1.0.0+build.7"}, {"1.0.1"}, {"1.2"}, {"1.10.0"}, {"2.0.0"}, {"99999999999999999999.0"}, {"100000000000000000000"},
	}
	for i, old := range ages {
		for j, now := range ages {
			for _, of := range old {
				for _, here := range now {
					if of == "dev" || here == "dev" { // no version at all: see below
						continue
					}
					h, e := header(), expected()
					h.Version, e.Version = of, here
					_, _, err := plan.Read(strings.NewReader(strings.Join(written(t, three(), h), "\n")), e)
					if refused := record.CodeOf(err) == record.PlanNewer; refused != (i > j) {
						t.Errorf("made by %s, read by %s: %v", of, here, err)
					}
				}
			}
		}
	}
	h, e := header(), expected()
	h.Version, e.Version = "dev", "dev"
	if _, _, err := plan.Read(strings.NewReader(strings.Join(written(t, three(), h), "\n")), e); err != nil {
		t.Error(err)
	}
}

// Every change of one character of a plan file either changes no value or is refused.
func TestNoCharacterIsAltered(t *testing.T) {
	text := strings.Join(written(t, three(), header()), "\n") + "\n"
	for i := range len(text) {
		for _, c := range []byte{'0', '"', ',', 0x80} {
			altered := []byte(text)
			altered[i] = c
			holds(t, altered)
		}
		holds(t, slices.Delete([]byte(text), i, i+1))
	}
}

// holds asserts that what Read makes of a file is in the plan that was written.
func holds(t testing.TB, file []byte) {
	t.Helper()
	p, h, err := plan.Read(bytes.NewReader(file), expected())
	if err != nil {
		if code := record.CodeOf(err); !strings.HasPrefix(string(code), "Plan") || p != nil {
			t.Fatalf("%v, for %q", err, file)
		}
		return
	}
	if h.RunID != header().RunID { // a whole other plan
		t.Fatalf("another header was accepted: %q", file)
	}
	if p.People != 300 || p.Photos != 250 || p.Unread != 2 || p.Last != (plan.Size{People: 310, Photos: 260}) || !p.WholeScope {
		t.Fatalf("other numbers were accepted: %q", file)
	}
	all := three().Changes
	for _, c := range p.Changes {
		i := slices.Index(all, c)
		if i < 0 {
			t.Fatalf("another change, or one twice, was accepted: %q", file)
		}
		all = slices.Delete(all, i, i+1)
	}
}

func FuzzRead(f *testing.F) {
	lines := written(f, three(), header())
	text := strings.Join(lines, "\n") + "\n"
	f.Add([]byte(text))
	f.Add([]byte("\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")))
	f.Add([]byte(strings.Join([]string{lines[0], lines[2], lines[2]}, "\n")))
	f.Add([]byte(strings.ReplaceAll(text, "Remove", "Upload")))
	f.Add([]byte(text[:len(text)/2]))
	f.Add([]byte(`{"photosyncPlan":1}`))
	if s, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text); err == nil {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) { holds(t, file) })
}

// endless gives the same line for ever, and counts what was taken.
type endless struct {
	line  string
	taken int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e.line) <= len(p) {
		n += copy(p[n:], e.line)
	}
	e.taken += int64(n)
	return n, nil
}

func TestTooLargeIsNotReadOn(t *testing.T) {
	lines := written(t, three(), header())
	source := &endless{line: strings.Repeat(" ", 1023) + "\n"}
	_, _, err := plan.Read(io.MultiReader(strings.NewReader(lines[0]+"\n"), source), expected())
	if record.CodeOf(err) != record.PlanUnusable || !strings.Contains(err.Error(), "256 MiB") {
		t.Errorf("got %v", err)
	}
	if source.taken > 257<<20 {
		t.Errorf("%d bytes were read", source.taken)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error)  { return 0, f.error }
func (f failing) Write([]byte) (int, error) { return 0, f.error }

func TestFailuresOfTheFile(t *testing.T) {
	cause := errors.New("the disk is gone")
	lines := written(t, three(), header())
	_, _, err := plan.Read(io.MultiReader(strings.NewReader(lines[0]+"\n"), failing{cause}), expected())
	if record.CodeOf(err) != record.PlanUnusable || !errors.Is(err, cause) {
		t.Errorf("read: %v", err)
	}
	if err := three().Write(failing{cause}, header()); !errors.Is(err, cause) {
		t.Errorf("write: %v", err)
	}
}
