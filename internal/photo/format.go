package photo

import (
	"bytes"
	"encoding/binary"
)

// Format names a picture's format the way rows carry it; "" is unknown.
type Format string

// The formats that [Sniff] tells apart. All but TIFF are decoded.
const (
	JPEG Format = "JPEG"
	PNG  Format = "PNG"
	GIF  Format = "GIF"
	BMP  Format = "BMP"
	WebP Format = "WebP"
	TIFF Format = "TIFF"
)

var (
	jpegSignature = []byte("\xff\xd8\xff")
	pngSignature  = []byte("\x89PNG\r\n\x1a\n")
)

// Sniff tells the format of a picture by its first 26 bytes, "" if it has none
// of the known ones. Names and declared types are never asked: Active
// Directory stores any bytes whatever.
func Sniff(b []byte) Format {
	switch {
	case bytes.HasPrefix(b, jpegSignature):
		return JPEG
	case bytes.HasPrefix(b, pngSignature):
		return PNG
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return GIF
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return WebP
	case bytes.HasPrefix(b, []byte("II*\x00")), bytes.HasPrefix(b, []byte("MM\x00*")):
		return TIFF
	case isBMP(b):
		return BMP
	}
	return ""
}

// isBMP asks for more than the letters BM, which begin many a text: the length
// of the header that follows has one of a few values.
func isBMP(b []byte) bool {
	if len(b) < 26 || b[0] != 'B' || b[1] != 'M' {
		return false
	}
	switch binary.LittleEndian.Uint32(b[14:]) {
	case 12, 16, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// isPhoneFormat reports whether b is a HEIC or AVIF picture, as phones make
// them: an ISO base media file whose major brand is one for still pictures.
func isPhoneFormat(b []byte) bool {
	if len(b) < 12 || string(b[4:8]) != "ftyp" {
		return false
	}
	switch string(b[8:12]) {
	case "heic", "heix", "heim", "heis", "mif1", "msf1", "avif", "avis":
		return true
	}
	return false
}

// beginsSignature reports whether b is so short that it ends inside the
// signature of a JPEG or a PNG. The other signatures begin like text.
func beginsSignature(b []byte) bool {
	return len(b) >= 2 && (bytes.HasPrefix(jpegSignature, b) || bytes.HasPrefix(pngSignature, b))
}
