package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"photosync/internal/photo/portrait"
	"photosync/internal/record"
	"slices"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// corners is a picture whose four corners have four colours, so that each of
// the eight orientations shows it differently.
func corners(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 255, A: 255} // top left
			switch right, low := x >= w/2, y >= h/2; {
			case right && low:
				c = color.RGBA{R: 255, G: 255, A: 255}
			case right:
				c = color.RGBA{G: 255, A: 255}
			case low:
				c = color.RGBA{B: 255, A: 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

// seen names the colours of a form's corners, clockwise from the top left:
// r, g, y, b is the order in which [corners] draws them.
func seen(f form) string {
	name := func(x, y int) string {
		i := y*f.w + x
		switch r, g, b := color.YCbCrToRGB(f.y[i], f.cb[i], f.cr[i]); {
		case r > 128 && g > 128:
			return "y"
		case r > 128:
			return "r"
		case g > 128:
			return "g"
		case b > 128:
			return "b"
		}
		return "?"
	}
	return name(5, 5) + name(f.w-6, 5) + name(f.w-6, f.h-6) + name(5, f.h-6) + fmt.Sprintf(" %dx%d", f.w, f.h)
}

func TestDecodeAppliesOrientation(t *testing.T) {
	want := []string{
		1: "rgyb 192x96", 2: "grby 192x96", 3: "ybrg 192x96", 4: "bygr 192x96",
		5: "rbyg 96x192", 6: "brgy 96x192", 7: "ygrb 96x192", 8: "gybr 96x192",
	}
	jpg := encodeJPEG(t, corners(200, 100), 90)
	png := encodePNG(t, corners(200, 100))
	for o := uint16(1); o <= 8; o++ {
		t.Run(fmt.Sprint("jpeg ", o), func(t *testing.T) {
			if got := seen(mustDecode(t, withOrientation(jpg, o)).form); got != want[o] {
				t.Errorf("seen %s, want %s", got, want[o])
			}
		})
		t.Run(fmt.Sprint("png ", o), func(t *testing.T) {
			const afterHeader = 33
			b := appendChunk(bytes.Clone(png[:afterHeader]), "eXIf", exifBlock(binary.LittleEndian, o))
			b = append(b, png[afterHeader:]...)
			if got := seen(mustDecode(t, b).form); got != want[o] {
				t.Errorf("seen %s, want %s", got, want[o])
			}
		})
	}
}

// TestDecodeAppliesOrientationOfWebP turns a picture by its EXIF chunk, with and
// without the name that some writers put before the block.
func TestDecodeAppliesOrientationOfWebP(t *testing.T) {
	frame := fixture(t, "portrait.webp")[riffHead:]
	for _, before := range []string{"", exifID} {
		for o := uint16(1); o <= 8; o++ {
			b := riff(vp8x(0x08, 48, 64), frame, riffChunk("EXIF", append([]byte(before), exifBlock(binary.BigEndian, o)...)))
			if got := orientation(WebP, b); got != int(o) {
				t.Errorf("orientation = %d, want %d", got, o)
			}
			if f := mustDecode(t, b).form; (f.w > f.h) != (o >= 5) {
				t.Errorf("orientation %d: the form has %dx%d pixels", o, f.w, f.h)
			}
		}
	}
}

// TestDecodeFormats holds each format against the JPEG that it was made of.
func TestDecodeFormats(t *testing.T) {
	photo := mustDecode(t, fixture(t, "portrait.jpg"))
	for _, name := range []string{"portrait.webp", "portrait-lossless.webp", "portrait.bmp", "portrait.gif"} {
		if c := Compare(photo, mustDecode(t, fixture(t, name))); c.Verdict != Same {
			t.Errorf("%s and the picture it was made of: %v, want Same", name, c)
		}
	}
}

func TestDecodePutsTransparencyOfWebPOnWhite(t *testing.T) {
	f := mustDecode(t, fixture(t, "portrait-transparent.webp")).form
	for _, at := range []int{f.w * (f.h - 5), f.w*(f.h-5) + f.w/2} {
		if f.y[at] < 250 {
			t.Errorf("luma %d in the transparent half, want white", f.y[at])
		}
	}
	if f.y[f.w*5] > 250 {
		t.Errorf("luma %d in the other half, want the backdrop's", f.y[f.w*5])
	}
}

func TestDecodeOfBMPs(t *testing.T) {
	for _, b := range [][]byte{codedBMP(60, 50, 1), codedBMP(60, 50, 4), codedBMP(61, 50, 8), codedBMP(61, 50, 24), codedBMP(61, -50, 32)} {
		if f := mustDecode(t, b).Facts; f.Format != BMP || f.Height != 50 {
			t.Errorf("facts %+v, want a BMP 50 pixels high", f)
		}
	}
}

func TestOrientationOutOfRangeIsUpright(t *testing.T) {
	jpg := encodeJPEG(t, corners(96, 96), 90)
	for _, b := range [][]byte{
		jpg, withOrientation(jpg, 0), withOrientation(jpg, 9), withSegment(jpg, markerAPP1, exifID+"II*\x00\xff\xff\xff\xff"),
	} {
		if got := orientation(JPEG, b); got != upright {
			t.Errorf("orientation = %d, want %d", got, upright)
		}
	}
}

func TestDecodeIsLenient(t *testing.T) {
	photo, anim := fixture(t, "portrait.jpg"), fixture(t, "portrait.gif")
	tests := []struct {
		name string
		give []byte
	}{
		{"jpeg without its end marker", cutEnd(photo)},
		{"jpeg with bytes behind its end", append(bytes.Clone(photo), "more"...)},
		{"gif without its trailer", anim[:len(anim)-1]},
		{"progressive jpeg", fixture(t, "portrait-progressive.jpg")},
		{"print colours", fixture(t, "portrait-cmyk.jpg")},
		{"grey", fixture(t, "portrait-grey.jpg")},
		{"jpeg of 48x48", encodeJPEG(t, corners(48, 48), 90)},
		{"jpeg that is a zip as well", append(bytes.Clone(photo), "PK\x05\x06"...)},
		{"jpeg with fill before its segments", append(append([]byte("\xff\xd8"), bytes.Repeat([]byte{0xff}, 5000)...), photo[3:]...)},
		{"jpeg of odd factors", sequentialJPEG(61, 67, 1, 0x42, 0x11, 0x11)},
		{"jpeg of needless factors", sequentialJPEG(61, 67, 1, 0x22, 0x21, 0x21)},
		{"progressive jpeg of 60 scans", progressiveJPEG(500, 500, 57, 0x22, 0x11, 0x11)},
		{"interlaced png of 16 bits", codedPNG(61, 67, 16, 6, 1, 64, 4, 9)},
		{"animated png", append(bytes.Clone(encodePNG(t, corners(60, 60))[:33]), append(appendChunk(nil, "acTL", make([]byte, 8)), encodePNG(t, corners(60, 60))[33:]...)...)},
		{"gif of many frames", append(codedGIF(60, 60, 60, 60), bytes.Repeat(appendFrame(nil, 60, 60), 500)...)},
		{"gif of a small frame", codedGIF(60, 60, 3, 3)},
		{"webp with bytes behind its end", append(fixture(t, "portrait.webp"), "more"...)},
		{"bmp with bytes behind its end", append(fixture(t, "portrait.bmp"), "more"...)},
		{"long", encodeJPEG(t, portrait.New(1, 1).Draw(48, 400), 90)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Decode(tt.give); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDecodePutsTransparencyOnWhite(t *testing.T) {
	glass := image.NewNRGBA(image.Rect(0, 0, 60, 60)) // transparent black
	p, white := mustDecode(t, encodePNG(t, glass)), mustDecode(t, encodePNG(t, flat(60, 60, color.White)))
	if diff := cmp.Diff(white.form.y, p.form.y); diff != "" {
		t.Errorf("luma (-white +transparent):\n%s", diff)
	}
}

func TestDecodeTakesFirstFrameInItsPlace(t *testing.T) {
	palette := color.Palette{color.White, color.Black}
	first := image.NewPaletted(image.Rect(0, 0, 60, 120), palette)
	for i := range first.Pix {
		first.Pix[i] = 1
	}
	second := image.NewPaletted(image.Rect(0, 0, 120, 120), palette)
	var buf bytes.Buffer
	err := gif.EncodeAll(&buf, &gif.GIF{
		Image: []*image.Paletted{first, second}, Delay: []int{1, 1},
		Config: image.Config{Width: 120, Height: 120, ColorModel: palette},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := mustDecode(t, buf.Bytes())
	if left, right := p.form.y[20], p.form.y[80]; left > 5 || right < 250 {
		t.Errorf("luma left %d, right %d; want the black frame left and the bare screen right", left, right)
	}
}

func TestPictureIsSmall(t *testing.T) {
	for _, size := range []image.Point{{648, 648}, {48, 4000}, {4000, 48}} {
		p := mustDecode(t, encodeJPEG(t, flat(size.X, size.Y, color.White), 80))
		held := int(unsafe.Sizeof(*p)) + cap(p.form.y) + cap(p.form.cb) + cap(p.form.cr)
		if held > 28<<10 {
			t.Errorf("%v: the picture holds %d bytes, want at most 28 KB", size, held)
		}
	}
}

// TestDecodeRefusesAComponentInTwoScans guards against a value that shows one
// picture here and another elsewhere.
func TestDecodeRefusesAComponentInTwoScans(t *testing.T) {
	shown, hidden := encodeJPEG(t, portrait.New(1, 1).Draw(96, 96), 85), encodeJPEG(t, portrait.New(2, 2).Draw(96, 96), 85)
	scan := bytes.LastIndex(hidden, []byte{0xff, markerSOS})
	b := slices.Concat(shown[:len(shown)-2], hidden[scan:])
	_, err := Decode(b)
	if d, ok := errors.AsType[*Defect](err); !ok || d.Reason != record.UnsupportedFormat {
		t.Errorf("error = %v, want UnsupportedFormat", err)
	}
}

// TestDecodeSeesABMPWhoseAlphaIsUnused has a grey BMP of 32 bits, as a clipboard
// makes it: with room for an alpha that nobody filled in.
func TestDecodeSeesABMPWhoseAlphaIsUnused(t *testing.T) {
	const side, head, info = 48, 14, 124
	b := make([]byte, head+info+4*side*side)
	copy(b, "BM")
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
	put(2, uint32(len(b)))
	put(10, head+info)
	put(14, info)
	put(18, side)
	put(22, side)
	put(26, 1|32<<16) // planes, bits
	for i := head + info; i < len(b); i += 4 {
		b[i], b[i+1], b[i+2] = 60, 60, 60
	}
	if luma := mustDecode(t, b).form.y[side*side/2]; luma != 60 {
		t.Errorf("luma %d, want 60", luma)
	}
}
