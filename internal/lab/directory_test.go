package lab

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// trust gives a client's TLS settings that trust the lab.
func trust(d *Directory) *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(d.CAPEM())
	return &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
}

func dial(t *testing.T, url string, opts ...ldap.DialOpt) *ldap.Conn {
	t.Helper()
	conn, err := ldap.DialURL(url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func bindTLS(t *testing.T, d *Directory) *ldap.Conn {
	t.Helper()
	conn := dial(t, d.LDAPSURL(), ldap.DialWithTLSConfig(trust(d)))
	if err := conn.Bind(d.BindUser(), d.BindPassword()); err != nil {
		t.Fatal(err)
	}
	return conn
}

const people = "(&(objectCategory=person)(objectClass=user))"

func peopleSearch(d *Directory, attributes ...string) *ldap.SearchRequest {
	return ldap.NewSearchRequest(d.BaseDN(), ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, people, attributes, nil)
}

// wantCode checks the LDAP result code and a part of the server's text.
func wantCode(t *testing.T, err error, code uint16, text string) {
	t.Helper()
	var e *ldap.Error
	if !errors.As(err, &e) || e.ResultCode != code || !strings.Contains(e.Error(), text) {
		t.Errorf("got %v, want code %d with %q", err, code, text)
	}
}

func TestBind(t *testing.T) {
	d := startLab(t).Directory()
	for _, name := range []string{"svc-photosync@corp.example", `CORP\svc-photosync`, "cn=svc-photosync,OU=Service Accounts,DC=corp,DC=example"} {
		conn := dial(t, d.LDAPSURL(), ldap.DialWithTLSConfig(trust(d)))
		if err := conn.Bind(name, d.BindPassword()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	conn := dial(t, d.LDAPSURL(), ldap.DialWithTLSConfig(trust(d)))
	wantCode(t, conn.Bind(d.BindUser(), "wrong"), ldap.LDAPResultInvalidCredentials, "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v4563")
	wantCode(t, conn.UnauthenticatedBind(d.BindUser()), ldap.LDAPResultInvalidCredentials, "data 52e")
	wantCode(t, conn.ExternalBind(), ldap.LDAPResultAuthMethodNotSupported, "00002027")
	if err := conn.Bind(d.BindUser(), d.BindPassword()); err != nil {
		t.Errorf("the connection is unusable after failed binds: %v", err)
	}
}

func TestFailedBindMakesAnonymous(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	_ = conn.Bind(d.BindUser(), "wrong")
	_, err := conn.Search(peopleSearch(d))
	wantCode(t, err, ldap.LDAPResultOperationsError, "000004DC")
}

func TestSimpleBindNeedsTLS(t *testing.T) {
	d := startLab(t).Directory()
	for _, url := range []string{d.StartTLSURL(), d.PlainTextURL()} {
		wantCode(t, dial(t, url).Bind(d.BindUser(), d.BindPassword()), ldap.LDAPResultStrongAuthRequired, "00002028")
	}
}

func TestStartTLS(t *testing.T) {
	d := startLab(t).Directory()
	conn := dial(t, d.StartTLSURL())
	if err := conn.StartTLS(trust(d)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Bind(d.BindUser(), d.BindPassword()); err != nil {
		t.Fatal(err)
	}
	got, err := conn.Search(peopleSearch(d, "cn"))
	if err != nil || len(got.Entries) != len(staff) {
		t.Errorf("search after StartTLS: %v", err)
	}
	who, err := conn.WhoAmI(nil)
	if err != nil || who.AuthzID != `u:CORP\svc-photosync` {
		t.Errorf("WhoAmI: %+v %v", who, err)
	}
}

func TestPlainTextServerHasNoTLS(t *testing.T) {
	d := startLab(t).Directory()
	wantCode(t, dial(t, d.PlainTextURL()).StartTLS(trust(d)), ldap.LDAPResultUnavailable, "Error initializing SSL/TLS")
	if _, err := ldap.DialURL("ldaps://"+d.PlainTextAddr(), ldap.DialWithTLSConfig(trust(d))); err == nil {
		t.Error("a TLS handshake succeeded")
	}
}

func TestCertificate(t *testing.T) {
	d := startLab(t).Directory()
	for _, name := range []string{"127.0.0.1", "localhost", "dc1.corp.example"} {
		config := trust(d)
		config.ServerName = name
		dial(t, d.LDAPSURL(), ldap.DialWithTLSConfig(config))
	}
	_, err := ldap.DialURL(d.LDAPSURL(), ldap.DialWithTLSConfig(&tls.Config{RootCAs: x509.NewCertPool()}))
	if unknown := (x509.UnknownAuthorityError{}); !errors.As(err, &unknown) {
		t.Errorf("without the CA: %v", err)
	}
	other := startLab(t, WithServerNames("dc9.corp.example")).Directory()
	_, err = ldap.DialURL(other.LDAPSURL(), ldap.DialWithTLSConfig(trust(other)))
	if wrong := (x509.HostnameError{}); !errors.As(err, &wrong) {
		t.Errorf("wrong name: %v", err)
	}
	old := startLab(t, WithExpiredCertificate()).Directory()
	_, err = ldap.DialURL(old.LDAPSURL(), ldap.DialWithTLSConfig(trust(old)))
	if expired := (x509.CertificateInvalidError{}); !errors.As(err, &expired) || expired.Reason != x509.Expired {
		t.Errorf("expired: %v", err)
	}
}

func TestRootDSENeedsNoBind(t *testing.T) {
	d := startLab(t).Directory()
	conn := dial(t, d.StartTLSURL())
	got, err := conn.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", []string{"defaultNamingContext", "supportedControl", "dnsHostName"}, nil))
	if err != nil || len(got.Entries) != 1 {
		t.Fatalf("rootDSE: %v", err)
	}
	e := got.Entries[0]
	if e.GetAttributeValue("defaultNamingContext") != d.BaseDN() || e.GetAttributeValue("dnsHostName") != "dc1.corp.example" || len(e.Attributes) != 3 {
		t.Errorf("rootDSE: %+v", e.Attributes)
	}
	if !contains(e.GetAttributeValues("supportedControl"), pagingOID) {
		t.Error("paging is not announced")
	}
	_, err = conn.Search(peopleSearch(d))
	wantCode(t, err, ldap.LDAPResultOperationsError, "000004DC: LdapErr")
}

func TestWritesAreRefused(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	p := small().People[0]
	change := ldap.NewModifyRequest(p.DN, nil)
	change.Replace("thumbnailPhoto", []string{"x"})
	wantCode(t, conn.Modify(change), ldap.LDAPResultInsufficientAccessRights, "00002098")
	wantCode(t, conn.Del(ldap.NewDelRequest(p.DN, nil)), ldap.LDAPResultInsufficientAccessRights, "00002098")
	wantCode(t, conn.Add(ldap.NewAddRequest("CN=x,"+d.BaseDN(), nil)), ldap.LDAPResultInsufficientAccessRights, "00002098")
	wantCode(t, conn.ModifyDN(ldap.NewModifyDNRequest(p.DN, "CN=y", true, "")), ldap.LDAPResultInsufficientAccessRights, "00002098")
	if got, _ := d.Find(p.DN); string(got.Photo) != string(p.Photo) {
		t.Error("the photo changed")
	}
}

func TestGarbageEndsTheConnectionOnly(t *testing.T) {
	d := startLab(t).Directory()
	for _, garbage := range []string{"GET / HTTP/1.1\r\n\r\n", "\x30\x03\x02\x01\x01", "\x30\x05\x02\x01\x01\x60\x00", "\x30\x05\x02\x01\x01\x63\x00", "\x30\x05\x02\x01\x01\x77\x00", "\x30\x84\xff\xff\xff\xff"} {
		conn, err := net.Dial("tcp", d.StartTLSAddr())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(garbage)); err != nil {
			t.Error(err)
		}
		if half, ok := conn.(*net.TCPConn); ok {
			_ = half.CloseWrite()
		}
		_, _ = io.ReadAll(conn) // ends: the server closes
		conn.Close()
	}
	bindTLS(t, d)
}

func TestCutConnections(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	d.CutConnections()
	if _, err := conn.Search(peopleSearch(d, "cn")); err == nil {
		t.Error("the connection is still open")
	}
	bindTLS(t, d)
}

func TestDropAfter(t *testing.T) {
	d := startLab(t).Directory()
	d.DropAfter(3, true)
	got, err := bindTLS(t, d).Search(peopleSearch(d, "cn"))
	if err == nil {
		t.Fatal("the search came to its end")
	}
	if got != nil && len(got.Entries) > 3 {
		t.Errorf("%d entries before the cut", len(got.Entries))
	}
	if _, err := bindTLS(t, d).Search(peopleSearch(d, "cn")); err != nil {
		t.Errorf("cut again: %v", err)
	}
	d.DropAfter(3, false)
	for range 2 {
		if _, err := bindTLS(t, d).Search(peopleSearch(d, "cn")); err == nil {
			t.Error("not cut")
		}
	}
}

func TestMutations(t *testing.T) {
	d := startLab(t).Directory()
	conn := bindTLS(t, d)
	anna := small().People[0]
	read := func() *ldap.Entry {
		t.Helper()
		r := peopleSearch(d, "thumbnailPhoto", "uSNChanged")
		r.Filter = "(userPrincipalName=" + anna.UserPrincipalName + ")"
		got, err := conn.Search(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Entries) == 0 {
			return nil
		}
		return got.Entries[0]
	}
	before := read()
	if !d.SetPhoto(anna.UserPrincipalName, []byte("new")) {
		t.Fatal("no such person")
	}
	after := read()
	if after.GetAttributeValue("thumbnailPhoto") != "new" || after.GetAttributeValue("uSNChanged") <= before.GetAttributeValue("uSNChanged") {
		t.Errorf("after SetPhoto: %v", after)
	}
	d.SetPhoto(anna.DN, nil)
	if e := read(); len(e.GetAttributeValues("thumbnailPhoto")) != 0 {
		t.Error("the attribute is still there")
	}
	if !d.Remove(anna.UserPrincipalName) || read() != nil {
		t.Error("the person is still there")
	}
	if d.SetPhoto("nobody@corp.example", nil) || d.Remove("nobody@corp.example") {
		t.Error("nobody was changed")
	}
}
