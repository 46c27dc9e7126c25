package lab

import "fmt"

// Names of which the large companies's people are made.
var (
	givenNames = []string{"Alice", "Bogdan", "Carla", "Daniel", "Eva", "Felix", "Greta", "Hugo", "Irena", "Jan", "Katja", "Liam", "Mina", "Noah", "Olga", "Paul", "Rosa", "Stefan", "Tara", "Viktor"}
	surnames   = []string{"Adams", "Bauer", "Costa", "Dvorak", "Eriksen", "Fischer", "Garcia", "Hoffmann", "Ivanov", "Janssen", "Keller", "Lopez", "Meyer", "Nowak", "Olsen", "Peters", "Quinn", "Richter", "Santos", "Tran"}
	units      = []string{"Engineering", "Finance", "Human Resources", "IT", "Legal", "Marketing", "Operations", "Sales"}
)

// The shares of the large company's cases, in percent of its people.
const (
	shareInSync  = 60
	shareDrifted = 15
	shareMissing = 10
	shareNoPhoto = 10
	shareNoCloud = 5
	poolSize     = 24
)

// pool is the pictures that the large company's people share.
type pool struct{ onPremises, inSync, drifted [][]byte }

func newPool() pool {
	var p pool
	for i := range poolSize {
		name := fmt.Sprintf("pool %d", i)
		l := []look{0, shortHair, longHair}[i%3]
		now := portraitOf(name, l, 1)
		full := now.draw(96, 96, 2)
		body := scaledTo(full, 96, 85)
		p.onPremises = append(p.onPremises, body)
		p.inSync = append(p.inSync, stored(body))
		p.drifted = append(p.drifted, stored(earlierThan(now, name, l).jpegOf(96, 85, 2)))
	}
	return p
}

// LargeCompany gives a company of n people for benchmarks: of a hundred, 60
// are in sync, 15 drifted, 10 missing in the cloud, 10 without a photo on
// either side and 5 without a cloud user. They share two dozen pictures of 96
// pixels. It is the same one each time.
func LargeCompany(n int) *Company {
	c := &Company{Domain: companyDomain, People: make([]Person, 0, n), CloudUsers: make([]CloudUser, 0, n)}
	pictures := newPool()
	for i := range n {
		m := numbered(i)
		p := m.person(c.Domain, i)
		p.SamAccountName = fmt.Sprintf("u%07d", i)
		c.place(i, m, p, pictures)
	}
	return c
}

// numbered gives person i of a company that nobody names by hand.
func numbered(i int) member {
	given, surname := givenNames[i%len(givenNames)], surnames[i/len(givenNames)%len(surnames)]
	return member{
		display: fmt.Sprintf("%s %s %d", given, surname, i), given: given, surname: surname, department: units[i%len(units)],
		account: fmt.Sprintf("%s.%s%d", asciiLower(given), asciiLower(surname), i),
	}
}

// place gives person i the photos and the cloud user of its case. The cases
// are spread: 37 and 100 have no common divisor.
func (c *Company) place(i int, m member, p Person, pictures pool) {
	u, k, slot := m.cloudUser(p), i%poolSize, i*37%100
	name := CaseInSync
	switch {
	case slot < shareInSync:
		p.Photo, u.Photo = pictures.onPremises[k], pictures.inSync[k]
	case slot < shareInSync+shareDrifted:
		name, p.Photo, u.Photo = CaseDrifted, pictures.onPremises[k], pictures.drifted[k]
	case slot < shareInSync+shareDrifted+shareMissing:
		name, p.Photo = CaseMissingInCloud, pictures.onPremises[k]
	case slot < shareInSync+shareDrifted+shareMissing+shareNoPhoto:
		name = CaseNoPhoto
	default:
		name, p.Photo = CaseUnmatched, pictures.onPremises[k]
	}
	c.People = append(c.People, p)
	if name != CaseUnmatched {
		c.CloudUsers = append(c.CloudUsers, u)
	}
	c.note(name, p.UserPrincipalName)
}

func asciiLower(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}
