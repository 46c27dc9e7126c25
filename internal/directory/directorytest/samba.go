package directorytest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Domain is a running domain controller and the accounts on it.
type Domain struct {
	Host          string // the address to dial, 127.x.y.z; the certificate carries it too
	Name          string // the DNS name in the certificate; it does not resolve
	LDAPSURL      string // ldaps://HOST:636
	StartTLSURL   string // ldap://HOST:389
	CAFile        string // PEM with the authority to trust
	BaseDN        string
	BindDN        string // of an account that may read
	BindUPN       string
	BindPassword  string
	AdminDN       string // of the administrator
	AdminPassword string
}

// Samba starts a domain controller in a folder of its own, loads the entries of
// ldif (nil for none), and stops it when the test ends. Every entry lies under
// DC=corp,DC=example; "userPassword: text" sets a password. Starting takes about
// ten seconds, so a test binary should do it once. The test is skipped unless
// PHOTOSYNC_REAL=1 is set; then whatever is missing is a failure.
func Samba(t testing.TB, ldif io.Reader) Domain {
	t.Helper()
	requireReal(t)
	// Not t.TempDir: Unix sockets are made in the folder, and its name must be short.
	folder, err := os.MkdirTemp("", "ad-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	data := filepath.Join(folder, "dc")
	args := []string{"start", data}
	if ldif != nil {
		args = append(args, writeLDIF(t, folder, ldif))
	}
	// Registered before the start: one that fails half-way may have left a server.
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(data, ".samba-ad")); err == nil {
			run(t, "stop", data)
		}
	})
	return domain(t, run(t, args...))
}

// People gives the LDIF of invented people under OU=Lab,DC=corp,DC=example, most
// of them with a JPEG photo of about kib KiB. It skips the test as [Samba] does.
func People(t testing.TB, count, kib int) []byte {
	t.Helper()
	requireReal(t)
	return run(t, "ldif", strconv.Itoa(count), strconv.Itoa(kib))
}

func requireReal(t testing.TB) {
	t.Helper()
	if os.Getenv("PHOTOSYNC_REAL") != "1" {
		t.Skip("set PHOTOSYNC_REAL=1 to run against Samba")
	}
}

func writeLDIF(t testing.TB, folder string, ldif io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(ldif)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "people.ldif")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs the script and gives its standard output.
func run(t testing.TB, args ...string) []byte {
	t.Helper()
	script := filepath.Join(shared(t), "lab", "samba-ad")
	cmd := exec.Command(script, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", script, strings.Join(args, " "), err, stderr.String())
	}
	return stdout.Bytes()
}

// shared gives the folder with the lab: PHOTOSYNC_SHARED, or "shared" beside the
// repository.
func shared(t testing.TB) string {
	t.Helper()
	if folder := os.Getenv("PHOTOSYNC_SHARED"); folder != "" {
		return folder
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(root), "shared")
		}
		parent := filepath.Dir(root)
		if parent == root {
			t.Fatal("the tests do not run inside the repository: no go.mod above the working directory")
		}
		root = parent
	}
}

// domain reads the KEY=VALUE lines that the script prints.
func domain(t testing.TB, text []byte) Domain {
	t.Helper()
	values := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = value
		}
	}
	var missing []string
	get := func(key string) string {
		if values[key] == "" {
			missing = append(missing, key)
		}
		return values[key]
	}
	d := Domain{
		Host: get("HOST"), Name: get("NAME"), LDAPSURL: get("LDAPS_URL"), StartTLSURL: get("LDAP_URL"),
		CAFile: get("CA_FILE"), BaseDN: get("BASE_DN"), BindDN: get("BIND_DN"), BindUPN: get("BIND_UPN"),
		BindPassword: get("BIND_PASSWORD"), AdminDN: get("ADMIN_DN"), AdminPassword: get("ADMIN_PASSWORD"),
	}
	if len(missing) > 0 {
		t.Fatal(fmt.Errorf("the lab's script did not print %s", strings.Join(missing, ", ")))
	}
	return d
}
