package photo

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"photosync/internal/photo/portrait"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/draw"
)

func grey(level uint8) image.Image { return flat(96, 96, color.Gray{Y: level}) }

// sloped is a nearly flat picture: it grows lighter by 10 levels from top to bottom.
func sloped(r, g, b int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 96, 96))
	for i := range 96 * 96 {
		m.SetRGBA(i%96, i/96, color.RGBA{uint8(r + i/96/10), uint8(g + i/96/10), uint8(b + i/96/10), 255})
	}
	return m
}

// faint is a pattern of slanted stripes, 12 levels apart.
func faint(slant int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 96, 96))
	for i := range 96 * 96 {
		x, y := i%96, i/96
		level := uint8(120 + 12*((x+slant*y+96)/12%2))
		m.SetRGBA(x, y, color.RGBA{level, level, level, 255})
	}
	return m
}

func TestCompare(t *testing.T) {
	jpg := func(m image.Image) []byte { return encodeJPEG(t, m, 85) }
	file := func(name string) []byte { return fixture(t, name) }
	photo := file("portrait.jpg")
	person := func(p, backdrop uint64) []byte { return jpg(portrait.New(p, backdrop).Draw(120, 120)) }
	tests := []struct {
		name string
		a, b []byte
		want Verdict
	}{
		{"libjpeg at quality 40", photo, file("portrait-40.jpg"), Same},
		{"progressive", photo, file("portrait-progressive.jpg"), Same},
		{"gif of 256 colours, smaller", photo, file("portrait.gif"), Same},
		{"square of the top, 48 pixels", photo, file("portrait-top-48.jpg"), Same},
		{"square of the middle, 120 pixels", photo, file("portrait-centre-120.jpg"), Same},
		{"two squares of different heights", file("portrait-top-48.jpg"), file("portrait-centre-120.jpg"), Different},
		{"other metadata", photo, withSegment(photo, markerCOM, "copy"), Same},
		{"upright and turned back by EXIF", jpg(corners(120, 96)), withOrientation(jpg(turn(corners(120, 96), 6)), 8), Same},
		{"lying and standing, like in the middle", jpg(corners(160, 100)), jpg(corners(100, 160)), Unsure},
		{"lying and standing", jpg(corners(160, 100)), photo, Different},

		{"mirrored", photo, file("portrait-mirrored.jpg"), Different},
		{"mirrored, where levels hardly differ", jpg(faint(1)), jpg(faint(-1)), Unsure},
		{"grey", photo, file("portrait-grey.jpg"), Different},
		{"recoloured", photo, file("portrait-recoloured.jpg"), Different},
		{"turned, EXIF ignored", jpg(corners(96, 96)), withOrientation(jpg(corners(96, 96)), 6), Different},
		{"another person, another backdrop", person(3, 3), person(4, 4), Different},
		{"another person, the same backdrop", person(3, 3), person(4, 3), Different},
		{"black and white", encodePNG(t, grey(0)), encodePNG(t, grey(255)), Different},
		{"flat, 25 levels apart", encodePNG(t, grey(100)), encodePNG(t, grey(125)), Different},
		{"flat, of like luma", encodePNG(t, flat(96, 96, color.RGBA{200, 100, 100, 255})), encodePNG(t, flat(96, 96, color.RGBA{100, 150, 100, 255})), Different},
		{"nearly flat, of different colours", jpg(sloped(100, 100, 100)), jpg(sloped(100, 100, 140)), Different},
		{"flat, encoded again", encodePNG(t, grey(100)), encodeJPEG(t, grey(100), 40), Same},
		{"nearly flat, encoded again", jpg(sloped(100, 100, 140)), encodeJPEG(t, sloped(100, 100, 140), 50), Same},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := mustDecode(t, tt.a), mustDecode(t, tt.b)
			got := Compare(a, b)
			if got.Verdict != tt.want || got.SameBytes {
				t.Errorf("Compare = %v, want %v in other bytes", got, tt.want)
			}
			if diff := cmp.Diff(got, Compare(b, a)); diff != "" {
				t.Errorf("the order of the two matters:\n%s", diff)
			}
		})
	}
}

// TestComparePatterns asks that a pattern too fine for the form does not pass
// for its mean, or for one that lies otherwise.
func TestComparePatterns(t *testing.T) {
	draw := func(f func(x, y int) bool) *Picture {
		m := image.NewGray(image.Rect(0, 0, 648, 648))
		for i := range m.Pix {
			if f(i%648, i/648) {
				m.Pix[i] = 255
			}
		}
		return mustDecode(t, encodeJPEG(t, m, 90))
	}
	plain := mustDecode(t, encodeJPEG(t, flat(648, 648, color.Gray{Y: 128}), 90))
	for _, size := range []int{8, 10, 12, 16, 20, 30} {
		across := draw(func(x, _ int) bool { return x/size%2 == 0 })
		down := draw(func(_, y int) bool { return y/size%2 == 0 })
		checked := draw(func(x, y int) bool { return (x/size+y/size)%2 == 0 })
		for name, pair := range map[string][2]*Picture{"checks and plain": {checked, plain}, "bars and plain": {across, plain}, "bars": {across, down}} {
			if c := Compare(pair[0], pair[1]); c.Verdict == Same {
				t.Errorf("%s of %d pixels: %v", name, size, c)
			}
		}
	}
}

func TestCompareSameBytes(t *testing.T) {
	b := fixture(t, "portrait.jpg")
	want := Comparison{Verdict: Same, SameBytes: true}
	if diff := cmp.Diff(want, Compare(mustDecode(t, b), mustDecode(t, b))); diff != "" {
		t.Errorf("comparison (-want +got):\n%s", diff)
	}
}

func TestCompareWithoutPicture(t *testing.T) {
	want := Comparison{Verdict: Unsure, Distance: 1}
	p := mustDecode(t, fixture(t, "portrait.jpg"))
	for _, got := range []Comparison{Compare(nil, p), Compare(p, nil), Compare(&Picture{}, &Picture{})} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("comparison (-want +got):\n%s", diff)
		}
	}
}

// TestCompareLabPictures compares two-colour, noisy pictures of one outline:
// their colours alone tell them apart.
func TestCompareLabPictures(t *testing.T) {
	for i := range 3 {
		a := mustDecode(t, fixture(t, fmt.Sprintf("lab-%d.jpg", i)))
		for j := range 3 {
			want := Different
			if i == j {
				want = Same
			}
			for _, copied := range []string{"", "-40", "-64"} {
				name := fmt.Sprintf("lab-%d%s.jpg", j, copied)
				if got := Compare(a, mustDecode(t, fixture(t, name))); got.Verdict != want {
					t.Errorf("lab-%d.jpg and %s: %v, want %v", i, name, got, want)
				}
			}
		}
	}
}

// TestCompareErrorRates holds the thresholds on invented portraits: each with
// its copies in several sizes, qualities and crops, and each with each other.
func TestCompareErrorRates(t *testing.T) {
	const people = 12
	var originals, squares []*Picture
	farthest, nearest := 0.0, 1.0
	for i := range uint64(people) {
		m := portrait.New(i, i%3).Draw(180, 240)
		p := mustDecode(t, encodeJPEG(t, m, 92))
		originals = append(originals, p)
		squares = append(squares, mustDecode(t, rendition(t, m, 30, 96, 75)))
		for _, r := range []struct{ top, side, quality int }{{0, 48, 75}, {15, 64, 60}, {30, 120, 40}, {30, 48, 60}, {22, 180, 80}} {
			c := Compare(p, mustDecode(t, rendition(t, m, r.top, r.side, r.quality)))
			farthest = math.Max(farthest, c.Distance)
			if c.Verdict != Same {
				t.Errorf("person %d and its copy %+v: %v, want Same", i, r, c)
			}
		}
	}
	for i, a := range originals {
		for j, b := range originals {
			if i == j {
				continue
			}
			for _, c := range []Comparison{Compare(a, b), Compare(a, squares[j])} {
				nearest = math.Min(nearest, c.Distance)
				if c.Verdict != Different {
					t.Errorf("persons %d and %d: %v, want Different", i, j, c)
				}
			}
		}
	}
	t.Logf("farthest copy at %.3f, nearest other person at %.3f", farthest, nearest)
}

// rendition is a square cut of m as the service makes it.
func rendition(t *testing.T, m *image.RGBA, top, side, quality int) []byte {
	t.Helper()
	w := m.Rect.Dx()
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(out, out.Rect, m, image.Rect(0, top, w, top+w), draw.Src, nil)
	return encodeJPEG(t, out, quality)
}
