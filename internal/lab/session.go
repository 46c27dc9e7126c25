package lab

import (
	"bufio"
	"crypto/tls"
	"net"
	"strings"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// transport says when a connection is encrypted.
type transport int

const (
	fromTheStart transport = iota // LDAPS
	onRequest                     // StartTLS
	never                         // a server without a certificate
)

// session is one LDAP connection. Its requests are answered one after another.
type session struct {
	directory *Directory
	raw       net.Conn
	mode      transport

	conn      net.Conn // raw, or TLS over it
	reader    *bufio.Reader
	writer    *bufio.Writer
	encrypted bool
	bound     bool
	cookies   map[string]*pagedSearch
	cookieNo  int
}

// request is one LDAP message.
type request struct {
	id       int64
	op       *ber.Packet
	controls []*ber.Packet
}

// answer is the result part that all LDAP answers share.
type answer struct {
	code    uint16
	text    string
	matched string
}

// run answers requests until the connection ends. A message that is not LDAP
// ends it, as Active Directory does.
func (s *session) run() {
	defer func() {
		// The BER decoder and malformed messages must not end the process that
		// the lab lives in; the connection is closed, which the client sees.
		_ = recover()
	}()
	s.use(s.raw)
	if s.mode == fromTheStart && !s.encrypt() {
		return
	}
	for {
		packet, err := ber.ReadPacket(s.reader)
		if err != nil || len(packet.Children) < 2 {
			return
		}
		id, ok := packet.Children[0].Value.(int64)
		if !ok || packet.Children[1].ClassType != ber.ClassApplication {
			return
		}
		r := &request{id: id, op: packet.Children[1]}
		if len(packet.Children) > 2 {
			r.controls = packet.Children[2].Children
		}
		if !s.handle(r) {
			return
		}
	}
}

func (s *session) use(conn net.Conn) {
	s.conn, s.reader, s.writer = conn, bufio.NewReader(conn), bufio.NewWriterSize(conn, 32<<10)
}

// encrypt shakes hands; false ends the connection.
func (s *session) encrypt() bool {
	secured := tls.Server(s.raw, s.directory.tls)
	_ = s.raw.SetDeadline(time.Now().Add(handshakeTimeout))
	if err := secured.Handshake(); err != nil {
		return false
	}
	_ = s.raw.SetDeadline(time.Time{})
	s.use(secured)
	s.encrypted = true
	return true
}

// handle answers one request; false ends the connection.
func (s *session) handle(r *request) bool {
	switch r.op.Tag {
	case ldap.ApplicationUnbindRequest:
		return false
	case ldap.ApplicationAbandonRequest:
		return true // what could be abandoned has been answered already
	case ldap.ApplicationBindRequest:
		return s.send(r, ldap.ApplicationBindResponse, s.bind(r))
	case ldap.ApplicationSearchRequest:
		return s.search(r)
	case ldap.ApplicationExtendedRequest:
		return s.extended(r)
	}
	if tag, ok := writeAnswers[r.op.Tag]; ok {
		return s.send(r, tag, s.refuseWrite())
	}
	return false
}

// writeAnswers gives the answer's tag of the requests that would change the
// directory or compare in it.
var writeAnswers = map[ber.Tag]ber.Tag{
	ldap.ApplicationModifyRequest: ldap.ApplicationModifyResponse, ldap.ApplicationAddRequest: ldap.ApplicationAddResponse,
	ldap.ApplicationDelRequest: ldap.ApplicationDelResponse, ldap.ApplicationModifyDNRequest: ldap.ApplicationModifyDNResponse,
	ldap.ApplicationCompareRequest: ldap.ApplicationCompareResponse,
}

func (s *session) refuseWrite() answer {
	if !s.bound {
		return answer{code: ldap.LDAPResultOperationsError, text: notBoundText}
	}
	return answer{code: ldap.LDAPResultInsufficientAccessRights, text: "00002098: SecErr: DSID-031514A0, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n\x00"}
}

// Active Directory's diagnostic texts. They end in a NUL, which is part of
// what is sent.
const (
	notBoundText   = "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4563\x00"
	badLogonText   = "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v4563\x00"
	needsTLSText   = "00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on integrity checking if SSL\\TLS are not already active on the connection, data 0, v4563\x00"
	noMethodText   = "00002027: LdapErr: DSID-0C090457, comment: Invalid Authentication method, data 0, v4563\x00"
	noTLSText      = "00000000: LdapErr: DSID-0C0910CB, comment: Error initializing SSL/TLS, data 0, v4563\x00"
	twiceTLSText   = "00000000: LdapErr: DSID-0C0910B6, comment: TLS or SSL already in effect, data 0, v4563\x00"
	unknownExtText = "0000203D: LdapErr: DSID-0C0910B2, comment: Unknown extended request OID, data 0, v4563\x00"
)

// bind takes a simple bind inside TLS only.
func (s *session) bind(r *request) answer {
	s.bound = false // RFC 4511, 4.2.1: a bind begins by making the connection anonymous
	if len(r.op.Children) < 3 {
		return answer{code: ldap.LDAPResultProtocolError}
	}
	if version, _ := r.op.Children[0].Value.(int64); version != 3 {
		return answer{code: ldap.LDAPResultProtocolError}
	}
	credential := r.op.Children[2]
	if credential.ClassType != ber.ClassContext || credential.Tag != 0 {
		return answer{code: ldap.LDAPResultAuthMethodNotSupported, text: noMethodText}
	}
	name, password := r.op.Children[1].Data.String(), credential.Data.String()
	if name == "" && password == "" {
		return answer{} // anonymous: the rootDSE stays readable
	}
	if !s.encrypted {
		return answer{code: ldap.LDAPResultStrongAuthRequired, text: needsTLSText}
	}
	if password != bindPassword || !s.directory.tree.isBindName(name) {
		return answer{code: ldap.LDAPResultInvalidCredentials, text: badLogonText}
	}
	s.bound = true
	s.directory.binds.Add(1)
	return answer{}
}

func (t *tree) isBindName(name string) bool {
	for _, n := range t.bindNames {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

const (
	startTLSOID = "1.3.6.1.4.1.1466.20037"
	whoAmIOID   = "1.3.6.1.4.1.4203.1.11.3"
)

// extended answers StartTLS and Who am I.
func (s *session) extended(r *request) bool {
	const tag = ldap.ApplicationExtendedResponse
	if len(r.op.Children) == 0 {
		return false
	}
	switch r.op.Children[0].Data.String() {
	case startTLSOID:
		switch {
		case s.encrypted:
			return s.send(r, tag, answer{code: ldap.LDAPResultOperationsError, text: twiceTLSText})
		case s.mode == never:
			return s.send(r, tag, answer{code: ldap.LDAPResultUnavailable, text: noTLSText})
		}
		return s.send(r, tag, answer{}) && s.encrypt()
	case whoAmIOID:
		who := ""
		if s.bound {
			who = "u:" + s.directory.tree.bindNames[2]
		}
		value := ber.NewString(ber.ClassContext, ber.TypePrimitive, 11, who, "responseValue")
		return s.send(r, tag, answer{}, value)
	}
	return s.send(r, tag, answer{code: ldap.LDAPResultProtocolError, text: unknownExtText})
}

// send writes an answer that ends a request; false when the client is gone.
func (s *session) send(r *request, tag ber.Tag, a answer, more ...*ber.Packet) bool {
	return s.write(result(tag, a, more...), r.id, nil) && s.writer.Flush() == nil
}

func result(tag ber.Tag, a answer, more ...*ber.Packet) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(a.code), ""))
	p.AppendChild(octetString(a.matched))
	p.AppendChild(octetString(a.text))
	for _, m := range more {
		p.AppendChild(m)
	}
	return p
}

func octetString(value string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, value, "")
}

// write puts one message into the buffer.
func (s *session) write(op *ber.Packet, id int64, controls *ber.Packet) bool {
	message := ber.NewSequence("")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	message.AppendChild(op)
	if controls != nil {
		message.AppendChild(controls)
	}
	_, err := s.writer.Write(message.Bytes())
	return err == nil
}
