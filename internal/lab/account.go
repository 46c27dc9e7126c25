package lab

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

var errNoSuchUser = errors.New("no such user")

// account is a cloud user with the place of the photo. Another user object
// takes its place when the user changes, and the photo stays where it is.
type account struct {
	user CloudUser
	*place
}

// place holds the photo that is stored and, for a while after a write, the one
// that is still shown.
type place struct {
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
	givenOut      sync.Once // see Graph.giveOut
}

func newAccount(u CloudUser) *account {
	a := &account{user: u, place: &place{stored: picture{body: u.Photo}}}
	a.user.Photo = nil
	return a
}

// ill gives the trouble with the user.
func (a *account) ill() Trouble {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.trouble
}

// photo gives a copy of what is stored and its etag; nil and "" for none.
func (a *account) photo() ([]byte, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.stored.body) == 0 {
		return nil, ""
	}
	return bytes.Clone(a.stored.body), a.etag(a.stored)
}

// put stores a photo, nil for none, and tells note, if there is one, what was
// stored before and is now.
func (a *account) put(body []byte, s settings, atOnce bool, note func(before, after picture)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, replaced := a.current(s.now(), false), a.stored
	a.stored = picture{body: body, version: a.stored.version + 1}
	if note != nil {
		note(replaced, a.stored)
	}
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
