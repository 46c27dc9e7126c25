package lab

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// domainSID is the company's domain; a person's SID is this and a number.
const domainSID = "S-1-5-21-1004336348-1177238915-682003330"

// guidOf derives a GUID from a text, the same one each time.
func guidOf(text string) [16]byte {
	sum := sha256.Sum256([]byte("guid:" + text))
	var g [16]byte
	copy(g[:], sum[:])
	g[7] = g[7]&0x0f | 0x40 // version 4: the third group is stored little-endian
	g[8] = g[8]&0x3f | 0x80
	return g
}

// guidText gives the text form of a GUID in Active Directory's byte order: the
// first three groups are little-endian.
func guidText(g [16]byte) string {
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(g[0:]),
		binary.LittleEndian.Uint16(g[4:]), binary.LittleEndian.Uint16(g[6:]), g[8:10], g[10:])
}

var errNotGUID = errors.New("not a GUID")

// parseGUID reads both forms that a <GUID=...> base takes: 32 hexadecimal
// digits in storage order, or the text form with hyphens.
func parseGUID(text string) ([16]byte, error) {
	var g [16]byte
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != len(g) {
		return g, errNotGUID
	}
	copy(g[:], raw)
	if strings.Contains(text, "-") {
		binary.LittleEndian.PutUint32(g[0:], binary.BigEndian.Uint32(raw[0:]))
		binary.LittleEndian.PutUint16(g[4:], binary.BigEndian.Uint16(raw[4:]))
		binary.LittleEndian.PutUint16(g[6:], binary.BigEndian.Uint16(raw[6:]))
	}
	return g, nil
}

// immutableID gives the anchor that Entra Connect derives from raw bytes.
func immutableID(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

// sidBytes gives the binary form of a SID, nil if the text is none: revision,
// count, six bytes of authority big-endian, then the parts little-endian.
func sidBytes(text string) []byte {
	parts := strings.Split(text, "-")
	if len(parts) < 3 || !strings.EqualFold(parts[0], "S") {
		return nil
	}
	revision, err := strconv.ParseUint(parts[1], 10, 8)
	if err != nil {
		return nil
	}
	authority, err := strconv.ParseUint(parts[2], 10, 48)
	if err != nil || len(parts)-3 > 15 {
		return nil
	}
	out := binary.BigEndian.AppendUint64(nil, authority)
	out[0], out[1] = byte(revision), byte(len(parts)-3)
	for _, p := range parts[3:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return nil
		}
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
	}
	return out
}
