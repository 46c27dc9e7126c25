package cli

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	urfave "github.com/urfave/cli/v2"

	"photosync/bridge"
	"photosync/internal/auth"
	"photosync/internal/directory"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// optionsOf gives the options that a command line and standard input make.
func optionsOf(t *testing.T, stdin string, args ...string) (run.Options, error) {
	t.Helper()
	var o run.Options
	_, err := inCommand(t, Stdio{In: strings.NewReader(stdin)}, func(c *command, u *urfave.Context) (err error) {
		o, err = c.options(u)
		return err
	}, args...)
	return o, err
}

// compareOptions shows secrets only to the comparison.
var compareOptions = cmp.Options{
	cmp.Comparer(func(a, b directory.Secret) bool { return a.Reveal() == b.Reveal() }),
	cmpopts.IgnoreUnexported(auth.Settings{}),
	cmpopts.IgnoreFields(auth.Settings{}, "Env", "Prompt"),
}

// setting is what one flag or variable does to the options.
type setting struct {
	command string // "" is drift
	flag    string // "" when there is none
	env     string
	value   string
	set     func(*run.Options)
	other   string // another value, for the one that must lose
}

func settings(caFile string, pool *x509.CertPool) []setting {
	return []setting{
		{flag: "server", env: "PHOTOSYNC_SERVER", value: "ldap://dc2:3389", other: "dc3", set: func(o *run.Options) { o.Directory.Server = "ldap://dc2:3389" }},
		{flag: "ldap-auth", env: "PHOTOSYNC_LDAP_AUTH", value: "Basic", other: "negotiate", set: func(*run.Options) {}},
		{flag: "ldap-user", env: "PHOTOSYNC_LDAP_USER", value: `CORP\svc`, other: "x", set: func(o *run.Options) { o.Directory.User = `CORP\svc` }},
		{env: "PHOTOSYNC_LDAP_PASSWORD", value: " p,w ", set: func(o *run.Options) { o.Directory.Password = directory.NewSecret(" p,w ") }},
		{flag: "ca-file", env: "PHOTOSYNC_CA_FILE", value: caFile, other: "missing.pem", set: func(o *run.Options) { o.Directory.RootCAs, o.RootCAs, o.Auth.RootCAs = pool, pool, pool }},
		{flag: "search-base", value: "OU=Staff,DC=corp", set: func(o *run.Options) { o.Scope.Base = "OU=Staff,DC=corp" }},
		{flag: "search-scope", value: "One", set: func(o *run.Options) { o.Scope.Depth = "one" }},
		{flag: "ldap-filter", value: "(cn=a,b)", set: func(o *run.Options) { o.Scope.Filter = "(cn=a,b)" }},
		{flag: "user", value: "CN=a,DC=b", set: func(o *run.Options) { o.People = run.Names("CN=a,DC=b") }},
		{flag: "tenant", env: "AZURE_TENANT_ID", value: "t1", other: "t2", set: func(o *run.Options) { o.Auth.Tenant = "t1" }},
		{flag: "client-id", env: "AZURE_CLIENT_ID", value: "c1", other: "c2", set: func(o *run.Options) { o.Auth.ClientID = "c1" }},
		{env: "AZURE_CLIENT_SECRET", value: "s", set: func(o *run.Options) { o.Auth.ClientSecret = "s" }},
		{flag: "auth", value: "Client-Secret", set: func(o *run.Options) { o.Auth.Method = "client-secret" }},
		{flag: "certificate-file", env: "AZURE_CLIENT_CERTIFICATE_PATH", value: "c.pfx", other: "d.pfx", set: func(o *run.Options) { o.Auth.CertificateFile = "c.pfx" }},
		{env: "AZURE_CLIENT_CERTIFICATE_PASSWORD", value: "cp", set: func(o *run.Options) { o.Auth.CertificatePassword = "cp" }},
		{env: "PHOTOSYNC_ACCESS_TOKEN", value: "tok", set: func(o *run.Options) { o.Auth.AccessToken = "tok" }},
		{flag: "environment", env: "PHOTOSYNC_ENVIRONMENT", value: "USGov", other: "china", set: func(o *run.Options) { o.Auth.Environment = "usgov" }},
		{flag: "graph-url", env: "PHOTOSYNC_GRAPH_URL", value: "http://127.0.0.1:1/", other: "http://127.0.0.1:2", set: func(o *run.Options) { o.GraphRoot = "http://127.0.0.1:1" }},
		{flag: "all", set: func(o *run.Options) { o.All = true }},
		{flag: "concurrency", value: "7", set: func(o *run.Options) { o.Concurrency = 7 }},
		{flag: "drift-exit-code", set: func(o *run.Options) { o.DriftExitCode = true }},

		{command: "sync", flag: "dry-run", set: func(o *run.Options) { o.DryRun = true }},
		{command: "sync", flag: "baseline", value: "OnPremises", set: func(o *run.Options) { o.Baseline = record.BaselineAD }},
		{command: "sync", flag: "baseline", value: "cloud", set: func(o *run.Options) { o.Baseline = record.BaselineCloud }},
		{command: "sync", flag: "max-change", value: "0", set: func(o *run.Options) { o.Limits.MaxChange = 0 }},
		{command: "sync", flag: "max-change-percent", value: "7", set: func(o *run.Options) { o.Limits.MaxChangePercent = 7 }},
		{command: "sync", flag: "max-remove", value: "3", set: func(o *run.Options) { o.Limits.MaxRemove = 3 }},
		{command: "sync", flag: "max-shrink-percent", value: "100", set: func(o *run.Options) { o.Limits.MaxShrinkPercent = 100 }},
		{command: "sync", flag: "on-conflict", value: "OnPremises", set: func(o *run.Options) { o.OnConflict = record.ConflictAD }},
		{command: "sync", flag: "on-conflict", value: "cloud", set: func(o *run.Options) { o.OnConflict = record.ConflictCloud }},
		{command: "sync", flag: "allow-downgrade", set: func(o *run.Options) { o.AllowDowngrade = true }},
		{command: "sync", flag: "remove-orphans", set: func(o *run.Options) { o.RemoveOrphans = true }},
		{command: "sync", flag: "grace", value: "0", set: func(o *run.Options) { o.Grace = 0 }},
		{command: "sync", flag: "first", value: "5", set: func(o *run.Options) { o.First = 5 }},
		{command: "sync", flag: "exclude-group", value: "CN=a,DC=b", set: func(o *run.Options) { o.ExcludeGroups = []string{"CN=a,DC=b"} }},
		{command: "sync", flag: "plan", value: "p,q.jsonl", set: func(o *run.Options) { o.PlanFile = "p,q.jsonl" }},
		{command: "sync", flag: "max-age", value: "36h", set: func(o *run.Options) { o.MaxPlanAge = 36 * time.Hour }},
		{command: "sync", flag: "verify-timeout", value: "2m", set: func(o *run.Options) { o.VerifyTimeout = 2 * time.Minute }},
		{command: "sync", flag: "canary", value: "CN=a,DC=b", set: func(o *run.Options) { o.Canary = "CN=a,DC=b" }},
		{command: "sync", flag: "ignore-policy", set: func(o *run.Options) { o.IgnorePolicy = true }},
		{command: "sync", flag: "retention", value: "0", set: func(o *run.Options) { o.Retention = 0 }},
		{command: "sync", flag: "backup-recipient", env: "PHOTOSYNC_BACKUP_RECIPIENT", value: "age1a", other: "age1b", set: func(o *run.Options) { o.BackupRecipient = "age1a" }},
		{command: "check", flag: "backup-recipient", env: "PHOTOSYNC_BACKUP_RECIPIENT", value: "age1a", other: "age1b", set: func(o *run.Options) { o.BackupRecipient = "age1a" }},

		{command: "restore", flag: "run", value: "r1", set: func(o *run.Options) { o.RestoreRun = "r1" }},
		{command: "restore", flag: "user", value: "a,b", set: func(o *run.Options) { o.People = run.Names("a,b") }},
		{command: "restore", flag: "force", set: func(o *run.Options) { o.Force = true }},
		{command: "restore", flag: "dry-run", set: func(o *run.Options) { o.DryRun = true }},
		{command: "restore", flag: "verify-timeout", value: "1s", set: func(o *run.Options) { o.VerifyTimeout = time.Second }},
		{command: "restore", flag: "identity-file", env: "PHOTOSYNC_IDENTITY_FILE", value: "id.txt", other: "other.txt", set: func(o *run.Options) { o.IdentityFile = "id.txt" }},
		{command: "restore", flag: "backup-recipient", env: "PHOTOSYNC_BACKUP_RECIPIENT", value: "age1a", other: "age1b", set: func(o *run.Options) { o.BackupRecipient = "age1a" }},
		{command: "restore", flag: "ca-file", env: "PHOTOSYNC_CA_FILE", value: caFile, other: "missing.pem", set: func(o *run.Options) { o.Directory.RootCAs, o.RootCAs, o.Auth.RootCAs = pool, pool, pool }},
		{command: "restore", flag: "concurrency", value: "2", set: func(o *run.Options) { o.Concurrency = 2 }},
		{command: "restore", flag: "state-dir", env: "PHOTOSYNC_STATE_DIR", value: "/s", other: "/other", set: func(o *run.Options) { o.StateDir = "/s" }},
		{command: "prune", flag: "retention", value: "30d", set: func(o *run.Options) { o.Retention = 30 * day }},
		{command: "prune", flag: "dry-run", set: func(o *run.Options) { o.DryRun = true }},
		{command: "prune", flag: "state-dir", env: "PHOTOSYNC_STATE_DIR", value: "/s", other: "/other", set: func(o *run.Options) { o.StateDir = "/s" }},
		{command: "forget", flag: "user", value: "c,d", set: func(o *run.Options) { o.People = run.Names("a", "c,d") }},
		{command: "forget", flag: "dry-run", set: func(o *run.Options) { o.DryRun = true }},
		{command: "forget", flag: "state-dir", env: "PHOTOSYNC_STATE_DIR", value: "/s", other: "/other", set: func(o *run.Options) { o.StateDir = "/s" }},
		{command: "check", flag: "user", value: "CN=a,DC=b", set: func(o *run.Options) { o.Canary = "CN=a,DC=b" }},
		{command: "check", flag: "write-probe", value: " a@b ", set: func(o *run.Options) { o.WriteProbe = "a@b" }},
		{command: "check", flag: "concurrency", value: "1", set: func(o *run.Options) { o.Concurrency = 1 }},
		{command: "sync", flag: "state-dir", env: "PHOTOSYNC_STATE_DIR", value: "/s", other: "/other", set: func(o *run.Options) { o.StateDir = "/s" }},
		{flag: "state-dir", env: "PHOTOSYNC_STATE_DIR", value: "/s", other: "/other", set: func(o *run.Options) { o.StateDir = "/s" }},
	}
}

// elsewhere are flags that make no option of a run: the view, the summary and
// the question have them, or a test of their own.
var elsewhere = []string{"list", "output", "summary", "quiet", "verbose", "yes", "users-file", "ldap-password-stdin", "access-token-stdin", "help"}

// bare is each command with the least that it asks for.
var bare = map[string][]string{
	"drift": {"drift", "--server=dc1"}, "sync": {"sync", "--server=dc1"}, "check": {"check", "--server=dc1"},
	"restore": {"restore", "--yes", "--run=r0"}, "prune": {"journal", "prune", "--yes"}, "forget": {"journal", "forget", "--yes", "--user=a"},
}

// defaults are the options of a bare command.
func defaults(command string) run.Options {
	o := run.Options{Version: bridge.Version(), Directory: directory.Settings{Server: "dc1"}, Scope: directory.Scope{Depth: "sub"}, Auth: auth.Settings{Environment: "global"}, StateDir: "/default"}
	switch command {
	case "sync":
		o.Baseline, o.OnConflict, o.Limits = record.BaselineReview, record.ConflictSkip, plan.DefaultLimits
		o.Grace, o.MaxPlanAge, o.VerifyTimeout, o.Retention = 7*day, 7*day, 30*time.Second, 90*day
	case "check":
		o.Scope = directory.Scope{}
	case "restore":
		o.Directory, o.Scope = directory.Settings{}, directory.Scope{}
		o.RestoreRun, o.VerifyTimeout = "r0", 30*time.Second
	case "prune":
		o = run.Options{Version: bridge.Version(), StateDir: "/default", Retention: 90 * day}
	case "forget":
		o = run.Options{Version: bridge.Version(), StateDir: "/default", People: run.Names("a")}
	}
	return o
}

// TestEverySetting: each flag and each variable sets its field and no other,
// and the flag wins over the variable.
func TestEverySetting(t *testing.T) {
	caFile, pool := writeCA(t)
	covered := map[string]bool{}
	check := func(t *testing.T, s setting, env, flag string) {
		t.Helper()
		command := firstOf(s.command, "drift")
		args := slices.Clone(bare[command])
		if s.flag == "server" {
			args = args[:1]
		}
		if s.flag != "state-dir" {
			args = append(args, "--state-dir", "/default")
		}
		if env != "" {
			t.Setenv(s.env, env)
		}
		if flag != "" {
			args = append(args, flag)
		}
		got, err := optionsOf(t, "", args...)
		if err != nil {
			t.Fatal(err)
		}
		want := defaults(command)
		s.set(&want)
		if s.flag == "certificate-file" && flag != "" { // it decides, whatever the environment has of another way
			want.Auth.Method = auth.Certificate
		}
		if diff := cmp.Diff(want, got, compareOptions); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	for _, s := range settings(caFile, pool) {
		name := firstOf(s.flag, s.env)
		covered[s.flag] = true
		flag := "--" + s.flag
		if s.value != "" {
			flag += "=" + s.value
		}
		if s.flag != "" {
			t.Run(name+" by flag", func(t *testing.T) { check(t, s, "", flag) })
		}
		if s.env != "" {
			t.Run(name+" by environment", func(t *testing.T) { check(t, s, s.value, "") })
		}
		if s.flag != "" && s.env != "" {
			t.Run(name+" by flag over environment", func(t *testing.T) { check(t, s, s.other, flag) })
		}
	}
	for _, name := range elsewhere {
		covered[name] = true
	}
	for _, command := range leaves((&command{}).app().Commands) {
		for _, f := range command.Flags {
			if name := f.Names()[0]; command.Name != "demo" && command.Name != "bridge" && !covered[name] {
				t.Errorf("no test knows what %s --%s does", command.Name, name)
			}
		}
	}
}

// writeCA gives a file with a CA certificate, and the pool that it makes.
func writeCA(t *testing.T) (string, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	s.Close()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(text)
	return file, pool
}

// A variable that is set to nothing is not set: schedulers and shells leave such behind.
func TestEmptyVariablesAreNotSet(t *testing.T) {
	for _, s := range settings("", nil) {
		if s.env != "" && s.env != "PHOTOSYNC_SERVER" && s.env != "PHOTOSYNC_STATE_DIR" {
			t.Setenv(s.env, "")
		}
	}
	got, err := optionsOf(t, "", "drift", "--server", "dc1", "--state-dir", "/default")
	if err != nil {
		t.Fatal(err)
	}
	want := defaults("drift")
	want.Auth.Environment = got.Auth.Environment // "" is global, says auth.Settings
	if diff := cmp.Diff(want, got, compareOptions); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if e := got.Auth.Environment; e != "" && e != "global" {
		t.Errorf("the environment is %q", e)
	}
}

func TestUsersFile(t *testing.T) {
	const text = "\ufeffanna@corp.example\r\n\r\n# a comment\r\n  # another \n\tCN=Müller\\, Bo,DC=corp \n\nc#d\r\n\ufffd"
	want := []string{"x,y", "z", "anna@corp.example", `CN=Müller\, Bo,DC=corp`, "c#d", "\ufffd"}
	file := filepath.Join(t.TempDir(), "people.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for from, stdin := range map[string]string{file: "nobody", "-": text} {
		o, err := optionsOf(t, stdin, "drift", "--server", "dc1", "--user", "x,y", "--user", "z", "--users-file", from)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(run.Names(want...), o.People); diff != "" {
			t.Errorf("from %s (-want +got)\n%s", from, diff)
		}
	}
	_, err := optionsOf(t, "\ufeff\r\n# nobody\n", "drift", "--server", "dc1", "--users-file", "-")
	wantCode(t, err, record.UsersFileUnusable)
	_, err = optionsOf(t, "", "drift", "--server", "dc1", "--users-file", t.TempDir())
	wantCode(t, err, record.UsersFileUnusable)
}

func TestSecretsFromStandardInput(t *testing.T) {
	const password, token = "--ldap-password-stdin", "--access-token-stdin"
	for name, c := range map[string]struct {
		stdin           string
		flags           []string
		password, token string
		code            record.Code
	}{
		"a password":                       {"pw\n", []string{password}, "pw", "token of the environment", ""},
		"a password, CRLF":                 {"pw\r\n", []string{password}, "pw", "token of the environment", ""},
		"a password without an end":        {"pw", []string{password}, "pw", "token of the environment", ""},
		"a password with spaces and a BOM": {"\ufeff p w \r\nmore\n", []string{password}, " p w ", "token of the environment", ""},
		"no password":                      {"", []string{password}, "", "token of the environment", ""},
		"an empty password":                {"\npw\n", []string{password}, "", "token of the environment", ""},
		"a token":                          {"tok\nmore\n", []string{token}, "password of the environment", "tok", ""},
		"password, then token":             {"pw\ntok\n", []string{token, password}, "pw", "tok", ""},
		"password, then token, CRLF":       {"pw\r\ntok\r\n", []string{password, token}, "pw", "tok", ""},
		"password, then token without end": {"pw\ntok", []string{password, token}, "pw", "tok", ""},
		"no token":                         {"", []string{token}, "", "", record.CredentialsMissing},
		"no token on the second line":      {"pw\n", []string{password, token}, "", "", record.CredentialsMissing},
		"an empty token":                   {"pw\r\n\r\ntok", []string{password, token}, "", "", record.CredentialsMissing},
		"people and a password":            {"pw\nanna", []string{password, "--users-file=-"}, "", "", record.Usage},
		"people and a token":               {"tok\nanna", []string{token, "--users-file=-"}, "", "", record.Usage},
		"nothing is read unasked":          {"pw\ntok\n", nil, "password of the environment", "token of the environment", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PHOTOSYNC_LDAP_PASSWORD", "password of the environment")
			t.Setenv("PHOTOSYNC_ACCESS_TOKEN", "token of the environment")
			o, err := optionsOf(t, c.stdin, append([]string{"drift", "--server", "dc1"}, c.flags...)...)
			wantCode(t, err, c.code)
			if err != nil {
				return
			}
			if got := o.Directory.Password.Reveal(); got != c.password {
				t.Errorf("password %q, want %q", got, c.password)
			}
			if string(o.Auth.AccessToken) != c.token {
				t.Errorf("token %q, want %q", string(o.Auth.AccessToken), c.token)
			}
		})
	}
}

// TestChoices: the values of the contract in any case, and no others.
func TestChoices(t *testing.T) {
	for flag, values := range map[string][]string{
		flagOutput: {"text", "json", "csv"}, flagSearchScope: {"base", "one", "sub"}, flagBaseline: {"review", "onpremises", "cloud"},
		flagOnConflict: {"skip", "onpremises", "cloud"},
	} {
		try := func(value string) error {
			_, err := inCommand(t, Stdio{Out: &words{}}, func(c *command, u *urfave.Context) error {
				return c.carryOut(u, func(run.Options, *view) (record.Summary, error) { return record.Summary{}, nil })
			}, "sync", "--server", "dc1", "--"+flag+"="+value)
			return err
		}
		for _, v := range values {
			for _, spelled := range []string{v, strings.ToUpper(v)} {
				if err := try(spelled); err != nil {
					t.Errorf("--%s %s: %v", flag, spelled, err)
				}
			}
		}
		for _, v := range []string{"", values[0] + "x", " " + values[0], "none"} {
			err := try(v)
			wantCode(t, err, record.Usage)
			if err != nil && !strings.Contains(err.Error(), "--"+flag) || err != nil && !strings.HasSuffix(err.Error(), " is one of "+strings.Join(values, ", ")) {
				t.Errorf("it says %v", err)
			}
		}
	}
}

// Nobody may set a secret by a flag: every user of the machine could read it.
func TestNoFlagTakesASecret(t *testing.T) {
	for _, c := range leaves((&command{}).app().Commands) {
		for _, f := range c.Flags {
			if _, takesNoValue := f.(*urfave.BoolFlag); takesNoValue {
				continue
			}
			for _, word := range []string{"password", "secret", "token"} {
				if slices.ContainsFunc(f.Names(), func(n string) bool { return strings.Contains(n, word) }) {
					t.Errorf("%s --%s takes a secret", c.Name, f.Names()[0])
				}
			}
		}
	}
}
