package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// recipe says how a copy is made of a picture: cut, scaled, sharpened, encoded,
// and perhaps all but the first once more.
type recipe struct {
	Crop     image.Rectangle // empty: all of it
	Side     int             // the shorter side in pixels
	Sharpen  float64         // 0 to 1.5: how much of what a blur takes away is added
	Encoder  string          // cjpeg, imagemagick, cwebp, sharp or mozjpeg
	Quality  int
	Sampling string // of chroma: 1x1, 2x1, 1x2, 2x2 or 4x1
	Mode     string // baseline, optimised or progressive
	Filter   string // imagemagick's name of the resampling filter
	Then     *recipe
}

func (r recipe) String() string {
	s := fmt.Sprintf("%d px %s q%d %s", r.Side, r.Encoder, r.Quality, r.Sampling)
	if !r.Crop.Empty() {
		s += " cut"
	}
	if r.Sharpen > 0 {
		s += fmt.Sprintf(" sharpened %.1f", r.Sharpen)
	}
	if r.Then != nil {
		s += ", then " + r.Then.String()
	}
	return s
}

// weighted are values and how often each is drawn.
type weighted[T any] []struct {
	value T
	times int
}

func (w weighted[T]) draw(r *rand.Rand) T {
	total := 0
	for _, v := range w {
		total += v.times
	}
	n := r.IntN(total)
	for _, v := range w {
		if n -= v.times; n < 0 {
			return v.value
		}
	}
	panic("no value")
}

// What is drawn how often. The sizes are those that Microsoft Graph renders; a
// directory's photo is mostly 96 pixels wide.
var (
	sides     = weighted[int]{{48, 1}, {64, 2}, {96, 4}, {120, 3}, {240, 3}, {360, 2}, {432, 1}, {504, 1}, {648, 2}}
	qualities = weighted[int]{{30, 1}, {40, 1}, {50, 1}, {60, 2}, {75, 4}, {85, 4}, {92, 3}, {95, 2}}
	samplings = weighted[string]{{"2x2", 5}, {"1x1", 3}, {"2x1", 2}, {"1x2", 1}, {"4x1", 1}}
	modes     = weighted[string]{{"baseline", 2}, {"optimised", 1}, {"progressive", 1}}
	encoders  = weighted[string]{{"cjpeg", 4}, {"imagemagick", 2}, {"sharp", 3}, {"mozjpeg", 2}, {"cwebp", 1}}
	filters   = weighted[string]{{"Lanczos", 2}, {"Catrom", 1}, {"Mitchell", 1}, {"Triangle", 1}, {"Box", 1}}
	sharpness = weighted[float64]{{0, 5}, {0.3, 2}, {0.8, 1}, {1.5, 1}}
)

// drawRecipe draws a way to copy a picture of that shorter side. Four of five
// copies are no larger than the picture; the others are enlarged.
func drawRecipe(r *rand.Rand, short int) recipe {
	c := oneStep(r, short)
	if r.IntN(5) < 2 {
		then := oneStep(r, c.Side)
		c.Then = &then
	}
	return c
}

func oneStep(r *rand.Rand, short int) recipe {
	side := sides.draw(r)
	for side > short && r.IntN(5) != 0 {
		side = sides.draw(r)
	}
	c := recipe{
		Side: side, Sharpen: sharpness.draw(r), Encoder: encoders.draw(r), Quality: qualities.draw(r),
		Sampling: samplings.draw(r), Mode: modes.draw(r), Filter: filters.draw(r),
	}
	if c.Encoder == "sharp" || c.Encoder == "mozjpeg" { // libvips knows two
		c.Sampling = map[bool]string{true: "1x1", false: "2x2"}[c.Sampling == "1x1"]
	}
	return c
}

func (r recipe) ext() string {
	if r.Then != nil {
		return r.Then.ext()
	}
	if r.Encoder == "cwebp" {
		return ".webp"
	}
	return ".jpg"
}

// kitchen runs the encoders.
type kitchen struct {
	sharp   *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	convert string
}

//go:embed sharp.cjs
var sharpScript []byte

// newKitchen installs sharp in dir, where it is not yet, and starts it.
func newKitchen(ctx context.Context, dir string) (*kitchen, error) {
	at := filepath.Join(dir, "sharp")
	if _, err := os.Stat(filepath.Join(at, "node_modules", "sharp")); err != nil {
		if err := os.MkdirAll(at, 0o755); err != nil {
			return nil, err
		}
		c := exec.CommandContext(ctx, "npm", "install", "--silent", "--prefix", at, "sharp@0.35.5")
		c.Stderr = os.Stderr
		if err := c.Run(); err != nil {
			return nil, fmt.Errorf("install sharp: %w", err)
		}
	}
	script := filepath.Join(at, "copy.cjs")
	if err := os.WriteFile(script, sharpScript, 0o644); err != nil {
		return nil, err
	}
	k := &kitchen{convert: "convert"}
	if p, err := exec.LookPath("convert-im6.q16"); err == nil {
		k.convert = p
	}
	k.sharp = exec.CommandContext(ctx, "node", script)
	k.sharp.Stderr = os.Stderr
	in, err := k.sharp.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := k.sharp.StdoutPipe()
	if err != nil {
		return nil, err
	}
	k.in, k.out = in, bufio.NewReader(out)
	return k, k.sharp.Start()
}

func (k *kitchen) close() error { return errors.Join(k.in.Close(), k.sharp.Wait()) }

// cook makes the copy out of the picture src by the recipe.
func (k *kitchen) cook(ctx context.Context, src, out string, r recipe) error {
	then := r.Then
	r.Then = nil
	first := out
	if then != nil {
		first = out + ".first" + r.ext()
		defer func() { _ = os.Remove(first) }()
	}
	if err := k.step(ctx, src, first, r); err != nil {
		return fmt.Errorf("%s of %s: %w", r, src, err)
	}
	if then == nil {
		return nil
	}
	if strings.HasSuffix(first, ".webp") { // not every encoder reads it
		png := out + ".first.png"
		defer func() { _ = os.Remove(png) }()
		if err := run(exec.CommandContext(ctx, "dwebp", "-quiet", first, "-o", png)); err != nil {
			return err
		}
		first = png
	}
	return k.cook(ctx, first, out, *then)
}

func (k *kitchen) step(ctx context.Context, src, out string, r recipe) error {
	w, h, err := sizeOf(src)
	if err != nil {
		return err
	}
	c := r.Crop
	if c.Empty() {
		c = image.Rect(0, 0, w, h)
	}
	short := min(c.Dx(), c.Dy())
	w, h = (c.Dx()*r.Side+short/2)/short, (c.Dy()*r.Side+short/2)/short
	quality := strconv.Itoa(r.Quality)
	switch r.Encoder {
	case "sharp", "mozjpeg":
		return k.withSharp(map[string]any{
			"src": src, "out": out, "left": c.Min.X, "top": c.Min.Y, "cw": c.Dx(), "ch": c.Dy(), "w": w, "h": h, "sharpen": r.Sharpen,
			"quality": r.Quality, "sampling": map[bool]string{true: "4:4:4", false: "4:2:0"}[r.Sampling == "1x1"],
			"mozjpeg": r.Encoder == "mozjpeg", "progressive": r.Mode == "progressive",
		})
	case "imagemagick":
		args := []string{src, "-crop", fmt.Sprintf("%dx%d+%d+%d", c.Dx(), c.Dy(), c.Min.X, c.Min.Y), "+repage", "-filter", r.Filter, "-resize", fmt.Sprintf("%dx%d!", w, h)}
		if r.Sharpen > 0 {
			args = append(args, "-unsharp", fmt.Sprintf("0x0.8+%.1f+0", r.Sharpen))
		}
		if r.Mode == "progressive" {
			args = append(args, "-interlace", "JPEG")
		}
		return run(exec.CommandContext(ctx, k.convert, append(args, "-sampling-factor", r.Sampling, "-quality", quality, out)...))
	case "cwebp":
		return run(exec.CommandContext(ctx, "cwebp", "-quiet", "-m", "2", "-crop", strconv.Itoa(c.Min.X), strconv.Itoa(c.Min.Y), strconv.Itoa(c.Dx()), strconv.Itoa(c.Dy()),
			"-resize", strconv.Itoa(w), strconv.Itoa(h), "-q", quality, src, "-o", out))
	}
	m, err := readPicture(src)
	if err != nil {
		return err
	}
	mode := map[string][]string{"optimised": {"-optimize"}, "progressive": {"-progressive"}}[r.Mode]
	cmd := exec.CommandContext(ctx, "cjpeg", append(mode, "-quality", quality, "-sample", r.Sampling, "-outfile", out)...)
	cmd.Stdin = bytes.NewReader(ppm(sharpened(scale(m, c.Add(m.Bounds().Min), w, h), r.Sharpen)))
	return run(cmd)
}

func run(c *exec.Cmd) error {
	if said, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(c.Path), err, bytes.TrimSpace(said))
	}
	return nil
}

func (k *kitchen) withSharp(job map[string]any) error {
	b, err := json.Marshal(job)
	if err != nil {
		return err
	}
	if _, err := k.in.Write(append(b, '\n')); err != nil {
		return err
	}
	line, err := k.out.ReadString('\n')
	if err != nil {
		return err
	}
	if line = strings.TrimSpace(line); line != "ok" {
		return errors.New(line)
	}
	return nil
}

func sizeOf(path string) (w, h int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = f.Close() }() // only read
	c, _, err := image.DecodeConfig(f)
	return c.Width, c.Height, err
}

// sharpened adds to a picture what a blur of three pixels takes away, that many times.
func sharpened(m *image.RGBA, amount float64) *image.RGBA {
	if amount == 0 {
		return m
	}
	return each(m, func(_, _ float64, px, py int) [3]float64 {
		c, sum := at(m, px, py), [3]float64{}
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				d := at(m, px+dx, py+dy)
				for i := range sum {
					sum[i] += d[i] / 9
				}
			}
		}
		for i := range c {
			c[i] += amount * (c[i] - sum[i])
		}
		return c
	})
}

func ppm(m *image.RGBA) []byte {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := fmt.Appendf(make([]byte, 0, 20+3*w*h), "P6\n%d %d\n255\n", w, h)
	for i := range w * h {
		out = append(out, m.Pix[4*i:4*i+3]...)
	}
	return out
}
