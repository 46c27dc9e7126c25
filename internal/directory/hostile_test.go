package directory

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"photosync/internal/record"
)

// hostile is a server that signs everybody in, names its base, and answers every
// other search by a function.
func hostile(t testing.TB, answer func(id int64, c net.Conn)) Settings {
	t.Helper()
	a := newAuthority(t)
	config := a.good()
	addr := plainServer(t, func(plain net.Conn) {
		c := tls.Server(plain, config)
		for searches := 0; ; {
			p, err := ber.ReadPacket(c)
			if err != nil {
				return
			}
			id := p.Children[0].Value.(int64)
			switch p.Children[1].Tag {
			case ldap.ApplicationBindRequest:
				_, _ = c.Write(message(id, ldap.ApplicationBindResponse, result(0)...))
			case ldap.ApplicationSearchRequest:
				if searches++; searches == 1 {
					_, _ = c.Write(message(id, ldap.ApplicationSearchResultEntry, octets(""), list(list(octets("defaultNamingContext"), set(fakeBase)))))
					_, _ = c.Write(message(id, ldap.ApplicationSearchResultDone, result(0)...))
					continue
				}
				answer(id, c)
			}
		}
	})
	return Settings{Server: addr, User: fakeUser, Password: NewSecret(fakePassword), RootCAs: a.pool()}
}

func message(id int64, op ber.Tag, children ...*ber.Packet) []byte {
	p := list(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	body := ber.Encode(ber.ClassApplication, ber.TypeConstructed, op, nil, "")
	for _, c := range children {
		body.AppendChild(c)
	}
	p.AppendChild(body)
	return p.Bytes()
}

func result(code int) []*ber.Packet {
	return []*ber.Packet{ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""), octets(""), octets("")}
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func list(children ...*ber.Packet) *ber.Packet {
	p := ber.NewSequence("")
	for _, c := range children {
		p.AppendChild(c)
	}
	return p
}

func set(values ...string) *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
	for _, v := range values {
		p.AppendChild(octets(v))
	}
	return p
}

func TestHostileAnswers(t *testing.T) {
	g := fakeGUID(1)
	entry := func(id int64, attributes ...*ber.Packet) []byte {
		return message(id, ldap.ApplicationSearchResultEntry, octets("CN=x,"+fakeBase), list(attributes...))
	}
	done := func(id int64) []byte { return message(id, ldap.ApplicationSearchResultDone, result(0)...) }
	for name, c := range map[string]struct {
		answer func(id int64) []byte
		want   record.Code
		say    string
	}{
		"too large":            {func(int64) []byte { return []byte("\x30\x84\x40\x00\x00\x00\x02\x01") }, record.DirectoryRefused, "larger than 8 MiB"},
		"endless":              {func(int64) []byte { return []byte("\x30\x80\x02\x01") }, record.DirectoryRefused, "not LDAP"},
		"not LDAP":             {func(int64) []byte { return []byte("HTTP/1.1 200 OK\r\n") }, record.DirectoryRefused, "not LDAP"},
		"entry without values": {func(id int64) []byte { return entry(id, list(octets("objectGUID"))) }, record.DirectoryRefused, "makes no sense"},
		"entry that is empty":  {func(id int64) []byte { return message(id, ldap.ApplicationSearchResultEntry) }, record.DirectoryRefused, "makes no sense"},
		"another operation":    {func(id int64) []byte { return message(id, 30) }, record.DirectoryRefused, "makes no sense"},
		"no paging control": {func(id int64) []byte {
			return append(entry(id, list(octets("OBJECTGUID"), set(string(g[:])))), done(id)...)
		}, "", ""},
		"entries without attributes": {func(id int64) []byte { return append(entry(id), done(id)...) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := hostile(t, func(id int64, conn net.Conn) { _, _ = conn.Write(c.answer(id)) })
			d := dialFake(t, s)
			_, _, err := names(t.Context(), d, Scope{})
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, c.want, s.Server, c.say)
		})
	}
}

func TestReferencesAreIgnored(t *testing.T) {
	g := fakeGUID(1)
	s := hostile(t, func(id int64, c net.Conn) {
		_, _ = c.Write(message(id, ldap.ApplicationSearchResultReference, octets("ldaps://elsewhere.invalid/")))
		_, _ = c.Write(message(id, ldap.ApplicationSearchResultEntry, octets("CN=x"), list(list(octets("objectGUID"), set(string(g[:]))))))
		_, _ = c.Write(message(id, ldap.ApplicationSearchResultReference, octets("ldaps://elsewhere.invalid/")))
		_, _ = c.Write(message(id, ldap.ApplicationSearchResultDone, result(0)...))
	})
	got, _, err := names(t.Context(), dialFake(t, s), Scope{})
	if err != nil || len(got) != 1 {
		t.Errorf("got %d people, %v; want 1", len(got), err)
	}
}

// TestConnectionClosedBeforeASearch: go-ldap reports such a search as one that
// ended well and found nothing.
func TestConnectionClosedBeforeASearch(t *testing.T) {
	f := (&fake{objects: humans(5)}).serve(t, false)
	d := dialFake(t, f.settings())
	s, err := d.session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.drop()
	req := Scope{}.request(d.Base(), keyAttributes)
	if _, err := s.search(t.Context(), d.set.Timeout, req, func(*ldap.Entry) bool { return true }); err == nil {
		t.Error("a search on a closed connection ended well")
	}
}

func TestFramesMayComeInPieces(t *testing.T) {
	packet := message(1, ldap.ApplicationSearchResultEntry, octets(strings.Repeat("x", 70000)), list())
	stream := bytes.Repeat(packet, 3)
	for _, size := range []int{1, 2, 7, 4096, len(stream)} {
		w := &wire{}
		r := bytes.NewReader(stream)
		for buf := make([]byte, size); ; {
			n, err := r.Read(buf)
			if bad := w.follow(buf[:n]); bad != nil {
				t.Fatalf("in pieces of %d: %v", size, bad)
			}
			if err == io.EOF {
				break
			}
		}
		if w.left != 0 || w.have != 0 {
			t.Errorf("in pieces of %d: %d bytes are left", size, w.left)
		}
	}
}
