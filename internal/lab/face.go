package lab

// person draws shoulders, head and face, from the back to the front.
func (c *canvas) person(p portrait) {
	s := p.size * 0.24 // half the width of the head
	x, y := p.headX, p.headY
	dark, lit := p.skin.scale(0.72), p.skin.scale(1.06)

	if p.style.long() { // falls behind the shoulders
		c.ellipse(x, y+s*0.55, s*1.28, s*1.9, p.hair.scale(0.8), 1, 0.06)
	}
	c.shaded(x, y+s*3.1, s*2.5, s*1.75, p.cloth.scale(1.12), p.cloth.scale(0.72), p.light, 1, 0.03)
	c.shaded(x, y+s*1.35, s*0.46, s*0.75, dark, p.skin.scale(0.85), p.light, 1, 0.1)
	c.triangle([3]point{{x - s*0.5, y + s*1.38}, {x + s*0.5, y + s*1.38}, {x, y + s*2.2}}, p.skin.scale(0.85))
	c.triangle([3]point{{x - s*0.52, y + s*1.3}, {x - s*0.72, y + s*1.62}, {x, y + s*2.3}}, p.collar)
	c.triangle([3]point{{x + s*0.52, y + s*1.3}, {x + s*0.72, y + s*1.62}, {x, y + s*2.3}}, p.collar.scale(0.88))
	c.ellipse(x-s*0.98, y+s*0.1, s*0.14, s*0.26, dark, 1, 0.2)
	c.ellipse(x+s*0.98, y+s*0.1, s*0.14, s*0.26, dark, 1, 0.2)
	c.hairBehind(p, x, y, s)
	c.shaded(x, y, s*0.95, s*1.3, lit, dark, p.light, 1, 0.04)
	c.features(p, x, y, s)
	c.hairInFront(p, x, y, s)
}

func (c *canvas) hairBehind(p portrait, x, y, s float64) {
	if p.style != bald {
		c.shaded(x, y-s*0.38, s*1.12, s*1.12, p.hair.scale(1.15), p.hair.scale(0.75), p.light, 1, 0.05)
	}
}

func (c *canvas) hairInFront(p portrait, x, y, s float64) {
	switch p.style {
	case cropped:
		c.ellipse(x, y-s*1.02, s*0.9, s*0.4, p.hair, 1, 0.12)
	case parted:
		c.ellipse(x-s*0.55, y-s*0.85, s*0.62, s*0.5, p.hair, 1, 0.12)
		c.ellipse(x+s*0.5, y-s*0.9, s*0.66, s*0.46, p.hair, 1, 0.12)
	case swept:
		c.ellipse(x+s*0.25, y-s*1, s*0.86, s*0.5, p.hair, 1, 0.12)
	case fringe:
		c.ellipse(x, y-s*0.86, s*0.92, s*0.46, p.hair, 1, 0.1)
	}
}

func (c *canvas) features(p portrait, x, y, s float64) {
	white, iris := rgb{244, 242, 238}, p.hair.mix(rgb{70, 90, 110}, 0.5)
	for _, side := range []float64{-1, 1} {
		ex := x + side*s*0.38
		c.ellipse(ex, y-s*0.02, s*0.19, s*0.11, white, 1, 0.3)
		c.ellipse(ex, y-s*0.02, s*0.09, s*0.1, iris.scale(0.6), 1, 0.3)
		c.ellipse(ex, y-s*0.26, s*0.24, s*0.06, p.hair.mix(p.skin, 0.2), 0.9, 0.4)
		c.ellipse(x+side*s*0.52, y+s*0.42, s*0.26, s*0.2, rgb{220, 110, 100}, 0.16, 0.9)
		if p.glasses {
			c.ellipse(ex, y, s*0.3, s*0.24, rgb{40, 40, 44}, 0.9, 0.05)
			c.ellipse(ex, y, s*0.25, s*0.19, p.skin.mix(white, 0.35), 0.95, 0.1)
			c.ellipse(ex, y-s*0.01, s*0.09, s*0.09, iris.scale(0.6), 1, 0.3)
		}
	}
	if p.glasses {
		c.box(x-s*0.1, y-s*0.03, x+s*0.1, y+s*0.02, rgb{40, 40, 44}, 0.9)
	}
	c.ellipse(x+s*0.06*p.light, y+s*0.34, s*0.13, s*0.3, p.skin.scale(0.8), 0.45, 0.7)
	if p.beard {
		c.ellipse(x, y+s*0.92, s*0.66, s*0.44, p.hair, 0.85, 0.3)
	}
	c.ellipse(x, y+s*0.74, s*0.3, s*0.1, rgb{168, 72, 72}.mix(p.skin, 0.2), 0.95, 0.3)
	c.ellipse(x, y+s*0.71, s*0.26, s*0.04, rgb{110, 40, 44}, 0.6, 0.5)
}
