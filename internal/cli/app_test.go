package cli

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
)

// runCLI runs a command line as the program does.
func runCLI(ctx context.Context, args ...string) (code int, out, err string) {
	var o, e words
	code = Run(ctx, append([]string{"photosync"}, args...), Stdio{In: strings.NewReader(""), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// TestExitCodes: plain errors are usage errors until the command line is
// understood; after that the first coded error speaks, and its exit code counts.
func TestExitCodes(t *testing.T) {
	unreachable := []string{"drift", "--graph-url", "http://127.0.0.1:1", "--server", "127.0.0.1:1", "--ldap-user", "u"}
	t.Setenv("PHOTOSYNC_LDAP_PASSWORD", "p")
	for name, c := range map[string]struct {
		args []string
		code int
		last string // of the last line on standard error
	}{
		"plain, not understood":        {[]string{"help", "nonsense"}, 64, "Usage: No help topic for 'nonsense'. Run the command with --help to see its flags."},
		"coded, not understood":        {[]string{"frobnicate"}, 64, `Usage: there is no command "frobnicate". Run photosync --help to see the commands.`},
		"a flag, not understood":       {[]string{"drift", "--no-such-flag"}, 64, "Usage: flag provided but not defined: -no-such-flag. Run the command with --help to see its flags."},
		"coded":                        {[]string{"drift"}, 10, "ServerMissing: no domain controller was named. Name one with --server "},
		"wrapped":                      {[]string{"drift", "--server", "dc1", "--ca-file", "missing.pem"}, 10, "CaFileUnusable: read the CA file: open missing.pem: "},
		"of the run":                   {unreachable, 12, "DirectoryUnreachable: "},
		"a summary that has no folder": {append(unreachable, "--summary", "no/such/folder"), 10, "SettingInvalid: --summary "},
		"nobody to ask":                {[]string{"sync", "--server", "dc1"}, 64, "ConfirmationRequired: sync has no terminal to ask on. Add --dry-run "},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := runCLI(t.Context(), c.args...)
			if code != c.code || !strings.HasPrefix(lastLine(err), c.last) || !strings.HasSuffix(err, ".\n") {
				t.Errorf("exit code %d, want %d; the last line is\n%s\nwant\n%s", code, c.code, lastLine(err), c.last)
			}
			if out != "" {
				t.Errorf("standard output has %q", out)
			}
		})
	}
}

// A run that was cancelled says so, whatever broke first.
func TestCancelledRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.Setenv("PHOTOSYNC_LDAP_PASSWORD", "p")
	code, out, err := runCLI(ctx, "drift", "--graph-url", "http://127.0.0.1:1", "--server", "127.0.0.1:1", "--ldap-user", "u")
	if code != 130 || !strings.HasPrefix(lastLine(err), "Cancelled: ") || out != "" {
		t.Errorf("exit code %d, output %q, error %q", code, out, err)
	}
}

func TestVersion(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--version"}} {
		code, out, err := runCLI(t.Context(), args...)
		if code != 0 || err != "" || !regexp.MustCompile(`^photosync \d+\.\d+\.\d+\S* \w+/\w+ go1\.\S+\n$`).MatchString(out) {
			t.Errorf("%v: exit code %d, output %q, error %q", args, code, out, err)
		}
	}
	var err words
	if code := Run(t.Context(), []string{"photosync", "version"}, Stdio{Out: &broken{}, Err: &err}); code != 1 || !strings.HasPrefix(err.String(), "OutputFailed: print the version: broken pipe. ") {
		t.Errorf("exit code %d, error %q", code, err.String())
	}
}

// patience bounds what is waited for; it is never waited out.
const patience = time.Minute
