package photo

import (
	"cmp"
	"math"
	"slices"
)

// drawing is a figure of one ink on one ground.
type drawing struct {
	panel
	formW       int
	ground, ink colour
	figure      []bool // of each pixel of the form
}

// drawingOf separates ink and ground. It reports false if there are more
// colours than these two and what lies between them, or noise.
func drawingOf(f form, t panel) (drawing, bool) {
	d := drawing{panel: t, formW: f.w, figure: make([]bool, f.w*f.h)}
	var border, inked []int
	for i, e := range t.edge {
		x, y := i%f.w-t.x, i/f.w-t.y
		if e > rim && 10*y < 6*t.h && (e <= rim+t.h/10 || 10*x < t.w || 10*x >= 9*t.w || 10*y < t.h) {
			border = append(border, i)
		}
	}
	if len(border) == 0 {
		return d, false
	}
	d.ground = f.median(border)
	lighter, darker := 0.0, 0.0
	for i, e := range t.edge {
		if e > rim {
			v := f.at(i).y - d.ground.y
			if math.Abs(v) >= leastContrast {
				inked = append(inked, i)
			}
			lighter += max(0, v) * max(0, v)
			darker += min(0, v) * min(0, v)
		}
	}
	if len(inked) == 0 || min(lighter, darker) > 0.05*max(lighter, darker) {
		return d, false
	}
	slices.SortFunc(inked, func(a, b int) int {
		return cmp.Compare(math.Abs(float64(f.y[b])-d.ground.y), math.Abs(float64(f.y[a])-d.ground.y))
	})
	d.ink = f.median(inked[:1+len(inked)/8])
	d.fill(f)
	// What is thick shows the ink without the overshoot at its edges.
	if thick := d.within(3); len(thick) > len(inked)/5 {
		d.ink = f.median(thick)
		d.fill(f)
	}
	return d, d.classify(f)
}

const (
	// leastContrast is the least luma of an ink above or below its ground.
	leastContrast = 20
	// inkLevel is from where between ground and ink a pixel belongs to the figure.
	inkLevel = 0.42
)

// fill makes the figure of all pixels that are nearer to the ink.
func (d *drawing) fill(f form) {
	for i, e := range d.edge {
		d.figure[i] = e > rim && d.share(f, i) > inkLevel
	}
}

// share says where a pixel is between ground (0) and ink (1).
func (d *drawing) share(f form, i int) float64 {
	return (float64(f.y[i]) - d.ground.y) / (d.ink.y - d.ground.y)
}

// within gives the figure's pixels that are deeper in it than that.
func (d *drawing) within(depth int) []int {
	out := make([]bool, len(d.figure))
	for i := range out {
		out[i] = !d.figure[i]
	}
	var deep []int
	for i, at := range depths(out, d.formW) {
		if at > depth {
			deep = append(deep, i)
		}
	}
	return deep
}

// classify holds every pixel to the line between ground
// and ink.
func (d *drawing) classify(f form) bool {
	within, odd := 0, 0
	touched := make([]bool, len(d.figure))
	for i, e := range d.edge {
		if e <= rim {
			touched[i] = true
			continue
		}
		within++
		c := f.at(i)
		t := d.share(f, i)
		touched[i] = t > 0.2
		between := min(1, max(0, t))
		on := colour{0, d.ground.cb + between*(d.ink.cb-d.ground.cb), d.ground.cr + between*(d.ink.cr-d.ground.cr)}
		if t < -0.2 || t > 1.2 || c.chroma(on) > 10+0.25*d.ink.chroma(d.ground) {
			odd++
		}
	}
	if within == 0 || float64(odd) > 0.06*float64(within) {
		return false
	}
	return d.quietGround(f, touched) && d.quietInk(f)
}

// quietGround looks at the ground that no edge disturbs and, less strictly, at
// all of it.
func (d *drawing) quietGround(f form, touched []bool) bool {
	var far, all deviation
	contrast := math.Abs(d.ink.y - d.ground.y)
	for i, depth := range depths(touched, f.w) {
		if depth == 0 {
			continue
		}
		c := f.at(i)
		all.add(c.y - d.ground.y)
		if depth > blockReach {
			far.add(c.y - d.ground.y)
		}
	}
	return all.rms() <= 1+0.06*contrast && far.rms() <= groundNoise
}

// quietInk looks within the figure, away from its outline.
func (d *drawing) quietInk(f form) bool {
	var all, far deviation
	for _, i := range d.within(3) {
		all.add(f.at(i).y - d.ink.y)
	}
	for _, i := range d.within(blockReach) {
		far.add(f.at(i).y - d.ink.y)
	}
	contrast := math.Abs(d.ink.y - d.ground.y)
	return all.rms() <= 1+0.06*contrast && far.rms() <= groundNoise
}

// isInitials reports whether the figure is a row of one to three glyphs in the
// middle of the tile: as high as letters are in such tiles, drawn in strokes.
func (d *drawing) isInitials() bool {
	if math.Abs(d.ink.y-d.ground.y) < 35 {
		return false
	}
	glyphs := joinAccents(d.parts())
	if len(glyphs) == 0 || len(glyphs) > 3 {
		return false
	}
	slices.SortFunc(glyphs, func(a, b box) int { return cmp.Compare(a.x, b.x) })
	row, tallest := glyphs[0], glyphs[0]
	for _, g := range glyphs {
		row = row.with(g)
		if g.h > tallest.h {
			tallest = g
		}
	}
	side, h := float64(min(d.w, d.h)), float64(tallest.h)
	if h < 0.18*side || h > 0.68*side || float64(row.h) > 1.4*h || float64(row.w) > 0.85*side {
		return false
	}
	if math.Abs(float64(row.x-d.x)+float64(row.w-d.w)/2) > 0.1*side || math.Abs(float64(row.y-d.y)+float64(row.h-d.h)/2) > 0.14*side {
		return false
	}
	count := 0
	for i, g := range glyphs {
		overlap := min(g.y+g.h, tallest.y+tallest.h) - max(g.y, tallest.y)
		if float64(g.h) < 0.5*h || float64(overlap) < 0.65*float64(g.h) {
			return false
		}
		if i > 0 {
			gap := float64(g.x - glyphs[i-1].x - glyphs[i-1].w)
			if gap < -0.2*h || gap > 0.6*h {
				return false
			}
		}
		count += 1 + int(float64(g.w)/(1.35*h))
	}
	return count <= 3 && float64(d.stroke()) <= 0.36*h
}

// parts gives the boxes of the figure's connected parts, specks included.
func (d *drawing) parts() []box {
	var out []box
	seen := make([]bool, len(d.figure))
	for i := range d.figure {
		if !d.figure[i] || seen[i] {
			continue
		}
		b := box{i % d.formW, i / d.formW, 1, 1}
		seen[i] = true
		for next := []int{i}; len(next) > 0; {
			at := next[len(next)-1]
			next = next[:len(next)-1]
			x, y := at%d.formW, at/d.formW
			b = b.with(box{x, y, 1, 1})
			for v := max(0, y-1); v <= min(y+1, len(d.figure)/d.formW-1); v++ {
				for u := max(0, x-1); u <= min(x+1, d.formW-1); u++ {
					if j := v*d.formW + u; d.figure[j] && !seen[j] {
						seen[j] = true
						next = append(next, j)
					}
				}
			}
		}
		out = append(out, b)
	}
	return out
}

func (b box) with(o box) box {
	x, y := min(b.x, o.x), min(b.y, o.y)
	return box{x, y, max(b.x+b.w, o.x+o.w) - x, max(b.y+b.h, o.y+o.h) - y}
}

// joinAccents joins dots and accents to the letter under them. A mouth under
// two eyes is too low for a letter.
func joinAccents(parts []box) []box {
	var letters []box
	slices.SortFunc(parts, func(a, b box) int { return cmp.Compare(b.h, a.h) })
next:
	for _, p := range parts {
		for i, l := range letters {
			both := l.with(p)
			if p.y+p.h <= l.y+l.h/5 && 2*p.x+p.w > 2*l.x-l.h/2 && 2*p.x+p.w < 2*(l.x+l.w)+l.h/2 && 10*l.h >= 6*both.h && 20*p.h <= 7*both.h {
				letters[i] = both
				continue next
			}
		}
		letters = append(letters, p)
	}
	return letters
}

// stroke gives the side of the largest square that the figure holds.
func (d *drawing) stroke() int {
	most := 0
	side := make([]int, len(d.figure))
	for i, ink := range d.figure {
		if !ink {
			continue
		}
		side[i] = 1
		if x := i % d.formW; x > 0 && i >= d.formW {
			side[i] = 1 + min(side[i-1], side[i-d.formW], side[i-d.formW-1])
		}
		most = max(most, side[i])
	}
	return most
}

// isSilhouette reports whether the figure is a head on shoulders, alike left
// and right, and neither it nor its ground has a colour.
func (d *drawing) isSilhouette() bool {
	if !d.ground.greyish() || !d.ink.greyish() {
		return false
	}
	o, ok := d.outline()
	return ok && o.alike(float64(d.w)) && o.headAndShoulders(float64(min(d.w, d.h)), float64(d.h))
}

// greyish reports whether a colour is a grey or a blue grey.
func (c colour) greyish() bool {
	grey := colour{cb: 128, cr: 128}
	return c.chroma(grey) <= 7 || c.cb >= 128 && c.cr <= 130 && c.chroma(grey) <= 26
}
