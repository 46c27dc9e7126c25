package connection_test

import (
	"testing"

	"photosync/internal/auth"
	"photosync/internal/connection"
	"photosync/internal/record"
	"photosync/internal/run"
)

func from(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

// A way to sign in that was given is taken whole: what the environment has of
// another way cannot make it ambiguous.
func TestAGivenWayToSignInWins(t *testing.T) {
	env := from(map[string]string{
		"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s", "AZURE_CLIENT_CERTIFICATE_PATH": "/c.pfx", "PHOTOSYNC_ACCESS_TOKEN": "x",
	})
	for name, c := range map[string]struct {
		given connection.Settings
		want  string
	}{
		"nothing":                  {connection.Settings{}, ""},
		"a token":                  {connection.Settings{AccessToken: "mine"}, auth.Token},
		"a secret":                 {connection.Settings{ClientSecret: "mine"}, auth.ClientSecret},
		"a certificate":            {connection.Settings{CertificateFile: "/mine.pfx"}, auth.Certificate},
		"a secret and certificate": {connection.Settings{ClientSecret: "mine", CertificateFile: "/mine.pfx"}, ""},
		"a certificate password":   {connection.Settings{CertificatePassword: "mine"}, auth.Certificate},
		"a method":                 {connection.Settings{Auth: "managed-identity", ClientSecret: "mine"}, "managed-identity"},
	} {
		got := c.given.FromEnvironment(env)
		if got.Auth != c.want || got.Tenant != "t" || got.ClientID != "c" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Two ways that were given are refused by name, even where the environment has a token.
func TestTwoGivenWaysToSignInAreRefused(t *testing.T) {
	env := from(map[string]string{"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "PHOTOSYNC_ACCESS_TOKEN": "x"})
	var o run.Options
	if err := (connection.Settings{ClientSecret: "mine", CertificateFile: "/mine.pfx"}).FromEnvironment(env).Into(&o); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.Credential(o.Auth); record.CodeOf(err) != record.CredentialsIncomplete {
		t.Errorf("got %v", err)
	}
}

func TestGivenSettingsGoBeforeTheEnvironment(t *testing.T) {
	env := from(map[string]string{
		"PHOTOSYNC_SERVER": "dc2", "PHOTOSYNC_LDAP_USER": "u", "PHOTOSYNC_LDAP_PASSWORD": "p", "PHOTOSYNC_GRAPH_URL": "https://graph.example/",
		"PHOTOSYNC_ENVIRONMENT": "usgov", "PHOTOSYNC_STATE_DIR": "/state", "PHOTOSYNC_BACKUP_RECIPIENT": "age1theirs", "PHOTOSYNC_IDENTITY_FILE": "/id.txt",
	})
	var o run.Options
	if err := (connection.Settings{Server: "dc1", BackupRecipient: "age1mine"}).FromEnvironment(env).Into(&o); err != nil {
		t.Fatal(err)
	}
	if o.Directory.Server != "dc1" || o.Directory.User != "u" || o.Directory.Password.Reveal() != "p" ||
		o.GraphRoot != "https://graph.example" || o.Auth.Environment != "usgov" || o.StateDir != "/state" ||
		o.BackupRecipient != "age1mine" || o.IdentityFile != "/id.txt" {
		t.Errorf("got %+v", o)
	}
}

func TestSettingsThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		settings connection.Settings
		code     record.Code
	}{
		"a bind that is not there yet": {connection.Settings{LdapAuth: "negotiate"}, record.SettingInvalid},
		"no such CA file":              {connection.Settings{CAFile: "/no/such/file"}, record.CaFileUnusable},
		"a CA file before a bind":      {connection.Settings{LdapAuth: "negotiate", CAFile: "/no/such/file"}, record.CaFileUnusable},
		"a CA file without any":        {connection.Settings{CAFile: "connection_test.go"}, record.CaFileUnusable},
	} {
		if err := c.settings.Into(&run.Options{}); record.CodeOf(err) != c.code {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A password of the environment belongs to the environment's account or
// certificate, and goes with no other.
func TestPasswordsGoWithTheirNames(t *testing.T) {
	env := from(map[string]string{
		"PHOTOSYNC_LDAP_USER": "service", "PHOTOSYNC_LDAP_PASSWORD": "p", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s",
		"AZURE_CLIENT_CERTIFICATE_PATH": "/c.pfx", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "w", "PHOTOSYNC_ACCESS_TOKEN": "x",
	})
	type secrets struct{ ldap, client, file, certificate, token string }
	for name, c := range map[string]struct {
		given connection.Settings
		want  secrets
	}{
		"nothing given":       {connection.Settings{}, secrets{"p", "s", "/c.pfx", "w", "x"}},
		"the same account":    {connection.Settings{LdapUser: "service"}, secrets{"p", "s", "/c.pfx", "w", "x"}},
		"another account":     {connection.Settings{LdapUser: "bob"}, secrets{"", "s", "/c.pfx", "w", "x"}},
		"another certificate": {connection.Settings{CertificateFile: "/mine.pfx"}, secrets{"p", "s", "/mine.pfx", "", "x"}},
	} {
		s := c.given.FromEnvironment(env)
		got := secrets{string(s.LdapPassword), string(s.ClientSecret), s.CertificateFile, string(s.CertificatePassword), string(s.AccessToken)}
		if got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}
