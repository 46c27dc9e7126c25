package photo

// questions are what [Compare] asks, in the order of [MeasureNames]. Written by
// internal/photo/bench -train from 68130 labelled pairs; see docs/comparison.md.
var questions = [...]question{
	{ // are the colours others?
		name: "colour", bias: -8.9410,
		weights: [measures]float64{
			1.3454,  // cell pixels
			-0.5781, // contrast
			0.2313,  // saturation
			-0.8550, // misplacement
			-0.0678, // worst
			-0.1197, // bad
			-0.0378, // worst level
			-0.8860, // level in flat
			0.2879,  // worst in flat
			-1.8805, // structure
			2.9803,  // colour
			2.2978,  // colour spot
			9.4576,  // colour share
		},
	},
	{ // is a part of the picture another?
		name: "part", bias: -16.2671,
		weights: [measures]float64{
			2.2354,  // cell pixels
			-1.5663, // contrast
			0.1715,  // saturation
			-3.5287, // misplacement
			1.6548,  // worst
			-0.8234, // bad
			1.8346,  // worst level
			3.0213,  // level in flat
			3.0070,  // worst in flat
			1.9506,  // structure
			0.0286,  // colour
			0.8419,  // colour spot
			1.5983,  // colour share
		},
	},
	{ // does the same person or thing lie otherwise?
		name: "pose", bias: -8.2247,
		weights: [measures]float64{
			0.1243,  // cell pixels
			-2.0085, // contrast
			-0.2330, // saturation
			2.8632,  // misplacement
			0.3498,  // worst
			1.1684,  // bad
			0.6436,  // worst level
			2.3926,  // level in flat
			2.3303,  // worst in flat
			3.7738,  // structure
			-0.1121, // colour
			0.8181,  // colour spot
			-1.9396, // colour share
		},
	},
	{ // is it another picture?
		name: "whole", bias: -4.9207,
		weights: [measures]float64{
			0.6049,  // cell pixels
			-1.9342, // contrast
			-0.6449, // saturation
			0.5993,  // misplacement
			0.7303,  // worst
			0.8178,  // bad
			0.7609,  // worst level
			1.0751,  // level in flat
			1.0855,  // worst in flat
			1.3566,  // structure
			0.5808,  // colour
			0.4197,  // colour spot
			1.5185,  // colour share
		},
	},
}
