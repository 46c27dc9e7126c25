package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exifBlock is an EXIF block with an orientation and a place on Earth.
func exifBlock(order binary.AppendByteOrder, orientation uint16) []byte {
	head := "II*\x00"
	if order.AppendUint16(nil, 1)[0] == 0 {
		head = "MM\x00*"
	}
	b := order.AppendUint32([]byte(head), 8)
	b = order.AppendUint16(b, 2)
	b = exifEntry(order, b, 0x0112, 3, 1, order.AppendUint16(nil, orientation))
	b = exifEntry(order, b, 0x8825, 4, 1, order.AppendUint32(nil, 38)) // GPS directory
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 1)
	b = exifEntry(order, b, 1, 2, 2, []byte("N\x00"))
	return order.AppendUint32(b, 0)
}

func exifEntry(order binary.AppendByteOrder, b []byte, tag, kind uint16, count uint32, value []byte) []byte {
	b = order.AppendUint16(b, tag)
	b = order.AppendUint16(b, kind)
	b = order.AppendUint32(b, count)
	return append(b, append(value, make([]byte, 4-len(value))...)...)
}

// withSegment puts a segment behind a JPEG's start marker.
func withSegment(b []byte, marker byte, payload string) []byte {
	out := appendSegment(bytes.Clone(b[:2]), marker, []byte(payload))
	return append(out, b[2:]...)
}

func withOrientation(b []byte, o uint16) []byte {
	return withSegment(b, markerAPP1, exifID+string(exifBlock(binary.BigEndian, o)))
}

func appendChunk(b []byte, kind string, data []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	body := append([]byte(kind), data...)
	b = append(b, body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
}

// pngHeader is the beginning of a grey PNG of that size.
func pngHeader(w, h uint32) []byte {
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return appendChunk(bytes.Clone(pngSignature), "IHDR", append(size, 8, 0, 0, 0, 0))
}

// bombPNG is a well-formed PNG that is all one grey: few bytes, many pixels.
func bombPNG(t testing.TB, w, h int) []byte {
	t.Helper()
	var data bytes.Buffer
	z, err := zlib.NewWriterLevel(&data, zlib.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]byte, w+1)
	for range h {
		if _, err := z.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return appendChunk(appendChunk(pngHeader(uint32(w), uint32(h)), "IDAT", data.Bytes()), "IEND", nil)
}

func flat(w, h int, c color.Color) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, c)
		}
	}
	return m
}

// repeatScan gives the JPEG with its first scan n times.
func repeatScan(b []byte, n int) []byte {
	s := splitJPEG(b)
	for i, g := range s.list {
		if g.marker == markerSOS {
			for range n - 1 {
				s.list = append(s.list[:i+1:i+1], s.list[i:]...)
			}
			break
		}
	}
	return s.bare()
}

// iccTag is one tag of an ICC profile, its type included.
type iccTag struct {
	name string
	data []byte
}

// iccProfile builds an ICC profile: class and spaces are four letters each.
func iccProfile(class, space, pcs string, tags ...iccTag) []byte {
	b := make([]byte, 128)
	b[8] = 4 // version
	copy(b[12:], class+space+pcs)
	copy(b[36:], "acsp")
	copy(b[68:], "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d") // D50
	b = binary.BigEndian.AppendUint32(b, uint32(len(tags)))
	place := len(b) + 12*len(tags)
	for _, t := range tags {
		b = append(b, t.name...)
		b = binary.BigEndian.AppendUint32(b, uint32(place))
		b = binary.BigEndian.AppendUint32(b, uint32(len(t.data)))
		place += (len(t.data) + 3) / 4 * 4
	}
	for _, t := range tags {
		b = append(b, t.data...)
		b = append(b, make([]byte, (4-len(t.data)%4)%4)...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// iccNumbers is a tag of numbers in ICC's 16.16 format behind a head.
func iccNumbers(head string, numbers ...float64) []byte {
	b := []byte(head)
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(n*65536))))
	}
	return b
}

// iccGamma is the curve of a power.
func iccGamma(gamma float64) []byte {
	return iccNumbers("para\x00\x00\x00\x00\x00\x00\x00\x00", gamma)
}

// iccSRGBCurve is the curve of sRGB.
func iccSRGBCurve() []byte {
	return iccNumbers("para\x00\x00\x00\x00\x00\x03\x00\x00", 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
}

// iccPoints is a curve of that many points.
func iccPoints(n int, at func(x float64) float64) []byte {
	b := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), uint32(n))
	for i := range n {
		b = binary.BigEndian.AppendUint16(b, uint16(math.Round(65535*at(float64(i)/float64(n-1)))))
	}
	return b
}

// iccName is the tag with a profile's name.
func iccName(name string) iccTag {
	text := utf16.Encode([]rune(name))
	b := []byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS")
	b = binary.BigEndian.AppendUint32(b, uint32(2*len(text)))
	b = binary.BigEndian.AppendUint32(b, 28)
	for _, u := range text {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return iccTag{"desc", b}
}

// Primaries as ICC profiles hold them: X, Y and Z of red, green and blue under D50.
var (
	sRGBPrimaries  = [9]float64{0.43607, 0.22249, 0.01392, 0.38515, 0.71687, 0.09708, 0.14307, 0.06061, 0.71410}
	p3Primaries    = [9]float64{0.51512, 0.24120, -0.00105, 0.29198, 0.69225, 0.04189, 0.15710, 0.06657, 0.78407}
	adobePrimaries = [9]float64{0.60974, 0.31111, 0.01947, 0.20528, 0.62567, 0.06087, 0.14919, 0.06322, 0.74457}
)

// screenProfile is the profile of a screen.
func screenProfile(name string, primaries [9]float64, curve []byte) []byte {
	const xyz = "XYZ \x00\x00\x00\x00"
	return iccProfile("mntr", "RGB ", "XYZ ", iccName(name),
		iccTag{"rXYZ", iccNumbers(xyz, primaries[:3]...)},
		iccTag{"gXYZ", iccNumbers(xyz, primaries[3:6]...)},
		iccTag{"bXYZ", iccNumbers(xyz, primaries[6:]...)},
		iccTag{"rTRC", curve}, iccTag{"gTRC", curve}, iccTag{"bTRC", curve})
}

func displayP3() []byte { return screenProfile("Display P3", p3Primaries, iccSRGBCurve()) }

// greyProfile is a profile of grey levels.
func greyProfile(curve []byte) []byte {
	return iccProfile("mntr", "GRAY", "XYZ ", iccName("Grey"), iccTag{"kTRC", curve})
}

// inkProfile is the profile of a print whose paper is yellowish and whose
// darkest black is no real black.
func inkProfile() []byte {
	const points = 5
	b := append([]byte("mft2\x00\x00\x00\x00\x04\x03"), points, 0)
	b = append(b, iccNumbers("", 1, 0, 0, 0, 1, 0, 0, 0, 1)...)
	b = append(b, 0, 2, 0, 2)
	straight := []byte{0, 0, 0xff, 0xff}
	for range 4 {
		b = append(b, straight...)
	}
	for i := range points * points * points * points {
		at := func(step int) float64 { return float64(i/step%points) / (points - 1) }
		c, m, y, k := at(points*points*points), at(points*points), at(points), at(1)
		l := 95 * (1 - 0.4*c) * (1 - 0.5*m) * (1 - 0.1*y) * (1 - 0.85*k)
		red, yellow := (75*m-35*c)*(1-k), (2+90*y-45*c-5*m)*(1-k)
		for _, v := range []float64{l / 100 * 65280, (red + 128) * 256, (yellow + 128) * 256} { // Lab as lut16Type has it
			b = binary.BigEndian.AppendUint16(b, uint16(math.Round(v)))
		}
	}
	for range 3 {
		b = append(b, straight...)
	}
	return iccProfile("prtr", "CMYK", "Lab ", iccName("Test inks"), iccTag{"A2B0", b}, iccTag{"A2B1", b})
}

// withProfile gives the JPEG with an ICC profile, in parts of at most that many bytes.
func withProfile(photo, profile []byte, most int) []byte {
	var parts [][]byte
	for len(profile) > most {
		parts, profile = append(parts, profile[:most]), profile[most:]
	}
	parts = append(parts, profile)
	for i := len(parts) - 1; i >= 0; i-- {
		photo = withSegment(photo, markerAPP2, iccID+string([]byte{byte(i + 1), byte(len(parts))})+string(parts[i]))
	}
	return photo
}

// withPNGProfile gives the PNG with an ICC profile behind its header.
func withPNGProfile(t testing.TB, b, profile []byte) []byte {
	t.Helper()
	const headerEnd = 33
	data := bytes.NewBufferString("name\x00\x00")
	z := zlib.NewWriter(data)
	if _, err := z.Write(profile); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return append(appendChunk(bytes.Clone(b[:headerEnd]), "iCCP", data.Bytes()), b[headerEnd:]...)
}
func encodeJPEG(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func encodePNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, m); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func mustDecode(t testing.TB, b []byte) *Picture {
	t.Helper()
	p, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// channel gives a level as a pixel holds it.
func channel(v float64) uint8 { return uint8(min(255, max(0, math.Round(v)))) }
