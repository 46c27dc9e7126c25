package record

import (
	"encoding/json"
	"reflect"
	"time"
)

// contract is what other languages need to know of this package, in the shape
// of bridge/contract.json.
type contract struct {
	Comment    string                     `json:"comment"`
	Types      map[string][]contractField `json:"types"`
	Lists      map[string]contractList    `json:"lists"`
	Categories []Category                 `json:"categories"`
	Errors     []contractError            `json:"errors"`
	ExitCodes  []contractExit             `json:"exitCodes"`
	Operations []Operation                `json:"operations"`
	Words      []Word                     `json:"words"`
	Precedence contractPrecedence         `json:"precedence"`
}

// contractPrecedence says which value wins when several are true.
type contractPrecedence struct {
	ExitCodes []ExitCode `json:"exitCodes"`
	Reasons   []Reason   `json:"reasons"`
}

type contractField struct {
	Name string `json:"name"`
	Type string `json:"type"` // string, integer, number, boolean, dateTime, counts, requests
	List string `json:"list,omitempty"`
}

type contractList struct {
	Closed bool     `json:"closed"`
	Values []string `json:"values"`
}

type contractError struct {
	Code     Code     `json:"code"`
	Category Category `json:"category"`
	ExitCode ExitCode `json:"exitCode"`
	Who      Fixer    `json:"who"`
	Again    bool     `json:"again"`
	Meaning  string   `json:"meaning"`
	Remedy   string   `json:"remedy"`
}

type contractExit struct {
	Code    ExitCode `json:"code"`
	Meaning string   `json:"meaning"`
}

// Contract gives the contents of bridge/contract.json: the rows, the lists,
// the error codes and the exit codes, as this version has them.
func Contract() []byte {
	c := contract{
		Comment: "Generated from internal/record by: go test ./internal/record -run Contract -update",
		Types: map[string][]contractField{
			"Row": fieldsOf(Row{}), "Change": fieldsOf(Change{}), "Check": fieldsOf(Check{}), "Run": fieldsOf(Run{}), "Summary": fieldsOf(Summary{}), "Requests": fieldsOf(Requests{}),
		},
		Lists: map[string]contractList{
			"Status":       list(true, Statuses),
			"Reason":       list(false, ReasonPrecedence),
			"Finding":      list(false, Findings),
			"Action":       list(true, Actions),
			"Baseline":     list(true, Baselines),
			"OnConflict":   list(true, OnConflicts),
			"MatchKey":     list(true, MatchKeys),
			"Side":         list(true, Sides),
			"ChangeStatus": list(true, ChangeStatuses),
			"Outcome":      list(true, Outcomes),
			"CheckStatus":  list(true, CheckStatuses),
			"Fixer":        list(true, Fixers),
		},
		Categories: Categories,
		Operations: Operations,
		Words:      Words,
		Precedence: contractPrecedence{precedence, ReasonPrecedence},
	}
	for _, e := range Catalogue {
		c.Errors = append(c.Errors, contractError{e.Code, e.Category, e.Exit, e.Who, e.Again, e.Meaning, e.Remedy})
	}
	for _, e := range ExitCodes {
		c.ExitCodes = append(c.ExitCodes, contractExit(e))
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		panic(err) // the types above always marshal
	}
	return append(text, '\n')
}

func list[T ~string](closed bool, values []T) contractList {
	l := contractList{Closed: closed}
	for _, v := range values {
		l.Values = append(l.Values, string(v))
	}
	return l
}

func fieldsOf(v any) []contractField {
	t := reflect.TypeOf(v)
	var fields []contractField
	for i := range t.NumField() {
		f := contractField{Name: t.Field(i).Name}
		f.Type, f.List = typeOf(f.Name, t.Field(i).Type)
		fields = append(fields, f)
	}
	return fields
}

func typeOf(name string, t reflect.Type) (kind, list string) {
	if name == "Findings" {
		return "string", "Finding"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "dateTime", ""
	case t == reflect.TypeFor[Counts[Status]]():
		return "counts", "Status"
	case t == reflect.TypeFor[Counts[ChangeStatus]]():
		return "counts", "ChangeStatus"
	case t == reflect.TypeFor[Requests]():
		return "requests", ""
	case t == reflect.TypeFor[Code]():
		return "string", "Error"
	case t.Kind() == reflect.String && t.Name() != "string":
		return "string", t.Name()
	case t.Kind() == reflect.Float64:
		return "number", ""
	case t.Kind() == reflect.Int64 || t.Kind() == reflect.Int:
		return "integer", ""
	}
	return t.Kind().String(), ""
}
