package serve

import (
	"bufio"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"photosync/bridge"
	"photosync/internal/connection"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// opened gives a request that a host has made, what to tell the host's side of
// the bridge, and the lines that come back; hello is read already.
func opened(t *testing.T, request string) (*bridge.Request, func(string), *bufio.Scanner) {
	t.Helper()
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	conn := bridge.Open(t.Context(), stdin, stdout, bridge.Greeting(), bridge.Options{})
	t.Cleanup(func() {
		_ = out.Close() // nobody reads the rest
		_ = in.Close()
		_ = conn.Close()
	})
	say := func(line string) {
		if _, err := io.WriteString(in, line+"\n"); err != nil {
			t.Error(err)
		}
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	say(request)
	r, err := conn.Next()
	if err != nil {
		t.Fatal(err)
	}
	return r, say, lines
}

func TestChecksAreRowsInTheWordsOfTheHost(t *testing.T) {
	c := record.Check{Check: "SignIn", Status: record.Fail, Evidence: "--tenant is wrong", Remedy: "Correct --tenant.", ErrorCode: record.TenantNotFound, RequestId: "q"}
	for client, want := range map[string]string{
		"":                         `"Evidence":"--tenant is wrong","Remedy":"Correct --tenant."`,
		`,"client":{"ps":"7.6.9"}`: `"Evidence":"-TenantId is wrong","Remedy":"Correct -TenantId."`,
	} {
		r, _, lines := opened(t, `{"v":1,"type":"request","id":1,"op":"readiness.check"`+client+`}`)
		if err := (&answer{request: r}).Check(c); err != nil {
			t.Fatal(err)
		}
		lines.Scan()
		want = `{"v":1,"type":"result","id":1,"kind":"check","items":[{"Check":"SignIn","Status":"Fail",` + want + `,"ErrorCode":"TenantNotFound","RequestId":"q"}]}`
		if lines.Text() != want {
			t.Errorf("got %s, want %s", lines.Text(), want)
		}
	}
}

// settingsOf gives what a request says of both sides.
func settingsOf(t *testing.T, r *bridge.Request) connection.Settings {
	t.Helper()
	var p parameters
	if err := p.read(r); err != nil {
		t.Fatal(err)
	}
	return p.connection(r, bridge.Secrets{})
}

func TestTheHostSignsForItsCertificate(t *testing.T) {
	r, say, lines := opened(t, `{"v":1,"type":"request","id":1,"op":"readiness.check","params":{"certificate":"AQI=","concurrency":3}}`)
	c := settingsOf(t, r)
	if string(c.Certificate) != "\x01\x02" || c.Concurrency != 3 {
		t.Errorf("got the certificate %x and %d requests at once", c.Certificate, c.Concurrency)
	}
	go func() {
		for lines.Scan() {
			if lines.Text() == `{"v":1,"type":"sign","id":1,"ref":1,"data":"eA=="}` {
				say(`{"v":1,"type":"signature","id":1,"ref":1,"data":"eQ=="}`)
			}
		}
	}()
	if s, err := c.Signer.Sign(t.Context(), []byte("x")); err != nil || string(s) != "y" {
		t.Errorf("got %q, %v", s, err)
	}
}

func TestTheHostShowsWhatAPersonMustRead(t *testing.T) {
	r, _, lines := opened(t, `{"v":1,"type":"request","id":1,"op":"drift.get","params":{"auth":"device-code"}}`)
	c := settingsOf(t, r)
	if c.Signer != nil || c.Certificate != nil || c.Concurrency != 0 {
		t.Errorf("got %+v of nothing", c)
	}
	c.Prompt("enter ABC")
	lines.Scan()
	if want := `{"v":1,"type":"prompt","id":1,"message":"enter ABC"}`; lines.Text() != want {
		t.Errorf("got %s, want %s", lines.Text(), want)
	}
}

// What the operations say of the person and the probe reaches the use case.
func TestOptionsOfACheck(t *testing.T) {
	r, _, _ := opened(t, `{"v":1,"type":"request","id":1,"op":"readiness.check","dryRun":true,"params":{"canary":"anna","writeProbe":"probe@corp.example"}}`)
	var p parameters
	if err := p.read(r); err != nil {
		t.Fatal(err)
	}
	o, err := p.options(r, bridge.Secrets{}, func(string) string { return "" })
	if err != nil || o.Canary != "anna" || o.WriteProbe != "probe@corp.example" || !o.DryRun {
		t.Errorf("got %+v, %v", o, err)
	}
}

// optionsOf gives the options that a request makes.
func optionsOf(t *testing.T, request string, env map[string]string) run.Options {
	t.Helper()
	r, _, _ := opened(t, `{"v":1,"type":"request","id":1,`+request+`}`)
	var p parameters
	if err := p.read(r); err != nil {
		t.Fatal(err)
	}
	o, err := p.options(r, bridge.Secrets{}, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// What a host leaves out has the default of the command line.
func TestOptionsOfWrites(t *testing.T) {
	env := map[string]string{"PHOTOSYNC_BACKUP_RECIPIENT": "age1env", "PHOTOSYNC_IDENTITY_FILE": "/env", "PHOTOSYNC_STATE_DIR": "/state"}
	for name, c := range map[string]struct {
		request string
		env     map[string]string
		want    run.Options
	}{
		"a sync of defaults": {`"op":"photo.sync"`, nil, run.Options{
			Limits: plan.DefaultLimits, Grace: 7 * day, MaxPlanAge: 7 * day, VerifyTimeout: 30 * time.Second, Retention: 90 * day,
		}},
		"a sync of everything": {`"op":"photo.sync","dryRun":true,"params":{"baseline":"onpremises","onConflict":"CLOUD","maxChange":1,"maxChangePercent":2,"maxRemove":3,"maxShrinkPercent":4,` +
			`"canary":"anna","ignorePolicy":true,"first":5,"excludeGroups":["CN=a,DC=b","CN=c"],"removeOrphans":true,"graceSeconds":6,"allowDowngrade":true,"planPath":"/p","maxAgeSeconds":7,` +
			`"verifySeconds":8,"retentionDays":9,"backupRecipient":"age1a"}`, env, run.Options{
			Baseline: record.BaselineAD, OnConflict: record.ConflictCloud, Limits: plan.Limits{MaxChange: 1, MaxChangePercent: 2, MaxRemove: 3, MaxShrinkPercent: 4},
			Canary: "anna", IgnorePolicy: true, First: 5, ExcludeGroups: []string{"CN=a,DC=b", "CN=c"}, RemoveOrphans: true, Grace: 6 * time.Second, AllowDowngrade: true,
			DryRun: true, PlanFile: "/p", MaxPlanAge: 7 * time.Second, VerifyTimeout: 8 * time.Second, Retention: 9 * day, BackupRecipient: "age1a",
			IdentityFile: "/env", StateDir: "/state",
		}},
		"a sync of zeros": {`"op":"photo.sync","params":{"graceSeconds":0,"retentionDays":0,"first":0,"maxChange":0,"maxShrinkPercent":0,"maxChangePercent":0}`, nil, run.Options{
			MaxPlanAge: 7 * day, VerifyTimeout: 30 * time.Second,
		}},
		"a restore of defaults": {`"op":"photo.restore","params":{"runId":"r"}`, env, run.Options{
			RestoreRun: "r", VerifyTimeout: 30 * time.Second, BackupRecipient: "age1env", IdentityFile: "/env", StateDir: "/state",
		}},
		"a restore of everything": {`"op":"photo.restore","dryRun":true,"params":{"runId":"r","force":true,"identityFile":"/id","verifySeconds":1,"backupRecipient":"age1a","stateDir":"/s"}`, env, run.Options{
			RestoreRun: "r", Force: true, IdentityFile: "/id", VerifyTimeout: time.Second, BackupRecipient: "age1a", StateDir: "/s", DryRun: true,
		}},
		"the runs":             {`"op":"runs.list"`, env, run.Options{StateDir: "/state"}},
		"one run":              {`"op":"runs.list","params":{"runId":"r","stateDir":"/s"}`, env, run.Options{RestoreRun: "r", StateDir: "/s"}},
		"runs connect nothing": {`"op":"runs.list"`, map[string]string{"PHOTOSYNC_CA_FILE": "missing.pem", "PHOTOSYNC_STATE_DIR": "/s"}, run.Options{StateDir: "/s"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, optionsOf(t, c.request, c.env), cmpopts.IgnoreFields(run.Options{}, "Directory", "Auth", "Version")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The journal knows people by what a write keeps of them.
func TestPeopleOfARestore(t *testing.T) {
	person := &bridge.ItemPerson{ObjectGUID: "guid", SID: "S-1", DistinguishedName: "CN=a", UserPrincipalName: "upn", SamAccountName: "sam", Mail: "mail"}
	got := journalled([]bridge.Item{
		{Name: "anna@corp.example"}, {CloudID: "cloud"}, {Name: "CN=a", CloudID: "cloud"}, {Person: person, HasPhoto: true}, {Name: "S-1", Person: person},
		{Person: &bridge.ItemPerson{UserPrincipalName: "upn", SamAccountName: "sam"}}, {Person: &bridge.ItemPerson{SamAccountName: "sam"}}, {},
		{Name: "seen", Seen: &bridge.Seen{Status: "Drifted", CloudID: "c"}},
	})
	if diff := cmp.Diff(run.Names("anna@corp.example", "cloud", "cloud", "guid", "guid", "upn", "sam", "", "seen"), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRunsAreRows(t *testing.T) {
	r, _, lines := opened(t, `{"v":1,"type":"request","id":1,"op":"runs.list"}`)
	if err := (&answer{request: r}).Run(record.Run{RunId: "r1", Command: "sync", Outcome: record.OutcomeOk, Done: 2}); err != nil {
		t.Fatal(err)
	}
	lines.Scan()
	want := `{"v":1,"type":"result","id":1,"kind":"run","items":[{"RunId":"r1","Command":"sync","StartedAt":null,"EndedAt":null,"Outcome":"Ok","User":null,"Host":null,` +
		`"Version":null,"Tenant":null,"Directory":null,"GraphUrl":null,"Uploads":0,"Removals":0,"Done":2,"Pending":0,"Failed":0,"Unfinished":0,"Backups":0,"Restores":null}]}`
	if lines.Text() != want {
		t.Errorf("got %s, want %s", lines.Text(), want)
	}
}

// A restore that undoes nothing yet says to the host what it would do.
func TestARestoreIsProposed(t *testing.T) {
	r, _, lines := opened(t, `{"v":1,"type":"request","id":1,"op":"photo.restore","dryRun":true,"params":{"runId":"r"}}`)
	c := record.Change{UserPrincipalName: "anna", Action: record.Remove, Status: record.WouldChange, Reason: record.Restored, ETagBefore: "e"}
	if err := (&answer{request: r}).Change(c); err != nil {
		t.Fatal(err)
	}
	lines.Scan()
	want := `{"v":1,"type":"propose","id":1,"ref":1,"action":"Remove","target":"anna","displayName":null,"reason":"Restored","replaces":true}`
	if lines.Text() != want {
		t.Errorf("got %s, want %s", lines.Text(), want)
	}
}

// A certificate that the host names goes before the file of the environment.
func TestTheHostsCertificateIsTheOnlyOne(t *testing.T) {
	env := map[string]string{connection.CertificateVariable: "/c.pem", connection.TenantVariable: "t"}
	for params, want := range map[string]string{`{}`: "/c.pem", `{"certificate":"AQI="}`: ""} {
		r, _, _ := opened(t, `{"v":1,"type":"request","id":1,"op":"drift.get","params":`+params+`}`)
		var p parameters
		if err := p.read(r); err != nil {
			t.Fatal(err)
		}
		o, err := p.options(r, bridge.Secrets{}, func(name string) string { return env[name] })
		if err != nil || o.Auth.CertificateFile != want || o.Auth.Tenant != "t" {
			t.Errorf("with %s: got %+v, %v", params, o.Auth, err)
		}
	}
}
