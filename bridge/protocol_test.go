package bridge_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contract is what the tests need of contract.json.
type contract struct {
	Types map[string][]property
	Lists map[string]struct {
		Closed bool
		Values []string
	}
	Errors []struct {
		Code, Category  string
		ExitCode        int
		Meaning, Remedy string
	}
	Operations []struct {
		Name, Meaning string
		Parameters    []property
	}
}

type property struct{ Name, Type, List, Meaning string }

var readContract = sync.OnceValue(func() (c contract) {
	text, err := os.ReadFile("contract.json")
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		panic(err)
	}
	return c
})

func TestProtocolPageIsCurrent(t *testing.T) {
	const file = "../docs/bridge-protocol.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	want := got
	for name, section := range map[string]string{"operations": operations(), "errors": failures()} {
		begin := "<!-- generated: " + name + " -->\n"
		before, rest, ok := strings.Cut(want, begin)
		_, after, ended := strings.Cut(rest, "<!-- end -->")
		if !ok || !ended {
			t.Fatalf("%s has no section %q", file, name)
		}
		want = before + begin + section + "<!-- end -->" + after
	}
	if *update {
		got = want
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s is stale; run: go test ./bridge -run Protocol -update (-want +got):\n%s", file, diff)
	}
}

func operations() string {
	var b strings.Builder
	c := readContract()
	for _, o := range c.Operations {
		fmt.Fprintf(&b, "\n### `%s`\n\nIt %s.\n\n| Parameter | Type | Values | Meaning |\n|---|---|---|---|\n", o.Name, o.Meaning)
		for _, p := range o.Parameters {
			var values []string
			for _, v := range c.Lists[p.List].Values {
				values = append(values, "`"+v+"`")
			}
			row(&b, "`"+p.Name+"`", p.Type, strings.Join(values, ", "), p.Meaning)
		}
	}
	return b.String() + "\n"
}

func failures() string {
	var b strings.Builder
	b.WriteString("\n| Code | Category | Exit | Meaning | What to do |\n|---|---|---|---|---|\n")
	for _, e := range readContract().Errors {
		row(&b, "`"+e.Code+"`", "`"+e.Category+"`", fmt.Sprint(e.ExitCode), e.Meaning, e.Remedy)
	}
	return b.String() + "\n"
}

func row(b *strings.Builder, cells ...string) {
	for _, c := range cells {
		b.WriteString("|")
		if c != "" {
			b.WriteString(" " + strings.ReplaceAll(c, "|", `\|`) + " ")
		}
	}
	b.WriteString("|\n")
}

// PowerShell cannot hold two properties that differ in case only.
func TestProtocolNamesDifferInMoreThanCase(t *testing.T) {
	c := readContract()
	lists := make(map[string][]property)
	for name, properties := range c.Types {
		lists[name] = properties
	}
	for _, o := range c.Operations {
		lists[o.Name] = o.Parameters
	}
	for name, properties := range lists {
		seen := make(map[string]string)
		for _, p := range properties {
			lower := strings.ToLower(p.Name)
			if other, ok := seen[lower]; ok {
				t.Errorf("%s has %s and %s", name, other, p.Name)
			}
			seen[lower] = p.Name
		}
	}
	// A guard for the one that looks at the lines of the transcripts.
	if diff := cmp.Diff([]string{"a/A"}, sameButForCase(`{"b":[{"A":1,"a":2}]}`), cmp.Comparer(strings.EqualFold)); diff != "" {
		t.Errorf("sameButForCase misses keys:\n%s", diff)
	}
}
