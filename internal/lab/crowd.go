package lab

import (
	"fmt"
	"math"
)

// crowdFaces is how many faces a crowd shares.
const crowdFaces = 6

// face is a photo on both sides.
type face struct{ onPremises, cloud []byte }

// newFaces draws faces of 240 pixels and 5 to 10 KB.
func newFaces() []face {
	faces := make([]face, crowdFaces)
	for i := range faces {
		body := portraitOf(fmt.Sprintf("crowd %d", i), []look{0, shortHair, longHair}[i%3], 1).jpegOf(240, 82, 2)
		faces[i] = face{onPremises: body, cloud: stored(body)}
	}
	return faces
}

// Crowd gives a company of n people for benchmarks, all of them on both sides
// and matched by their anchor. The share withPhotos (0 to 1) of them has a
// photo on both sides, in sync: 240 pixels and 5 to 10 KB in JPEG. They share a
// handful of faces, but a comment makes the bytes of each photo its own. The
// others have no photo on either side. It is the same one each time.
func Crowd(n int, withPhotos float64) *Company {
	c := &Company{Domain: companyDomain, People: make([]Person, 0, n), CloudUsers: make([]CloudUser, 0, n)}
	var faces []face
	if withPhotos > 0 {
		faces = newFaces()
	}
	pictured := 0
	for i := range n {
		m := numbered(i)
		p := m.person(c.Domain, i)
		p.SamAccountName = fmt.Sprintf("u%07d", i)
		u := m.cloudUser(p)
		name := CaseNoPhoto
		if pictured < int(math.Round(withPhotos*float64(i+1))) { // spread evenly
			f, text := faces[pictured%crowdFaces], fmt.Sprintf("person %d", i)
			name, p.Photo, u.Photo = CaseInSync, commented(f.onPremises, text), commented(f.cloud, text)
			pictured++
		}
		c.People, c.CloudUsers = append(c.People, p), append(c.CloudUsers, u)
		c.note(name, p.UserPrincipalName)
	}
	return c
}
