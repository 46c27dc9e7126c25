package record_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

var update = flag.Bool("update", false, "write bridge/contract.json and docs/errors.md anew")

func TestContractIsCurrent(t *testing.T) {
	const file = "../../bridge/contract.json"
	want := record.Contract()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("bridge/contract.json is stale; run: go test ./internal/record -run Contract -update\n%s", diff)
	}
}

func TestErrorsPageIsCurrent(t *testing.T) {
	const file = "../../docs/errors.md"
	want := record.ErrorsPage()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/errors.md is stale; run: go test ./internal/record -run ErrorsPage -update\n%s", diff)
	}
	for _, e := range record.Catalogue {
		if !bytes.Contains(want, []byte("| `"+e.Code+"` |")) {
			t.Errorf("%s is not on the page", e.Code)
		}
	}
}

// The property lists of the public contract, as its page has them.
const (
	rowProperties = `UserPrincipalName, DisplayName, SamAccountName, ObjectGuid, DistinguishedName, CloudId, MatchedBy, Status, Reason, Findings, Action, ChangedSide,
Distance, OnPremisesBytes, OnPremisesFormat, OnPremisesWidth, OnPremisesHeight, OnPremisesSha256, OnPremisesChangedAt, CloudBytes, CloudFormat, CloudWidth, CloudHeight, CloudETag, ErrorCode, ErrorMessage, Remedy, RequestId`
	changeProperties = `UserPrincipalName, DisplayName, SamAccountName, ObjectGuid, CloudId, Action, Status,
Reason, OnPremisesSha256, ETagBefore, ETagAfter, BackupSha256, Bytes, RunId, At, ErrorCode, ErrorMessage, Remedy, RequestId`
	summaryProperties = `Command, RunId, Outcome, ExitCode, StartedAt, DurationMs, People, Statuses, Changes, Requests, ErrorCode, ErrorMessage, Remedy`
)

func TestPropertiesAndTheirOrder(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"Row":     {record.Row{}, rowProperties},
		"Change":  {record.Change{}, changeProperties},
		"Check":   {record.Check{}, "Check, Status, Evidence, Remedy, ErrorCode, RequestId"},
		"Summary": {record.Summary{}, summaryProperties},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(c.value)
			if err != nil {
				t.Fatal(err)
			}
			want := regexp.MustCompile(`,\s*`).Split(c.want, -1)
			if diff := cmp.Diff(want, keysOf(t, text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// keysOf gives the top-level keys of a JSON object in the order of the text.
func keysOf(t *testing.T, text []byte) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	var keys []string
	depth, isKey := 0, false
	for {
		tok, err := dec.Token()
		if err != nil {
			return keys
		}
		switch v := tok.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				depth++
			} else {
				depth--
			}
			isKey = depth == 1
			continue
		case string:
			if depth == 1 && isKey {
				keys = append(keys, v)
				isKey = false
				continue
			}
		}
		if depth == 1 {
			isKey = true
		}
	}
}

func TestRowIsFlatASCIIWithNulls(t *testing.T) {
	row := record.Row{
		UserPrincipalName: "jörg@corp.example",
		DisplayName:       "李 \"Q\" \\ \x1b[31m\u2028 😀 \xff",
		Status:            record.Drifted,
		Distance:          record.Ptr(0.0),
		OnPremisesBytes:   record.Ptr(int64(0)),
	}
	row.OnPremisesChangedAt = time.Date(2026, 1, 31, 23, 59, 59, 123456789, time.FixedZone("", 3600))
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range text {
		if b < 0x20 || b > 0x7e {
			t.Fatalf("byte %#x in %s", b, text)
		}
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"UserPrincipalName":   "jörg@corp.example",
		"DisplayName":         "李 \"Q\" \\ \x1b[31m\u2028 😀 \ufffd",
		"Status":              "Drifted",
		"Distance":            0.0,
		"OnPremisesBytes":     0.0,
		"OnPremisesChangedAt": "2026-01-31T22:59:59.123Z",
	}
	for name, value := range got {
		if diff := cmp.Diff(want[name], value); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSummaryCountsEveryValue(t *testing.T) {
	s := record.Summary{Command: "drift", Statuses: record.NewCounts(record.Statuses), Changes: record.NewCounts(record.ChangeStatuses)}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Statuses, Changes, Requests map[string]int
		ErrorCode                   *string
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Statuses) != len(record.Statuses) || len(got.Changes) != len(record.ChangeStatuses) || len(got.Requests) != 7 || got.ErrorCode != nil {
		t.Errorf("got %s", text)
	}
}

func TestCatalogue(t *testing.T) {
	categories := map[record.Category]bool{}
	for _, c := range record.Categories {
		categories[c] = true
	}
	exits := map[record.ExitCode]bool{}
	for _, e := range record.ExitCodes {
		exits[e.Code] = true
	}
	pascal := regexp.MustCompile(`^([A-Z][a-z0-9]*)+$`)
	seen := map[record.Code]bool{}
	for _, e := range record.Catalogue {
		switch {
		case !pascal.MatchString(string(e.Code)):
			t.Errorf("%s is not PascalCase", e.Code)
		case seen[e.Code]:
			t.Errorf("%s is listed twice", e.Code)
		case !categories[e.Category]:
			t.Errorf("%s has the unknown category %q", e.Code, e.Category)
		case !exits[e.Exit] || e.Exit == record.ExitOk:
			t.Errorf("%s ends with the exit code %d", e.Code, e.Exit)
		case !slices.Contains(record.Fixers, e.Who):
			t.Errorf("%s can be mended by %q", e.Code, e.Who)
		case e.Meaning == "" || !strings.HasSuffix(e.Remedy, ".") || strings.HasSuffix(e.Meaning, "."):
			t.Errorf("%s: meaning %q, remedy %q", e.Code, e.Meaning, e.Remedy)
		}
		seen[e.Code] = true
	}
}

func TestEveryReasonHasOnePlaceInThePrecedence(t *testing.T) {
	source, err := os.ReadFile("lists.go")
	if err != nil {
		t.Fatal(err)
	}
	place := map[record.Reason]int{}
	for _, r := range record.ReasonPrecedence {
		place[r]++
	}
	declared := regexp.MustCompile(`(?m)^\t\w+\s+Reason\s+= "(\w+)"`).FindAllSubmatch(source, -1)
	if len(declared) != len(record.ReasonPrecedence) {
		t.Errorf("%d reasons are declared, %d have a place", len(declared), len(record.ReasonPrecedence))
	}
	for _, m := range declared {
		if n := place[record.Reason(m[1])]; n != 1 {
			t.Errorf("%s stands %d times in the precedence", m[1], n)
		}
	}
}

func TestWorstExitCode(t *testing.T) {
	for _, c := range []struct {
		in   []record.ExitCode
		want record.ExitCode
	}{
		{nil, 0},
		{[]record.ExitCode{0, 4}, 4},
		{[]record.ExitCode{4, 3}, 3},
		{[]record.ExitCode{3, 1}, 1},
		{[]record.ExitCode{1, 5}, 5},
		{[]record.ExitCode{5, 14}, 14},
		{[]record.ExitCode{12, 130}, 130},
	} {
		if got := record.Worst(c.in...); got != c.want {
			t.Errorf("Worst(%v) = %d, want %d", c.in, got, c.want)
		}
	}
}

func TestErrorLine(t *testing.T) {
	cause := errors.New("read: reset\nby peer.")
	err := fmt.Errorf("run: %w", record.Errorf(record.DirectoryUnreachable, "connect to dc1: %w", cause).On("dc1"))
	got := record.From(err)
	want := "DirectoryUnreachable: connect to dc1: read: reset by peer. " + record.DirectoryUnreachable.Entry().Remedy
	if got.Line() != want {
		t.Errorf("got  %q\nwant %q", got.Line(), want)
	}
	if !errors.Is(err, cause) || got.Target != "dc1" {
		t.Error("the cause or the target is lost")
	}
	if code := record.CodeOf(context.Canceled); code != record.Cancelled {
		t.Errorf("a cancelled context gives %s", code)
	}
	if code := record.CodeOf(cause); code != record.InternalError {
		t.Errorf("a foreign error gives %s", code)
	}
}

func BenchmarkRowJSON(b *testing.B) {
	row := record.Row{UserPrincipalName: "user000001@corp.example", DisplayName: "Jörg Müller", Status: record.Drifted, Distance: record.Ptr(0.25)}
	var buf []byte
	for b.Loop() {
		buf = record.AppendJSON(buf[:0], row)
	}
}
