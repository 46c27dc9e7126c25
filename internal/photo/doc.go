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
// # Hostile input
//
// People may write their own thumbnailPhoto, so every value is taken to be
// hostile. Bytes, pixels and JPEG scans are bounded ([MaxInput], [MaxPixels],
// [MaxScans]) before a pixel is decoded, and a panic inside a decoder becomes
// a [Defect]. At the bounds one call of Decode holds up to about 450 MB (a
// progressive JPEG of four colour components), otherwise up to about 200 MB;
// a photo of 648x648 pixels takes under 5 MB. Prepare holds up to about
// 250 MB more for pixels that it turns and encodes anew.
package photo
