package photo

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"photosync/internal/photo/portrait"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// drawnSide is the size at which placeholders are drawn, before they are resized.
const drawnSide = 288

// tileOfColours is a whole tile or, on another ground, a disc.
func tileOfColours(ground, around color.Color) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, drawnSide, drawnSide))
	paint(m, ground, func(x, y float64) bool { return true })
	if around != nil {
		paint(m, around, func(x, y float64) bool { return math.Hypot(x-0.5, y-0.5) > 0.498 })
	}
	return m
}

// paint fills the points of the unit square that are inside.
func paint(m *image.RGBA, c color.Color, inside func(x, y float64) bool) {
	for y := range drawnSide {
		for x := range drawnSide {
			if inside((float64(x)+0.5)/drawnSide, (float64(y)+0.5)/drawnSide) {
				m.Set(x, y, c)
			}
		}
	}
}

// initials writes letters in the middle, their size a part of the tile's.
func initials(t testing.TB, ttf []byte, text string, size float64, ground, ink, around color.Color) *image.RGBA {
	t.Helper()
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size * drawnSide, DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	m := tileOfColours(ground, around)
	bounds, _ := font.BoundString(face, text)
	d := font.Drawer{Dst: m, Src: image.NewUniform(ink), Face: face}
	d.Dot = fixed.Point26_6{
		X: fixed.I(drawnSide/2) - (bounds.Min.X+bounds.Max.X)/2,
		Y: fixed.I(drawnSide/2) - (bounds.Min.Y+bounds.Max.Y)/2,
	}
	d.DrawString(text)
	return m
}

// busts are outlines of a head and shoulders.
var busts = map[string]func(x, y float64) bool{
	"joined": func(x, y float64) bool { return ellipse(x, y, 0.38, 0.18, 0.23) || ellipse(x, y, 1, 0.4, 0.34) },
	"apart":  func(x, y float64) bool { return ellipse(x, y, 0.34, 0.19, 0.19) || ellipse(x, y, 1, 0.38, 0.4) },
	"neck": func(x, y float64) bool {
		return ellipse(x, y, 0.36, 0.16, 0.21) || math.Abs(x-0.5) < 0.08 && y > 0.5 && y < 0.75 || ellipse(x, y, 1, 0.4, 0.32)
	},
}

func ellipse(x, y, cy, rx, ry float64) bool { return math.Hypot((x-0.5)/rx, (y-cy)/ry) < 1 }

func bust(shape string, ground, ink color.Color) *image.RGBA {
	m := tileOfColours(ground, nil)
	paint(m, ink, busts[shape])
	return m
}

// uploaded gives a drawn picture as a JPEG of another size.
func uploaded(t testing.TB, m image.Image, side, quality int) *Picture {
	t.Helper()
	small := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(small, small.Rect, m, m.Bounds(), draw.Src, nil)
	return mustDecode(t, encodeJPEG(t, small, quality))
}

var (
	white  = color.RGBA{255, 255, 255, 255}
	blue   = color.RGBA{0, 120, 212, 255}
	red    = color.RGBA{219, 68, 55, 255}
	pink   = color.RGBA{241, 187, 188, 255}
	maroon = color.RGBA{117, 11, 28, 255}
	steel  = color.RGBA{120, 144, 156, 255}
)

func greyOf(v uint8) color.RGBA { return color.RGBA{v, v, v, 255} }

func TestKindOfPlaceholders(t *testing.T) {
	gradient := tileOfColours(white, nil)
	for y := range drawnSide {
		for x := range drawnSide {
			v := float64(x+y) / (2 * drawnSide)
			gradient.Set(x, y, color.RGBA{uint8(40 + 150*v), uint8(90 + 40*v), uint8(200 - 80*v), 255})
		}
	}
	tests := []struct {
		name string
		m    image.Image
		want Kind
	}{
		{"blue", tileOfColours(blue, nil), FlatTile},
		{"white", tileOfColours(white, nil), FlatTile},
		{"black", tileOfColours(greyOf(0), nil), FlatTile},
		{"gradient", gradient, FlatTile},
		{"AB", initials(t, goregular.TTF, "AB", 0.42, blue, white, nil), Initials},
		{"M", initials(t, gobold.TTF, "M", 0.5, red, white, nil), Initials},
		{"JW", initials(t, gobold.TTF, "JW", 0.4, pink, maroon, nil), Initials},
		{"ÄK", initials(t, goregular.TTF, "ÄK", 0.42, greyOf(50), white, nil), Initials},
		{"KLM", initials(t, gobold.TTF, "KLM", 0.32, steel, white, nil), Initials},
		{"Qi", initials(t, goregular.TTF, "Qi", 0.42, white, greyOf(40), nil), Initials},
		{"grey joined", bust("joined", greyOf(225), greyOf(150)), Silhouette},
		{"white on grey", bust("apart", greyOf(192), white), Silhouette},
		{"dark", bust("neck", greyOf(240), greyOf(90)), Silhouette},
		{"blue grey", bust("apart", greyOf(238), steel), Silhouette},
		{"light on dark", bust("joined", greyOf(70), greyOf(160)), Silhouette},
	}
	for _, tt := range tests {
		for _, size := range []struct{ side, quality int }{{48, 80}, {64, 60}, {96, 50}, {240, 75}, {648, 50}} {
			if size.side == 648 && tt.want != Silhouette { // slow to encode
				continue
			}
			if got := uploaded(t, tt.m, size.side, size.quality).Kind(); got != tt.want {
				t.Errorf("%s at %d pixels, quality %d: got %s, want %s", tt.name, size.side, size.quality, got, tt.want)
			}
		}
	}
}

func TestKindOfDiscs(t *testing.T) {
	for _, tt := range []struct {
		name string
		m    image.Image
		want Kind
	}{
		{"disc", tileOfColours(steel, white), FlatTile},
		{"AB", initials(t, goregular.TTF, "AB", 0.4, blue, white, white), Initials},
		{"S", initials(t, gobold.TTF, "S", 0.5, pink, maroon, greyOf(200)), Initials},
	} {
		if got := uploaded(t, tt.m, 240, 80).Kind(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestKindOfPhotos(t *testing.T) {
	smiley := tileOfColours(color.RGBA{250, 210, 60, 255}, white)
	paint(smiley, greyOf(20), func(x, y float64) bool {
		return ellipse(x+0.15, y, 0.4, 0.05, 0.07) || ellipse(x-0.15, y, 0.4, 0.05, 0.07) ||
			ellipse(x, y, 0.62, 0.24, 0.16) && !ellipse(x, y, 0.57, 0.24, 0.14)
	})
	noisy := image.NewRGBA(image.Rect(0, 0, 96, 96))
	r := rand.New(rand.NewPCG(1, 1))
	for i := range noisy.Pix {
		noisy.Pix[i] = channel(128 + 8*r.NormFloat64())
	}
	tests := []struct {
		name string
		p    *Picture
	}{
		{"nil", nil},
		{"not decoded", &Picture{}},
		{"coloured bust", uploaded(t, bust("joined", greyOf(225), maroon), 240, 80)},
		{"bust on colour", uploaded(t, bust("apart", red, greyOf(230)), 240, 80)},
		{"four letters", uploaded(t, initials(t, gobold.TTF, "ACME", 0.26, blue, white, nil), 240, 80)},
		{"a word", uploaded(t, initials(t, goregular.TTF, "photosync", 0.18, white, blue, nil), 240, 80)},
		{"smiley", uploaded(t, smiley, 240, 80)},
		{"noise", mustDecode(t, encodeJPEG(t, noisy, 80))},
	}
	for i := range uint64(8) {
		tests = append(tests, struct {
			name string
			p    *Picture
		}{fmt.Sprint("portrait ", i), mustDecode(t, encodeJPEG(t, portrait.New(i, i).Draw(48+int(i)*12, 48+int(i)*12), 50+5*int(i)))})
	}
	for _, name := range []string{
		"lab-0.jpg", "lab-0-40.jpg", "lab-0-64.jpg", "lab-1.jpg", "lab-1-40.jpg", "lab-1-64.jpg", "lab-2.jpg", "lab-2-40.jpg",
		"lab-2-64.jpg", "portrait.jpg", "portrait-40.jpg", "portrait-grey.jpg", "portrait-top-48.jpg", "portrait.gif",
	} {
		tests = append(tests, struct {
			name string
			p    *Picture
		}{name, mustDecode(t, fixture(t, name))})
	}
	for _, tt := range tests {
		if got := tt.p.Kind(); got != Photo {
			t.Errorf("%s: got %s, want Photo", tt.name, got)
		}
	}
}

func BenchmarkKind(b *testing.B) {
	for name, p := range map[string]*Picture{
		"photo":    mustDecode(b, fixture(b, "portrait.jpg")),
		"initials": uploaded(b, initials(b, gobold.TTF, "AB", 0.4, blue, white, nil), 240, 80),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.Kind()
			}
		})
	}
}
