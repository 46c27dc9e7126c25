package photo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompareSample holds Compare to a fixed sample of the benchmark's pairs:
// drawn portraits, encoded by libjpeg-turbo, mozjpeg, libvips, ImageMagick and
// libwebp. See testdata/README.md.
func TestCompareSample(t *testing.T) {
	const at = "testdata/sample"
	list, err := os.ReadFile(filepath.Join(at, "pairs.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	pictures := map[string]*Picture{}
	picture := func(name string) *Picture {
		if pictures[name] == nil {
			b, err := os.ReadFile(filepath.Join(at, name))
			if err != nil {
				t.Fatal(err)
			}
			pictures[name] = mustDecode(t, b)
		}
		return pictures[name]
	}
	unsure := 0
	lines := strings.Split(strings.TrimSpace(string(list)), "\n")
	for _, line := range lines {
		f := strings.Split(line, "\t") // whether they show the same, the kind, two files
		want := Different
		if f[0] == "true" {
			want = Same
		}
		switch c := Compare(picture(f[2]), picture(f[3])); c.Verdict {
		case want:
		case Unsure:
			unsure++
		default:
			t.Errorf("%s: %s and %s: %v at %.3f, want %v", f[1], f[2], f[3], c.Verdict, c.Distance, want)
		}
	}
	if len(lines) < 100 || unsure > len(lines)/50 {
		t.Errorf("%d pairs, of which %d are unsure; want at least 100 and at most 1 in 50", len(lines), unsure)
	}
}
