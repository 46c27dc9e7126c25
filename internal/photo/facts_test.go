package photo

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image/color"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

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
	lines := strings.Join(strings.SplitAfter(text[:4000], text[70:76]), "\r\n")
	gif := fixture(t, "portrait.gif")
	png := encodePNG(t, newPortrait(2, 2).draw(60, 60))
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
		{"base64", []byte(text), record.Base64Text},
		{"base64 in lines", []byte(lines), record.Base64Text},
		{"base64, padded", []byte(base64.StdEncoding.EncodeToString(photo[:40])), record.Base64Text},
		{"base64, url alphabet", []byte(base64.URLEncoding.EncodeToString(photo)), record.Base64Text},
		{"base64, UTF-16", utf16LE(text), record.Base64Text},
		{"base64, UTF-16 without mark", utf16LE(text)[2:], record.Base64Text},
		{"base64, UTF-16, big-endian", append([]byte("\xfe\xff\x00"), utf16LE(text)[2:]...)[:2000], record.Base64Text},
		{"base64, quoted, with mark", []byte("\xef\xbb\xbf\"" + text + "\""), record.Base64Text},
		{"data url", []byte("data:image/jpeg;base64," + text), record.Base64Text},
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
		{"bmp", fixture(t, "portrait.bmp"), record.UnsupportedFormat},
		{"webp", fixture(t, "portrait.webp"), record.UnsupportedFormat},
		{"tiff", fixture(t, "portrait.tiff"), record.UnsupportedFormat},
		{"tiff, damaged", []byte("MM\x00*\xff\xff\xff\xff"), record.UnsupportedFormat},
		{"heic", fixture(t, "portrait.heic"), record.UnsupportedFormat},
		{"jpeg with arithmetic coding", fixture(t, "portrait-arithmetic.jpg"), record.UnsupportedFormat},
		{"jpeg of 101 scans", repeatScan(photo, MaxScans+1), record.UnsupportedFormat},
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
