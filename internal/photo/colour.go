package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"io"
	"strings"
	"unicode"

	"github.com/kovidgoyal/imaging/prism/meta/icc"
	"golang.org/x/image/draw"
)

const (
	// maxProfile bounds an ICC profile in bytes. A screen's takes under 25 KB,
	// a print's mostly about 500 KB.
	maxProfile = 1 << 20
	// maxProfileName bounds the name of a profile in characters.
	maxProfileName = 64
	// sameColour is how far, of 255, a profile may move a channel and still
	// count as sRGB: the many makes of the sRGB profile differ by as much.
	sameColour = 2
)

// colours are what the numbers in a picture's pixels mean, and how they become
// sRGB. The zero value is sRGB: nothing is converted. It is never changed and
// may be shared; at most one of its tables is set.
type colours struct {
	name   string      // the profile's own; "" for sRGB and for no name
	grey   *[256]srgb  // the colour of each level
	matrix *matrix     // RGB of a screen or a camera
	grid   *colourGrid // RGB of anything else, or a print's inks (CMYK)
}

type srgb [3]uint8

// coloursOf gives the colours of a picture, from its ICC profile. A profile
// that is missing, damaged, over [maxProfile] bytes, made for another kind of
// pixels, or as good as sRGB gives the zero value.
func coloursOf(f Format, b []byte) colours {
	c, err := guarded(func() (colours, error) { return readProfile(profileOf(f, b), channelsOf(f, b)) })
	if err != nil {
		return colours{}
	}
	return c
}

// sRGB reports whether there is nothing to convert.
func (c colours) sRGB() bool { return c.grey == nil && c.matrix == nil && c.grid == nil }

// convert makes sRGB of opaque pixels, in place. Of a grey picture the red
// channel counts. The profile of a print does nothing here.
func (c colours) convert(m *image.RGBA) {
	var at func(p []uint8) srgb
	switch {
	case c.grey != nil:
		at = func(p []uint8) srgb { return c.grey[p[0]] }
	case c.matrix != nil:
		at = c.matrix.at
	case c.grid != nil && c.grid.channels == 3:
		at = c.grid.at
	default:
		return
	}
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]
		for ; len(row) > 0; row = row[4:] {
			rgb := at(row[:3:3])
			copy(row, rgb[:])
		}
	}
}

// convertCMYK makes sRGB of a print's colours: by the profile if it is one for
// inks, else by the plain formula of image/color.
func (c colours) convertCMYK(m *image.CMYK) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, m.Rect.Dx(), m.Rect.Dy()))
	if c.grid == nil || c.grid.channels != 4 {
		draw.Draw(out, out.Rect, m, m.Rect.Min, draw.Src)
		return out
	}
	for y := range out.Rect.Dy() {
		from, to := m.Pix[y*m.Stride:][:4*out.Rect.Dx()], out.Pix[y*out.Stride:]
		for i := 0; i < len(from); i += 4 {
			rgb := c.grid.at(from[i : i+4 : i+4])
			to[i], to[i+1], to[i+2], to[i+3] = rgb[0], rgb[1], rgb[2], 255
		}
	}
	return out
}

// profileOf gives the ICC profile that a picture carries, nil if it has none,
// one that is not whole, or one over [maxProfile] bytes.
func profileOf(f Format, b []byte) []byte {
	switch f {
	case JPEG:
		return jpegProfile(splitJPEG(b))
	case PNG:
		return pngProfile(b)
	case WebP:
		return webpProfile(b)
	}
	return nil
}

// jpegProfile puts the parts of a profile together. Each is numbered from 1
// and says how many there are. Source: ICC.1:2022, annex B.4.
func jpegProfile(s segments) []byte {
	var parts [256][]byte
	count, total, size := 0, 0, 0
	for _, g := range s.list {
		p, ok := bytes.CutPrefix(g.payload, []byte(iccID))
		if g.marker != markerAPP2 || !ok {
			continue
		}
		if len(p) < 2 || parts[p[0]] != nil || total != 0 && int(p[1]) != total {
			return nil
		}
		parts[p[0]] = p[2:]
		count, total, size = count+1, int(p[1]), size+len(p)-2
	}
	if count == 0 || count != total || size > maxProfile {
		return nil
	}
	out := make([]byte, 0, size)
	for _, p := range parts[1 : total+1] {
		if p == nil {
			return nil
		}
		out = append(out, p...)
	}
	return out
}

// pngProfile inflates the iCCP chunk: a name, a zero, the kind of compression
// (0) and the compressed profile.
func pngProfile(b []byte) []byte {
	_, rest, ok := bytes.Cut(pngChunk(b, "iCCP"), []byte{0})
	if !ok || len(rest) == 0 || rest[0] != 0 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(rest[1:]))
	if err != nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(z, maxProfile+1))
	if err != nil || len(out) > maxProfile {
		return nil
	}
	return out
}

// webpProfile gives the ICCP chunk of a WebP's extended form. Source: RFC 9649.
func webpProfile(b []byte) []byte {
	const riffHeader, chunkHeader = 12, 8
	if len(b) < riffHeader || !bytes.HasPrefix(b[riffHeader:], []byte("VP8X")) {
		return nil
	}
	for b = b[riffHeader:]; len(b) >= chunkHeader; {
		n := uint64(binary.LittleEndian.Uint32(b[4:]))
		if n > uint64(len(b)-chunkHeader) {
			return nil
		}
		if string(b[:4]) == "ICCP" && n <= maxProfile {
			return b[chunkHeader : chunkHeader+n]
		}
		b = b[min(chunkHeader+n+n%2, uint64(len(b))):]
	}
	return nil
}

// channelsOf gives the channels of a picture's pixels: 1 for grey, 3 for
// colour, 4 for print.
func channelsOf(f Format, b []byte) int {
	const pngKind, pngColour = 25, 2
	switch {
	case f == JPEG:
		return splitJPEG(b).components()
	case f == PNG && len(b) > pngKind && b[pngKind]&pngColour == 0:
		return 1
	}
	return 3
}

// pcsWhite is the white of the colours through which ICC profiles are joined:
// D50, as ICC.1:2022 gives it. It is set so that no profile can declare another.
var pcsWhite = icc.XYZType{X: 0.9642, Y: 1, Z: 0.8249}

// readProfile gives the colours that a profile describes for pixels of so many
// channels. RGB profiles are good for grey pixels too.
func readProfile(b []byte, pixelChannels int) (colours, error) {
	tags := boundedTags(b)
	if tags == nil {
		return colours{}, nil
	}
	p, err := icc.DecodeProfile(bytes.NewReader(b))
	if err != nil {
		return colours{}, err
	}
	p.PCSIlluminant = pcsWhite
	channels := map[icc.ColorSpace]int{icc.ColorSpaceGray: 1, icc.ColorSpaceRGB: 3, icc.ColorSpaceCMYK: 4}[p.Header.DataColorSpace]
	if channels != pixelChannels && (channels != 3 || pixelChannels != 1) {
		return colours{}, nil
	}
	// What browsers do: relative to white, with blacks brought together.
	pipeline, err := p.CreateTransformerToSRGB(icc.RelativeColorimetricRenderingIntent, true, channels, false, false, true)
	if err != nil {
		return colours{}, err
	}
	toSRGB := transform(pipeline.TransformGeneral)
	if toSRGB.isSRGB(channels) {
		return colours{}, nil
	}
	c := colours{name: profileName(p, tags["desc"])}
	switch {
	case channels == 1:
		c.grey = new([256]srgb)
		for v := range c.grey {
			c.grey[v] = toSRGB.at(float64(v) / 255)
		}
	case channels == 3 && tags["A2B0"] == nil && tags["A2B1"] == nil:
		toXYZ, err := p.CreateTransformerToPCS(icc.RelativeColorimetricRenderingIntent, channels, true)
		if err != nil {
			return colours{}, err
		}
		c.matrix = newMatrix(toXYZ.Transform)
	default:
		c.grid = newColourGrid(channels, toSRGB)
	}
	return c, nil
}

// profileName gives what a profile calls itself, without unprintable
// characters and cut to [maxProfileName].
func profileName(p *icc.Profile, tag []byte) string {
	// A long tag may hold the same text a thousand times over.
	const maxTag = 4096
	if len(tag) > maxTag {
		return ""
	}
	name, err := p.Description()
	if err != nil {
		return ""
	}
	left := maxProfileName
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar || left == 0 {
			return -1
		}
		left--
		return r
	}, name))
}
