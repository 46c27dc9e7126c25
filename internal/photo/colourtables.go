package photo

import (
	"math"
	"sync"

	"github.com/kovidgoyal/imaging/colorconv"
)

// transform is the way of a colour through a profile: channels of 0 to 1 go
// in, sRGB of 0 to 1 comes out. It overwrites both.
type transform func(out, in []float64)

// at gives the colour of the given channels.
func (t transform) at(channels ...float64) srgb {
	var in, out [4]float64
	copy(in[:], channels)
	t(out[:], in[:])
	return srgb{level(out[0]), level(out[1]), level(out[2])}
}

func level(v float64) uint8 { return uint8(math.Round(255 * min(1, max(0, v)))) }

// isSRGB reports whether the transform moves no colour by more than
// [sameColour]. It asks the colours: icc.Profile.IsSRGB asks the formulas, finds
// fewer, and takes a curve for sRGB's whatever its power.
func (t transform) isSRGB(channels int) bool {
	const points = 9
	near := func(v float64, got uint8) bool {
		d := int(level(v)) - int(got)
		return -sameColour <= d && d <= sameColour
	}
	switch channels {
	case 1:
		for i := range 256 {
			v := float64(i) / 255
			if c := t.at(v); !near(v, c[0]) || !near(v, c[1]) || !near(v, c[2]) {
				return false
			}
		}
		return true
	case 3:
		for i := range points * points * points {
			r, g, b := float64(i%points)/(points-1), float64(i/points%points)/(points-1), float64(i/points/points)/(points-1)
			if c := t.at(r, g, b); !near(r, c[0]) || !near(g, c[1]) || !near(b, c[2]) {
				return false
			}
		}
		return true
	}
	return false
}

// matrix converts colours that add up: light is the sum of what red, green and
// blue give, as in every profile of a curve for each channel and three primaries.
type matrix struct {
	light [3][256][3]int32 // linear sRGB that each level of each channel adds; 1 is [lightUnit]
	black [3]int32         // linear sRGB of black
	level *[lightUnit>>lightShift + 1]uint8
}

const (
	lightUnit  = 1 << 16
	lightShift = 3 // from lightUnit to the steps of sRGBLevels
)

// sRGBLevels gives the sRGB level of linear light. Source: IEC 61966-2-1.
var sRGBLevels = sync.OnceValue(func() *[lightUnit>>lightShift + 1]uint8 {
	out := new([lightUnit>>lightShift + 1]uint8)
	for i := range out {
		v := float64(i) / float64(len(out)-1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out[i] = level(v)
	}
	return out
})

func newMatrix(toXYZ func(r, g, b float64) (x, y, z float64)) *matrix {
	white := colorconv.NewConvertColor(pcsWhite.X, pcsWhite.Y, pcsWhite.Z, 1)
	light := func(r, g, b float64) (out [3]int32) {
		r, g, b = white.XYZToLinearRGB(toXYZ(r, g, b))
		for i, v := range [3]float64{r, g, b} {
			const most = 100 // keeps the sum within 32 bits, and far from what any device does
			out[i] = int32(math.Round(lightUnit * min(most, max(-most, v))))
		}
		return out
	}
	t := &matrix{black: light(0, 0, 0), level: sRGBLevels()}
	for i := range 256 {
		v := float64(i) / 255
		for channel, c := range [3][3]int32{light(v, 0, 0), light(0, v, 0), light(0, 0, v)} {
			for k := range c {
				t.light[channel][i][k] = c[k] - t.black[k]
			}
		}
	}
	return t
}

func (t *matrix) at(p []uint8) srgb {
	r, g, b := &t.light[0][p[0]], &t.light[1][p[1]], &t.light[2][p[2]]
	return srgb{
		t.shown(t.black[0] + r[0] + g[0] + b[0]),
		t.shown(t.black[1] + r[1] + g[1] + b[1]),
		t.shown(t.black[2] + r[2] + g[2] + b[2]),
	}
}

func (t *matrix) shown(light int32) uint8 {
	return t.level[(min(lightUnit, max(0, light))+1<<(lightShift-1))>>lightShift]
}

// colourGrid holds the sRGB colours of evenly spread points and finds those
// between them from the corners of the simplex that a colour lies in.
type colourGrid struct {
	channels int           // 3 or 4
	cells    [256]gridCell // where each level of a channel lies
	steps    [4]int        // from one sample to the next along each channel
	samples  [][3]int32    // 1 is [sampleUnit]
}

const sampleUnit = 255 * 256

type gridCell struct {
	below int   // index of the next point at or below
	share int32 // way from there to the next one, of 255
}

// Points along each channel of a grid, by the number of channels.
var gridPoints = map[int]int{3: 33, 4: 17}

func newColourGrid(channels int, toSRGB transform) *colourGrid {
	points := gridPoints[channels]
	t := &colourGrid{channels: channels}
	for i := range t.cells {
		way := i * (points - 1)
		t.cells[i] = gridCell{way / 255, int32(way % 255)}
	}
	t.cells[255] = gridCell{points - 2, 255}
	count := 1
	for i := range channels {
		t.steps[i] = count
		count *= points
	}
	t.samples = make([][3]int32, count)
	var in, out [4]float64
	for i := range t.samples {
		in = [4]float64{}
		for k := range channels {
			in[k] = float64(i/t.steps[k]%points) / float64(points-1)
		}
		toSRGB(out[:], in[:])
		for k := range 3 {
			const most = 4 // colours beyond sRGB are cut to it only once they are looked up: a cut inside a cell would bend it
			t.samples[i][k] = int32(math.Round(sampleUnit * min(most, max(-most, out[k]))))
		}
	}
	return t
}

func (t *colourGrid) at(p []uint8) (out srgb) {
	var order [4]struct {
		share int32
		step  int
	}
	index := 0
	for i := range t.channels { // sorted by share, largest first
		c := t.cells[p[i]]
		index += c.below * t.steps[i]
		k := i
		for ; k > 0 && order[k-1].share < c.share; k-- {
			order[k] = order[k-1]
		}
		order[k].share, order[k].step = c.share, t.steps[i]
	}
	s := &t.samples[index]
	weight := 255 - order[0].share
	sum := [3]int32{weight * s[0], weight * s[1], weight * s[2]}
	for i := range t.channels {
		weight = order[i].share
		if i+1 < t.channels {
			weight -= order[i+1].share
		}
		index += order[i].step
		s = &t.samples[index]
		sum[0], sum[1], sum[2] = sum[0]+weight*s[0], sum[1]+weight*s[1], sum[2]+weight*s[2]
	}
	for i := range out {
		out[i] = uint8(min(255, max(0, (sum[i]+sampleUnit/2)/sampleUnit)))
	}
	return out
}
