package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf16"

	"photosync/internal/record"
)

const (
	formatKey = "photosyncPlan" // the header's first property
	sealKey   = "Sha256"        // the last property of each line
)

// object is the properties of a line in their order, but for the seal.
type object []property

type property struct {
	name  string
	value value
}

// value is what a property is kept in.
type value interface {
	// append appends the value as JSON, in the one form in which it is written.
	append(dst []byte) []byte
	// read takes a value from JSON: a string, number, bool, or nil for null.
	read(any) bool
}

// sealed gives the line with its seal: the hash over its other values, as they are
// written, and the plan that it is of.
func (o object) sealed(plan string) []byte {
	body := []byte{'{'}
	for i, p := range o {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendText(body, p.name)
		body = p.value.append(append(body, ':'))
	}
	sum := sha256.Sum256(slices.Concat([]byte(plan), []byte{'\n'}, body))
	return append(body, `,"`+sealKey+`":"`+hex.EncodeToString(sum[:])+`"}`...)
}

var errSeal = errors.New("a value was changed, or the line is of another plan")

// open takes the values of a line, which have to be all of them, no other and
// those that were sealed.
func (o object) open(values map[string]any, plan string) error {
	for _, p := range o {
		v, there := values[p.name]
		switch {
		case !there:
			return fmt.Errorf("%s is missing", p.name)
		case !p.value.read(v):
			return fmt.Errorf("%s was changed", p.name)
		}
	}
	for name := range values {
		if name != sealKey && !slices.ContainsFunc(o, func(p property) bool { return p.name == name }) {
			return fmt.Errorf("it has a property %q", name)
		}
	}
	seal, _ := values[sealKey].(string) // "" for anything else
	if want := fmt.Sprintf(`,"%s":"%s"}`, sealKey, seal); !bytes.HasSuffix(o.sealed(plan), []byte(want)) {
		return errSeal
	}
	return nil
}

var errNotObject = errors.New("it is not one whole JSON object")

// parse reads a line of JSON. When a property is there twice, it gives an error
// with the values.
func parse(line []byte) (map[string]any, error) {
	if !json.Valid(line) || line[0] != '{' {
		return nil, errNotObject
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	_, _ = d.Token() // the brace that was seen
	values := make(map[string]any)
	var twice error
	for d.More() {
		name, _ := d.Token() // what is valid JSON gives no error
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, errNotObject // nested too deeply
		}
		key, _ := name.(string)
		if _, there := values[key]; there {
			twice = fmt.Errorf("%q is there twice", key)
			continue
		}
		values[key] = v
	}
	return values, twice
}

// text is a string; "" is written as null.
type text struct{ *string }

func (t text) append(dst []byte) []byte {
	if *t.string == "" {
		return append(dst, "null"...)
	}
	return appendText(dst, *t.string)
}

func (t text) read(v any) bool {
	s, ok := v.(string)
	*t.string = s
	return ok || v == nil
}

// appendText appends a JSON string in ASCII; what is not UTF-8 becomes U+FFFD.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r >= ' ' && r <= '~':
			dst = append(dst, byte(r))
		default:
			for _, unit := range utf16.AppendRune(nil, r) {
				dst = fmt.Appendf(dst, `\u%04x`, unit)
			}
		}
	}
	return append(dst, '"')
}

// count is a whole number that is not negative.
type count[T int | int64] struct{ n *T }

func (c count[T]) append(dst []byte) []byte { return strconv.AppendInt(dst, int64(*c.n), 10) }

func (c count[T]) read(v any) bool {
	text, _ := v.(json.Number) // "" for anything else
	n, err := text.Int64()
	*c.n = T(n)
	return err == nil && n >= 0 && int64(*c.n) == n
}

// number is a whole number that is always the same.
type number int64

func (n number) append(dst []byte) []byte { return strconv.AppendInt(dst, int64(n), 10) }

func (n number) read(v any) bool { return v == json.Number(strconv.FormatInt(int64(n), 10)) }

type yesNo struct{ *bool }

func (y yesNo) append(dst []byte) []byte { return strconv.AppendBool(dst, *y.bool) }

func (y yesNo) read(v any) bool {
	b, ok := v.(bool)
	*y.bool = b
	return ok
}

// moment is a time, kept to the millisecond.
type moment struct{ *time.Time }

func (m moment) append(dst []byte) []byte {
	return appendText(dst, m.UTC().Format(record.TimeFormat))
}

func (m moment) read(v any) bool {
	s, _ := v.(string) // "" for anything else
	t, err := time.Parse(record.TimeFormat, s)
	*m.Time = t
	return err == nil
}
