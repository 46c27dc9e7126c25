package bridge

import (
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// head is what every line begins with.
type head struct {
	V    int    `json:"v"`
	Type string `json:"type"`
	ID   int64  `json:"id"`
}

func headOf(kind string, id int64) head { return head{ProtocolVersion, kind, id} }

// text is a string that is null on the wire when there is nothing to say.
type text string

// MarshalJSON gives null for "".
func (t text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// encode gives a line, complete with its LF.
func encode(line any) ([]byte, error) {
	b, err := json.Marshal(line)
	if err != nil {
		return nil, fmt.Errorf("encode a line: %w", err)
	}
	if b = appendASCII(make([]byte, 0, len(b)+len(b)/8+1), b); len(b) > MaxLine {
		return nil, fmt.Errorf("encode a line: it has %d bytes", len(b))
	}
	return append(b, '\n'), nil
}

// appendASCII adds JSON to a line with everything above 0x7E as \uXXXX. Outside
// of its strings JSON is ASCII, so the escapes only ever land inside of one.
// Hosts read with whatever code page they were given; ASCII is the same in all.
func appendASCII(line, js []byte) []byte {
	for i := 0; i < len(js); {
		from := i
		for i < len(js) && js[i] < 0x7F {
			i++
		}
		line = append(line, js[from:i]...)
		if i == len(js) {
			break
		}
		r, size := utf8.DecodeRune(js[i:])
		i += size
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			line = appendUnit(appendUnit(line, high), low)
		} else {
			line = appendUnit(line, r)
		}
	}
	return line
}

func appendUnit(line []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(line, '\\', 'u', digits[unit>>12&0xF], digits[unit>>8&0xF], digits[unit>>4&0xF], digits[unit&0xF])
}
