package lab

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
)

// WithTLS serves Microsoft Graph by HTTPS, with HTTP/2 for clients that speak
// it. Its certificate is of the same authority as the directory's (see
// [Directory.CAFile]) and names 127.0.0.1 and localhost.
func WithTLS() Option { return func(s *settings) { s.tls = true } }

// listen opens the port and starts to serve.
func (g *Graph) listen(ca *authority) error {
	var certificates []tls.Certificate
	if g.settings.tls {
		certificate, err := ca.issue("graph.microsoft.com in the lab", []string{"127.0.0.1", "localhost"}, false)
		if err != nil {
			return err
		}
		certificates = append(certificates, certificate)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	g.listener, g.stop = listener, stop
	g.server = &http.Server{
		Handler: g, BaseContext: func(net.Listener) context.Context { return ctx }, ConnState: g.track,
		ReadHeaderTimeout: handshakeTimeout,
		TLSConfig:         &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12},
	}
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if g.settings.tls {
			_ = g.server.ServeTLS(listener, "", "") // always ends with ErrServerClosed
		} else {
			_ = g.server.Serve(listener)
		}
	}()
	return nil
}

// track counts connections, so that close can wait for their goroutines.
// net/http reports a new one from the accept loop and a closed one as the last
// thing that its goroutine does.
func (g *Graph) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		g.accepted.Add(1)
		g.wg.Add(1)
	case http.StateClosed, http.StateHijacked:
		g.wg.Done()
	}
}

// enter begins an answer and reports whether there is to be one; leave ends
// it. An answer can outlive its connection: in HTTP/2, and after a hijack.
func (g *Graph) enter() bool {
	g.serving.RLock()
	if g.ended {
		g.serving.RUnlock()
		return false
	}
	return true
}

func (g *Graph) leave() { g.serving.RUnlock() }

func (g *Graph) close() error {
	g.stop()
	err := g.server.Close()
	g.wg.Wait()
	g.serving.Lock() // waits for the answers
	g.ended = true
	g.serving.Unlock()
	if err != nil {
		return fmt.Errorf("close the lab's Graph: %w", err)
	}
	return nil
}

// URL gives the root, without a version.
func (g *Graph) URL() string {
	if g.settings.tls {
		return "https://" + g.listener.Addr().String()
	}
	return "http://" + g.listener.Addr().String()
}

// Connections gives how many TCP connections were accepted so far.
func (g *Graph) Connections() int64 { return g.accepted.Load() }
