package photo

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bep/imagemeta"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/draw"

	"photosync/internal/photo/portrait"
	"photosync/internal/record"
)

const secret = "SECRET-PLACE"

// dressed is a JPEG with every kind of metadata, each with [secret] in it, and
// an archive behind its end.
func dressed(t testing.TB, photo []byte) []byte {
	t.Helper()
	b := withSegment(photo, markerAPP0, "JFXX\x00\x10"+secret)
	b = withSegment(b, markerAPP0, jfifID+"\x01\x01\x00\x00\x01\x00\x01\x05\x01"+secret+"xyz") // thumbnail of 5x1 pixels
	b = withSegment(b, markerCOM, secret)
	b = withSegment(b, 0xed, "Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x12\x1c\x02\x5a\x00\x0c"+secret) // IPTC: city
	b = withSegment(b, markerAPP2, "MPF\x00"+secret)
	b = withProfile(b, append(screenProfile(secret, sRGBPrimaries, iccSRGBCurve()), secret...), 60_000)
	b = withSegment(b, 0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"+secret)
	b = withSegment(b, markerAPP1, "http://ns.adobe.com/xmp/extension/\x00"+strings.Repeat("0", 32)+"\x00\x00\x00\x0c\x00\x00\x00\x00"+secret)
	b = withSegment(b, markerAPP1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>"+secret+"</x:xmpmeta>")
	b = withSegment(b, markerAPP1, exifID+string(exifBlock(binary.LittleEndian, upright))+secret)
	b = withSegment(b, markerAPP15, secret)
	return append(b, "PK\x03\x04"+secret...)
}

// undressed asserts that a JPEG is nothing but pixels: every byte belongs to a
// marker segment of a kind that decoders need, to compressed data, or to the
// end marker. It reads more strictly than splitJPEG.
func undressed(t testing.TB, b []byte) {
	t.Helper()
	if !bytes.HasPrefix(b, []byte{0xff, markerSOI}) || !bytes.HasSuffix(b, []byte{0xff, markerEOI}) {
		t.Fatalf("the JPEG begins with % x and ends with % x", b[:min(2, len(b))], b[max(0, len(b)-2):])
	}
	for b = b[2:]; len(b) > 2; {
		if b[0] != 0xff || len(b) < 4 {
			t.Fatalf("% x where a marker should be", b[:2])
		}
		marker, end := b[1], 2+int(binary.BigEndian.Uint16(b[2:]))
		payload := b[4:end]
		b = b[end:]
		switch marker {
		case 0xc0, 0xc1, 0xc2, 0xc4, 0xdb, 0xdd: // frame, Huffman tables, quantisation tables, restart interval
		case markerSOS:
			for b[0] != 0xff || b[1] == 0 || b[1] >= markerRST0 && b[1] <= markerRST7 {
				b = b[1:]
			}
		case markerAPP0:
			if len(payload) != 14 || string(payload[:5]) != jfifID || payload[12] != 0 || payload[13] != 0 {
				t.Errorf("JFIF holds more than it needs: %q", payload)
			}
		case markerAPP14:
			if len(payload) != 12 || string(payload[:5]) != "Adobe" {
				t.Errorf("Adobe's segment holds more than it needs: %q", payload)
			}
		default:
			t.Errorf("a segment of marker %x: %.40q", marker, payload)
		}
	}
	if len(b) != 2 {
		t.Errorf("the end marker is not at the end")
	}
}

func mustPrepare(t testing.TB, b []byte, maxBytes int) []byte {
	t.Helper()
	out, err := Prepare(b, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	undressed(t, out)
	return out
}

func TestPrepareStripsAndKeepsTheRest(t *testing.T) {
	for _, name := range []string{"portrait.jpg", "portrait-progressive.jpg", "portrait-grey.jpg"} {
		t.Run(name, func(t *testing.T) {
			in := dressed(t, fixture(t, name))
			if bytes.Count(in, []byte(secret)) != 12 || len(tags(t, in)) == 0 {
				t.Fatal("the metadata is not in the picture to begin with")
			}
			out := mustPrepare(t, in, MaxUpload)
			if bytes.Contains(out, []byte(secret)) {
				t.Error("metadata is left")
			}
			if got := tags(t, out); len(got) > 0 {
				t.Errorf("tags are left: %v", got)
			}
			if diff := cmp.Diff(picture(in), picture(out)); diff != "" {
				t.Errorf("tables and compressed data (-in +out):\n%s", diff)
			}
		})
	}
}

// tags reads EXIF, IPTC and XMP with another package than the one under test.
func tags(t *testing.T, b []byte) (names []string) {
	t.Helper()
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(b), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF | imagemeta.IPTC | imagemeta.XMP,
		HandleTag: func(i imagemeta.TagInfo) error { names = append(names, i.Tag); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// picture gives all segments of a JPEG that are not metadata, and all
// compressed data, as text to compare.
func picture(b []byte) (list []string) {
	for _, g := range splitJPEG(b).list {
		if (g.marker < markerAPP0 || g.marker > markerAPP15) && g.marker != markerCOM {
			list = append(list, fmt.Sprintf("%x %x %x", g.marker, g.payload, g.coded))
		}
	}
	return list
}

func TestPrepareKeepsWhatColoursDependOn(t *testing.T) {
	out := mustPrepare(t, dressed(t, fixture(t, "portrait.jpg")), MaxUpload)
	var got []string
	for _, g := range splitJPEG(out).list {
		if g.marker >= markerAPP0 && g.marker <= markerAPP15 {
			got = append(got, fmt.Sprintf("%x %q", g.marker, g.payload))
		}
	}
	want := []string{
		fmt.Sprintf("ee %q", "Adobe\x00\x64\x00\x00\x00\x00\x01"),
		fmt.Sprintf("e0 %q", jfifID+"\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("application segments (-want +got):\n%s", diff)
	}
}

func TestPrepareTurnsUpright(t *testing.T) {
	jpg := encodeJPEG(t, corners(200, 100), 90)
	for o := uint16(2); o <= 8; o++ {
		in := withOrientation(jpg, o)
		out := mustPrepare(t, in, MaxUpload)
		if got, want := seen(mustDecode(t, out).form), seen(mustDecode(t, in).form); got != want {
			t.Errorf("orientation %d: the upload shows %s, want %s", o, got, want)
		}
	}
}

func TestShownIsTheWholePictureTurned(t *testing.T) {
	for _, size := range []image.Point{{5, 3}, {3, 200}, {70, 129}} {
		m := noise(size.X, size.Y).(*image.RGBA)
		for o := 1; o <= 8; o++ {
			got, want := shown(m, colours{}, o), turn(m, o)
			if got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
				t.Errorf("%v in orientation %d is turned wrongly", size, o)
			}
		}
	}
}

// noise is a picture that hardly compresses.
func noise(w, h int) image.Image {
	m, r := image.NewRGBA(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(1, 2))
	for i := range w * h {
		m.SetRGBA(i%w, i/w, color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255})
	}
	return m
}

func TestPrepareShowsTheSame(t *testing.T) {
	photo := fixture(t, "portrait.jpg")
	large := encodeJPEG(t, portrait.New(5, 5).Draw(480, 640), 95)
	tests := []struct {
		name     string
		give     []byte
		maxBytes int
		within   float64 // distance to the upload
	}{
		{"fitting jpeg", dressed(t, photo), MaxUpload, 0},
		{"jpeg without its end marker", cutEnd(photo), MaxUpload, 0.02},
		{"turned jpeg", withOrientation(photo, 6), MaxUpload, 0.02},
		{"print colours", fixture(t, "portrait-cmyk.jpg"), MaxUpload, 0.02},
		{"print colours without a transform", withAdobeTransform(fixture(t, "portrait-cmyk.jpg"), 0), MaxUpload, 0.02},
		{"grey jpeg", fixture(t, "portrait-grey.jpg"), MaxUpload, 0},
		{"gif", fixture(t, "portrait.gif"), MaxUpload, 0.03},
		{"webp", fixture(t, "portrait.webp"), MaxUpload, 0.03},
		{"bmp", fixture(t, "portrait.bmp"), MaxUpload, 0.03},
		{"jpeg in base64", []byte(base64.StdEncoding.EncodeToString(photo)), MaxUpload, 0},
		{"turned jpeg in hexadecimal", []byte(hex.EncodeToString(withOrientation(photo, 3))), MaxUpload, 0.02},
		{"png", encodePNG(t, portrait.New(6, 6).Draw(96, 128)), MaxUpload, 0.02},
		{"jpeg that has to shrink", large, 20_000, 0.03},
		{"jpeg that has to shrink very much", large, 3_000, 0.05},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := mustPrepare(t, tt.give, tt.maxBytes)
			before, after := mustDecode(t, tt.give), mustDecode(t, out)
			if len(out) > tt.maxBytes || after.Facts.Format != JPEG {
				t.Errorf("%d bytes of %s, want at most %d of JPEG", len(out), after.Facts.Format, tt.maxBytes)
			}
			if c := Compare(before, after); c.Verdict != Same || c.Distance > tt.within {
				t.Errorf("the upload compares as %v, want Same within %v", c, tt.within)
			}
			if after.Facts.Width*after.Facts.Height > before.Facts.Width*before.Facts.Height {
				t.Errorf("enlarged from %+v to %+v", before.Facts, after.Facts)
			}
			if again := mustPrepare(t, out, tt.maxBytes); !bytes.Equal(out, again) {
				t.Error("prepared again it changes")
			}
		})
	}
}

func TestPrepareTakesTheFirstSizeThatFits(t *testing.T) {
	sizes := map[int]bool{}
	for _, side := range shortSides {
		sizes[side] = true
	}
	tests := []struct {
		name     string
		w, h     int
		maxBytes int
		want     int // the upload's shorter side, 0 for any
	}{
		{"fits", 150, 200, MaxUpload, 150},
		{"100 KB", 520, 420, MaxUploadWithoutMailbox, 0},
		{"half of it", 250, 250, 20_000, 0},
		{"a little too large", 130, 130, 11_500, 120},
		{"long", 500, 130, 20_000, 0},
		{"tall", 130, 500, 20_000, 0},
		{"hardly any room", 300, 360, 4_000, 0},
		{"not a pixel over the smallest", 49, 60, 4_500, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			full := noise(tt.w, tt.h).(*image.RGBA)
			in := encodePNG(t, full)
			out := mustPrepare(t, in, tt.maxBytes)
			f, err := Inspect(out)
			if err != nil || len(out) > tt.maxBytes {
				t.Fatalf("%d bytes (%v), want at most %d", len(out), err, tt.maxBytes)
			}
			got, source := min(f.Width, f.Height), min(tt.w, tt.h)
			if got > source || got != source && !sizes[got] || tt.want != 0 && got != tt.want {
				t.Errorf("%dx%d is no size of the ladder (want %d)", f.Width, f.Height, tt.want)
			}
			if want := sizeOf(image.Pt(tt.w, tt.h), got); want != image.Pt(f.Width, f.Height) {
				t.Errorf("%dx%d has another shape, want %v", f.Width, f.Height, want)
			}
			for _, side := range append([]int{source}, shortSides[:]...) {
				if side > got && side <= source {
					m := scaled(halved(full, side), sizeOf(full.Rect.Size(), side))
					if larger, err := encodeWithin(m, tt.maxBytes); larger != nil || err != nil {
						t.Errorf("%d pixels fit too (%v)", side, err)
					}
				}
			}
			if again := mustPrepare(t, out, tt.maxBytes); !bytes.Equal(out, again) {
				t.Error("prepared again it changes")
			}
		})
	}
}

func TestPrepareTakesTheBestQualityThatFits(t *testing.T) {
	m := shown(portrait.New(7, 7).Draw(300, 400), colours{}, upright)
	for i, q := range qualities {
		want := encodeJPEG(t, m, q)
		got, err := encodeWithin(m, len(want))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("with room for quality %d it is not taken (%v)", q, err)
		}
		if less, err := encodeWithin(m, len(want)-1); err != nil || len(less) >= len(want) || (less == nil) != (i+1 == len(qualities)) {
			t.Errorf("with one byte less than quality %d takes there are %d bytes (%v)", q, len(less), err)
		}
	}
}

func TestPrepareLeavesOutSizesNoJPEGHas(t *testing.T) {
	out := mustPrepare(t, bombPNG(t, 66_000, 60), MaxUpload)
	if f, err := Inspect(out); err != nil || f.Width != 52_800 || f.Height != 48 {
		t.Errorf("%dx%d (%v), want 52800x48: at its full size it is wider than a JPEG can be", f.Width, f.Height, err)
	}
}

// patches are four colours, each in a quarter of 96 pixels.
func patches(c [4]srgb) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 96, 96))
	for i, p := range c {
		r := image.Rect(0, 0, 48, 48).Add(image.Pt(48*(i%2), 48*(i/2)))
		draw.Draw(m, r, image.NewUniform(color.RGBA{p[0], p[1], p[2], 255}), image.Point{}, draw.Src)
	}
	return m
}

func TestPrepareBringsColoursToSRGB(t *testing.T) {
	const within = 4 // of 255: two encodings
	give := patches([4]srgb{{200, 150, 120}, {90, 60, 50}, {250, 240, 100}, {60, 120, 180}})
	jpg := encodeJPEG(t, give, 98)
	grey := patches([4]srgb{{0, 0, 0}, {64, 64, 64}, {128, 128, 128}, {200, 200, 200}})
	greyLevels := image.NewGray(image.Rect(0, 0, 96, 96))
	draw.Draw(greyLevels, greyLevels.Rect, grey, image.Point{}, draw.Src)
	// See TestColoursAreThoseOfLittleCMS for where these are from.
	p3 := [4]srgb{{209, 147, 114}, {95, 58, 47}, {252, 239, 64}, {30, 121, 185}}
	adobe := [4]srgb{{217, 151, 119}, {99, 57, 45}, {253, 240, 87}, {0, 120, 183}}
	greys := [4]srgb{{0, 0, 0}, {81, 81, 81}, {146, 146, 146}, {210, 210, 210}}
	tests := []struct {
		name string
		give []byte
		want [4]srgb
	}{
		{"Display P3", withProfile(jpg, displayP3(), 200), p3},
		{"Display P3, turned upside down", withOrientation(withProfile(jpg, displayP3(), 200), 3), [4]srgb{p3[3], p3[2], p3[1], p3[0]}},
		{"Display P3 in a PNG", withPNGProfile(t, encodePNG(t, give), displayP3()), p3},
		{"Adobe RGB", withProfile(jpg, screenProfile("Adobe RGB", adobePrimaries, iccGamma(563./256)), 60_000), adobe},
		{"grey JPEG", withProfile(encodeJPEG(t, greyLevels, 98), greyProfile(iccGamma(1.8)), 60_000), greys},
		{"grey PNG", withPNGProfile(t, encodePNG(t, greyLevels), greyProfile(iccGamma(1.8))), greys},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := jpeg.Decode(bytes.NewReader(mustPrepare(t, tt.give, MaxUpload)))
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range tt.want {
				at := image.Pt(24+48*(i%2), 24+48*(i/2))
				c := color.RGBAModel.Convert(m.At(at.X, at.Y)).(color.RGBA)
				if !near(c.R, want[0], within) || !near(c.G, want[1], within) || !near(c.B, want[2], within) {
					t.Errorf("at %v: %v, want %v", at, c, want)
				}
			}
		})
	}
}

func near(a, b uint8, within int) bool { return max(int(a)-int(b), int(b)-int(a)) <= within }

func TestPrepareDropsTheProfileOfWhatStays(t *testing.T) {
	photo, grey := fixture(t, "portrait.jpg"), fixture(t, "portrait-grey.jpg")
	tests := []struct {
		name  string
		photo []byte
		give  []byte
	}{
		{"sRGB", photo, screenProfile("sRGB", sRGBPrimaries, iccSRGBCurve())},
		{"unusable", photo, []byte(strings.Repeat("p", 300))},
		{"of other pixels", photo, greyProfile(iccGamma(1.8))},
		{"sRGB on grey", grey, screenProfile("sRGB", sRGBPrimaries, iccSRGBCurve())},
		{"grey with sRGB's curve", grey, greyProfile(iccSRGBCurve())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := mustPrepare(t, withProfile(tt.photo, tt.give, 60_000), MaxUpload)
			if want := mustPrepare(t, tt.photo, MaxUpload); !bytes.Equal(out, want) {
				t.Error("the upload is not what it is without the profile")
			}
		})
	}
}

// withAdobeTransform sets the transform in Adobe's segment: 0 for CMYK, 2 for YCCK.
func withAdobeTransform(b []byte, transform byte) []byte {
	b = bytes.Clone(b)
	b[bytes.Index(b, []byte("Adobe"))+11] = transform
	return b
}

func TestPrepareMakesScreenColoursOfPrintColours(t *testing.T) {
	photo := fixture(t, "portrait-cmyk.jpg")
	for _, tt := range []struct {
		name    string
		give    []byte
		profile []byte
	}{
		{"YCCK", withAdobeTransform(photo, 2), nil},
		{"CMYK", withAdobeTransform(photo, 0), nil},
		{"YCCK with a profile", withAdobeTransform(photo, 2), inkProfile()},
		{"CMYK with a profile", withAdobeTransform(photo, 0), inkProfile()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inks, err := jpeg.Decode(bytes.NewReader(tt.give))
			if err != nil {
				t.Fatal(err)
			}
			in, c := tt.give, colours{}
			if tt.profile != nil {
				in = withProfile(in, tt.profile, 60_000)
				if c, err = readProfile(tt.profile, 4); err != nil {
					t.Fatal(err)
				}
			}
			want := c.convertCMYK(inks.(*image.CMYK))
			out := mustPrepare(t, in, MaxUpload)
			got, err := jpeg.Decode(bytes.NewReader(out))
			if err != nil || splitJPEG(out).components() != 3 {
				t.Fatalf("the upload has %d components (%v), want 3", splitJPEG(out).components(), err)
			}
			const within = 4 // of 255, in the mean of all pixels
			if d := meanDifference(got, want); d > within {
				t.Errorf("the upload's pixels are %.1f away from those of the print", d)
			}
		})
	}
}

// meanDifference gives by how much of 255 the channels of two pictures differ.
func meanDifference(a, b image.Image) float64 {
	sum, n := 0, 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			p, q := color.RGBAModel.Convert(a.At(x, y)).(color.RGBA), color.RGBAModel.Convert(b.At(x, y)).(color.RGBA)
			for _, d := range [3]int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B)} {
				sum, n = sum+max(d, -d), n+1
			}
		}
	}
	return float64(sum) / float64(n)
}

func TestPreparePutsEveryKindOfPNGOnWhite(t *testing.T) {
	const within = 3
	fill := func(m draw.Image, c color.Color) image.Image {
		draw.Draw(m, m.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
		return m
	}
	r := image.Rect(0, 0, 64, 64)
	red := color.NRGBA{200, 50, 50, 255}
	tests := []struct {
		name string
		give image.Image
		want srgb
	}{
		{"16 bits", fill(image.NewNRGBA64(r), color.NRGBA64{200 << 8, 50 << 8, 50 << 8, 0xffff}), srgb{200, 50, 50}},
		{"16 bits of grey", fill(image.NewGray16(r), color.Gray16{100 << 8}), srgb{100, 100, 100}},
		{"palette", fill(image.NewPaletted(r, color.Palette{color.Black, red}), red), srgb{200, 50, 50}},
		{"palette with a transparent colour", fill(image.NewPaletted(r, color.Palette{color.Black, color.Transparent}), color.Transparent), srgb{255, 255, 255}},
		{"half transparent", fill(image.NewNRGBA(r), color.NRGBA{200, 50, 50, 128}), srgb{227, 152, 152}},
		{"transparent", fill(image.NewNRGBA(r), color.NRGBA{200, 50, 50, 0}), srgb{255, 255, 255}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := jpeg.Decode(bytes.NewReader(mustPrepare(t, encodePNG(t, tt.give), MaxUpload)))
			if err != nil {
				t.Fatal(err)
			}
			c := color.RGBAModel.Convert(m.At(30, 30)).(color.RGBA)
			if !near(c.R, tt.want[0], within) || !near(c.G, tt.want[1], within) || !near(c.B, tt.want[2], within) {
				t.Errorf("the pixels are %v, want %v", c, tt.want)
			}
		})
	}
}

func TestPrepareErrors(t *testing.T) {
	tests := []struct {
		name     string
		give     []byte
		maxBytes int
		want     record.Code
		reason   record.Reason // of the cause, "" for none
	}{
		{"too long", make([]byte, MaxInput+1), MaxUpload, record.PhotoTooLarge, ""},
		{"cannot be made small enough", encodePNG(t, noise(96, 96)), 900, record.PhotoTooLarge, ""},
		{"no room at all", fixture(t, "portrait.jpg"), 0, record.PhotoTooLarge, ""},
		{"cut", fixture(t, "portrait.jpg")[:5000], MaxUpload, record.PhotoNotPreparable, record.Truncated},
		{"heic", fixture(t, "portrait.heic"), MaxUpload, record.PhotoNotPreparable, record.UnsupportedFormat},
		{"text", []byte("text"), MaxUpload, record.PhotoNotPreparable, record.NotAnImage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := Prepare(tt.give, tt.maxBytes)
			if got := record.CodeOf(err); got != tt.want || out != nil {
				t.Errorf("Prepare = %d bytes, code %s; want none and %s", len(out), got, tt.want)
			}
			var reason record.Reason
			if d, ok := errors.AsType[*Defect](err); ok {
				reason = d.Reason
			}
			if reason != tt.reason {
				t.Errorf("the cause is %q, want %q", reason, tt.reason)
			}
		})
	}
}

func TestVerifyRefusesAnotherPicture(t *testing.T) {
	before := mustDecode(t, fixture(t, "portrait.jpg"))
	if err := verify(before, fixture(t, "portrait-mirrored.jpg")); record.CodeOf(err) != record.PhotoNotPreparable {
		t.Errorf("verify = %v, want PhotoNotPreparable", err)
	}
}

// TestPrepareDropsWhatHidesBehindThePicture puts bytes where compressed data is
// expected.
func TestPrepareDropsWhatHidesBehindThePicture(t *testing.T) {
	const secret = "SECRET"
	whole := encodeJPEG(t, portrait.New(1, 1).Draw(96, 96), 85)
	body := whole[:len(whole)-2] // without the end marker
	end := whole[len(whole)-2:]
	for name, b := range map[string][]byte{
		"before the end marker": slices.Concat(body, []byte(secret), end),
		"without an end marker": slices.Concat(body, []byte(secret)),
		"behind a restart":      slices.Concat(body, []byte{0xff, markerRST0}, []byte(secret), end),
		"behind the end":        slices.Concat(whole, []byte(secret)),
	} {
		out := mustPrepare(t, b, MaxUpload)
		if bytes.Contains(out, []byte(secret)) {
			t.Errorf("%s: the upload has it", name)
		}
		if again := mustPrepare(t, out, MaxUpload); !bytes.Equal(out, again) {
			t.Errorf("%s: prepared again it changes", name)
		}
	}
	if out := mustPrepare(t, whole, MaxUpload); !bytes.Equal(splitJPEG(out).list[len(splitJPEG(out).list)-1].coded, splitJPEG(whole).list[len(splitJPEG(whole).list)-1].coded) {
		t.Error("a clean picture's compressed data changed")
	}
}

func TestPrepareKeepsOneOfEachMarker(t *testing.T) {
	adobe := func(transform byte) string { return "Adobe\x00\x65\x00\x00\x00\x00" + string(transform) }
	b := withSegment(withSegment(encodeJPEG(t, portrait.New(1, 1).Draw(96, 96), 85), markerAPP14, adobe(1)), markerAPP14, adobe(1))
	n := 0
	for _, g := range splitJPEG(mustPrepare(t, b, MaxUpload)).list {
		if g.marker == markerAPP14 {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of Adobe's markers, want 1", n)
	}
}
