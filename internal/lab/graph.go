package lab

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// Graph is the lab's Microsoft Graph: users, their photos and batches of
// version 1.0, with the documented limits and errors.
type Graph struct {
	settings settings
	listener net.Listener
	server   *http.Server
	stop     context.CancelFunc
	wg       sync.WaitGroup // the accept loop and the connections
	key      []byte         // signs tokens
	writes   atomic.Int64
	batches  atomic.Uint64

	mu    sync.RWMutex
	users []*account
	names map[string]*account // by id and UPN, lower case

	log requestLog
}

func startGraph(c *Company, s settings) (*Graph, error) {
	g := &Graph{settings: s, names: make(map[string]*account), key: make([]byte, 32)}
	_, _ = rand.Read(g.key) // never fails since Go 1.24
	for i := range c.CloudUsers {
		a := newAccount(c.CloudUsers[i])
		g.users = append(g.users, a)
		g.names[strings.ToLower(a.user.ID)] = a
		g.names[strings.ToLower(a.user.UserPrincipalName)] = a
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	g.listener, g.stop = listener, stop
	g.server = &http.Server{Handler: g, BaseContext: func(net.Listener) context.Context { return ctx },
		ConnState: g.track, ReadHeaderTimeout: handshakeTimeout}
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		_ = g.server.Serve(listener) // always ends with ErrServerClosed
	}()
	return g, nil
}

// track counts connections, so that close can wait for their goroutines.
// net/http reports a new one from the accept loop and a closed one as the last
// thing that its goroutine does.
func (g *Graph) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		g.wg.Add(1)
	case http.StateClosed, http.StateHijacked:
		g.wg.Done()
	}
}

func (g *Graph) close() error {
	g.stop()
	err := g.server.Close()
	g.wg.Wait()
	if err != nil {
		return fmt.Errorf("close the lab's Graph: %w", err)
	}
	return nil
}

// URL gives the root, without a version.
func (g *Graph) URL() string { return "http://" + g.listener.Addr().String() }

// Photo gives the photo that is stored for the user with that id or UPN and
// its etag, whether it is visible yet or not; nil and "" if there is none.
func (g *Graph) Photo(id string) (photo []byte, etag string) {
	a := g.account(id)
	if a == nil {
		return nil, ""
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.stored
	if len(p.body) == 0 {
		return nil, ""
	}
	return bytes.Clone(p.body), a.etag(p)
}

// SetPhoto does what a person does who changes the own photo in the cloud: the
// service stores it re-encoded and shows it at once. Bytes that are no picture
// are stored as they are; nil removes the photo.
func (g *Graph) SetPhoto(id string, photo []byte) error {
	a := g.account(id)
	if a == nil {
		return fmt.Errorf("set the photo of %q: %w", id, errNoSuchUser)
	}
	if rendered, err := storedForm(photo); err == nil {
		photo = rendered
	}
	a.put(bytes.Clone(photo), g.settings, true)
	return nil
}

// User gives the user with that id or UPN.
func (g *Graph) User(id string) (CloudUser, bool) {
	a := g.account(id)
	if a == nil {
		return CloudUser{}, false
	}
	return a.user, true
}

// RemoveUser deletes the user with that id or UPN. It reports whether there was one.
func (g *Graph) RemoveUser(id string) bool {
	a := g.account(id)
	if a == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.names, strings.ToLower(a.user.ID))
	delete(g.names, strings.ToLower(a.user.UserPrincipalName))
	kept := make([]*account, 0, len(g.users))
	for _, u := range g.users {
		if u != a {
			kept = append(kept, u)
		}
	}
	g.users = kept
	return true
}

// Writes gives how many photo writes and removals were accepted.
func (g *Graph) Writes() int { return int(g.writes.Load()) }

func (g *Graph) account(id string) *account {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.names[strings.ToLower(id)]
}
