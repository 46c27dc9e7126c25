package lab

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The groups of [SmallCompany]. Whoever is in the second one is in the first
// one too, through it.
const (
	OptOutGroup  = "CN=Photo Opt-Out,OU=Groups,DC=corp,DC=example"
	CouncilGroup = "CN=Works Council,OU=Groups,DC=corp,DC=example"
)

const (
	domainUsers = 513       // of the group that is everybody's primary one; see Directory.GroupRID
	firstGroup  = 1_000_000 // of a company's first group: beyond all people
)

// Group is a group of the directory. Groups are no people: no search for people
// finds them.
type Group struct {
	DN      string
	Members []string // UPNs or DNs of people, DNs of groups
}

// SetGroup makes the group with that DN, or replaces its members: people by UPN
// or DN, and groups by DN, itself among them. It reports whether all of them are
// there and the DN can be a group's; otherwise nothing changes. Whose primary
// group it is, [Person.PrimaryGroupID] says and not the list of members.
func (d *Directory) SetGroup(dn string, members ...string) bool {
	d.tree.mu.Lock()
	defer d.tree.mu.Unlock()
	return d.tree.setGroup(Group{DN: dn, Members: members}) == nil
}

// GroupRID gives the last number of a group's SID, which
// [Person.PrimaryGroupID] takes; 0 when there is no such group.
func (d *Directory) GroupRID(dn string) uint32 {
	key, err := dnKey(dn)
	if err != nil {
		return 0
	}
	for _, g := range *d.tree.groups.Load() {
		if g.key == key {
			return g.rid
		}
	}
	return 0
}

// addGroups adds the company's groups, and one that every domain has. All of
// them are made before any gets its members, which may be groups.
func (t *tree) addGroups(groups []Group) error {
	t.groups.Store(&[]*entry{})
	if err := t.add(t.object("CN=Users,"+t.baseDN, "Container", "top", "container")); err != nil {
		return err
	}
	if err := t.setGroup(Group{DN: "CN=Domain Users,CN=Users," + t.baseDN}); err != nil {
		return err
	}
	for _, g := range groups {
		if err := t.setGroup(Group{DN: g.DN}); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if err := t.setGroup(g); err != nil {
			return err
		}
	}
	return nil
}

// setGroup makes a group or changes its members; the caller holds the lock.
func (t *tree) setGroup(g Group) error {
	key, err := dnKey(g.DN)
	if err != nil || !strings.HasPrefix(strings.ToUpper(g.DN), "CN=") {
		return fmt.Errorf("group %q: this is no group's DN", g.DN)
	}
	at := slices.IndexFunc(t.entries, func(e *entry) bool { return e.key == key })
	links := make(map[string]string, len(g.Members))
	for _, m := range g.Members {
		of, dn, ok := t.linkable(m)
		if !ok && !strings.EqualFold(m, g.DN) {
			return fmt.Errorf("group %q: no member %q", g.DN, m)
		}
		if !ok {
			of, dn = key, g.DN
		}
		links[of] = dn
	}
	switch {
	case at < 0:
		rid := uint32(firstGroup + len(*t.groups.Load()))
		if len(*t.groups.Load()) == 0 {
			rid = domainUsers
		}
		if err := t.add(t.group(g.DN, rid, links)); err != nil {
			return err
		}
	case t.entries[at].links == nil:
		return fmt.Errorf("group %q: something else has this DN", g.DN)
	default:
		t.relink(at, links)
	}
	t.regroup()
	return nil
}

// linkable gives key and DN of a person or group that can be a member.
func (t *tree) linkable(name string) (key, dn string, ok bool) {
	if i := t.index(name); i >= 0 {
		return t.entries[i].key, t.entries[i].dn, true
	}
	key, err := dnKey(name)
	if err != nil {
		return "", "", false
	}
	for _, g := range *t.groups.Load() {
		if g.key == key {
			return key, g.dn, true
		}
	}
	return "", "", false
}

// group makes the entry of a group.
func (t *tree) group(dn string, rid uint32, links map[string]string) *entry {
	e := t.object(dn, "Group", "top", "group")
	name := commonName(dn)
	e.set("cn", name)
	e.set("name", name)
	e.set("sAMAccountName", name)
	e.set("groupType", "-2147483646") // global, security
	e.set("sAMAccountType", "268435456")
	e.set("objectSid", string(sidBytes(domainSID+"-"+strconv.FormatUint(uint64(rid), 10))))
	e.rid = rid
	e.link(links)
	return e
}

func (e *entry) link(links map[string]string) {
	e.links = links
	e.set("member", slices.Sorted(maps.Values(links))...)
}

// relink gives the group at that place other members; the caller holds the lock.
func (t *tree) relink(at int, links map[string]string) {
	e := *t.entries[at]
	e.fixed = maps.Clone(e.fixed)
	e.link(links)
	t.usn++
	e.usn, e.changed = t.usn, t.now()
	t.entries[at] = &e
}

// unlink takes what was removed out of all groups; the caller holds the lock.
func (t *tree) unlink(key string) {
	for at, e := range t.entries {
		if _, in := e.links[key]; in {
			links := maps.Clone(e.links)
			delete(links, key)
			t.relink(at, links)
		}
	}
	t.regroup()
}

// regroup makes the list of groups; the caller holds the lock.
func (t *tree) regroup() {
	var groups []*entry
	for _, e := range t.entries {
		if e.links != nil {
			groups = append(groups, e)
		}
	}
	t.groups.Store(&groups)
}

// memberOf gives the DNs of the groups that an entry is in directly. A primary
// group is not among them, as in Active Directory.
func (t *tree) memberOf(key string) [][]byte {
	var out [][]byte
	for _, g := range *t.groups.Load() {
		if _, in := g.links[key]; in {
			out = append(out, []byte(g.dn))
		}
	}
	return out
}

// above gives the keys of the groups that an entry is in, through others too.
func (t *tree) above(key string) map[string]bool {
	groups, found := *t.groups.Load(), map[string]bool{}
	for next := []string{key}; len(next) > 0; {
		key, next = next[0], next[1:]
		for _, g := range groups {
			if _, in := g.links[key]; in && !found[g.key] {
				found[g.key] = true
				next = append(next, g.key)
			}
		}
	}
	return found
}

// chained evaluates the chain rule for the two ends of a link: memberOf, who is
// in a group, and member, which groups somebody is in.
func (t *tree) chained(e *entry, name, wanted string) truth {
	key, err := dnKey(wanted)
	switch {
	case err != nil || name != "memberof" && name != "member":
		return undefined
	case name == "memberof" && t.above(e.key)[key], name == "member" && e.links != nil && t.above(key)[e.key]:
		return yes
	}
	return no
}
