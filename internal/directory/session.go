package directory

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/record"
)

// session is one connection to the domain controller, encrypted and signed in.
type session struct {
	conn *ldap.Conn
	wire *wire
}

// open dials, brings up TLS and binds, in this order, whatever the server says.
func open(ctx context.Context, at endpoint, set Settings) (*session, error) {
	plain, err := dial(ctx, at, set)
	if err != nil {
		return nil, err
	}
	secured, err := secure(ctx, plain, at, set)
	if err != nil {
		_ = plain.Close()
		return nil, err
	}
	w := &wire{Conn: secured, patience: set.Timeout}
	s := &session{conn: ldap.NewConn(w, true), wire: w}
	s.conn.Start()
	if err := s.bind(ctx, at, set); err != nil {
		s.drop()
		return nil, err
	}
	return s, nil
}

// close ends the session in good order.
func (s *session) close() { _ = s.conn.Close() }

// drop ends the session at once. What still waits on it gets an error.
func (s *session) drop() {
	s.wire.abort()
	_ = s.conn.Close()
}

func dial(ctx context.Context, at endpoint, set Settings) (net.Conn, error) {
	d := net.Dialer{Timeout: min(dialTimeout, set.Timeout)}
	plain, err := d.DialContext(ctx, "tcp", at.address())
	if err == nil {
		return plain, nil
	}
	if ctx.Err() != nil {
		return nil, interrupted(ctx, "connect to "+at.String(), at.String())
	}
	return nil, record.Errorf(record.DirectoryUnreachable, "connect to %s: %w", at, err).On(at.String())
}

// secure brings up TLS on a fresh connection: at once, or after StartTLS. Until
// it is up nothing but StartTLS itself is sent.
func secure(ctx context.Context, plain net.Conn, at endpoint, set Settings) (*tls.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, set.Timeout)
	defer cancel()
	if at.startTLS {
		if err := startTLS(limited, plain); err != nil {
			return nil, tlsFailure(ctx, limited, at, err)
		}
	}
	secured := tls.Client(plain, set.tlsConfig(at))
	if err := secured.HandshakeContext(limited); err != nil {
		return nil, tlsFailure(ctx, limited, at, err)
	}
	return secured, nil
}

// startTLS asks for TLS; the end of ctx breaks it off.
func startTLS(ctx context.Context, plain net.Conn) error {
	stop := context.AfterFunc(ctx, func() { _ = plain.SetDeadline(time.Unix(1, 0)) })
	err := askForTLS(plain)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	return err
}

// bind signs in with name and password.
func (s *session) bind(ctx context.Context, at endpoint, set Settings) error {
	limited, cancel := context.WithTimeout(ctx, set.Timeout)
	defer cancel()
	stop := context.AfterFunc(limited, s.wire.abort)
	defer stop()
	err := s.conn.Bind(set.User, set.Password.Reveal())
	if err == nil {
		return nil
	}
	step := "sign in to " + at.String() + " as " + clip(set.User)
	if limited.Err() != nil {
		return expired(ctx, step, at.String(), set.Timeout)
	}
	return bindFailure(step, at, s, err, set.Password)
}
