package photo

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
)

// convertAll gives what the colours of the given channels become.
func convertAll(c colours, in [][]uint8) (out []srgb) {
	for _, p := range in {
		m := image.NewRGBA(image.Rect(0, 0, 1, 1))
		switch len(p) {
		case 4:
			m = c.convertCMYK(&image.CMYK{Pix: p, Stride: 4, Rect: m.Rect})
		default:
			m.SetRGBA(0, 0, color.RGBA{p[0], p[len(p)/2], p[len(p)-1], 255})
			c.convert(m)
		}
		out = append(out, srgb(m.Pix[:3]))
	}
	return out
}

// The wanted colours are those of Little CMS 2, by ImageMagick 6:
// convert IN -intent Relative -black-point-compensation -profile FROM -profile sRGB OUT.
func TestColoursAreThoseOfLittleCMS(t *testing.T) {
	const within = 1 // of 255 in each channel
	rgb := [][]uint8{
		{255, 255, 255}, {0, 0, 0}, {128, 128, 128}, {200, 150, 120}, {90, 60, 50}, {240, 20, 30},
		{20, 230, 40}, {30, 40, 250}, {10, 20, 30}, {250, 240, 100}, {60, 120, 180},
	}
	tests := []struct {
		name    string
		profile []byte
		give    [][]uint8
		want    []srgb
	}{
		{"Display P3", displayP3(), rgb, []srgb{
			{254, 255, 255}, {0, 0, 0}, {128, 128, 128}, {209, 147, 114}, {95, 58, 47}, {255, 0, 0},
			{0, 234, 0}, {27, 40, 255}, {7, 20, 30}, {252, 239, 64}, {30, 121, 185},
		}},
		{"Adobe RGB", screenProfile("Adobe RGB", adobePrimaries, iccGamma(563./256)), rgb, []srgb{
			{255, 255, 255}, {0, 0, 0}, {129, 129, 129}, {217, 151, 119}, {99, 57, 45}, {255, 12, 24},
			{0, 230, 0}, {17, 35, 254}, {0, 12, 24}, {253, 240, 87}, {0, 120, 183},
		}},
		{"grey", greyProfile(iccGamma(1.8)), [][]uint8{{0}, {10}, {32}, {64}, {128}, {200}, {255}}, []srgb{
			{0, 0, 0}, {9, 9, 9}, {42, 42, 42}, {81, 81, 81}, {146, 146, 146}, {210, 210, 210}, {255, 255, 255},
		}},
		{"inks", inkProfile(), [][]uint8{
			{0, 0, 0, 0}, {255, 255, 255, 255}, {0, 0, 0, 255}, {0, 0, 0, 128}, {30, 80, 100, 10}, {60, 150, 160, 50},
			{200, 30, 20, 0}, {20, 220, 180, 40}, {10, 20, 200, 5}, {128, 128, 128, 128}, {191, 64, 191, 64},
		}, []srgb{
			{241, 240, 236}, {13, 13, 13}, {36, 36, 36}, {130, 130, 128}, {217, 161, 122}, {166, 92, 54},
			{71, 157, 193}, {181, 52, 21}, {236, 198, 62}, {92, 66, 56}, {101, 102, 56},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := readProfile(tt.profile, len(tt.give[0]))
			if err != nil || c.sRGB() {
				t.Fatalf("readProfile = %+v, %v; want a profile to convert by", c, err)
			}
			for i, got := range convertAll(c, tt.give) {
				for k := range got {
					if d := int(got[k]) - int(tt.want[i][k]); d < -within || d > within {
						t.Errorf("%v becomes %v, want %v", tt.give[i], got, tt.want[i])
						break
					}
				}
			}
		})
	}
}

func TestGridIsNearTheProfileBetweenItsPoints(t *testing.T) {
	const within = 2
	// A curve that is straight in sRGB, so that the grid has nothing to lose but its own precision.
	g := newColourGrid(3, func(out, in []float64) { out[0], out[1], out[2] = in[2], (in[0]+in[1])/2, 1-in[0] })
	r := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		p := []uint8{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32())}
		want := srgb{p[2], uint8((int(p[0]) + int(p[1])) / 2), 255 - p[0]}
		got := g.at(p)
		for k := range got {
			if d := int(got[k]) - int(want[k]); d < -within || d > within {
				t.Fatalf("%v becomes %v, want %v", p, got, want)
			}
		}
	}
}

func TestSRGBIsNotConverted(t *testing.T) {
	curve := func(x float64) float64 { // of sRGB, as points
		lin := *sRGBLevels()
		lo := 0
		for lo < len(lin)-1 && float64(lin[lo]) < 255*x {
			lo++
		}
		return float64(lo) / float64(len(lin)-1)
	}
	tests := []struct {
		name    string
		profile []byte
		want    bool
	}{
		{"sRGB by formula", screenProfile("sRGB", sRGBPrimaries, iccSRGBCurve()), true},
		{"sRGB by 256 points", screenProfile("sRGB", sRGBPrimaries, iccPoints(256, curve)), true},
		{"primaries a little off", screenProfile("sRGB", [9]float64{0.4361, 0.2225, 0.0139, 0.3851, 0.7169, 0.0971, 0.1431, 0.0606, 0.7139}, iccSRGBCurve()), true},
		{"the curve is another", screenProfile("sRGB", sRGBPrimaries, iccGamma(1.8)), false},
		{"the split curve has another power", screenProfile("sRGB", sRGBPrimaries,
			iccNumbers("para\x00\x00\x00\x00\x00\x03\x00\x00", 1.6, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)), false},
		{"the primaries are others", screenProfile("sRGB IEC61966-2.1", p3Primaries, iccSRGBCurve()), false},
		{"grey with sRGB's curve", greyProfile(iccSRGBCurve()), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			channels := 3
			if string(tt.profile[16:20]) == "GRAY" {
				channels = 1
			}
			c, err := readProfile(tt.profile, channels)
			if err != nil || c.sRGB() != tt.want {
				t.Errorf("sRGB() = %v, %v; want %v", c.sRGB(), err, tt.want)
			}
			if (c.name == "") != tt.want {
				t.Errorf("the name is %q", c.name)
			}
		})
	}
}

func TestColoursNeedAFittingProfile(t *testing.T) {
	colour, grey, inks := fixture(t, "portrait.jpg"), fixture(t, "portrait-grey.jpg"), fixture(t, "portrait-cmyk.jpg")
	greyPNG := encodePNG(t, image.NewGray(image.Rect(0, 0, 48, 48)))
	tests := []struct {
		name string
		f    Format
		give []byte
		want string // the profile's name, "" for none
	}{
		{"none", JPEG, colour, ""},
		{"RGB on RGB", JPEG, withProfile(colour, displayP3(), 1000), "Display P3"},
		{"RGB on grey", JPEG, withProfile(grey, displayP3(), 1000), "Display P3"},
		{"RGB on inks", JPEG, withProfile(inks, displayP3(), 1000), ""},
		{"grey on grey", JPEG, withProfile(grey, greyProfile(iccGamma(1.8)), 1000), "Grey"},
		{"grey on RGB", JPEG, withProfile(colour, greyProfile(iccGamma(1.8)), 1000), ""},
		{"inks on inks", JPEG, withProfile(inks, inkProfile(), 60_000), "Test inks"},
		{"inks on RGB", JPEG, withProfile(colour, inkProfile(), 60_000), ""},
		{"grey on a grey PNG", PNG, withPNGProfile(t, greyPNG, greyProfile(iccGamma(1.8))), "Grey"},
		{"grey on a colour PNG", PNG, withPNGProfile(t, encodePNG(t, corners(48, 48)), greyProfile(iccGamma(1.8))), ""},
		{"RGB on a colour PNG", PNG, withPNGProfile(t, encodePNG(t, corners(48, 48)), displayP3()), "Display P3"},
		{"garbage", JPEG, withProfile(colour, []byte(strings.Repeat("p", 500)), 1000), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := coloursOf(tt.f, tt.give)
			if c.name != tt.want || c.sRGB() != (tt.want == "") {
				t.Errorf("coloursOf gives %q, sRGB %v; want %q", c.name, c.sRGB(), tt.want)
			}
		})
	}
}

func TestProfileOf(t *testing.T) {
	profile := inkProfile()
	photo := fixture(t, "portrait.jpg")
	part := func(numbers, data string) func([]byte) []byte {
		return func(b []byte) []byte { return withSegment(b, markerAPP2, iccID+numbers+data) }
	}
	build := func(b []byte, parts ...func([]byte) []byte) []byte {
		for _, p := range parts {
			b = p(b)
		}
		return b
	}
	riff := func(chunks ...string) []byte { return []byte("RIFF\x00\x00\x00\x00WEBP" + strings.Join(chunks, "")) }
	chunk := func(kind, data string) string {
		return kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(data)))) + data + strings.Repeat("\x00", len(data)%2)
	}
	extended := chunk("VP8X", "0123456789")
	png := encodePNG(t, corners(48, 48))
	tests := []struct {
		name string
		f    Format
		give []byte
		want string
	}{
		{"one part", JPEG, withProfile(photo, profile, 60_000), string(profile)},
		{"many parts", JPEG, withProfile(photo, profile, 1000), string(profile)},
		{"parts out of order", JPEG, build(photo, part("\x01\x03", "a"), part("\x03\x03", "c"), part("\x02\x03", "b")), "abc"},
		{"no part", JPEG, photo, ""},
		{"a part is missing", JPEG, build(photo, part("\x01\x03", "a"), part("\x03\x03", "c")), ""},
		{"a part comes twice", JPEG, build(photo, part("\x01\x02", "a"), part("\x01\x02", "a")), ""},
		{"parts that disagree", JPEG, build(photo, part("\x01\x02", "a"), part("\x02\x03", "b")), ""},
		{"numbered from 0", JPEG, build(photo, part("\x00\x02", "a"), part("\x01\x02", "b")), ""},
		{"number over the total", JPEG, build(photo, part("\x02\x01", "a")), ""},
		{"no numbers", JPEG, build(photo, part("\x01", "")), ""},
		{"too long", JPEG, withProfile(photo, make([]byte, maxProfile+1), 60_000), ""},
		{"as long as may be", JPEG, withProfile(photo, bytes.Repeat([]byte("p"), maxProfile), 60_000), strings.Repeat("p", maxProfile)},
		{"png", PNG, withPNGProfile(t, png, profile), string(profile)},
		{"png without one", PNG, png, ""},
		{"png that inflates to too much", PNG, withPNGProfile(t, png, make([]byte, maxProfile+1)), ""},
		{"png that does not inflate", PNG, appendChunk(bytes.Clone(pngSignature), "iCCP", []byte("name\x00\x00garbage")), ""},
		{"png of another compression", PNG, appendChunk(bytes.Clone(pngSignature), "iCCP", []byte("name\x00\x01")), ""},
		{"webp", WebP, riff(extended, chunk("ICCP", "profile"), chunk("VP8 ", "")), "profile"},
		{"webp with another chunk first", WebP, riff(extended, chunk("odd1", "123"), chunk("ICCP", "p")), "p"},
		{"webp of the simple form", WebP, riff(chunk("VP8 ", ""), chunk("ICCP", "p")), ""},
		{"webp that ends in the profile", WebP, riff(extended, chunk("ICCP", "profile")[:12]), ""},
		{"webp that ends before its padding", WebP, riff(extended, chunk("odd1", "123")[:11]), ""},
		{"gif", GIF, fixture(t, "portrait.gif"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := profileOf(tt.f, tt.give); string(got) != tt.want {
				t.Errorf("profileOf gives %d bytes, want %d", len(got), len(tt.want))
			}
		})
	}
}

func TestProfileNameIsBounded(t *testing.T) {
	tests := []struct {
		name string
		give string
		want string
	}{
		{"plain", "Display P3", "Display P3"},
		{"long", strings.Repeat("é", 100), strings.Repeat("é", maxProfileName)},
		{"control characters", " a\x1b[31m\r\nb\u202e ", "a[31mb"},
		{"a very long tag", strings.Repeat("x", 3000), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := readProfile(screenProfile(tt.give, p3Primaries, iccSRGBCurve()), 3)
			if err != nil || c.name != tt.want || c.sRGB() {
				t.Errorf("the name is %q (%v), want %q", c.name, err, tt.want)
			}
		})
	}
}

// hostileProfiles are profiles that declare what they do not hold, or that
// would take long to read.
func hostileProfiles() map[string][]byte {
	u32 := func(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }
	lut := func(kind string, in, out byte, rest string) []byte {
		return []byte(kind + "\x00\x00\x00\x00" + string([]byte{in, out}) + rest)
	}
	matrix := string(make([]byte, 36))
	stages := func(b, m, clut, a uint32, rest string) string {
		return "\x00\x00" + u32(b) + u32(0) + u32(m) + u32(clut) + u32(a) + rest
	}
	lutProfile := func(d []byte) []byte { return iccProfile("scnr", "RGB ", "Lab ", iccTag{"A2B0", d}) }
	curveProfile := func(d []byte) []byte { return screenProfile("x", p3Primaries, d) }
	header := iccProfile("mntr", "RGB ", "XYZ ")
	falling := iccPoints(maxCurve, func(x float64) float64 { return 1 - x })
	records := "mluc\x00\x00\x00\x00" + u32(50_000) + u32(12) + strings.Repeat("enUS"+u32(600_000)+u32(16), 50_000)
	return map[string][]byte{
		"empty":                          {},
		"a header alone":                 header[:128],
		"tags without end":               append(bytes.Clone(header[:128]), 0xff, 0xff, 0xff, 0xff),
		"a tag beyond the end":           append(append(bytes.Clone(header[:128]), 0, 0, 0, 1), "rXYZ\x00\x00\x00\x90\xff\xff\xff\xff"...),
		"a tag inside the header":        append(append(bytes.Clone(header[:128]), 0, 0, 0, 1), "rXYZ\x00\x00\x00\x10\x00\x00\x00\x14"...),
		"a tag whose end overflows":      append(append(bytes.Clone(header[:128]), 0, 0, 0, 1), "rXYZ\xff\xff\xff\xf0\x00\x00\x00\x20"...),
		"a curve of 4 thousand millions": curveProfile([]byte("curv\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00")),
		"a curve over the bound":         curveProfile(iccPoints(maxCurve+1, func(x float64) float64 { return x })),
		"a long falling curve":           curveProfile(falling),
		"a curve of another kind":        curveProfile([]byte("para\x00\x00\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00")),
		"a grid of nothing":              lutProfile(lut("mft2", 3, 3, "\x00\x00"+matrix+"\x00\x02\x00\x02")),
		"a grid of 255 inputs":           lutProfile(lut("mft2", 255, 3, "\x02\x00"+matrix+"\x00\x02\x00\x02")),
		"a grid larger than its tag":     lutProfile(lut("mft1", 3, 3, "\xff\x00"+matrix+strings.Repeat("\x00", 2000))),
		"long falling curves in a table": lutProfile(lut("mft2", 3, 3, "\x02\x00"+matrix+"\x10\x00\x10\x00"+strings.Repeat(string(falling[12:]), 3)+strings.Repeat("\x00", 48)+strings.Repeat(string(falling[12:]), 3))),
		"samples without width":          lutProfile(lut("mAB ", 3, 3, stages(0, 0, 32, 0, strings.Repeat("\xff", 16)+"\x00\x00\x00\x00"))),
		"a grid of four long sides":      iccProfile("prtr", "CMYK", "Lab ", iccTag{"A2B0", lut("mAB ", 4, 3, stages(0, 0, 32, 0, strings.Repeat("\xff", 16)+"\x01\x00\x00\x00"))}),
		"a grid of uneven sides":         lutProfile(lut("mAB ", 3, 3, stages(0, 0, 32, 0, "\x02\x03\x04"+strings.Repeat("\x00", 13)+"\x01\x00\x00\x00"+strings.Repeat("\x80", 72)))),
		"a stage beyond the tag":         lutProfile(lut("mAB ", 3, 3, stages(0xffffffff, 0, 0, 0, "12345678"))),
		"a curve in a stage":             lutProfile(lut("mAB ", 3, 3, stages(32, 0, 0, 0, "curv\x00\x00\x00\x00\xff\xff\xff\xff"))),
		"no stage at all":                lutProfile(lut("mAB ", 3, 3, stages(0, 0, 0, 0, "12345678"))),
		"names without end":              iccProfile("mntr", "RGB ", "XYZ ", iccTag{"desc", []byte(records)}),
		"a text where a grid should be":  lutProfile([]byte(records)),
		"a number where a curve is due":  curveProfile(iccNumbers("XYZ \x00\x00\x00\x00", 1, 1, 1)),
		"a device link":                  iccProfile("link", "RGB ", "Lab "),
		"primaries without end":          screenProfile("x", [9]float64{-32768, 32767, -32768, 32767, -32768, 32767, -32768, 32767, -32768}, iccGamma(-30000)),
		"a power without end":            screenProfile("x", p3Primaries, iccNumbers("para\x00\x00\x00\x00\x00\x04\x00\x00", 32767, 32767, 32767, 32767, 0.1, -32767, 32767)),
	}
}

func TestHostileProfilesAreHarmless(t *testing.T) {
	const mostBytes, mostTime = 40 << 20, 2 * time.Second // time: far above what any takes, below what one without bounds does
	for name, profile := range hostileProfiles() {
		t.Run(name, func(t *testing.T) {
			for _, channels := range []int{1, 3, 4} {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				began := time.Now()
				c, err := guarded(func() (colours, error) { return readProfile(profile, channels) })
				took := time.Since(began)
				runtime.ReadMemStats(&after)
				if got := after.TotalAlloc - before.TotalAlloc; got > mostBytes || took > mostTime {
					t.Errorf("%d channels: %d bytes and %s taken", channels, got, took)
				}
				if err == nil {
					c.convert(image.NewRGBA(image.Rect(0, 0, 4, 4)))
					c.convertCMYK(image.NewCMYK(image.Rect(0, 0, 4, 4)))
				}
			}
		})
	}
}

// FuzzColours holds that no profile breaks anything, and that what comes of it
// converts every colour.
func FuzzColours(f *testing.F) {
	for _, p := range [][]byte{displayP3(), greyProfile(iccGamma(1.8)), inkProfile(), screenProfile("x", adobePrimaries, iccPoints(64, func(x float64) float64 { return x * x }))} {
		f.Add(p, 3)
	}
	for _, p := range hostileProfiles() {
		if len(p) < 10_000 {
			f.Add(p, 3)
		}
	}
	f.Fuzz(func(t *testing.T, profile []byte, channels int) {
		c, err := guarded(func() (colours, error) { return readProfile(profile, channels) })
		if err != nil {
			return
		}
		m, inks := image.NewRGBA(image.Rect(0, 0, 64, 64)), image.NewCMYK(image.Rect(0, 0, 64, 64))
		for i := range inks.Pix {
			m.Pix[i], inks.Pix[i] = uint8(i*7), uint8(i*11)
		}
		c.convert(m)
		c.convertCMYK(inks)
	})
}

func TestConvertKeepsToItsPixels(t *testing.T) {
	c, err := readProfile(displayP3(), 3)
	if err != nil {
		t.Fatal(err)
	}
	m := flat(4, 4, color.RGBA{200, 150, 120, 255}).(*image.RGBA)
	c.convert(m.SubImage(image.Rect(1, 1, 3, 3)).(*image.RGBA))
	for i := range 16 {
		x, y := i%4, i/4
		inside := x > 0 && x < 3 && y > 0 && y < 3
		if got := m.RGBAAt(x, y); (got.R == 200) == inside || got.A != 255 {
			t.Errorf("at %d,%d: %v", x, y, got)
		}
	}
}

func BenchmarkColours(b *testing.B) {
	const side = 640
	for _, p := range []struct {
		name     string
		profile  []byte
		channels int
	}{{"grey", greyProfile(iccGamma(1.8)), 1}, {"matrix", displayP3(), 3}, {"inks", inkProfile(), 4}} {
		c, err := readProfile(p.profile, p.channels)
		if err != nil {
			b.Fatal(err)
		}
		m, inks := noise(side, side).(*image.RGBA), image.NewCMYK(image.Rect(0, 0, side, side))
		copy(inks.Pix, m.Pix)
		b.Run(fmt.Sprintf("read %s", p.name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := readProfile(p.profile, p.channels); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("convert %s", p.name), func(b *testing.B) {
			for b.Loop() {
				if p.channels == 4 {
					c.convertCMYK(inks)
				} else {
					c.convert(m)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/side/side, "ns/pixel")
		})
	}
}
