// Command bench measures what a run costs against the lab: how long a scan
// takes beside the loop that admins write today, how many requests it makes,
// how near it comes to what a throttling service allows, and how much memory it
// takes. It starts the lab in its own process and photosync in another.
//
//	go run ./internal/run/bench              everything; takes about half an hour
//	go run ./internal/run/bench cold warm    some of it
//	go run ./internal/run/bench -people 500 cold
//
// The settings of the lab are printed with each result. It is a tool for
// measuring, not a test: its figures are those of one machine.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// The lab's settings that hold for every measurement of time.
const (
	latency    = 80 * time.Millisecond // of a request
	batchWidth = 4                     // a batch of n items takes ceil(n/4) times the latency
	withPhotos = 0.6                   // the share of people who have a photo, on both sides
)

// experiment is one of the things that can be measured.
type experiment struct {
	name string
	what string
	run  func(*bench) error
}

var experiments = []experiment{
	{"cold", "a scan of 1,000 people beside the loops that admins write", (*bench).cold},
	{"requests", "the requests of a scan of 10,000 people, cold and warm", (*bench).requests},
	{"throttled", "scans under three token buckets", (*bench).throttled},
	{"writes", "2,000 writes under the first of them", (*bench).writes},
	{"memory", "resident memory, by people and by the size of their photos", (*bench).memory},
}

// bench is one call of the command.
type bench struct {
	binary string // photosync, as it was built for this
	folder string // for state and summaries
	people int    // 0: as many as each experiment wants
}

func main() {
	people := flag.Int("people", 0, "people in the company, instead of what each experiment has")
	flag.Parse()
	if err := run(*people, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(people int, names []string) error {
	folder, err := os.MkdirTemp("", "photosync-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	b := &bench{folder: folder, people: people}
	if b.binary, err = build(folder); err != nil {
		return err
	}
	fmt.Printf("%d cores, %s/%s, %s. Lab: %v a request, a batch of n items %v times ceil(n/%d), %.0f %% of the people have photos on both sides.\n",
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), latency, latency, batchWidth, 100*withPhotos)
	for _, e := range experiments {
		if len(names) > 0 && !slices.Contains(names, e.name) {
			continue
		}
		fmt.Printf("\n## %s: %s\n\n", e.name, e.what)
		if err := e.run(b); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return unknown(names)
}

// unknown gives an error for a name that is none of an experiment's.
func unknown(names []string) error {
	for _, n := range names {
		if !slices.ContainsFunc(experiments, func(e experiment) bool { return e.name == n }) {
			var all []string
			for _, e := range experiments {
				all = append(all, e.name)
			}
			return fmt.Errorf("there is no experiment %q; there are %s", n, strings.Join(all, ", "))
		}
	}
	return nil
}

// size gives how many people an experiment has.
func (b *bench) size(own int) int {
	if b.people > 0 {
		return b.people
	}
	return own
}
