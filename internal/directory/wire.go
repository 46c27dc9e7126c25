package directory

import (
	"crypto/tls"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// maxPacket bounds one packet from the server. A packet is one entry: a photo
// of at most 100 KB and a few short attributes.
const maxPacket = 8 << 20

// maxHeader is a tag, a length of lengths and up to 8 bytes of length.
const maxHeader = 10

var errNotLDAP = errors.New("the answer is not LDAP")

// wire is the encrypted connection under go-ldap. It looks at the frame of each
// packet that comes in and breaks off at one that is too large, before memory is
// set aside for it: the bound in go-ldap's BER decoder is a variable of the whole
// process, so it cannot be used from here.
type wire struct {
	*tls.Conn
	patience time.Duration // of one write

	head  [maxHeader]byte
	have  int // bytes of head that are read
	left  int // bytes of the current packet still to come
	fault atomic.Pointer[error]
}

// Read reads as [tls.Conn] does, and fails at a packet that is not LDAP's or is
// larger than the bound. Only one goroutine reads.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if bad := w.follow(p[:n]); bad != nil {
		w.fault.Store(&bad)
		return 0, bad
	}
	return n, err
}

// Write writes with a time limit: a server that reads nothing must not hold up a run.
func (w *wire) Write(p []byte) (int, error) {
	if err := w.SetWriteDeadline(time.Now().Add(w.patience)); err != nil {
		return 0, err
	}
	return w.Conn.Write(p)
}

// abort closes the connection without the TLS goodbye, which could wait.
func (w *wire) abort() { _ = w.NetConn().Close() }

// broken gives the fault that a packet from the server had, nil if none.
func (w *wire) broken() error {
	if bad := w.fault.Load(); bad != nil {
		return *bad
	}
	return nil
}

// follow keeps count of where packets begin and end in the bytes that came in.
func (w *wire) follow(b []byte) error {
	for len(b) > 0 {
		if w.left > 0 {
			n := min(w.left, len(b))
			w.left -= n
			b = b[n:]
			continue
		}
		w.head[w.have] = b[0]
		w.have++
		b = b[1:]
		length, done, err := frame(w.head[:w.have])
		if err != nil {
			return err
		}
		if done {
			w.left, w.have = length, 0
		}
	}
	return nil
}

// frame reads the header of an LDAP message: a SEQUENCE and its length. done is
// false while bytes are missing.
func frame(head []byte) (length int, done bool, err error) {
	if head[0] != 0x30 {
		return 0, false, errNotLDAP
	}
	if len(head) < 2 {
		return 0, false, nil
	}
	if head[1] < 0x80 {
		return int(head[1]), true, nil
	}
	n := int(head[1] & 0x7f)
	if n == 0 || n > maxHeader-2 { // RFC 4511, 5.1: the definite form only
		return 0, false, errNotLDAP
	}
	if len(head) < 2+n {
		return 0, false, nil
	}
	for _, b := range head[2 : 2+n] {
		length = length<<8 | int(b)
		if length > maxPacket {
			return 0, false, fmt.Errorf("an answer is larger than %d MiB", maxPacket>>20)
		}
	}
	return length, true, nil
}
