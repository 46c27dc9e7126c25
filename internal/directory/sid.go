package directory

import (
	"encoding/binary"
	"strconv"
	"strings"
)

const (
	sidRevision       = 1
	maxSubAuthorities = 15
)

// sidText gives the text form of a binary SID (MS-DTYP 2.4.2), "" when the bytes
// are not one.
func sidText(b []byte) string {
	if len(b) < 8 || b[0] != sidRevision || int(b[1]) > maxSubAuthorities || len(b) != 8+4*int(b[1]) {
		return ""
	}
	authority := uint64(binary.BigEndian.Uint16(b[2:4]))<<32 | uint64(binary.BigEndian.Uint32(b[4:8]))
	out := strings.Builder{}
	out.WriteString("S-1-")
	if authority < 1<<32 {
		out.WriteString(strconv.FormatUint(authority, 10))
	} else {
		hex := strconv.FormatUint(authority, 16)
		out.WriteString("0x" + strings.Repeat("0", 12-len(hex)) + hex)
	}
	for i := 8; i < len(b); i += 4 {
		out.WriteString("-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b[i:])), 10))
	}
	return out.String()
}

// parseSID gives the binary form of a SID's text form, in any case.
func parseSID(text string) ([]byte, bool) {
	parts := strings.Split(strings.ToUpper(text), "-")
	if len(parts) < 3 || len(parts) > 3+maxSubAuthorities || parts[0] != "S" || parts[1] != "1" {
		return nil, false
	}
	authority, err := authorityOf(parts[2])
	if err != nil {
		return nil, false
	}
	sub := parts[3:]
	b := make([]byte, 8, 8+4*len(sub))
	binary.BigEndian.PutUint64(b, authority)
	b[0], b[1] = sidRevision, byte(len(sub))
	for _, s := range sub {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return nil, false
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b, true
}

// authorityOf reads the 48-bit authority: decimal, or hexadecimal after 0x.
func authorityOf(text string) (uint64, error) {
	if digits, hex := strings.CutPrefix(text, "0X"); hex {
		return strconv.ParseUint(digits, 16, 48)
	}
	return strconv.ParseUint(text, 10, 48)
}
