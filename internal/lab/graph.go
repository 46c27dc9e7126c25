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
	serving  sync.RWMutex   // held, for reading, by each answer
	ended    bool           // guarded by serving
	accepted atomic.Int64   // connections
	writes   atomic.Int64
	batches  atomic.Uint64

	key     []byte       // signs tokens
	issued  atomic.Int64 // tokens
	revoked revocation

	throttle throttle
	overload overload
	broken   turn // bodies that break off
	slow     turn // bodies in pieces
	wrong    turn // JSON answers that are spoilt
	missing  turn // items left out of a batch's answer
	denied   turn // photos that an item of a batch says are not there
	policy   atomic.Pointer[PhotoPolicy]
	gallery  *gallery
	given    given
	written  writeLog

	mu    sync.RWMutex
	users []*account
	names map[string]*account // by id and UPN, lower case

	log requestLog
}

func startGraph(c *Company, s settings, ca *authority) (*Graph, error) {
	g := &Graph{settings: s, names: make(map[string]*account, 2*len(c.CloudUsers)), key: make([]byte, 32), gallery: newGallery()}
	_, _ = rand.Read(g.key) // never fails since Go 1.24
	g.throttle.now = s.now
	g.SetThrottle(s.bucket)
	g.SetOverload(s.overload)
	g.SetPhotoPolicy(s.policy)
	g.broken.every, g.slow.every, g.wrong.every = s.brokenEvery, s.slowEvery, s.wrongEvery
	g.missing.every, g.denied.every = s.missingEvery, s.falseEvery
	for i := range c.CloudUsers {
		a := newAccount(c.CloudUsers[i])
		g.users = append(g.users, a)
		g.names[strings.ToLower(a.user.ID)] = a
		g.names[strings.ToLower(a.user.UserPrincipalName)] = a
	}
	if err := g.listen(ca); err != nil {
		return nil, err
	}
	return g, nil
}

// Photo gives the photo that is stored for the user with that id or UPN and
// its etag, whether it is visible yet or not; nil and "" if there is none.
func (g *Graph) Photo(id string) (photo []byte, etag string) {
	a := g.account(id)
	if a == nil {
		return nil, ""
	}
	return a.photo()
}

// Photos gives every photo that is stored, by the user's id, whether it is
// visible yet or not. Users without one are left out.
func (g *Graph) Photos() map[string][]byte {
	g.mu.RLock()
	users := g.users
	g.mu.RUnlock()
	all := make(map[string][]byte, len(users))
	for _, a := range users {
		if photo, _ := a.photo(); photo != nil {
			all[a.user.ID] = photo
		}
	}
	return all
}

// SetPhoto does what a person does who changes the own photo in the cloud: the
// service stores it re-encoded and shows it at once. What the service itself
// gave out, and bytes that are no picture, are stored as they are; nil removes
// the photo.
func (g *Graph) SetPhoto(id string, photo []byte) error {
	a := g.account(id)
	if a == nil {
		return fmt.Errorf("set the photo of %q: %w", id, errNoSuchUser)
	}
	if r := g.gallery.stored(photo); r.err == nil {
		photo = g.kept(photo, r)
	}
	a.put(bytes.Clone(photo), g.settings, true, nil)
	return nil
}

// Writes gives how many photo writes and removals were accepted.
func (g *Graph) Writes() int { return int(g.writes.Load()) }

func (g *Graph) account(id string) *account {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.names[strings.ToLower(id)]
}
