package serve

import (
	"bufio"
	"io"
	"testing"

	"photosync/bridge"
	"photosync/internal/connection"
	"photosync/internal/record"
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
