package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// tree holds the directory's entries. An entry is never changed in place, so a
// search works on a snapshot.
type tree struct {
	baseDN    string
	domain    string
	bindNames []string // UPN, DN, DOMAIN\name
	now       func() time.Time

	mu      sync.RWMutex
	entries []*entry
	usn     int64

	groups atomic.Pointer[[]*entry] // those of entries that are groups
}

// entry is one object. People keep their attributes in the Person; other
// objects in fixed.
type entry struct {
	dn      string
	key     string // see dnKey
	person  *Person
	fixed   map[string]attribute // by lower-case name
	guid    [16]byte
	usn     int64
	changed time.Time

	links map[string]string // of a group: its members' DNs by key; nil for what is no group
	rid   uint32            // of a group
}

// attribute is a name as the schema spells it, with its values.
type attribute struct {
	name   string
	values [][]byte
}

func newTree(c *Company, now func() time.Time) (*tree, error) {
	t := &tree{baseDN: "DC=" + strings.ReplaceAll(c.Domain, ".", ",DC="), domain: c.Domain, now: now, usn: 12000}
	netBIOS := strings.ToUpper(strings.SplitN(c.Domain, ".", 2)[0])
	t.bindNames = []string{"svc-photosync@" + c.Domain, "CN=svc-photosync,OU=Service Accounts," + t.baseDN, netBIOS + `\svc-photosync`}
	if err := t.addSurroundings(c); err != nil {
		return nil, err
	}
	for i := range c.People {
		p := c.People[i]
		if err := t.add(&entry{dn: p.DN, person: &p, guid: p.ObjectGUID}); err != nil {
			return nil, err
		}
	}
	if err := t.addGroups(c.Groups); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *tree) add(e *entry) error {
	key, err := dnKey(e.dn)
	if err != nil {
		return fmt.Errorf("entry %q: %w", e.dn, err)
	}
	t.usn++
	e.key, e.usn, e.changed = key, t.usn, t.now()
	t.entries = append(t.entries, e)
	return nil
}

// addSurroundings adds what is in a domain besides people: the root, the
// organisational units, a computer and a contact. A filter that is too wide
// finds them.
func (t *tree) addSurroundings(c *Company) error {
	units := map[string]bool{}
	for _, p := range c.People {
		for at := strings.Index(p.DN, ",OU="); at >= 0; {
			units[p.DN[at+1:]] = true
			next := strings.Index(p.DN[at+1:], ",OU=")
			if next < 0 {
				break
			}
			at += 1 + next
		}
	}
	for _, name := range []string{"Staff", "Workstations", "Partners", "Groups"} {
		units["OU="+name+","+t.baseDN] = true
	}
	list := make([]string, 0, len(units))
	for dn := range units {
		list = append(list, dn)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	objects := []*entry{t.object(t.baseDN, "Domain-DNS", "top", "domain", "domainDNS")}
	for _, dn := range list {
		objects = append(objects, t.object(dn, "Organizational-Unit", "top", "organizationalUnit"))
	}
	computer := t.object("CN=PC-0042,OU=Workstations,"+t.baseDN, "Computer", "top", "person", "organizationalPerson", "user", "computer")
	computer.set("sAMAccountName", "PC-0042$")
	computer.set("userAccountControl", "4096")
	computer.set("sAMAccountType", "805306369")
	contact := t.object("CN=Fabrikam Helpdesk,OU=Partners,"+t.baseDN, "Person", "top", "person", "organizationalPerson", "contact")
	contact.set("mail", "helpdesk@fabrikam.example")
	contact.set("displayName", "Fabrikam Helpdesk")
	for _, e := range append(objects, computer, contact) {
		if err := t.add(e); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) object(dn, category string, classes ...string) *entry {
	e := &entry{dn: dn, guid: guidOf(dn), fixed: map[string]attribute{}}
	e.set("objectClass", classes...)
	e.set("objectCategory", t.category(category))
	e.set("distinguishedName", dn)
	rdn := strings.SplitN(strings.SplitN(dn, ",", 2)[0], "=", 2)
	e.set(map[string]string{"CN": "cn", "OU": "ou", "DC": "dc"}[rdn[0]], rdn[1])
	e.set("name", rdn[1])
	e.set("objectGUID", string(e.guid[:]))
	return e
}

func (e *entry) set(name string, values ...string) {
	a := attribute{name: name}
	for _, v := range values {
		a.values = append(a.values, []byte(v))
	}
	e.fixed[strings.ToLower(name)] = a
}

func (t *tree) category(class string) string {
	return "CN=" + class + ",CN=Schema,CN=Configuration," + t.baseDN
}

// dnKey gives a form of a DN in which equal DNs are equal, whatever their case
// and escapes, and in which a parent's key is a prefix of its children's keys.
func dnKey(dn string) (string, error) {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return "", fmt.Errorf("parse the DN: %w", err)
	}
	var b strings.Builder
	for _, rdn := range slices.Backward(parsed.RDNs) {
		for _, a := range rdn.Attributes {
			b.WriteString(strings.ToLower(a.Type) + "=" + strings.ToLower(a.Value) + "\x01")
		}
		b.WriteByte(0)
	}
	return b.String(), nil
}

// snapshot gives all entries as they are now.
func (t *tree) snapshot() []*entry {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.entries)
}

// index finds a person by UPN or DN; the caller holds the lock.
func (t *tree) index(upnOrDN string) int {
	return slices.IndexFunc(t.entries, func(e *entry) bool {
		return e.person != nil && (strings.EqualFold(e.person.UserPrincipalName, upnOrDN) || strings.EqualFold(e.dn, upnOrDN))
	})
}

func (t *tree) find(upnOrDN string) *entry {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if i := t.index(upnOrDN); i >= 0 {
		return t.entries[i]
	}
	return nil
}

// enter adds a person whom nothing stands in the way of.
func (t *tree) enter(p Person) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	key, err := dnKey(p.DN)
	if err != nil || !strings.HasPrefix(key, t.entries[0].key) {
		return false
	}
	taken := func(e *entry) bool {
		return e.key == key || e.guid == p.ObjectGUID || e.person != nil && strings.EqualFold(e.person.UserPrincipalName, p.UserPrincipalName)
	}
	if slices.ContainsFunc(t.entries, taken) {
		return false
	}
	return t.add(&entry{dn: p.DN, person: &p, guid: p.ObjectGUID}) == nil
}

func (t *tree) change(upnOrDN string, change func(*Person)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.index(upnOrDN)
	if i < 0 {
		return false
	}
	t.changeAt(i, change)
	return true
}

// changeAll changes all people and gives how many there are.
func (t *tree) changeAll(change func(*Person)) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	people := 0
	for i, e := range t.entries {
		if e.person != nil {
			t.changeAt(i, change)
			people++
		}
	}
	return people
}

// changeAt changes the person at that place; the caller holds the lock.
func (t *tree) changeAt(i int, change func(*Person)) {
	e := *t.entries[i]
	p := *e.person
	change(&p)
	p.DN, p.ObjectGUID = e.dn, e.guid
	t.usn++
	e.person, e.usn, e.changed = &p, t.usn, t.now()
	t.entries[i] = &e
}

func (t *tree) remove(upnOrDN string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.index(upnOrDN)
	if i < 0 {
		return false
	}
	t.usn++
	key := t.entries[i].key
	t.entries = slices.Delete(slices.Clone(t.entries), i, i+1)
	t.unlink(key)
	return true
}

func (t *tree) highestUSN() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.usn
}
