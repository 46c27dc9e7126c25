package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"photosync/internal/plan"
	"photosync/internal/record"
)

const (
	shaA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	shaB = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

var made = time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.UTC)

func header() plan.Header {
	return plan.Header{
		Version: "1.4.0", RunID: "7d2f0c7e-0000-4000-8000-000000000001", Tenant: "11111111-2222-3333-4444-555555555555",
		Graph: "https://graph.microsoft.com", Directory: "corp.example", CreatedAt: made, Settings: "baseline OnPremises, on-conflict Skip",
	}
}

func expected() plan.Expected {
	return plan.Expected{
		Version: "1.4.0", Tenant: "11111111-2222-3333-4444-555555555555", Graph: "https://graph.microsoft.com", Directory: "corp.example",
		MaxAge: 24 * time.Hour, Now: made.Add(time.Hour),
	}
}

// three gives a plan of two uploads and a removal, over 300 people.
func three() *plan.Plan {
	return &plan.Plan{
		People: 300, Photos: 250, Unread: 2, Last: plan.Size{People: 310, Photos: 260}, WholeScope: true, Uploads: 2, Removes: 1,
		Changes: []plan.Change{
			{UserPrincipalName: "a@corp.example", DisplayName: "Åsa \"Ö\" <O'Neil> \\ 🙂\n\x7f", SamAccountName: "a", ObjectGUID: "g-a", CloudID: "c-a",
				Action: record.Upload, Reason: record.NeverSynced, OnPremisesSHA256: shaA},
			{UserPrincipalName: "b@corp.example", DisplayName: "B", SamAccountName: "b", ObjectGUID: "g-b", CloudID: "c-b",
				Action: record.Remove, Reason: record.OnPremisesRemoved, ETag: `"E1"`},
			{CloudID: "c-c", Action: record.Upload, Reason: "SomethingNew", OnPremisesSHA256: shaB, ETag: `W/"E2"`},
		},
	}
}

// written gives the lines of a plan file, without the last line's end.
func written(t testing.TB, p *plan.Plan, h plan.Header) []string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b, h); err != nil {
		t.Fatal(err)
	}
	text, ended := strings.CutSuffix(b.String(), "\n")
	if !ended {
		t.Fatal("the last line has no end")
	}
	return strings.Split(text, "\n")
}

func read(lines ...string) (*plan.Plan, plan.Header, error) {
	return plan.Read(strings.NewReader(strings.Join(lines, "\n")+"\n"), expected())
}

func TestPlanFileComesBack(t *testing.T) {
	p, h, err := read(written(t, three(), header())...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(three(), p); diff != "" {
		t.Error(diff)
	}
	want := header()
	want.People, want.Photos, want.Unread, want.Last, want.WholeScope, want.Uploads, want.Removes = 300, 250, 2, plan.Size{People: 310, Photos: 260}, true, 2, 1
	if diff := cmp.Diff(want, h); diff != "" {
		t.Error(diff)
	}
}

func TestPlanFileIsReviewable(t *testing.T) {
	lines := written(t, three(), header())
	for _, l := range lines {
		if strings.IndexFunc(l, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
			t.Errorf("not ASCII: %q", l)
		}
	}
	var first, second map[string]any
	if err := errors.Join(json.Unmarshal([]byte(lines[0]), &first), json.Unmarshal([]byte(lines[1]), &second)); err != nil {
		t.Fatal(err)
	}
	delete(first, "Sha256")
	if diff := cmp.Diff(map[string]any{
		"photosyncPlan": 1.0, "Version": "1.4.0", "RunId": "7d2f0c7e-0000-4000-8000-000000000001", "Tenant": "11111111-2222-3333-4444-555555555555",
		"Graph": "https://graph.microsoft.com", "Directory": "corp.example", "CreatedAt": "2026-03-04T05:06:07.890Z",
		"People": 300.0, "Photos": 250.0, "Unread": 2.0, "LastPeople": 310.0, "LastPhotos": 260.0, "WholeScope": true, "Uploads": 2.0, "Removes": 1.0,
		"Settings": "baseline OnPremises, on-conflict Skip",
	}, first); diff != "" {
		t.Error(diff)
	}
	delete(second, "Sha256")
	if diff := cmp.Diff(map[string]any{
		"UserPrincipalName": "a@corp.example", "DisplayName": "Åsa \"Ö\" <O'Neil> \\ 🙂\n\x7f", "SamAccountName": "a", "ObjectGuid": "g-a", "CloudId": "c-a",
		"Action": "Upload", "Reason": "NeverSynced", "OnPremisesSha256": shaA, "CloudETag": nil,
	}, second); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(lines[0], `{"photosyncPlan":1,"Version":`) || !strings.HasPrefix(lines[1], `{"UserPrincipalName":`) {
		t.Errorf("the order is another:\n%s\n%s", lines[0], lines[1])
	}
}

func TestDeletingLinesIsTheReview(t *testing.T) {
	lines := written(t, three(), header())
	for name, keep := range map[string][]int{
		"all": {1, 2, 3}, "the first": {1}, "the last": {3}, "without the middle": {1, 3}, "another order": {3, 1}, "none": {},
	} {
		t.Run(name, func(t *testing.T) {
			kept, want := []string{lines[0]}, three()
			want.Changes, want.Uploads, want.Removes = nil, 0, 0
			for _, i := range keep {
				kept = append(kept, lines[i])
				c := three().Changes[i-1]
				want.Changes = append(want.Changes, c)
				if c.Action == record.Remove {
					want.Removes++
				} else {
					want.Uploads++
				}
			}
			p, _, err := read(kept...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, p); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// reordered gives a line with spaces in it and its properties the other way round.
func reordered(t *testing.T, line string) string {
	t.Helper()
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &values); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	slices.Reverse(names)
	var parts []string
	for _, name := range names {
		parts = append(parts, " \""+name+"\" :\t"+string(values[name]))
	}
	return "  {" + strings.Join(parts, " ,") + " }\t"
}

func TestWhatEditorsDoIsNoHarm(t *testing.T) {
	lines := written(t, three(), header())
	plain := strings.Join(lines, "\n") + "\n"
	utf16 := func(order unicode.Endianness, text string) string {
		s, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	var spaced []string
	for _, l := range lines {
		spaced = append(spaced, reordered(t, l))
	}
	crlf := strings.ReplaceAll(plain, "\n", "\r\n")
	for name, text := range map[string]string{
		"nothing":            plain,
		"no last line end":   strings.TrimSuffix(plain, "\n"),
		"UTF-8 with a mark":  "\ufeff" + plain,
		"UTF-16 little":      utf16(unicode.LittleEndian, crlf),
		"UTF-16 big":         utf16(unicode.BigEndian, plain),
		"CRLF":               crlf,
		"blank lines":        "\n \r\n" + strings.ReplaceAll(plain, "\n", "\n\t\n\n") + "\n  ",
		"spaces and order":   strings.Join(spaced, "\n"),
		"characters as such": strings.NewReplacer(`\u00c5`, "Å", `\u00d6`, "Ö", `\ud83d\ude42`, "🙂").Replace(plain),
		"other escapes":      strings.ReplaceAll(strings.ReplaceAll(plain, "corp", `c\u006frp`), "Upload\"", "\\u0055pload\""),
		"slashes escaped":    strings.ReplaceAll(plain, "/", `\/`),
		"empty for null":     strings.ReplaceAll(plain, "null", `""`),
	} {
		t.Run(name, func(t *testing.T) {
			p, _, err := plan.Read(strings.NewReader(text), expected())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(three(), p); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWriteRefusesWhatIsNoPlan(t *testing.T) {
	for name, edit := range map[string]func(*plan.Plan){
		"a restore":          func(p *plan.Plan) { p.Changes[0].Restore = true },
		"no write":           func(p *plan.Plan) { p.Changes[0].Action = record.Review },
		"no cloud user":      func(p *plan.Plan) { p.Changes[0].CloudID = "" },
		"an upload of none":  func(p *plan.Plan) { p.Changes[0].OnPremisesSHA256 = "" },
		"half a hash":        func(p *plan.Plan) { p.Changes[0].OnPremisesSHA256 = shaA[:32] },
		"a hash in capitals": func(p *plan.Plan) { p.Changes[0].OnPremisesSHA256 = strings.ToUpper(shaA) },
		"a person twice":     func(p *plan.Plan) { p.Changes[2].ObjectGUID = "g-a" },
		"a cloud user twice": func(p *plan.Plan) { p.Changes[2].CloudID = "c-a" },
		"a name over 64 KiB": func(p *plan.Plan) { p.Changes[0].DisplayName = strings.Repeat("x", 64<<10) },
	} {
		t.Run(name, func(t *testing.T) {
			p := three()
			edit(p)
			if err := p.Write(io.Discard, header()); record.CodeOf(err) != record.InternalError {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNamesThatAreNoTextComeBack(t *testing.T) {
	p := three()
	p.Changes[0].DisplayName = "a\xff\xfeb\xed\xa0\x80"
	got, _, err := read(written(t, p, header())...)
	if err != nil {
		t.Fatal(err)
	}
	if name := got.Changes[0].DisplayName; name != "a\ufffd\ufffdb\ufffd\ufffd\ufffd" {
		t.Errorf("got %q", name)
	}
}
