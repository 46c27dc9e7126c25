package photo

import (
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/jpeg"
	"math/bits"
	"math/rand/v2"
	"photosync/internal/photo/portrait"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"
)

// This file builds inputs that ask for as much work or memory as a few bytes
// can. All sizes are in pixels.

// codedJPEG begins a JPEG: quantisers of 1 and a frame with the given sampling
// factors, one byte for each component. Its Huffman tables 0 hold the given
// values, with codes 0, 10, 110 and so on.
func codedJPEG(frame byte, w, h int, factors, dc, ac []byte) []byte {
	b := []byte{0xff, markerSOI}
	if len(factors) == 4 { // the decoder asks for Adobe's marker
		b = appendSegment(b, markerAPP14, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))
	}
	b = appendSegment(b, 0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))
	sof := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(len(factors))}
	for i, f := range factors {
		sof = append(sof, byte(i+1), f, 0)
	}
	b = appendSegment(b, frame, sof)
	return appendTable(appendTable(b, 0x00, dc), 0x10, ac)
}

func appendTable(b []byte, id byte, values []byte) []byte {
	counts := make([]byte, 16)
	for i := range values {
		counts[i] = 1
	}
	return appendSegment(b, markerDHT, append(append([]byte{id}, counts...), values...))
}

// scan says what one scan holds: the components by number, the range of
// coefficients, and the bits of successive approximation.
type scan struct {
	components []byte
	from, to   byte
	approx     byte
	data       []byte
}

func appendScan(b []byte, s scan) []byte {
	p := []byte{byte(len(s.components))}
	for _, c := range s.components {
		p = append(p, c, 0)
	}
	return append(appendSegment(b, markerSOS, append(p, s.from, s.to, s.approx)), s.data...)
}

func endJPEG(b []byte) []byte { return append(b, 0xff, markerEOI) }

// sequentialJPEG has n scans of all components, 2 bits for each block.
func sequentialJPEG(w, h, n int, factors ...byte) []byte {
	b := codedJPEG(markerSOF0, w, h, factors, []byte{0}, []byte{0})
	blocks := 0
	for _, f := range factors {
		blocks += (w/8 + 5) * (h/8 + 5) * int(f>>4) * int(f&15) / int(factors[0]>>4) / int(factors[0]&15)
	}
	for range n {
		all := []byte{1, 2, 3, 4}[:len(factors)]
		b = appendScan(b, scan{components: all, to: 63, data: make([]byte, blocks/4+1)})
	}
	return endJPEG(b)
}

// progressiveJPEG has a scan of each component's coefficients and then n that
// refine those of the first; a few bytes each, for runs of empty blocks.
func progressiveJPEG(w, h, n int, factors ...byte) []byte {
	b := codedJPEG(markerSOF2, w, h, factors, []byte{0}, []byte{0xe0})
	run := make([]byte, 2+(w/8+5)*(h/8+5)/8192*2)
	for i := range factors {
		b = appendScan(b, scan{components: []byte{byte(i + 1)}, from: 1, to: 63, approx: 0x01, data: run})
	}
	for i := range n {
		c := []byte{byte(i%len(factors) + 1)}
		b = appendScan(b, scan{components: c, from: 1, to: 63, approx: 0x10, data: run})
	}
	return endJPEG(b)
}

var tile = sync.OnceValue(func() *image.RGBA { return portrait.New(1, 1).Draw(500, 500) })

// tiledJPEG is a square photo made of many small portraits.
func tiledJPEG(side, quality int) []byte {
	tile := tile()
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := 0; x < side; x += 500 {
			copy(m.Pix[m.PixOffset(x, y):m.PixOffset(0, y)+m.Stride], tile.Pix[(y%500)*tile.Stride:][:tile.Stride])
		}
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, m, &jpeg.Options{Quality: quality}) // a buffer takes everything
	return out.Bytes()
}

// codedPNG is a PNG of that depth and colour type. The first rows hold noise
// of one bit for each byte, the others nothing; all have the given filter.
// Filter 4 (Paeth) carries the noise on to the last row.
func codedPNG(w, h int, depth, kind, interlace byte, bitsPerPixel int, filter byte, noisy int) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	b := appendChunk(bytes.Clone(pngSignature), "IHDR", append(head, depth, kind, 0, 0, interlace))
	passes := [][4]int{{w, h, 1, 1}} // width and height, and of how many columns and rows one is in it
	if interlace == 1 {
		passes = [][4]int{{w, h, 8, 8}, {w - 4, h, 8, 8}, {w, h - 4, 4, 8}, {w - 2, h, 4, 4}, {w, h - 2, 2, 4}, {w - 1, h, 2, 2}, {w, h - 1, 1, 2}}
	}
	var data bytes.Buffer
	z, _ := zlib.NewWriterLevel(&data, zlib.BestSpeed) // no error: the level is one of those there are
	noise := rand.NewChaCha8([32]byte{2})
	for _, p := range passes {
		n := (p[0] + p[2] - 1) / p[2]
		row := make([]byte, 1+(n*bitsPerPixel+7)/8)
		for y := range (p[1] + p[3] - 1) / p[3] {
			clear(row)
			if y < noisy {
				_, _ = noise.Read(row)
				for i := range row {
					row[i] &= 1
				}
			}
			row[0] = filter
			_, _ = z.Write(row)
		}
	}
	_ = z.Close()
	return appendChunk(appendChunk(b, "IDAT", data.Bytes()), "IEND", nil)
}

// codedGIF has one frame of that size on a screen of another.
func codedGIF(screenW, screenH, w, h int) []byte {
	b := []byte("GIF89a")
	b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, uint16(screenW)), uint16(screenH))
	b = append(b, 0x87, 0, 0)
	b = append(b, make([]byte, 3*256)...)
	return append(appendFrame(b, w, h), 0x3b)
}

func appendFrame(b []byte, w, h int) []byte {
	b = append(b, 0x2c, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, uint16(w)), uint16(h))
	b = append(b, 0, 8)
	var data bytes.Buffer
	z := lzw.NewWriter(&data, lzw.LSB, 8)
	row := make([]byte, w)
	for range h {
		_, _ = z.Write(row)
	}
	_ = z.Close()
	for d := data.Bytes(); len(d) > 0; {
		n := min(len(d), 255)
		b = append(append(b, byte(n)), d[:n]...)
		d = d[n:]
	}
	return append(b, 0)
}

// riff wraps chunks, each a name and its data, as a WebP.
func riff(chunks ...[]byte) []byte {
	body := []byte("WEBP")
	for _, c := range chunks {
		body = append(body, c...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riffChunk(name string, data []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data))), data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// vp8x is the chunk that opens an extended WebP.
func vp8x(flags byte, w, h int) []byte {
	return riffChunk("VP8X", []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)})
}

type bitWriter struct {
	b []byte
	n int
}

// write appends the n low bits of v, lowest first.
func (w *bitWriter) write(v uint32, n int) {
	for i := range n {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
}

// oneSymbol writes n trees of one symbol each: it then takes no bits.
func (w *bitWriter) oneSymbol(n int) {
	for range n {
		w.write(0b0001, 4) // simple, one symbol, of one bit, 0
	}
}

// losslessData is a VP8L stream of equal pixels; without its header it is what
// a chunk of transparency holds.
func losslessData(width, height int, header bool) []byte {
	w := losslessTransforms(width, height, header)
	w.write(0, 2) // no colour cache, one group of trees
	w.oneSymbol(5)
	return append(w.b, make([]byte, 16)...)
}

// losslessTransforms begins a VP8L stream, with the transforms that cost most.
func losslessTransforms(width, height int, header bool) *bitWriter {
	var w bitWriter
	if header {
		w.write(0x2f, 8)
		w.write(uint32(width-1), 14)
		w.write(uint32(height-1), 14)
		w.write(0, 4)
	}
	for kind := range uint32(2) { // predictor and cross-colour
		w.write(1, 1)
		w.write(kind, 2)
		w.write(0, 4) // tiles of 4 pixels, no colour cache
		w.oneSymbol(5)
	}
	w.write(0b101, 3) // subtract green
	w.write(0, 1)     // no more
	return &w
}

// evenTree writes a tree whose first symbols, 2 to the power of bits of them,
// all have codes of that many bits.
func (w *bitWriter) evenTree(bits, alphabet int) {
	w.write(0, 1)  // not simple
	w.write(15, 4) // all 19 code lengths follow, in the order of the standard
	for _, c := range []int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} {
		if c == 0 || c == bits {
			w.write(1, 3)
		} else {
			w.write(0, 3)
		}
	}
	w.write(0, 1)
	for i := range alphabet {
		if i < 1<<bits {
			w.write(1, 1)
		} else {
			w.write(0, 1)
		}
	}
}

// manyTrees is a VP8L stream with that many groups of the largest trees, each
// for one tile of 8 pixels.
func manyTrees(width, height, groups int) []byte {
	w := losslessTransforms(width, height, true)
	w.write(1, 1) // a colour cache
	w.write(11, 4)
	w.write(1, 1) // groups of trees, by a picture of their numbers
	w.write(1, 3) // in tiles of 8
	w.write(0, 1) // no cache for it
	w.evenTree(8, 280)
	w.evenTree(4, 256)
	w.oneSymbol(3)
	for i := range (width + 7) / 8 * ((height + 7) / 8) {
		if i >= groups {
			i = 0
		}
		w.write(uint32(bits.Reverse8(byte(i))), 8)
		w.write(uint32(bits.Reverse8(byte(i>>8)))>>4, 4)
	}
	w.oneSymbol(5)
	for range groups - 1 {
		w.evenTree(11, 280+2048)
		for range 3 {
			w.evenTree(8, 256)
		}
		w.evenTree(5, 40)
	}
	return append(w.b, make([]byte, groups*64*35/8+100)...)
}

// boolWriter is the arithmetic coder of VP8 for bits that are as often 0 as 1.
// Source: RFC 6386, section 7.3.
type boolWriter struct {
	b      []byte
	low    uint32
	width  uint32 // 128 to 255
	shifts int
}

func (w *boolWriter) write(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		split := 1 + (w.width-1)>>1
		if v>>i&1 == 1 {
			w.low += split
			w.width -= split
		} else {
			w.width = split
		}
		for w.width < 128 {
			w.width <<= 1
			if w.low&(1<<31) != 0 {
				for j := len(w.b) - 1; ; j-- {
					if w.b[j]++; w.b[j] != 0 {
						break
					}
				}
			}
			w.low <<= 1
			if w.shifts--; w.shifts == 0 {
				w.b = append(w.b, byte(w.low>>24))
				w.low &= 1<<24 - 1
				w.shifts = 8
			}
		}
	}
}

// lossyData is a VP8 key frame of that size with the strongest filter and n
// bytes of noise for its modes and coefficients.
func lossyData(width, height, n int) []byte {
	first := min(n/4, 400_000)
	b := []byte{0x10 | byte(first<<5), byte(first >> 3), byte(first >> 11), 0x9d, 0x01, 0x2a,
		byte(width), byte(width >> 8), byte(height), byte(height >> 8)}
	body := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(body)
	w := boolWriter{width: 255, shifts: 24}
	w.write(0, 3)  // colour space, clamping, no segments
	w.write(0, 1)  // the normal filter
	w.write(63, 6) // at its strongest
	w.write(0, 3)  // sharpness
	w.write(0, 1)  // no adjustments
	w.write(0, 2)  // one partition
	w.write(0, 7)  // the finest quantiser
	w.write(0, 41)
	copy(body, w.b)
	return append(b, body...)
}

// codedBMP is an uncompressed BMP with all of its pixels.
func codedBMP(w, h int, bits uint16) []byte {
	b := []byte("BM")
	colours := 0
	if bits <= 8 {
		colours = 1 << bits
	}
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(14+40+4*colours))
	b = binary.LittleEndian.AppendUint32(b, 40)
	b = binary.LittleEndian.AppendUint32(b, uint32(int32(w)))
	b = binary.LittleEndian.AppendUint32(b, uint32(int32(h)))
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, bits)
	b = append(b, make([]byte, 24+4*colours)...)
	return append(b, make([]byte, ((w*int(bits)+31)/32*4)*max(h, -h))...)
}

// peakHeap gives how much the heap grows while f runs.
func peakHeap(f func()) uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	read := func() uint64 { metrics.Read(sample); return sample[0].Value.Uint64() }
	runtime.GC()
	before := read()
	peak := before
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			peak = max(peak, read())
			select {
			case <-stop:
				return
			case <-time.After(500 * time.Microsecond):
			}
		}
	}()
	f()
	close(stop)
	<-done
	return peak - before
}

// bombs are inputs that ask for much: each at the edge of what is let pass, or
// just beyond it. side scales them: 4000 makes pictures at MaxPixels.
func bombs(side int) []bomb {
	const mega = 1 << 20
	third := side * 1732 / 3000 // a third of the pixels
	half, quarter := side*707/1000, side/2
	photo := tiledJPEG(500, 60)
	junk := func(n int) []byte { return make([]byte, n*side/4000*side/4000) }
	fill := func(n int) []byte { return bytes.Repeat([]byte{0xff}, len(junk(n))) }
	noise := func(n int) []byte {
		b := junk(n)
		_, _ = rand.NewChaCha8([32]byte{3}).Read(b)
		return bytes.ReplaceAll(b, []byte{0xff}, []byte{0xfe})
	}
	restarts := appendSegment(nil, 0xdd, []byte{0, 1})
	tables := bytes.Repeat(appendTable(nil, 0x10, []byte{0, 1, 2}), 4000)
	masked := func(n int, mask byte) []byte {
		b := noise(n)
		for i := range b {
			b[i] &= mask
		}
		return b
	}
	return []bomb{
		{"honest", func() []byte { return tiledJPEG(side, 92) }},
		{"jpeg/full colour", func() []byte { return sequentialJPEG(side, side, 1, 0x11, 0x11, 0x11) }},
		{"jpeg/four components", func() []byte { return sequentialJPEG(side, side, 1, 0x11, 0x11, 0x11, 0x11) }},
		{"jpeg/grey, 4 scans", func() []byte { return sequentialJPEG(side, side, 4, 0x11) }},
		{"jpeg/factors of 4", func() []byte { return sequentialJPEG(side, side, 1, 0x42, 0x11, 0x11) }},
		{"jpeg/21 scans", func() []byte { return sequentialJPEG(side, side, 21*4000/side*4000/side, 0x11, 0x11, 0x11) }},
		{"jpeg/dense coefficients", func() []byte { // each one a code of 0 and a bit of noise
			b := codedJPEG(markerSOF0, side, side, []byte{0x11}, []byte{1}, []byte{1})
			return endJPEG(appendScan(b, scan{components: []byte{1}, to: 63, data: masked(4*mega, 0x55)}))
		}},
		{"jpeg/progressive, 17 scans", func() []byte { return progressiveJPEG(side, side, 17, 0x22, 0x11, 0x11) }},
		{"jpeg/progressive, full colour", func() []byte { return progressiveJPEG(half, half, 18, 0x11, 0x11, 0x11) }},
		{"jpeg/progressive, four components", func() []byte { return progressiveJPEG(third, third, 27, 0x11, 0x11, 0x11, 0x11) }},
		{"jpeg/progressive, dense refinement", func() []byte {
			b := codedJPEG(markerSOF2, third, third, []byte{0x11}, []byte{0}, []byte{1})
			b = appendScan(b, scan{components: []byte{1}, from: 1, to: 63, approx: 0x04, data: masked(mega*3/2, 0x55)})
			b = appendTable(b, 0x10, []byte{0})
			for _, approx := range []byte{0x43, 0x32, 0x21, 0x10} { // a code of 0 and 63 bits for each block
				data := noise(mega * 2 / 3)
				for i := 0; i < len(data); i += 8 {
					data[i] &= 0x7f
				}
				b = appendScan(b, scan{components: []byte{1}, from: 1, to: 63, approx: approx, data: data})
			}
			return endJPEG(b)
		}},
		{"jpeg/fill before the frame", func() []byte { return append(append([]byte("\xff\xd8"), fill(4*mega)...), photo[3:]...) }},
		{"jpeg/fill before the end", func() []byte { return append(append(cutEnd(photo), fill(4*mega)...), photo[len(photo)-1]) }},
		{"jpeg/junk between segments", func() []byte { return append(append(manySegments(photo[:2], 1), noise(4*mega)...), photo[2:]...) }},
		{"jpeg/a million segments", func() []byte { return manySegments(photo, mega*side/4000*side/4000) }},
		{"jpeg/4000 tables", func() []byte { return append(append(bytes.Clone(photo[:2]), tables...), photo[2:]...) }},
		{"jpeg/restart each block", func() []byte {
			b := append(codedJPEG(markerSOF0, half, half, []byte{0x11}, []byte{0}, []byte{0}), restarts...)
			var data []byte
			for i := range (half + 7) / 8 * ((half + 7) / 8) {
				data = append(data, 0, 0xff, markerRST0+byte(i%8))
			}
			return endJPEG(appendScan(b, scan{components: []byte{1}, to: 63, data: data}))
		}},
		{"jpeg/restart never found", func() []byte {
			b := append(codedJPEG(markerSOF0, side, side, []byte{0x11}, []byte{0}, []byte{0}), restarts...)
			return endJPEG(appendScan(b, scan{components: []byte{1}, to: 63, data: append([]byte{0}, noise(4*mega)...)}))
		}},
		{"png/8 bits", func() []byte { return codedPNG(side, side, 8, 6, 0, 32, 4, side*2/7) }},
		{"png/16 bits", func() []byte { return codedPNG(quarter, quarter, 16, 6, 0, 64, 4, side/4) }},
		{"png/interlaced", func() []byte { return codedPNG(half, half, 8, 6, 1, 32, 4, side/6) }},
		{"png/16 bits, interlaced", func() []byte { return codedPNG(quarter, quarter, 16, 6, 1, 64, 4, side/10) }},
		{"png/1 bit", func() []byte { return codedPNG(side, side, 1, 0, 0, 1, 4, side) }},
		{"png/300,000 chunks", func() []byte {
			b := codedPNG(60, 60, 8, 0, 0, 8, 0, 0)
			return append(append(bytes.Clone(b[:33]), bytes.Repeat(appendChunk(nil, "tEXt", nil), 300_000*side/4000*side/4000)...), b[33:]...)
		}},
		{"png/bomb behind the last row", func() []byte {
			return append(pngHeader(uint32(side), 60), codedPNG(side, side, 8, 0, 0, 8, 0, 0)[33:]...)
		}},
		{"png/bomb in a text", func() []byte {
			var data bytes.Buffer
			z := zlib.NewWriter(&data)
			_, _ = z.Write(junk(400 * mega))
			_ = z.Close()
			b := codedPNG(60, 60, 8, 0, 0, 8, 0, 0)
			for _, kind := range []string{"zTXt", "iTXt", "iCCP"} {
				chunk := appendChunk(nil, kind, append([]byte("a\x00\x00"), data.Bytes()...))
				b = append(append(bytes.Clone(b[:33]), chunk...), b[33:]...)
			}
			return b
		}},
		{"gif/full", func() []byte { return codedGIF(side, side, side, side) }},
		{"gif/small frame, large screen", func() []byte { return codedGIF(side, side, 1, 1) }},
		{"gif/20,000 frames", func() []byte {
			b := codedGIF(60, 60, 60, 60)
			frame := appendFrame(nil, 60, 60)
			return append(b[:len(b)-1], bytes.Repeat(frame, 20_000*side/4000*side/4000)...)
		}},
		{"gif/nothing but clear codes", func() []byte {
			b := codedGIF(side, side, side, side)[:gifHeader+3*256+11]
			block := append([]byte{252}, bytes.Repeat([]byte{0x00, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80}, 28)...)
			return append(b, bytes.Repeat(block, len(junk(4*mega))/len(block))...)
		}},
		{"webp/lossy", func() []byte { return riff(riffChunk("VP8 ", lossyData(side, side, len(junk(4*mega))))) }},
		{"webp/lossless", func() []byte { return riff(riffChunk("VP8L", losslessData(quarter, quarter, true))) }},
		{"webp/lossless, 2599 groups of trees", func() []byte {
			return riff(riffChunk("VP8L", manyTrees(quarter, quarter, 2599*side/4000*side/4000)))
		}},
		{"webp/transparent", func() []byte {
			return riff(vp8x(0x10, quarter, quarter), riffChunk("ALPH", append([]byte{1}, losslessData(quarter, quarter, false)...)),
				riffChunk("VP8 ", lossyData(quarter, quarter, len(junk(4*mega)))))
		}},
		{"bmp/1 bit", func() []byte { return codedBMP(side, side, 1) }},
		{"bmp/32 bits", func() []byte { return codedBMP(quarter/2, -quarter, 32) }},
		{"text/base64", func() []byte { return []byte(base64.StdEncoding.EncodeToString(tiledJPEG(side, 88))) }},
		{"text/hex, UTF-16", func() []byte { return utf16LE("FFD8FF" + strings.Repeat("0A-", len(junk(mega))/3)) }},
		{"text/base64 of nothing", func() []byte { return append([]byte("/9j/"), bytes.Repeat([]byte("A"), len(junk(4*mega)))...) }},
	}
}

type bomb struct {
	name  string
	build func() []byte
}

// TestStepsAndRoom holds the bounds of a JPEG's work against sums made by hand.
func TestStepsAndRoom(t *testing.T) {
	tests := []struct {
		name        string
		give        []byte
		steps, room int
	}{
		{"grey, whatever its factors", sequentialJPEG(60, 50, 1, 0x22), 3 * 64 * 56, 64 * 56},
		{"full colour", sequentialJPEG(64, 64, 1, 0x11, 0x11, 0x11), 3 * 3 * 64 * 64, 3 * 64 * 64},
		{"full colour, 5 scans", sequentialJPEG(64, 64, 5, 0x11, 0x11, 0x11), 5 * 3 * 3 * 64 * 64, 3 * 64 * 64},
		{"chroma of half the width and height", sequentialJPEG(49, 49, 1, 0x22, 0x11, 0x11), 3 * 64 * 64 * 3 / 2, 64 * 64 * 3 / 2},
		{"factors of 4 and 2", sequentialJPEG(49, 49, 1, 0x42, 0x11, 0x11), 3 * 64 * 64 * 5 / 4, 64 * 64 * 5 / 4},
		{"all factors alike", sequentialJPEG(49, 49, 1, 0x22, 0x22, 0x22), 3 * 3 * 64 * 64, 3 * 64 * 64},
		{"four components", sequentialJPEG(64, 64, 1, 0x11, 0x11, 0x11, 0x11), 3 * 4 * 64 * 64, 8 * 64 * 64},
		{"progressive, 3 scans and 3 more", progressiveJPEG(64, 64, 3, 0x11, 0x11, 0x11), 6 * 64 * 64, 5 * 3 * 64 * 64},
		{"progressive, half the width", progressiveJPEG(64, 64, 1, 0x21, 0x11, 0x11), 3 * 64 * 64, 5 * 2 * 64 * 64},
		{"red, green and blue", withSegment(sequentialJPEG(64, 64, 1, 0x11, 0x11, 0x11), markerAPP14, "Adobe\x00\x64\x00\x00\x00\x00\x00"), 3 * 3 * 64 * 64, 7 * 64 * 64},
		{"no frame", []byte("\xff\xd8\xff\xda\x00\x04\x01\x01\xff\xd9"), 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := splitJPEG(tt.give)
			if steps, room := s.steps(), s.room(); steps != tt.steps || room != tt.room {
				t.Errorf("%d steps, %d bytes; want %d and %d", steps, room, tt.steps, tt.room)
			}
		})
	}
}

// TestOrdinaryJPEGsAreInBounds has the largest that cameras and encoders make.
func TestOrdinaryJPEGsAreInBounds(t *testing.T) {
	// What libjpeg's own script for a progressive JPEG passes over: brightness
	// in 4 scans of its own and 2 shared ones, each colour in 2 and 2.
	script := []scan{
		{components: []byte{1, 2, 3}, approx: 0x01}, {components: []byte{1}, from: 1, to: 5, approx: 0x02},
		{components: []byte{3}, from: 1, to: 63, approx: 0x01}, {components: []byte{2}, from: 1, to: 63, approx: 0x01},
		{components: []byte{1}, from: 6, to: 63, approx: 0x02}, {components: []byte{1}, from: 1, to: 63, approx: 0x21},
		{components: []byte{1, 2, 3}, approx: 0x10}, {components: []byte{3}, from: 1, to: 63, approx: 0x10},
		{components: []byte{2}, from: 1, to: 63, approx: 0x10}, {components: []byte{1}, from: 1, to: 63, approx: 0x10},
	}
	for _, size := range [][2]int{{4000, 4000}, {4608, 3456}, {5312, 2988}, {3456, 4608}} {
		f := Facts{Format: JPEG, Width: size[0], Height: size[1]}
		b := codedJPEG(markerSOF2, f.Width, f.Height, []byte{0x22, 0x11, 0x11}, []byte{0}, []byte{0})
		for _, s := range script {
			b = appendScan(b, s)
		}
		if err := checkJPEG(f, splitJPEG(endJPEG(b))); err != nil {
			t.Errorf("progressive, %v: %v", size, err)
		}
		if err := checkJPEG(f, splitJPEG(endJPEG(appendScan(codedJPEG(markerSOF0, f.Width, f.Height, []byte{0x11, 0x11, 0x11, 0x11}, []byte{0}, []byte{0}),
			scan{components: []byte{1, 2, 3, 4}, to: 63})))); err != nil {
			t.Errorf("print colours, %v: %v", size, err)
		}
	}
}

// BenchmarkHostile decodes an honest photo at the bound of pixels, and then
// what hostile inputs of up to 4 MB make of it.
func BenchmarkHostile(b *testing.B) {
	for _, bomb := range bombs(4000) {
		b.Run(bomb.name, func(b *testing.B) {
			value := bomb.build()
			peak := peakHeap(func() { _, _ = Decode(value) })
			for b.Loop() {
				_, _ = Decode(value)
			}
			b.ReportMetric(float64(peak)/1e6, "peak-MB")
			b.ReportMetric(float64(len(value))/1e6, "input-MB")
		})
	}
}

// TestHostileTakesNoLonger measures bombs of a 64th of the size. What
// they take is bounded at full size by MaxPixels, maxSteps and the like, which
// TestReasons tests; here a decoder or a walk that is not linear would show.
// The factor is generous: 3 is what BenchmarkHostile is read for.
func TestHostileTakesNoLonger(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	const factor = 12
	var honest time.Duration
	fastest := func(b []byte) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			_, _ = Decode(b)
			if best = min(best, time.Since(start)); best < honest {
				break
			}
		}
		return best
	}
	for _, bomb := range bombs(500) {
		took := fastest(bomb.build())
		if bomb.name == "honest" {
			honest = took
		}
		if took > factor*honest {
			t.Errorf("%s takes %v, an honest photo %v", bomb.name, took, honest)
		}
	}
}
