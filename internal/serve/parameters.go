package serve

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"photosync/bridge"
	"photosync/internal/auth"
	"photosync/internal/connection"
	"photosync/internal/directory"
	"photosync/internal/record"
	"photosync/internal/run"
)

// parameters are those of every operation: [record.Operations] says which
// operation takes which, and what they mean.
type parameters struct {
	Server          string `json:"server"`
	LdapAuth        string `json:"ldapAuth"`
	LdapUser        string `json:"ldapUser"`
	CAFile          string `json:"caFile"`
	Tenant          string `json:"tenant"`
	ClientID        string `json:"clientId"`
	Auth            string `json:"auth"`
	CertificateFile string `json:"certificateFile"`
	Certificate     []byte `json:"certificate"`
	Environment     string `json:"environment"`
	GraphURL        string `json:"graphUrl"`
	StateDir        string `json:"stateDir"`
	Concurrency     *int   `json:"concurrency"`

	People      bool   `json:"people"` // read by package bridge
	SearchBase  string `json:"searchBase"`
	SearchScope string `json:"searchScope"`
	LdapFilter  string `json:"ldapFilter"`

	All      bool            `json:"all"`
	Statuses []record.Status `json:"statuses"`

	PassThru         bool            `json:"passThru"`
	Baseline         record.Baseline `json:"baseline"`
	MaxChange        *int            `json:"maxChange"`
	MaxChangePercent *int            `json:"maxChangePercent"`
	writing
	undoing

	Canary     string `json:"canary"`
	WriteProbe string `json:"writeProbe"`
}

// read takes the parameters of a request. What the operation does not know, and
// what is there and empty, is refused: it may be what was to narrow the run.
func (p *parameters) read(r *bridge.Request) error {
	refuse := func(format string, args ...any) error { return record.Errorf(record.SettingInvalid, format, args...) }
	given := make(map[string]json.RawMessage)
	if err := json.Unmarshal(r.Params, &given); err != nil {
		return refuse("read the parameters of the request: %w", err)
	}
	for name, value := range given {
		if !takes(r.Op, name) {
			return refuse("%s has no parameter %.40q", r.Op, name)
		}
		if text := string(value); text == "null" || text == `""` || text == "[]" {
			return refuse("the parameter %s is empty; leave it out instead", name)
		}
	}
	err := json.Unmarshal(r.Params, p)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return refuse("the parameter %s cannot be a %s", wrong.Field[strings.LastIndex(wrong.Field, ".")+1:], wrong.Value)
	}
	if _, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return refuse("the parameter certificate is not base64")
	}
	if err != nil {
		return refuse("read the parameters of the request: %w", err)
	}
	return p.check(r)
}

func takes(op, parameter string) bool {
	for _, o := range record.Operations {
		if o.Name == op {
			return slices.ContainsFunc(o.Parameters, func(p record.Parameter) bool { return p.Name == parameter })
		}
	}
	return false
}

// options gives the options of a use case, all but the people.
func (p *parameters) options(r *bridge.Request, secrets bridge.Secrets, getenv func(string) string) (run.Options, error) {
	o := run.Options{
		Version:    bridge.Version(),
		RestoreRun: p.RunID,
		Scope:      directory.Scope{Base: p.SearchBase, Depth: directory.Depth(strings.ToLower(p.SearchScope)), Filter: p.LdapFilter},
		All:        p.All || p.PassThru || len(p.Statuses) > 0,
		DryRun:     r.DryRun,
		Canary:     p.Canary, WriteProbe: p.WriteProbe,
	}
	settings := p.connection(r, secrets).FromEnvironment(getenv)
	switch r.Op {
	case "runs.list": // which connects nothing
		o.StateDir = settings.StateDir
		return o, nil
	case "photo.sync":
		p.sync(&o)
	case "photo.restore":
		p.restore(&o)
	}
	return o, settings.Into(&o)
}

// connection gives what reaches both sides. The host has what the binary has
// not: the private key of a certificate, and a person who reads.
func (p *parameters) connection(r *bridge.Request, s bridge.Secrets) connection.Settings {
	c := connection.Settings{
		Server: p.Server, LdapAuth: p.LdapAuth, LdapUser: p.LdapUser, CAFile: p.CAFile,
		Tenant: p.Tenant, ClientID: p.ClientID, Auth: p.Auth, CertificateFile: p.CertificateFile,
		Environment: p.Environment, GraphURL: p.GraphURL, StateDir: p.StateDir,
		LdapPassword: auth.Secret(s.LdapPassword.Reveal()), ClientSecret: auth.Secret(s.ClientSecret.Reveal()),
		CertificatePassword: auth.Secret(s.CertificatePassword.Reveal()), AccessToken: auth.Secret(s.AccessToken.Reveal()),
		BackupRecipient: p.BackupRecipient, IdentityFile: p.IdentityFile,
		Prompt: r.Prompt,
	}
	if p.Certificate != nil {
		c.Certificate, c.Signer = p.Certificate, r
	}
	if p.Concurrency != nil {
		c.Concurrency = *p.Concurrency
	}
	return c
}

// check refuses what contradicts itself or has a value that does not exist.
func (p *parameters) check(r *bridge.Request) error {
	refuse := func(format string, args ...any) *record.Error {
		return record.Errorf(record.SettingInvalid, format, args...)
	}
	if r.WantsPeople && (p.SearchBase != "" || p.SearchScope != "" || p.LdapFilter != "") {
		return refuse("people are named and a scope is given")
	}
	if b := string(p.Baseline); b != "" && !known(record.Baselines, b) {
		return refuse("there is no baseline %q", b)
	}
	for _, s := range p.Statuses {
		if !known(record.Statuses, string(s)) {
			return refuse("there is no status %q", s)
		}
	}
	if err := p.checkWriting(r); err != nil {
		return err
	}
	if r.Op == "photo.restore" && p.RunID == "" && !r.WantsPeople {
		return refuse("neither a run nor people were named").Advise("Name a run with --run, people with --user, or both; photosync restore --list shows the runs.")
	}
	if p.Concurrency != nil && *p.Concurrency < 1 {
		return refuse("concurrency is %d; it is 1 at least", *p.Concurrency)
	}
	if p.WriteProbe != "" && !strings.Contains(p.WriteProbe, "@") {
		return refuse("--write-probe takes the UPN of a test user, and %q is none", p.WriteProbe)
	}
	if p.Certificate != nil && p.CertificateFile != "" {
		return refuse("both certificate and certificateFile are given")
	}
	return nil
}

func known[T ~string](list []T, text string) bool {
	for _, v := range list {
		if strings.EqualFold(string(v), text) {
			return true
		}
	}
	return false
}

// statuses gives the statuses of the rows that are wanted, nil for those that
// the run gives by itself.
func (p *parameters) statuses() map[record.Status]bool {
	if len(p.Statuses) == 0 {
		return nil
	}
	wanted := make(map[record.Status]bool)
	for _, s := range record.Statuses {
		if known(p.Statuses, string(s)) {
			wanted[s] = true
		}
	}
	return wanted
}
