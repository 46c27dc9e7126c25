package graph

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"

	"photosync/internal/pace"
	"photosync/internal/record"
)

// trouble is a try that gave no answer.
type trouble struct {
	err *record.Error
	ask pace.Ask
}

// unsent says why a request could not be made: mostly that there is no token.
func (q call) unsent(parent, try context.Context, err error) *trouble {
	if t := q.ended(parent); t != nil {
		return t
	}
	if e, ok := errors.AsType[*record.Error](err); ok {
		return &trouble{err: e, ask: pace.Nothing}
	}
	if try.Err() != nil {
		return &trouble{err: q.errorf(record.GraphTimeout, "no token in time: %w", err), ask: pace.Nothing}
	}
	return &trouble{err: q.errorf(record.SignInFailed, "no token: %w", err), ask: pace.Nothing}
}

// unanswered says why no answer came, and whether another try makes sense.
func (q call) unanswered(parent context.Context, err error) *trouble {
	if t := q.ended(parent); t != nil {
		return t
	}
	if e, ok := errors.AsType[*record.Error](err); ok {
		return &trouble{err: q.errorf(e.Code, "%s", e.Text), ask: pace.Nothing}
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the URL: it may carry people's names and is of no help
	}
	switch {
	case isProxy(err):
		return &trouble{err: q.errorf(record.ProxyRefused, "%w", err), ask: pace.Nothing}
	case isTrust(err):
		return &trouble{err: q.errorf(record.GraphNotTrusted, "%w", err), ask: pace.Nothing}
	case isDial(err):
		return &trouble{err: q.errorf(record.GraphUnreachable, "%w", err), ask: pace.Reach}
	case isTimeout(err):
		return &trouble{err: q.errorf(record.GraphTimeout, "no answer in time: %w", err), ask: pace.Broken}
	}
	return &trouble{err: q.errorf(record.GraphConnectionLost, "the connection broke: %w", err), ask: pace.Broken}
}

// ended gives the trouble of a caller's context that is over, nil if it is not.
func (q call) ended(parent context.Context) *trouble {
	over := parent.Err()
	if over == nil {
		return nil
	}
	if errors.Is(over, context.DeadlineExceeded) {
		return &trouble{err: q.errorf(record.GraphTimeout, "%w", over), ask: pace.Nothing}
	}
	return &trouble{err: q.errorf(record.Cancelled, "%w", over), ask: pace.Nothing}
}

func isTrust(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}

// isDial reports whether no connection came about, so that nothing was sent.
func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "dial" || op.Op == "proxyconnect")
}

// isProxy reports whether the proxy was reached and let nothing through.
func isProxy(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "proxyconnect" && !isDial(op.Err) && !isTimeout(err) || strings.Contains(err.Error(), "Proxy Authentication Required")
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}
