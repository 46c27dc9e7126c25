package plan

import (
	"cmp"
	"strings"
)

// newer reports whether version a is newer than b, by the precedence of semantic
// versions: numbers first, and what has a pre-release's mark comes before what
// has none. A part that is no number counts as an old one.
func newer(a, b string) bool { return compareVersions(a, b) > 0 }

func compareVersions(a, b string) int {
	a, b = strings.TrimPrefix(a, "v"), strings.TrimPrefix(b, "v")
	a, _, _ = strings.Cut(a, "+") // how it was built counts for nothing
	b, _, _ = strings.Cut(b, "+")
	a, preA, isPreA := strings.Cut(a, "-")
	b, preB, isPreB := strings.Cut(b, "-")
	if order := compareParts(a, b, "0"); order != 0 {
		return order
	}
	switch {
	case isPreA && isPreB:
		return compareParts(preA, preB, "")
	case isPreA:
		return -1
	case isPreB:
		return 1
	}
	return 0
}

// compareParts compares what is between dots; missing stands for parts that one
// of the two does not have.
func compareParts(a, b, missing string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if order := comparePart(cmp.Or(x, missing), cmp.Or(y, missing)); order != 0 {
			return order
		}
	}
	return 0
}

// comparePart compares numbers as such, and a number is before any word.
func comparePart(x, y string) int {
	isX, isY := isNumber(x), isNumber(y)
	switch {
	case isX && isY:
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
	case x == "" || y == "": // the shorter list is before
		return cmp.Compare(len(x), len(y))
	case isX:
		return -1
	case isY:
		return 1
	}
	return cmp.Compare(x, y)
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
