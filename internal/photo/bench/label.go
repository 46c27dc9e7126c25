package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// How many of each are made for an original.
const (
	copiesOfOriginal = 36 // spread over its crops
	copiesOfChange   = 2  // of each changed picture
	picturesOfChange = 2  // changed pictures of each kind
	pairsOfCopies    = 110
	pairsOfChange    = 6 // of each kind
	pairsOfLikeness  = 3 // for each of the likeliest others
	likeliest        = 8 // others that resemble an original most
	pairsOfStrangers = 30
)

// file is an encoded picture: a copy of an original or of a changed one.
type file struct {
	path   string
	recipe recipe
	crop   string // which cut of the original it is, "" for all of it
}

// pair is two files and whether one is a copy of the other.
type pair struct {
	a, b *file
	of   *original // the original of both, or of the first
	kind string
	same bool
}

// kitchenJob is a file that has to be made.
type kitchenJob struct {
	src string
	*file
}

// label makes every file and says which pairs show the same.
func label(ctx context.Context, dir string, originals []*original) ([]pair, error) {
	for _, sub := range []string{"changed", "copies"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	copies := map[*original][]*file{}
	var jobs []kitchenJob
	for _, o := range originals {
		r := random("copies", o.id)
		crops := cropsOf(r, o)
		for i := range copiesOfOriginal {
			f := newFile(dir, o.id, r, o, crops[i%len(crops)])
			copies[o] = append(copies[o], f)
			jobs = append(jobs, kitchenJob{o.path, f})
		}
	}
	pairs, changed, err := different(ctx, dir, originals, copies)
	if err != nil {
		return nil, err
	}
	jobs = append(jobs, changed...)
	if err := cook(ctx, dir, jobs); err != nil {
		return nil, err
	}
	return append(pairs, same(originals, copies)...), nil
}

// cutting is one cut of a picture; the zero value is all of it.
type cutting struct {
	name string
	rect image.Rectangle
}

// cropsOf gives the cuts that are copied: all of it, and where it is not square
// the square of the middle and two nearer the top (or the left).
func cropsOf(r *rand.Rand, o *original) []cutting {
	all := []cutting{{}}
	side, slack := min(o.w, o.h), max(o.w, o.h)-min(o.w, o.h)
	if slack*10 < side {
		return all
	}
	for i, off := range []int{slack / 2, 0, int(float64(slack) * 0.5 * r.Float64())} {
		at := image.Pt(0, off)
		if o.w > o.h {
			at = image.Pt(off, 0)
		}
		all = append(all, cutting{[]string{"middle", "top", "high"}[i], image.Rectangle{at, at.Add(image.Pt(side, side))}})
	}
	return append(all, cutting{}, cutting{}) // half of the copies show all of it
}

// newFile draws a recipe; the file's name depends on it, so that a change of
// recipes makes other files.
func newFile(dir, id string, r *rand.Rand, o *original, c cutting) *file {
	rec := drawRecipe(r, min(o.w, o.h))
	rec.Crop = c.rect
	h := fnv.New64a()
	h.Write([]byte(id))
	if err := json.NewEncoder(h).Encode(rec); err != nil {
		panic(err) // a recipe is plain data
	}
	return &file{filepath.Join(dir, "copies", id+"-"+hex.EncodeToString(h.Sum(nil))+rec.ext()), rec, c.name}
}

// comparable reports whether two cuts of one picture show the same: they are
// equal, or one shows all of what the other is cut from.
func comparable(a, b *file) bool { return a.crop == b.crop || a.crop == "" || b.crop == "" }

func same(originals []*original, copies map[*original][]*file) []pair {
	var out []pair
	for _, o := range originals {
		r := random("same", o.id)
		var all []pair
		for i, a := range copies[o] {
			for _, b := range copies[o][:i] {
				if comparable(a, b) {
					all = append(all, pair{a, b, o, kindOfCopy(o, a, b), true})
				}
			}
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		out = append(out, all[:min(pairsOfCopies, len(all))]...)
	}
	return out
}

// kindOfCopy names what makes a pair of copies hard to recognise, the hardest first.
func kindOfCopy(o *original, a, b *file) string {
	any := func(f func(r recipe) bool) bool {
		for _, x := range []recipe{a.recipe, b.recipe} {
			for r := &x; r != nil; r = r.Then {
				if f(*r) {
					return true
				}
			}
		}
		return false
	}
	switch {
	case any(func(r recipe) bool { return r.Side == 48 }):
		return "48 pixels"
	case any(func(r recipe) bool { return r.Quality <= 40 }):
		return "quality 30 to 40"
	case any(func(r recipe) bool { return r.Sharpen >= 0.8 }):
		return "strongly sharpened"
	case a.crop != b.crop:
		return "square crop"
	case any(func(r recipe) bool { return r.Side > min(o.w, o.h) }):
		return "enlarged"
	case a.recipe.Then != nil || b.recipe.Then != nil:
		return "encoded twice"
	}
	return "encoded and resized"
}

// different makes the changed pictures and says which pairs differ.
func different(ctx context.Context, dir string, originals []*original, copies map[*original][]*file) ([]pair, []kitchenJob, error) {
	noted, err := readNotes(filepath.Join(dir, "differences.json"))
	if err != nil {
		return nil, nil, err
	}
	per := make([][]pair, len(originals))
	perJobs := make([][]kitchenJob, len(originals))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, o := range originals {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var err error
			per[i], perJobs[i], err = changedOf(dir, originals, o, copies[o], noted)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	if err := noted.save(); err != nil {
		return nil, nil, err
	}
	pairs, jobs := slices.Concat(per...), slices.Concat(perJobs...)
	for i, o := range originals {
		pairs = append(pairs, strangers(originals, i, o, copies)...)
	}
	return pairs, jobs, nil
}

// changesOfDrawings are the changes that are made of drawings that are no faces.
var changesOfDrawings = map[string][]string{
	"initials": {"recoloured", "badge", "flat tile", "closer crop"},
	"tile":     {"recoloured", "black and white", "badge"},
}

// changedOf makes the changed pictures of one original, and pairs their copies
// with copies of the original. A pair counts only if the change is noticeable
// in what both show.
func changedOf(dir string, originals []*original, o *original, copied []*file, noted *notes) ([]pair, []kitchenJob, error) {
	var pairs []pair
	var jobs []kitchenJob
	for _, c := range changes {
		if only, ok := changesOfDrawings[o.kind]; ok && !slices.Contains(only, c.kind) {
			continue
		}
		r := random("change", c.kind, o.id)
		var files []*file
		var of []changedPicture
		for n := range picturesOfChange {
			id := fmt.Sprintf("%s-%s-%d", o.id, strings.NewReplacer(" ", "-", ",", "").Replace(c.kind), n)
			p := changedPicture{o, filepath.Join(dir, "changed", id+".png"), noted}
			if err := p.make(c, originals); err != nil {
				return nil, nil, err
			}
			for range copiesOfChange {
				files, of = append(files, newFile(dir, id, r, o, cutting{})), append(of, p)
			}
		}
		used := map[*file]bool{}
		for n := range pairsOfChange {
			i, g := n%len(files), copied[r.IntN(len(copied))]
			seen, err := of[i].noticeable(c, g)
			if err != nil {
				return nil, nil, err
			}
			if !seen {
				continue
			}
			pairs = append(pairs, pair{files[i], g, o, c.kind, false})
			if !used[files[i]] {
				used[files[i]] = true
				jobs = append(jobs, kitchenJob{of[i].path, files[i]})
			}
		}
	}
	return pairs, jobs, nil
}

// changedPicture is a picture made of an original by a change.
type changedPicture struct {
	of    *original
	path  string
	noted *notes
}

// make writes the picture unless it is there.
func (p changedPicture) make(c change, originals []*original) error {
	r := random("picture", filepath.Base(p.path))
	if _, err := os.Stat(p.path); err == nil {
		return nil
	}
	m, err := readRGBA(p.of.path)
	if err != nil {
		return err
	}
	other, err := stranger(r, originals, p.of)
	if err != nil {
		return err
	}
	return writePNG(p.path, c.make(r, m, other))
}

// noticeable reports whether the change is seen in what a copy of the original shows.
func (p changedPicture) noticeable(c change, copied *file) (bool, error) {
	d, err := p.noted.note(p.path+" "+copied.crop, func() (float64, error) {
		m, err := readRGBA(p.of.path)
		if err != nil {
			return 0, err
		}
		changed, err := readRGBA(p.path)
		if err != nil {
			return 0, err
		}
		if c := copied.recipe.Crop; !c.Empty() {
			m, changed = crop(m, c), crop(changed, c)
		}
		return differs(m, changed), nil
	})
	if c.kind == "mirrored" {
		return d >= lopsided, err
	}
	return d >= noticeable, err
}

// notes are differences that were measured before, by what was measured.
type notes struct {
	mu    sync.Mutex
	known map[string]float64
	path  string
}

func readNotes(path string) (*notes, error) {
	n := &notes{known: map[string]float64{}, path: path}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return n, nil
	}
	if err != nil {
		return nil, err
	}
	return n, json.Unmarshal(b, &n.known)
}

func (n *notes) save() error {
	b, err := json.Marshal(n.known)
	if err != nil {
		return err
	}
	return os.WriteFile(n.path, b, 0o644)
}

// note gives what is known under a key, or measures it.
func (n *notes) note(key string, measure func() (float64, error)) (float64, error) {
	key = key[strings.LastIndex(key, string(filepath.Separator))+1:]
	n.mu.Lock()
	v, ok := n.known[key]
	n.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := measure()
	if err != nil {
		return 0, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[key] = v
	return v, nil
}

func readRGBA(path string) (*image.RGBA, error) {
	m, err := readPicture(path)
	if err != nil {
		return nil, err
	}
	return crop(m, m.Bounds()), nil
}

// stranger gives another original of the same kind and half.
func stranger(r *rand.Rand, originals []*original, o *original) (*image.RGBA, error) {
	var all []*original
	for _, p := range originals {
		if p != o && p.kind == o.kind && p.held() == o.held() {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return readRGBA(o.path)
	}
	return readRGBA(all[r.IntN(len(all))].path)
}

// strangers are pairs of different originals of one half: those that resemble
// each other most, and any.
func strangers(originals []*original, i int, o *original, copies map[*original][]*file) []pair {
	var others []*original
	for j, p := range originals {
		if j != i && p.held() == o.held() {
			others = append(others, p)
		}
	}
	r := random("strangers", o.id)
	pick := func(p *original, kind string) pair {
		return pair{copies[o][r.IntN(copiesOfOriginal)], copies[p][r.IntN(copiesOfOriginal)], o, kind, false}
	}
	var out []pair
	for range min(pairsOfStrangers, len(others)) {
		out = append(out, pick(others[r.IntN(len(others))], "another picture"))
	}
	slices.SortStableFunc(others, func(a, b *original) int {
		return int(100 * (o.apart(a) - o.apart(b)))
	})
	for _, p := range others[:min(likeliest, len(others))] {
		for range pairsOfLikeness {
			out = append(out, pick(p, "the picture most alike"))
		}
	}
	return out
}

// cook makes the files that are not there yet.
func cook(ctx context.Context, dir string, jobs []kitchenJob) error {
	var missing []kitchenJob
	for _, j := range jobs {
		if _, err := os.Stat(j.path); err != nil {
			missing = append(missing, j)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	fmt.Fprintf(os.Stderr, "making %d of %d copies\n", len(missing), len(jobs))
	queue := make(chan kitchenJob)
	g, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		k, err := newKitchen(ctx, dir)
		if err != nil {
			return err
		}
		g.Go(func() error {
			for j := range queue {
				part := strings.TrimSuffix(j.path, filepath.Ext(j.path)) + ".part" + filepath.Ext(j.path)
				if err := k.cook(ctx, j.src, part, j.recipe); err != nil {
					return err
				}
				if err := os.Rename(part, j.path); err != nil {
					return err
				}
			}
			return k.close()
		})
	}
	g.Go(func() error {
		defer close(queue)
		for i, j := range missing {
			if i%2000 == 0 {
				fmt.Fprintf(os.Stderr, "%d of %d\n", i, len(missing))
			}
			select {
			case queue <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return g.Wait()
}
