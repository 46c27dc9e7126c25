package lab

// logoSide is the side of [Logo] in pixels.
const logoSide = 200

// Logo gives a JPEG of 200x200 pixels with the emblem of an organisation, which a
// bulk import gives to everybody by mistake. It is no photo of a person and no
// placeholder either: a hill, a sun and its rays in several colours on a ground
// that fades. It is the same one each time.
func Logo() []byte {
	p := portrait{seed: seedOf("logo"), groundA: rgb{18, 60, 110}, groundB: rgb{40, 130, 190}, angle: 0.9}
	c := newCanvas(logoSide, logoSide)
	c.ground(p)
	gold, green, white := rgb{244, 190, 40}, rgb{40, 140, 70}, rgb{248, 248, 244}
	for i := range 6 { // rays, from left to right
		x := 0.06 + float64(i)*0.16
		c.triangle([3]point{{0.5, 0.5}, {x, 0.04}, {x + 0.07, 0.04}}, gold.mix(white, float64(i)/8))
	}
	c.shaded(0.5, 0.46, 0.22, 0.22, gold.scale(1.05), rgb{220, 90, 40}, 1, 1, 0.05)
	c.shaded(0.28, 0.92, 0.5, 0.36, green.scale(1.25), green.scale(0.7), 1, 1, 0.02)
	c.shaded(0.82, 0.98, 0.46, 0.34, rgb{90, 170, 80}, rgb{30, 90, 60}, -1, 1, 0.02)
	for i := range 5 { // where the name would stand
		x := 0.12 + float64(i)*0.16
		c.box(x, 0.82, x+0.1, 0.92, white, 0.95)
		c.box(x+0.03, 0.85, x+0.07, 0.89, rgb{150, 30, 50}, 0.9)
	}
	c.grain(p.seed, 2)
	body, err := encodeJPEG(c.img, 88)
	if err != nil {
		panic(err) // a picture in memory can be encoded
	}
	return body
}
