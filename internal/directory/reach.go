package directory

import (
	"context"
	"crypto/tls"
)

// Reached is what [Reach] saw of a server.
type Reached struct {
	Server        string // URL form, with the port
	GlobalCatalog bool   // the port is the global catalog's
	TLS           tls.ConnectionState
}

// Reach dials the domain controller and brings up TLS as [Connect] does, and
// goes no further: it needs no account. Server and GlobalCatalog are filled in
// as soon as the server's name can be read, whatever fails then. It gives
// ServerMissing, SettingInvalid, DirectoryUnreachable, DirectoryNotEncrypted,
// DirectoryNotTrusted, DirectoryTimeout or Cancelled.
func Reach(ctx context.Context, s Settings) (Reached, error) {
	at, err := parseServer(s.Server)
	if err != nil {
		return Reached{}, err
	}
	if s.Timeout <= 0 {
		s.Timeout = defaultTimeout
	}
	r := Reached{Server: at.String(), GlobalCatalog: at.globalCatalog()}
	plain, err := dial(ctx, at, s)
	if err != nil {
		return r, err
	}
	defer func() { _ = plain.Close() }() // nothing was asked
	secured, err := secure(ctx, plain, at, s)
	if err != nil {
		return r, err
	}
	r.TLS = secured.ConnectionState()
	return r, nil
}
