package directory

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"

	"photosync/internal/record"
)

// Reach brings up TLS and asks for no account; nobody signs in.
func TestReach(t *testing.T) {
	for _, startTLS := range []bool{false, true} {
		t.Run(fmt.Sprintf("startTLS=%t", startTLS), func(t *testing.T) {
			f := (&fake{}).serve(t, startTLS)
			s := Settings{Server: f.ldaps(), RootCAs: f.pool()}
			if startTLS {
				s.Server = f.plain()
			}
			got, err := Reach(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if got.Server != s.Server || got.GlobalCatalog || got.TLS.Version < tls.VersionTLS12 || len(got.TLS.PeerCertificates) == 0 {
				t.Errorf("got %+v", got)
			}
			if f.binds != 0 {
				t.Errorf("%d binds", f.binds)
			}
		})
	}
}

func TestReachFails(t *testing.T) {
	f := (&fake{}).serve(t, false)
	for name, c := range map[string]struct {
		server string
		roots  bool
		code   record.Code
		says   string // of the server, "" when it cannot be read
	}{
		"no server":       {"", true, record.ServerMissing, ""},
		"no address":      {"http://dc1", true, record.SettingInvalid, ""},
		"nobody there":    {"ldaps://" + freeAddr(t), true, record.DirectoryUnreachable, "ldaps://127.0.0.1:"},
		"not trusted":     {f.ldaps(), false, record.DirectoryNotTrusted, f.ldaps()},
		"LDAPS, not LDAP": {"ldap://" + strings.TrimPrefix(f.ldaps(), "ldaps://"), true, record.DirectoryNotEncrypted, "ldap://127.0.0.1:"},
	} {
		t.Run(name, func(t *testing.T) {
			s := Settings{Server: c.server, RootCAs: newAuthority(t).pool()}
			if c.roots {
				s.RootCAs = f.pool()
			}
			got, err := Reach(t.Context(), s)
			wantError(t, err, c.code)
			if !strings.HasPrefix(got.Server, c.says) || (got.Server == "") != (c.says == "") {
				t.Errorf("the server is %q", got.Server)
			}
		})
	}
}

func TestReachIsCancelled(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := Reach(ctx, Settings{Server: "ldaps://" + silent.Addr().String()})
	wantError(t, err, record.Cancelled)
	if got.GlobalCatalog {
		t.Error("it is no global catalog")
	}
	got, err = Reach(ctx, Settings{Server: "127.0.0.1:3269"})
	wantError(t, err, record.Cancelled)
	if !got.GlobalCatalog {
		t.Error("3269 is a global catalog's port")
	}
}
