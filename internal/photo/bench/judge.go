package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"photosync/internal/photo"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// judged is a pair and what photo.Compare says of it.
type judged struct {
	pair
	photo.Comparison
}

// wrong reports whether the verdict is the opposite of the truth; Unsure is not.
func (j judged) wrong() bool {
	return j.same && j.Verdict == photo.Different || !j.same && j.Verdict == photo.Same
}

// anyPicture is the one kind of different pairs that does not count as hard.
const anyPicture = "another picture"

func halfOf(o *original) string {
	if o.held() {
		return "held"
	}
	return "tune"
}

// judge decodes every file once and compares the pairs.
func judge(ctx context.Context, pairs []pair) (map[string]*photo.Picture, []judged, error) {
	all := make([]judged, len(pairs))
	for i, p := range pairs {
		all[i].pair = p
	}
	pictures, err := decodeAll(ctx, pathsOf(all))
	if err != nil {
		return nil, nil, err
	}
	err = inParallel(ctx, len(all), func(i int) error {
		all[i].Comparison = photo.Compare(pictures[all[i].a.path], pictures[all[i].b.path])
		return nil
	})
	return pictures, all, err
}

// decodeAll decodes every file.
func decodeAll(ctx context.Context, paths []string) (map[string]*photo.Picture, error) {
	return eachFile(ctx, paths, func(path string) (*photo.Picture, error) {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		p, err := photo.Decode(b)
		if err != nil {
			return nil, fmt.Errorf("decode %s: %w", filepath.Base(path), err)
		}
		return p, nil
	})
}

// inParallel calls f for 0 to n-1 on all cores.
func inParallel(ctx context.Context, n int, f func(i int) error) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := f(i); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

// eachFile makes something of each file.
func eachFile[T any](ctx context.Context, paths []string, f func(path string) (T, error)) (map[string]T, error) {
	made := make([]T, len(paths))
	err := inParallel(ctx, len(paths), func(i int) error {
		var err error
		made[i], err = f(paths[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make(map[string]T, len(paths))
	for i, p := range paths {
		all[p] = made[i]
	}
	return all, nil
}

func pathsOf(pairs []judged) []string {
	var paths []string
	for _, p := range pairs {
		paths = append(paths, p.a.path, p.b.path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func pathsOfHalf(pairs []pair, half string) []string {
	var some []judged
	for _, p := range pairs {
		if halfOf(p.of) == half {
			some = append(some, judged{pair: p})
		}
	}
	return pathsOf(some)
}

func writePairs(path string, pairs []judged) error {
	var lines bytes.Buffer
	for _, p := range pairs {
		_, _ = fmt.Fprintf(&lines, "%s\t%v\t%s\t%s\t%s\t%s\t%s\t%s\t%.6f\t%s\n",
			halfOf(p.of), p.same, p.kind, p.of.id, p.a.path, p.b.path, p.a.recipe, p.b.recipe, p.Distance, p.Verdict)
	}
	return os.WriteFile(path, lines.Bytes(), 0o644)
}

// telling leaves out what would count twice or says nothing: a pair that was
// drawn again, either way round, and a file with itself.
func telling(pairs []judged) []judged {
	seen := map[[2]string]bool{}
	return only(pairs, func(j judged) bool {
		key := [2]string{min(j.a.path, j.b.path), max(j.a.path, j.b.path)}
		again := seen[key]
		seen[key] = true
		return !again && key[0] != key[1]
	})
}

func only(pairs []judged, f func(judged) bool) []judged {
	var some []judged
	for _, p := range pairs {
		if f(p) {
			some = append(some, p)
		}
	}
	return some
}

// count counts the pairs for which f holds.
func count(pairs []judged, f func(judged) bool) int { return len(only(pairs, f)) }

func isSame(j judged) bool      { return j.same }
func isDifferent(j judged) bool { return !j.same }
func isUnsure(j judged) bool    { return j.Verdict == photo.Unsure }
func isHard(j judged) bool      { return !j.same && j.kind != anyPicture }

// distances gives the pairs' distances in order.
func distances(pairs []judged) []float64 {
	out := make([]float64, len(pairs))
	for i, p := range pairs {
		out[i] = p.Distance
	}
	slices.Sort(out)
	return out
}

// kinds gives the pairs of each kind, different ones first.
func kinds(pairs []judged) [][]judged {
	type key struct {
		same bool
		kind string
	}
	by := map[key][]judged{}
	for _, p := range pairs {
		k := key{p.same, p.kind}
		by[k] = append(by[k], p)
	}
	var out [][]judged
	for _, group := range by {
		out = append(out, group)
	}
	slices.SortFunc(out, func(a, b []judged) int {
		if a[0].same != b[0].same {
			return map[bool]int{true: 1, false: -1}[a[0].same]
		}
		return cmp.Compare(a[0].kind, b[0].kind)
	})
	return out
}

// originalsWith counts the originals of pairs for which f holds.
func originalsWith(pairs []judged, f func(judged) bool) int {
	of := map[*original]bool{}
	for _, p := range pairs {
		if f(p) {
			of[p.of] = true
		}
	}
	return len(of)
}

func always(judged) bool { return true }
