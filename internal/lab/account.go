package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

var errNoSuchUser = errors.New("no such user")

// account is a cloud user with the photo that is stored and, for a while after
// a write, the one that is still shown.
type account struct {
	user CloudUser

	mu         sync.Mutex
	trouble    Trouble
	stored     picture
	shown      picture // what reads see until the write is visible
	visibleAt  time.Time
	readsUntil int
}

// picture is one version of a photo.
type picture struct {
	body    []byte // empty = none
	version int
	*measures
}

// measures are what is read from a photo's bytes when it is first asked for.
type measures struct {
	width, height int
	kind          string // media type
	likeness      likeness
}

func newAccount(u CloudUser) *account {
	a := &account{user: u, stored: picture{body: u.Photo}}
	a.user.Photo = nil
	return a
}

// ill gives the trouble with the user.
func (a *account) ill() Trouble {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.trouble
}

// put stores a photo, nil for none.
func (a *account) put(body []byte, s settings, atOnce bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.current(s.now(), false)
	a.stored = picture{body: body, version: a.stored.version + 1}
	a.shown, a.visibleAt, a.readsUntil = before, time.Time{}, 0
	if !atOnce {
		a.visibleAt, a.readsUntil = s.now().Add(s.visibleAfter), s.visibleReads
	}
}

// current gives what a read sees; the caller holds the lock. A read that
// counts brings the newest version nearer.
func (a *account) current(now time.Time, counts bool) picture {
	if a.readsUntil > 0 {
		if counts {
			a.readsUntil--
		}
		return a.shown
	}
	if now.Before(a.visibleAt) {
		return a.shown
	}
	return a.stored
}

// view gives what a request sees, with its measures.
func (a *account) view(now time.Time) picture {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.current(now, true)
	if p.measures == nil && len(p.body) > 0 {
		width, height, kind := measure(p.body)
		p.measures = &measures{width: width, height: height, kind: kind, likeness: likenessOf(p.body)}
		if p.version == a.stored.version {
			a.stored = p
		}
	}
	return p
}

// etag gives the word that moves with every write: 64 hexadecimal digits, as
// the service gives them today.
func (a *account) etag(p picture) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s#%d", a.user.ID, p.version))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}
