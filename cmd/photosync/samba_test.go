package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"photosync/internal/directory"
	"photosync/internal/directory/directorytest"
	"photosync/internal/lab"
)

// TestSamba takes 2,000 people of a real domain controller through drift, a dry
// run, the sync and drift again: first 250 of them, by a filter, then everybody.
// Microsoft Graph is the lab's. A third of the people show the directory's photo
// there, a third another one, and a third none.
func TestSamba(t *testing.T) {
	const everybody = 2000
	domain := directorytest.Samba(t, bytes.NewReader(directorytest.People(t, everybody, 7)))
	company, made := cloudOf(t, domain)
	if len(company.CloudUsers) < everybody {
		t.Fatalf("the directory has %d people", len(company.CloudUsers))
	}
	l, err := lab.Start(company)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := program{path: build(t), env: []string{
		"PHOTOSYNC_SERVER=" + domain.LDAPSURL, "PHOTOSYNC_CA_FILE=" + domain.CAFile,
		"PHOTOSYNC_LDAP_USER=" + domain.BindUPN, "PHOTOSYNC_LDAP_PASSWORD=" + domain.BindPassword,
		"PHOTOSYNC_GRAPH_URL=" + l.Graph().URL(), "PHOTOSYNC_STATE_DIR=" + t.TempDir(),
	}}

	const departments = "(|(department=D0)(department=D1)(department=D2)(department=D3)(department=D4))"
	whole := p.runs(t, 0, "drift", "--all")
	if got := (photos{whole.Statuses["InSync"], whole.Statuses["Drifted"], whole.Statuses["MissingInCloud"]}); got != made {
		t.Errorf("the comparison found %+v, made were %+v", got, made)
	}
	few := p.runs(t, 0, "drift", "--all", "--ldap-filter", departments)
	if few.People != everybody/8 || few.Statuses["Unknown"] != 0 || few.Statuses["Drifted"] == 0 || few.Statuses["MissingInCloud"] == 0 || few.Statuses["InSync"] == 0 {
		t.Errorf("before: %+v", few)
	}
	toDo := few.Statuses["Drifted"] + few.Statuses["MissingInCloud"] - few.unsure()
	all := []string{"--baseline", "onpremises", "--max-change", "2000", "--max-change-percent", "100"}
	dry := p.runs(t, 0, append([]string{"sync", "--dry-run", "--ldap-filter", departments}, all...)...)
	if dry.Changes["WouldChange"] != toDo || l.Graph().Writes() != 0 {
		t.Errorf("the dry run: %+v, %d writes", dry, l.Graph().Writes())
	}
	braked := p.runs(t, 5, "sync", "--yes", "--baseline", "onpremises", "--ldap-filter", departments)
	if braked.ErrorCode != "TooManyChanges" || l.Graph().Writes() != 0 {
		t.Errorf("the brake: %+v, %d writes", braked, l.Graph().Writes())
	}
	done := p.runs(t, 0, append([]string{"sync", "--yes", "--ldap-filter", departments}, all...)...)
	if done.Changes["Done"] != toDo || done.Requests["Put"] != toDo {
		t.Errorf("the sync: %+v", done)
	}
	again := p.runs(t, 0, append([]string{"sync", "--yes", "--ldap-filter", departments}, all...)...)
	if len(again.lines) != 0 || again.Requests["Put"] != 0 {
		t.Errorf("again: %+v", again)
	}

	p.runs(t, 0, append([]string{"sync", "--yes"}, all...)...)
	// Who has another's picture in the cloud that the comparison cannot surely tell
	// from the own one is left to be reviewed: one in a few hundred.
	unsure, exit := whole.unsure(), 0
	if unsure > 0 {
		exit = 4
	}
	end := p.runs(t, exit, "drift", "--all", "--drift-exit-code")
	if unsure > 10 || end.People < everybody || end.Statuses["InSync"] != made.same+made.other+made.none-unsure ||
		end.Statuses["Drifted"] != unsure || end.unsure() != unsure || end.Statuses["MissingInCloud"]+end.Statuses["Unknown"] != 0 {
		t.Errorf("after: %+v, made %+v", end, made)
	}
}

// unsure counts the rows of people on whose pictures the comparison cannot decide.
func (e ended) unsure() (n int64) {
	for _, line := range e.lines {
		if strings.Contains(line, `"Reason":"Uncertain"`) {
			n++
		}
	}
	return n
}

// TestSambaForModule is no test but the lab of ps/tests/Samba.Tests.ps1, which
// runs it: a domain controller with 250 people and two tenants for them, equal
// and each on its own. It prints the environment that points photosync at it as
// KEY=VALUE lines, leaves in PHOTOSYNC_SAMBA_FOLDER what the directory holds, and
// ends with its input.
func TestSambaForModule(t *testing.T) {
	folder := os.Getenv("PHOTOSYNC_SAMBA_FOLDER")
	if folder == "" {
		t.Skip("ps/tests/Samba.Tests.ps1 runs it")
	}
	domain := directorytest.Samba(t, bytes.NewReader(directorytest.People(t, 250, 7)))
	company, made := cloudOf(t, domain)
	var tenants [2]*lab.Lab
	for i := range tenants {
		var err error
		if tenants[i], err = lab.Start(company); err != nil {
			t.Fatal(err)
		}
		defer tenants[i].Close()
	}
	people := filepath.Join(folder, "people.json")
	text, err := json.Marshal(sambaPeople(t, domain))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(people, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, e := range [][2]string{
		{"PHOTOSYNC_SERVER", domain.LDAPSURL}, {"PHOTOSYNC_CA_FILE", domain.CAFile},
		{"PHOTOSYNC_LDAP_USER", domain.BindUPN}, {"PHOTOSYNC_LDAP_PASSWORD", domain.BindPassword},
		{"PHOTOSYNC_LDAP_AUTH", "basic"}, {"PHOTOSYNC_ENVIRONMENT", "global"},
		{"PHOTOSYNC_GRAPH_URL", tenants[0].Graph().URL()}, {"PHOTOSYNC_STATE_DIR", filepath.Join(t.TempDir(), "state")},
		{"LAB_OTHER_GRAPH_URL", tenants[1].Graph().URL()}, {"LAB_PEOPLE", people}, {"LAB_EVERYBODY", fmt.Sprint(len(company.CloudUsers))},
		{"LAB_IN_SYNC", fmt.Sprint(made.same)}, {"LAB_DRIFTED", fmt.Sprint(made.other)}, {"LAB_MISSING", fmt.Sprint(made.none)},
		{"PHOTOSYNC_ACCESS_TOKEN", tenants[0].Graph().IssueToken(time.Hour)},
	} {
		fmt.Printf("%s=%s\n", e[0], e[1])
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// sambaPerson is a person as Get-ADUser would give it.
type sambaPerson struct {
	DistinguishedName, ObjectGUID, SID, SamAccountName, UserPrincipalName, Mail, DisplayName string
	Enabled                                                                                  bool
	ConsistencyGUID, ThumbnailPhoto                                                          []byte
}

// sambaPeople reads the directory as it is.
func sambaPeople(t *testing.T, d directorytest.Domain) []sambaPerson {
	t.Helper()
	var people []sambaPerson
	readAll(t, d, func(e directory.Entry) {
		people = append(people, sambaPerson{
			DistinguishedName: e.DN, ObjectGUID: e.ObjectGUID.String(), SID: e.SID, SamAccountName: e.SamAccountName,
			UserPrincipalName: e.UserPrincipalName, Mail: e.Mail, DisplayName: e.DisplayName, Enabled: !e.Disabled(),
			ConsistencyGUID: e.ConsistencyGUID, ThumbnailPhoto: e.Photo,
		})
	})
	return people
}

// cloudOf reads the directory as it is and gives the tenant that Entra Connect
// would have made of it, and how many people it gave which photo.
func cloudOf(t *testing.T, d directorytest.Domain) (*lab.Company, photos) {
	t.Helper()
	company, made := &lab.Company{Domain: "corp.example"}, photos{}
	var another []byte
	readAll(t, d, func(e directory.Entry) {
		n := len(company.CloudUsers)
		u := lab.CloudUser{
			ID:                fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
			UserPrincipalName: e.UserPrincipalName, Mail: e.Mail, DisplayName: e.DisplayName,
			ImmutableID: e.ImmutableID(), SID: e.SID, UserType: "Member", AccountEnabled: !e.Disabled(),
		}
		if e.Photo != nil {
			switch {
			case n%3 == 0:
				made.same++
				u.Photo = reencoded(t, e.Photo)
			case n%3 == 1 && another != nil:
				made.other++
				u.Photo = another
			default:
				made.none++
			}
			another = flipped(t, e.Photo)
		}
		company.CloudUsers = append(company.CloudUsers, u)
	})
	return company, made
}

// readAll calls f for everybody in the directory.
func readAll(t *testing.T, d directorytest.Domain, f func(directory.Entry)) {
	t.Helper()
	pem, err := os.ReadFile(d.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	ad, err := directory.Connect(t.Context(), directory.Settings{
		Server: d.StartTLSURL, User: d.BindDN, Password: directory.NewSecret(d.BindPassword), RootCAs: roots,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer ad.Close()
	err = ad.PeopleWithPhotos(t.Context(), directory.Scope{}, func(page []directory.Entry) error {
		for _, e := range page {
			f(e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// photos counts the people with a photo in the directory, by what the cloud shows.
type photos struct{ same, other, none int64 }

func decoded(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func encoded(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 75}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reencoded gives the same picture in other bytes.
func reencoded(t *testing.T, b []byte) []byte { return encoded(t, decoded(t, b)) }

// flipped gives another picture: the colours of b, upside down.
func flipped(t *testing.T, b []byte) []byte {
	src := decoded(t, b)
	r := src.Bounds()
	dst := image.NewRGBA(r)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			dst.Set(x, r.Max.Y-1-y+r.Min.Y, src.At(x, y))
		}
	}
	return encoded(t, dst)
}

// build makes the program as users have it.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "photosync")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// program is the program with the environment that points it at both sides.
type program struct {
	path string
	env  []string
}

// ended is what a run of the program left.
type ended struct {
	Outcome, ErrorCode          string
	People                      int64
	Statuses, Changes, Requests map[string]int64
	lines                       []string // of standard output
}

// runs runs the program, which must end with the exit code, and logs what it
// took: time, and the largest resident memory where the system tells it.
func (p program) runs(t *testing.T, exit int, args ...string) ended {
	t.Helper()
	summary := filepath.Join(t.TempDir(), "summary.json")
	cmd := exec.Command(p.path, append(args, "--output", "json", "--summary", summary)...)
	cmd.Env = append(os.Environ(), p.env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watch(cmd)
	_ = cmd.Wait() // its exit code is compared
	most := peak()
	if got := cmd.ProcessState.ExitCode(); got != exit {
		t.Fatalf("photosync %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, exit, errs.String())
	}
	var e ended
	text, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 0 {
		e.lines = strings.Split(strings.TrimSpace(out.String()), "\n")
	}
	t.Logf("$ photosync %s\n%s%d rows, %.1f s, peak %s", strings.Join(args, " "), errs.String(), len(e.lines), time.Since(start).Seconds(), most)
	return e
}

// watch gives the largest resident memory of a running command, once it has
// ended. It asks the kernel now and then: what a parent is told at the end
// counts the parent's own memory too, from between fork and exec.
func watch(cmd *exec.Cmd) (peak func() string) {
	status := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
	ended, last := make(chan bool), make(chan string)
	go func() {
		most := "not known"
		for {
			text, _ := os.ReadFile(status) // it is gone with the process, and on other systems never there
			if _, rest, ok := strings.Cut(string(text), "VmHWM:"); ok {
				most, _, _ = strings.Cut(strings.TrimSpace(rest), "\n")
			}
			select {
			case <-ended:
				last <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() string {
		close(ended)
		return <-last
	}
}
