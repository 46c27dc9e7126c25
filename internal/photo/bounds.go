package photo

// The bounds of what is read. They are checked before a pixel is decoded.
const (
	// MaxInput is the length in bytes above which a value is not looked into.
	// AD's thumbnailPhoto holds 102,400 bytes; the rest is room for other
	// sources and for the cloud's largest photos.
	MaxInput = 16 << 20
	// MaxPixels bounds width times height.
	MaxPixels = 16_000_000
	// MinSide is the smallest width and height in pixels: the smallest size
	// that Microsoft Graph keeps. Source: profilePhoto in Graph's reference.
	MinSide = 48
	// MaxScans bounds the scans of a JPEG. Encoders write about 10.
	MaxScans = 100

	// maxSegments bounds the segments of a JPEG. A large colour profile takes
	// 255, each scan up to 6.
	maxSegments = 4096
	// maxSteps bounds the work of a JPEG, see [segments.steps]: 64 million
	// samples that are each decoded once, or an ordinary progressive JPEG of
	// 16 million pixels with its 10 scans (about 130 million steps).
	maxSteps = 192_000_000
	// maxJPEG bounds the bytes that a JPEG's samples and coefficients take, see
	// [segments.room]. A baseline JPEG in any colours has room at MaxPixels,
	// and so has a progressive one with chroma at half the width and height.
	maxJPEG = 130_000_000
	// maxChunks bounds the chunks of a PNG: the decoder makes 4 KB of garbage
	// for each. Encoders write one for each 4 KB or more.
	maxChunks = 10_000
	// maxInterlacedPNG and maxDeepPNG bound the pixels of a PNG that is
	// interlaced, which the decoder keeps twice, or has 16 bits: undoing its
	// filters takes up to six times as long for each pixel as a JPEG does.
	maxInterlacedPNG = 8_000_000
	maxDeepPNG       = 4_000_000
	// maxDeepWebP bounds the pixels of a WebP that is lossless or transparent.
	// Its tables alone may take as long as 16 million pixels of a JPEG.
	maxDeepWebP = 4_000_000
)
