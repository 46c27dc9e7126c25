package bridge

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// field is where a field of a line goes, and what it has to be.
type field struct {
	name string
	kind string // as a fault names it
	take func(js []byte) bool
}

// fill takes the named fields out of an object; null is the same as a field that
// was left out. Names count with their case, which encoding/json would not do
// for a struct: a misspelt dryRun must not pass for none, nor for one.
func fill(js []byte, fields ...field) error {
	object := make(map[string]json.RawMessage)
	if err := json.Unmarshal(js, &object); err != nil {
		return breach("it is not an object")
	}
	for _, f := range fields {
		if value, given := object[f.name]; given && !isNull(value) && !f.take(value) {
			return breach("%s is not %s", f.name, f.kind)
		}
	}
	return nil
}

// fillOnly is fill, and refuses fields that are not named.
func fillOnly(js []byte, fields ...field) error {
	object := make(map[string]json.RawMessage)
	if err := json.Unmarshal(js, &object); err != nil {
		return breach("it is not an object")
	}
	for name := range object {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			return breach("there is no field %.40q", name)
		}
	}
	return fill(js, fields...)
}

// lineFields are the fields of every line, and those of its type.
func lineFields(fields ...field) []field {
	heard := func([]byte) bool { return true } // they were looked at when the line came
	return append(fields, field{"v", "", heard}, field{"type", "", heard}, field{"id", "", heard})
}

// begins reports whether a JSON value is of the kind that begins with c.
func begins(js []byte, c byte) bool {
	js = bytes.TrimLeft(js, " \t\r\n")
	return len(js) > 0 && js[0] == c
}

func isNull(js []byte) bool { return begins(js, 'n') }

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

func arrayField(name string, to *[]json.RawMessage) field {
	return field{name, "an array", func(js []byte) bool { return json.Unmarshal(js, to) == nil }}
}

// bytesField reads base64. What is left out stays nil, "" becomes empty.
func bytesField(name string, to *[]byte) field {
	return field{name, "base64", func(js []byte) bool { return begins(js, '"') && json.Unmarshal(js, to) == nil }}
}

// nameField takes a text that names somebody. What is longer than any name is
// cut, and stays longer than any name.
func nameField(name string, to *string) field {
	return field{name, "a string", func(js []byte) bool {
		if !begins(js, '"') || json.Unmarshal(js, to) != nil {
			return false
		}
		*to = clip(*to)
		return true
	}}
}

// maxText is longer than anything that names a person; DNs are the longest.
const maxText = 4097

func clip(text string) string {
	if len(text) > maxText {
		text = strings.Clone(text[:maxText])
	}
	return text
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
