package directory

import (
	"net"
	"strconv"
	"strings"

	"photosync/internal/record"
)

const (
	ldapsPort   = 636
	ldapPort    = 389
	catalogPort = 3268 // the global catalog, plain; 3269 is the same over TLS
)

// endpoint is a domain controller's address and the way to TLS on it.
type endpoint struct {
	host     string // as given: the certificate must carry this name
	port     int
	startTLS bool
}

// String gives the URL form with the port, as messages show it.
func (e endpoint) String() string {
	scheme := "ldaps://"
	if e.startTLS {
		scheme = "ldap://"
	}
	return scheme + e.address()
}

func (e endpoint) address() string { return net.JoinHostPort(e.host, strconv.Itoa(e.port)) }

// globalCatalog reports whether the port is the global catalog's, which has
// photos only where an administrator added the attribute to it.
func (e endpoint) globalCatalog() bool { return e.port == catalogPort || e.port == catalogPort+1 }

// parseServer reads HOST, HOST:PORT, ldaps://HOST[:PORT] or ldap://HOST[:PORT].
// Without a scheme it is ldaps.
func parseServer(text string) (endpoint, error) {
	rest := strings.TrimSpace(text)
	if rest == "" {
		return endpoint{}, record.Errorf(record.ServerMissing, "no domain controller was named")
	}
	if strings.Contains(rest, "@") {
		// What stands before the @ may be a password: it is not repeated.
		return endpoint{}, record.Errorf(record.SettingInvalid, "--server or PHOTOSYNC_SERVER carries an account; name the account with --ldap-user")
	}
	e := endpoint{port: ldapsPort}
	if i := strings.Index(rest, "://"); i >= 0 {
		switch scheme := strings.ToLower(rest[:i]); scheme {
		case "ldaps":
		case "ldap":
			e.startTLS, e.port = true, ldapPort
		default:
			return endpoint{}, notServer(text, "the scheme must be ldaps or ldap")
		}
		rest = strings.TrimSuffix(rest[i+3:], "/")
	}
	host, port, err := splitPort(rest)
	if err != "" {
		return endpoint{}, notServer(text, err)
	}
	if !hostLike(host) {
		return endpoint{}, notServer(text, "it has no host name or IP address")
	}
	if port != 0 {
		e.port = port
	}
	e.host = host
	return e, nil
}

// splitPort splits HOST, HOST:PORT, [IPv6], [IPv6]:PORT or a bare IPv6 address.
// The port is 0 when there is none; why is "" when all is well.
func splitPort(text string) (host string, port int, why string) {
	if ip := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"); net.ParseIP(ip) != nil && strings.HasPrefix(text, "[") == strings.HasSuffix(text, "]") {
		return ip, 0, ""
	}
	if !strings.Contains(text, ":") {
		return text, 0, ""
	}
	host, number, err := net.SplitHostPort(text)
	if err != nil {
		return "", 0, "it is not HOST or HOST:PORT"
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 {
		return "", 0, "the port must be a number from 1 to 65535"
	}
	return host, int(n), ""
}

// hostLike reports whether text can be a DNS name or an IP address.
func hostLike(text string) bool {
	if net.ParseIP(text) != nil {
		return true
	}
	name := strings.TrimSuffix(text, ".")
	if name == "" || len(name) > 253 {
		return false
	}
	for _, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && r != '-' && r != '.' && r != '_' {
			return false
		}
	}
	return !strings.HasPrefix(name, ".") && !strings.Contains(name, "..")
}

func notServer(text, why string) error {
	return record.Errorf(record.SettingInvalid, "--server or PHOTOSYNC_SERVER is \"%s\", which cannot be a domain controller's address: %s", clip(text), why)
}
