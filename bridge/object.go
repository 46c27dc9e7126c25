package bridge

import (
	"encoding/json"
	"iter"
)

// encoding/json matches keys whatever their case, and copies each part of a
// line once a level. So lines are split here: they have passed json.Valid
// before, and the parts are slices of them.

// object gives the fields of a JSON object, in order.
func object(js []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		i := space(js, 0) + 1
		for {
			i = space(js, i)
			if js[i] == ',' {
				i = space(js, i+1)
			}
			if js[i] == '}' {
				return
			}
			end := value(js, i)
			k := key(js[i:end])
			i = space(js, space(js, end)+1) // past the colon
			end = value(js, i)
			if !yield(k, js[i:end]) {
				return
			}
			i = end
		}
	}
}

// array gives the elements of a JSON array.
func array(js []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		i := space(js, 0) + 1
		for {
			i = space(js, i)
			if js[i] == ',' {
				i = space(js, i+1)
			}
			if js[i] == ']' {
				return
			}
			end := value(js, i)
			if !yield(js[i:end]) {
				return
			}
			i = end
		}
	}
}

// begins reports whether a JSON value is of the kind that begins with c.
func begins(js []byte, c byte) bool { i := space(js, 0); return i < len(js) && js[i] == c }

func isNull(js []byte) bool { return begins(js, 'n') }

// space gives the place of the first byte at or after i that is no white space.
func space(js []byte, i int) int {
	for i < len(js) && (js[i] == ' ' || js[i] == '\t' || js[i] == '\r' || js[i] == '\n') {
		i++
	}
	return i
}

// value gives the end of the value that begins at i.
func value(js []byte, i int) int {
	depth := 0
	for i < len(js) {
		switch js[i] {
		case '"':
			i = quoted(js, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
		default: // a number or a word
			for i < len(js) && !isDelimiter(js[i]) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

func isDelimiter(c byte) bool {
	switch c {
	case ',', ':', '}', ']', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

// quoted gives the end of the string that begins at i.
func quoted(js []byte, i int) int {
	for i++; js[i] != '"'; i++ {
		if js[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func key(js []byte) string {
	if s, ok := plain(js); ok {
		return string(s)
	}
	var s string
	_ = json.Unmarshal(js, &s) // a valid string always decodes
	return s
}

// plain gives the bytes of a string without escapes.
func plain(js []byte) ([]byte, bool) {
	if len(js) < 2 || js[0] != '"' {
		return nil, false
	}
	s := js[1 : len(js)-1]
	for _, c := range s {
		if c == '\\' {
			return nil, false
		}
	}
	return s, true
}
