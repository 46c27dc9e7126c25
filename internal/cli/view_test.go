package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	urfave "github.com/urfave/cli/v2"

	"photosync/internal/record"
	"photosync/internal/run"
)

// anna has every property; the others have what their names say.
var (
	anna = record.Row{
		UserPrincipalName: "anna@corp.example", DisplayName: "Anna Müller", SamAccountName: "anna",
		ObjectGuid: "11111111-2222-3333-4444-555555555555", DistinguishedName: `CN=Müller\, Anna,OU=Staff,DC=corp,DC=example`,
		CloudId: "c1", MatchedBy: record.ByImmutableID, Status: record.Drifted, Reason: record.NoBaseline,
		Findings: record.JoinFindings(record.DisabledAccount, record.OverExchangeImportLimit), Action: record.Review,
		ChangedSide: record.Both, Distance: record.Ptr(0.25), OnPremisesBytes: record.Ptr(int64(12345)), OnPremisesFormat: "jpeg",
		OnPremisesWidth: record.Ptr(int64(96)), OnPremisesHeight: record.Ptr(int64(0)), OnPremisesSha256: "abcd",
		OnPremisesChangedAt: time.Date(2026, 2, 1, 0, 59, 59, 123999999, time.FixedZone("", 3600)),
		CloudBytes:          record.Ptr(int64(54321)), CloudFormat: "png", CloudWidth: record.Ptr(int64(648)), CloudHeight: record.Ptr(int64(640)),
		CloudETag: `W/"e,1"`,
	}
	empty   = record.Row{}
	hostile = record.Row{
		UserPrincipalName: "eve\x1b[2J@corp.example", DisplayName: "Eve \"E\", \x1b[31mred\r\nroot:\tx\u202e\u0085\xff", Status: record.NoPhoto, Action: record.None,
	}
	failed = record.Row{
		SamAccountName: "bo", DisplayName: "Bo", Status: record.Unknown, Reason: record.ReadFailed, Action: record.None, Findings: "SharedMailbox",
		Distance: record.Ptr(0.5), ErrorCode: record.GraphTimeout, ErrorMessage: "read the photo: no\x07 answer", Remedy: "Run again later.", RequestId: "r1",
	}
	done = record.Change{
		UserPrincipalName: "anna@corp.example", DisplayName: "Anna Müller", SamAccountName: "anna", ObjectGuid: "g", CloudId: "c1",
		Action: record.Upload, Status: record.Done, Reason: record.BaselineOnPremises, OnPremisesSha256: "abcd", ETagBefore: "e1", ETagAfter: "e2",
		BackupSha256: "0123456789abcdef", Bytes: record.Ptr(int64(12345)), RunId: "run", At: time.Date(2026, 1, 31, 23, 59, 59, 0, time.UTC), RequestId: "r2",
	}
	refused = record.Change{
		ObjectGuid: "g2", DisplayName: "李, \"Q\"\x1b]0;t\x07", Action: record.Remove, Status: record.Failed, BackupSha256: "0123456789abcdef",
		ErrorCode: record.PhotoRefused, ErrorMessage: "put the photo: 400", Remedy: "Replace it.",
	}
	ownChoice = record.Change{UserPrincipalName: "eva@corp.example", DisplayName: "Eva", Action: record.Review, Status: record.Skipped, Reason: record.CloudChanged}
	stays     = record.Change{
		CloudId: "c7", Action: record.Upload, Status: record.Skipped, Reason: record.ChangedMeanwhile,
		ErrorCode: record.PhotoChangedSince, ErrorMessage: "the photo changed at noon", Remedy: "Look at it; --force puts it back.",
	}
	wrote = record.Run{
		RunId: "01990a2b-5c1e-7d0f-8a44-2f6f0f6f3a11", Command: "sync", StartedAt: time.Date(2026, 2, 1, 0, 59, 59, 123999999, time.FixedZone("", 3600)),
		EndedAt: time.Date(2026, 2, 1, 0, 0, 1, 0, time.UTC), Outcome: record.OutcomePartial, User: "svc\x1b[2J", Host: "hub1", Version: "1.0.0",
		Tenant: "t", Directory: "dc1", GraphUrl: "https://g", Uploads: 12, Removals: 1, Done: 10, Pending: 1, Failed: 2, Backups: 9,
	}
	cutOff = record.Run{RunId: "r2", Command: "restore", StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Uploads: 3, Done: 1, Unfinished: 2, Restores: "r1"}
)

const (
	rowHead    = "UserPrincipalName,DisplayName,SamAccountName,ObjectGuid,DistinguishedName,CloudId,MatchedBy,Status,Reason,Findings,Action,ChangedSide,Distance,OnPremisesBytes,OnPremisesFormat,OnPremisesWidth,OnPremisesHeight,OnPremisesSha256,OnPremisesChangedAt,CloudBytes,CloudFormat,CloudWidth,CloudHeight,CloudETag,ErrorCode,ErrorMessage,Remedy,RequestId\n"
	changeHead = "UserPrincipalName,DisplayName,SamAccountName,ObjectGuid,CloudId,Action,Status,Reason,OnPremisesSha256,ETagBefore,ETagAfter,BackupSha256,Bytes,RunId,At,ErrorCode,ErrorMessage,Remedy,RequestId\n"
	textHead   = "STATUS             REASON              ACTION  PERSON                             NAME                   NOTES\n"
	runHead    = "RunId,Command,StartedAt,EndedAt,Outcome,User,Host,Version,Tenant,Directory,GraphUrl,Uploads,Removals,Done,Pending,Failed,Unfinished,Backups,Restores\n"
	textHead3  = "STARTED              COMMAND OUTCOME   DONE    PENDING FAILED  BY                             RUN                                  NOTES\n"
	textHead2  = "STATUS       REASON              ACTION  PERSON                             NAME                   NOTES\n"
)

// show gives what a view writes for rows and changes.
func show(t *testing.T, format string, rows ...any) string {
	t.Helper()
	var out bytes.Buffer
	v := newView(Stdio{Out: &out, Err: &words{}}, format, true, false)
	for _, r := range rows {
		var err error
		switch r := r.(type) {
		case record.Row:
			err = v.Row(r)
		case record.Change:
			err = v.Change(r)
		case record.Run:
			err = v.Run(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := v.close(record.Summary{}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRowsInEveryFormat(t *testing.T) {
	for name, c := range map[string]struct {
		format string
		rows   []any
		want   string
	}{
		"json, every property": {"json", []any{anna},
			`{"UserPrincipalName":"anna@corp.example","DisplayName":"Anna M\u00fcller","SamAccountName":"anna","ObjectGuid":"11111111-2222-3333-4444-555555555555","DistinguishedName":"CN=M\u00fcller\\, Anna,OU=Staff,DC=corp,DC=example","CloudId":"c1","MatchedBy":"ImmutableId","Status":"Drifted","Reason":"NoBaseline","Findings":"OverExchangeImportLimit,DisabledAccount","Action":"Review","ChangedSide":"Both","Distance":0.25,"OnPremisesBytes":12345,"OnPremisesFormat":"jpeg","OnPremisesWidth":96,"OnPremisesHeight":0,"OnPremisesSha256":"abcd","OnPremisesChangedAt":"2026-01-31T23:59:59.123Z","CloudBytes":54321,"CloudFormat":"png","CloudWidth":648,"CloudHeight":640,"CloudETag":"W/\"e,1\"","ErrorCode":null,"ErrorMessage":null,"Remedy":null,"RequestId":null}` + "\n"},
		"json, nulls, twice": {"json", []any{empty, empty}, strings.Repeat(
			`{"UserPrincipalName":null,"DisplayName":null,"SamAccountName":null,"ObjectGuid":null,"DistinguishedName":null,"CloudId":null,"MatchedBy":null,"Status":null,"Reason":null,"Findings":null,"Action":null,"ChangedSide":null,"Distance":null,"OnPremisesBytes":null,"OnPremisesFormat":null,"OnPremisesWidth":null,"OnPremisesHeight":null,"OnPremisesSha256":null,"OnPremisesChangedAt":null,"CloudBytes":null,"CloudFormat":null,"CloudWidth":null,"CloudHeight":null,"CloudETag":null,"ErrorCode":null,"ErrorMessage":null,"Remedy":null,"RequestId":null}`+"\n", 2)},
		"json, hostile": {"json", []any{hostile},
			`{"UserPrincipalName":"eve\u001b[2J@corp.example","DisplayName":"Eve \"E\", \u001b[31mred\u000d\u000aroot:\u0009x\u202e\u0085\ufffd","SamAccountName":null,"ObjectGuid":null,"DistinguishedName":null,"CloudId":null,"MatchedBy":null,"Status":"NoPhoto","Reason":null,"Findings":null,"Action":"None","ChangedSide":null,"Distance":null,"OnPremisesBytes":null,"OnPremisesFormat":null,"OnPremisesWidth":null,"OnPremisesHeight":null,"OnPremisesSha256":null,"OnPremisesChangedAt":null,"CloudBytes":null,"CloudFormat":null,"CloudWidth":null,"CloudHeight":null,"CloudETag":null,"ErrorCode":null,"ErrorMessage":null,"Remedy":null,"RequestId":null}` + "\n"},
		"json, an error": {"json", []any{failed},
			`{"UserPrincipalName":null,"DisplayName":"Bo","SamAccountName":"bo","ObjectGuid":null,"DistinguishedName":null,"CloudId":null,"MatchedBy":null,"Status":"Unknown","Reason":"ReadFailed","Findings":"SharedMailbox","Action":"None","ChangedSide":null,"Distance":0.5,"OnPremisesBytes":null,"OnPremisesFormat":null,"OnPremisesWidth":null,"OnPremisesHeight":null,"OnPremisesSha256":null,"OnPremisesChangedAt":null,"CloudBytes":null,"CloudFormat":null,"CloudWidth":null,"CloudHeight":null,"CloudETag":null,"ErrorCode":"GraphTimeout","ErrorMessage":"read the photo: no\u0007 answer","Remedy":"Run again later.","RequestId":"r1"}` + "\n"},
		"json, changes": {"json", []any{done, refused},
			`{"UserPrincipalName":"anna@corp.example","DisplayName":"Anna M\u00fcller","SamAccountName":"anna","ObjectGuid":"g","CloudId":"c1","Action":"Upload","Status":"Done","Reason":"BaselineOnPremises","OnPremisesSha256":"abcd","ETagBefore":"e1","ETagAfter":"e2","BackupSha256":"0123456789abcdef","Bytes":12345,"RunId":"run","At":"2026-01-31T23:59:59.000Z","ErrorCode":null,"ErrorMessage":null,"Remedy":null,"RequestId":"r2"}` + "\n" +
				`{"UserPrincipalName":null,"DisplayName":"\u674e, \"Q\"\u001b]0;t\u0007","SamAccountName":null,"ObjectGuid":"g2","CloudId":null,"Action":"Remove","Status":"Failed","Reason":null,"OnPremisesSha256":null,"ETagBefore":null,"ETagAfter":null,"BackupSha256":"0123456789abcdef","Bytes":null,"RunId":null,"At":null,"ErrorCode":"PhotoRefused","ErrorMessage":"put the photo: 400","Remedy":"Replace it.","RequestId":null}` + "\n"},

		"csv, every property and nulls": {"csv", []any{anna, empty}, rowHead +
			`anna@corp.example,Anna Müller,anna,11111111-2222-3333-4444-555555555555,"CN=Müller\, Anna,OU=Staff,DC=corp,DC=example",c1,ImmutableId,Drifted,NoBaseline,"OverExchangeImportLimit,DisabledAccount",Review,Both,0.25,12345,jpeg,96,0,abcd,2026-01-31T23:59:59.123Z,54321,png,648,640,"W/""e,1""",,,,` + "\n" +
			strings.Repeat(",", 27) + "\n"},
		"csv, hostile": {"csv", []any{hostile}, rowHead +
			"eve\x1b[2J@corp.example,\"Eve \"\"E\"\", \x1b[31mred\r\nroot:\tx\u202e\u0085\xff\",,,,,,NoPhoto,,,None,,,,,,,,,,,,,,,,,\n"},
		"csv, an error": {"csv", []any{failed}, rowHead +
			",Bo,bo,,,,,Unknown,ReadFailed,SharedMailbox,None,,0.5,,,,,,,,,,,,GraphTimeout,read the photo: no\x07 answer,Run again later.,r1\n"},
		"csv, changes": {"csv", []any{done, refused}, changeHead +
			"anna@corp.example,Anna Müller,anna,g,c1,Upload,Done,BaselineOnPremises,abcd,e1,e2,0123456789abcdef,12345,run,2026-01-31T23:59:59.000Z,,,,r2\n" +
			",\"李, \"\"Q\"\"\x1b]0;t\x07\",,g2,,Remove,Failed,,,,,0123456789abcdef,,,,PhotoRefused,put the photo: 400,Replace it.,\n"},

		"text, every property and nulls": {"text", []any{anna, empty}, textHead +
			"Drifted            NoBaseline          Review  anna@corp.example                  Anna Müller            distance 0.250 OverExchangeImportLimit DisabledAccount\n" +
			"                   -                           -\n"},
		"text, hostile": {"text", []any{hostile}, textHead +
			"NoPhoto            -                   None    eve�[2J@corp.example               Eve \"E\", �[31mred��root:�x���\n"},
		"text, an error": {"text", []any{failed}, textHead +
			"Unknown            ReadFailed          None    bo                                 Bo                     GraphTimeout: read the photo: no� answer\n"},
		"text, changes": {"text", []any{done, refused}, textHead2 +
			"Done         BaselineOnPremises  Upload  anna@corp.example                  Anna Müller            backup 0123456789ab\n" +
			"Failed       -                   Remove  g2                                 李, \"Q\"�]0;t�          PhotoRefused: put the photo: 400\n"},

		"text, changes left out": {"text", []any{ownChoice, stays}, textHead2 +
			"Skipped      CloudChanged        Review  eva@corp.example                   Eva\n" +
			"Skipped      ChangedMeanwhile    Upload  c7                                                        PhotoChangedSince: the photo changed at noon. Look at it; --force puts it back.\n"},

		"json, runs": {"json", []any{wrote, cutOff},
			`{"RunId":"01990a2b-5c1e-7d0f-8a44-2f6f0f6f3a11","Command":"sync","StartedAt":"2026-01-31T23:59:59.123Z","EndedAt":"2026-02-01T00:00:01.000Z","Outcome":"Partial","User":"svc\u001b[2J","Host":"hub1","Version":"1.0.0","Tenant":"t","Directory":"dc1","GraphUrl":"https://g","Uploads":12,"Removals":1,"Done":10,"Pending":1,"Failed":2,"Unfinished":0,"Backups":9,"Restores":null}` + "\n" +
				`{"RunId":"r2","Command":"restore","StartedAt":"2026-01-02T03:04:05.000Z","EndedAt":null,"Outcome":null,"User":null,"Host":null,"Version":null,"Tenant":null,"Directory":null,"GraphUrl":null,"Uploads":3,"Removals":0,"Done":1,"Pending":0,"Failed":0,"Unfinished":2,"Backups":0,"Restores":"r1"}` + "\n"},
		"csv, runs": {"csv", []any{cutOff}, runHead + "r2,restore,2026-01-02T03:04:05.000Z,,,,,,,,,3,0,1,0,0,2,0,r1\n"},
		"text, runs": {"text", []any{wrote, cutOff}, textHead3 +
			"2026-01-31 23:59:59Z sync    Partial   10      1       2       svc�[2J on hub1                01990a2b-5c1e-7d0f-8a44-2f6f0f6f3a11\n" +
			"2026-01-02 03:04:05Z restore not ended 1       0       0       -                              r2                                   2 unfinished, undoes r1\n"},

		"json, nobody": {"json", nil, ""},
		"csv, nobody":  {"csv", nil, ""},
		"text, nobody": {"text", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, show(t, c.format, c.rows...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A table without rows is a header in CSV, unless the run failed: then it is nothing.
func TestHeaderWithoutRows(t *testing.T) {
	for name, c := range map[string]struct {
		format, command string
		outcome         record.Outcome
		rows            []record.Row
		want            string
	}{
		"csv, drift":         {"csv", "drift", record.OutcomeOk, nil, rowHead},
		"csv, sync":          {"csv", "sync", record.OutcomeOk, nil, changeHead},
		"csv, restore":       {"csv", "restore", record.OutcomeOk, nil, changeHead},
		"csv, runs":          {"csv", "runs", record.OutcomeOk, nil, runHead},
		"csv, prune":         {"csv", "prune", record.OutcomeOk, nil, runHead},
		"csv, forget":        {"csv", "forget", record.OutcomeOk, nil, ""},
		"csv, failed":        {"csv", "drift", record.OutcomeFailed, nil, ""},
		"csv, cancelled":     {"csv", "sync", record.OutcomeCancelled, nil, ""},
		"csv, it had a row":  {"csv", "drift", record.OutcomeOk, []record.Row{empty}, rowHead + strings.Repeat(",", 27) + "\n"},
		"text, nobody":       {"text", "drift", record.OutcomeOk, nil, ""},
		"json, nobody":       {"json", "sync", record.OutcomeOk, nil, ""},
		"text, it had a row": {"text", "drift", record.OutcomeOk, []record.Row{{Status: record.NoPhoto}}, textHead + "NoPhoto            -                           -\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out words
			v := newView(Stdio{Out: &out, Err: &words{}}, c.format, true, false)
			for _, r := range c.rows {
				if err := v.Row(r); err != nil {
					t.Fatal(err)
				}
			}
			if err := v.close(record.Summary{Command: c.command, Outcome: c.outcome}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The notes begin in the same cell of the terminal, however wide a name is.
func TestWideCharactersAlign(t *testing.T) {
	for name, cells := range map[string]int{
		"Anna": 4, "王伟": 4, "山田\u3000太郎": 10, "Jose\u0301": 4, "😀 Bo": 5, "한국": 4, "": 0, "Ｗ": 2, "Zoë\u00a0K": 5,
	} {
		r := record.Row{UserPrincipalName: "a@b", DisplayName: name, Status: record.Drifted, Findings: "SharedMailbox"}
		want := textHead + "Drifted            -                           a@b                                " + name + strings.Repeat(" ", 22-cells+1) + "SharedMailbox\n"
		if diff := cmp.Diff(want, show(t, "text", r)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", name, diff)
		}
	}
}

// A long value is shown whole, on one line, with a space to the next column.
func TestLongValuesStayWhole(t *testing.T) {
	who, name := strings.Repeat("u", 60)+"@corp.example", strings.Repeat("n", 23)
	want := textHead + "Drifted            NoBaseline          Review  " + who + " " + name + " SharedMailbox\n"
	got := show(t, "text", record.Row{UserPrincipalName: who, DisplayName: name, Status: record.Drifted, Reason: record.NoBaseline, Action: record.Review, Findings: "SharedMailbox"})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// No value of our own lists is wider than its column.
func TestColumnsHoldTheirLists(t *testing.T) {
	fits := func(width int, value string) {
		if len(value) > width {
			t.Errorf("%s is wider than its column of %d", value, width)
		}
	}
	for _, s := range record.Statuses {
		fits(rowWidths[0], string(s))
	}
	for _, s := range record.ChangeStatuses {
		fits(changeWidths[0], string(s))
	}
	for _, o := range record.Outcomes {
		fits(runWidths[2], string(o))
	}
	for _, widths := range [][]int{rowWidths, changeWidths} {
		for _, r := range record.ReasonPrecedence {
			fits(widths[1], string(r))
		}
		for _, a := range record.Actions {
			fits(widths[2], string(a))
		}
	}
}

func TestPersonIsNamedByTheBestName(t *testing.T) {
	row := record.Row{UserPrincipalName: "upn", SamAccountName: "sam", DistinguishedName: "dn", ObjectGuid: "guid"}
	change := record.Change{UserPrincipalName: "upn", SamAccountName: "sam", ObjectGuid: "guid"}
	for _, want := range []string{"upn", "sam", "dn", "guid", "-"} {
		if got := strings.Fields(show(t, "text", row)); got[len(got)-1] != want {
			t.Errorf("a row is named %q, want %q", got[len(got)-1], want)
		}
		if got := strings.Fields(show(t, "text", change)); want != "dn" && got[len(got)-1] != want {
			t.Errorf("a change is named %q, want %q", got[len(got)-1], want)
		}
		switch want {
		case "upn":
			row.UserPrincipalName, change.UserPrincipalName = "", ""
		case "sam":
			row.SamAccountName, change.SamAccountName = "", ""
		case "dn":
			row.DistinguishedName = ""
		case "guid":
			row.ObjectGuid, change.ObjectGuid = "", ""
		}
	}
}

// broken is a reader that went away.
type broken struct{ writes int }

var errBroken = errors.New("broken pipe")

func (b *broken) Write([]byte) (int, error) {
	b.writes++
	return 0, errBroken
}

func TestBrokenOutput(t *testing.T) {
	for _, format := range []string{"text", "json", "csv"} {
		t.Run(format, func(t *testing.T) {
			out := &broken{}
			v := newView(Stdio{Out: out, Err: &words{}}, format, false, false)
			if err := v.Row(anna); err != nil {
				t.Fatalf("the first row is in the buffer: %v", err)
			}
			v.Progress(run.Progress{Stage: run.StageCompare, Done: 1})
			for what, err := range map[string]error{"row": v.Row(anna), "change": v.Change(done), "run": v.Run(wrote), "close": v.close(record.Summary{})} {
				wantCode(t, err, record.OutputFailed)
				if !errors.Is(err, errBroken) {
					t.Errorf("%s: the cause is lost: %v", what, err)
				}
			}
			if out.writes != 1 {
				t.Errorf("%d writes to a broken output, want 1", out.writes)
			}
		})
	}
}

func TestBrokenTerminalFailsAtItsRow(t *testing.T) {
	out := &broken{}
	v := newView(Stdio{Out: out, Err: &words{}}, "json", true, false)
	v.everyRow = true
	wantCode(t, v.Row(anna), record.OutputFailed)
}

// TestBrokenPipe writes rows into a pipe that nobody reads until one fails.
func TestBrokenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	const enough = 1000
	rows := 0
	c, err := inCommand(t, Stdio{Out: w}, func(c *command, u *urfave.Context) error {
		return c.carryOut(u, func(_ run.Options, v *view) (s record.Summary, err error) {
			for err == nil && rows < enough {
				rows++
				err = v.Row(anna)
			}
			s.SetError(err)
			s.ExitCode, s.Outcome = 1, record.OutcomeFailed
			return s, err
		})
	}, "drift", "--server", "dc1", "--output", "json")
	wantCode(t, err, record.OutputFailed)
	if rows == enough || c.exit != 1 {
		t.Errorf("%d rows were written, exit code %d", rows, c.exit)
	}
}

// TestExitCodeOfFailedOutput: the worst wins, and the summary file agrees.
func TestExitCodeOfFailedOutput(t *testing.T) {
	trouble := record.Errorf(record.PeopleFailed, "2 of 3 people failed")
	for name, c := range map[string]struct {
		exit    record.ExitCode
		outcome record.Outcome
		err     error
		broken  bool // the output
		lost    bool // the summary file
		want    record.ExitCode
		inFile  record.Code
	}{
		"all is well":                 {0, record.OutcomeOk, nil, false, false, 0, ""},
		"rows lost":                   {0, record.OutcomeOk, nil, true, false, 1, record.OutputFailed},
		"rows lost, drift":            {4, record.OutcomeOk, nil, true, false, 1, record.OutputFailed},
		"rows lost, people failed":    {3, record.OutcomePartial, trouble, true, false, 1, record.PeopleFailed},
		"rows lost, directory":        {12, record.OutcomeFailed, record.Errorf(record.DirectoryTimeout, "slow"), true, false, 12, record.DirectoryTimeout},
		"rows lost, cancelled":        {130, record.OutcomeCancelled, record.Errorf(record.Cancelled, "stop"), true, false, 130, record.Cancelled},
		"summary lost":                {0, record.OutcomeOk, nil, false, true, 1, ""},
		"summary lost, drift":         {4, record.OutcomeOk, nil, false, true, 1, ""},
		"summary lost, people failed": {3, record.OutcomePartial, trouble, false, true, 1, ""},
		"summary lost, a brake":       {5, record.OutcomeBraked, record.Errorf(record.TooManyChanges, "many"), false, true, 5, ""},
		"drift":                       {4, record.OutcomeOk, nil, false, false, 4, ""},
	} {
		t.Run(name, func(t *testing.T) {
			std := Stdio{Out: &words{}}
			if c.broken {
				std.Out = &broken{}
			}
			file := t.TempDir() + "/s.json"
			cmd, err := inCommand(t, std, func(cmd *command, u *urfave.Context) error {
				return cmd.carryOut(u, func(_ run.Options, v *view) (record.Summary, error) {
					_ = v.Row(anna)
					if c.lost { // the folder goes while the run is under way
						if err := os.RemoveAll(filepath.Dir(file)); err != nil {
							t.Error(err)
						}
					}
					s := record.Summary{ExitCode: int(c.exit), Outcome: c.outcome}
					if c.err != nil {
						s.SetError(c.err)
					}
					return s, c.err
				})
			}, "drift", "--server", "dc1", "--summary", file)
			if cmd.exit != int(c.want) {
				t.Errorf("exit code %d, want %d", cmd.exit, c.want)
			}
			if (c.broken || c.lost || c.err != nil) != (err != nil) {
				t.Errorf("got %v", err)
			}
			if c.err != nil && record.CodeOf(err) != record.CodeOf(c.err) {
				t.Errorf("the last line would tell of %v, not of the run's %v", err, c.err)
			}
			if c.lost {
				return
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{fmt.Sprintf(`"ExitCode": %d,`, c.want), `"ErrorCode": "` + string(c.inFile) + `"`} {
				want = strings.Replace(want, `""`, "null", 1)
				if !strings.Contains(string(text), want) {
					t.Errorf("the file lacks %s:\n%s", want, text)
				}
			}
		})
	}
}

func TestVerboseAndQuiet(t *testing.T) {
	for _, c := range []struct {
		quiet, verbose bool
		want           string
	}{
		{false, false, "warning: w\n"}, {true, false, "warning: w\n"}, {false, true, "warning: w\nv\n"},
	} {
		var err words
		v := newView(Stdio{Out: &words{}, Err: &err}, "json", c.quiet, c.verbose)
		v.Warn("w")
		v.Verbose("v")
		if diff := cmp.Diff(c.want, err.String()); diff != "" {
			t.Errorf("quiet %v, verbose %v: %s", c.quiet, c.verbose, diff)
		}
	}
}
