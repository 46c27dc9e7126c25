package run

import (
	"fmt"
	"strings"

	"photosync/internal/photo"
	"photosync/internal/record"
)

// pictures finds people who have the picture of somebody before them, in the
// order of the rows. It keeps about 300 bytes a person (see [photo.Album]) and
// the name.
type pictures struct {
	album  photo.Album
	names  []string // by the numbers of the album
	shared int      // people with the picture of somebody before them
	pairs  []string // the first of them
}

// pairsNamed is how many pairs of people the warning names.
const pairsNamed = 5

// add takes in a person and notes when somebody before has the same picture.
func (s *pictures) add(p *candidate) {
	if p.print == nil {
		return
	}
	s.names = append(s.names, p.Person.Name())
	earlier, shared := s.album.Add(*p.print)
	p.OnPremises.Shared = shared
	if !shared {
		return
	}
	s.shared++
	if len(s.pairs) < pairsNamed {
		s.pairs = append(s.pairs, p.Person.Name()+" as "+s.names[earlier])
	}
}

// warning says at the end who shares a picture, "" when nobody does: the rows
// of those who came first are out by then.
func (s *pictures) warning() string {
	if s.shared == 0 {
		return ""
	}
	who := "1 person has the same on-premises picture as somebody before: "
	if s.shared > 1 {
		who = fmt.Sprintf("%d people have the same on-premises picture as somebody before them: ", s.shared)
	}
	text := who + strings.Join(s.pairs, ", ")
	if more := s.shared - len(s.pairs); more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return record.OneLine(text)
}
