package photo

// questions are what [Compare] asks, in the order of [MeasureNames]. Written by
// internal/photo/bench -train from 68130 labelled pairs; see docs/comparison.md.
var questions = [...]question{
	{ // are the colours others?
		name: "colour", bias: -9.0025,
		weights: [measures]float64{
			1.3433,  // cell pixels
			-0.5784, // contrast
			0.2311,  // saturation
			-0.8668, // misplacement
			-0.0742, // worst
			-0.1323, // bad
			-0.0416, // worst level
			-0.9385, // level in flat
			0.1871,  // worst in flat
			0.1783,  // worst in flats
			-1.8897, // structure
			2.9795,  // colour
			2.2953,  // colour spot
			9.4578,  // colour share
		},
	},
	{ // is a part of the picture another?
		name: "part", bias: -17.7244,
		weights: [measures]float64{
			2.1026,  // cell pixels
			-1.5241, // contrast
			0.1936,  // saturation
			-3.5837, // misplacement
			1.5496,  // worst
			-0.8899, // bad
			1.7311,  // worst level
			2.5499,  // level in flat
			2.3210,  // worst in flat
			2.0491,  // worst in flats
			1.5587,  // structure
			0.0322,  // colour
			0.8139,  // colour spot
			1.7392,  // colour share
		},
	},
	{ // does the same person or thing lie otherwise?
		name: "pose", bias: -9.0812,
		weights: [measures]float64{
			0.0214,  // cell pixels
			-2.0296, // contrast
			-0.2664, // saturation
			3.0153,  // misplacement
			0.2788,  // worst
			1.0755,  // bad
			0.5582,  // worst level
			2.0159,  // level in flat
			1.8418,  // worst in flat
			1.6369,  // worst in flats
			3.6068,  // structure
			-0.0858, // colour
			0.7847,  // colour spot
			-1.7416, // colour share
		},
	},
	{ // is it another picture?
		name: "whole", bias: -5.7373,
		weights: [measures]float64{
			0.5822,  // cell pixels
			-1.8636, // contrast
			-0.5831, // saturation
			0.5450,  // misplacement
			0.6439,  // worst
			0.7163,  // bad
			0.6719,  // worst level
			0.9176,  // level in flat
			0.9108,  // worst in flat
			0.8460,  // worst in flats
			1.2400,  // structure
			0.5307,  // colour
			0.3928,  // colour spot
			1.3606,  // colour share
		},
	},
}
