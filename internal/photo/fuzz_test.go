package photo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"math"
	"testing"

	"photosync/internal/record"
)

// seeds are small values of every kind.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	small := newPortrait(1, 1).draw(48, 50)
	jpg, png := encodeJPEG(f, small, 60), encodePNG(f, flat(50, 48, color.White))
	return [][]byte{
		nil, []byte("text"), jpg, cutEnd(jpg), jpg[:len(jpg)/2], withOrientation(jpg, 6), dressed(f, jpg), repeatScan(jpg, 3),
		[]byte(base64.StdEncoding.EncodeToString(jpg[:300])), png, png[:len(png)-12], pngHeader(7750, 7750),
		fixture(f, "portrait-top-48.jpg"), fixture(f, "portrait-progressive.jpg"), fixture(f, "portrait.gif"),
		fixture(f, "portrait.webp"), fixture(f, "portrait.tiff")[:400], fixture(f, "portrait.heic")[:100],
		fixture(f, "portrait-grey.jpg"), fixture(f, "portrait-cmyk.jpg"),
	}
}

func FuzzInspect(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		facts, err := Inspect(b)
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
	case record.NotAnImage, record.Base64Text, record.Truncated, record.TooSmall,
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
		p, err := Decode(b)
		checkDefect(t, err)
		if (p == nil) == (err == nil) {
			t.Fatal("want a picture or an error")
		}
		if p == nil {
			return
		}
		if n := p.form.w * p.form.h; min(p.form.w, p.form.h) != formSide || max(p.form.w, p.form.h) > formLong || len(p.form.cr) != n {
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
		if (c.Verdict == Different) != (c.Distance >= differentFrom) {
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
	w, h := formSide, min(formLong, formSide+int(long))
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
			t.Skip("a large picture takes too long")
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
		if c := Compare(p, q); c.Verdict != Same {
			t.Errorf("the upload compares as %v", c)
		}
		again, err := Prepare(out, maxBytes)
		if err != nil || !bytes.Equal(out, again) {
			t.Errorf("prepared again it changes, error %v", err)
		}
	})
}
