package photo

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"
)

// textSample is how many bytes decide whether a value is text. It is more than
// a data URL's head and the signature of a picture take together.
const textSample = 1024

// isBase64Picture reports whether b is a picture as base64 text, with or
// without the head of a data URL, quotes and line breaks, as UTF-8 or (the way
// PowerShell turns a string into bytes) UTF-16.
func isBase64Picture(b []byte) bool {
	s := bytes.Trim(narrow(b[:min(len(b), textSample)]), " \t\r\n\"'")
	if head, rest, ok := bytes.Cut(s, []byte(",")); ok && bytes.HasPrefix(bytes.ToLower(head), []byte("data:")) {
		s = rest
	}
	digits := base64Digits(s)
	raw, err := base64.StdEncoding.DecodeString(string(digits[:len(digits)/4*4]))
	return err == nil && (Sniff(raw) != "" || isPhoneFormat(raw))
}

// base64Digits gives the leading base64 digits of s in the standard alphabet,
// without the white space between them and without padding.
func base64Digits(s []byte) []byte {
	digits := make([]byte, 0, len(s))
	for _, c := range s {
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
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

// isText reports whether b begins like text in UTF-8 or UTF-16.
func isText(b []byte) bool {
	s := narrow(b[:min(len(b), textSample)])
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
// single bytes; anything else comes back as it is.
func narrow(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	high := 1 // index of the first high byte: little-endian unless a mark says otherwise
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		b = b[2:]
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		b, high = b[2:], 0
	}
	if len(b) < 4 {
		return b
	}
	out := make([]byte, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		if b[i+high] != 0 {
			return b
		}
		out = append(out, b[i+1-high])
	}
	return out
}
