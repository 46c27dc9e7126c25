package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/lab"
	"photosync/internal/record"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// smallCompany draws the company once; a lab copies what it changes.
var smallCompany = sync.OnceValue(lab.SmallCompany)

// inLab starts a lab that demands tokens, and points the environment at it.
func inLab(t *testing.T, o ...lab.Option) *lab.Lab {
	t.Helper()
	l, err := lab.Start(smallCompany(), append([]lab.Option{lab.WithTokens(true)}, o...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, e := range labEnvironment(l, "state") {
		t.Setenv(e[0], e[1])
	}
	t.Chdir(t.TempDir())
	return l
}

// changing is what is another in each transcript.
var changing = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "YYYY-MM-DDTHH:MM:SSZ"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d\b`), "YYYY-MM-DD"},
	{regexp.MustCompile(`request id [0-9a-f-]{36}`), "request id REQUEST-ID"},
}

// wantTranscript holds what a command wrote against testdata/check/NAME.txt.
func wantTranscript(t *testing.T, name string, code int, out, err string) {
	t.Helper()
	got := fmt.Sprintf("%s--- standard error\n%s--- exit code %d\n", out, err, code)
	for _, c := range changing {
		got = c.what.ReplaceAllString(got, c.as)
	}
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, readErr := os.ReadFile(name)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if diff := cmp.Diff(string(bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Whole transcripts of a check in four worlds.
func TestCheckTranscripts(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("system errors and file modes have other words there")
	}
	folder, err := filepath.Abs("testdata/check")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		lab   []lab.Option
		token func(*lab.Lab) string
		env   map[string]string
	}{
		"all-well": {lab: []lab.Option{lab.WithPhotoPolicy(lab.PhotoPolicy{Source: "cloud"})}},
		"exchange-role-only": {
			token: func(l *lab.Lab) string { return l.Graph().IssueToken(tokenLife, "Exchange.ManageAsApp") },
		},
		"on-premises-policy-and-clock": {
			lab: []lab.Option{lab.WithPhotoPolicy(lab.PhotoPolicy{Source: "onPremises"}), lab.WithClockSkew(10 * time.Minute)},
		},
		"expired-token-and-directory-down": {
			token: func(l *lab.Lab) string { return l.Graph().IssueToken(-time.Hour, labRoles...) },
			env:   map[string]string{"PHOTOSYNC_SERVER": "ldaps://127.0.0.1:1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := inLab(t, c.lab...)
			if c.token != nil {
				t.Setenv("PHOTOSYNC_ACCESS_TOKEN", c.token(l))
			}
			for variable, value := range c.env {
				t.Setenv(variable, value)
			}
			code, out, err := runCLI(t.Context(), "check")
			wantTranscript(t, filepath.Join(folder, name+".txt"), code, out, err)
			if l.Graph().Writes() > 0 {
				t.Error("it wrote")
			}
		})
	}
}

// checked is a row with everything, hostile things too.
var checked = record.Check{
	Check: "CanaryRead", Status: record.Fail, Evidence: "read the photo's metadata of 李小龙@corp.example: 403 Forbidden, \x1b[2JErrorAccessDenied: Access is denied.",
	Remedy: "Grant it, \"then\" a new token: A; B", ErrorCode: record.GraphForbidden, RequestId: "r1",
}

const checkHead = "Check,Status,Evidence,Remedy,ErrorCode,RequestId\n"

func TestChecksInEveryFormat(t *testing.T) {
	good := record.Check{Check: "State", Status: record.Pass, Evidence: "it is there"}
	for format, want := range map[string]string{
		"json": `{"Check":"CanaryRead","Status":"Fail","Evidence":"read the photo's metadata of \u674e\u5c0f\u9f99@corp.example: 403 Forbidden, \u001b[2JErrorAccessDenied: Access is denied.","Remedy":"Grant it, \"then\" a new token: A; B","ErrorCode":"GraphForbidden","RequestId":"r1"}` + "\n" +
			`{"Check":"State","Status":"Pass","Evidence":"it is there","Remedy":null,"ErrorCode":null,"RequestId":null}` + "\n",
		"csv": checkHead + "CanaryRead,Fail,\"read the photo's metadata of 李小龙@corp.example: 403 Forbidden, \x1b[2JErrorAccessDenied: Access is denied.\",\"Grant it, \"\"then\"\" a new token: A; B\",GraphForbidden,r1\n" +
			"State,Pass,it is there,,,\n",
		"text": "Fail    CanaryRead (GraphForbidden)\n" +
			"        read the photo's metadata of 李小龙@corp.example: 403 Forbidden,\n" +
			"        \ufffd[2JErrorAccessDenied: Access is denied.\n" +
			"        -> Grant it, \"then\" a new token: A; B\n" +
			"        request id r1\n" +
			"Pass    State\n        it is there\n",
	} {
		var out bytes.Buffer
		v := newView(Stdio{Out: &out, Err: &words{}}, format, true, false)
		for _, c := range []record.Check{checked, good} {
			if err := v.Check(c); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, out.String()); diff != "" { // before close: each row is handed on at once
			t.Errorf("%s (-want +got)\n%s", format, diff)
		}
	}
	var out bytes.Buffer
	v := newView(Stdio{Out: &out, Err: &words{}}, "csv", true, false)
	if err := v.close(record.Summary{Command: "check", Outcome: record.OutcomeOk}); err != nil || out.String() != checkHead {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestWrapped(t *testing.T) {
	for text, want := range map[string][]string{
		"":                    nil,
		"a b c":               {"a b c"},
		"aaaa bbbb cccc":      {"aaaa bbbb", "cccc"},
		"a toolongforaline b": {"a", "toolongforaline", "b"},
		"李李李 bb":              {"李李李 bb"},
		"李李李 bbbb":            {"李李李", "bbbb"},
	} {
		if diff := cmp.Diff(want, wrapped(text, 10)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}

// The output that cannot be written ends the check.
func TestCheckOutputFails(t *testing.T) {
	inLab(t)
	var err words
	code := Run(t.Context(), []string{"photosync", "check", "--output", "json"}, Stdio{In: strings.NewReader(""), Out: &broken{}, Err: &err})
	if code != 1 || !strings.HasPrefix(lastLine(err.String()), "OutputFailed: ") {
		t.Errorf("exit code %d, %q", code, err.String())
	}
}

func TestCheckFlags(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code record.Code
		says string
	}{
		"two people":                    {[]string{"--user", "a", "--user", "b"}, record.Usage, "one --user"},
		"an empty person":               {[]string{"--user", ""}, record.Usage, "--user"},
		"an empty probe":                {[]string{"--write-probe", " ", "--yes"}, record.Usage, "--write-probe"},
		"a probe of an account":         {[]string{"--write-probe", "anna", "--yes"}, record.Usage, "UPN"},
		"a probe, and nobody to ask":    {[]string{"--write-probe", "a@b"}, record.ConfirmationRequired, "Add --yes"},
		"no requests":                   {[]string{"--concurrency", "0"}, record.Usage, "--concurrency cannot be 0"},
		"fewer than none":               {[]string{"--concurrency=-1"}, record.Usage, "1 or more"},
		"a scope":                       {[]string{"--search-base", "DC=a"}, record.Usage, "search-base"},
		"a CA file that is not there":   {[]string{"--ca-file", "missing.pem"}, record.CaFileUnusable, "missing.pem"},
		"no such cloud":                 {[]string{"--environment", "mars"}, record.SettingInvalid, "mars"},
		"no such format":                {[]string{"--output", "xml"}, record.Usage, "--output"},
		"what is left":                  {[]string{"anna"}, record.Usage, "--user"},
		"plain http to somewhere":       {[]string{"--graph-url", "http://graph.example.invalid"}, record.GraphUrlNotAllowed, "http"},
		"concurrency that is no number": {[]string{"--concurrency", "many"}, record.Usage, "many"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := runCLI(t.Context(), append([]string{"check", "--state-dir", t.TempDir()}, c.args...)...)
			last := lastLine(err)
			if !strings.HasPrefix(last, string(c.code)+": ") || !strings.Contains(last, c.says) || code != int(c.code.Entry().Exit) || out != "" {
				t.Errorf("exit code %d, output %q, %q", code, out, last)
			}
		})
	}
}

// A missing server or missing credentials are answers, not the end.
func TestCheckAnswersWithoutSettings(t *testing.T) {
	code, out, err := runCLI(t.Context(), "check", "--output", "csv", "--state-dir", filepath.Join(t.TempDir(), "s"))
	if code != int(record.ExitConfiguration) || !strings.Contains(out, "\nDirectoryReached,Fail,") || !strings.Contains(out, "\nSignIn,Fail,") || !strings.Contains(out, "\nState,Pass,") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if !strings.HasSuffix(err, "ChecksFailed: 2 of 17 checks failed: DirectoryReached, SignIn. See Evidence and Remedy on their rows.\n") || !strings.HasPrefix(err, "3 Pass") && !strings.Contains(err, " 2 Fail, ") {
		t.Errorf("it says %q", err)
	}
}

func TestCheckIsQuiet(t *testing.T) {
	inLab(t)
	code, out, err := runCLI(t.Context(), "check", "--quiet", "--summary", "s.json")
	if code != 0 || out == "" || err != "" {
		t.Errorf("exit code %d, %q", code, err)
	}
	text, readErr := os.ReadFile("s.json")
	if readErr != nil || !strings.Contains(string(text), `"Command": "check"`) || !strings.Contains(string(text), `"Outcome": "Ok"`) {
		t.Errorf("%v: %s", readErr, text)
	}
}

func TestWriteProbeByCommand(t *testing.T) {
	l := inLab(t)
	upn := smallCompany().Cases()[lab.CaseDrifted][0]
	code, out, err := runCLI(t.Context(), "check", "--write-probe", upn, "--yes", "--output", "csv")
	if code != 0 || !strings.Contains(out, "\nWriteProbe,Pass,\"the test picture was written for "+upn+" and seen after ") || l.Graph().Writes() != 2 {
		t.Errorf("exit code %d, %d writes\n%s%s", code, l.Graph().Writes(), out, err)
	}
}

func TestMayProbe(t *testing.T) {
	const question = "Replace the photo of eve\ufffd[2J@b by a test picture and put it back? It is backed up first.\nType yes to go on: "
	for name, c := range map[string]struct {
		upn, in string
		yes     bool
		code    record.Code
		says    string
	}{
		"yes":           {"eve\x1b[2J@b", "yes\n", false, "", question},
		"no":            {"eve\x1b[2J@b", "y\n", false, record.Cancelled, question},
		"nobody":        {"eve\x1b[2J@b", "", false, record.Cancelled, question},
		"--yes":         {"eve\x1b[2J@b", "", true, "", ""},
		"nobody to ask": {"", "", false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var said words
			a := &asker{std: Stdio{In: strings.NewReader(c.in), Err: &said}, yes: c.yes, hide: func() {}}
			wantCode(t, a.mayProbe(t.Context(), c.upn), c.code)
			if diff := cmp.Diff(c.says, said.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in, keyboard, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close()
	a := &asker{std: Stdio{In: in, Err: &words{}}, hide: func() {}}
	if err := a.mayProbe(ctx, "a@b"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
