package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"photosync/internal/lab"
)

func idsOf(c *lab.Company) []string {
	ids := make([]string, len(c.CloudUsers))
	for i, u := range c.CloudUsers {
		ids[i] = u.ID
	}
	return ids
}

// cold measures a first scan beside the loops.
func (b *bench) cold() error {
	n := b.size(1000)
	company := lab.Crowd(n, withPhotos)
	w, err := b.world(company, lab.WithLatency(latency), lab.WithBatchWidth(batchWidth))
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	if _, err := w.photosync("warm-up", "drift"); err != nil { // the lab paints each rendition once
		return err
	}
	fmt.Print("| who | seconds | requests |\n|---|---|---|\n")
	var took []time.Duration
	const runs = 3
	for range runs {
		_ = os.RemoveAll(filepath.Join(b.folder, "cold"))
		o, err := w.photosync("cold", "drift")
		if err != nil {
			return err
		}
		took = append(took, o.Took)
		fmt.Printf("| photosync drift, %d people, nothing known | %.2f | %d |\n", o.Summary.People, o.Took.Seconds(), requestsOf(o.Summary.Requests))
	}
	worst := max(took[0], took[1], took[2])
	for _, atOnce := range []int{8, 1} {
		d, requests, err := loop(w.Graph().URL(), idsOf(company), atOnce)
		if err != nil {
			return err
		}
		fmt.Printf("| the loop, %d at a time | %.2f | %d |\n", atOnce, d.Seconds(), requests)
		fmt.Printf("| ... by the slowest of the %d scans | %.1f times | |\n", runs, d.Seconds()/worst.Seconds())
	}
	return nil
}

// formula is what docs/pace.md publishes: the requests of a scan without
// refusals.
func formula(cloudUsers, people, downloads int) int {
	return (cloudUsers+998)/999 + (people+19)/20 + downloads
}

// requests counts the requests of a cold and of a warm scan.
func (b *bench) requests() error {
	n := b.size(10_000)
	company := lab.Crowd(n, withPhotos)
	w, err := b.world(company, lab.WithLatency(latency), lab.WithBatchWidth(batchWidth))
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	pictured := 0
	for _, u := range company.CloudUsers {
		if len(u.Photo) > 0 {
			pictured++
		}
	}
	fmt.Print("| scan | seconds | roster | batches | people in them | downloads | all | by the formula | apart |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, scan := range []struct {
		name      string
		downloads int
	}{{"cold", pictured}, {"warm", 0}} {
		o, err := w.photosync("requests", "drift")
		if err != nil {
			return err
		}
		r, want := o.Summary.Requests, formula(n, n, scan.downloads)
		all := requestsOf(r)
		fmt.Printf("| %s | %.1f | %d | %d | %d | %d | %d | %d | %+.1f %% |\n", scan.name, o.Took.Seconds(), r.Roster, r.Batch, r.BatchItems, r.Download, all, want,
			100*(float64(all)/float64(want)-1))
	}
	return nil
}
