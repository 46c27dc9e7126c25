package lab

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

const (
	directoryPageSize = 1000 // MaxPageSize of Active Directory's default query policy
	bindPassword      = "Lab-Passw0rd!"
)

// Directory is the lab's domain controller: LDAP over TLS, read-only, with
// Active Directory's limits and error texts.
type Directory struct {
	tree     *tree
	pageSize int
	tls      *tls.Config
	caPEM    []byte
	caDir    string

	ldaps, startTLS, plain net.Listener

	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]struct{}
	wg     sync.WaitGroup

	searches atomic.Int64
	sent     atomic.Int64
	binds    atomic.Int64
	accepted atomic.Int64
	drop     dropRule
}

// dropRule says after how many entries of a search the connection is cut.
type dropRule struct {
	mu      sync.Mutex
	entries int // 0 = never
	once    bool
}

func startDirectory(c *Company, s settings, ca *authority) (*Directory, error) {
	certificate, err := ca.issue("dc1.corp.example", s.serverNames, s.certificateAged)
	if err != nil {
		return nil, err
	}
	t, err := newTree(c, s.now)
	if err != nil {
		return nil, err
	}
	d := &Directory{
		tree: t, pageSize: min(max(s.pageSize, 1), directoryPageSize), caPEM: ca.pem(), conns: make(map[net.Conn]struct{}),
		tls: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	}
	if err := d.listen(); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *Directory) listen() error {
	var err error
	if d.caDir, err = os.MkdirTemp("", "photosync-lab-"); err != nil {
		return fmt.Errorf("make a folder for the CA's certificate: %w", err)
	}
	if err := os.WriteFile(d.CAFile(), d.caPEM, 0o600); err != nil {
		return fmt.Errorf("write the CA's certificate: %w", err)
	}
	for _, l := range []struct {
		listener *net.Listener
		mode     transport
	}{{&d.ldaps, fromTheStart}, {&d.startTLS, onRequest}, {&d.plain, never}} {
		if *l.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		d.wg.Add(1)
		go d.accept(*l.listener, l.mode)
	}
	return nil
}

func (d *Directory) accept(l net.Listener, mode transport) {
	defer d.wg.Done()
	for {
		raw, err := l.Accept()
		if err != nil {
			return // only a closed listener ends here
		}
		if !d.register(raw) {
			_ = raw.Close()
			return
		}
		go d.serve(raw, mode)
	}
}

// register notes a connection so that close can cut it; it refuses one that
// arrives after close.
func (d *Directory) register(raw net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.conns[raw] = struct{}{}
	d.wg.Add(1)
	d.accepted.Add(1)
	return true
}

func (d *Directory) serve(raw net.Conn, mode transport) {
	defer d.wg.Done()
	defer func() {
		d.mu.Lock()
		delete(d.conns, raw)
		d.mu.Unlock()
		_ = raw.Close()
	}()
	s := &session{directory: d, raw: raw, mode: mode, cookies: make(map[string]*pagedSearch)}
	s.run()
}

func (d *Directory) close() error {
	d.mu.Lock()
	first := !d.closed
	d.closed = true
	d.mu.Unlock()
	for _, l := range []net.Listener{d.ldaps, d.startTLS, d.plain} {
		if l != nil {
			_ = l.Close()
		}
	}
	d.CutConnections()
	d.wg.Wait()
	if first && d.caDir != "" {
		if err := os.RemoveAll(d.caDir); err != nil {
			return fmt.Errorf("remove the CA's certificate: %w", err)
		}
	}
	return nil
}

// CutConnections closes every open connection, as a domain controller does
// that goes down. New connections are accepted.
func (d *Directory) CutConnections() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		_ = c.Close()
	}
}

// Addr gives host and port of the LDAPS listener.
func (d *Directory) Addr() string { return d.ldaps.Addr().String() }

// StartTLSAddr gives host and port of the listener that speaks StartTLS.
func (d *Directory) StartTLSAddr() string { return d.startTLS.Addr().String() }

// LDAPSURL gives the address for LDAP inside TLS.
func (d *Directory) LDAPSURL() string { return "ldaps://" + d.Addr() }

// StartTLSURL gives the address for LDAP that turns TLS on by StartTLS.
func (d *Directory) StartTLSURL() string { return "ldap://" + d.StartTLSAddr() }

// PlainTextURL gives the address of a server without a certificate: it refuses
// StartTLS and does not answer a TLS handshake.
func (d *Directory) PlainTextURL() string { return "ldap://" + d.plain.Addr().String() }

// PlainTextAddr gives host and port of the server without a certificate.
func (d *Directory) PlainTextAddr() string { return d.plain.Addr().String() }

// CAPEM gives the certificate of the authority that issued the directory's
// certificate and, with [WithTLS], that of Microsoft Graph.
func (d *Directory) CAPEM() []byte { return bytes.Clone(d.caPEM) }

// CAFile gives the path of a PEM file with [Directory.CAPEM]; Close removes it.
func (d *Directory) CAFile() string { return filepath.Join(d.caDir, "lab-ca.pem") }

// BindUser gives the account that may read the directory, as a UPN. Its DN and
// CORP\svc-photosync work as well. It is not among the entries, so that the
// number of people is the company's.
func (d *Directory) BindUser() string { return d.tree.bindNames[0] }

// BindPassword gives the password of [Directory.BindUser].
func (d *Directory) BindPassword() string { return bindPassword }

// BaseDN gives the default naming context.
func (d *Directory) BaseDN() string { return d.tree.baseDN }

// SearchCount gives how many searches were answered, the pages of a paged
// search counted singly.
func (d *Directory) SearchCount() int { return int(d.searches.Load()) }

// EntriesSent gives how many entries all searches have returned.
func (d *Directory) EntriesSent() int { return int(d.sent.Load()) }

// BindCount gives how many binds succeeded.
func (d *Directory) BindCount() int { return int(d.binds.Load()) }

// Connections gives how many connections were accepted so far.
func (d *Directory) Connections() int { return int(d.accepted.Load()) }

// Find gives the person with that UPN or DN.
func (d *Directory) Find(upnOrDN string) (Person, bool) {
	e := d.tree.find(upnOrDN)
	if e == nil {
		return Person{}, false
	}
	return *e.person, true
}

// SetPhoto changes thumbnailPhoto of the person with that UPN or DN; nil
// removes the attribute. It reports whether there is such a person.
func (d *Directory) SetPhoto(upnOrDN string, photo []byte) bool {
	return d.tree.change(upnOrDN, func(p *Person) { p.Photo = bytes.Clone(photo) })
}

// SetPhotoOfAll changes thumbnailPhoto of everybody, as a bulk import does that
// went wrong; nil removes it. It gives how many people there are.
func (d *Directory) SetPhotoOfAll(photo []byte) int {
	photo = bytes.Clone(photo)
	return d.tree.changeAll(func(p *Person) { p.Photo = photo })
}

// Add makes a person, such as one who comes back: the UPN is that of somebody who
// was removed, the ObjectGUID another. It reports whether DN, UPN and ObjectGUID
// were free and the DN is one in the domain.
func (d *Directory) Add(p Person) bool { return d.tree.enter(p) }

// Update changes any field of the person with that UPN or DN but DN and
// ObjectGUID, which disables an account (UserAccountControl |= 2) or gives another
// UPN. It reports whether there is such a person.
func (d *Directory) Update(upnOrDN string, change func(*Person)) bool {
	return d.tree.change(upnOrDN, change)
}

// Remove deletes the person with that UPN or DN. It reports whether there was one.
func (d *Directory) Remove(upnOrDN string) bool { return d.tree.remove(upnOrDN) }

// DropAfter cuts the connection after a search has sent that many entries:
// once, or in every search. Zero turns it off.
func (d *Directory) DropAfter(entries int, once bool) {
	d.drop.mu.Lock()
	defer d.drop.mu.Unlock()
	d.drop.entries, d.drop.once = entries, once
}

// due reports whether the connection is to be cut now.
func (r *dropRule) due(sent int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.entries == 0 || sent < r.entries {
		return false
	}
	if r.once {
		r.entries = 0
	}
	return true
}

// handshakeTimeout bounds a TLS handshake, so that a client that sends nothing
// does not hold a goroutine for ever.
const handshakeTimeout = 10 * time.Second
