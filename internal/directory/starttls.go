package directory

import (
	"fmt"
	"io"

	"github.com/go-ldap/ldap/v3"
)

// startTLSRequest is the whole LDAP message: an ExtendedRequest with message id
// 1 and the OID of StartTLS (RFC 4511, 4.14.1).
var startTLSRequest = []byte("\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037")

// maxStartTLSAnswer bounds the one answer that comes before TLS is up.
const maxStartTLSAnswer = 64 << 10

// refusedTLS is a server's LDAP answer that it does not do StartTLS.
type refusedTLS struct {
	code uint16
	text string
}

func (r refusedTLS) Error() string { return "StartTLS was refused: " + codeWords(r.code, r.text) }

// askForTLS sends StartTLS and reads the answer, and not a byte beyond it: what
// somebody slipped in behind it would fall into the TLS handshake and break it.
// go-ldap's own StartTLS is not used because it turns the reason of a failed
// handshake into text.
func askForTLS(plain io.ReadWriter) error {
	if _, err := plain.Write(startTLSRequest); err != nil {
		return err
	}
	body, err := readMessage(plain)
	if err != nil {
		return err
	}
	code, text, ok := extendedResult(body)
	if !ok {
		return errNotLDAP
	}
	if code != ldap.LDAPResultSuccess {
		return refusedTLS{code, text}
	}
	return nil
}

// readMessage reads one LDAP message and gives its content.
func readMessage(r io.Reader) ([]byte, error) {
	var head [maxHeader]byte
	for n := 1; n <= maxHeader; n++ {
		if _, err := io.ReadFull(r, head[n-1:n]); err != nil {
			return nil, err
		}
		length, done, err := frame(head[:n])
		if err != nil {
			return nil, err
		}
		if !done {
			continue
		}
		if length > maxStartTLSAnswer {
			return nil, fmt.Errorf("%w: %d bytes", errNotLDAP, length)
		}
		body := make([]byte, length)
		_, err = io.ReadFull(r, body)
		return body, err
	}
	return nil, errNotLDAP
}

// extendedResult takes result code and diagnostic message out of the content of
// an ExtendedResponse: id, [APPLICATION 24] { code, matchedDN, message, ... }.
func extendedResult(body []byte) (code uint16, text string, ok bool) {
	_, body, ok = element(body, 0x02)
	if !ok {
		return 0, "", false
	}
	response, _, ok := element(body, 0x78)
	if !ok {
		return 0, "", false
	}
	number, response, ok := element(response, 0x0a)
	if !ok || len(number) == 0 || len(number) > 2 {
		return 0, "", false
	}
	for _, b := range number {
		code = code<<8 | uint16(b)
	}
	_, response, ok = element(response, 0x04)
	if !ok {
		return 0, "", false
	}
	message, _, ok := element(response, 0x04)
	return code, string(message), ok
}

// element takes a BER element with the wanted tag off the front of b.
func element(b []byte, tag byte) (value, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, nil, false
	}
	length, at := int(b[1]), 2
	if b[1] >= 0x80 {
		n := int(b[1] & 0x7f)
		if n == 0 || n > 4 || len(b) < 2+n {
			return nil, nil, false
		}
		length, at = 0, 2+n
		for _, x := range b[2:at] {
			length = length<<8 | int(x)
		}
	}
	if length < 0 || length > len(b)-at {
		return nil, nil, false
	}
	return b[at : at+length], b[at+length:], true
}
