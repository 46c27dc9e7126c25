package run

import (
	"photosync/internal/drift"
	"photosync/internal/photo"
	"photosync/internal/state"
)

// candidate is a person on the way to a row: the facts so far, and the photo
// until it has been looked at.
type candidate struct {
	drift.Facts
	photo   []byte
	handed  bool   // with the photo, which cannot be read again
	kept    []byte // the photo of somebody handed over, for the upload
	print   *photo.Fingerprint
	decided *Seen

	known     state.Known // what earlier runs left behind
	doubtful  bool        // what was downloaded may be another photo than the one with the etag
	confirmed bool        // the comparison is surely of the two photos whose hash and etag are known
}

// window is the people who are compared together: about a page of the directory.
type window []*candidate

// The bounds of a window. Its people are asked for 20 in a request, so that its
// size is a multiple of that where it can be.
const (
	windowMatched = 100     // people with a cloud user
	windowPeople  = 400     // people in all
	windowBytes   = 2 << 20 // of photos; it ends at the next multiple of 20
)

const (
	// looksWaiting bounds the people of a window whose photo is downloaded, or
	// waits for the client or for a core.
	looksWaiting = 32
	// memory bounds the windows under way: what their photos take, and personWeighs
	// for each person.
	memory       = 8 << 20
	personWeighs = 16 << 10
)

// gatherer makes windows of people who come one by one.
type gatherer struct {
	yield   func(window) error
	open    window
	matched int
	bytes   int
}

// add takes in a person and hands the window on when it is full.
func (g *gatherer) add(p *candidate) error {
	g.open, g.bytes = append(g.open, p), g.bytes+len(p.photo)
	if p.Match.Found() {
		g.matched++
	}
	if g.matched >= windowMatched || len(g.open) >= windowPeople || g.bytes >= windowBytes && g.matched > 0 && g.matched%20 == 0 && p.Match.Found() {
		return g.flush()
	}
	return nil
}

// flush hands on what there is.
func (g *gatherer) flush() error {
	if len(g.open) == 0 {
		return nil
	}
	w := g.open
	g.open, g.matched, g.bytes = nil, 0, 0
	return g.yield(w)
}

// weight is what a window takes of [memory].
func (w window) weight() int64 {
	n := int64(len(w)) * personWeighs
	for _, p := range w {
		n += int64(len(p.photo))
	}
	return min(n, memory)
}
