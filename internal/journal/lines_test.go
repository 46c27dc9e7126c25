package journal

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// However long a line is, no more of it is held than a line may have.
func TestLongLinesAreNotHeld(t *testing.T) {
	long := io.LimitReader(endless{}, 20<<20)
	var got []int
	err := eachLine(io.MultiReader(strings.NewReader("a\n"), long, strings.NewReader("\nbc")), func(text []byte) error {
		got = append(got, len(text))
		return nil
	})
	if err != nil || len(got) != 3 || got[0] != 1 || got[1] != maxLine+1 || got[2] != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	// One that is just not too long is whole.
	text := bytes.Repeat([]byte{'x'}, maxLine)
	for _, end := range []string{"", "\n"} {
		n := 0
		err := eachLine(io.MultiReader(bytes.NewReader(text), strings.NewReader(end)), func(got []byte) error {
			n++
			if !bytes.Equal(got, text) {
				t.Errorf("got %d bytes", len(got))
			}
			return nil
		})
		if err != nil || n != 1 {
			t.Errorf("%d lines, %v", n, err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
