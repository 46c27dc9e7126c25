package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	urfave "github.com/urfave/cli/v2"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"photosync/bridge"
	"photosync/internal/auth"
	"photosync/internal/connection"
	"photosync/internal/directory"
	"photosync/internal/record"
	"photosync/internal/run"
)

// options reads flags, environment and standard input into the options of a
// use case, and refuses what cannot be used before anything is connected.
func (c *command) options(u *urfave.Context) (run.Options, error) {
	o := run.Options{Version: bridge.Version(), All: u.Bool(flagAll), DriftExitCode: u.Bool(flagDriftExitCode), DryRun: u.Bool(flagDryRun)}
	if err := notEmpty(u); err != nil {
		return o, err
	}
	for _, step := range c.steps(u) {
		if err := step(u, &o); err != nil {
			return o, err
		}
	}
	return o, nil
}

// steps are what reads the options of each command.
func (c *command) steps(u *urfave.Context) []func(*urfave.Context, *run.Options) error {
	type steps = []func(*urfave.Context, *run.Options) error
	switch useCase(u) {
	case "sync":
		return steps{c.whom, c.reach, c.writing, keeping}
	case "check":
		return steps{c.trial, c.reach, keeping}
	case "restore":
		return steps{c.undoing, c.confirmed, c.people, c.reach, keeping}
	case "runs":
		return steps{c.listing, keeping}
	case "prune":
		return steps{c.pruning, c.confirmed, keeping}
	case "forget":
		return steps{c.forgetting, c.confirmed, c.people, keeping}
	}
	return steps{c.whom, c.reach, keeping}
}

// useCase names what the command line asks for, as summaries do.
func useCase(u *urfave.Context) string {
	if u.Command.Name == "restore" && u.Bool(flagList) {
		return "runs"
	}
	return u.Command.Name
}

// choice gives the value of a flag that has a closed list of values.
func choice(u *urfave.Context, flag string, values ...string) (string, error) {
	got := strings.ToLower(u.String(flag))
	for _, v := range values {
		if got == v {
			return got, nil
		}
	}
	return "", record.Errorf(record.Usage, "--%s cannot be %q; it is one of %s", flag, u.String(flag), strings.Join(values, ", "))
}

// notEmpty refuses an empty value for a flag that narrows a run, or keeps it
// from something: a script's empty variable must not widen it to everybody.
func notEmpty(u *urfave.Context) error {
	for flag, variable := range map[string]string{
		flagUsersFile: "", flagSearchBase: "", flagLdapFilter: "", flagWriteProbe: "", flagCanary: "", flagPlan: "", flagRun: "",
		flagBackupRecipient: connection.BackupRecipientVariable, flagIdentityFile: connection.IdentityFileVariable,
	} {
		if value, there := os.LookupEnv(variable); there && value == "" {
			continue // a variable that is set to nothing is not set
		}
		if u.IsSet(flag) && strings.TrimSpace(u.String(flag)) == "" {
			return record.Errorf(record.Usage, "--%s was given an empty value", flag)
		}
	}
	for _, flag := range []string{flagUser, flagExcludeGroup} {
		for _, name := range u.StringSlice(flag) {
			if strings.TrimSpace(name) == "" {
				return record.Errorf(record.Usage, "--%s was given an empty name", flag)
			}
		}
	}
	return nil
}

func (c *command) whom(u *urfave.Context, o *run.Options) error {
	depth, err := choice(u, flagSearchScope, "base", "one", "sub")
	if err != nil {
		return err
	}
	o.Scope = directory.Scope{Base: u.String(flagSearchBase), Depth: directory.Depth(depth), Filter: u.String(flagLdapFilter)}
	if err := c.people(u, o); err != nil {
		return err
	}
	if len(o.People) > 0 && (u.IsSet(flagSearchBase) || u.IsSet(flagSearchScope) || u.IsSet(flagLdapFilter)) {
		return record.Errorf(record.Usage, "people are named and a scope is given").Advise("Give --user and --users-file, or --search-base, --search-scope and --ldap-filter, not both.")
	}
	return nil
}

// people reads the people who are named.
func (c *command) people(u *urfave.Context, o *run.Options) error {
	o.People = run.Names(u.StringSlice(flagUser)...)
	file := u.String(flagUsersFile)
	if file == "" {
		return nil
	}
	names, err := c.usersFile(u, file)
	if err != nil {
		return err
	}
	o.People = append(o.People, run.Names(names...)...)
	if len(o.People) == 0 {
		return record.Errorf(record.UsersFileUnusable, "%s names nobody", file)
	}
	return nil
}

// usersFile reads one name a line; blank lines and lines that begin with # do not count.
func (c *command) usersFile(u *urfave.Context, file string) ([]string, error) {
	var in io.Reader
	if file == "-" {
		if u.Bool(flagLdapPasswordStdin) || u.Bool(flagAccessTokenStdin) {
			return nil, record.Errorf(record.Usage, "standard input cannot carry both people and a secret").Advise("Put the secret into the environment, or the people into a file.")
		}
		in = c.std.In
	} else {
		f, err := os.Open(file)
		if err != nil {
			return nil, record.Errorf(record.UsersFileUnusable, "open the list of people: %w", err).On(file)
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	// Windows PowerShell's redirection writes UTF-16; a byte order mark tells.
	text, err := await(u, func() (string, error) {
		return readAll(transform.NewReader(in, unicode.BOMOverride(unicode.UTF8.NewDecoder())))
	})
	if err != nil {
		return nil, record.Errorf(record.UsersFileUnusable, "read the list of people: %w", err).On(file)
	}
	var names []string
	for line := range strings.Lines(text) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") {
			names = append(names, name)
		}
	}
	return names, nil
}

// maxInput bounds a list of people: a million names and more.
const maxInput = 64 << 20

func readAll(in io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err == nil && len(text) > maxInput {
		err = fmt.Errorf("it is longer than %d MiB", maxInput>>20)
	}
	return string(text), err
}

// await reads, or gives up when the command is cancelled: a read of a terminal
// or a pipe cannot be interrupted, and ends with the program.
func await(u *urfave.Context, read func() (string, error)) (string, error) {
	var text string
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		text, err = read()
	}()
	select {
	case <-done:
		return text, err
	case <-u.Context.Done():
		return "", u.Context.Err()
	}
}

// reach reads how to reach both sides. Secrets come from the environment or from
// standard input, never from the command line, where every user of the machine
// could read them.
func (c *command) reach(u *urfave.Context, o *run.Options) error {
	s := connection.Settings{
		Server: u.String(flagServer), LdapAuth: u.String(flagLdapAuth), LdapUser: u.String(flagLdapUser), CAFile: u.String(flagCAFile),
		Tenant: u.String(flagTenant), ClientID: u.String(flagClientID), Auth: u.String(flagAuth), CertificateFile: u.String(flagCertificateFile),
		Environment: u.String(flagEnvironment), GraphURL: u.String(flagGraphURL), StateDir: u.String(flagStateDir),
		Concurrency: u.Int(flagConcurrency), BackupRecipient: u.String(flagBackupRecipient), IdentityFile: u.String(flagIdentityFile),
		Prompt: func(text string) { _, _ = fmt.Fprintln(c.std.Err, text) }, // whoever cannot be told does not sign in
	}
	if s.Auth == "" && s.CertificateFile != os.Getenv(connection.CertificateVariable) {
		s.Auth = auth.Certificate // a flag goes before the environment, whatever that has of another way
	}
	if u.IsSet(flagConcurrency) && s.Concurrency < 1 {
		return record.Errorf(record.Usage, "--%s cannot be %d; it is 1 or more", flagConcurrency, s.Concurrency)
	}
	if err := s.NeedsServer(); err != nil && u.Command.Name != "check" && u.Command.Name != "restore" { // whose answer it is; who asks no directory
		return err
	}
	if err := s.WithSecrets(os.Getenv).Into(o); err != nil { // before anybody waits for standard input
		return err
	}
	in := bufio.NewReader(c.std.In)
	line := func() (string, error) {
		text, err := await(u, func() (string, error) { return in.ReadString('\n') })
		if errors.Is(err, io.EOF) { // a missing line is an empty secret, which is refused
			err = nil
		}
		return strings.TrimRight(strings.TrimPrefix(text, "\ufeff"), "\r\n"), err
	}
	if u.Bool(flagLdapPasswordStdin) {
		password, err := line()
		if err != nil {
			return record.Errorf(record.LdapCredentialsMissing, "read the password from standard input: %w", err)
		}
		o.Directory.Password = directory.NewSecret(password)
	}
	if u.Bool(flagAccessTokenStdin) {
		token, err := line()
		if err != nil || token == "" {
			return record.Errorf(record.CredentialsMissing, "--access-token-stdin found no token on standard input")
		}
		o.Auth.AccessToken = auth.Secret(token)
	}
	return nil
}

// keeping fills in the state folder. A run that only compares can do without:
// where there is none, it remembers nothing.
func keeping(u *urfave.Context, o *run.Options) (err error) {
	if o.StateDir = u.String(flagStateDir); o.StateDir != "" {
		return nil
	}
	o.StateDir, err = connection.DefaultStateDir()
	if name := useCase(u); name == "drift" || name == "sync" && o.DryRun {
		return nil
	}
	return err
}
