package lab

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// gallerySize bounds what a gallery keeps: pictures, of at most about 100 KB
// each.
const gallerySize = 1024

// likeness is the same for two photos that show the same.
type likeness [sha256.Size]byte

// gallery keeps what was rendered, so that what shows the same is rendered
// once: a benchmark is not to measure how the lab paints.
type gallery struct {
	mu    sync.Mutex
	made  map[exhibit]*rendering
	order []exhibit // the oldest first
}

// exhibit names a rendering.
type exhibit struct {
	likeness likeness
	side     int // in pixels; 0 = what the service keeps of an upload
}

// rendering is a picture in another form.
type rendering struct {
	once          sync.Once
	body          []byte
	format        string // of what was rendered
	width, height int    // of what was rendered
	err           error
}

func newGallery() *gallery { return &gallery{made: make(map[exhibit]*rendering)} }

// find gives the place of a rendering, made or not; the oldest one goes when
// there are too many.
func (g *gallery) find(e exhibit) *rendering {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.made[e]
	if r == nil {
		if len(g.order) >= gallerySize {
			delete(g.made, g.order[0])
			g.order = g.order[1:]
		}
		r = &rendering{}
		g.made[e] = r
		g.order = append(g.order, e)
	}
	return r
}

// rendition gives a photo in a named size.
func (g *gallery) rendition(p picture, side int) *rendering {
	r := g.find(exhibit{likeness: p.likeness, side: side})
	r.once.Do(func() { r.render(p.body, side) })
	return r
}

// stored gives what the service keeps of an upload.
func (g *gallery) stored(upload []byte) *rendering {
	r := g.find(exhibit{likeness: likenessOf(upload)})
	r.once.Do(func() { r.render(upload, 0) })
	return r
}

// likenessOf gives the likeness of a photo: its bytes, but a JPEG's comments.
func likenessOf(body []byte) likeness {
	if len(body) < 4 || body[0] != 0xff || body[1] != soi {
		return sha256.Sum256(body)
	}
	sum, at := sha256.New(), 2
	for at+4 <= len(body) && body[at] == 0xff && body[at+1] != sos {
		end := min(len(body), at+2+int(binary.BigEndian.Uint16(body[at+2:])))
		if body[at+1] != comment {
			sum.Write(body[at:end])
		}
		at = end
	}
	sum.Write(body[at:])
	return likeness(sum.Sum(nil))
}

// Markers of a JPEG.
const (
	soi     = 0xd8 // start of the picture
	sos     = 0xda // start of the pixels
	comment = 0xfe
)

// commented gives a JPEG with a comment, so that its bytes are its own.
func commented(body []byte, text string) []byte {
	out := make([]byte, 0, len(body)+4+len(text))
	out = append(out, body[:2]...)
	out = append(out, 0xff, comment)
	out = binary.BigEndian.AppendUint16(out, uint16(2+len(text)))
	return append(append(out, text...), body[2:]...)
}
