package main

import (
	"bytes"
	"context"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"photosync/internal/photo"
)

// speed is how often something was done in a second on one core.
type speed struct {
	perSecond float64
	of        int // different things it was done with
}

// measuredFor is how long a speed is measured at least.
const measuredFor = 3 * time.Second

// What the speeds are measured with.
const (
	sampleOfPairs          = 2000
	leastFiles             = 200 // fewer say too little of decoding
	smallFile, largeFile   = 10_000, 20_000
	smallWidth, largeWidth = 96, 240 // of the shorter side
)

// onOneCore repeats pass, which does n things, until the time is up. Passes
// are whole, so that everything weighs alike.
func onOneCore(ctx context.Context, n int, pass func() error) (speed, error) {
	if n == 0 {
		return speed{}, nil
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	done, start := 0, time.Now()
	for time.Since(start) < measuredFor {
		if err := ctx.Err(); err != nil {
			return speed{}, err
		}
		if err := pass(); err != nil {
			return speed{}, err
		}
		done += n
	}
	return speed{float64(done) / time.Since(start).Seconds(), n}, nil
}

func speedOfComparing(ctx context.Context, pictures map[string]*photo.Picture, pairs []judged) (speed, error) {
	some := make([][2]*photo.Picture, min(sampleOfPairs, len(pairs)))
	for i := range some {
		p := pairs[i*len(pairs)/len(some)]
		some[i] = [2]*photo.Picture{pictures[p.a.path], pictures[p.b.path]}
	}
	return onOneCore(ctx, len(some), func() error {
		for _, p := range some {
			photo.Compare(p[0], p[1])
		}
		return nil
	})
}

// speedOfDecoding is to be measured before much else is in memory: then the
// garbage collector works as it does in a program that decodes one file after
// another.
func speedOfDecoding(ctx context.Context, paths []string) (speed, error) {
	values, err := commonJPEGs(paths)
	if err != nil {
		return speed{}, err
	}
	return onOneCore(ctx, len(values), func() error {
		for _, b := range values {
			if _, err := photo.Decode(b); err != nil {
				return err
			}
		}
		return nil
	})
}

// commonJPEGs reads the files that are like most of a directory's photos.
func commonJPEGs(paths []string) ([][]byte, error) {
	var all [][]byte
	for _, p := range paths {
		if !strings.EqualFold(filepath.Ext(p), ".jpg") {
			continue
		}
		at, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if at.Size() < smallFile || at.Size() > largeFile {
			continue
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		c, _, err := image.DecodeConfig(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		if short := min(c.Width, c.Height); short >= smallWidth && short <= largeWidth {
			all = append(all, b)
		}
	}
	return all, nil
}
