package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"photosync/internal/photo/portrait"
	"strings"

	xdraw "golang.org/x/image/draw"
)

// original is a picture that copies are made of.
type original struct {
	id     string
	kind   string
	path   string
	w, h   int
	figure string // of a painting: the figure without its background, which may be put before another
	tiny   [tinySide * tinySide * 3]float64
}

// tinySide is the side of the thumbnail by which look-alikes are found.
const tinySide = 24

// Sides of originals: none is larger than four times what pictures are compared at,
// and none smaller than what a copy of some use can be made of.
const (
	largestSide  = 432
	smallestSide = 96
)

// How many originals are drawn.
const drawnPortraits, drawnInitials, drawnTiles = 40, 40, 30

// alike is the mean difference of two thumbnails, in levels, up to which two
// files are taken to show the same picture, so that the later one is left out.
// Initials on one colour differ by less and are left out only where they are the same letters.
const alike = 7

// random gives a source of chance that depends on the names alone.
func random(names ...string) *rand.Rand {
	h := fnv.New128a()
	for _, n := range names {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	sum := h.Sum(nil)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum), binary.BigEndian.Uint64(sum[8:])))
}

// held reports whether an original belongs to the half that is reported, not
// to the half on which thresholds are chosen.
func (o *original) held() bool { return random("half", o.id).IntN(2) == 1 }

// makeOriginals brings the pictures to one form: a PNG, opaque, its shorter
// side at most largestSide.
func makeOriginals(dir string, found []picture, limit int) ([]*original, error) {
	at := filepath.Join(dir, "originals")
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil, err
	}
	var all []*original
	add := func(id, kind, figure string, m image.Image) error {
		o := &original{id: id, kind: kind, figure: figure, path: filepath.Join(at, id+".png"), w: m.Bounds().Dx(), h: m.Bounds().Dy(), tiny: tiny(m)}
		for _, e := range all {
			if d := e.apart(o); d < alike && (kind != "initials" || d < 0.5) {
				fmt.Fprintf(os.Stderr, "left out: %s shows what %s shows (%.1f levels apart)\n", id, e.id, d)
				return nil
			}
		}
		all = append(all, o)
		if _, err := os.Stat(o.path); err == nil {
			return nil
		}
		return writePNG(o.path, m)
	}
	for _, p := range found {
		m, err := readPicture(p.path)
		if err != nil {
			fmt.Fprintln(os.Stderr, "left out:", p.path, err)
			continue
		}
		id := p.kind + "-" + baseName(p.path)
		r, figure := random("original", id), ""
		switch {
		case p.kind == "painting":
			figure = p.path
			m = before(m, backdrop(r, m.Bounds().Dx(), m.Bounds().Dy()))
		case !opaque(m):
			m = before(m, image.NewUniform(color.White))
		}
		if p.kind == "face" && r.IntN(3) == 0 { // all are square: cut some upright, so that there is a square to cut of them
			b := m.Bounds()
			m = crop(m, image.Rect(b.Min.X+b.Dx()/8, b.Min.Y, b.Max.X-b.Dx()/8, b.Max.Y))
		}
		m = fit(m, largestSide)
		if short := min(m.Bounds().Dx(), m.Bounds().Dy()); short < smallestSide {
			continue
		}
		if err := add(id, p.kind, figure, m); err != nil {
			return nil, err
		}
	}
	for i := range uint64(drawnPortraits) {
		id := fmt.Sprintf("drawn-portrait-%02d", i)
		m := portrait.New(i, i/2).Draw(240, 240+80*int(i%2)) // two people before each backdrop, one of them upright
		if err := add(id, "portrait", "", m); err != nil {
			return nil, err
		}
	}
	for i := range drawnTiles {
		id := fmt.Sprintf("drawn-tile-%02d", i)
		if err := add(id, "tile", "", plain(random(id), 240)); err != nil {
			return nil, err
		}
	}
	for i := range drawnInitials {
		id := fmt.Sprintf("drawn-initials-%02d", i)
		if err := add(id, "initials", "", initials(random(id), 240)); err != nil {
			return nil, err
		}
	}
	if limit > 0 && len(all) > limit {
		some := make([]*original, limit)
		for i := range some {
			some[i] = all[i*len(all)/limit]
		}
		all = some
	}
	return all, nil
}

func baseName(path string) string {
	b := filepath.Base(path)
	b = strings.TrimSuffix(b, filepath.Ext(b))
	dir := filepath.Base(filepath.Dir(path))
	return strings.ReplaceAll(dir+"-"+b, " ", "-")
}

func readPicture(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	m, _, err := image.Decode(f)
	return m, err
}

func writePNG(path string, m image.Image) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, m); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// tiny gives a thumbnail of the middle square.
func tiny(m image.Image) (t [tinySide * tinySide * 3]float64) {
	b := m.Bounds()
	side := min(b.Dx(), b.Dy())
	at := image.Pt(b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2)
	s := scale(m, image.Rectangle{at, at.Add(image.Pt(side, side))}, tinySide, tinySide)
	for i := range tinySide * tinySide {
		for c := range 3 {
			t[3*i+c] = float64(s.Pix[4*i+c])
		}
	}
	return t
}

// apart gives the mean difference of two originals' thumbnails in levels.
func (o *original) apart(p *original) float64 {
	var sum float64
	for i := range o.tiny {
		sum += math.Abs(o.tiny[i] - p.tiny[i])
	}
	return sum / float64(len(o.tiny))
}

func opaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

func before(m, ground image.Image) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(out, out.Rect, ground, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Over)
	return out
}

// backdrop draws what people are photographed before: a wall that is lit from
// one side, now and then with something on it.
func backdrop(r *rand.Rand, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	base, light := [3]float64{60 + 180*r.Float64(), 60 + 180*r.Float64(), 60 + 180*r.Float64()}, 0.5*r.Float64()
	fromX, fromY := r.Float64(), r.Float64()
	stripes, turn := r.IntN(3) == 0, r.Float64()*math.Pi
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			k := 1 - light*math.Hypot(u-fromX, v-fromY) + 0.012*r.NormFloat64()
			if stripes && math.Sin(40*(u*math.Cos(turn)+v*math.Sin(turn))) > 0.6 {
				k *= 0.8
			}
			out.SetRGBA(x, y, color.RGBA{level(k * base[0]), level(k * base[1]), level(k * base[2]), 255})
		}
	}
	return out
}

func level(v float64) uint8 { return uint8(math.Round(min(255, max(0, v)))) }

func crop(m image.Image, r image.Rectangle) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, m, r.Min, draw.Src)
	return out
}

// fit scales a picture down so that its shorter side is at most side.
func fit(m image.Image, side int) *image.RGBA {
	b := m.Bounds()
	short := min(b.Dx(), b.Dy())
	if short <= side {
		return crop(m, b)
	}
	return scale(m, b, b.Dx()*side/short, b.Dy()*side/short)
}

func scale(m image.Image, r image.Rectangle, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	xdraw.CatmullRom.Scale(out, out.Rect, m, r, draw.Src, nil)
	return out
}
