package directory

import (
	"context"
	"errors"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/record"
)

// AD reads people from one domain controller. [Connect] makes it. Its methods may
// be called by several goroutines at once; [AD.Close] only after the others have
// returned.
type AD struct {
	set  Settings
	at   endpoint
	base string

	turn   chan struct{} // full while somebody looks at or replaces what follows
	live   *session
	closed bool
}

// Connect dials the domain controller, brings up TLS, signs in and reads the
// default naming context. It gives ServerMissing, SettingInvalid,
// LdapCredentialsMissing, DirectoryUnreachable, DirectoryNotEncrypted,
// DirectoryNotTrusted, LdapBindFailed, DirectoryTimeout, DirectoryRefused,
// DirectoryConnectionLost or Cancelled.
func Connect(ctx context.Context, s Settings) (*AD, error) {
	set, at, err := s.checked()
	if err != nil {
		return nil, err
	}
	d := &AD{set: set, at: at, turn: make(chan struct{}, 1)}
	first, err := d.session(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.readRoot(ctx, first); err != nil {
		first.drop()
		return nil, err
	}
	if at.globalCatalog() {
		set.Verbose(at.String() + " is a global catalog: it has photos only if thumbnailPhoto was added to it")
	}
	return d, nil
}

// Close ends the connection. The AD cannot be used any more.
func (d *AD) Close() error {
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	d.closed = true
	if d.live != nil {
		d.live.close()
		d.live = nil
	}
	return nil
}

// Base gives the default naming context, the DN of the domain; "" when the server
// names none.
func (d *AD) Base() string { return d.base }

// Outside reports whether the scope's base lies outside the default naming
// context, as another domain's does in a global catalog.
func (d *AD) Outside(s Scope) bool {
	if s.Base == "" {
		return false
	}
	base, err := ldap.ParseDN(d.base)
	if err != nil {
		return true
	}
	dn, err := ldap.ParseDN(s.Base)
	return err != nil || !base.EqualFold(dn) && !base.AncestorOfFold(dn)
}

// readRoot reads the rootDSE.
func (d *AD) readRoot(ctx context.Context, s *session) error {
	host := ""
	req := &ldap.SearchRequest{Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attributes: []string{"defaultNamingContext", "dnsHostName"}}
	_, err := s.search(ctx, d.set.Timeout, req, func(e *ldap.Entry) bool {
		d.base = textOf([]byte(e.GetEqualFoldAttributeValue("defaultNamingContext")))
		host = textOf([]byte(e.GetEqualFoldAttributeValue("dnsHostName")))
		return true
	})
	if err != nil {
		return d.failure(ctx, "read the rootDSE", d.at.String(), s, err)
	}
	d.set.Verbose("connected to " + d.at.String() + " (" + clip(host) + "), default naming context " + clip(d.base))
	return nil
}

// session gives the live connection; a broken one is replaced.
func (d *AD) session(ctx context.Context) (*session, error) {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, interrupted(ctx, "connect to "+d.at.String(), d.at.String())
	}
	defer func() { <-d.turn }()
	if d.closed {
		return nil, record.Errorf(record.DirectoryConnectionLost, "the connection to %s was closed before", d.at).On(d.at.String())
	}
	if d.live != nil && !d.live.conn.IsClosing() {
		return d.live, nil
	}
	again := d.live != nil
	if again {
		d.live.drop()
		d.live = nil
	}
	s, err := open(ctx, d.at, d.set)
	if err != nil {
		return nil, err
	}
	if again {
		d.set.Verbose("the connection to " + d.at.String() + " broke and was opened again")
	}
	d.live = s
	return s, nil
}

// attempt runs work on a connection, and once more on a new one if the first
// broke and once allows it. step and target say on whom.
func (d *AD) attempt(ctx context.Context, step, target string, once func() bool, work func(*session) error) error {
	for try := 1; ; try++ {
		s, err := d.session(ctx)
		if err != nil {
			return noSession(step, target, err, try > 1)
		}
		err = work(s)
		if err == nil {
			return nil
		}
		if stop, ok := errors.AsType[stopped](err); ok {
			return stop.err
		}
		lost := isLost(s, err) || errors.Is(err, errLost)
		if lost || errors.Is(err, errOverdue) {
			// After a time-out the answer may still come, or the line is dead
			// without having said so: either way the next request gets a new one.
			s.drop()
		}
		if lost && s.wire.broken() == nil && ctx.Err() == nil && try == 1 && once() {
			continue
		}
		return d.failure(ctx, step, target, s, err)
	}
}

// noSession is the error of a step that got no connection. That the server is not
// there after a connection broke counts as the lost connection that it is.
func noSession(step, target string, err error, broke bool) error {
	code := record.CodeOf(err)
	if broke && (code == record.DirectoryUnreachable || code == record.DirectoryTimeout) {
		code = record.DirectoryConnectionLost
	}
	if broke {
		step += ": the connection broke"
	}
	return record.Errorf(code, "%s: %w", step, reason{record.From(err).Message(), err}).On(target)
}

// stopped carries an error of the caller's own through attempt.
type stopped struct{ err error }

func (s stopped) Error() string { return s.err.Error() }
