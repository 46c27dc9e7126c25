// Command bench measures how often photo.Compare is wrong, on labelled pairs:
// copies that encoders other than Go's made of one picture, and pictures that
// differ the way people's photos do. docs/comparison.md publishes what it found.
//
//	go run ./internal/photo/bench -dir DIR
//
// fetches the pictures (Debian's and npm's packages, about 500 MB), makes the
// originals, their changes and their copies in DIR (about 3 GB, 40 minutes on
// two cores), compares the pairs and writes DIR/report.md, DIR/errors.svg and
// DIR/pairs.tsv. What is there already is not made again, so that a second run
// takes about two minutes.
//
// It needs Debian's apt-get and dpkg-deb, imagemagick, libjpeg-turbo-progs and
// webp, and node with npm.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	dir := flag.String("dir", "", "where the data is kept (required)")
	limit := flag.Int("originals", 0, "take at most this many originals, for a quick look (0: all)")
	half := flag.String("half", "held", "the half of the originals to report on: tune or held")
	teach := flag.Bool("train", false, "fit the weights of photo.Compare on the half tune and write them to DIR/weights.go, instead of reporting")
	sampled := flag.Bool("sample", false, "copy the pairs for the tests of package photo to DIR/sample, instead of reporting")
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 || *half != "tune" && *half != "held" {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, *dir, *limit, *half, *teach, *sampled); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, dir string, limit int, half string, teach, sampled bool) error {
	found, err := fetch(ctx, dir)
	if err != nil {
		return fmt.Errorf("fetch the pictures: %w", err)
	}
	originals, err := makeOriginals(dir, found, limit)
	if err != nil {
		return fmt.Errorf("make the originals: %w", err)
	}
	pairs, err := label(ctx, dir, originals)
	if err != nil {
		return fmt.Errorf("make the copies: %w", err)
	}
	if teach {
		return train(ctx, dir, pairs)
	}
	if sampled {
		return sample(dir, pairs)
	}
	return report(ctx, dir, half, originals, pairs)
}
