package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/journal"
	"photosync/internal/record"
)

func read(t *testing.T, dir, runID string) journal.Record {
	t.Helper()
	r, err := journal.Read(dir, runID)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func walk(t *testing.T, dir string) (runs []journal.Record) {
	t.Helper()
	err := journal.Walk(dir, func(r journal.Record) error {
		runs = append(runs, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// put writes the file of a run as it stands.
func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, "journal", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func ids(writes []journal.Write) (ids []string) {
	for _, w := range writes {
		id := w.ID
		if w.Outcome != nil {
			id += " " + string(w.Outcome.Status)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	dir := t.TempDir()
	run := journal.Run{
		RunID: run2, Command: "restore", Version: "1.2.3", User: "CORP\\svc", Host: "srv1", Tenant: "t1", Directory: "dc1.corp.example",
		Graph: "https://graph.microsoft.com", StartedAt: begun, Restores: run1,
	}
	j := openRun(t, dir, run, journal.Options{})
	intent := journal.Intent{
		ID: "w1", At: begun, ObjectGUID: "11111111-2222-3333-4444-555555555555", UserPrincipalName: "jörg@corp.example", DisplayName: "Jörg \u2028",
		SamAccountName: "joerg", CloudID: "c1", Action: record.Upload, Reason: record.Restored, OnPremisesSHA256: "aa", ETagBefore: `W/"1"`,
		BackupSHA256: "bb", Restores: "w0",
	}
	pending := journal.Outcome{ID: "w1", At: begun, Status: record.Pending, Reason: record.NotVisibleYet}
	end := journal.End{At: begun.Add(time.Minute), Outcome: record.OutcomePartial}
	if err := errors.Join(j.Intend(intent), j.Finish(pending), j.End(end)); err != nil {
		t.Fatal(err)
	}
	want := journal.Record{Run: run, Writes: []journal.Write{{Intent: intent, Outcome: &pending}}, End: &end}
	if diff := cmp.Diff(want, read(t, dir, run2)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]journal.Record{want}, walk(t, dir)); diff != "" {
		t.Error(diff)
	}
	settled := journal.Outcome{ID: "w1", At: begun.Add(time.Hour), Status: record.Done, ETagAfter: `W/"2"`}
	if err := journal.Settle(dir, run2, settled); err != nil {
		t.Fatal(err)
	}
	want.Writes[0].Outcome = &settled
	if diff := cmp.Diff(want, read(t, dir, " "+strings.ToUpper(run2))); diff != "" {
		t.Error(diff)
	}
}

func TestRowCounts(t *testing.T) {
	outcome := func(s record.ChangeStatus) *journal.Outcome { return &journal.Outcome{Status: s} }
	r := journal.Record{
		Run: journal.Run{RunID: run2, Command: "restore", Version: "v", User: "u", Host: "h", Tenant: "t", Directory: "d", Graph: "g", StartedAt: begun, Restores: run1},
		Writes: []journal.Write{
			{Intent: journal.Intent{Action: record.Upload, BackupSHA256: "aa"}, Outcome: outcome(record.Done)},
			{Intent: journal.Intent{Action: record.Upload, BackupSHA256: "aa"}, Outcome: outcome(record.Pending)},
			{Intent: journal.Intent{Action: record.Upload}, Outcome: outcome(record.Failed)},
			{Intent: journal.Intent{Action: record.Remove, BackupSHA256: "bb"}, Outcome: outcome(record.Done)},
			{Intent: journal.Intent{Action: record.Remove, BackupSHA256: "cc"}},
			{Intent: journal.Intent{Action: record.Upload}, Outcome: outcome(record.Skipped)},
			{Intent: journal.Intent{Action: record.Upload}, Forgotten: true, Outcome: outcome(record.Done)},
		},
	}
	want := record.Run{
		RunId: run2, Command: "restore", Version: "v", User: "u", Host: "h", Tenant: "t", Directory: "d", GraphUrl: "g", StartedAt: begun, Restores: run1,
		Uploads: 5, Removals: 2, Done: 3, Pending: 1, Failed: 1, Unfinished: 1, Backups: 3,
	}
	if diff := cmp.Diff(want, r.Row()); diff != "" {
		t.Error(diff)
	}
	r.End = &journal.End{At: begun.Add(time.Hour), Outcome: record.OutcomeBraked}
	want.EndedAt, want.Outcome = r.End.At, record.OutcomeBraked
	if diff := cmp.Diff(want, r.Row()); diff != "" {
		t.Error(diff)
	}
}

func TestWhoAWriteIsOf(t *testing.T) {
	w := journal.Write{Intent: journal.Intent{
		UserPrincipalName: "Anna@corp.example", SamAccountName: "anna", ObjectGUID: "aaaaaaaa-2222-3333-4444-555555555555", CloudID: "C0FFEE",
	}}
	for name, want := range map[string]bool{
		"anna@CORP.example": true, "ANNA": true, " anna ": true, "c0ffee": true,
		"AAAAAAAA-2222-3333-4444-555555555555": true, "{aaaaaaaa-2222-3333-4444-555555555555}": true,
		"": false, " ": false, "{}": false, "ann": false, "bob@corp.example": false,
	} {
		if w.Is(name) != want {
			t.Errorf("%q: got %v", name, !want)
		}
	}
	if (journal.Write{}).Is("") || (journal.Write{}).Is("{}") {
		t.Error("nobody has a name")
	}
}

func TestNoJournalHasNoRuns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if runs := walk(t, dir); len(runs) != 0 {
		t.Errorf("got %v", runs)
	}
	if left, err := journal.Unfinished(dir); err != nil || len(left) != 0 {
		t.Errorf("got %v, %v", left, err)
	}
	for _, id := range []string{run1, "", "../x", "forgotten", run1 + ".jsonl", "../journal/" + run1} {
		if _, err := journal.Read(dir, id); record.CodeOf(err) != record.RunNotFound {
			t.Errorf("%q: got %v", id, err)
		}
		if err := journal.Settle(dir, id, journal.Outcome{ID: "w1"}); record.CodeOf(err) != record.RunNotFound {
			t.Errorf("%q: got %v", id, err)
		}
		if err := journal.Conclude(dir, id, journal.End{}); record.CodeOf(err) != record.RunNotFound {
			t.Errorf("%q: got %v", id, err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("looking made the folder")
	}
}

const (
	header  = `{"run":{"runId":"` + run1 + `","command":"sync","startedAt":"2026-01-01T06:00:00Z"}}`
	intent1 = `{"intent":{"id":"w1","action":"Upload","backupSha256":"bb"}}`
	intent2 = `{"intent":{"id":"w2","action":"Remove"}}`
	done1   = `{"outcome":{"id":"w1","status":"Done"}}`
	done2   = `{"outcome":{"id":"w2","status":"Done"}}`
	pend2   = `{"outcome":{"id":"w2","status":"Pending"}}`
	end     = `{"end":{"at":"2026-01-01T07:00:00Z","outcome":"Ok"}}`
)

// Whatever a kill or a power loss leaves is read without repair.
func TestReadingNeedsNoRepair(t *testing.T) {
	lines := func(l ...string) string { return strings.Join(l, "\n") + "\n" }
	for name, c := range map[string]struct {
		text  string
		want  []string
		ended bool
	}{
		"empty":                    {"", nil, false},
		"header alone":             {lines(header), nil, false},
		"half an intent":           {lines(header, intent1, done1) + intent2[:20], []string{"w1 Done"}, false},
		"half an outcome":          {lines(header, intent1) + done1[:len(done1)-1], []string{"w1"}, false},
		"last line without an end": {lines(header, intent1) + done1, []string{"w1 Done"}, false},
		"half a line, then settled": {
			lines(header, intent1, intent2, done1[:20], done2, done1, end), []string{"w1 Done", "w2 Done"}, true,
		},
		"pending, settled after the end": {lines(header, intent2, pend2, end, done2), []string{"w2 Done"}, true},
		"torn header":                    {lines(header[:30], intent1, done1), []string{"w1 Done"}, false},
		"no header":                      {lines(intent1), []string{"w1"}, false},
		"zeros, as after a power loss":   {lines(header, intent1) + strings.Repeat("\x00", 4096) + "\n" + lines(done1), []string{"w1 Done"}, false},
		"a newer version": {
			lines(header, `{"intent":{"id":"w1","mood":{"is":[1]}},"more":1}`, `{"note":{"id":"w9"}}`, `{}`, `null`, `{"outcome":{"id":"w1","status":"Done","why":2}}`),
			[]string{"w1 Done"}, false,
		},
		"no JSON":                   {lines(header, "hello", "[1]", "7", `"x"`, intent1), []string{"w1"}, false},
		"an outcome without intent": {lines(header, done2, intent1), []string{"w1"}, false},
		"an intent twice":           {lines(header, intent1, done1, intent1), []string{"w1 Done"}, false},
		"a line of 2 MiB":           {lines(header, `{"intent":{"id":"`+strings.Repeat("x", 2<<20)+`"}}`, intent1), []string{"w1"}, false},
		"a line of 2 MiB, cut off":  {lines(header, intent1) + strings.Repeat("x", 2<<20), []string{"w1"}, false},
		"a line of 2 MiB that begins as another": {
			lines(header, intent1, done1+strings.Repeat(" ", 2<<20)), []string{"w1"}, false,
		},
		"lines that end as on Windows": {strings.ReplaceAll(lines(header, intent1, done1), "\n", "\r\n"), []string{"w1 Done"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, run1+".jsonl", c.text)
			r := read(t, dir, run1)
			if diff := cmp.Diff(c.want, ids(r.Writes)); diff != "" {
				t.Error(diff)
			}
			if r.Run.RunID != run1 || r.Run.StartedAt.Year() < 2025 || r.Run.StartedAt.Year() > 2026 || (r.End != nil) != c.ended {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// What cannot be understood is told from what a kill leaves.
func TestDamageIsCounted(t *testing.T) {
	lines := func(l ...string) string { return strings.Join(l, "\n") + "\n" }
	zeros := strings.Repeat("\x00", 4096)
	flipped := strings.Replace(intent1, `"id"`, `\xe9id"`, 1)
	for name, c := range map[string]struct {
		text       string
		unreadable int
		headless   bool
	}{
		"a whole run":                    {lines(header, intent1, done1, end), 0, false},
		"empty":                          {"", 0, true},
		"zeros alone":                    {zeros, 0, true},
		"no header":                      {lines(intent1, done1, end), 0, true},
		"a header that is empty":         {lines(`{"run":null}`, intent1, done1, end), 0, true},
		"half a header alone":            {header[:30], 0, true},
		"half a header, then settled":    {lines(header[:30], end), 0, true},
		"half a header, and it goes on":  {lines(header[:30], intent1, done1, end), 1, true},
		"damaged header":                 {lines("x"+header, intent1, done1, end), 1, true},
		"half a line at the end":         {lines(header, intent1) + done1[:20], 0, false},
		"half a line, with its end":      {lines(header, intent1, done1[:20]), 0, false},
		"half a line, then settled":      {lines(header, intent1, intent2, done1[:20], done2, done1, end), 0, false},
		"half a line and zeros, settled": {lines(header, intent1, intent2[:9]+zeros, done1, end), 0, false},
		"half a line, and it goes on":    {lines(header, intent1[:40], intent2, done2, end), 1, false},
		"two halves":                     {lines(header, intent1[:40], intent2[:20], end), 1, false},
		"zeros, and it goes on":          {lines(header, intent1, zeros, intent2, done2, done1, end), 1, false},
		"damaged, then outcomes":         {lines(header, intent1, flipped, done1, end), 1, false},
		"damaged last line":              {lines(header, intent1, done1, "hello"), 1, false},
		"three of them":                  {lines(header, "hello", "[1]", intent1, `{"outcome":{"id":7}}`, end), 3, false},
		"a line of 2 MiB":                {lines(header, `{"intent":{"id":"`+strings.Repeat("x", 2<<20), intent1), 1, false},
		"a line of 2 MiB at the end":     {lines(header, intent1) + `{"intent":{"id":"` + strings.Repeat("x", 2<<20), 1, false},
		"a newer version":                {lines(header, `{"intent":{"id":"w1","mood":{"is":[1]}}}`, `{"note":{"id":"w9"}}`, `{}`, `null`, done1), 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, run1+".jsonl", c.text)
			if r := read(t, dir, run1); r.Unreadable != c.unreadable || r.Headless != c.headless {
				t.Errorf("%d lines, headless %v, want %d, %v", r.Unreadable, r.Headless, c.unreadable, c.headless)
			}
			if r := walk(t, dir); len(r) != 1 || r[0].Unreadable != c.unreadable || r[0].Headless != c.headless {
				t.Errorf("walk gives %+v", r)
			}
		})
	}
}

// An end is found however much was settled after it, and is no end in a line that
// says something else.
func TestUnfinishedFindsTheEnd(t *testing.T) {
	settled := strings.Repeat(pend2+"\n", 64<<10/len(pend2)) // as much as is read of the end of a file
	fake := `{"intent":{"id":"w3"},"end":{"outcome":"Ok"}}`
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"last":                    {header + "\n" + intent1 + "\n" + end, 0},
		"then settled":            {header + "\n" + intent1 + "\n" + end + "\n" + done1 + "\n", 0},
		"then settled a lot":      {intent2 + "\n" + end + "\n" + settled, 0},
		"then settled a lot more": {intent2 + "\n" + end + "\n" + settled + settled, 0},
		"none, and a lot":         {intent2 + "\n" + settled + settled, 1},
		"half an end":             {intent1 + "\n" + end[:len(end)-1], 1},
		"half an end, settled":    {intent1 + "\n" + end[:len(end)-1] + "\n" + end, 0},
		"none, and nothing open":  {intent1 + "\n" + done1 + "\n", 0},
		"part of an intent":       {fake + "\n", 1},
		"in a text":               {`{"intent":{"id":"w1","displayName":"{\"end\":{}}"}}` + "\n", 1},
	} {
		dir := t.TempDir()
		put(t, dir, run1+".jsonl", c.text)
		if left, err := journal.Unfinished(dir); err != nil || len(left) != c.want {
			t.Errorf("%s: %d runs, %v", name, len(left), err)
		}
	}
}

// What is called around every run does not take long journals apart.
func TestAroundARunNoLongJournalIsRead(t *testing.T) {
	dir := t.TempDir()
	id := agedID(day)
	put(t, dir, id+".jsonl", fmt.Sprintf(`{"run":{"startedAt":%q}}`, time.Now().Add(-day).Format(time.RFC3339))+"\n"+strings.Repeat(intent1+"\n"+done1+"\n", 5000)+end+"\n"+done1+"\n")
	prune(t, dir, 90*day, false) // the first has to look
	for name, do := range map[string]func(){
		"Unfinished": func() {
			if _, err := journal.Unfinished(dir); err != nil {
				t.Error(err)
			}
		},
		"Prune":               func() { prune(t, dir, 90*day, false) },
		"Prune by the header": func() { prune(t, dir, 36*time.Hour, false) }, // near the border
	} {
		// To read the file takes more than one for each of its 10,000 lines.
		if n := testing.AllocsPerRun(2, do); n > 1000 {
			t.Errorf("%s takes %v allocations", name, n)
		}
	}
}

// What settles a run begins on a line of its own.
func TestSettlingAfterHalfALine(t *testing.T) {
	for _, text := range []string{"", header[:20], header + "\n" + intent1 + "\n" + intent2 + "\n" + done1[:10]} {
		dir := t.TempDir()
		put(t, dir, run1+".jsonl", text)
		want := 2
		if len(text) < 100 {
			want = 0
		}
		if left, err := journal.Unfinished(dir); err != nil || len(left) != want/2 {
			t.Errorf("unfinished: %v, %v", left, err)
		}
		err := journal.Settle(dir, run1, journal.Outcome{ID: "w1", Status: record.Done}, journal.Outcome{ID: "w2", Status: record.Failed})
		if err := errors.Join(err, journal.Settle(dir, run1), journal.Conclude(dir, run1, journal.End{Outcome: record.OutcomeFailed})); err != nil {
			t.Fatal(err)
		}
		r := read(t, dir, run1)
		if row := r.Row(); row.Done+row.Failed != int64(want) || row.Outcome != record.OutcomeFailed {
			t.Errorf("got %+v", row)
		}
		if left, err := journal.Unfinished(dir); err != nil || len(left) != 0 {
			t.Errorf("unfinished: %v, %v", left, err)
		}
	}
}

func TestRunsInTheirOrder(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, run2+".jsonl", intent1)
	put(t, dir, run1+".jsonl", intent1+"\n"+done1)
	put(t, dir, run3+".jsonl", intent2)
	const ended = "019b7000-0000-7000-8000-000000000000"
	put(t, dir, ended+".jsonl", intent1+"\n"+end)
	for _, foreign := range []string{"notes.txt", "forgotten.jsonl", run1 + ".jsonl.bak", "copy of " + run1 + ".jsonl", strings.ToUpper(run1) + ".json", ".jsonl"} {
		put(t, dir, foreign, intent1)
	}
	if err := os.Mkdir(filepath.Join(dir, "journal", "019b7000-0000-7000-8000-000000000009.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range walk(t, dir) {
		got = append(got, r.Run.RunID)
	}
	if diff := cmp.Diff([]string{run3, run2, run1, ended}, got); diff != "" {
		t.Error(diff)
	}
	got = nil
	left, err := journal.Unfinished(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range left {
		got = append(got, r.Run.RunID)
	}
	if diff := cmp.Diff([]string{run2, run3}, got); diff != "" {
		t.Error(diff)
	}
	stop := errors.New("enough")
	n := 0
	if err := journal.Walk(dir, func(journal.Record) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("%d runs, then %v", n, err)
	}
}

func TestJournalThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "journal"), nil, 0o600); err != nil { // where the folder would be
		t.Fatal(err)
	}
	err := journal.Walk(dir, func(journal.Record) error { return nil })
	if record.CodeOf(err) != record.JournalUnusable || record.From(err).Target == "" {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"", header, header + "\n" + intent1 + "\n" + done1 + "\n" + end + "\n", header + "\n" + intent1[:20] + "\n" + done1, "{}\nnull\n[]\n\x00\n",
		`{"forgotten":{"writes":["w1"],"objectGuid":"x"}}` + "\n" + intent1, `{"intent":{"id":"` + strings.Repeat(`\u0000`, 9) + `"}}`,
		strings.Repeat(`{"intent":`, 100), intent2 + "\n" + pend2 + "\r\n" + done2,
	} {
		f.Add([]byte(text), []byte(text))
	}
	f.Fuzz(func(t *testing.T, run, forgotten []byte) {
		dir := t.TempDir()
		put(t, dir, run1+".jsonl", string(run))
		put(t, dir, "forgotten.jsonl", string(forgotten))
		r := read(t, dir, run1)
		if row := r.Row(); row.RunId != run1 || row.StartedAt.IsZero() {
			t.Errorf("got %+v", row)
		}
		for _, w := range r.Writes {
			if _, err := journal.Photo(dir, w.BackupSHA256, nil); record.CodeOf(err) != record.BackupMissing {
				t.Errorf("photo %q: %v", w.BackupSHA256, err)
			}
			if w.Forgotten && w.BackupSHA256 != "" {
				t.Errorf("forgotten, and not: %+v", w)
			}
		}
		// What reads less comes to the same.
		left, err := journal.Unfinished(dir)
		open := r.Row().Unfinished+r.Row().Pending > 0
		if err != nil || (len(left) == 1) != (r.End == nil && open) {
			t.Errorf("unfinished: %v, %v, of %+v", left, err, r)
		}
		pruned := 0
		_, err = journal.Prune(dir, r.Run.StartedAt.Add(1), true, func(row record.Run) error {
			pruned++
			want := r.Row()
			row.Backups, want.Backups = 0, 0 // here it matters that names are names
			if diff := cmp.Diff(want, row); diff != "" {
				t.Error(diff)
			}
			return nil
		})
		if err != nil || (pruned == 0) && r.End != nil && !open {
			t.Errorf("pruned %d, %v, of %+v", pruned, err, r)
		}
		// Whatever is there, what is appended is read.
		if err := journal.Conclude(dir, run1, journal.End{Outcome: record.OutcomeFailed}); err != nil {
			t.Fatal(err)
		}
		if got := read(t, dir, run1); got.End == nil || got.End.Outcome != record.OutcomeFailed || len(got.Writes) < len(r.Writes) {
			t.Errorf("got %+v, before %+v", got, r)
		}
	})
}
