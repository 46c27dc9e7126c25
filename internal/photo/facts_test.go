package photo

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"image/color"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/photo/portrait"
	"photosync/internal/record"
)

func TestSniff(t *testing.T) {
	tests := []struct {
		name string
		give []byte
		want Format
	}{
		{"jpeg", fixture(t, "portrait.jpg"), JPEG},
		{"jpeg that begins with a comment", fixture(t, "lab-0.jpg"), JPEG},
		{"png", pngHeader(60, 60), PNG},
		{"gif", fixture(t, "portrait.gif"), GIF},
		{"old gif", []byte("GIF87a\x01\x00"), GIF},
		{"bmp", fixture(t, "portrait.bmp"), BMP},
		{"webp", fixture(t, "portrait.webp"), WebP},
		{"tiff, little-endian", fixture(t, "portrait.tiff"), TIFF},
		{"tiff, big-endian", []byte("MM\x00*\x00\x00\x00\x08"), TIFF},
		{"text that begins like a bmp", []byte("BMW is a maker of cars in Bavaria"), ""},
		{"sound in the container of webp", []byte("RIFF\x00\x00\x00\x00WAVEfmt "), ""},
		{"text", []byte("no picture"), ""},
		{"empty", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sniff(tt.give); got != tt.want {
				t.Errorf("Sniff = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInspectGivesFacts(t *testing.T) {
	tests := []struct {
		file string
		want Facts
	}{
		{"portrait.jpg", Facts{Format: JPEG, Width: 240, Height: 320}},
		{"portrait.gif", Facts{Format: GIF, Width: 90, Height: 120}},
		{"portrait.bmp", Facts{Format: BMP, Width: 48, Height: 64}},
		{"portrait.webp", Facts{Format: WebP, Width: 48, Height: 64}},
		{"portrait.tiff", Facts{Format: TIFF, Width: 48, Height: 64}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			b := fixture(t, tt.file)
			got, _ := Inspect(b)
			if len(got.SHA256) != 64 || got.SHA256 != strings.ToLower(got.SHA256) {
				t.Errorf("SHA256 = %q, want 64 lower-case hex digits", got.SHA256)
			}
			tt.want.Bytes, got.SHA256 = int64(len(b)), ""
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInspectOfEmptyValueHasItsHash(t *testing.T) {
	got, err := Inspect(nil)
	want := Facts{SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Defect{record.NotAnImage, "empty"}, err); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func utf16LE(s string) []byte {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// TestReasons has a case, or several, for each reason that a Defect may have.
func TestReasons(t *testing.T) {
	photo := fixture(t, "portrait.jpg")
	text := base64.StdEncoding.EncodeToString(photo)
	gif := fixture(t, "portrait.gif")
	png := encodePNG(t, portrait.New(2, 2).Draw(60, 60))
	tests := []struct {
		name string
		give []byte
		want record.Reason
	}{
		{"empty", nil, record.NotAnImage},
		{"text", []byte("see the intranet"), record.NotAnImage},
		{"base64 of no picture", []byte("c2VlIHRoZSBpbnRyYW5ldA=="), record.NotAnImage},
		{"rubbish", []byte{0, 1, 2, 3, 0xfe, 0xff, 0x80}, record.NotAnImage},
		{"zeros", make([]byte, 5000), record.NotAnImage},
		{"jpeg without a frame", []byte("\xff\xd8\xff\xd9"), record.NotAnImage},
		{"png of no width", pngHeader(0, 60), record.NotAnImage},
		{"png with a wrong checksum", flip(png, 30), record.NotAnImage},
		{"too long, rubbish", make([]byte, MaxInput+1), record.NotAnImage},
		{"text of text", []byte(base64.StdEncoding.EncodeToString([]byte(text))), record.NotAnImage},
		{"too long, a picture as text", []byte(text + strings.Repeat("A", MaxInput)), record.NotAnImage},
		{"base64 that breaks off", []byte(text[:4000] + "?" + text[4000:]), record.Truncated},
		{"base64, padded in the middle", []byte(base64.StdEncoding.EncodeToString(photo[:40]) + text), record.Truncated},
		{"base64 of a heic", []byte(base64.StdEncoding.EncodeToString(fixture(t, "portrait.heic"))), record.UnsupportedFormat},
		{"base64 of a tiff", []byte(base64.StdEncoding.EncodeToString(fixture(t, "portrait.tiff"))), record.UnsupportedFormat},
		{"hex that breaks off", []byte(hex.EncodeToString(photo)[:4001]), record.Truncated},
		{"jpeg of two bytes", photo[:2], record.Truncated},
		{"jpeg cut in its tables", photo[:100], record.Truncated},
		{"jpeg cut in its scan", photo[:len(photo)/2], record.Truncated},
		{"jpeg cut in its scan, then closed", append(bytes.Clone(photo[:len(photo)/2]), 0xff, markerEOI), record.Truncated},
		{"progressive jpeg without its last scans", fixture(t, "portrait-progressive.jpg")[:6000], record.Truncated},
		{"progressive jpeg without its end", cutEnd(fixture(t, "portrait-progressive.jpg")), record.Truncated},
		{"png cut in its header", png[:20], record.Truncated},
		{"png cut in its pixels", png[:len(png)/2], record.Truncated},
		{"png without IEND", png[:len(png)-12], record.Truncated},
		{"gif cut in its header", gif[:9], record.Truncated},
		{"gif cut in its colours", gif[:100], record.Truncated},
		{"gif cut in its frame", gif[:len(gif)-500], record.Truncated},
		{"47 pixels", encodePNG(t, flat(47, 300, color.White)), record.TooSmall},
		{"23x23", encodeJPEG(t, flat(23, 23, color.White), 90), record.TooSmall},
		{"just over 16 million pixels", pngHeader(4001, 4000), record.TooManyPixels},
		{"more pixels than an int32", pngHeader(1<<31-1, 1<<31-1), record.TooManyPixels},
		{"too long, a picture", append(bytes.Clone(photo), make([]byte, MaxInput)...), record.TooManyPixels},
		{"bmp cut in its header", fixture(t, "portrait.bmp")[:40], record.Truncated},
		{"bmp cut in its pixels", fixture(t, "portrait.bmp")[:900], record.Truncated},
		{"bmp of four pixels' bytes", codedBMP(4000, 4000, 1)[:100], record.Truncated},
		{"bmp of more pixels than bytes", withBMPSize(4001, 4000), record.TooManyPixels},
		{"bmp of more pixels than an int32", withBMPSize(1<<30, -1<<30), record.TooManyPixels},
		{"bmp, compressed", withByte(fixture(t, "portrait.bmp"), 30, 1), record.UnsupportedFormat},
		{"bmp without size", withBMPSize(0, 0), record.NotAnImage},
		{"webp cut in its head", fixture(t, "portrait.webp")[:20], record.Truncated},
		{"webp cut in its pixels", fixture(t, "portrait.webp")[:300], record.Truncated},
		{"webp that declares more than it has", withByte(fixture(t, "portrait.webp"), 7, 0x40), record.Truncated},
		{"webp, animated by its chunks", riff(vp8x(0, 60, 60), riffChunk("ANMF", make([]byte, 20))), record.UnsupportedFormat},
		{"webp, animated", riff(vp8x(0x02, 60, 60), riffChunk("ANIM", make([]byte, 6))), record.UnsupportedFormat},
		{"webp, animated and too large", riff(vp8x(0x02, 4001, 4000)), record.TooManyPixels},
		{"webp of a small canvas, large inside", riff(vp8x(0, 60, 60), riffChunk("VP8L", losslessData(4000, 4000, true))), record.NotAnImage},
		{"webp of a large canvas, small inside", riff(vp8x(0, 900, 900), riffChunk("VP8L", losslessData(60, 60, true))), record.NotAnImage},
		{"webp, lossless, over 4 million pixels", riff(riffChunk("VP8L", losslessData(2001, 2000, true))), record.TooManyPixels},
		{"webp with a byte of transparency", riff(vp8x(0x10, 60, 60), riffChunk("ALPH", []byte{0, 1}), fixture(t, "portrait.webp")[riffHead:]), record.Truncated},
		{"tiff", fixture(t, "portrait.tiff"), record.UnsupportedFormat},
		{"tiff, damaged", []byte("MM\x00*\xff\xff\xff\xff"), record.UnsupportedFormat},
		{"heic", fixture(t, "portrait.heic"), record.UnsupportedFormat},
		{"jpeg with arithmetic coding", fixture(t, "portrait-arithmetic.jpg"), record.UnsupportedFormat},
		{"jpeg of 101 scans", repeatScan(photo, MaxScans+1), record.UnsupportedFormat},
		{"jpeg of 16 million pixels scanned twice", sequentialJPEG(4000, 4000, 2, 0x11, 0x11, 0x11), record.UnsupportedFormat},
		{"progressive jpeg of too many scans", progressiveJPEG(4000, 4000, 24, 0x22, 0x11, 0x11), record.UnsupportedFormat},
		{"progressive jpeg of too many samples", progressiveJPEG(4000, 4000, 1, 0x11, 0x11, 0x11), record.TooManyPixels},
		{"progressive jpeg of print colours, too many samples", progressiveJPEG(4000, 2000, 1, 0x11, 0x11, 0x11, 0x11), record.TooManyPixels},
		{"jpeg of 5000 comments", manySegments(photo, 5000), record.UnsupportedFormat},
		{"jpeg of no height", sequentialJPEG(60, 0, 1, 0x11), record.NotAnImage},
		{"jpeg of 12 bits", withByte(sequentialJPEG(60, 60, 1, 0x11), 75, 12), record.UnsupportedFormat},
		{"jpeg of two components", sequentialJPEG(60, 60, 1, 0x11, 0x11), record.UnsupportedFormat},
		{"jpeg, lossless", endJPEG(codedJPEG(0xc3, 60, 60, []byte{0x11}, []byte{0}, []byte{0})), record.UnsupportedFormat},
		{"jpeg, hierarchical", endJPEG(codedJPEG(0xc5, 60, 60, []byte{0x11}, []byte{0}, []byte{0})), record.UnsupportedFormat},
		{"jpeg without a scan", endJPEG(codedJPEG(markerSOF0, 60, 60, []byte{0x11}, []byte{0}, []byte{0})), record.NotAnImage},
		{"jpeg with an empty scan", endJPEG(appendScan(codedJPEG(markerSOF0, 60, 60, []byte{0x11}, []byte{0}, []byte{0}), scan{components: []byte{1}, to: 63})), record.Truncated},
		{"jpeg of nothing but fill", append([]byte("\xff\xd8"), bytes.Repeat([]byte{0xff}, 5000)...), record.Truncated},
		{"png, 16 bits, over 4 million pixels", codedPNG(2001, 2000, 16, 0, 0, 16, 0, 0), record.TooManyPixels},
		{"png, interlaced, over 8 million pixels", codedPNG(2900, 2900, 1, 0, 1, 1, 0, 0), record.TooManyPixels},
		{"png of 20,000 chunks", append(bytes.Clone(png[:33]), bytes.Repeat(appendChunk(nil, "tEXt", nil), 20_000)...), record.UnsupportedFormat},
		{"png with more rows than declared", append(pngHeader(60, 60), codedPNG(60, 70, 8, 0, 0, 8, 0, 0)[33:]...), record.NotAnImage},
		{"gif with a frame larger than its screen", codedGIF(60, 60, 61, 60), record.NotAnImage},
		{"gif with a frame of no pixels", codedGIF(60, 60, 0, 0), record.NotAnImage},
		{"html that begins with a tag", []byte("<html><script>GIF89a</script>"), record.NotAnImage},
		{"pdf with a jpeg in it", append([]byte("%PDF-1.7\n"), photo...), record.NotAnImage},
		{"zip", []byte("PK\x03\x04\x14\x00"), record.NotAnImage},
		{"gif that is a script", []byte("GIF89a/*<svg/onload=alert(1)>*/=1;alert(document.domain)//"), record.TooManyPixels},
		{"1x1 png", encodePNG(t, flat(1, 1, color.White)), record.PlaceholderPhoto},
		{"1x1 jpeg", encodeJPEG(t, flat(1, 1, color.White), 90), record.PlaceholderPhoto},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Decode(tt.give)
			d, ok := errors.AsType[*Defect](err)
			if !ok || d.Reason != tt.want || d.Detail == "" {
				t.Errorf("Decode error = %v, want a *Defect %s with a detail", err, tt.want)
			}
			if p != nil {
				t.Error("Decode gave a picture together with an error")
			}
		})
	}
}

// TestText decodes pictures that are stored as text: they are as good as the
// bytes.
func TestText(t *testing.T) {
	photo := fixture(t, "portrait.jpg")
	text, digits := base64.StdEncoding.EncodeToString(photo), hex.EncodeToString(photo)
	lines := func(s, between string, n int) string {
		var parts []string
		for ; len(s) > n; s = s[n:] {
			parts = append(parts, s[:n])
		}
		return strings.Join(append(parts, s), between)
	}
	wide := utf16LE(text)
	turned := make([]byte, len(wide))
	for i := range wide {
		turned[i] = wide[i^1]
	}
	tests := []struct {
		name string
		give []byte
	}{
		{"base64", []byte(text)},
		{"base64 without padding", []byte(strings.TrimRight(text, "="))},
		{"base64 in lines", []byte(lines(text, "\r\n", 76) + "\r\n")},
		{"base64, url alphabet", []byte(base64.URLEncoding.EncodeToString(photo))},
		{"base64, UTF-16", wide},
		{"base64, UTF-16 without mark", wide[2:]},
		{"base64, UTF-16, big-endian", turned},
		{"base64, UTF-16, big-endian without mark", turned[2:]},
		{"base64, quoted, with mark", []byte("\xef\xbb\xbf\"" + text + "\"")},
		{"base64 with something behind it", []byte(text + "\x00\xff?")},
		{"data url", []byte("data:image/jpeg;base64," + text)},
		{"data url, quoted, UTF-16", utf16LE("'DATA:image/jpg;charset=utf-8;base64, " + text + "'")},
		{"hex", []byte(digits)},
		{"hex, upper case", []byte(strings.ToUpper(digits))},
		{"hex, 0x", []byte("0x" + digits)},
		{"hex, 0x each", []byte("0x" + lines(digits, ", 0X", 2))},
		{"hex, hyphens", []byte(strings.ToUpper(lines(digits, "-", 2)))},
		{"hex, colons", []byte(lines(digits, ":", 2))},
		{"hex, spaces, quoted", []byte("'" + lines(digits, " ", 2) + "'")},
		{"hex, lines, UTF-16", utf16LE(lines(digits, "\r\n", 64))},
	}
	want := mustDecode(t, photo)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(tt.give)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(tt.give)
			facts := Facts{Bytes: int64(len(tt.give)), Format: JPEG, Width: 240, Height: 320, SHA256: hex.EncodeToString(sum[:]), Text: true}
			if diff := cmp.Diff(facts, got.Facts); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if c := Compare(want, got); c.Verdict != Same || c.SameBytes || c.Distance != 0 {
				t.Errorf("Compare with the picture = %v, want Same at 0, in other bytes", c)
			}
		})
	}
}

func withByte(b []byte, at int, v byte) []byte {
	b = bytes.Clone(b)
	b[at] = v
	return b
}

// withBMPSize is a BMP of 8 bits that declares that size.
func withBMPSize(w, h int) []byte {
	b := codedBMP(60, 60, 8)
	binary.LittleEndian.PutUint32(b[18:], uint32(int32(w)))
	binary.LittleEndian.PutUint32(b[22:], uint32(int32(h)))
	return b
}

// manySegments puts n comments behind a JPEG's start marker.
func manySegments(b []byte, n int) []byte {
	out := append(bytes.Clone(b[:2]), bytes.Repeat([]byte{0xff, markerCOM, 0, 2}, n)...)
	return append(out, b[2:]...)
}

func cutEnd(b []byte) []byte { return b[:len(b)-2] }

// flip gives b with one bit changed.
func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

func TestBombIsRefusedUnread(t *testing.T) {
	bomb := bombPNG(t, 7750, 7750)
	if len(bomb) > 100_000 {
		t.Fatalf("the bomb has %d bytes, want it small", len(bomb))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Decode(bomb)
	runtime.ReadMemStats(&after)
	if d, ok := errors.AsType[*Defect](err); !ok || d.Reason != record.TooManyPixels {
		t.Errorf("error = %v, want TooManyPixels", err)
	}
	// Its 60 million pixels would take 60 MB at the least; the header takes hardly anything.
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("refusing it took %d bytes of memory", took)
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = Decode(bomb) }); n > 100 {
		t.Errorf("refusing it took %v allocations", n)
	}
}

func TestPanicBecomesDefect(t *testing.T) {
	got, err := guarded(func() (int, error) {
		var none []int
		return none[3], nil
	})
	if d, ok := errors.AsType[*Defect](err); !ok || d.Reason != record.NotAnImage || got != 0 {
		t.Errorf("guarded = %d, %v; want 0 and a NotAnImage", got, err)
	}
}
