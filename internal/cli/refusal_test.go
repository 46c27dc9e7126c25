package cli

import (
	"context"
	"fmt"
	"io"
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

// A script's empty variable must not widen a run to everybody.
func TestEmptyValuesAreRefused(t *testing.T) {
	for _, flag := range []string{"user", "users-file", "search-base", "ldap-filter"} {
		for _, value := range []string{"", " \t"} {
			_, err := optionsOf(t, "", "drift", "--server", "dc1", "--"+flag, value)
			wantCode(t, err, record.Usage)
			if err != nil && !strings.Contains(err.Error(), "--"+flag) {
				t.Errorf("it says %v", err)
			}
		}
	}
	_, err := optionsOf(t, "", "drift", "--server", "dc1", "--user", "a", "--user", "")
	wantCode(t, err, record.Usage)
}

func TestPeopleOrScope(t *testing.T) {
	for _, scope := range []string{"--search-base=DC=a", "--search-scope=sub", "--ldap-filter=(a=b)"} {
		_, err := optionsOf(t, "b", "drift", "--server", "dc1", "--users-file", "-", scope)
		wantCode(t, err, record.Usage)
	}
}

// Nobody is asked for a secret that a wrong setting makes useless.
func TestSettingsAreCheckedBeforeStandardInput(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		code  record.Code
	}{
		"no server":                   {nil, record.ServerMissing},
		"no such CA file":             {[]string{"--server=dc1", "--ca-file=missing.pem"}, record.CaFileUnusable},
		"a bind that is not there":    {[]string{"--server=dc1", "--ldap-auth=negotiate"}, record.SettingInvalid},
		"the CA file before the bind": {[]string{"--server=dc1", "--ldap-auth=negotiate", "--ca-file=missing.pem"}, record.CaFileUnusable},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := optionsOf(t, "", append([]string{"drift", "--access-token-stdin"}, c.flags...)...)
			wantCode(t, err, c.code) // and not CredentialsMissing, of the empty input
		})
	}
}

// Ctrl+C ends a read of standard input that nobody answers.
func TestStandardInputIsCancelled(t *testing.T) {
	for _, flag := range []string{"--ldap-password-stdin", "--access-token-stdin", "--users-file=-"} {
		in, keyboard := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		var said words
		code := make(chan int, 1)
		go func() {
			code <- Run(ctx, []string{"photosync", "drift", "--server", "dc1", flag}, Stdio{In: in, Out: &words{}, Err: &said})
		}()
		cancel()
		select {
		case got := <-code:
			if got != 130 || !strings.HasPrefix(lastLine(said.String()), "Cancelled: ") {
				t.Errorf("%s: exit code %d, %q", flag, got, lastLine(said.String()))
			}
		case <-time.After(patience):
			t.Errorf("%s: it still reads", flag)
		}
		keyboard.Close()
	}
}

// What cannot be written at the end is refused at the start.
func TestSummaryFileIsCheckedFirst(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file string
		code record.Code
	}{
		"none":            {"", ""},
		"new":             {filepath.Join(dir, "new.json"), ""},
		"there is one":    {file, ""},
		"a folder":        {dir, record.SettingInvalid},
		"in no folder":    {filepath.Join(dir, "no", "s.json"), record.SettingInvalid},
		"in a plain file": {filepath.Join(file, "s.json"), record.SettingInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			ran := false
			_, err := inCommand(t, Stdio{Out: &words{}}, func(cmd *command, u *urfave.Context) error {
				return cmd.carryOut(u, func(run.Options, *view) (record.Summary, error) {
					ran = true
					return record.Summary{}, nil
				})
			}, "drift", "--server", "dc1", "--summary", c.file)
			wantCode(t, err, c.code)
			if ran != (c.code == "") {
				t.Errorf("the run was begun: %v", ran)
			}
		})
	}
}

// A run that is refused replaces yesterday's summary.
func TestSummaryOfRefusedRun(t *testing.T) {
	for name, args := range map[string][]string{
		"no server":   {"drift"},
		"no terminal": {"sync", "--server", "dc1"},
		"no format":   {"sync", "--yes", "--server", "dc1", "--output", "xml"},
	} {
		file := filepath.Join(t.TempDir(), "s.json")
		if err := os.WriteFile(file, []byte("yesterday"), 0o644); err != nil {
			t.Fatal(err)
		}
		code, out, said := runCLI(t.Context(), append(args, "--summary", file)...)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		last, _, _ := strings.Cut(lastLine(said), ":")
		for _, want := range []string{`"Command": "` + args[0] + `"`, `"Outcome": "Failed"`, fmt.Sprintf(`"ExitCode": %d,`, code), `"ErrorCode": "` + last + `"`} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: the file lacks %s:\n%s", name, want, text)
			}
		}
		if out != "" || code == 0 {
			t.Errorf("%s: exit code %d, output %q", name, code, out)
		}
	}
}

// A list of people as Windows PowerShell's redirection writes it.
func TestUsersFileInUTF16(t *testing.T) {
	for order, text := range map[string]string{"little endian": "\xff\xfea\x00\r\x00\n\x00\xfc\x00", "big endian": "\xfe\xff\x00a\x00\n\x00\xfc"} {
		o, err := optionsOf(t, text, "drift", "--server", "dc1", "--users-file", "-")
		if diff := cmp.Diff(run.Names("a", "ü"), o.People); diff != "" || err != nil {
			t.Errorf("%s: %v %s", order, err, diff)
		}
	}
}
