package state

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"slices"
	"time"
	"unicode/utf8"

	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// longestKey bounds what must not be cut: the key of a scope, in which there is an
// LDAP filter, an etag, the DN of a domain.
const longestKey = 1 << 16

// seal begins the checksum of an entry: with the scope, the bucket and the key.
func (s *Store) seal(bucket, key []byte) uint32 {
	sum := crc32.Update(crc32.Checksum(s.scope, castagnoli), castagnoli, bucket)
	return crc32.Update(sum, castagnoli, key)
}

// encoder makes an entry of something. It gives false for what has no place in
// one, and for nothing at all.
type encoder interface {
	encode(seal uint32) ([]byte, bool)
}

func begin() writer { return writer{body: make([]byte, 4, 384), ok: true} }

// sealed ends an entry.
func (w *writer) sealed(seal uint32) ([]byte, bool) {
	binary.LittleEndian.PutUint32(w.body, crc32.Update(seal, castagnoli, w.body[4:]))
	return w.body, w.ok
}

// unseal begins to read an entry. An entry that is not there, is damaged, or is
// another's, has nothing in it.
func unseal(value []byte, seal uint32) reader {
	if len(value) < 4 || binary.LittleEndian.Uint32(value) != crc32.Update(seal, castagnoli, value[4:]) {
		return reader{}
	}
	return reader{rest: value[4:], ok: true}
}

// ended reports whether everything was there, and nothing else.
func (r *reader) ended() bool { return r.ok && len(r.rest) == 0 }

func (a *Agreement) encode(seal uint32) ([]byte, bool) {
	if a == nil {
		return nil, false
	}
	w := begin()
	kind := slices.Index(kinds, a.Kind)
	w.ok = kind >= 0 && a.Verdict >= photo.Unsure && a.Verdict <= photo.Different
	w.body = append(w.body, byte(kind), byte(a.Verdict))
	w.hash(a.OnPremisesSHA256)
	w.id(a.CloudID)
	w.long(a.CloudETag, longestKey)
	w.time(a.At)
	w.long(a.Directory, longestKey)
	w.long(a.Scope, longestKey)
	w.text(a.Whom.UserPrincipalName)
	w.text(a.Whom.DisplayName)
	w.text(a.Whom.SamAccountName)
	w.text(a.Whom.DN)
	w.text(a.Whom.ImmutableID)
	return w.sealed(seal)
}

func decodeAgreement(value []byte, seal uint32) (a Agreement, ok bool) {
	r := unseal(value, seal)
	kind := int(r.bytes(1)[0])
	a.Verdict = photo.Verdict(r.bytes(1)[0])
	a.OnPremisesSHA256 = r.hash()
	a.CloudID = r.id()
	a.CloudETag = r.long(longestKey)
	a.At = r.time()
	a.Directory = r.long(longestKey)
	a.Scope = r.long(longestKey)
	a.Whom.UserPrincipalName = r.text()
	a.Whom.DisplayName = r.text()
	a.Whom.SamAccountName = r.text()
	a.Whom.DN = r.text()
	a.Whom.ImmutableID = r.text()
	if !r.ended() || kind >= len(kinds) || a.Verdict > photo.Different {
		return Agreement{}, false
	}
	a.Kind = kinds[kind]
	return a, true
}

func (p *Pending) encode(seal uint32) ([]byte, bool) {
	if p == nil {
		return nil, false
	}
	w := begin()
	w.text(p.RunID)
	w.text(p.WriteID)
	w.text(string(p.Action))
	w.hash(p.OnPremisesSHA256)
	w.id(p.CloudID)
	w.long(p.ETagBefore, longestKey)
	w.time(p.At)
	undoes := int64(0)
	if p.Restore {
		undoes = 1
	}
	w.number(undoes)
	return w.sealed(seal)
}

func decodePending(value []byte, seal uint32) (p Pending, ok bool) {
	r := unseal(value, seal)
	p.RunID = r.text()
	p.WriteID = r.text()
	p.Action = record.Action(r.text())
	p.OnPremisesSHA256 = r.hash()
	p.CloudID = r.id()
	p.ETagBefore = r.long(longestKey)
	p.At = r.time()
	p.Restore = r.number() == 1
	if !r.ended() {
		return Pending{}, false
	}
	return p, true
}

// sighting is when somebody was first seen as an orphan, zero for never.
type sighting time.Time

func (t sighting) encode(seal uint32) ([]byte, bool) {
	if time.Time(t).IsZero() {
		return nil, false
	}
	w := begin()
	w.time(time.Time(t))
	return w.sealed(seal)
}

func decodeSighting(value []byte, seal uint32) (sighting, bool) {
	r := unseal(value, seal)
	t := r.time()
	return sighting(t), r.ended()
}

func (z Size) encode(seal uint32) ([]byte, bool) {
	w := begin()
	w.number(z.People)
	w.number(z.Photos)
	w.time(z.At)
	return w.sealed(seal)
}

func decodeSize(value []byte, seal uint32) (z Size, ok bool) {
	r := unseal(value, seal)
	z.People = r.number()
	z.Photos = r.number()
	z.At = r.time()
	if !r.ended() {
		return Size{}, false
	}
	return z, true
}

// cut shortens each text to what is kept of it.
func (w Whom) cut() Whom {
	short := func(s string) string {
		for len(s) > longest {
			_, size := utf8.DecodeLastRuneInString(s)
			s = s[:max(len(s)-size, 0)]
		}
		return s
	}
	return Whom{short(w.UserPrincipalName), short(w.DisplayName), short(w.SamAccountName), short(w.DN), short(w.ImmutableID)}
}

// How an id or a hash is kept.
const (
	inNoWay = iota
	inBytes
	inWords
)

// hash appends a SHA-256 in lower case, or that there is none.
func (w *writer) hash(s string) {
	if s == "" {
		w.body = append(w.body, inNoWay)
		return
	}
	sum, err := hex.DecodeString(s)
	w.ok = w.ok && err == nil && len(sum) == 32 && hex.EncodeToString(sum) == s
	w.body = append(append(w.body, inBytes), sum...)
}

func (r *reader) hash() string {
	switch r.bytes(1)[0] {
	case inNoWay:
		return ""
	case inBytes:
		return hex.EncodeToString(r.bytes(32))
	}
	r.ok = false
	return ""
}

// id appends the id of a cloud user, which is a GUID, or another text in a lab.
func (w *writer) id(s string) {
	id, err := match.ParseGUID(s)
	if err == nil && id.String() == s {
		w.body = append(append(w.body, inBytes), id[:]...)
		return
	}
	w.body = append(w.body, inWords)
	w.text(s)
}

func (r *reader) id() string {
	switch r.bytes(1)[0] {
	case inBytes:
		var id match.GUID
		copy(id[:], r.bytes(len(id)))
		return id.String()
	case inWords:
		return r.text()
	}
	r.ok = false
	return ""
}

func (w *writer) time(t time.Time) {
	w.body = binary.LittleEndian.AppendUint64(w.body, uint64(t.UnixMicro()))
}

func (r *reader) time() time.Time {
	return time.UnixMicro(int64(binary.LittleEndian.Uint64(r.bytes(8)))).UTC()
}
