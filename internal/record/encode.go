package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// TimeFormat is the layout of every time in rows and summaries: UTC with milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// Field is one property of a row: its public name, and the value as text.
type Field struct {
	Name string
	Text string // "" when Null
	Null bool
	// Quoted says that JSON writes the value as a string.
	Quoted bool
}

// Fields gives the properties of a [Row], [Change] or [Check] in their published order.
// A value that is not known (an empty string, a nil pointer, a zero time) is Null.
// It panics for anything that is not a flat struct, which only a new row type could be.
func Fields(row any) []Field { return AppendFields(nil, row) }

// AppendFields appends what [Fields] gives to dst.
func AppendFields(dst []Field, row any) []Field {
	v := reflect.ValueOf(row)
	t := v.Type()
	for i := range t.NumField() {
		text, null, quoted := flat(v.Field(i))
		dst = append(dst, Field{Name: t.Field(i).Name, Text: text, Null: null, Quoted: quoted})
	}
	return dst
}

func flat(v reflect.Value) (text string, null, quoted bool) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "", true, false
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), v.String() == "", true
	case reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), false, false
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64), false, false
	}
	if t, ok := v.Interface().(time.Time); ok {
		if t.IsZero() {
			return "", true, true
		}
		return t.UTC().Format(TimeFormat), false, true
	}
	panic(fmt.Sprintf("record: a row cannot hold a %s", v.Type()))
}

// MarshalJSON writes the row flat, in the published order, in pure ASCII.
func (r Row) MarshalJSON() ([]byte, error) { return AppendJSON(nil, r), nil }

// MarshalJSON writes the change flat, in the published order, in pure ASCII.
func (c Change) MarshalJSON() ([]byte, error) { return AppendJSON(nil, c), nil }

// MarshalJSON writes the check flat, in the published order, in pure ASCII.
func (c Check) MarshalJSON() ([]byte, error) { return AppendJSON(nil, c), nil }

// AppendJSON appends a [Row], [Change] or [Check] to dst as one JSON object without
// line breaks. The text is pure ASCII, so that no host, code page or log
// shipper can damage it.
func AppendJSON(dst []byte, row any) []byte {
	dst = append(dst, '{')
	var buf [40]Field
	for i, f := range AppendFields(buf[:0], row) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, f.Name)
		dst = append(dst, ':')
		switch {
		case f.Null:
			dst = append(dst, "null"...)
		case f.Quoted:
			dst = appendString(dst, f.Text)
		default:
			dst = append(dst, f.Text...)
		}
	}
	return append(dst, '}')
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string in ASCII; invalid UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r >= 0x20 && r < 0x7f:
			dst = append(dst, byte(r))
		case r > 0xffff:
			r -= 0x10000
			dst = appendUnit(dst, 0xd800+r>>10)
			dst = appendUnit(dst, 0xdc00+r&0x3ff)
		default:
			dst = appendUnit(dst, r)
		}
	}
	return append(dst, '"')
}

func appendUnit(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// MarshalJSON writes the summary with every property present: times as in
// rows, unknown texts as null, counts of every value of the closed lists.
func (s Summary) MarshalJSON() ([]byte, error) {
	null := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	return json.Marshal(struct {
		Command      string
		RunId        any
		Outcome      Outcome
		ExitCode     int
		StartedAt    string
		DurationMs   int64
		People       int64
		Statuses     Counts[Status]
		Changes      Counts[ChangeStatus]
		Requests     Requests
		ErrorCode    any
		ErrorMessage any
		Remedy       any
	}{
		s.Command, null(s.RunId), s.Outcome, s.ExitCode, s.StartedAt.UTC().Format(TimeFormat), s.DurationMs, s.People,
		s.Statuses, s.Changes, s.Requests, null(string(s.ErrorCode)), null(s.ErrorMessage), null(s.Remedy),
	})
}
