package auth

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// tunnel is a proxy on loopback: whatever host it is asked for, it leads to one
// server, or it refuses.
type tunnel struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []string
	refuse int
}

func newTunnel(t *testing.T, to string, refuse int) *tunnel {
	t.Helper()
	p := &tunnel{refuse: refuse}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, r.Method+" "+r.Host)
		p.mu.Unlock()
		if p.refuse != 0 {
			w.WriteHeader(p.refuse)
			return
		}
		join(w, to)
	}))
	t.Cleanup(p.Close)
	return p
}

// join connects a caller with a server until one of them hangs up.
func join(w http.ResponseWriter, to string) {
	there, err := net.Dial("tcp", to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(there, here)
		_ = there.Close()
	}()
	_, _ = io.Copy(here, there)
	_ = here.Close()
	<-done
}

// loginHost is a server with a certificate of the sign-in host that nobody knows but the roots.
func loginHost(t *testing.T, token func(http.ResponseWriter)) (address string, roots *x509.CertPool) {
	t.Helper()
	key, _ := makeCertificate(t, time.Now(), time.Now())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), DNSNames: []string{"login.microsoftonline.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	e := &entra{token: token}
	server := httptest.NewUnstartedServer(http.HandlerFunc(e.serve))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots = x509.NewCertPool()
	roots.AddCert(cert)
	return server.Listener.Addr().String(), roots
}

func through(t *testing.T, address string) proxy {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return http.ProxyURL(u)
}
