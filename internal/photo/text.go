package photo

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"
)

// textSample is how many bytes decide whether a value is text. It is more than
// a data URL's head and the signature of a picture take together.
const textSample = 1024

// unwrap gives the bytes of a picture that b holds as text, and true: as
// base64 (either alphabet, with or without the head of a data URL) or as
// hexadecimal digits (`FFD8`, `0xFFD8`, `0xFF, 0xD8`, `FF-D8`, `ff d8`), in
// quotes or not, in lines or not, as UTF-8 or (the way PowerShell turns a
// string into bytes) UTF-16. Where the text breaks off, the picture does.
// Everything else, and a value over [MaxInput], comes back as it is, with
// false. Text inside text is no picture.
func unwrap(b []byte) (raw []byte, text bool) {
	if len(b) > MaxInput || isPicture(b) {
		return b, false
	}
	for _, decode := range []func([]byte) []byte{fromBase64, fromHex} {
		if sample, _ := narrow(b[:min(len(b), textSample)]); isPicture(decode(sample)) {
			whole, _ := narrow(b)
			return decode(whole), true
		}
	}
	return b, false
}

func isPicture(b []byte) bool { return Sniff(b) != "" || isPhoneFormat(b) }

// aroundText may stand before and behind a text.
const aroundText = " \t\r\n\"'"

const dataURL = "data:" // the head goes on to a comma

// fromBase64 decodes the leading base64 of s, behind the head of a data URL if
// there is one. White space between the digits does not count.
func fromBase64(s []byte) []byte {
	s = bytes.TrimLeft(s, aroundText)
	if len(s) > len(dataURL) && bytes.EqualFold(s[:len(dataURL)], []byte(dataURL)) {
		s = s[1+bytes.IndexByte(s[:min(len(s), textSample)], ','):]
	}
	digits := base64Digits(s)
	if len(digits)%4 == 1 { // half a byte
		digits = digits[:len(digits)-1]
	}
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(digits)))
	n, _ := base64.RawStdEncoding.Decode(raw, digits) // there are only digits
	return raw[:n]
}

// base64Digits gives the leading base64 digits of s in the standard alphabet,
// without the white space between them and without padding.
func base64Digits(s []byte) []byte {
	digits := make([]byte, 0, len(s))
	for _, c := range s {
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n', c == '\\': // JSON writes \/
			continue
		case c == '-':
			c = '+'
		case c == '_':
			c = '/'
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
		default:
			return digits
		}
		digits = append(digits, c)
	}
	return digits
}

// fromHex decodes the leading pairs of hexadecimal digits of s. White space,
// hyphens, colons, commas and 0x between the pairs do not count.
func fromHex(s []byte) []byte {
	s = bytes.TrimLeft(s, aroundText)
	raw := make([]byte, 0, len(s)/2)
	for len(s) >= 2 {
		switch c := s[0]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-' || c == ':' || c == ',':
			s = s[1:]
		case c == '0' && (s[1] == 'x' || s[1] == 'X'):
			s = s[2:]
		default:
			var one [1]byte
			if _, err := hex.Decode(one[:], s[:2]); err != nil {
				return raw
			}
			raw, s = append(raw, one[0]), s[2:]
		}
	}
	return raw
}

// isText reports whether b begins like text in UTF-8 or UTF-16.
func isText(b []byte) bool {
	sample := b[:min(len(b), textSample)]
	s, whole := narrow(sample)
	if !whole {
		s = sample
	}
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 {
			return len(s) < utf8.UTFMax && len(b) > textSample // cut by the sample, not broken
		}
		if r < ' ' && r != '\t' && r != '\r' && r != '\n' {
			return false
		}
		s = s[n:]
	}
	return true
}

// narrow takes off a byte order mark and gives UTF-16 text of ASCII letters as
// single bytes, up to the first other letter; whole says that there is none.
// What does not begin like UTF-16 comes back as it is.
func narrow(b []byte) (s []byte, whole bool) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	high := 1 // index of the first high byte: little-endian unless something says otherwise
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		b = b[2:]
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		b, high = b[2:], 0
	case len(b) >= 2 && b[0] == 0 && b[1] != 0:
		high = 0
	}
	if len(b) < 4 || b[high] != 0 {
		return b, true
	}
	s = make([]byte, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		if b[i+high] != 0 {
			return s, false
		}
		s = append(s, b[i+1-high])
	}
	return s, true
}
