// Package photo knows what a picture is: it tells formats apart by their
// bytes, says why a value is no usable picture, compares what two pictures
// show, and makes the JPEG that is uploaded.
//
// Start with [Decode], which gives a [Picture], and [Compare]. [Inspect] tells
// what can be told without decoding a pixel; [Prepare] makes an upload.
//
// The package is pure: no input or output, no goroutine, no state. It imports
// internal/record and nothing else of this module.
//
// # Where things are
//
//	what a value is     facts, format, text, defect, bounds
//	its pixels          decode and a file for each format; segments take a JPEG apart
//	upright, in sRGB    orient, colour, colourtables, profile
//	the same picture?   form, align, fit, measure, compare, weights
//	which is better     detail
//	what stands for one kind, tile, drawing, outline
//	on two people       shared
//	what is uploaded    prepare, strip
//
// docs/comparison.md says how well the comparison does, folder bench measures it.
//
// # Hostile input
//
// People may write their own thumbnailPhoto, so every value is taken to be
// hostile. Bytes, pixels, and the segments and scans of a JPEG are bounded
// before a pixel is decoded (bounds.go), a panic inside a decoder becomes a
// [Defect], and all walks through a value are linear in its length.
//
// Time: no value of up to 4 MB takes Decode more than three times as long as
// an honest photo at the bound, a baseline JPEG of 4000x4000 pixels and
// 3.3 MB. The decoders themselves take at most 2.4 times as long: a PNG of
// noise, a JPEG of four colour components, a WebP with thousands of code
// tables. BenchmarkHostile has them all.
//
// Memory: the most that one call of Decode holds besides the value, measured
// by BenchmarkHostile at the bounds:
//
//	JPEG  140 MB  four components, or progressive; an honest photo takes 35 MB
//	PNG    75 MB  8 bits at full size, or interlaced
//	GIF    75 MB  a small frame on a screen of full size
//	WebP  190 MB  lossless with thousands of code tables; lossy 35 MB
//	BMP    25 MB
//
// A value that is a picture as text takes twice its own length more. A photo
// of 648x648 pixels takes under 5 MB. Prepare holds up to about 250 MB more
// for pixels that it turns and encodes anew, and takes up to about three times
// as long as it takes to turn and encode an honest photo at the bound, which is
// a few seconds.
package photo
