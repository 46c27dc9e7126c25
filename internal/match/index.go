package match

import (
	"crypto/sha256"
	"strings"

	"photosync/internal/record"
)

// Index answers which cloud user belongs to a person. It is used in three
// steps, as a run reads: [Index.Add] for the cloud's whole roster,
// [Index.Claim] for everybody in the directory, then [Index.Match] for each
// person. Before all people have claimed, a cloud user that two people name
// could not be told from one that a single person names.
//
// It keeps hashes of keys, not their text: about 180 bytes for a cloud user.
// An Index must not be used by two goroutines at once, but for Match.
type Index struct {
	users [][]packedUser         // shelves of shelf users, so that none is moved when there are more
	byKey [4]map[packedKey]int32 // in the order of record.MatchKeys
	names map[int32]string       // ids that are no GUIDs, by the place of the user
}

// packedKey is the first half of the SHA-256 of a key in its normal form. That
// two of a million keys share one has a probability of about 10^-27.
type packedKey [16]byte

const shelf = 4096

// packedUser has no pointers, so that a collection of garbage passes it by.
type packedUser struct {
	id        GUID // zero for one that is in names
	immutable anchor
	sid       anchor
	claimant  GUID  // the first who claimed the user
	claims    uint8 // 0, 1 or 2, which stands for more than one
	disputed  bool  // somebody in the directory names the user, by a key that their anchors contradict
}

// anchor is the first half of a packedKey, zero without one: enough to tell
// that two keys are not the same.
type anchor [8]byte

func (k packedKey) anchor() anchor { return anchor(k[:8]) }

// several is the place of a key that more than one cloud user carries.
const several int32 = -1

// NewIndex gives an empty index.
func NewIndex() *Index {
	x := &Index{names: make(map[int32]string)}
	for i := range x.byKey {
		x.byKey[i] = make(map[packedKey]int32)
	}
	return x
}

// Len gives the number of cloud users in the index.
func (x *Index) Len() int {
	if len(x.users) == 0 {
		return 0
	}
	last := len(x.users) - 1
	return last*shelf + len(x.users[last])
}

// user gives the user in a place.
func (x *Index) user(at int32) *packedUser { return &x.users[at/shelf][at%shelf] }

// append puts a user into the next place.
func (x *Index) append(u packedUser) {
	last := len(x.users) - 1
	if last < 0 || len(x.users[last]) == shelf {
		x.users = append(x.users, make([]packedUser, 0, shelf))
		last++
	}
	x.users[last] = append(x.users[last], u)
}

// Add takes a user of the cloud's roster; one that is there already, as a roster
// that changes under way may give twice, changes nothing. Guests are known by
// everything but their mail address: that is another organisation's, and may be
// an employee's too.
func (x *Index) Add(u CloudUser) {
	mail := u.Mail
	if u.external() {
		mail = ""
	}
	all := keys(u.ImmutableID, u.SID, u.UserPrincipalName, mail)
	for i, k := range all {
		if at, ok := x.byKey[i][k]; ok && at >= 0 && x.id(at) == u.ID {
			return
		}
	}
	here := int32(x.Len())
	id, err := ParseGUID(u.ID)
	if err != nil || id.String() != u.ID {
		id, x.names[here] = GUID{}, u.ID
	}
	x.append(packedUser{id: id, immutable: all[0].anchor(), sid: all[1].anchor()})
	for i, k := range all {
		if k == (packedKey{}) {
			continue
		}
		if _, taken := x.byKey[i][k]; taken {
			x.byKey[i][k] = several
		} else {
			x.byKey[i][k] = here
		}
	}
}

// id gives the id of the user in a place, as the roster gave it.
func (x *Index) id(at int32) string {
	if id := x.user(at).id; !id.IsZero() {
		return id.String()
	}
	return x.names[at]
}

// Claim notes that p is in the directory, so that a cloud user that another
// person names as well is seen. Who claims twice counts once.
func (x *Index) Claim(p Person) {
	at, _, reason := x.find(p)
	if at < 0 {
		return
	}
	u := x.user(at)
	if reason != "" {
		u.disputed = true
		return
	}
	switch {
	case u.claims == 0:
		u.claims, u.claimant = 1, p.ObjectGUID
	case u.claimant != p.ObjectGUID || p.ObjectGUID.IsZero():
		u.claims = 2
	}
}

// Left says of which of these people, by the ids of their cloud users, the user
// is still theirs: it is in the roster, nobody in the directory names it, not even
// by a key that their anchors contradict (a rehire), and it carries no other
// immutable id than the person's. It goes through the whole index.
func (x *Index) Left(people map[string]Person) map[string]bool {
	left := make(map[string]bool)
	for at := range int32(x.Len()) {
		id, u := x.id(at), x.user(at)
		if p, ok := people[id]; ok && u.claims == 0 && !u.disputed && !contradict(pack(p.ImmutableID()).anchor(), u.immutable) {
			left[id] = true
		}
	}
	return left
}

// Match is what an [Index] knows of a person.
type Match struct {
	CloudID string          // "" when nobody in the cloud carries one of the person's keys
	By      record.MatchKey // the key that found the cloud user
	Reason  record.Reason   // why the match is ambiguous, "" when it is not
}

// Found reports whether exactly one cloud user belongs to the person.
func (m Match) Found() bool { return m.CloudID != "" && m.Reason == "" }

// Match gives the cloud user of p: by immutable id, else SID, else UPN, else
// mail. A weaker key never wins over a contradicting immutable id or SID. For
// contradicting anchors the contradicting user is named; for two cloud users none is.
func (x *Index) Match(p Person) Match {
	at, by, reason := x.find(p)
	m := Match{By: by, Reason: reason}
	if at < 0 {
		return m
	}
	m.CloudID = x.id(at)
	if reason == "" && x.user(at).claims > 1 {
		m.Reason = record.TwoPeople
	}
	return m
}

// find gives the place of the user that the strongest of p's keys names, -1 if
// none does or more than one.
func (x *Index) find(p Person) (at int32, by record.MatchKey, reason record.Reason) {
	person := keys(p.ImmutableID(), p.SID, p.UserPrincipalName, p.Mail)
	for i, k := range person {
		if k == (packedKey{}) {
			continue
		}
		at, ok := x.byKey[i][k]
		if !ok {
			continue
		}
		by = record.MatchKeys[i]
		if at == several {
			return -1, by, record.TwoCloudUsers
		}
		// Where the anchor was not read, the SID alone is as good as it.
		if (i > 1 || i == 1 && !p.AnchorUnread) && contradict(person[0].anchor(), x.user(at).immutable) || i > 1 && contradict(person[1].anchor(), x.user(at).sid) {
			return at, by, record.AnchorMismatch
		}
		return at, by, ""
	}
	return -1, "", ""
}

// contradict reports whether both sides have the anchor, and not the same.
func contradict(a, b anchor) bool {
	return a != (anchor{}) && b != (anchor{}) && a != b
}

// keys gives the packed keys in the order of record.MatchKeys, zero where there
// is none. Immutable ids are base64 and keep their case; the rest does not count case.
func keys(immutable, sid, upn, mail string) [4]packedKey {
	return [4]packedKey{pack(immutable), pack(fold(sid)), pack(fold(upn)), pack(fold(mail))}
}

// fold gives a key in lower case, for ASCII letters only: Unicode has other
// letters whose lower case is an ASCII one (the Kelvin sign), and who carries
// such a name is somebody else.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.TrimSpace(s))
}

func pack(s string) (k packedKey) {
	if s == "" {
		return k
	}
	sum := sha256.Sum256([]byte(s))
	copy(k[:], sum[:])
	return k
}
