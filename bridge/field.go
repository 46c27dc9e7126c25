package bridge

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// field is where a field of a line goes, and what it has to be.
type field struct {
	name string
	kind string // as a fault names it
	take func(js []byte) bool
}

// fill takes the named fields out of an object. Others are ignored, and null
// is the same as a field that was left out.
func fill(js []byte, fields ...field) error {
	for name, value := range object(js) {
		for _, f := range fields {
			if f.name == name && !isNull(value) && !f.take(value) {
				return breach("%s is not %s", name, f.kind)
			}
		}
	}
	return nil
}

// onlyFields refuses fields that are not among the names.
func onlyFields(js []byte, names ...string) error {
	for name := range object(js) {
		if !slices.Contains(names, name) {
			return breach("a request has no field %q", name)
		}
	}
	return nil
}

func textField(name string, to *string) field {
	return field{name, "a string", func(js []byte) bool { return begins(js, '"') && json.Unmarshal(js, to) == nil }}
}

func flagField(name string, to *bool) field {
	return field{name, "true or false", func(js []byte) bool { return json.Unmarshal(js, to) == nil }}
}

func numberField(name string, to *int64) field {
	return field{name, "an integer", func(js []byte) bool { return json.Unmarshal(js, to) == nil }}
}

// givenNumberField keeps apart 0 and a number that was left out.
func givenNumberField(name string, to **int64) field {
	return field{name, "an integer", func(js []byte) bool { return json.Unmarshal(js, to) == nil }}
}

// objectField gives a part of the line itself, not a copy.
func objectField(name string, to *[]byte) field {
	return field{name, "an object", func(js []byte) bool { *to = js; return begins(js, '{') }}
}

func arrayField(name string, to *[]byte) field {
	return field{name, "an array", func(js []byte) bool { *to = js; return begins(js, '[') }}
}

// bytesField reads base64. What is left out stays nil, "" becomes empty.
func bytesField(name string, to *[]byte) field {
	return field{name, "base64", func(js []byte) bool {
		s, ok := plain(js)
		if !ok {
			// Some hosts write + and / as escapes.
			var decoded string
			if !begins(js, '"') || json.Unmarshal(js, &decoded) != nil {
				return false
			}
			s = []byte(decoded)
		}
		b := make([]byte, base64.StdEncoding.DecodedLen(len(s)))
		n, err := base64.StdEncoding.Decode(b, s)
		*to = b[:n]
		return err == nil
	}}
}

func secretField(name string, to *Secret) field {
	return field{name, "base64 of UTF-8", func(js []byte) bool {
		var b []byte
		ok := bytesField(name, &b).take(js) && utf8.Valid(b)
		*to = Secret(b)
		return ok
	}}
}

// oneOfField takes one of a closed list.
func oneOfField(name string, to *string, list ...string) field {
	return field{name, "one of its values", func(js []byte) bool {
		var s string
		if json.Unmarshal(js, &s) != nil {
			return false
		}
		for _, known := range list {
			if s == known {
				*to = s
				return true
			}
		}
		return false
	}}
}

// givenFlagField keeps apart false and a flag that was left out.
func givenFlagField(name string, to **bool) field {
	return field{name, "true or false", func(js []byte) bool { return json.Unmarshal(js, to) == nil }}
}
