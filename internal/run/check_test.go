package run_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/auth"
	"photosync/internal/directory"
	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// answers is a check's sink.
type answers struct {
	rows     []record.Check
	warnings []string
	fail     error // of the next row
	onRow    func(record.Check)
	onWarn   func(string)
}

func (a *answers) Check(c record.Check) error {
	a.rows = append(a.rows, c)
	if a.onRow != nil {
		a.onRow(c)
	}
	return a.fail
}

func (*answers) Progress(run.Progress) {}
func (*answers) Verbose(string)        {}

func (a *answers) Warn(text string) {
	a.warnings = append(a.warnings, text)
	if a.onWarn != nil {
		a.onWarn(text)
	}
}

func (a *answers) row(t *testing.T, name string) record.Check {
	t.Helper()
	for _, r := range a.rows {
		if r.Check == name {
			return r
		}
	}
	t.Fatalf("%s was not asked", name)
	return record.Check{}
}

// inOrder are the questions as they are published.
var inOrder = []string{
	"DirectoryReached", "DirectoryTrusted", "DirectoryBound", "DirectoryRead", "DirectoryPhotos",
	"SignIn", "TokenTenant", "Certificate", "RoleListUsers", "RoleReadPhotos", "RoleWritePhotos", "RoleReadPolicy",
	"PhotoPolicy", "OtherWriters", "ClockSkew", "CanaryRead", "State",
}

// enough are roles with which every question can be answered.
var enough = []string{"User.Read.All", "ProfilePhoto.ReadWrite.All", "PeopleSettings.Read.All", "Organization.Read.All"}

// ready starts a lab that demands tokens, and gives options with one that lasts
// for a day.
func ready(t *testing.T, o ...lab.Option) (*lab.Lab, run.Options) {
	t.Helper()
	o = append([]lab.Option{lab.WithTokens(true), lab.WithPhotoPolicy(lab.PhotoPolicy{Source: "cloud"})}, o...)
	l, options := start(t, small(), o...)
	options.Auth.AccessToken = auth.Secret(l.Graph().IssueToken(24*time.Hour, enough...))
	return l, options
}

// someone gives the UPN of the first person of a case.
func someone(t *testing.T, name string) string {
	t.Helper()
	return small().Cases()[name][0]
}

func TestCheckAllWell(t *testing.T) {
	l, o := ready(t)
	out := &answers{}
	s, err := run.Check(t.Context(), o, out)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range out.rows {
		names = append(names, r.Check)
		if r.Status != record.Pass || r.Evidence == "" || r.Remedy != "" || r.ErrorCode != "" {
			t.Errorf("%+v", r)
		}
	}
	if diff := cmp.Diff(inOrder, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if s.Command != "check" || s.ExitCode != 0 || s.Outcome != record.OutcomeOk || s.Requests.Roster == 0 || len(out.warnings) > 0 {
		t.Errorf("summary %+v, warnings %v", s, out.warnings)
	}
	for _, r := range l.Graph().Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("it sent %s %s", r.Method, r.Path)
		}
	}
	if _, err := os.Stat(o.StateDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state folder is there: %v", err)
	}
}

// is what a question is to be answered with; a code of "-" is any or none.
type is struct {
	status record.CheckStatus
	code   record.Code
	says   string // in the evidence or in the remedy
}

func (i is) of(t *testing.T, r record.Check) {
	t.Helper()
	if r.Status != i.status || r.ErrorCode != i.code || !strings.Contains(r.Evidence+" -> "+r.Remedy, i.says) {
		t.Errorf("%s is %s/%s, want %s/%s and %q:\n%s -> %s", r.Check, r.Status, r.ErrorCode, i.status, i.code, i.says, r.Evidence, r.Remedy)
	}
}

const (
	pass    = record.Pass
	warn    = record.Warn
	fail    = record.Fail
	unknown = record.CheckUnknown
)

// scene is a check under some trouble.
type scene struct {
	lab    []lab.Option
	change func(t *testing.T, l *lab.Lab, o *run.Options)
	want   map[string]is // by question; all others pass
	exit   record.ExitCode
	code   record.Code // of the error
}

func (s scene) play(t *testing.T) {
	l, o := ready(t, s.lab...)
	if s.change != nil {
		s.change(t, l, &o)
	}
	out := &answers{}
	sum, err := run.Check(t.Context(), o, out)
	if sum.ExitCode != int(s.exit) || record.CodeOf(err) != s.code || sum.ErrorCode != s.code || (err == nil) != (sum.Outcome == record.OutcomeOk) {
		t.Errorf("exit code %d, want %d; %v, want %q; summary %+v", sum.ExitCode, s.exit, err, s.code, sum)
	}
	if len(out.rows) != len(inOrder) {
		t.Errorf("%d rows, want %d", len(out.rows), len(inOrder))
	}
	for _, r := range out.rows {
		want, told := s.want[r.Check]
		if !told {
			want = is{status: pass}
		}
		want.of(t, r)
	}
}

// after gives the answers of questions that are not asked.
func after(culprit string, questions ...string) map[string]is {
	m := make(map[string]is)
	for _, q := range questions {
		m[q] = is{unknown, "", "not asked, because " + culprit + " failed -> Mend " + culprit + " first."}
	}
	return m
}

func with(m map[string]is, name string, i is) map[string]is {
	m[name] = i
	return m
}

func TestCheckDirectory(t *testing.T) {
	for name, s := range map[string]scene{
		"no server": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.Directory.Server = "" },
			want:   with(after("DirectoryReached", "DirectoryTrusted", "DirectoryBound", "DirectoryRead", "DirectoryPhotos", "CanaryRead"), "DirectoryReached", is{fail, record.ServerMissing, "--server"}),
			exit:   record.ExitConfiguration, code: record.ServerMissing,
		},
		"nobody there": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.Directory.Server = "127.0.0.1:1" },
			want:   with(after("DirectoryReached", "DirectoryTrusted", "DirectoryBound", "DirectoryRead", "DirectoryPhotos", "CanaryRead"), "DirectoryReached", is{fail, record.DirectoryUnreachable, "127.0.0.1:1"}),
			exit:   record.ExitDirectory, code: record.DirectoryUnreachable,
		},
		"not trusted": {
			lab:  []lab.Option{lab.WithServerNames("dc9.corp.example")},
			want: with(after("DirectoryTrusted", "DirectoryBound", "DirectoryRead", "DirectoryPhotos", "CanaryRead"), "DirectoryTrusted", is{fail, record.DirectoryNotTrusted, "dc9.corp.example"}),
			exit: record.ExitDirectory, code: record.DirectoryNotTrusted,
		},
		"no account": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.Directory.User = "" },
			want:   with(after("DirectoryBound", "DirectoryRead", "DirectoryPhotos", "CanaryRead"), "DirectoryBound", is{fail, record.LdapCredentialsMissing, "--ldap-user"}),
			exit:   record.ExitConfiguration, code: record.LdapCredentialsMissing,
		},
		"wrong password": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.Directory.Password = directory.NewSecret("wr0ng") },
			want:   with(after("DirectoryBound", "DirectoryRead", "DirectoryPhotos", "CanaryRead"), "DirectoryBound", is{fail, record.LdapBindFailed, ""}),
			exit:   record.ExitDirectory, code: record.LdapBindFailed,
		},
		"no such base": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.Scope.Base = "OU=Nowhere,DC=corp,DC=example" },
			want:   with(after("DirectoryRead", "DirectoryPhotos", "CanaryRead"), "DirectoryRead", is{fail, record.SearchBaseNotFound, "OU=Nowhere"}),
			exit:   record.ExitDirectory, code: record.SearchBaseNotFound,
		},
		"nobody in scope": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.Scope.Filter = "(sAMAccountName=nobody)" },
			want:   with(after("DirectoryRead", "DirectoryPhotos", "CanaryRead"), "DirectoryRead", is{fail, record.SourceEmpty, "DC=corp,DC=example"}),
			exit:   record.ExitBrake, code: record.SourceEmpty,
		},
		"nobody with a photo in scope": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) {
				o.Scope.Filter = "(userPrincipalName=" + someone(t, lab.CaseNoPhoto) + ")"
			},
			want: map[string]is{
				"DirectoryPhotos": {warn, "", "may not read thumbnailPhoto"},
				"CanaryRead":      {unknown, "", "there is nobody to read"},
			},
		},
	} {
		t.Run(name, s.play)
	}
}

func TestCheckCanary(t *testing.T) {
	photos := func(r lab.FaultRequest) bool { return strings.HasSuffix(r.Path, "/photo") }
	for name, s := range map[string]scene{
		"named": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) { o.Canary = someone(t, lab.CaseDrifted) },
		},
		"named by account, without a photo": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) {
				p, _ := small().Person(someone(t, lab.CaseNoPhoto))
				o.Canary = p.SamAccountName
			},
			want: map[string]is{"CanaryRead": {pass, "", "has no photo in the cloud"}},
		},
		"a name that nobody has": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.Canary = "nobody@corp.example" },
			want:   map[string]is{"CanaryRead": {fail, record.UserNotFound, "nobody@corp.example"}},
			exit:   record.ExitFailed, code: record.UserNotFound,
		},
		"without a cloud user": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) { o.Canary = someone(t, lab.CaseUnmatched) },
			want:   map[string]is{"CanaryRead": {unknown, "", "has no cloud user"}},
		},
		"ambiguous": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) { o.Canary = someone(t, lab.CaseTwoPeople) },
			want:   map[string]is{"CanaryRead": {unknown, "", "(TwoPeople)"}},
		},
		"nobody of the scope has a cloud user": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) {
				o.Scope.Filter = "(userPrincipalName=" + someone(t, lab.CaseUnmatched) + ")"
			},
			want: map[string]is{"CanaryRead": {unknown, "", "none of the first 1 person"}},
		},
		"the cloud refuses": {
			change: func(_ *testing.T, l *lab.Lab, _ *run.Options) {
				l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
					if !photos(r) {
						return nil
					}
					return &lab.Fault{Status: 403, Code: "ErrorAccessDenied"}
				})
			},
			want: map[string]is{"CanaryRead": {fail, record.GraphForbidden, "ErrorAccessDenied"}},
			exit: record.ExitGraph, code: record.GraphForbidden,
		},
		"by UPN, without a directory": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) {
				o.Canary, o.Directory.Server = strings.ToUpper(someone(t, lab.CaseDrifted)), ""
			},
			want: with(after("DirectoryReached", "DirectoryTrusted", "DirectoryBound", "DirectoryRead", "DirectoryPhotos"), "DirectoryReached", is{fail, record.ServerMissing, ""}),
			exit: record.ExitConfiguration, code: record.ServerMissing,
		},
		"by account, without a directory": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.Canary, o.Directory.Server = "anna", "" },
			want:   with(after("DirectoryReached", "DirectoryTrusted", "DirectoryBound", "DirectoryRead", "DirectoryPhotos", "CanaryRead"), "DirectoryReached", is{fail, record.ServerMissing, ""}),
			exit:   record.ExitConfiguration, code: record.ServerMissing,
		},
	} {
		t.Run(name, s.play)
	}
}

func TestCheckState(t *testing.T) {
	open := func(mode os.FileMode) func(*testing.T, *lab.Lab, *run.Options) {
		return func(t *testing.T, _ *lab.Lab, o *run.Options) {
			o.StateDir = t.TempDir()
			if err := os.Chmod(o.StateDir, mode); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if left, err := os.ReadDir(o.StateDir); err != nil || len(left) > 0 {
					t.Errorf("left behind: %v, %v", left, err)
				}
			})
		}
	}
	scenes := map[string]scene{
		"closed": {change: open(0o700)},
		"none": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.StateDir = "" },
			want:   map[string]is{"State": {fail, record.StateDirUnusable, "--state-dir"}}, exit: record.ExitState, code: record.StateDirUnusable,
		},
		"below a file": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) {
				file := filepath.Join(t.TempDir(), "file")
				if err := os.WriteFile(file, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				o.StateDir = filepath.Join(file, "state")
			},
			want: map[string]is{"State": {fail, record.StateDirUnusable, "file"}}, exit: record.ExitState, code: record.StateDirUnusable,
		},
		"below folders that are not there": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) {
				o.StateDir = filepath.Join(t.TempDir(), "a", "b", "c")
				t.Cleanup(func() {
					if _, err := os.Stat(filepath.Dir(filepath.Dir(o.StateDir))); !errors.Is(err, os.ErrNotExist) {
						t.Errorf("folders are left: %v", err)
					}
				})
			},
			want: map[string]is{"State": {pass, "", "is not there yet"}},
		},
	}
	if runtime.GOOS != "windows" {
		scenes["open to read"] = scene{change: open(0o755), want: map[string]is{"State": {warn, "", "mode 0755"}}}
		scenes["open to the group"] = scene{change: open(0o750), want: map[string]is{"State": {warn, "", "chmod 700"}}}
	}
	for name, s := range scenes {
		t.Run(name, s.play)
	}
}

// Settings that no question can be asked with end the check before the first.
func TestCheckCannotBegin(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*run.Options)
		code   record.Code
	}{
		"no such cloud":  {func(o *run.Options) { o.Auth.Environment = "mars" }, record.SettingInvalid},
		"plain http":     {func(o *run.Options) { o.GraphRoot = "http://graph.example.invalid" }, record.GraphUrlNotAllowed},
		"no such filter": {func(o *run.Options) { o.Scope.Filter = "(a=" }, record.LdapFilterInvalid},
	} {
		o := run.Options{Directory: directory.Settings{Server: "127.0.0.1:1"}}
		c.change(&o)
		out := &answers{}
		s, err := run.Check(t.Context(), o, out)
		if record.CodeOf(err) != c.code || s.ErrorCode != c.code || s.ExitCode != int(record.ExitConfiguration) || len(out.rows) > 0 {
			t.Errorf("%s: %v, summary %+v, rows %v", name, err, s, out.rows)
		}
	}
}

// Several failures are told of together; the exit code is the worst of theirs.
func TestCheckFailsInSeveralPlaces(t *testing.T) {
	l, o := ready(t)
	o.Directory.Server, o.Auth.AccessToken = "127.0.0.1:1", auth.Secret(l.Graph().IssueToken(-time.Hour, enough...))
	out := &answers{}
	s, err := run.Check(t.Context(), o, out)
	if !errors.Is(err, run.ErrChecks) || record.CodeOf(err) != record.ChecksFailed || s.ErrorMessage != "2 of 17 checks failed: DirectoryReached, SignIn" {
		t.Errorf("%v, summary %+v", err, s)
	}
	if s.ExitCode != int(record.ExitCredentials) || s.Outcome != record.OutcomeFailed {
		t.Errorf("exit code %d, %s", s.ExitCode, s.Outcome)
	}
	is{unknown, "", "DirectoryReached"}.of(t, out.row(t, "DirectoryPhotos"))
	is{unknown, "", "SignIn"}.of(t, out.row(t, "CanaryRead"))
}

func TestCheckIsCancelled(t *testing.T) {
	_, o := ready(t)
	for _, last := range []string{"", "DirectoryBound", "CanaryRead", "State"} {
		ctx, cancel := context.WithCancel(t.Context())
		if last == "" {
			cancel()
		}
		out := &answers{onRow: func(c record.Check) {
			if c.Check == last {
				cancel()
			}
		}}
		s, err := run.Check(ctx, o, out)
		if s.ExitCode != int(record.ExitCancelled) || record.CodeOf(err) != record.Cancelled || s.Outcome != record.OutcomeCancelled {
			t.Errorf("after %q: %v, summary %+v", last, err, s)
		}
		if n := len(out.rows); last == "" && n != 0 || last != "" && out.rows[n-1].Check != last {
			t.Errorf("after %q: %v", last, out.rows)
		}
		cancel()
	}
}

// A sink that takes no more ends the check.
func TestCheckSinkFails(t *testing.T) {
	_, o := ready(t)
	out := &answers{fail: record.Errorf(record.OutputFailed, "the pipe broke")}
	s, err := run.Check(t.Context(), o, out)
	if record.CodeOf(err) != record.OutputFailed || len(out.rows) != 1 || s.ExitCode != int(record.ExitFailed) {
		t.Errorf("%v, %d rows, summary %+v", err, len(out.rows), s)
	}
}
