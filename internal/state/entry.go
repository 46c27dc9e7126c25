package state

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"math"

	"photosync/internal/match"
	"photosync/internal/photo"
)

// Compared is what was compared, and what came of it: all that a row needs of
// both photos beside what a run reads anew.
type Compared struct {
	Of         Pair
	Comparison photo.Comparison

	OnPremisesKind   photo.Kind
	OnPremisesDetail int // 0 when it was not measured
	CloudKind        photo.Kind
	CloudDetail      int

	// Of the cloud's largest size, as far as that was read: else CloudBytes is 0.
	CloudBytes              int64
	CloudFormat             photo.Format
	CloudWidth, CloudHeight int

	// Confirmed says that the bytes that were compared are those of the pair. What
	// is not confirmed was seen once; a run compares again before it trusts that.
	Confirmed bool
}

// Pair names the photo of the directory and that of a cloud user.
type Pair struct {
	OnPremisesSHA256 string // as [photo.Facts] has it
	CloudID          string
	CloudETag        string
}

// longest bounds each text of an entry. Etags are words of 8 to 64 digits.
const longest = 1024

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is over what an entry says and of whom: an entry that damage has put
// under another person, or into another scope, says nothing.
func checksum(scope []byte, id match.GUID, body []byte) uint32 {
	sum := crc32.Update(crc32.Checksum(scope, castagnoli), castagnoli, id[:])
	return crc32.Update(sum, castagnoli, body)
}

// encode gives the entry of a person. It gives false for what has no place in
// one and so is not remembered.
func (c Compared) encode(scope []byte, id match.GUID) ([]byte, bool) {
	sum, err := hex.DecodeString(c.Of.OnPremisesSHA256)
	cloud, wrong := match.ParseGUID(c.Of.CloudID)
	if err != nil || wrong != nil || len(sum) != 32 || hex.EncodeToString(sum) != c.Of.OnPremisesSHA256 || cloud.String() != c.Of.CloudID || c.Of.CloudETag == "" {
		return nil, false
	}
	if !possible(c.Comparison) {
		return nil, false
	}
	w := writer{body: make([]byte, 4, 192), ok: true}
	w.body = append(append(w.body, sum...), cloud[:]...)
	w.text(c.Of.CloudETag)
	verdict := byte(c.Comparison.Verdict)
	if c.Comparison.SameBytes {
		verdict |= sameBytes
	}
	if c.Confirmed {
		verdict |= confirmed
	}
	w.body = append(w.body, verdict)
	w.body = binary.LittleEndian.AppendUint64(w.body, math.Float64bits(c.Comparison.Distance))
	w.text(string(c.OnPremisesKind))
	w.number(int64(c.OnPremisesDetail))
	w.text(string(c.CloudKind))
	w.number(int64(c.CloudDetail))
	w.number(c.CloudBytes)
	w.text(string(c.CloudFormat))
	w.number(int64(c.CloudWidth))
	w.number(int64(c.CloudHeight))
	binary.LittleEndian.PutUint32(w.body, checksum(scope, id, w.body[4:]))
	return w.body, w.ok
}

// The bits of an entry beside the verdict.
const (
	sameBytes = 0x80
	confirmed = 0x40
)

// writer appends the parts of an entry.
type writer struct {
	body []byte
	ok   bool // everything so far has a place
}

func (w *writer) text(s string) { w.long(s, longest) }

func (w *writer) long(s string, most int) {
	w.ok = w.ok && len(s) <= most
	w.body = append(binary.AppendUvarint(w.body, uint64(len(s))), s...)
}

func (w *writer) number(n int64) {
	w.ok = w.ok && n >= 0
	w.body = binary.AppendUvarint(w.body, uint64(n))
}

// decode reads the entry of a person. It gives false for an entry that is not
// there, that is damaged or that is somebody else's.
func decode(value, scope []byte, id match.GUID) (c Compared, ok bool) {
	if len(value) < 4 || binary.LittleEndian.Uint32(value) != checksum(scope, id, value[4:]) {
		return Compared{}, false
	}
	r := reader{rest: value[4:], ok: true}
	var cloud match.GUID
	c.Of.OnPremisesSHA256 = hex.EncodeToString(r.bytes(32))
	copy(cloud[:], r.bytes(len(cloud)))
	c.Of.CloudID = cloud.String()
	c.Of.CloudETag = r.text()
	verdict := r.bytes(1)[0]
	c.Comparison.Verdict = photo.Verdict(verdict &^ (sameBytes | confirmed))
	c.Comparison.SameBytes, c.Confirmed = verdict&sameBytes != 0, verdict&confirmed != 0
	c.Comparison.Distance = math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8)))
	c.OnPremisesKind = photo.Kind(r.text())
	c.OnPremisesDetail = r.size()
	c.CloudKind = photo.Kind(r.text())
	c.CloudDetail = r.size()
	c.CloudBytes = r.number()
	c.CloudFormat = photo.Format(r.text())
	c.CloudWidth = r.size()
	c.CloudHeight = r.size()
	if !r.ok || len(r.rest) > 0 || c.Of.CloudETag == "" || !possible(c.Comparison) {
		return Compared{}, false
	}
	return c, true
}

// possible reports whether package photo gives such a comparison.
func possible(c photo.Comparison) bool {
	return c.Verdict >= photo.Unsure && c.Verdict <= photo.Different && c.Distance >= 0 && c.Distance <= 1
}

// reader takes the parts of an entry. After one that is missing it gives zeros.
type reader struct {
	rest []byte
	ok   bool
}

func (r *reader) bytes(n int) []byte {
	if !r.ok || n > len(r.rest) {
		r.ok = false
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) number() int64 {
	n, size := binary.Uvarint(r.rest)
	if !r.ok || size <= 0 || n > math.MaxInt64 {
		r.ok = false
		return 0
	}
	r.rest = r.rest[size:]
	return int64(n)
}

func (r *reader) size() int {
	n := r.number()
	if n > math.MaxInt32 {
		r.ok = false
		return 0
	}
	return int(n)
}

func (r *reader) text() string { return r.long(longest) }

func (r *reader) long(most int64) string {
	n := r.number()
	if n > most {
		r.ok = false
		return ""
	}
	return string(r.bytes(int(n)))
}
