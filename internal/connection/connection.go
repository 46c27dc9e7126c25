// Package connection says how to reach both sides, and how things are kept:
// from the settings that somebody gave, then the environment, then the defaults.
// The command line and the bridge share it, so that a variable means the same to
// both.
//
// Start with [Settings].
package connection

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"photosync/internal/auth"
	"photosync/internal/directory"
	"photosync/internal/record"
	"photosync/internal/run"
)

// Settings are what reaches both sides, and how things are kept. What is empty
// was not given.
type Settings struct {
	Server   string // domain controller: HOST, ldaps://HOST[:PORT] or ldap://HOST[:PORT]
	LdapAuth string // how to bind: basic
	LdapUser string
	CAFile   string // PEM file with authorities to trust beside the system's, on both sides

	Tenant, ClientID string
	Auth             string // method of sign-in; "" for what the other settings make up
	CertificateFile  string // PEM or PFX, with the private key
	Environment      string // cloud: global, usgov, usgovdod, china
	GraphURL         string // root of Microsoft Graph, without version

	StateDir    string // folder for journal, backups and what earlier runs saw
	Concurrency int    // no more requests to Microsoft Graph at once; 0 means what a run finds by itself

	BackupRecipient string // age public key to encrypt backups for
	IdentityFile    string // file with the age identity that opens them

	Certificate []byte            // DER, of which Signer has the private key
	Signer      auth.Signer       // nil: the key is in CertificateFile
	Prompt      func(text string) // tells a person how to sign in; nil: nobody is there

	LdapPassword, ClientSecret, CertificatePassword, AccessToken auth.Secret

	env func(string) string // that filled in, nil for the process's
}

// Variables of the environment that fill in for settings.
const (
	ServerVariable      = "PHOTOSYNC_SERVER"
	LdapAuthVariable    = "PHOTOSYNC_LDAP_AUTH"
	LdapUserVariable    = "PHOTOSYNC_LDAP_USER"
	CAFileVariable      = "PHOTOSYNC_CA_FILE"
	TenantVariable      = "AZURE_TENANT_ID"
	ClientIDVariable    = "AZURE_CLIENT_ID"
	CertificateVariable = "AZURE_CLIENT_CERTIFICATE_PATH"
	EnvironmentVariable = "PHOTOSYNC_ENVIRONMENT"
	GraphURLVariable    = "PHOTOSYNC_GRAPH_URL"
	StateDirVariable    = "PHOTOSYNC_STATE_DIR"

	BackupRecipientVariable = "PHOTOSYNC_BACKUP_RECIPIENT"
	IdentityFileVariable    = "PHOTOSYNC_IDENTITY_FILE"

	ldapPasswordVariable        = "PHOTOSYNC_LDAP_PASSWORD"
	clientSecretVariable        = "AZURE_CLIENT_SECRET"
	certificatePasswordVariable = "AZURE_CLIENT_CERTIFICATE_PASSWORD"
	accessTokenVariable         = "PHOTOSYNC_ACCESS_TOKEN"
)

// FromEnvironment fills in what was not given. A way to sign in that was given
// is the one that is used, whatever the environment has of another; and no
// password of the environment goes with another account or certificate.
func (s Settings) FromEnvironment(getenv func(string) string) Settings {
	two := s.AccessToken == "" && s.ClientSecret != "" && s.CertificateFile != "" // which internal/auth refuses, unless a token hides it
	if s.Auth == "" {
		s.Auth = s.method()
	}
	hidden := make(map[string]bool)
	another := func(given, variable string) bool {
		theirs := getenv(variable)
		return given != "" && theirs != "" && given != theirs
	}
	hidden[ldapPasswordVariable] = another(s.LdapUser, LdapUserVariable)
	hidden[certificatePasswordVariable] = another(s.CertificateFile, CertificateVariable)
	hidden[accessTokenVariable] = two
	hidden[CertificateVariable] = s.Signer != nil
	visible := func(name string) string {
		if hidden[name] {
			return ""
		}
		return getenv(name)
	}
	for setting, variable := range map[*string]string{
		&s.Server: ServerVariable, &s.LdapAuth: LdapAuthVariable, &s.LdapUser: LdapUserVariable, &s.CAFile: CAFileVariable,
		&s.Tenant: TenantVariable, &s.ClientID: ClientIDVariable, &s.CertificateFile: CertificateVariable,
		&s.Environment: EnvironmentVariable, &s.GraphURL: GraphURLVariable, &s.StateDir: StateDirVariable,
		&s.BackupRecipient: BackupRecipientVariable, &s.IdentityFile: IdentityFileVariable,
	} {
		if *setting == "" {
			*setting = visible(variable)
		}
	}
	s = s.WithSecrets(visible)
	s.env = getenv
	return s
}

// WithSecrets fills in the secrets that were not given from the environment.
func (s Settings) WithSecrets(getenv func(string) string) Settings {
	s.env = getenv
	for secret, variable := range map[*auth.Secret]string{
		&s.LdapPassword: ldapPasswordVariable, &s.ClientSecret: clientSecretVariable,
		&s.CertificatePassword: certificatePasswordVariable, &s.AccessToken: accessTokenVariable,
	} {
		if *secret == "" {
			*secret = auth.Secret(getenv(variable))
		}
	}
	return s
}

// method gives the way to sign in that the given settings belong to, "" when
// none of them decides it.
func (s Settings) method() string {
	switch {
	case s.AccessToken != "":
		return auth.Token
	case s.ClientSecret != "" && s.CertificateFile == "" && s.Signer == nil:
		return auth.ClientSecret
	case s.ClientSecret == "" && (s.Signer != nil || s.CertificateFile != "" || s.CertificatePassword != ""):
		return auth.Certificate
	}
	return ""
}

// NeedsServer gives ServerMissing when no domain controller was named.
func (s Settings) NeedsServer() error {
	if s.Server == "" {
		return record.Errorf(record.ServerMissing, "no domain controller was named")
	}
	return nil
}

// Into puts the settings into the options of a run. It gives SettingInvalid or
// CaFileUnusable for what cannot be used; nothing is connected.
func (s Settings) Into(o *run.Options) error {
	roots, err := s.roots()
	if err != nil {
		return err
	}
	if how := strings.ToLower(s.LdapAuth); how != "basic" && how != "" {
		return record.Errorf(record.SettingInvalid, "--ldap-auth or %s is %q; this version binds with basic only", LdapAuthVariable, how)
	}
	o.Directory = directory.Settings{Server: s.Server, User: s.LdapUser, Password: directory.NewSecret(string(s.LdapPassword)), RootCAs: roots}
	o.GraphRoot, o.RootCAs = strings.TrimRight(s.GraphURL, "/"), roots
	o.Auth = auth.Settings{
		Method: strings.ToLower(s.Auth), Tenant: s.Tenant, ClientID: s.ClientID,
		Certificate: s.Certificate, Signer: s.Signer, Prompt: s.Prompt,
		ClientSecret: s.ClientSecret, CertificateFile: s.CertificateFile, CertificatePassword: s.CertificatePassword, AccessToken: s.AccessToken,
		Environment: strings.ToLower(s.Environment), RootCAs: roots, Env: s.env,
	}
	o.StateDir, o.Concurrency = s.StateDir, s.Concurrency
	o.BackupRecipient, o.IdentityFile = s.BackupRecipient, s.IdentityFile
	return nil
}

// roots gives the system's authorities and those of the CA file, nil without one.
func (s Settings) roots() (*x509.CertPool, error) {
	if s.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, record.Errorf(record.CaFileUnusable, "read the CA file: %w", err).On(s.CAFile)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, record.Errorf(record.CaFileUnusable, "%s holds no PEM certificate", s.CAFile).On(s.CAFile)
	}
	return pool, nil
}

// DefaultStateDir gives ProgramData on Windows, /var/lib for root, else the
// XDG state folder.
func DefaultStateDir() (string, error) {
	const name = "userphotosync"
	if runtime.GOOS == "windows" {
		if data := os.Getenv("ProgramData"); data != "" {
			return filepath.Join(data, "UserPhotoSync"), nil
		}
	}
	if os.Geteuid() == 0 {
		return filepath.Join("/var/lib", name), nil
	}
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, name), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", record.Errorf(record.StateDirUnusable, "find a state folder: %w", err)
	}
	return filepath.Join(home, ".local", "state", name), nil
}
