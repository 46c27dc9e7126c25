package lab

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// condition is a $filter, ready to be asked.
type condition func(CloudUser) bool

// filterParser reads the part of OData's filter language that Microsoft Graph
// takes for users without advanced queries: eq, in, and, or, parentheses.
type filterParser struct {
	words      []string
	at         int
	clauses    int // joined by or, or listed by in
	properties []property
	advanced   bool
	test       condition
}

// maxClauses is how many alternatives a filter may have.
const maxClauses = 15

var (
	errFilterSyntax  = errors.New("invalid filter clause")
	errFilterUse     = errors.New("unsupported property filter clause")
	errFilterClauses = errors.New("too many child clauses specified in search filter expression containing 'OR' operators; 15 are allowed")
)

// readFilter parses $filter.
func (c *call) readFilter(values url.Values) (*filterParser, *reply) {
	p := &filterParser{advanced: strings.EqualFold(c.header.Get("ConsistencyLevel"), "eventual") && values.Get("$count") == "true"}
	if !values.Has("$filter") {
		return p, nil
	}
	words, err := splitFilter(values.Get("$filter"))
	if err == nil {
		p.words = words
		p.test, err = p.alternatives()
	}
	if err == nil && p.at < len(p.words) {
		err = errFilterSyntax
	}
	if err == nil && p.clauses > maxClauses {
		err = errFilterClauses
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "Request_UnsupportedQuery", err.Error())
	}
	return p, nil
}

// splitFilter cuts a filter into words. A text keeps its opening quote, so
// that it is told from a name; two quotes inside it are one.
func splitFilter(s string) ([]string, error) {
	var words []string
	for i := 0; i < len(s); {
		switch ch := s[i]; {
		case ch == ' ':
			i++
		case strings.IndexByte("(),", ch) >= 0:
			words = append(words, string(ch))
			i++
		case ch == '\'':
			text, length, ok := quoted(s[i:])
			if !ok {
				return nil, errFilterSyntax
			}
			words = append(words, "'"+text)
			i += length
		default:
			end := strings.IndexAny(s[i:], " (),'")
			if end < 0 {
				end = len(s) - i
			}
			words = append(words, s[i:i+end])
			i += end
		}
	}
	return words, nil
}

// quoted reads a text in quotes from the start of s.
func quoted(s string) (text string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}

func (p *filterParser) next() string {
	if p.at >= len(p.words) {
		return ""
	}
	p.at++
	return p.words[p.at-1]
}

// take goes over a word if it is the next one.
func (p *filterParser) take(word string) bool {
	if p.at < len(p.words) && p.words[p.at] == word {
		p.at++
		return true
	}
	return false
}

func (p *filterParser) alternatives() (condition, error) {
	left, err := p.conjunction()
	for err == nil && p.take("or") {
		var right condition
		first := left
		if right, err = p.conjunction(); err == nil {
			left = func(u CloudUser) bool { return first(u) || right(u) }
		}
	}
	return left, err
}

func (p *filterParser) conjunction() (condition, error) {
	left, err := p.clause()
	for err == nil && p.take("and") {
		var right condition
		first := left
		if right, err = p.clause(); err == nil {
			left = func(u CloudUser) bool { return first(u) && right(u) }
		}
	}
	return left, err
}

func (p *filterParser) clause() (condition, error) {
	if p.take("(") {
		inner, err := p.alternatives()
		if err == nil && !p.take(")") {
			err = errFilterSyntax
		}
		return inner, err
	}
	prop, ok := propertyNamed(p.next())
	if !ok {
		return nil, errFilterSyntax
	}
	if prop.filter == noFilter || prop.filter == advancedFilter && !p.advanced {
		return nil, errFilterUse
	}
	p.properties = append(p.properties, prop)
	switch p.next() {
	case "eq":
		return p.equals(prop)
	case "in":
		return p.oneOf(prop)
	}
	return nil, errFilterUse
}

func (p *filterParser) equals(prop property) (condition, error) {
	p.clauses++
	wanted, err := literal(p.next())
	if err != nil {
		return nil, err
	}
	return func(u CloudUser) bool { return same(prop, prop.of(u), wanted) }, nil
}

func (p *filterParser) oneOf(prop property) (condition, error) {
	if !p.take("(") {
		return nil, errFilterSyntax
	}
	var wanted []any
	for {
		v, err := literal(p.next())
		if err != nil {
			return nil, err
		}
		p.clauses++
		wanted = append(wanted, v)
		if p.take(")") {
			break
		}
		if !p.take(",") {
			return nil, errFilterSyntax
		}
	}
	return func(u CloudUser) bool {
		for _, w := range wanted {
			if same(prop, prop.of(u), w) {
				return true
			}
		}
		return false
	}, nil
}

// literal gives a text, a truth value or nil.
func literal(word string) (any, error) {
	switch {
	case strings.HasPrefix(word, "'"):
		return word[1:], nil
	case word == "true" || word == "false":
		return word == "true", nil
	case word == "null":
		return nil, nil //nolint:nilnil // null is a value of the language
	}
	return nil, errFilterSyntax
}

// same compares a property with a literal: texts without case, but anchors,
// which are base64, with it.
func same(prop property, value, wanted any) bool {
	a, isText := value.(string)
	b, wantsText := wanted.(string)
	if isText && wantsText && prop.name != "onPremisesImmutableId" {
		return strings.EqualFold(a, b)
	}
	return value == wanted
}
