package photo

// questions are what [Compare] asks, in the order of [MeasureNames]. Written by
// internal/photo/bench -train from 68130 labelled pairs; see docs/comparison.md.
var questions = [...]question{
	{ // are the colours others?
		name: "colour", bias: -8.9361,
		weights: [measures]float64{
			1.3473,  // cell pixels
			-0.5845, // contrast
			0.2262,  // saturation
			-0.8780, // misplacement
			-0.0646, // worst
			-0.1319, // bad
			-0.0259, // worst level
			-0.8794, // level in flat
			0.2883,  // worst in flat
			-1.8888, // structure
			2.9828,  // colour
			2.2957,  // colour spot
			9.4536,  // colour share
		},
	},
	{ // is a part of the picture another?
		name: "part", bias: -16.2265,
		weights: [measures]float64{
			2.2370,  // cell pixels
			-1.5756, // contrast
			0.1709,  // saturation
			-3.5300, // misplacement
			1.6556,  // worst
			-0.8238, // bad
			1.8350,  // worst level
			3.0213,  // level in flat
			3.0067,  // worst in flat
			1.9476,  // structure
			0.0319,  // colour
			0.8380,  // colour spot
			1.6037,  // colour share
		},
	},
	{ // does the same person or thing lie otherwise?
		name: "pose", bias: -8.2007,
		weights: [measures]float64{
			0.1598,  // cell pixels
			-2.0070, // contrast
			-0.2726, // saturation
			2.8262,  // misplacement
			0.3572,  // worst
			1.1510,  // bad
			0.6337,  // worst level
			2.3864,  // level in flat
			2.3352,  // worst in flat
			3.7835,  // structure
			0.1180,  // colour
			0.7149,  // colour spot
			-2.0114, // colour share
		},
	},
	{ // is it another picture?
		name: "whole", bias: -4.8451,
		weights: [measures]float64{
			0.6225,  // cell pixels
			-1.9575, // contrast
			-0.6436, // saturation
			0.5911,  // misplacement
			0.7294,  // worst
			0.8164,  // bad
			0.7613,  // worst level
			1.0738,  // level in flat
			1.0833,  // worst in flat
			1.3649,  // structure
			0.5771,  // colour
			0.4195,  // colour spot
			1.5180,  // colour share
		},
	},
}
