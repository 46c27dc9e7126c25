package photo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"
	"photosync/internal/photo/portrait"
	"testing"

	"golang.org/x/image/draw"
)

// kernels are the filters that pictures are enlarged with. x/image/draw's
// BiLinear is elsewhere called Triangle, CatmullRom bicubic.
var kernels = map[string]draw.Scaler{
	"nearest":  draw.NearestNeighbor,
	"bilinear": draw.BiLinear,
	"bicubic":  draw.CatmullRom,
	"mitchell": &draw.Kernel{Support: 2, At: func(t float64) float64 {
		if t < 1 {
			return (7*t*t*t - 12*t*t + 16.0/3) / 6
		}
		return (-7.0/3*t*t*t + 12*t*t - 20*t + 32.0/3) / 6
	}},
	"lanczos": &draw.Kernel{Support: 3, At: func(t float64) float64 {
		if t == 0 {
			return 1
		}
		return 3 * math.Sin(math.Pi*t) * math.Sin(math.Pi*t/3) / (math.Pi * math.Pi * t * t)
	}},
}

// resampled gives the picture w times h pixels large.
func resampled(m image.Image, k draw.Scaler, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	k.Scale(out, out.Rect, m, m.Bounds(), draw.Src, nil)
	return out
}

func mustDetail(t testing.TB, b []byte) int {
	t.Helper()
	d, err := Detail(b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func wantBetween(t *testing.T, got int, low, high float64) {
	t.Helper()
	if float64(got) < low || float64(got) > high {
		t.Errorf("Detail is %d, want %.0f to %.0f", got, low, high)
	}
}

func TestDetailOfSharpPictureIsItsShorterSide(t *testing.T) {
	for _, side := range []int{48, 64, 96, 120, 240, 360} {
		t.Run(fmt.Sprint(side), func(t *testing.T) {
			m := portrait.New(uint64(side), 1).Draw(side, side+side/3)
			wantBetween(t, mustDetail(t, encodePNG(t, m)), 0.9*float64(side), float64(side))
			wantBetween(t, mustDetail(t, encodeJPEG(t, m, 85)), 0.8*float64(side), float64(side))
		})
	}
}

func TestDetailOfEnlargedPictureIsWhatItWasEnlargedFrom(t *testing.T) {
	for name, k := range kernels {
		for _, size := range []struct{ from, to int }{{96, 144}, {96, 240}, {64, 256}} {
			t.Run(fmt.Sprintf("%s from %d to %d", name, size.from, size.to), func(t *testing.T) {
				thumbnail := encodeJPEG(t, portrait.New(uint64(size.to), 2).Draw(size.from, size.from), 85)
				m, err := pixels(Facts{Format: JPEG, Width: size.from, Height: size.from}, thumbnail)
				if err != nil {
					t.Fatal(err)
				}
				before := mustDetail(t, thumbnail)
				for _, quality := range []int{60, 92} {
					got := mustDetail(t, encodeJPEG(t, resampled(m, k, size.to, size.to), quality))
					wantBetween(t, got, 0.5*float64(size.from), 1.15*float64(size.from))
					if Better(got, before) > 0 {
						t.Errorf("%d pixels of detail, better than the thumbnail's %d", got, before)
					}
				}
			})
		}
	}
}

func TestDetailOfRealLargerPictureIsBetter(t *testing.T) {
	for person := range uint64(4) {
		p := portrait.New(person, person)
		small, large := mustDetail(t, encodeJPEG(t, p.Draw(96, 96), 85)), mustDetail(t, encodeJPEG(t, p.Draw(240, 320), 85))
		if Better(large, small) != 1 || Better(small, large) != -1 {
			t.Errorf("person %d: detail of %d pixels is not better than of %d", person, large, small)
		}
	}
}

func TestDetailOfSquareCutIsThatOfTheWhole(t *testing.T) {
	m := portrait.New(3, 3).Draw(160, 240)
	whole := mustDetail(t, encodeJPEG(t, m, 85))
	for _, top := range []int{0, 13, 40, 80} {
		cut := mustDetail(t, encodeJPEG(t, m.SubImage(image.Rect(0, top, 160, top+160)), 85))
		if Better(cut, whole) != 0 {
			t.Errorf("cut at %d: %d pixels of detail, of the whole %d", top, cut, whole)
		}
	}
}

// A blurred picture is one that was reduced and enlarged so that nothing else
// shows: here by a filter that leaves no edge.
func TestDetailOfBlurredPictureIsLess(t *testing.T) {
	m := portrait.New(5, 5).Draw(240, 240)
	sharp := mustDetail(t, encodePNG(t, m))
	soft := resampled(resampled(m, draw.BiLinear, 120, 120), kernels["mitchell"], 240, 240)
	if got := mustDetail(t, encodePNG(t, soft)); Better(got, sharp) != -1 {
		t.Errorf("blurred %d pixels of detail, sharp %d", got, sharp)
	}
}

func TestDetailOfOtherKinds(t *testing.T) {
	transparent := image.NewNRGBA(image.Rect(0, 0, 100, 100))
	draw.Draw(transparent, image.Rect(0, 0, 100, 50), portrait.New(1, 1).Draw(100, 100), image.Point{}, draw.Src)
	for name, c := range map[string]struct {
		value     []byte
		low, high float64
	}{
		"flat":          {encodePNG(t, flat(300, 200, color.Gray{90})), MinSide, MinSide},
		"long":          {encodePNG(t, portrait.New(2, 2).Draw(1500, 60)), 54, 60},
		"transparent":   {encodePNG(t, transparent), 80, 100},
		"GIF":           {fixture(t, "portrait.gif"), 70, 90},
		"CMYK":          {fixture(t, "portrait-cmyk.jpg"), 170, 240},
		"grey":          {fixture(t, "portrait-grey.jpg"), 170, 240},
		"smallest":      {fixture(t, "portrait-top-48.jpg"), MinSide, MinSide},
		"turned by tag": {withOrientation(fixture(t, "portrait.jpg"), 6), 200, 240},
	} {
		t.Run(name, func(t *testing.T) { wantBetween(t, mustDetail(t, c.value), c.low, c.high) })
	}
}

func TestDetailRefusesWhatDecodeRefuses(t *testing.T) {
	whole := fixture(t, "portrait.jpg")
	for name, value := range map[string][]byte{
		"empty": nil, "text": []byte("photo"), "cut": whole[:len(whole)/2], "HEIC": fixture(t, "portrait.heic"),
		"too many pixels": bombPNG(t, 5000, 5000), "too small": encodePNG(t, flat(47, 47, color.White)),
		"scans": repeatScan(whole, MaxScans+1), "wrong size": bytes.Replace(whole, []byte{0xff, 0xc0}, []byte{0xff, 0xc5}, 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, want := Decode(value)
			d, err := Detail(value)
			if want == nil || err == nil || err.Error() != want.Error() || d != 0 {
				t.Errorf("got %d, %v, want 0, %v", d, err, want)
			}
		})
	}
}

func TestBetter(t *testing.T) {
	for _, c := range []struct{ a, b, want int }{
		{96, 96, 0}, {120, 100, 0}, {100, 120, 0}, {121, 100, 1}, {100, 121, -1}, {648, 48, 1}, {0, 0, 0},
	} {
		if got := Better(c.a, c.b); got != c.want {
			t.Errorf("Better(%d, %d) is %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func BenchmarkDetail(b *testing.B) {
	drawn := portrait.New(1, 1).Draw(648, 648)
	for _, c := range []struct {
		name  string
		value []byte
	}{
		{"240", encodeJPEG(b, resampled(drawn, draw.CatmullRom, 240, 240), 85)},
		{"648", encodeJPEG(b, drawn, 85)},
		{"4000", encodeJPEG(b, resampled(drawn, draw.ApproxBiLinear, 4000, 4000), 85)},
		{"4000 PNG", encodePNG(b, resampled(drawn, draw.ApproxBiLinear, 4000, 4000))},
		{"longest", encodePNG(b, resampled(drawn, draw.ApproxBiLinear, MaxPixels/MinSide, MinSide))},
	} {
		b.Run(c.name+"/Detail", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustDetail(b, c.value)
			}
		})
		b.Run(c.name+"/Decode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustDecode(b, c.value)
			}
		})
	}
}
