package photo

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"math"
	"testing"

	"photosync/internal/photo/portrait"
	"photosync/internal/record"
)

// seeds are small values of every kind, none over 8 KB. Pixel bombs are no more
// than headers.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	small := portrait.New(1, 1).Draw(48, 50)
	jpg, png := encodeJPEG(f, small, 60), encodePNG(f, flat(50, 48, color.White))
	text := base64.StdEncoding.EncodeToString(jpg)
	fill := bytes.Repeat([]byte{0xff}, 500)
	webp := fixture(f, "portrait.webp")
	all := [][]byte{
		nil, []byte("text"), []byte("%PDF-1.7\n"), []byte("<html>GIF89a"), []byte("PK\x03\x04"),
		jpg, cutEnd(jpg), jpg[:len(jpg)/2], withOrientation(jpg, 6), dressed(f, jpg), repeatScan(jpg, 3),
		append(bytes.Clone(jpg), "PK\x03\x04"...), append(append(bytes.Clone(jpg[:2]), fill...), jpg[2:]...), append(cutEnd(jpg), fill...),
		manySegments(jpg, 300), withSegment(jpg, 0xdd, "\x00\x01"),
		sequentialJPEG(50, 50, 2, 0x11), sequentialJPEG(50, 60, 1, 0x42, 0x11, 0x11), sequentialJPEG(49, 49, 1, 0x22, 0x22, 0x22),
		sequentialJPEG(60, 50, 1, 0x22, 0x11, 0x11, 0x22), progressiveJPEG(60, 50, 12, 0x21, 0x11, 0x11), progressiveJPEG(50, 50, 3, 0x11, 0x11, 0x11, 0x11),
		progressiveJPEG(4000, 4000, 2, 0x11, 0x11, 0x11), codedJPEG(markerSOF0, 60, 0, []byte{0x11}, []byte{0}, []byte{0}),
		endJPEG(codedJPEG(0xc3, 60, 60, []byte{0x11}, []byte{0}, []byte{0})), endJPEG(codedJPEG(0xc9, 60, 60, []byte{0x41, 0x13}, []byte{0}, []byte{0})),
		fixture(f, "portrait-top-48.jpg"), fixture(f, "portrait-progressive.jpg")[:4000], fixture(f, "portrait-grey.jpg")[:4000],
		fixture(f, "portrait-cmyk.jpg")[:4000], fixture(f, "portrait-arithmetic.jpg")[:1000],
		[]byte(text), []byte(text[:300]), []byte("data:image/jpeg;base64," + text), utf16LE(text[:400]), []byte(hex.EncodeToString(jpg)), []byte("0xFF, 0xD8, 0xFF"),
		png, png[:len(png)-12], pngHeader(7750, 7750), codedPNG(60, 50, 16, 6, 1, 64, 4, 9), codedPNG(50, 60, 2, 0, 1, 2, 1, 9), codedPNG(50, 50, 16, 4, 0, 32, 3, 9),
		appendChunk(appendChunk(pngHeader(60, 60), "iCCP", []byte("a\x00\x00x\x9c")), "acTL", make([]byte, 8)),
		codedGIF(60, 50, 60, 50), codedGIF(70, 60, 9, 9), appendFrame(codedGIF(50, 50, 50, 50), 50, 50), fixture(f, "portrait.gif")[:4000],
		webp, webp[:200], riff(riffChunk("VP8L", losslessData(50, 60, true))), riff(riffChunk("VP8L", manyTrees(50, 50, 4))),
		riff(vp8x(0x08, 48, 64), webp[riffHead:], riffChunk("EXIF", exifBlock(binary.LittleEndian, 6))),
		riff(vp8x(0x10, 50, 50), riffChunk("ALPH", append([]byte{5}, losslessData(50, 50, false)...)), riffChunk("VP8 ", lossyData(50, 50, 900))),
		riff(vp8x(0x02, 60, 60), riffChunk("ANIM", make([]byte, 6)), riffChunk("ANMF", make([]byte, 20))), riff(vp8x(0, 1<<24, 1<<24)),
		codedBMP(50, 50, 1), codedBMP(48, -48, 8), codedBMP(48, 48, 24)[:5000], withBMPSize(1<<30, -1<<30),
		fixture(f, "portrait.tiff")[:400], fixture(f, "portrait.heic")[:100],
	}
	for i, b := range all {
		if len(b) > 8<<10 {
			f.Fatalf("seed %d has %d bytes", i, len(b))
		}
	}
	return all
}

func FuzzSniff(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		const enough = 32 // bytes that decide
		format := Sniff(b)
		if got := Sniff(b[:min(len(b), enough)]); got != format {
			t.Errorf("Sniff = %q, by the first bytes %q", format, got)
		}
		raw, text := unwrap(b)
		switch {
		case text && format != "":
			t.Errorf("a %s is taken for text", format)
		case text && Sniff(raw) == "" && !isPhoneFormat(raw):
			t.Error("text of something that is no picture is unwrapped")
		case text && len(raw) > len(b):
			t.Errorf("%d bytes of text hold %d", len(b), len(raw))
		case !text && !bytes.Equal(raw, b):
			t.Error("a value that is no text is changed")
		}
		if _, again := unwrap(raw); again {
			t.Error("text inside text is unwrapped")
		}
	})
}

func FuzzInspect(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		facts, err := Inspect(b)
		if _, text := unwrap(b); facts.Text != text {
			t.Errorf("Text = %v, want %v", facts.Text, text)
		}
		if facts.Bytes != int64(len(b)) || len(facts.SHA256) != 64 {
			t.Errorf("facts of %d bytes: %+v", len(b), facts)
		}
		checkDefect(t, err)
		if err == nil && (facts.Width < MinSide || facts.Height < MinSide || facts.Width*facts.Height > MaxPixels) {
			t.Errorf("%dx%d passed", facts.Width, facts.Height)
		}
	})
}

// checkDefect asks that an error be a *Defect of one of the documented reasons.
func checkDefect(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	d, ok := errors.AsType[*Defect](err)
	if !ok {
		t.Fatalf("error %v is no *Defect", err)
	}
	switch d.Reason {
	case record.NotAnImage, record.Truncated, record.TooSmall,
		record.TooManyPixels, record.UnsupportedFormat, record.PlaceholderPhoto:
	default:
		t.Fatalf("%v has a reason of another kind", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		facts, inspected := Inspect(b)
		if inspected == nil && facts.Width*facts.Height > 1_000_000 {
			return // it takes too long to try many; TestHostileTakesNoLonger has some
		}
		p, err := Decode(b)
		checkDefect(t, err)
		if inspected != nil && err == nil {
			t.Errorf("decoded, although Inspect says %v", inspected)
		}
		if (p == nil) == (err == nil) {
			t.Fatal("want a picture or an error")
		}
		if p == nil {
			return
		}
		if p.Facts != facts {
			t.Errorf("facts %+v, Inspect says %+v", p.Facts, facts)
		}
		if n := p.form.w * p.form.h; min(p.form.w, p.form.h) != min(formSide, p.Facts.Width, p.Facts.Height) || max(p.form.w, p.form.h) > formLong*min(p.form.w, p.form.h) || len(p.form.cr) != n {
			t.Errorf("form of %dx%d", p.form.w, p.form.h)
		}
	})
}

// FuzzCompare makes two pictures of any shape and content and asks for what
// must be true of all: order does not matter, and the distance is in bounds.
func FuzzCompare(f *testing.F) {
	f.Add([]byte("ab"), uint8(0), []byte("c"), uint8(0))
	f.Add([]byte{0, 255, 128}, uint8(16), []byte{255, 0}, uint8(144))
	f.Add([]byte{7}, uint8(255), []byte{9, 1}, uint8(30))
	f.Fuzz(func(t *testing.T, a []byte, longA uint8, b []byte, longB uint8) {
		p, q := shaped(a, longA), shaped(b, longB)
		c := Compare(p, q)
		if math.IsNaN(c.Distance) || c.Distance < 0 || c.Distance > 1 {
			t.Errorf("distance %v", c.Distance)
		}
		if c != Compare(q, p) {
			t.Errorf("%v one way, %v the other", c, Compare(q, p))
		}
		if (c.Verdict == Different) != (c.Distance >= DifferentFrom) {
			t.Errorf("verdict and distance disagree: %v", c)
		}
		r := &Picture{Facts: Facts{SHA256: "other bytes"}, form: p.form}
		if c := Compare(p, r); c.Verdict != Same || c.Distance != 0 {
			t.Errorf("a picture and its like: %v", c)
		}
	})
}

// shaped is a picture of that content, longer than wide by up to long pixels,
// or wider than long when the lowest bit is set.
func shaped(content []byte, long uint8) *Picture {
	w, h := MinSide, min(formLong*MinSide, MinSide+int(long))
	if long&1 == 1 {
		w, h = h, w
	}
	content = append(bytes.Clone(content), 0)
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = content[i*7/5%len(content)]
	}
	return &Picture{Facts: Facts{SHA256: string(content) + string(rune(long))}, form: newForm(m)}
}

func FuzzPrepare(f *testing.F) {
	for _, b := range seeds(f) {
		if len(b) < 3000 { // larger ones take too long to try many
			f.Add(b, MaxUpload)
			f.Add(b, 1200)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, maxBytes int) {
		if facts, err := Inspect(b); err == nil && facts.Width*facts.Height > 200_000 {
			return // it takes too long to try many
		}
		out, err := Prepare(b, maxBytes)
		if err != nil {
			if c := record.CodeOf(err); c != record.PhotoNotPreparable && c != record.PhotoTooLarge {
				t.Fatalf("error %v has another code", err)
			}
			return
		}
		if len(out) > maxBytes {
			t.Errorf("%d bytes, at most %d were asked for", len(out), maxBytes)
		}
		p, err := Decode(b)
		if err != nil {
			t.Fatalf("an upload was made of a value that does not decode: %v", err)
		}
		q, err := Decode(out)
		if err != nil {
			t.Fatalf("the upload does not decode: %v", err)
		}
		if c := Compare(p, q); c.Verdict == Different {
			t.Errorf("the upload compares as %v", c)
		}
		again, err := Prepare(out, maxBytes)
		if err != nil || !bytes.Equal(out, again) {
			t.Errorf("prepared again it changes, error %v", err)
		}
	})
}
