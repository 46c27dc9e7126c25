package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bep/imagemeta"
	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

const secret = "SECRET-PLACE"

// dressed is a JPEG with every kind of metadata, each with [secret] in it.
func dressed(t testing.TB, photo []byte) []byte {
	t.Helper()
	b := withSegment(photo, markerAPP0, "JFXX\x00\x10"+secret)
	b = withSegment(b, markerAPP0, jfifID+"\x01\x01\x00\x00\x01\x00\x01\x05\x01"+secret+"xyz") // thumbnail of 5x1 pixels
	b = withSegment(b, markerCOM, secret)
	b = withSegment(b, 0xed, "Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x12\x1c\x02\x5a\x00\x0c"+secret) // IPTC: city
	b = withSegment(b, markerAPP2, "MPF\x00"+secret)
	b = withSegment(b, markerAPP2, "ICC_PROFILE\x00\x01\x01"+strings.Repeat("p", 200))
	b = withSegment(b, 0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"+secret)
	b = withSegment(b, markerAPP1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>"+secret+"</x:xmpmeta>")
	b = withSegment(b, markerAPP1, exifID+string(exifBlock(binary.LittleEndian, upright))+secret)
	return append(b, secret...)
}

func mustPrepare(t testing.TB, b []byte, maxBytes int) []byte {
	t.Helper()
	out, err := Prepare(b, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPrepareStripsAndKeepsTheRest(t *testing.T) {
	for _, name := range []string{"portrait.jpg", "portrait-progressive.jpg", "portrait-grey.jpg"} {
		t.Run(name, func(t *testing.T) {
			in := dressed(t, fixture(t, name))
			if bytes.Count(in, []byte(secret)) != 9 || len(tags(t, in)) == 0 {
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
			if !bytes.HasSuffix(out, []byte{0xff, markerEOI}) {
				t.Error("the upload does not end with its end marker")
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
		fmt.Sprintf("e2 %q", "ICC_PROFILE\x00\x01\x01"+strings.Repeat("p", 200)),
		fmt.Sprintf("e0 %q", jfifID+"\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("application segments (-want +got):\n%s", diff)
	}
}

func TestPrepareTurnsUprightAndTakesTheProfileAlong(t *testing.T) {
	jpg := withSegment(encodeJPEG(t, corners(200, 100), 90), markerAPP2, iccID+"\x01\x01profile")
	for o := uint16(2); o <= 8; o++ {
		in := withOrientation(jpg, o)
		out := mustPrepare(t, in, MaxUpload)
		if got, want := seen(mustDecode(t, out).form), seen(mustDecode(t, in).form); got != want {
			t.Errorf("orientation %d: the upload shows %s, want %s", o, got, want)
		}
		if s := splitJPEG(out); s.first(markerAPP1, "") != nil || s.first(markerAPP2, iccID) == nil {
			t.Errorf("orientation %d: want no EXIF and the ICC profile", o)
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
	large := encodeJPEG(t, newPortrait(5, 5).draw(480, 640), 95)
	tests := []struct {
		name     string
		give     []byte
		maxBytes int
		within   float64 // distance to the upload
	}{
		{"fitting jpeg", dressed(t, photo), MaxUpload, 0},
		{"jpeg without its end marker", cutEnd(photo), MaxUpload, 0},
		{"turned jpeg", withOrientation(photo, 6), MaxUpload, 0.02},
		{"print colours", fixture(t, "portrait-cmyk.jpg"), MaxUpload, 0.02},
		{"gif", fixture(t, "portrait.gif"), MaxUpload, 0.03},
		{"png", encodePNG(t, newPortrait(6, 6).draw(96, 128)), MaxUpload, 0.02},
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

func TestPrepareUsesTheRoomThereIs(t *testing.T) {
	out := mustPrepare(t, encodePNG(t, noise(400, 400)), 60_000)
	if len(out) < 30_000 {
		t.Errorf("%d bytes, want more than half of the 60,000 that are allowed", len(out))
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
		{"webp", fixture(t, "portrait.webp"), MaxUpload, record.PhotoNotPreparable, record.UnsupportedFormat},
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

func TestPrepareMakesScreenColoursOfPrintColours(t *testing.T) {
	in := fixture(t, "portrait-cmyk.jpg")
	if got := splitJPEG(in).components(); got != 4 {
		t.Fatalf("the picture has %d components to begin with, want 4", got)
	}
	if got := splitJPEG(mustPrepare(t, in, MaxUpload)).components(); got != 3 {
		t.Errorf("the upload has %d components, want 3", got)
	}
}

func TestVerifyRefusesAnotherPicture(t *testing.T) {
	before := mustDecode(t, fixture(t, "portrait.jpg"))
	if err := verify(before, fixture(t, "portrait-mirrored.jpg")); record.CodeOf(err) != record.PhotoNotPreparable {
		t.Errorf("verify = %v, want PhotoNotPreparable", err)
	}
}
