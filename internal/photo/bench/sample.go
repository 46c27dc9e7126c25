package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The bounds of the sample: only drawn portraits, which anybody may pass on,
// of so many originals, in files of at most so many bytes.
const sampleOriginals, sampleBytes = 7, 4500

// sample copies the pairs that the tests of package photo hold Compare to, from
// the half that teaches, into DIR/sample: of each original three pairs of
// copies and one of each kind of different pictures. pairs.tsv says what they are.
func sample(dir string, pairs []pair) error {
	to := filepath.Join(dir, "sample")
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	taken, originals := map[string]int{}, []string{}
	var lines strings.Builder
	for _, p := range pairs {
		if p.of.kind != "portrait" || p.of.held() {
			continue
		}
		if !slices.Contains(originals, p.of.id) {
			if len(originals) == sampleOriginals {
				continue
			}
			originals = append(originals, p.of.id)
		}
		key, most := p.of.id+p.kind, 1
		if p.same {
			key, most = p.of.id, 3
		}
		if taken[key] == most || !small(p.a.path) || !small(p.b.path) {
			continue
		}
		taken[key]++
		for _, f := range []*file{p.a, p.b} {
			b, err := os.ReadFile(f.path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(to, filepath.Base(f.path)), b, 0o644); err != nil {
				return err
			}
		}
		fmt.Fprintf(&lines, "%v\t%s\t%s\t%s\n", p.same, p.kind, filepath.Base(p.a.path), filepath.Base(p.b.path))
	}
	return os.WriteFile(filepath.Join(to, "pairs.tsv"), []byte(lines.String()), 0o644)
}

func small(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.Size() <= sampleBytes
}
