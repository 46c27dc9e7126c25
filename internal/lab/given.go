package lab

import (
	"crypto/sha256"
	"sync"
)

// given knows the photos that the service has given out in their largest size,
// by their hash.
//
// The service stores an upload re-encoded, but one that is byte for byte what it
// gave out before it stores unchanged: it is in the service's own form already.
// So a client can put back what was there. That the real service does so is
// unconfirmed. A smaller size is no such photo.
type given struct {
	mu     sync.RWMutex
	hashes map[[sha256.Size]byte]struct{}
}

// note remembers a photo that is given out.
func (g *given) note(body []byte) {
	sum := sha256.Sum256(body)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.hashes == nil {
		g.hashes = make(map[[sha256.Size]byte]struct{})
	}
	g.hashes[sum] = struct{}{}
}

// has reports whether the photo was given out before.
func (g *given) has(body []byte) bool {
	sum := sha256.Sum256(body)
	g.mu.RLock()
	defer g.mu.RUnlock()
	_, there := g.hashes[sum]
	return there
}

// giveOut notes a photo of the store, once for each version.
func (g *Graph) giveOut(p picture) {
	p.givenOut.Do(func() { g.given.note(p.body) })
}

// kept gives what the service keeps of an upload that decodes.
func (g *Graph) kept(upload []byte, r *rendering) []byte {
	if g.given.has(upload) {
		return upload
	}
	return r.body
}
