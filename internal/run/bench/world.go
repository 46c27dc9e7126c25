package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"photosync/internal/lab"
	"photosync/internal/record"
)

// world is a lab, and what photosync needs to know of it.
type world struct {
	*lab.Lab
	bench  *bench
	env    []string
	nextID int
}

func (b *bench) world(c *lab.Company, o ...lab.Option) (*world, error) {
	l, err := lab.Start(c, append(o, lab.WithoutRequestLog())...)
	if err != nil {
		return nil, err
	}
	return &world{Lab: l, bench: b, env: []string{
		"PHOTOSYNC_SERVER=" + l.Directory().LDAPSURL(), "PHOTOSYNC_CA_FILE=" + l.Directory().CAFile(),
		"PHOTOSYNC_LDAP_USER=" + l.Directory().BindUser(), "PHOTOSYNC_LDAP_PASSWORD=" + l.Directory().BindPassword(),
		"PHOTOSYNC_GRAPH_URL=" + l.Graph().URL(), "PATH=" + os.Getenv("PATH"), "HOME=" + b.folder,
	}}, nil
}

// outcome is what a run of photosync came to.
type outcome struct {
	Took     time.Duration
	Resident int64 // bytes, at its highest
	Summary  struct {
		Outcome      record.Outcome
		ErrorCode    record.Code
		ErrorMessage string
		People       int64
		Statuses     map[string]int64
		Changes      map[string]int64
		Requests     record.Requests
	}
}

// photosync runs the program to its end.
func (w *world) photosync(state string, args ...string) (o outcome, err error) {
	w.nextID++
	summary := filepath.Join(w.bench.folder, fmt.Sprintf("summary-%d.json", w.nextID))
	args = append(args, "--summary", summary, "--quiet", "--output", "json")
	cmd := exec.Command(w.bench.binary, args...)
	cmd.Env = append(w.env, "PHOTOSYNC_STATE_DIR="+filepath.Join(w.bench.folder, state))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return o, err
	}
	ended, watched := make(chan struct{}), make(chan int64)
	go func() { watched <- watch(cmd.Process.Pid, ended) }()
	err = cmd.Wait()
	o.Took = time.Since(began)
	close(ended)
	o.Resident = <-watched
	text, readErr := os.ReadFile(summary)
	if readErr != nil {
		return o, fmt.Errorf("%w: %s", err, stderr.String())
	}
	if e := json.Unmarshal(text, &o.Summary); e != nil {
		return o, e
	}
	if o.Summary.Outcome != record.OutcomeOk {
		return o, fmt.Errorf("the run ended %s: %s %s", o.Summary.Outcome, o.Summary.ErrorCode, o.Summary.ErrorMessage)
	}
	return o, nil
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// watch gives the resident memory of a process at its highest, in bytes; 0
// where the system does not say. What the system counts for a child that has
// ended includes the parent's at the fork, so it has to be looked at before.
func watch(pid int, ended <-chan struct{}) (most int64) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return most
		case <-tick.C:
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if m := highWater.FindSubmatch(text); err == nil && m != nil {
			kb, _ := strconv.ParseInt(string(m[1]), 10, 64) // the pattern has digits only
			most = max(most, kb<<10)
		}
	}
}

// build compiles photosync.
func build(folder string) (string, error) {
	binary := filepath.Join(folder, "photosync")
	out, err := exec.Command("go", "build", "-o", binary, "./cmd/photosync").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build photosync (from the repository's root): %w\n%s", err, out)
	}
	return binary, nil
}

func requestsOf(r record.Requests) int64 { return r.Roster + r.Batch + r.Download + r.Put + r.Delete }
