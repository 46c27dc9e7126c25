package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"
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
